//! Clusters of an SDDC.

use integration_tests::Bench;
use vmc_mock::Fault;
use vmc_mock::world::Plan;

#[test]
fn a_cluster_is_created_shown_changed_and_deleted() {
    let bench = Bench::lab();
    let before = bench
        .run("cluster list --sddc lab -o json")
        .expect(0)
        .json();
    assert_eq!(before.as_array().unwrap().len(), 1);
    assert_eq!(before[0]["primary"], true);

    let made = bench.run("cluster create --sddc lab --hosts 3 --host-type i3.metal -o json");
    let made = made.expect(0).json();
    assert_eq!(made["cluster_name"], "Cluster-2");
    assert_eq!(made["cluster_state"], "READY");
    assert_eq!(made["primary"], false);
    assert_eq!(made["esx_host_list"].as_array().unwrap().len(), 3);
    assert_eq!(bench.effects("cluster.created"), 1);

    let id = made["cluster_id"].as_str().unwrap();
    let shown = bench.run(&format!("cluster show {id} --sddc lab"));
    shown.expect(0).says("Cluster-2");
    bench.run("cluster show cluster-2 --sddc lab").expect(0);
    bench
        .run("cluster show Cluster-3 --sddc lab")
        .expect(3)
        .says("Cluster-2");

    let line = "cluster license Cluster-2 --sddc lab --windows customer-supplied -o json";
    let licensed = bench.run(line).expect(0).json();
    assert_eq!(
        licensed["msft_license_config"]["windows_licensing"],
        "CUSTOMER_SUPPLIED"
    );
    let line = "cluster license Cluster-2 --sddc lab --mssql disabled --academic true -o json";
    let licences = bench.run(line).expect(0).json()["msft_license_config"].clone();
    assert_eq!(
        licences,
        serde_json::json!({"windows_licensing": "CUSTOMER_SUPPLIED",
            "mssql_licensing": "DISABLED", "academic_license": true})
    );

    let line =
        "cluster reconfigure Cluster-2 --sddc lab --hosts 4 --storage-capacity 80000 -o json";
    let grown = bench.run(line).expect(0).json();
    assert_eq!(grown["esx_host_list"].as_array().unwrap().len(), 4);
    assert_eq!(grown["cluster_capacity"]["storage_capacity_gib"], 80000);

    bench
        .run("cluster delete Cluster-2 --sddc lab")
        .expect(2)
        .says("--yes");
    bench
        .run("cluster delete cluster-2 --sddc lab -y")
        .expect(3)
        .says("exactly");
    assert_eq!(bench.effects("cluster.deleted"), 0);
    bench
        .run("cluster delete Cluster-2 --sddc lab -y")
        .expect(0)
        .says("FINISHED");
    assert_eq!(bench.effects("cluster.deleted"), 1);
    bench
        .run("cluster delete Cluster-2 --sddc lab -y")
        .expect(3);
    let left = bench.run("cluster list --sddc lab -o name").expect(0);
    assert_eq!(left.stdout.lines().count(), 1);
}

#[test]
fn the_primary_cluster_is_not_even_asked_to_go() {
    let bench = Bench::lab();
    bench.run("cluster create --sddc lab --hosts 2").expect(0);
    let ran = bench
        .run("cluster delete Cluster-1 --sddc lab --yes")
        .expect(5);
    ran.says("primary").says("vmc sddc delete");
    assert_eq!(bench.mock.received("orgs.sddcs.clusters.delete"), 0);
}

#[test]
fn a_dry_run_sends_nothing() {
    let bench = Bench::lab();
    let cluster = bench.run("cluster list --sddc lab -o name").expect(0);
    let cluster = cluster.stdout.trim();
    let ran =
        bench.run("cluster create --sddc lab --hosts 3 --az us-west-2a --cpu-cores 8 --windows enabled --dry-run");
    let request = &ran.expect(0).json()["requests"][0];
    assert_eq!(request["method"], "POST");
    assert!(request["path"].as_str().unwrap().ends_with("/clusters"));
    assert_eq!(
        request["body"],
        serde_json::json!({"num_hosts": 3, "availability_zones": ["us-west-2a"], "host_cpu_cores_count": 8,
            "msft_license_config": {"windows_licensing": "ENABLED"}})
    );
    let ran = bench.run(
        "cluster reconfigure Cluster-1 --sddc lab --bias BALANCED --storage-capacity 1 --dry-run",
    );
    let request = &ran.expect(0).json()["requests"][0];
    assert!(
        request["path"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/clusters/{cluster}/reconfigure"))
    );
    assert_eq!(
        request["body"],
        serde_json::json!({"num_hosts": 2, "storage_capacity": 1, "bias": "BALANCED"})
    );
    bench
        .run("cluster license Cluster-1 --sddc lab --windows enabled --dry-run")
        .expect(0);
    assert_eq!(bench.effects("sddc.changing"), 0);
}

#[test]
fn a_file_says_what_to_create_and_a_misspelt_field_is_told_by_its_line() {
    let bench = Bench::lab();
    let create = |text: &str| {
        bench
            .vmc([
                "cluster",
                "create",
                "--sddc",
                "lab",
                "--file",
                "-",
                "--dry-run",
            ])
            .stdin(text)
            .run()
    };
    let ran =
        create(r#"{"num_hosts": 4, "msft_license_config": {"windows_licensing": "ENABLED"}}"#);
    assert_eq!(ran.expect(0).json()["requests"][0]["body"]["num_hosts"], 4);
    create("num_hosts = 4\nhost_type = \"x\"\n")
        .expect(2)
        .says("input:2: unknown field \"host_type\"");
    create("{}")
        .expect(2)
        .says("a cluster needs num_hosts")
        .says("--hosts");
    bench
        .run("cluster create --hosts 3")
        .expect(2)
        .says("--sddc");
}

#[test]
fn one_creation_however_its_answer_gets_lost() {
    for fault in [
        Fault::on("orgs.sddcs.clusters.create").cut_after(),
        Fault::on("orgs.sddcs.clusters.create").status_after(503),
    ] {
        let bench = Bench::lab();
        bench.order(fault.clone());
        let ran = bench
            .run("cluster create --sddc lab --hosts 2 -o json")
            .expect(0);
        assert_eq!(ran.json()["cluster_name"], "Cluster-2", "{fault:?}");
        assert_eq!(bench.effects("cluster.created"), 1, "{fault:?}");
        bench.assert_struck();
    }
    let bench = Bench::lab();
    bench.order(Fault::on("orgs.sddcs.clusters.create").cut_before());
    let ran = bench.run("cluster create --sddc lab --hosts 2").expect(6);
    ran.says("vmc cluster list --sddc").says("No new task");
    assert_eq!(bench.effects("sddc.changing"), 0);
}

#[test]
fn the_same_command_twice_makes_one_cluster() {
    let bench = Bench::lab();
    bench.mock.clock().set_speed(1.0);
    let line = "cluster create --sddc lab --hosts 2 --no-wait -o json";
    let task = bench.run(line).expect(0).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let ran = bench.run(line).expect(5);
    ran.says("busy").says(&format!("vmc task wait {task}"));
    assert_eq!(bench.mock.received("orgs.sddcs.clusters.create"), 1);
    // The service has the last word where the user insists.
    let line = "cluster create --sddc lab --hosts 2 --no-wait --while-busy";
    bench.run(line).expect(1);
    assert_eq!(bench.effects("sddc.changing"), 1);
}

#[test]
fn waiting_is_left_with_the_way_back() {
    let bench = Bench::lab();
    bench.mock.clock().set_speed(1.0);
    let running = bench
        .vmc("cluster create --sddc lab --hosts 2".split(' '))
        .spawn();
    bench.until("the task", |mock| mock.received("orgs.tasks.get") > 0);
    running.interrupt();
    let ran = running.wait().expect(8).says("vmc task wait ");
    let hint = ran.stderr.split("vmc ").nth(1).unwrap().to_owned();
    bench
        .mock
        .clock()
        .advance(std::time::Duration::from_secs(3600));
    bench.run(hint.trim()).expect(0);
    assert_eq!(bench.effects("cluster.created"), 1);
}

#[test]
fn ctrl_c_while_a_lost_creation_is_looked_for_leaves_it_unknown() {
    let bench = Bench::lab();
    bench.order(Fault::on("orgs.sddcs.clusters.create").cut_before());
    let running = bench
        .vmc("cluster create --sddc lab --hosts 2".split(' '))
        .spawn();
    // Before the creation its task was not among two lists.
    bench.until("a look", |mock| mock.received("orgs.tasks.list") > 1);
    running.interrupt();
    running.wait().expect(6).says("vmc cluster list --sddc");
}

#[test]
fn what_is_done_and_cannot_be_shown_is_no_failure() {
    let bench = Bench::lab();
    bench.order(Fault::on("orgs.sddcs.get").nth(2).times(0).status(503));
    let ran = bench
        .vmc("cluster create --sddc lab --hosts 2".split(' '))
        .env("VMC_MAX_ATTEMPTS", "1")
        .run();
    ran.expect(0).says("cannot be shown").says("CLUSTER-CREATE");
    assert_eq!(bench.effects("cluster.created"), 1);
}

#[test]
fn a_creation_that_fails_says_why() {
    let bench = Bench::lab();
    bench.mock.world(|world| {
        world.plan(Plan::TaskFails {
            task_type: "CLUSTER-CREATE".into(),
            at_percent: 30,
            message: "canary: no capacity".into(),
        });
    });
    let ran = bench.run("cluster create --sddc lab --hosts 2").expect(1);
    ran.says("canary: no capacity")
        .says("To see what there is now: vmc cluster list --sddc");
    let ran = bench.run("cluster create --sddc lab --hosts 17").expect(1);
    ran.says("at most 16 hosts");
}

#[test]
fn constraints_are_those_of_a_cluster_or_of_a_new_one() {
    let bench = Bench::lab();
    bench.run("cluster constraints").expect(2).says("--hosts");
    let new = bench
        .run("cluster constraints --hosts 3 -o json")
        .expect(0)
        .json();
    assert_eq!(new["num_hosts"], 3);
    let line = "cluster constraints Cluster-1 --sddc lab";
    bench.run(line).expect(0).says("BALANCED");
    let whole = bench
        .run(&format!("{line} --hosts 4 -o json"))
        .expect(0)
        .json();
    assert_eq!(whole["hosts"], 4);
    assert!(whole["reconfig_biases"].is_array());
}
