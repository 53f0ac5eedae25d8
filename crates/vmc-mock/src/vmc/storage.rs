//! How much storage clusters can have. All numbers are guesses: the contract has their names only.

use super::error;
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
};
use serde_json::{Map, Value, json};

/// GiB of storage that a host can bring, from the least to the most, and the step between.
const PER_HOST: (u64, u64, u64) = (15_000, 35_000, 5_000);
/// What to prefer, with a word for people; the first is the default.
const BIASES: [(&str, &str); 3] = [
    ("BALANCED", "Balances capacity and performance"),
    ("CAPACITY", "Prefers capacity"),
    ("PERFORMANCE", "Prefers performance"),
];

pub(crate) fn cluster_constraints(call: &mut Call<'_>) -> Outcome {
    let provider = call.query("provider").unwrap_or_default();
    if provider != "AWS" {
        let text = format!("Provider '{provider}' has no storage to choose.");
        return Err(error(call, 400, &text));
    }
    let hosts = host_count(call, call.query("num_hosts").unwrap_or_default())?;
    Call::ok(&json!({
        "num_hosts": hosts,
        "min_capacity": hosts * PER_HOST.0,
        "max_capacity": hosts * PER_HOST.1,
        "supported_capacity_increment": hosts * PER_HOST.2,
        "recommended_capacities": capacities(hosts),
    }))
}

fn capacities(hosts: u64) -> Vec<u64> {
    let (least, most, step) = PER_HOST;
    (0..=(most - least) / step)
        .map(|at| hosts * (least + at * step))
        .collect()
}

pub(crate) fn host_count(call: &Call<'_>, text: &str) -> Result<u64, Answer> {
    text.parse()
        .ok()
        .filter(|hosts| (2..=16).contains(hosts))
        .ok_or_else(|| error(call, 400, "A cluster has 2 to 16 hosts."))
}

/// What a cluster of this many hosts could be reconfigured to.
pub(crate) fn reconfiguration(hosts: u64) -> Value {
    let capacity = |size: u64| {
        let quality = if size == hosts * PER_HOST.0 {
            "GOOD"
        } else {
            "BETTER"
        };
        json!({"size": size, "cost": "STANDARD", "quality": quality})
    };
    let each = |value: Value| {
        let rows = BIASES
            .iter()
            .map(|(id, _)| ((*id).to_owned(), value.clone()));
        Value::Object(rows.collect::<Map<String, Value>>())
    };
    let biases = BIASES.iter().map(|(id, text)| {
        json!({"id": id, "short_description": text, "full_description": format!("{text}.")})
    });
    json!({
        "hosts": hosts,
        "reconfig_biases": biases.collect::<Vec<Value>>(),
        "default_reconfig_bias_id": BIASES[0].0,
        "available_capacities": each(capacities(hosts).into_iter().map(capacity).collect()),
        "default_capacities": each(capacity(hosts * PER_HOST.0)),
    })
}

/// Refuses a `ClusterReconfigureParams` that is none of the possibilities above.
pub(crate) fn check_reconfiguration(call: &Call<'_>, hosts: u64) -> Result<(), Answer> {
    if let Some(bias) = call.body["bias"].as_str()
        && !BIASES.iter().any(|(id, _)| *id == bias)
    {
        return Err(error(call, 400, &format!("Bias '{bias}' does not exist.")));
    }
    check_capacity(call, hosts)
}

/// Refuses a `storage_capacity` that this many hosts cannot have.
pub(crate) fn check_capacity(call: &Call<'_>, hosts: u64) -> Result<(), Answer> {
    let size = &call.body["storage_capacity"];
    let fits = |size: u64| capacities(hosts).contains(&size);
    if size.is_null() || size.as_u64().is_some_and(fits) {
        return Ok(());
    }
    let text = format!("{hosts} hosts cannot have {size} GiB of storage.");
    Err(error(call, 400, &text))
}
