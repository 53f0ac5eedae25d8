//! Tests of the way from an SDDC to the customer's site.

use integration_tests::Bench;

#[test]
fn what_can_be_tested_is_listed() {
    let bench = Bench::lab();
    let ran = bench.run("conn-test list --sddc lab").expect(0);
    ran.says("ONPREM_VCENTER").says("HOSTNAME_OR_IP");
    let whole = bench.run("conn-test list --sddc lab -o json").expect(0);
    assert_eq!(whole.json()["groups"][0]["id"], "HLM");
}

#[test]
fn tests_that_went_well_and_tests_that_did_not() {
    let bench = Bench::lab();
    let run = "conn-test run hlm --sddc lab";
    let vcenter = "--only ONPREM_VCENTER --input HOSTNAME_OR_IP=vcenter.example.com";
    let ran = bench.run(&format!("{run} {vcenter} -o json")).expect(0);
    let result = ran.json();
    assert_eq!(result["sub_groups"][0]["tests"][0]["status"], "PASSED");
    assert_eq!(result["sub_groups"].as_array().unwrap().len(), 1);
    bench
        .run(&format!("{run} {vcenter}"))
        .expect(0)
        .says("CONNECTIVITY from VCENTER");

    let all = "--input HOSTNAME_OR_IP=a.example.com --input ONPREM_ESX.HOSTNAME_OR_IP=unreachable";
    let ran = bench.run(&format!("{run} {all}")).expect(9);
    ran.says("4 of ")
        .says("ONPREM_ESX")
        .says("could not be reached");
}

#[test]
fn what_is_missing_is_named_and_nothing_is_started() {
    let bench = Bench::lab();
    let ran = bench.run("conn-test run HLM --sddc lab").expect(2);
    ran.says("--input ONPREM_VCENTER.HOSTNAME_OR_IP=");
    bench
        .run("conn-test run XYZ --sddc lab")
        .expect(3)
        .says("HLM");
    bench
        .run("conn-test run HLM --only XYZ --sddc lab")
        .expect(3)
        .says("ONPREM_PSC");
    let line = "conn-test run HLM --only PRIMARY_DNS --input COLOUR=red --sddc lab";
    bench
        .run(line)
        .expect(2)
        .says("none of these tests asks for COLOUR");
    let line = "conn-test run HLM --only PRIMARY_DNS --sddc lab --dry-run";
    let request = bench.run(line).expect(0).json()["requests"][0].clone();
    assert!(
        request["path"]
            .as_str()
            .unwrap()
            .ends_with("connectivity-tests?action=start")
    );
    assert_eq!(
        request["body"]["sub_groups"][0]["inputs"][0]["value"],
        "#primary-dns"
    );
    assert_eq!(
        bench
            .mock
            .received("orgs.sddcs.networking.connectivity_tests.post"),
        0
    );
}
