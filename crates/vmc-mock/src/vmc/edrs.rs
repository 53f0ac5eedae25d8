//! Elastic DRS: when the service adds and removes hosts by itself. Policies are kept; no host
//! ever comes or goes because of one.

use super::{
    cluster_rules::{self, is_single},
    error, sddc_document, sddc_task,
    sddc_task::Change,
    sddcs,
};
use crate::{answer::Outcome, handler::Call, world::Cluster};
use serde_json::{Value, json};

/// Policies that can be set, and whether the number of hosts added at once can be chosen.
const POLICIES: [(&str, bool); 4] = [
    ("cost", false),
    ("performance", false),
    ("storage-scaleup", false),
    ("rapid-scaleup", true),
];
/// How few and how many hosts a policy may aim at.
const HOSTS: (u64, u64) = (2, 16);
/// How many hosts `rapid-scaleup` may add at once.
const INCREMENT: (u64, u64) = (4, 12);

pub(crate) fn of_sddc(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let estate = sddc_document::estate(sddc);
    let all: Vec<Value> = estate.clusters.iter().map(info).collect();
    Call::ok(&json!(all))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let estate = sddc_document::estate(sddc);
    let cluster = cluster_rules::find(call, &estate, call.param("cluster"))?;
    Call::ok(&policy(cluster))
}

pub(crate) fn provisioning_spec(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let estate = sddc_document::estate(sddc);
    let cluster = cluster_rules::find(call, &estate, call.param("cluster"))?;
    let eligible = !is_single(sddc, &estate);
    let policies = POLICIES.map(|(name, increment)| {
        json!({
            "policy_type": name,
            "cluster_eligible_for_policy": eligible,
            "configurable": true,
            "configurable_scaleup_increment": increment,
            "min_max_host_range": [HOSTS.0, HOSTS.1],
            "scaleup_host_increment_range": match increment {
                true => json!([INCREMENT.0, INCREMENT.1]),
                false => json!([]),
            },
        })
    });
    Call::ok(&json!({"edrs_cluster_info": info(cluster), "policies": policies}))
}

pub(crate) fn set(call: &mut Call<'_>) -> Outcome {
    let (id, estate) = sddc_task::begin(call)?;
    let sddc = sddcs::find(call)?;
    let cluster = cluster_rules::find_usable(call, &estate, call.param("cluster"))?;
    let bad = |text: &str| Err(error(call, 400, text));
    if is_single(sddc, &estate) {
        return bad("An SDDC of type 1NODE has no Elastic DRS.");
    }
    // What is not said stays.
    let mut wanted = policy(cluster);
    for (name, value) in call.body.as_object().into_iter().flatten() {
        if !value.is_null() {
            wanted[name] = value.clone();
        }
    }
    let (least, most) = (wanted["min_hosts"].as_u64(), wanted["max_hosts"].as_u64());
    let within =
        |count: Option<u64>| count.is_some_and(|count| (HOSTS.0..=HOSTS.1).contains(&count));
    if !within(least) || !within(most) || least > most {
        return bad("min_hosts and max_hosts must be from 2 to 16, and min_hosts not the greater.");
    }
    let increment = &wanted["edrs_policy_options_overrides"]["scale_up_host_increment"];
    if !increment.is_null() {
        let rapid = wanted["policy_type"] == "rapid-scaleup";
        let fits = |count: u64| (INCREMENT.0..=INCREMENT.1).contains(&count);
        if !rapid || !increment.as_u64().is_some_and(fits) {
            return bad("scale_up_host_increment must be from 4 to 12, and is for rapid-scaleup.");
        }
    }
    let cluster = cluster.id.clone();
    let mut change = Change {
        params: json!({"clusterId": cluster, "edrsPolicy": wanted}),
        details: json!({"cluster": cluster}),
        ..Change::new(call, "EDRS-UPDATE", "edrs.changed", estate)
    };
    if let Some(cluster) = change.done.cluster_mut(&cluster) {
        cluster.edrs = wanted;
    }
    change.start(call, &id)
}

fn policy(cluster: &Cluster) -> Value {
    match cluster.edrs.is_null() {
        false => cluster.edrs.clone(),
        true => json!({
            "enable_edrs": true,
            "policy_type": "storage-scaleup",
            "min_hosts": HOSTS.0,
            "max_hosts": HOSTS.1,
        }),
    }
}

fn info(cluster: &Cluster) -> Value {
    let policy = policy(cluster);
    let full = policy["max_hosts"].as_u64() <= Some(cluster.size());
    json!({
        "cluster_id": cluster.id,
        "edrs_policy": policy,
        "status_key": full.then_some("skyscraper.autoscaler.elastic.drs.max.hosts"),
        "status_message": full.then_some("The cluster has as many hosts as its policy allows."),
    })
}
