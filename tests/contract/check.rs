//! What differs between the facts and ours, in words.

use serde_json::Value;
use vmc_api::models;

use crate::facts::Facts;
use crate::ours::{Operation, Ours, contract_name};

/// One line for each name that differs.
pub(crate) fn names(facts: &Facts, ours: &Ours) -> Vec<String> {
    let mut problems = Vec::new();
    for (_, theirs) in facts.operations() {
        let id = text(&theirs["id"]);
        let path = text(&theirs["path"]);
        if client_operation(ours, id, path).is_none() {
            problems.push(format!("{id} {path}: not in the client"));
        }
        let simulated = ours.simulated.iter().any(|known| known == id);
        let excused = ours.unsimulated.iter().any(|(known, _)| known == id);
        if simulated == excused {
            problems.push(format!("{id}: neither simulated nor excused, or both"));
        }
    }
    for operation in &ours.operations {
        let theirs = facts.operations().find(|(_, theirs)| {
            text(&theirs["id"]) == contract_id(operation) && text(&theirs["path"]) == operation.path
        });
        match theirs {
            Some((_, theirs)) => compare(theirs, operation, &mut problems),
            None => problems.push(format!("{}: not in the contract", operation.name)),
        }
    }
    for name in facts.structs() {
        let mut theirs: Vec<&str> = facts
            .fields(&name)
            .into_iter()
            .flatten()
            .map(|(f, _)| &**f)
            .collect();
        let Some(known) = ours.fields.get(&name) else {
            problems.push(format!("{name}: no model"));
            continue;
        };
        let mut known = known.clone();
        known.sort_unstable();
        theirs.sort_unstable();
        if known != theirs {
            problems.push(format!("{name}: fields {known:?}, contract {theirs:?}"));
        }
    }
    for row in facts.table["rows"].as_array().into_iter().flatten() {
        let (id, path) = (text(&row["id"]), text(&row["sdk_path"]));
        let made =
            client_operation(ours, id, path).is_some_and(|ours| ours.method == row["method"]);
        if !made || !ours.simulated.iter().any(|known| known == id) {
            problems.push(format!(
                "row {} of the guide's table: {id} is missing",
                row["row"]
            ));
        }
    }
    problems
}

/// The client's operation of a name and path. Creation and its validation are
/// two types for one operation of the contract.
pub(crate) fn client_operation<'a>(ours: &'a Ours, id: &str, path: &str) -> Option<&'a Operation> {
    ours.operations
        .iter()
        .find(|operation| operation.name == id && operation.path == path)
}

fn contract_id(operation: &Operation) -> &str {
    operation.name.trim_end_matches(".validate")
}

fn compare(theirs: &Value, ours: &Operation, problems: &mut Vec<String>) {
    let id = &ours.name;
    let mut differ = |what: &str, ours: &str, theirs: &str| {
        if ours != theirs {
            problems.push(format!("{id}: {what} {ours:?}, contract {theirs:?}"));
        }
    };
    differ("method", &ours.method, text(&theirs["method"]));
    // What a validation answers is not documented consistently.
    let returns = match id.as_str() {
        "orgs.sddcs.create.validate" => "void",
        _ => text(&theirs["returns"]),
    };
    differ("output", &ours.output, returns);
    let mut query = ours.query.clone();
    if id == "orgs.sddcs.create" {
        query.push("validateOnly".into());
    }
    query.sort_unstable();
    let named = theirs["query"].as_array().into_iter().flatten();
    let mut their_query: Vec<&str> = named.map(|param| text(&param["name"])).collect();
    their_query.sort_unstable();
    differ("query", &query.join(","), &their_query.join(","));
    let body = ours.body.as_ref().map(|(kind, required)| {
        format!(
            "{} {}",
            contract_name(kind),
            if *required { "required" } else { "optional" }
        )
    });
    let their_body = theirs["body"].as_object().map(|body| {
        let required = body["required"] == true;
        format!(
            "{} {}",
            text(&body["type"]),
            if required { "required" } else { "optional" }
        )
    });
    differ(
        "body",
        body.as_deref().unwrap_or_default(),
        their_body.as_deref().unwrap_or_default(),
    );
}

/// One line for each structure of which a filled instance is not read and
/// written without a loss.
pub(crate) fn losses(facts: &Facts) -> Vec<String> {
    let loss = |name: &String| {
        let filled = facts.sample(name);
        let bytes = serde_json::to_vec(&filled).unwrap();
        match models::round_trip(name, &bytes) {
            Some(Ok(back)) if back == filled => None,
            Some(Ok(_)) => Some(format!("{name}: a filled instance comes back changed")),
            Some(Err(error)) => Some(format!("{name}: a filled instance is not read: {error}")),
            None => Some(format!("{name}: no model")),
        }
    };
    facts.structs().iter().filter_map(loss).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
