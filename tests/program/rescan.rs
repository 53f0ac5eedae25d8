//! A linked account is looked at anew.

use integration_tests::Bench;
use vmc_mock::world::{ACCOUNT, ORG_ID, Subnet, Vpc};
use vmc_mock::{Fault, Mock};

/// The standard account, linked, and a subnet in another zone and one in
/// another region that are younger than the link.
fn bench() -> Bench {
    Bench::with(Mock::builder().speed(3600.0).world(|world| {
        world.link_account(ORG_ID, ACCOUNT);
        let aws = world.aws_accounts.get_mut(ACCOUNT).unwrap();
        aws.vpcs.push(Vpc {
            id: "vpc-eu".into(),
            region: "eu-west-1".into(),
            cidr: "172.29.0.0/16".into(),
            name: "eu".into(),
        });
        for (vpc, zone) in [
            ("vpc-0a1b2c3d4e5f60718", "us-west-2e"),
            ("vpc-eu", "eu-west-1a"),
        ] {
            aws.subnets.push(Subnet {
                id: format!("subnet-{zone}"),
                vpc: vpc.into(),
                cidr: "172.30.9.0/26".into(),
                name: "new".into(),
                zone: zone.into(),
                zone_id: format!("{zone}-id"),
                ..Subnet::default()
            });
        }
    }))
}

#[test]
fn new_zones_are_found_and_their_subnets_become_usable() {
    let bench = bench();
    bench
        .run("subnet pick --name new --region us-west-2")
        .expect(3)
        .says("vmc link rescan");
    let ran = bench.run("link rescan -o json").expect(0);
    let rows = ran.json();
    let new: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["new"] == true)
        .collect();
    assert_eq!(new.len(), 1, "{rows}");
    assert_eq!(new[0]["availability_zone"], "us-west-2e");
    assert_eq!(new[0]["usable_subnets"], 1);
    ran.says("1 zone is new. Usable subnets: 4.");
    assert_eq!(bench.effects("zones.mapped"), 1);
    let picked = bench.run("subnet pick --name new --region us-west-2 -o name");
    assert_eq!(picked.expect(0).stdout, "subnet-us-west-2e\n");
    bench.run("link rescan").expect(0).says("No zone is new");
}

#[test]
fn regions_are_given_in_either_spelling() {
    let bench = bench();
    let line = format!("link rescan {ACCOUNT} --region eu-west-1 --region US_WEST_2");
    let dry = bench.run(&format!("{line} --dry-run")).expect(0).json();
    assert_eq!(
        dry["requests"][0]["body"]["petronas_regions_to_map"],
        serde_json::json!(["EU_WEST_1", "US_WEST_2"])
    );
    assert_eq!(bench.effects("zones.mapped"), 0);
    bench
        .run(&line)
        .expect(0)
        .says("eu-west-1a")
        .says("2 zones are new");
    let line = "link rescan --region ap-south-1";
    bench.run(line).expect(0).says("no zone in AP_SOUTH_1");
}

#[test]
fn a_rescan_is_started_only_or_fails_as_its_task_does() {
    let bench = bench();
    let started = bench.run("link rescan --no-wait").expect(0);
    started.says("vmc task wait");
    bench.order(Fault::on("orgs.account_link.map_customer_zones.post").cut_after());
    bench.run("link rescan").expect(6).says("vmc task list");
    bench.assert_struck();
    bench.run("link rescan nosuch").expect(3);
    let nothing = Bench::new();
    nothing.run("link rescan").expect(3).says("vmc link up");
}
