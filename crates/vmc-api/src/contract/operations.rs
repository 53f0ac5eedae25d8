//! Operations are those of the contract, one for one.

use std::collections::BTreeSet;

use http::Method;
use serde_json::Value;
use vmc_http::Replay;

use super::{TABLES, facts, table, wanted};
use crate::models::{
    AddonType, EnablementAction, HostAction, IpType, OfferType, Provider, PublicIpAction,
};
use crate::{Family, OPERATIONS};

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().into_iter().flatten();
    list.map(|item| item["name"].as_str().unwrap()).collect()
}

/// A Rust type as the contract writes it.
fn contract_type(rust: &str) -> String {
    rust.replace("Vec<", "list<")
        .replace("Map<", "map<string,")
        .replace("SupportWindowIdBody", "SupportWindowId")
        .replace("Nothing", "void")
}

#[test]
fn operations_are_those_of_the_contract() {
    for file in TABLES {
        let facts = facts(file);
        let contract = wanted(&facts);
        let mut seen = BTreeSet::new();
        for ours in OPERATIONS
            .iter()
            .filter(|op| table(op.family) == Some(file))
        {
            let id = ours.name.trim_end_matches(".validate");
            seen.insert(id);
            let theirs = contract
                .iter()
                .find(|op| op["id"] == id)
                .unwrap_or_else(|| panic!("{id} is not in {file}"));
            assert_eq!(ours.method.as_str(), theirs["method"], "{id}");
            assert_eq!(ours.path, theirs["path"], "{id}");
            assert_eq!(
                ours.family == Family::Deprecated,
                theirs["deprecated"] == true,
                "{id}"
            );
            let variables: Vec<&str> = ours.path_params().collect();
            assert_eq!(variables, names(&theirs["path_params"]), "{id}");
            let body = ours
                .body
                .map(|body| (body.shape().name().replace("IdBody", "Id"), body.required));
            let their_body = theirs["body"].as_object().map(|body| {
                let kind = body["type"].as_str().unwrap().to_owned();
                (kind, body["required"] == true)
            });
            assert_eq!(body, their_body, "{id}");
            let mut query = ours.query.to_vec();
            // Whether to create or only to validate is the type's, not a parameter's.
            match ours.name {
                "orgs.sddcs.create" => query.push("validateOnly"),
                "orgs.sddcs.create.validate" => assert_eq!(ours.output(), "Nothing"),
                _ => assert_eq!(contract_type(&ours.output()), theirs["returns"], "{id}"),
            }
            query.sort_unstable();
            let mut their_query = names(&theirs["query"]);
            their_query.sort_unstable();
            assert_eq!(query, their_query, "{id}");
        }
        let missing: Vec<_> = contract
            .iter()
            .filter(|op| !seen.contains(op["id"].as_str().unwrap()))
            .collect();
        assert!(missing.is_empty(), "not in this crate: {missing:?}");
    }
}

#[test]
fn names_are_used_once() {
    let names: BTreeSet<&str> = OPERATIONS.iter().map(|op| op.name).collect();
    assert_eq!(names.len(), OPERATIONS.len());
}

/// Reads that create something, and writes that do not, are what methods do not tell.
#[test]
fn replay_classes_that_the_method_would_get_wrong() {
    let unlike_method: Vec<(&str, &str)> = OPERATIONS
        .iter()
        .filter(|operation| {
            operation.replay
                != match operation.method {
                    Method::GET => Replay::Safe,
                    Method::PUT | Method::PATCH | Method::DELETE => Replay::Converges,
                    _ => Replay::Once,
                }
        })
        .map(|operation| (operation.name, operation.replay.as_str()))
        .collect();
    assert_eq!(
        unlike_method,
        [
            ("orgs.account_link.get", "once"),
            ("orgs.account_link.compatible_subnets_async.get", "once"),
            ("orgs.sddcs.create.validate", "safe"),
            ("orgs.sddcs.delete", "once"),
            ("orgs.sddcs.clusters.delete", "once"),
            ("orgs.sddcs.dns.private.update", "once"),
            ("orgs.sddcs.dns.public.update", "once"),
            ("orgs.sddcs.management_vms.dns.update", "once"),
            ("orgs.sddcs.enablements.enable_disable_addon", "converges"),
            ("orgs.sddc_templates.delete", "once"),
            ("orgs.tbrs.reservation.post", "safe"),
            ("locale.set", "converges"),
            ("orgs.tasks.update", "converges"),
            ("orgs.sddcs.publicips.update", "once"),
            ("orgs.sddcs.publicips.delete", "once"),
            ("orgs.subscriptions.delete", "once"),
            ("autoscaler.update", "converges"),
        ]
    );
}

/// A second arrival of what starts a task may start a second one.
#[test]
fn what_starts_a_task_happens_once() {
    for operation in OPERATIONS {
        // Answers with a task, but with one that was there before.
        let looks = operation.method == Method::GET && operation.path.contains("/tasks")
            || operation.name.ends_with("tasks.update")
            || operation.name == "autoscaler.update";
        if operation.output() == "Task" && !looks {
            assert_eq!(operation.replay, Replay::Once, "{}", operation.name);
        }
    }
}

#[test]
fn parameters_know_the_words_of_the_contract() {
    for (id, place, name, known) in [
        (
            "orgs.sddcs.esxs.create",
            "query",
            "action",
            HostAction::KNOWN,
        ),
        (
            "orgs.sddcs.enablements.enable_disable_addon",
            "query",
            "action",
            EnablementAction::KNOWN,
        ),
        (
            "orgs.subscriptions.get_0",
            "query",
            "offer_type",
            OfferType::KNOWN,
        ),
        (
            "orgs.account_link.connected_accounts.get",
            "query",
            "provider",
            Provider::KNOWN,
        ),
        (
            "orgs.sddcs.publicips.update",
            "query",
            "action",
            PublicIpAction::KNOWN,
        ),
        (
            "orgs.sddcs.addons.credentials.get",
            "path_params",
            "addonType",
            AddonType::KNOWN,
        ),
        (
            "orgs.sddcs.management_vms.dns.update",
            "path_params",
            "ipType",
            IpType::KNOWN,
        ),
    ] {
        let ours = OPERATIONS.iter().find(|op| op.name == id).unwrap();
        let facts = facts(table(ours.family).unwrap());
        let all = facts["operations"].as_array().unwrap();
        let theirs = all.iter().find(|op| op["id"] == id).unwrap();
        let mut params = theirs[place].as_array().unwrap().iter();
        let param = params.find(|param| param["name"] == name).unwrap();
        assert_eq!(serde_json::json!(known), param["enum"], "{id} {name}");
    }
}
