//! Everything that ends, in one list.

use std::time::Duration;

use integration_tests::Bench;
use serde_json::Value;
use vmc_mock::world::{ACCOUNT, API_TOKEN, ORG_ID, Org, Subscription, VCenter};
use vmc_mock::{Fault, Mock, Time};

const OTHER: &str = "5b1d7c80-4c1f-4c1e-9a55-0a1b2c3d4e5f";

fn in_days(days: u64) -> Time {
    Time::real().plus(Duration::from_secs(days * 86_400))
}

/// Two organizations that the token sees. In the second one, everything ends.
fn bench() -> Bench {
    let vcenter = VCenter::on_premises("onprem");
    Bench::with(Mock::builder().speed(1.0).vcenter(vcenter).world(|world| {
        world.orgs.insert(Org {
            id: OTHER.into(),
            name: "other".into(),
            display_name: "Other".into(),
            created: Time::default(),
        });
        let token = world.api_tokens.get_mut(API_TOKEN).unwrap();
        token.orgs.push(OTHER.into());
        token.expires = Some(in_days(20));
        world.add_sddc(ORG_ID, "prod");
        let id = world.add_sddc(OTHER, "lab");
        let lab = world.sddcs.get_mut(&id).unwrap();
        lab.created = Time::real();
        lab.expires = Some(in_days(30));
        lab.link_state = Some("DELAYED".into());
        world.subscriptions.insert(Subscription {
            id: "sub-1".into(),
            org: OTHER.into(),
            status: "ACTIVATED".into(),
            offer_name: "i4i for a year".into(),
            months: 12,
            created: Time::real(),
            ..Subscription::default()
        });
    }))
}

fn kinds(rows: &Value) -> Vec<(String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| (text(row, "kind"), text(row, "what")))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(kind, what): &(&str, &str)| ((*kind).to_owned(), (*what).to_owned());
    expected.iter().map(own).collect()
}

#[test]
fn what_ends_in_all_organizations_is_sorted_by_time() {
    let bench = bench();
    let rows = bench.run("deadlines -o json").expect(0).json();
    let found = kinds(&rows);
    let ends: Vec<_> = found
        .iter()
        .filter(|(kind, _)| kind != "maintenance")
        .cloned()
        .collect();
    assert_eq!(
        ends,
        pairs(&[
            ("account-link", "lab"),
            ("api-token", "vmc-mock"),
            ("sddc-expiry", "lab"),
            ("subscription", "i4i for a year"),
        ])
    );
    let mut planned: Vec<_> = found
        .into_iter()
        .filter(|(kind, _)| kind == "maintenance")
        .map(|(_, what)| what)
        .collect();
    planned.sort();
    planned.dedup();
    assert_eq!(planned, ["lab", "prod"], "of both organizations");
    let times: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["at"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let mut rows = rows.as_array().unwrap().iter();
    let link = rows.find(|row| row["kind"] == "account-link").unwrap();
    assert_eq!(link["organization"], "Other");
    assert!(link["todo"].as_str().unwrap().contains("--org Other"));

    let soon = bench.run("deadlines --within 21d -o json").expect(0).json();
    let soon: Vec<_> = kinds(&soon)
        .into_iter()
        .filter(|(kind, _)| kind != "maintenance")
        .collect();
    assert_eq!(
        soon,
        pairs(&[("account-link", "lab"), ("api-token", "vmc-mock")])
    );
    bench
        .run("deadlines --within 21d")
        .expect(0)
        .says("in 13 days")
        .says("in 19 days");
    bench.run("deadlines --within soon").expect(2);
}

#[test]
fn what_cannot_be_read_is_a_row_and_the_rest_is_still_shown() {
    let bench = bench();
    bench.order(Fault::on("orgs.subscriptions.get_0").nth(2).status(403));
    let ran = bench.run("deadlines -o json").expect(1);
    bench.assert_struck();
    let rows = ran.json();
    let unread: Vec<&Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["at"].is_null())
        .collect();
    assert_eq!(unread.len(), 1, "{rows}");
    assert_eq!(unread[0]["kind"], "subscription");
    assert!(unread[0]["reason"].is_string() && unread[0]["org_id"].is_string());
    assert!(kinds(&rows).contains(&("sddc-expiry".into(), "lab".into())));
    ran.says("could not be read");
}

#[test]
fn a_credential_that_does_not_work_still_shows_what_this_machine_knows() {
    let bench = bench();
    pin(&bench);
    let wrong = bench.vmc(["deadlines", "-o", "json"]);
    let ran = wrong.env("VMC_API_TOKEN", "canary-wrong").run().expect(1);
    let rows = ran.json();
    assert!(
        kinds(&rows).contains(&("certificate".into(), host(&bench))),
        "{rows}"
    );
    assert!(!ran.stdout.contains("canary") && !ran.stderr.contains("canary"));
}

fn host(bench: &Bench) -> String {
    let url = bench.mock.vcenter_url("onprem").unwrap();
    url.trim_start_matches("https://")
        .trim_end_matches('/')
        .to_owned()
}

fn pin(bench: &Bench) {
    let thumbprint = bench.mock.vcenter_thumbprint("onprem").unwrap();
    let host = host(bench);
    let line = format!("cert pin {host} --thumbprint {thumbprint}");
    bench.run(&line).expect(0);
}

#[test]
fn certificates_of_pinned_hosts_are_looked_at() {
    let bench = bench();
    pin(&bench);
    let known = bench.home().join("config/vmc/known_hosts");
    let text = std::fs::read_to_string(&known).unwrap();
    let gone = text.replace(&host(&bench), "127.0.0.1:1");
    std::fs::write(&known, format!("{text}{gone}")).unwrap();
    // A host that does not answer is no list that could not be read.
    let rows = bench.run("deadlines -o json").expect(0).json();
    let rows: Vec<&Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["kind"] == "certificate")
        .collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[0]["what"], host(&bench));
    assert!(rows[0]["at"].is_string());
    assert_eq!(rows[1]["what"], "127.0.0.1:1");
    assert!(rows[1]["at"].is_null() && rows[1]["reason"].is_string());
    bench.run("deadlines").expect(0).says("not known");
}

#[test]
fn a_link_request_that_has_no_stack_yet_is_remembered() {
    let bench = bench();
    bench.mock.world(|world| {
        let aws = world.aws_accounts.get_mut(ACCOUNT).unwrap();
        aws.access_keys[0].denied = vec!["cloudformation:CreateStack".into()];
    });
    let up = bench.run("link up").expect(4);
    let rows = bench.run("deadlines -o json").expect(0).json();
    let request = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["kind"] == "link-request");
    let request = request.unwrap_or_else(|| panic!("{rows}\n{up:?}"));
    assert_eq!(request["what"], "AWS account 123456789012");
    assert!(request["at"].is_string());
    assert!(!rows.to_string().contains("X-Amz"), "{rows}");
}

#[test]
fn a_link_request_that_was_handed_over_is_remembered() {
    let bench = bench();
    bench.run("link request --to link.json").expect(0);
    let rows = bench.run("deadlines -o json").expect(0).json();
    let mut rows = rows.as_array().unwrap().iter();
    let request = rows.find(|row| row["kind"] == "link-request").unwrap();
    assert_eq!(request["what"], "handed over");
    let todo = request["todo"].as_str().unwrap();
    assert!(todo.starts_with("vmc link wait"), "{todo}");
    assert!(request["at"].is_string());
}
