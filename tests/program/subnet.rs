//! Subnets: which there are, and the one that is meant.

use integration_tests::Bench;
use vmc_mock::Mock;
use vmc_mock::world::{ACCOUNT, ORG_ID, Subnet, Vpc};

/// The standard account, linked, with a second VPC that has a subnet in the
/// zones 1 and 2 as well.
fn bench() -> Bench {
    Bench::with(Mock::builder().speed(3600.0).world(|world| {
        let aws = world.aws_accounts.get_mut(ACCOUNT).unwrap();
        aws.vpcs.push(Vpc {
            id: "vpc-other".into(),
            region: "us-west-2".into(),
            cidr: "172.31.0.0/16".into(),
            name: "other".into(),
        });
        for (number, letter) in [(1, "a"), (2, "b")] {
            aws.subnets.push(Subnet {
                id: format!("subnet-other{number}"),
                vpc: "vpc-other".into(),
                cidr: format!("172.31.{number}.0/26"),
                name: format!("other-{letter}"),
                zone: format!("us-west-2{letter}"),
                zone_id: format!("usw2-az{number}"),
                ..Subnet::default()
            });
        }
        world.link_account(ORG_ID, ACCOUNT);
    }))
}

#[test]
fn a_list_is_narrowed_by_zone_id_vpc_and_name() {
    let bench = bench();
    let ids = |line: &str| {
        let ran = bench.run(&format!("subnet list {line} -o name")).expect(0);
        ran.stdout
            .lines()
            .map(|id| id.trim_start_matches("subnet-").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("").len(), 6);
    assert_eq!(ids("--az usw2-az1"), ["0a1b2c3d4e5f60701", "other1"]);
    assert_eq!(ids("--az us-west-2a --vpc vpc-other"), ["other1"]);
    assert_eq!(ids("--name SDDC-D"), ["0a1b2c3d4e5f60704"]);
    assert!(ids("--name sddc-d --compatible").is_empty());
    let none = bench.run("subnet list --name nosuch").expect(0);
    none.says("None of 6 subnets fits");
    let table = bench.run("subnet list --name sddc-d").expect(0);
    table.says("no capacity");
}

#[test]
fn the_only_subnet_that_fits_is_picked_and_several_are_never_chosen_from() {
    let bench = bench();
    let one = bench.run("subnet pick --az usw2-az1 --vpc vpc-other -o name");
    assert_eq!(one.expect(0).stdout, "subnet-other1\n");
    let json = bench.run("subnet pick --name sddc-c --region us-west-2 -o json");
    assert_eq!(json.expect(0).json()[0]["availability_zone_id"], "usw2-az3");

    let several = bench.run("subnet pick --az usw2-az1 -o name").expect(2);
    assert_eq!(several.stdout, "");
    several
        .says("subnet-0a1b2c3d4e5f60701 (sddc-a)")
        .says("subnet-other1 (other-a)")
        .says("--vpc, --name");

    let none = bench.run("subnet pick --az usw2-az4 -o name").expect(3);
    assert_eq!(none.stdout, "");
    none.says("no capacity in this availability zone")
        .says("vmc subnet list");
}

#[test]
fn a_stretched_sddc_gets_one_subnet_of_each_zone_in_one_vpc() {
    let bench = bench();
    let two = "subnet pick --az usw2-az2 --az usw2-az1";
    let picked = bench.run(&format!("{two} --vpc vpc-other -o name"));
    assert_eq!(picked.expect(0).stdout, "subnet-other2\nsubnet-other1\n");
    bench
        .run(two)
        .expect(2)
        .says("more than one pair")
        .says("To narrow it down: --vpc");
    let line = "subnet pick --az usw2-az1 --az usw2-az3 --vpc vpc-other";
    bench.run(line).expect(3).says("usw2-az3");
    let before = bench.requests();
    let line = "subnet pick --az usw2-az1 --az USW2-AZ1";
    bench.run(line).expect(2).says("given twice");
    let line = "subnet pick --az usw2-az1 --az usw2-az2 --az usw2-az3";
    bench.run(line).expect(2);
    assert_eq!(bench.requests(), before);
    let line = "subnet pick --az usw2-az1 --az us-west-2a --vpc vpc-other";
    bench.run(line).expect(2).says("same zone");
}
