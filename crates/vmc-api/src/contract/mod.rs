//! Holds operations and models against the tables of facts in `spec/`.

mod models;
mod operations;
mod sent;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Family;

/// A table of facts. Without it nothing would be checked, so its absence fails.
fn facts(file: &str) -> Value {
    let path = format!("{}/../../spec/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// The table that has a family's operations. Site recovery is no part of this
/// crate but for its tasks, and has none.
fn table(family: Family) -> Option<&'static str> {
    match family {
        Family::Current | Family::Deprecated => Some("vmc.json"),
        Family::Legacy => Some("vmc-legacy.json"),
        Family::Autoscaler => Some("autoscaler.json"),
        Family::Inventory => Some("sddc-groups.json"),
        Family::Draas => None,
    }
}

const TABLES: [&str; 4] = [
    "vmc.json",
    "vmc-legacy.json",
    "autoscaler.json",
    "sddc-groups.json",
];

/// The operations of a table that this crate is to have.
fn wanted(facts: &Value) -> Vec<&Value> {
    let all = facts["operations"].as_array().unwrap().iter();
    // Of the autoscaler, Elastic DRS and the tasks it starts; of the groups,
    // their list.
    let ours = |path: &str| match path {
        path if path.starts_with("/vmc/autoscaler/") => {
            path.contains("/tasks") || path.contains("/edrs-")
        }
        path if path.starts_with("/api/") => path.ends_with("/deployment-groups"),
        _ => true,
    };
    all.filter(|op| ours(op["path"].as_str().unwrap()))
        .collect()
}

/// Names of the structures that a type of the contract mentions.
fn mentioned(kind: &str) -> impl Iterator<Item = &str> {
    kind.split(['<', '>', ','])
        .filter(|word| word.starts_with(char::is_uppercase))
}

/// The structures that the wanted operations of a table send and receive.
fn reachable(facts: &Value) -> BTreeSet<&str> {
    let mut found = received(facts);
    found.extend(within(facts, |op| op["body"]["type"].as_str()));
    found
}

/// Those that they receive.
fn received(facts: &Value) -> BTreeSet<&str> {
    within(facts, |op| op["returns"].as_str())
}

fn within(facts: &Value, kind: fn(&Value) -> Option<&str>) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = wanted(facts)
        .into_iter()
        .filter_map(kind)
        .flat_map(mentioned)
        .collect();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            let fields = facts["structs"][name]["fields"]
                .as_object()
                .unwrap_or_else(|| panic!("{name} is not in the contract"));
            let kinds = fields.values().map(|fact| fact["type"].as_str().unwrap());
            open.extend(kinds.flat_map(mentioned));
        }
    }
    found
}
