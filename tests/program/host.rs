//! Hosts of an SDDC.

use integration_tests::Bench;
use serde_json::json;
use vmc_mock::Fault;

fn hosts(bench: &Bench, more: &str) -> Vec<serde_json::Value> {
    let ran = bench.run(&format!("host list --sddc lab -o json {more}"));
    ran.expect(0).json().as_array().unwrap().clone()
}

#[test]
fn hosts_come_and_go() {
    let bench = Bench::lab();
    let before = hosts(&bench, "");
    assert_eq!(before.len(), 2);
    assert_eq!(before[0]["cluster_name"], "Cluster-1");
    bench.run("host check --sddc lab --count 2").expect(0);
    assert_eq!(bench.effects("sddc.changing"), 0);

    let added = bench
        .run("host add --sddc lab --count 2 -o json")
        .expect(0)
        .json();
    assert_eq!(added.as_array().unwrap().len(), 4);
    assert_eq!(bench.effects("hosts.added"), 1);

    bench
        .run("host remove --sddc lab --count 1")
        .expect(2)
        .says("--yes");
    bench
        .run("host remove --sddc lab --count 1 --yes")
        .expect(0);
    let named = bench
        .run("host remove esx-1 --sddc lab --yes -o name")
        .expect(0);
    assert_eq!(named.stdout.lines().count(), 2);
    assert_eq!(bench.effects("hosts.removed"), 2);
    assert!(hosts(&bench, "").iter().all(|host| host["name"] != "esx-1"));

    // Two stay.
    bench
        .run("host remove --sddc lab --count 1 --yes")
        .expect(1)
        .says("at least 2");
    bench
        .run("host check --sddc lab --count 15")
        .expect(9)
        .says("at most 16");
    assert_eq!(hosts(&bench, "").len(), 2);
}

#[test]
fn hosts_are_removed_by_name_host_name_or_id_from_one_cluster() {
    let bench = Bench::lab();
    bench.run("cluster create --sddc lab --hosts 3").expect(0);
    let all = hosts(&bench, "");
    let second = hosts(&bench, "--cluster Cluster-2");
    assert_eq!((all.len(), second.len()), (5, 3));
    let text = |host: &serde_json::Value, field: &str| host[field].as_str().unwrap().to_owned();
    let (id, host_name) = (text(&second[0], "esx_id"), text(&second[1], "hostname"));

    let line = format!("host remove {id} {host_name} {id} --sddc lab --dry-run");
    let request = bench.run(&line).expect(0).json()["requests"][0].clone();
    assert!(
        request["path"]
            .as_str()
            .unwrap()
            .ends_with("/esxs?action=remove")
    );
    assert_eq!(
        request["body"],
        json!({"num_hosts": 2, "cluster_id": second[0]["cluster_id"],
            "esxs": [id, second[1]["esx_id"]]})
    );
    let line = format!("host remove {id} esx-0 --sddc lab --yes");
    bench.run(&line).expect(2).says("one cluster at a time");
    let line = format!("host remove {id} --cluster Cluster-1 --sddc lab --yes");
    bench.run(&line).expect(2).says("is not in cluster");
    bench.run("host remove esx-99 --sddc lab --yes").expect(3);
    bench.run("host remove --sddc lab --yes").expect(2);
    for line in [
        "host add --sddc lab --count 1",
        "host remove --sddc lab --count 1 -y",
    ] {
        bench
            .run(line)
            .expect(2)
            .says("which cluster?")
            .says("Cluster-2");
    }
    assert_eq!(
        bench.effects("hosts.removed") + bench.effects("hosts.added"),
        0
    );
}

#[test]
fn hosts_are_asked_for_once_whatever_the_network_does() {
    let bench = Bench::lab();
    bench.order(Fault::on("orgs.sddcs.esxs.create").cut_after());
    bench
        .run("host add --sddc lab --count 1")
        .expect(0)
        .says("ESX-ADD");
    assert_eq!(bench.effects("hosts.added"), 1);
    assert_eq!(hosts(&bench, "").len(), 3);
    bench.assert_struck();

    bench.mock.clock().set_speed(1.0);
    bench
        .run("host add --sddc lab --count 1 --no-wait")
        .expect(0)
        .says("Next: vmc task wait");
    bench
        .run("host add --sddc lab --count 1 --no-wait")
        .expect(5)
        .says("busy");
    assert_eq!(bench.mock.received("orgs.sddcs.esxs.create"), 2);
}

#[test]
fn a_wrong_setting_is_told_before_hosts_are_paid_for() {
    let bench = Bench::lab();
    let line = "host add --sddc lab --count 1";
    for wrong in [
        "--timeout soon",
        "--poll-interval often",
        "--no-wait --timeout 1",
    ] {
        let ran = bench.run(&format!("{line} {wrong}"));
        assert_ne!(ran.code, 0, "{wrong}");
        ran.expect(2);
    }
    let odd = bench.vmc(line.split(' ')).env("VMC_PROGRESS", "lots");
    odd.run().expect(2).says("VMC_PROGRESS");
    assert_eq!(bench.mock.received("orgs.sddcs.esxs.create"), 0);
    for line in [
        "sddc delete lab --yes --timeout soon",
        "sddc create --name b --region us-west-2 --type 1node --delay-account-link --timeout soon",
    ] {
        bench.run(line).expect(2).says("soon");
    }
    assert_eq!(
        bench.effects("sddc.deleting") + bench.effects("sddc.created"),
        0
    );
}

#[test]
fn what_is_refused_is_said_to_have_changed_nothing() {
    let bench = Bench::lab();
    let ran = bench.run("host add --sddc lab --count 99");
    ran.expect(1)
        .says("at most 16")
        .says("Nothing was changed.");
}
