//! Names of management appliances, and the conversion of a one-host SDDC.

use integration_tests::Bench;
use serde_json::json;

#[test]
fn names_resolve_as_told() {
    let bench = Bench::lab();
    bench
        .run("dns show --sddc lab")
        .expect(0)
        .says("public address");
    bench
        .run("dns set private --sddc lab")
        .expect(0)
        .says("its private address");
    assert_eq!(bench.effects("dns.changed"), 1);
    let ran = bench
        .run("dns set-vm vcenter public --sddc lab -o json")
        .expect(0);
    let config = &ran.json()["resource_config"];
    assert_eq!(config["dns_with_management_vm_private_ip"], false);
    bench
        .run("dns set-vm toaster public --sddc lab")
        .expect(3)
        .says("toaster");
    bench
        .run("dns set secret --sddc lab")
        .expect(2)
        .says("private, public");

    let dry = bench
        .run("dns set-vm a/b private --sddc lab --dry-run")
        .expect(0)
        .json();
    let path = dry["requests"][0]["path"].as_str().unwrap();
    assert!(
        path.ends_with("/management-vms/a%2Fb/dns/private"),
        "{path}"
    );
    let dry = bench
        .run("dns set public --sddc lab --dry-run")
        .expect(0)
        .json();
    assert_eq!(dry["requests"][0]["method"], "PUT");
    assert_eq!(dry["requests"][0]["body"], json!(null));
    assert_eq!(bench.effects("dns.changed"), 2);
}
