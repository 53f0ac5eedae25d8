//! SDDCs and their tasks.

use std::time::Duration;

use integration_tests::Bench;
use serde_json::Value;
use vmc_mock::world::Plan;
use vmc_mock::{Action, Fault, Mock};

fn subnet(bench: &Bench) -> String {
    bench.run("link up").expect(0);
    let list = bench
        .run("subnet list --region US_WEST_2 --compatible -o json")
        .expect(0);
    list.json()[0]["subnet_id"].as_str().unwrap().to_owned()
}

fn create<'a>(bench: &'a Bench, subnet: &'a str, more: &'a [&'a str]) -> integration_tests::Vmc {
    bench
        .vmc([
            "sddc",
            "create",
            "--name",
            "lab",
            "--region",
            "US_WEST_2",
            "--hosts",
            "2",
            "--host-type",
            "i4i.metal",
            "--vpc-cidr",
            "10.2.0.0/16",
            "--account",
            "123456789012",
            "--subnet",
            subnet,
        ])
        .args(more.iter().copied())
}

#[test]
fn an_sddc_is_created_watched_shown_renamed_and_deleted() {
    let bench = Bench::new();
    let subnet = subnet(&bench);
    let created = create(&bench, &subnet, &["-o", "json"]).run().expect(0);
    assert_eq!(created.json()["sddc_state"], "READY");
    assert_eq!(bench.effects("sddc.created"), 1);

    let shown = bench.run("sddc show lab -o json").expect(0);
    let sddc = shown.json();
    let config = &sddc["resource_config"];
    assert_eq!(config["cloud_password"], "[redacted]");
    assert!(config["vc_url"].as_str().unwrap().starts_with("https://"));
    let revealed = bench.run("sddc show lab -o json --reveal").expect(0).json();
    assert_ne!(revealed["resource_config"]["cloud_password"], "[redacted]");
    let by_id = bench.run(&format!(
        "sddc show {} -o json",
        sddc["id"].as_str().unwrap()
    ));
    assert_eq!(by_id.expect(0).json()["name"], "lab");

    bench.run("sddc rename lab plant").expect(0);
    bench.run("sddc show lab").expect(3).says("plant");
    bench.run("sddc delete plant").expect(2).says("--yes");
    bench.run("sddc delete plant --yes").expect(0);
    assert_eq!(bench.effects("sddc.deleted"), 1);
    assert_eq!(
        bench.run("sddc list -o json").expect(0).json(),
        Value::Array(vec![])
    );
}

#[test]
fn the_same_name_twice_is_refused_before_it_costs_money() {
    let bench = Bench::new();
    let subnet = subnet(&bench);
    create(&bench, &subnet, &[]).run().expect(0);
    create(&bench, &subnet, &[]).run().expect(5).says("lab");
    assert_eq!(bench.effects("sddc.created"), 1);
}

#[test]
fn a_creation_whose_answer_got_lost_is_found_by_its_name() {
    for fault in [
        Fault::on("orgs.sddcs.create").cut_after(),
        Fault::on("orgs.sddcs.create").status_after(503),
        Fault::on("orgs.sddcs.create").action(Action::Truncate),
    ] {
        let bench = Bench::new();
        let subnet = subnet(&bench);
        bench.order(fault.clone());
        let ran = create(&bench, &subnet, &["-o", "json"]).run();
        assert_eq!(bench.effects("sddc.created"), 1, "{fault:?}");
        assert_eq!(ran.expect(0).json()["sddc_state"], "READY", "{fault:?}");
    }
}

#[test]
fn a_creation_that_never_arrived_is_an_unknown_outcome_with_a_way_out() {
    let bench = Bench::new();
    let subnet = subnet(&bench);
    bench.order(Fault::on("orgs.sddcs.create").cut_before());
    create(&bench, &subnet, &[])
        .run()
        .expect(6)
        .says("vmc sddc list");
    assert_eq!(bench.effects("sddc.created"), 0);
}

#[test]
fn a_dry_run_has_the_server_validate_and_creates_nothing() {
    let bench = Bench::new();
    let subnet = subnet(&bench);
    create(&bench, &subnet, &["--dry-run"])
        .run()
        .expect(0)
        .says("Nothing was created");
    assert_eq!(bench.effects("sddc.created"), 0);
    bench.run("sddc list").expect(0);
}

#[test]
fn waiting_can_be_left_and_taken_up_again() {
    let bench = Bench::with(Mock::builder().speed(2000.0));
    let subnet = subnet(&bench);
    bench.mock.clock().set_speed(1.0);
    let started = create(&bench, &subnet, &["--no-wait", "-o", "json"])
        .run()
        .expect(0);
    let task = started.json()["id"].as_str().unwrap().to_owned();
    bench
        .vmc(["task", "wait", &task, "--timeout", "300ms"])
        .run()
        .expect(8)
        .says(&format!("vmc task wait {task}"));

    let running = bench.vmc(["task", "wait", &task]).spawn();
    let polls = |mock: &Mock| {
        mock.journal()
            .operations
            .get("orgs.tasks.get")
            .copied()
            .unwrap_or(0)
    };
    let before = polls(&bench.mock);
    bench.until("a poll", |mock| polls(mock) > before);
    running.interrupt();
    running
        .wait()
        .expect(8)
        .says(&format!("vmc task wait {task}"));

    bench.mock.clock().advance(Duration::from_secs(3 * 3600));
    bench.vmc(["task", "wait", &task]).run().expect(0);
    bench
        .run("task list --status FINISHED")
        .expect(0)
        .says("SDDC-PROVISION");
}

#[test]
fn a_task_that_fails_says_why() {
    let bench = Bench::new();
    let subnet = subnet(&bench);
    bench.mock.world(|world| {
        world.plan(Plan::TaskFails {
            task_type: "SDDC-PROVISION".into(),
            at_percent: 30,
            message: "canary: no capacity for i4i.metal".into(),
        });
    });
    create(&bench, &subnet, &[])
        .run()
        .expect(1)
        .says("no capacity for i4i.metal");
}

#[test]
fn hiccups_while_polling_are_no_failure() {
    let bench = Bench::new();
    let subnet = subnet(&bench);
    bench.order(Fault::on("orgs.tasks.get").nth(2).times(6).status(503));
    bench.order(Fault::on("orgs.tasks.get").nth(12).unauthorized());
    create(&bench, &subnet, &[]).run().expect(0);
    assert_eq!(bench.effects("sddc.created"), 1);
}

#[test]
fn a_one_host_sddc_is_converted_once() {
    let bench = Bench::with(Mock::builder().speed(3600.0).world(|world| {
        let id = world.add_sddc(vmc_mock::world::ORG_ID, "one");
        let sddc = world.sddcs.get_mut(&id).unwrap();
        sddc.config["sddc_type"] = "1NODE".into();
        sddc.config["num_hosts"] = 1.into();
    }));
    let dry = bench.run("sddc convert one --hosts 4 --dry-run").expect(0);
    let dry = dry.says("paid for").json();
    assert_eq!(dry["requests"][0]["body"]["num_hosts"], 4);
    let ran = bench.run("sddc convert one").expect(0).says("3 hosts");
    assert!(ran.stdout.contains("DEFAULT"), "{}", ran.stdout);
    bench
        .run("sddc convert one")
        .expect(0)
        .says("Nothing to do");
    bench
        .run("sddc convert one --hosts 5")
        .expect(5)
        .says("vmc host add");
    assert_eq!(bench.effects("sddc.converted"), 1);
    assert_eq!(bench.mock.received("orgs.sddcs.convert.create"), 1);
}

#[test]
fn a_deletion_says_first_what_goes_with_it_and_what_holds_it_back() {
    let bench = Bench::lab();
    let sddc = bench.mock.world(|world| {
        let sddc = world.sddcs.iter().next().unwrap().id.clone();
        world.add_group(vmc_mock::world::ORG_ID, "prod", &[&sddc]);
        sddc
    });
    for line in ["sddc delete lab --yes", "sddc delete lab --dry-run"] {
        bench.run(line).expect(5).says("SDDC group prod");
    }
    assert_eq!(bench.mock.received("orgs.sddcs.delete"), 0);

    // Where the groups cannot be read, the service has the last word.
    bench.order(Fault::on("groups.list").status(403));
    let refused = bench.run("sddc delete lab --yes").says("is not known");
    assert_ne!(refused.code, 0, "{}", refused.stderr);
    assert_eq!(bench.mock.received("orgs.sddcs.delete"), 1);
    bench.assert_struck();

    bench.mock.world(|world| {
        let group = world.groups.iter_mut().next().unwrap();
        group.members.retain(|member| *member != sddc);
    });
    bench
        .run("sddc delete lab --yes")
        .expect(0)
        .says("This goes with it")
        .says("clusters");
    assert_eq!(bench.effects("sddc.deleted"), 1);
}
