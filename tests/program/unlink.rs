//! The end of a link: the account, the stack, and what forbids it.

use integration_tests::Bench;
use vmc_mock::world::{ORG_ID, Plan, SddcConnection};
use vmc_mock::{Fault, Mock};

use crate::killed::Job;

const ACCOUNT: &str = "123456789012";
const UNLINK: &str = "link unlink 123456789012 --yes";

/// A world in which the account is linked by this program.
fn linked() -> Bench {
    let bench = Bench::new();
    bench.run("link up").expect(0);
    bench
}

/// As [`linked`], with an SDDC that uses the link.
fn in_use() -> Bench {
    let bench = linked();
    bench.mock.world(|world| {
        let sddc = world.add_sddc(ORG_ID, "lab");
        let account = world.connected_accounts.iter().next().unwrap().id.clone();
        world.connections.insert(SddcConnection {
            id: "connection-1".into(),
            org: ORG_ID.into(),
            sddc,
            account,
            vpc: "vpc-1".into(),
            subnet: "subnet-1".into(),
            state: "ACTIVE".into(),
            ..SddcConnection::default()
        });
    });
    bench
}

#[track_caller]
fn assert_gone_once(bench: &Bench, note: &str) {
    let gone = ["connected_account.deleted", "stack.deleting"].map(|kind| bench.effects(kind));
    assert_eq!(gone, [1, 1], "{note}");
}

#[track_caller]
fn assert_untouched(bench: &Bench) {
    let gone = ["connected_account.deleted", "stack.deleting"].map(|kind| bench.effects(kind));
    assert_eq!(gone, [0, 0]);
}

const KILLED: Job = Job {
    world: linked,
    line: UNLINK,
    once: |bench, moment| {
        bench.run(UNLINK).expect(0);
        assert_gone_once(bench, moment);
    },
};

#[test]
fn unlink_killed_before_any_request_can_be_run_again() {
    KILLED.killed_at_each_request(false);
}

#[test]
fn unlink_killed_after_any_request_can_be_run_again() {
    KILLED.killed_at_each_request(true);
}

#[test]
fn from_linked_to_nothing_and_to_linked_again() {
    let bench = linked();
    let done = bench
        .run(&format!("{UNLINK} -o json"))
        .expect(0)
        .says("Deleting the stack")
        .says("DELETE_IN_PROGRESS");
    assert_eq!(done.json()["nothing_to_do"], false);
    assert_eq!(done.json()["stack"]["fate"], "delete");
    assert_eq!(done.json()["account"]["account_number"], ACCOUNT);
    assert_gone_once(&bench, "unlinked");

    bench.run(UNLINK).expect(0).says("Nothing to do");
    assert_gone_once(&bench, "again");
    bench.run("link status").expect(0).says("vmc link up");
    bench.run("link up").expect(0);
    assert_eq!(bench.effects("connected_account.created"), 2);
    assert_eq!(bench.effects("stack.created"), 2);
}

#[test]
fn the_services_own_id_and_an_arn_are_understood() {
    let bench = linked();
    let status = bench.run("link status -o json").expect(0).json();
    let id = status["links"][0]["id"].as_str().unwrap().to_owned();
    let arn = format!("arn:aws:iam::{ACCOUNT}:root");
    bench
        .run(&format!("link unlink {arn} --dry-run"))
        .expect(0)
        .says(&id);
    let line = format!("link unlink {id} --yes");
    bench.run(&line).expect(0);
    bench.run(&line).expect(0).says("Nothing to do");
    assert_gone_once(&bench, "by id");
    bench.run("link unlink nonsense --yes").expect(3);
}

#[test]
fn a_dry_run_shows_the_requests_and_changes_nothing() {
    let bench = linked();
    let plan = bench
        .run(&format!("link unlink {ACCOUNT} --dry-run"))
        .expect(0)
        .says("forceEvenWhenSddcPresent=false")
        .says("DeleteStack in us-west-2");
    let (link, stack) = (
        plan.stdout.find("DELETE /"),
        plan.stdout.find("DeleteStack"),
    );
    assert!(link < stack, "{}", plan.stdout);
    let plan = bench
        .run(&format!("link unlink {ACCOUNT} --dry-run -o json"))
        .expect(0);
    assert_eq!(plan.json()["requests"].as_array().unwrap().len(), 2);
    assert_untouched(&bench);
}

#[test]
fn nobody_to_ask_is_noticed_before_anything_is_sent() {
    let bench = linked();
    let before = bench.requests();
    bench
        .run(&format!("link unlink {ACCOUNT}"))
        .expect(2)
        .says("--yes");
    assert_eq!(bench.requests(), before);
}

#[test]
fn an_sddc_that_uses_the_link_forbids_it() {
    let bench = in_use();
    for line in [
        UNLINK.to_owned(),
        format!("link unlink {ACCOUNT} --dry-run"),
    ] {
        bench
            .run(&line)
            .expect(5)
            .says("vmc sddc delete lab")
            .says("goes with its SDDC");
    }
    let plan = bench
        .run(&format!("link unlink {ACCOUNT} --dry-run -o json"))
        .expect(5);
    assert_eq!(plan.json()["plan"]["refused"], "link_in_use");
    assert_eq!(plan.json()["plan"]["sddcs"][0]["name"], "lab");
    assert_untouched(&bench);

    // Forced, the link goes; the roles that the SDDC needs stay.
    bench
        .run(&format!("{UNLINK} --force-even-when-sddc-present"))
        .expect(0)
        .says("stays")
        .says("lab");
    assert_eq!(bench.effects("connected_account.deleted"), 1);
    assert_eq!(bench.effects("stack.deleting"), 0);
    bench.run(UNLINK).expect(5).says("lab");
    assert_eq!(bench.effects("stack.deleting"), 0);
}

#[test]
fn other_credentials_or_none_delete_nothing_unless_the_stack_is_left() {
    let bench = linked();
    bench
        .vmc(UNLINK.split_whitespace())
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .run()
        .expect(4)
        .says("--keep-stack");
    assert_untouched(&bench);

    bench
        .vmc(UNLINK.split_whitespace().chain(["--keep-stack"]))
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .run()
        .expect(0)
        .says("aws cloudformation delete-stack --region us-west-2 --stack-name vmware-sddc-formation-");
    assert_eq!(bench.effects("connected_account.deleted"), 1);
    assert_eq!(bench.effects("stack.deleting"), 0);

    // A left-over stack is seen, stands in the way of a new link, and goes.
    bench
        .run("link status")
        .expect(0)
        .says("left over")
        .says("vmc link unlink 123456789012");
    bench.run("link up").expect(5).says("--replace-stack");
    bench.run(UNLINK).expect(0);
    assert_gone_once(&bench, "the stack later");
}

#[test]
fn a_left_over_stack_is_recognised_without_any_memory() {
    for listed in [true, false] {
        let bench = Bench::with(Mock::builder().speed(3600.0).settings(|settings| {
            settings.list_deleted_accounts = listed;
        }));
        bench.run("link up").expect(0);
        bench.run(&format!("{UNLINK} --keep-stack")).expect(0);
        bench
            .vmc(UNLINK.split_whitespace())
            .env("XDG_STATE_HOME", "/proc/nowhere")
            .run()
            .expect(2);
        let elsewhere = bench.home().join("elsewhere");
        bench
            .vmc(UNLINK.split_whitespace())
            .env("XDG_STATE_HOME", elsewhere.to_str().unwrap())
            .run()
            .expect(0);
        assert_gone_once(&bench, &format!("deleted accounts listed: {listed}"));
    }
}

#[test]
fn an_answer_that_got_lost_deletes_nothing_twice() {
    for fault in [
        Fault::on("orgs.account_link.connected_accounts.delete").cut_after(),
        Fault::on("orgs.account_link.connected_accounts.delete").status_after(503),
        Fault::on("orgs.account_link.connected_accounts.delete").status(503),
        Fault::on("cfn.DeleteStack").cut_after(),
        Fault::on("cfn.DeleteStack").status_after(500),
        Fault::on("cfn.DescribeStackEvents").times(3).status(503),
    ] {
        let bench = linked();
        bench.order(fault.clone());
        bench.run(UNLINK).expect(0);
        bench.assert_struck();
        assert_gone_once(&bench, &format!("{fault:?}"));
    }
}

#[test]
fn not_waiting_says_how_to_come_back() {
    let bench = linked();
    bench
        .run(&format!("{UNLINK} --no-wait"))
        .expect(0)
        .says("vmc link unlink 123456789012 --yes");
    bench.run(UNLINK).expect(0);
    assert_gone_once(&bench, "waited for later");
}

#[test]
fn ctrl_c_says_what_goes_on_and_how_to_resume() {
    let bench = linked();
    bench.mock.clock().set_speed(1.0);
    let running = bench.vmc(UNLINK.split_whitespace()).spawn();
    bench.until("the deletion", |mock| {
        !mock.effects("stack.deleting").is_empty()
    });
    let looks = |mock: &Mock| {
        let journal = mock.journal();
        journal
            .operations
            .get("cfn.DescribeStacks")
            .copied()
            .unwrap_or(0)
    };
    let before = looks(&bench.mock);
    bench.until("a look", |mock| looks(mock) > before);
    running.interrupt();
    running
        .wait()
        .expect(8)
        .says("the deletion of the stack goes on")
        .says("vmc link unlink 123456789012 --yes");
    bench.mock.clock().set_speed(3600.0);
    bench.run(UNLINK).expect(0);
    assert_gone_once(&bench, "after Ctrl-C");
}

#[test]
fn a_missing_right_is_named_with_what_was_done() {
    let bench = linked();
    deny(&bench, "cloudformation:DeleteStack");
    bench
        .run(UNLINK)
        .expect(4)
        .says("cloudformation:DeleteStack")
        .says("is not linked any more");
    assert_eq!(bench.effects("connected_account.deleted"), 1);
}

#[test]
fn a_protected_stack_is_told_before_anything_goes() {
    let bench = linked();
    let protect = |bench: &Bench, on: bool| {
        bench.mock.world(|world| {
            for stack in world.stacks.iter_mut() {
                stack.protected = on;
            }
        });
    };
    protect(&bench, true);
    bench
        .run(UNLINK)
        .expect(5)
        .says("termination protection")
        .says("aws cloudformation update-termination-protection --no-enable-termination-protection --region us-west-2");
    assert_untouched(&bench);
    protect(&bench, false);
    bench.run(UNLINK).expect(0);
    assert_gone_once(&bench, "no longer protected");
}

#[test]
fn a_stack_that_cannot_be_deleted_is_told_with_its_cause_and_goes_later() {
    let bench = linked();
    bench.mock.world(|world| {
        world.plan(Plan::ResourceStays {
            resource: "RemoteRole".into(),
            reason: "Cannot delete entity, must detach all policies first.".into(),
        });
    });
    bench
        .run(UNLINK)
        .expect(1)
        .says("is not linked any more")
        .says("RemoteRole (AWS::IAM::Role): Cannot delete entity")
        .says("run the same command again");
    bench
        .run("link status")
        .expect(0)
        .says("DELETE_FAILED")
        .says("vmc link unlink 123456789012");
    bench.run(UNLINK).expect(0).says("deleted");
    assert_eq!(bench.effects("connected_account.deleted"), 1);
    assert_eq!(bench.effects("stack.deleting"), 2);
    bench.run(UNLINK).expect(0).says("Nothing to do");
}

#[test]
fn the_groups_of_its_sddcs_come_first() {
    let bench = in_use();
    bench.mock.world(|world| {
        let sddc = world.sddcs.iter().next().unwrap().id.clone();
        world.add_group(ORG_ID, "prod", &[&sddc]);
    });
    let plan = bench
        .run(&format!("link unlink {ACCOUNT} --dry-run"))
        .expect(5)
        .says("1. SDDC group prod: take lab out of it")
        .says("2. SDDC lab");
    assert_untouched(&bench);
    assert!(plan.stdout.contains("goes with its SDDC"));
}

#[test]
fn roles_that_may_not_be_looked_at_are_not_called_gone() {
    let bench = linked();
    deny(&bench, "iam:GetRole");
    let done = bench
        .run(UNLINK)
        .expect(0)
        .says("not checked (needs iam:GetRole)");
    assert!(!done.stdout.contains("all gone"), "{}", done.stdout);
    assert_gone_once(&bench, "roles not looked at");
}

fn deny(bench: &Bench, action: &str) {
    bench.mock.world(|world| {
        for account in world.aws_accounts.iter_mut() {
            for key in &mut account.access_keys {
                key.denied.push(action.into());
            }
        }
    });
}
