//! Client and simulator against the facts in `spec/`, and the page that says
//! how much of them is covered. `cargo xtask spec` writes the page anew.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at once"
)]

mod check;
mod coverage;
mod facts;
mod ours;

use facts::Facts;
use ours::Ours;
use serde_json::Value;

#[test]
fn client_and_simulator_are_those_of_the_contract() {
    let facts = Facts::read();
    let mut problems = check::names(&facts, &Ours::read());
    problems.extend(check::losses(&facts));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_coverage_page_is_current() {
    let page = coverage::page(&Facts::read(), &Ours::read());
    let path = facts::root().join("docs/coverage.md");
    if std::env::var_os("VMC_WRITE_COVERAGE").is_some() {
        std::fs::write(&path, page).unwrap();
        return;
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == page,
        "docs/coverage.md is old; run: cargo xtask spec"
    );
}

/// Each name of the facts altered, one at a time: a check that lets one pass
/// checks nothing.
#[test]
fn an_altered_contract_is_noticed() {
    let (facts, ours) = unaltered();
    let mut altered = 0;
    for file in 0..facts.files.len() {
        let operations = facts.files[file]["operations"].as_array().unwrap().clone();
        for (at, operation) in operations.iter().enumerate() {
            if !facts.wanted(operation) {
                continue;
            }
            let pointer = format!("/operations/{at}");
            let mut places = vec![format!("{pointer}/method"), format!("{pointer}/path")];
            places.push(format!("{pointer}/id"));
            places.push(format!("{pointer}/returns"));
            let query = operation["query"].as_array().map_or(0, Vec::len);
            places.extend((0..query).map(|q| format!("{pointer}/query/{q}/name")));
            if operation["body"].is_object() {
                places.push(format!("{pointer}/body/type"));
            }
            for place in places {
                let mut other = facts.clone();
                let text = other.files[file].pointer_mut(&place).unwrap();
                *text = Value::from(format!("{}X", text.as_str().unwrap()));
                assert_noticed(&other, &ours, &place);
                altered += 1;
            }
        }
    }
    for name in facts.structs() {
        for field in facts.fields(&name).unwrap().keys() {
            assert_noticed(&facts.with_renamed_field(&name, field), &ours, field);
            altered += 1;
        }
    }
    assert!(altered > 500, "only {altered} facts were altered");
}

/// And each name of ours.
#[test]
fn an_altered_client_is_noticed() {
    let (facts, ours) = unaltered();
    for at in 0..ours.operations.len() {
        for alter in ours::ALTERATIONS {
            let mut other = ours.clone();
            if alter(&mut other.operations[at]) {
                assert_noticed(&facts, &other, &ours.operations[at].name);
            }
        }
        // The contract has creation and validation in one operation.
        if ours.operations[at].name.ends_with(".validate") {
            continue;
        }
        let mut other = ours.clone();
        other.operations.remove(at);
        assert_noticed(&facts, &other, &ours.operations[at].name);
    }
    for name in facts.structs() {
        let mut other = ours.clone();
        let fields = other.fields.get_mut(&name).unwrap();
        if fields.pop().is_some() {
            assert_noticed(&facts, &other, &name);
        }
    }
    for at in 0..ours.simulated.len() {
        let mut other = ours.clone();
        other.simulated.remove(at);
        assert_noticed(&facts, &other, &ours.simulated[at]);
    }
}

/// Facts and ours, which agree: else every alteration would seem noticed.
fn unaltered() -> (Facts, Ours) {
    let (facts, ours) = (Facts::read(), Ours::read());
    assert_eq!(check::names(&facts, &ours), [""; 0]);
    (facts, ours)
}

fn assert_noticed(facts: &Facts, ours: &Ours, what: &str) {
    assert!(
        !check::names(facts, ours).is_empty(),
        "{what} was altered and nobody noticed"
    );
}
