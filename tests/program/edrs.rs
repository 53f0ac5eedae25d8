//! Elastic DRS.

use integration_tests::Bench;
use serde_json::json;
use vmc_mock::Fault;

#[test]
fn a_policy_is_changed_in_what_was_named() {
    let bench = Bench::lab();
    bench
        .run("edrs list --sddc lab")
        .expect(0)
        .says("Cluster-1");
    bench
        .run("edrs show Cluster-1 --sddc lab --choices")
        .expect(0)
        .says("rapid-scaleup");
    let set = "edrs set Cluster-1 --sddc lab -o json";
    let ran = bench.run(&format!(
        "{set} --enable --policy cost --min-hosts 2 --max-hosts 8"
    ));
    let policy = ran.expect(0).json()["edrs_policy"].clone();
    assert_eq!(
        policy,
        json!({"enable_edrs": true, "policy_type": "cost", "min_hosts": 2, "max_hosts": 8})
    );
    let ran = bench.run(&format!("{set} --max-hosts 6")).expect(0);
    assert_eq!(ran.json()["edrs_policy"]["min_hosts"], 2);
    let again = bench.run(&format!("{set} --max-hosts 6")).expect(0);
    again.says("Nothing to do");
    assert_eq!(
        bench.mock.received("orgs.sddcs.clusters.edrs_policy.post"),
        2
    );

    bench
        .run("edrs set Cluster-1 --sddc lab")
        .expect(2)
        .says("--enable");
    let dry = bench
        .run(&format!("{set} --disable --dry-run"))
        .expect(0)
        .json();
    assert_eq!(dry["requests"][0]["body"]["enable_edrs"], false);
    assert_eq!(dry["requests"][0]["body"]["max_hosts"], 6);
}

#[test]
fn its_task_is_known_to_its_own_service_alone() {
    let bench = Bench::lab();
    bench.mock.clock().set_speed(1.0);
    let line = "edrs set Cluster-1 --sddc lab --enable --max-hosts 9 --no-wait";
    let started = bench.run(line).expect(0);
    let hint = started
        .stderr
        .split("Next: vmc ")
        .nth(1)
        .unwrap()
        .trim()
        .to_owned();
    assert!(hint.ends_with("--service autoscaler"), "{hint}");
    let task = hint.split(' ').nth(2).unwrap();
    bench
        .run(&format!("task show {task}"))
        .expect(3)
        .says("--service");
    bench
        .run(&format!("task show {task} --service autoscaler"))
        .expect(0);
    let listed = bench
        .run("task list --service autoscaler -o name")
        .expect(0);
    assert_eq!(listed.stdout.trim(), task);
    bench
        .mock
        .clock()
        .advance(std::time::Duration::from_secs(3600));
    bench.run(&hint).expect(0).says("FINISHED");
}

#[test]
fn a_policy_whose_answer_got_lost_is_not_sent_again() {
    let bench = Bench::lab();
    bench.order(Fault::on("orgs.sddcs.clusters.edrs_policy.post").cut_after());
    let line = "edrs set Cluster-1 --sddc lab --enable --max-hosts 5";
    bench.run(line).expect(6).says("vmc edrs show ");
    assert_eq!(
        bench.mock.received("orgs.sddcs.clusters.edrs_policy.post"),
        1
    );
    bench.assert_struck();
}
