//! Maintenance: what is planned, and the windows for it.

use integration_tests::Bench;
use serde_json::Value;
use vmc_mock::world::ORG_ID;
use vmc_mock::{Fault, Mock};

/// A world with SDDCs `lab` and `plant`.
fn bench() -> Bench {
    Bench::with(Mock::builder().world(|world| {
        world.add_sddc(ORG_ID, "lab");
        world.add_sddc(ORG_ID, "plant");
    }))
}

fn id(bench: &Bench, name: &str) -> String {
    let line = format!("sddc show {name} -o name");
    bench.run(&line).expect(0).stdout.trim().to_owned()
}

#[test]
fn planned_maintenance_is_listed_for_some_sddcs_or_all() {
    let bench = bench();
    let all = bench.run("maintenance list -o json").expect(0).json();
    assert_eq!(all.as_object().unwrap().len(), 2);
    let lab = id(&bench, "lab");
    let some = bench.run("maintenance list --sddc lab --state scheduled -o json");
    let some = some.expect(0).json();
    assert_eq!(some.as_object().unwrap().keys().collect::<Vec<_>>(), [&lab]);
    let planned = some[&lab].as_array().unwrap();
    assert!(
        planned
            .iter()
            .all(|one| one["reservation_state"] == "SCHEDULED")
    );
    let rows = bench.run("maintenance list --sddc lab --state scheduled -o csv");
    assert_eq!(rows.expect(0).stdout.lines().count(), 1 + planned.len());
    bench
        .run("maintenance list --sddc nosuch")
        .expect(3)
        .says("lab");
}

#[test]
fn a_weekly_window_is_moved() {
    let bench = bench();
    let windows = bench.run("maintenance windows -o json").expect(0).json();
    let lab = id(&bench, "lab");
    let ours = |window: &&Value| window["sddc_id"] == *lab;
    let window = windows.as_array().unwrap().iter().find(ours).unwrap();
    let reservation = window["reservation_id"].as_str().unwrap();

    let line = "maintenance set-window lab --day Sunday --hour 3";
    let dry = bench.run(&format!("{line} --dry-run")).expect(0);
    dry.says(&format!("/reservations/{reservation}/mw"));
    assert_eq!(bench.effects("maintenance_window.set"), 0);

    let moved = bench.run(&format!("{line} -o json")).expect(0).json();
    assert_eq!(
        (&moved["day_of_week"], &moved["hour_of_day"]),
        (&"SUNDAY".into(), &3.into())
    );
    assert_eq!(bench.effects("maintenance_window.set"), 1);
    for word in ["lab", &lab, reservation] {
        let shown = bench.run(&format!("maintenance show {word} -o json"));
        assert_eq!(shown.expect(0).json(), moved, "{word}");
    }
    bench.run("maintenance show nosuch").expect(3).says("plant");
    bench
        .run("maintenance set-window lab --day Sunday --hour 24")
        .expect(2);
}

#[test]
fn an_sddc_moves_to_another_support_window() {
    let bench = bench();
    let windows = bench.run("maintenance support-windows --seats 1 -o json");
    let window = windows.expect(0).json()[0]["support_window_id"].clone();
    let window = window.as_str().unwrap();
    let line = format!("maintenance set-support-window {window} --sddc lab");
    bench
        .run(&format!("{line} --dry-run"))
        .expect(0)
        .says("sddc_id");
    assert_eq!(bench.effects("support_window.set"), 0);
    // It says where the SDDC is to be, so it may be sent again.
    bench.order(Fault::on("orgs.tbrs.support_window.put").cut_after());
    bench.run(&line).expect(0).says(window);
    bench.assert_struck();
    assert_eq!(bench.effects("support_window.set"), 1);
    let table = bench.run("maintenance support-windows").expect(0);
    table.says(&id(&bench, "lab"));
    bench
        .run("maintenance set-support-window nosuch --sddc lab")
        .expect(3);
    bench
        .run(&format!("maintenance set-support-window {window}"))
        .expect(2)
        .says("--sddc");
}

#[test]
fn a_window_that_was_moved_and_cannot_be_shown_is_no_failure() {
    let bench = Bench::lab();
    bench.order(Fault::on("orgs.reservations.mw.get").times(0).status(503));
    let set = bench
        .vmc("maintenance set-window lab --day friday --hour 3 -o json".split(' '))
        .env("VMC_MAX_ATTEMPTS", "1")
        .run()
        .expect(0);
    assert_eq!(set.json()["day_of_week"], "FRIDAY");
    set.says("cannot be shown");
    assert_eq!(bench.effects("maintenance_window.set"), 1);
}
