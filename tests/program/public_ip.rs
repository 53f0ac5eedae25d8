//! Public IPs of SDDCs of old.

use integration_tests::Bench;
use serde_json::{Value, json};
use vmc_mock::world::ORG_ID;
use vmc_mock::{Fault, Mock};

/// A world with an SDDC `lab`.
fn bench() -> Bench {
    Bench::with(Mock::builder().speed(3600.0).world(|world| {
        world.add_sddc(ORG_ID, "lab");
    }))
}

#[test]
fn a_public_ip_comes_is_attached_renamed_and_goes() {
    let bench = bench();
    let create = "public-ip create --name web --name mail --private-ip 192.168.1.5 --sddc lab";
    let dry = bench.run(&format!("{create} --dry-run")).expect(0).json();
    let body = &dry["requests"][0]["body"];
    let spec = json!({"count": 2, "names": ["web", "mail"], "private_ips": ["192.168.1.5"]});
    assert_eq!(*body, spec);
    assert_eq!(bench.effects("public_ip.allocated"), 0);

    let made = bench.run(&format!("{create} -o json")).expect(0).json();
    assert_eq!(made.as_array().unwrap().len(), 2);
    assert_eq!(bench.effects("public_ip.allocated"), 1);
    let update = |line: &str| {
        let ran = bench.run(&format!("public-ip update {line} --sddc lab -o json"));
        ran.expect(0).json()
    };
    let mail = update("mail --attach 192.168.1.6");
    assert_eq!(mail["associated_private_ip"], "192.168.1.6");
    let mail = update("mail --reattach 192.168.1.7");
    assert_eq!(mail["associated_private_ip"], "192.168.1.7");
    assert_eq!(
        update("mail --detach")["associated_private_ip"],
        Value::Null
    );
    assert_eq!(update("mail --rename post")["name"], "post");
    for field in ["allocation_id", "public_ip"] {
        let word = mail[field].as_str().unwrap();
        bench
            .run(&format!("public-ip show {word} --sddc lab"))
            .expect(0)
            .says("post");
    }

    bench
        .run("public-ip delete POST --sddc lab --yes")
        .expect(3)
        .says("exactly");
    bench
        .run("public-ip delete post --sddc lab")
        .expect(2)
        .says("--yes");
    assert_eq!(bench.effects("public_ip.released"), 0);
    bench
        .run("public-ip delete post --sddc lab --yes")
        .expect(0);
    assert_eq!(bench.effects("public_ip.released"), 1);
    let left = bench
        .run("public-ip list --sddc lab -o json")
        .expect(0)
        .json();
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["name"], "web");
}

#[test]
fn those_of_the_management_gateway_can_be_seen() {
    let bench = bench();
    let list = bench.run("public-ip list --management --sddc lab -o json");
    let list = list.expect(0).json();
    let address = list[0]["public_ip"].as_str().unwrap();
    let line = format!("public-ip show {address} --management --sddc lab -o json");
    assert_eq!(bench.run(&line).expect(0).json(), list[0]);
    bench
        .run(&format!("public-ip show {address} --sddc lab"))
        .expect(3);
}

#[test]
fn what_does_not_fit_is_told_before_anything_is_sent() {
    let bench = bench();
    for line in [
        "public-ip create --count 1 --name a --name b --sddc lab",
        "public-ip create --count 0 --sddc lab",
        "public-ip update web --sddc lab",
        "public-ip update web --detach --rename x --sddc lab",
        "public-ip list",
    ] {
        bench.run(line).expect(2);
    }
    bench
        .run("public-ip update web --detach --sddc lab")
        .expect(3);
    assert_eq!(
        bench.mock.journal().received("orgs.sddcs.publicips.create"),
        0
    );
}

#[test]
fn an_allocation_that_got_no_answer_is_found_by_its_task() {
    let bench = bench();
    bench.order(Fault::on("orgs.sddcs.publicips.create").cut_after());
    let made = bench.run("public-ip create --name web --sddc lab -o json");
    assert_eq!(made.expect(0).json()[0]["name"], "web");
    bench.assert_struck();
    assert_eq!(bench.effects("public_ip.allocated"), 1);
}

#[test]
fn an_address_that_was_taken_and_cannot_be_shown_is_no_failure() {
    let bench = Bench::lab();
    let list = Fault::on("orgs.sddcs.publicips.list").nth(2).times(0);
    bench.order(list.status(503));
    let made = bench
        .vmc("public-ip create --name web --sddc lab".split(' '))
        .env("VMC_MAX_ATTEMPTS", "1")
        .run();
    made.expect(0).says("cannot be shown").says("PUBLIC-IP");
    assert_eq!(bench.effects("public_ip.allocated"), 1);
}
