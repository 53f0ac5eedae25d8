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

#[test]
fn what_is_done_and_cannot_be_shown_is_no_failure() {
    let bench = Bench::lab();
    bench.order(
        Fault::on("orgs.sddcs.enablements.list")
            .times(0)
            .status(503),
    );
    let on = bench
        .vmc("enablement enable hcx --sddc lab -o json".split(' '))
        .env("VMC_MAX_ATTEMPTS", "1")
        .run()
        .expect(0);
    assert_eq!(on.json()["enabled"], true);
    on.says("cannot be shown");
    assert_eq!(bench.effects("enablement.changed"), 1);
}

#[test]
fn ctrl_c_after_the_change_does_not_call_it_nothing() {
    let bench = Bench::lab();
    bench.order(Fault::on("orgs.sddcs.enablements.list").hang_before());
    let running = bench
        .vmc("enablement enable hcx --sddc lab".split(' '))
        .spawn();
    bench.until("the change", |mock| {
        mock.received("orgs.sddcs.enablements.list") > 0
    });
    running.interrupt();
    let ran = running.wait().expect(6);
    ran.says("To see it: vmc enablement list");
    assert_eq!(bench.effects("enablement.changed"), 1);
}

#[test]
fn a_dry_run_shows_nothing_that_would_not_be_sent() {
    let bench = Bench::lab();
    for line in [
        "enablement enable .. --sddc lab --dry-run",
        "dns set-vm .. public --sddc lab --dry-run",
        "task cancel . --dry-run",
    ] {
        let ran = bench.run(line).expect(2).says("neither a name nor an id");
        assert_eq!(ran.stdout, "");
    }
}
