//! `vmc explore`: what can be called, and how.

use integration_tests::Bench;

#[test]
fn one_operation_is_shown_with_a_body_that_the_service_takes() {
    let bench = Bench::new();
    let shown = bench
        .run("explore orgs.sddcs.addons.credentials.create -o json")
        .expect(0)
        .json();
    assert_eq!(shown["method"], "POST");
    assert_eq!(shown["replay"], "once");
    assert_eq!(shown["body"]["skeleton"]["password"], "string");
    assert_eq!(
        shown["path_parameters"],
        serde_json::json!(["org", "sddcId", "addonType"])
    );
    bench
        .run("explore orgs.sddcs.create")
        .expect(0)
        .says("\"num_hosts\": 0")
        .says("vmc sddc create");
}

#[test]
fn nouns_families_and_patterns_find_operations() {
    let bench = Bench::new();
    let names = |pattern: &str| {
        let ran = bench.run(&format!("explore {pattern} -o name")).expect(0);
        ran.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names("legacy").len(), 9);
    assert_eq!(
        names("orgs.sddcs.clusters.d*te"),
        ["orgs.sddcs.clusters.delete"]
    );
    assert!(names("cluster").contains(&"orgs.sddcs.primarycluster.get".to_owned()));
    bench.run("explore nonsense").expect(3).says("vmc explore");
    assert_eq!(bench.requests(), 0);
}

/// The raw call that is shown is one that works.
#[test]
fn the_raw_call_can_be_typed() {
    let bench = Bench::new();
    let shown = bench.run("explore orgs.get -o json").expect(0).json();
    let line = shown["raw_call"].as_str().unwrap().replace('\'', "");
    bench
        .run(line.strip_prefix("vmc ").unwrap())
        .expect(0)
        .says("display_name");
}
