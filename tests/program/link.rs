//! The main job: an organization and an AWS account, from any state to linked.

use integration_tests::Bench;
use vmc_mock::world::Plan;
use vmc_mock::{Fault, Mock};

#[test]
fn from_nothing_to_linked_and_then_nothing_to_do() {
    let bench = Bench::new();
    let up = bench.run("link up -o json").expect(0);
    let account = &up.json()["account"];
    assert_eq!(account["account_number"], "123456789012");
    assert_eq!(account["state"], "ACTIVE");
    for kind in [
        "link_request.created",
        "stack.created",
        "connected_account.created",
    ] {
        assert_eq!(bench.effects(kind), 1, "{kind}");
    }

    let before = bench.mock.journal().effects.len();
    bench.run("link up").expect(0).says("Nothing to do");
    assert_eq!(
        bench.mock.journal().effects.len(),
        before,
        "not even a token"
    );
    let status = bench.run("link status -o json").expect(0);
    assert!(status.stdout.contains("ACTIVE"), "{}", status.stdout);
}

#[test]
fn every_step_is_one_line_when_nobody_watches() {
    let bench = Bench::new();
    let up = bench.run("link up").expect(0);
    assert!(
        !up.stderr.contains('\r') && !up.stderr.contains('\x1b'),
        "{:?}",
        up.stderr
    );
    for line in up.stderr.lines().chain(up.stdout.lines()) {
        assert!(line.chars().count() <= 120, "{line}");
    }
    let up = up.says("123456789012").says("CREATE_COMPLETE");
    assert!(up.stderr.contains("AWS::IAM::Role"), "{}", up.stderr);
}

#[test]
fn a_dry_run_changes_nothing_and_asks_for_no_link() {
    let bench = Bench::new();
    bench
        .run("link up --dry-run")
        .expect(0)
        .says("account-link")
        .says("CreateStack");
    for kind in [
        "link_request.created",
        "stack.created",
        "connected_account.created",
    ] {
        assert_eq!(bench.effects(kind), 0, "{kind}");
    }
}

#[test]
fn the_wrong_aws_account_is_noticed_before_anything_is_started() {
    let bench = Bench::new();
    bench
        .run("link up --account 999999999999")
        .expect(5)
        .says("123456789012")
        .says("999999999999");
    assert_eq!(bench.effects("link_request.created"), 0);
    assert_eq!(bench.effects("stack.created"), 0);
}

#[test]
fn a_profile_on_the_command_line_is_not_outvoted_by_the_environment() {
    let bench = Bench::new();
    // Keys of a usable account are in the environment.
    bench
        .run("link up --aws-profile nosuch")
        .expect(4)
        .says("nosuch");
    assert_eq!(bench.effects("link_request.created"), 0);
}

#[test]
fn a_journal_that_cannot_be_written_costs_no_link_request() {
    let bench = Bench::new();
    bench
        .vmc(["link", "up"])
        .env("XDG_STATE_HOME", "/proc/nowhere")
        .run()
        .expect(2);
    assert_eq!(bench.effects("link_request.created"), 0);
}

#[test]
fn a_stack_that_fails_is_reported_with_its_first_reason() {
    let bench = Bench::new();
    bench.mock.world(|world| {
        world.plan(Plan::ResourceFails {
            resource: "RemoteRole".into(),
            reason: "Role canary-role is denied by an SCP".into(),
        });
    });
    bench
        .run("link up")
        .expect(1)
        .says("Role canary-role is denied by an SCP")
        .says("ROLLBACK_COMPLETE");
    assert_eq!(bench.effects("stack.created"), 1);
    assert_eq!(bench.effects("connected_account.created"), 0);

    // The failed stack is in the way, and is not deleted behind anybody's back.
    bench
        .run("link up")
        .expect(5)
        .says("ROLLBACK_COMPLETE")
        .says("--replace-stack");
    assert_eq!(bench.effects("stack.created"), 1);
    bench.run("link up --replace-stack").expect(0);
    assert_eq!(bench.effects("stack.created"), 2);
    assert_eq!(bench.effects("connected_account.created"), 1);
}

#[test]
fn missing_aws_rights_are_named() {
    let bench = Bench::new();
    bench.mock.world(|world| {
        for account in world.aws_accounts.iter_mut() {
            for key in &mut account.access_keys {
                key.denied.push("cloudformation:CreateStack".into());
            }
        }
    });
    bench
        .run("link up")
        .expect(4)
        .says("cloudformation:CreateStack");
    assert_eq!(bench.effects("stack.created"), 0);
}

#[test]
fn missing_aws_credentials_are_noticed_before_a_link_is_requested() {
    let bench = Bench::new();
    bench
        .vmc(["link", "up"])
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .run()
        .expect(4)
        .says("aws");
    assert_eq!(bench.effects("link_request.created"), 0);
}

#[test]
fn an_answer_that_got_lost_makes_no_second_stack() {
    for fault in [
        Fault::on("cfn.CreateStack").cut_after(),
        Fault::on("cfn.CreateStack").status_after(500),
        Fault::on("cfn.DescribeStacks").times(3).status(503),
        Fault::on("orgs.tasks.get").times(3).status(502),
        Fault::on("orgs.account_link.connected_accounts.get").cut_before(),
    ] {
        let bench = Bench::new();
        bench.order(fault.clone());
        let first = bench.run("link up");
        if first.code != 0 {
            bench.run("link up").expect(0);
        }
        assert_eq!(
            bench.effects("stack.created"),
            1,
            "{fault:?}\n{}",
            first.stderr
        );
        assert_eq!(bench.effects("connected_account.created"), 1, "{fault:?}");
    }
}

#[test]
fn a_link_request_whose_answer_got_lost_is_an_unknown_outcome() {
    let bench = Bench::new();
    bench.order(Fault::on("orgs.account_link.get").cut_after());
    bench.run("link up").expect(6).says("again");
    assert_eq!(bench.effects("link_request.created"), 1);
    assert_eq!(bench.effects("stack.created"), 0);
    bench.run("link up").expect(0);
    assert_eq!(bench.effects("stack.created"), 1);
    assert_eq!(bench.effects("connected_account.created"), 1);
}

#[test]
fn ctrl_c_lets_the_stack_go_on_and_says_how_to_resume() {
    let bench = Bench::with(Mock::builder().speed(1.0));
    let running = bench.vmc(["link", "up"]).spawn();
    bench.until("the stack", |mock| {
        !mock.effects("stack.created").is_empty()
    });
    running.interrupt();
    running.wait().expect(8).says("vmc link up");
    bench
        .mock
        .clock()
        .advance(std::time::Duration::from_secs(3600));
    bench.run("link up").expect(0);
    assert_eq!(bench.effects("stack.created"), 1);
    assert_eq!(bench.effects("connected_account.created"), 1);
}

#[test]
fn subnets_say_why_not() {
    let bench = Bench::new();
    bench.run("link up").expect(0);
    let list = bench.run("subnet list --region US_WEST_2").expect(0);
    assert!(list.stdout.contains("subnet-"), "{}", list.stdout);
    let json = bench
        .run("subnet list --region US_WEST_2 -o json")
        .expect(0);
    let rows = json.json();
    let rows = rows.as_array().unwrap();
    assert!(rows.iter().any(|row| row["compatible"] == true));
    assert!(
        rows.iter()
            .any(|row| row["compatible"] == false && row["note"].is_string())
    );
}
