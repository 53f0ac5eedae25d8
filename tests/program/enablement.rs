//! Add-ons of an SDDC, on or off.

use integration_tests::Bench;
use vmc_mock::world::ORG_ID;
use vmc_mock::{Fault, Mock};

#[test]
fn an_addon_is_enabled_and_disabled_as_often_as_is_said() {
    let bench = Bench::with(Mock::builder().world(|world| {
        world.add_sddc(ORG_ID, "lab");
    }));
    let is_on = || {
        let list = bench
            .run("enablement list --sddc lab -o json")
            .expect(0)
            .json();
        let hcx = list
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == "hcx");
        hcx.unwrap()["enabled"] == true
    };
    assert!(!is_on());
    let dry = bench
        .run("enablement enable hcx --sddc lab --dry-run")
        .expect(0);
    dry.says("/enablements/hcx?action=enable");
    assert!(!is_on());
    bench.order(Fault::on("orgs.sddcs.enablements.enable_disable_addon").cut_after());
    let on = bench
        .run("enablement enable hcx --sddc lab -o json")
        .expect(0);
    assert_eq!(on.json()["enabled"], true);
    bench.assert_struck();
    bench.run("enablement enable hcx --sddc lab").expect(0);
    assert_eq!(bench.effects("enablement.changed"), 1);
    let off = bench
        .vmc(["enablement", "disable", "hcx"])
        .env("VMC_SDDC_ID", "lab");
    off.run().expect(0).says("no");
    assert!(!is_on());
    bench
        .run("enablement enable nosuch --sddc lab")
        .expect(3)
        .says("nosuch");
}
