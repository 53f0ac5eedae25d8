//! The set-up is looked at, whatever is wrong with it.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use integration_tests::{Bench, Ran, Vmc};
use serde_json::Value;
use vmc_mock::world::API_TOKEN;
use vmc_mock::{Fault, Mock};

/// The rows of a check, with their targets.
fn rows(ran: &Ran, id: &str) -> Vec<Value> {
    let all = ran.json();
    let rows = all.as_array().unwrap().iter();
    rows.filter(|row| row["id"] == id).cloned().collect()
}

fn state(ran: &Ran, id: &str) -> String {
    let rows = rows(ran, id);
    assert!(!rows.is_empty(), "no {id} in {}", ran.stdout);
    let states: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["state"].as_str())
        .collect();
    states.join(" ")
}

/// The program where nobody has set anything up, and nobody listens.
fn stranger(bench: &Bench, line: &str) -> Vmc {
    let nobody = "http://127.0.0.1:1";
    Vmc::new(bench.home())
        .env("VMC_URL", nobody)
        .env("VMC_CSP_URL", nobody)
        .env("AWS_ENDPOINT_URL", nobody)
        .args(line.split(' '))
}

#[test]
fn all_is_well_and_every_value_says_where_it_came_from() {
    let bench = Bench::new();
    let ran = bench.run("doctor -o json").expect(0);
    let all = ran.json();
    for row in all.as_array().unwrap() {
        assert_eq!(row["state"], "passed", "{row}");
    }
    assert_eq!(state(&ran, "reachable"), "passed passed passed passed");
    let org = rows(&ran, "setting");
    let org = org.iter().find(|row| row["target"] == "org").unwrap();
    assert!(org["evidence"].as_str().unwrap().contains("VMC_ORG_ID"));
    let whoami = rows(&ran, "aws-credentials");
    assert!(
        whoami[0]["evidence"]
            .as_str()
            .unwrap()
            .contains("123456789012")
    );
    let table = bench.run("doctor").expect(0);
    for ran in [&ran, &table] {
        let text = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!text.contains("CANARY") && !text.contains("eyJ"), "{text}");
    }
    let effects = bench.mock.journal().effects;
    let tokens = effects
        .iter()
        .filter(|effect| effect.effect == "token.issued");
    assert_eq!(effects.len(), tokens.count(), "it only looks: {effects:?}");
}

#[test]
fn without_settings_network_and_credentials_every_check_still_says_something() {
    let bench = Bench::new();
    let ran = stranger(&bench, "doctor -o json").run().expect(9);
    assert_eq!(state(&ran, "credential"), "failed");
    assert_eq!(rows(&ran, "credential")[0]["fix"], "vmc auth login");
    assert_eq!(state(&ran, "token-exchange"), "not-made");
    // Without AWS credentials nobody needs AWS.
    assert_eq!(state(&ran, "reachable"), "failed failed warned warned");
    assert_eq!(state(&ran, "certificate"), ["not-made"; 4].join(" "));
    assert_eq!(state(&ran, "aws-credentials"), "not-made");
    assert_eq!(state(&ran, "folder"), "passed passed passed");
    let ran = stranger(&bench, "doctor").run().expect(9);
    ran.says("Next: vmc auth login").says("could not be made");
    assert_eq!(std::fs::read_dir(bench.home()).unwrap().count(), 0);
}

#[test]
fn what_is_wrong_with_the_files_stops_no_other_check() {
    let bench = Bench::new();
    let config = bench.home().join("config/vmc");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "[profiles.lab]\nrogion = 1\n").unwrap();
    let credentials = config.join("credentials.toml");
    std::fs::write(&credentials, "").unwrap();
    std::fs::set_permissions(&credentials, PermissionsExt::from_mode(0o644)).unwrap();
    let vmc = |line: &str| bench.vmc(line.split(' ')).env("VMC_TIMEOUT", "soon");
    vmc("org list").run().expect(2);
    let ran = vmc("doctor -o json").run().expect(9);
    let problem = &rows(&ran, "settings")[0];
    assert!(problem["evidence"].as_str().unwrap().contains("rogion"));
    let file = &rows(&ran, "credentials-file")[0];
    assert!(file["advice"].as_str().unwrap().contains("chmod 600"));
    assert!(ran.stdout.contains("\\\"soon\\\" from VMC_TIMEOUT"));
    assert_eq!(state(&ran, "organizations"), "passed");
    let ran = bench.vmc(["doctor"]).env("VMC_OUTPUT", "nosuch").run();
    ran.expect(9).says("nosuch").says("CHECK");
}

#[test]
fn tokens_that_others_can_read_are_found() {
    let bench = Bench::new();
    bench.run("org list").expect(0);
    bench.run("doctor").expect(0);
    let folder = bench.home().join("cache/vmc/tokens");
    let token = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    std::fs::set_permissions(token.path(), PermissionsExt::from_mode(0o644)).unwrap();
    let ran = bench.run("doctor -o json").expect(9);
    assert_eq!(state(&ran, "private-file"), "failed");
    bench.run("doctor").expect(9).says("Next: chmod 600 /");
}

#[test]
fn a_credential_that_does_not_work_is_not_taken_for_a_network_that_does_not() {
    let bench = Bench::new();
    let ran = bench
        .vmc(["doctor", "-o", "json"])
        .env("VMC_API_TOKEN", "canary-wrong-token")
        .env("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN000000000")
        .run()
        .expect(9);
    assert_eq!(state(&ran, "token-exchange"), "failed");
    assert_eq!(state(&ran, "organizations"), "not-made");
    assert_eq!(state(&ran, "aws-credentials"), "failed");
    assert_eq!(state(&ran, "reachable"), "passed passed passed passed");
    assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"));

    // A cached access token hides nothing.
    bench.run("org list").expect(0);
    bench.mock.world(|world| {
        world.api_tokens.get_mut(API_TOKEN).unwrap().revoked = true;
    });
    let ran = bench.run("doctor -o json").expect(9);
    assert_eq!(state(&ran, "token-exchange"), "failed");
}

#[test]
fn the_end_of_the_api_token_is_seen_coming() {
    let bench = Bench::new();
    let in_days = |days: u64| {
        let end = vmc_mock::Time::real().plus(Duration::from_secs(days * 86_400));
        bench.mock.world(|world| {
            world.api_tokens.get_mut(API_TOKEN).unwrap().expires = Some(end);
        });
        bench.run("doctor -o json").expect(0)
    };
    let ran = in_days(30);
    assert_eq!(state(&ran, "api-token"), "passed");
    assert!(ran.stdout.contains("ends in 29 days"), "{}", ran.stdout);
    assert_eq!(state(&in_days(5), "api-token"), "warned");
}

#[test]
fn a_wrong_clock_is_told_by_the_dates_of_the_servers() {
    let bench = Bench::new();
    let fault = Fault::on("orgs.list").times(0).status(503);
    bench.order(fault.header("date", "Tue, 24 Nov 2020 21:00:00 GMT"));
    let ran = bench.run("doctor -o json").expect(9);
    bench.assert_struck();
    assert_eq!(state(&ran, "clock"), "passed failed passed passed");
    let clock = &rows(&ran, "clock")[1];
    assert!(clock["evidence"].as_str().unwrap().contains("ahead of it"));
    assert!(clock["advice"].as_str().unwrap().contains("NTP"));
    assert_eq!(state(&ran, "reachable"), "passed warned passed passed");
}

#[test]
fn a_certificate_that_is_not_trusted_is_named_with_its_issuer() {
    let bench = Bench::with(Mock::builder().tls());
    bench.run("doctor").expect(0).says("the CA bundle");
    let ran = bench
        .vmc(["doctor", "-o", "json"])
        .without("VMC_CA_BUNDLE")
        .run()
        .expect(9);
    let vmc = &rows(&ran, "certificate")[1];
    assert_eq!(vmc["state"], "failed");
    assert!(vmc["evidence"].as_str().unwrap().contains("issued by"));
    assert!(vmc["advice"].as_str().unwrap().contains("--ca-bundle"));
    let reachable = &rows(&ran, "reachable")[1];
    assert_eq!(reachable["state"], "not-made");
}

#[test]
fn an_organization_that_the_credential_does_not_see_is_noticed() {
    let bench = Bench::new();
    let ran = bench.vmc(["doctor"]).env("VMC_ORG_ID", "nosuch").run();
    ran.expect(9).says("nosuch").says("VMC_ORG_ID");
}

#[test]
fn a_web_page_in_the_way_is_no_api() {
    let bench = Bench::new();
    bench.order(Fault::on("orgs.list").times(0).html(200));
    let ran = bench.run("doctor -o json").expect(9);
    assert_eq!(state(&ran, "reachable"), "passed warned passed passed");
    assert_eq!(state(&ran, "organizations"), "failed");
}
