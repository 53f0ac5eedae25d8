//! Hosts of a cluster: add, remove, check before adding.

use super::{
    cluster_rules::{self, check_scalable, check_size, is_multi, number},
    error, sddc_task,
    sddc_task::Change,
    sddcs, tasks,
};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::{Cluster, Estate, Host, Sddc, Then},
};
use serde_json::{Value, json};

/// Adds or removes: removal is a POST too.
pub(crate) fn change(call: &mut Call<'_>) -> Outcome {
    match call.query("action") {
        None | Some("add") => add(call),
        Some("remove") => remove(call),
        Some(action) => {
            let text = format!("Action '{action}' is for operators of the service.");
            Err(error(call, 403, &text))
        }
    }
}

fn add(call: &mut Call<'_>) -> Outcome {
    let (id, mut estate) = sddc_task::begin(call)?;
    let (cluster, count) = check_add(call, &estate)?;
    let hosts = grow(&mut estate, &id, &cluster, count);
    let change = Change {
        seconds: call.settings.hosts_seconds,
        phases: &[
            ("Allocating hosts", 40),
            ("Configuring hosts", 30),
            ("Adding hosts to vCenter Server", 30),
        ],
        params: json!({"clusterId": cluster, "esxConfig": call.body}),
        details: json!({"cluster": cluster, "hosts": hosts}),
        ..Change::new(call, "ESX-ADD", "hosts.added", estate)
    };
    change.start(call, &id)
}

fn remove(call: &mut Call<'_>) -> Outcome {
    let (id, mut estate) = sddc_task::begin(call)?;
    let sddc = sddcs::find(call)?;
    check_zone(call)?;
    let count = number(call, "num_hosts")?;
    let named = strings(&call.body["esxs"]);
    let cluster = wanted_cluster(call, &estate, &named)?;
    if let Some(host) = named.iter().find(|id| !has(cluster, id)) {
        let text = format!(
            "Cannot find the host with identifier {host} in {}.",
            cluster.name
        );
        return Err(error(call, 404, &text));
    }
    let left = cluster.size().saturating_sub(count);
    let total = estate.hosts() - (cluster.size() - left);
    check_size(call, sddc, &cluster.instance_type, left, total)?;
    let leaving = match named.is_empty() {
        true => choose(call, sddc, cluster, count)?,
        false => check_named(call, sddc, cluster, named, count)?,
    };
    let cluster = cluster.id.clone();
    shrink(&mut estate, &cluster, &leaving);
    let change = Change {
        seconds: call.settings.hosts_seconds,
        phases: &[("Evacuating hosts", 50), ("Deleting hosts", 50)],
        params: json!({"clusterId": cluster, "esxConfig": call.body}),
        details: json!({"cluster": cluster, "hosts": leaving}),
        ..Change::new(call, "ESX-REMOVE", "hosts.removed", estate)
    };
    change.start(call, &id)
}

/// The rules of adding, as a task that changes nothing.
pub(crate) fn precheck(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    sddc_task::check_ready(call, sddc)?;
    let (id, estate) = (sddc.id.clone(), sddc.estate().into_owned());
    let (cluster, _) = check_add(call, &estate)?;
    let params = json!({"clusterId": cluster, "esxConfig": call.body});
    tasks::short(
        call,
        ("sddc", &id),
        "ADD-HOSTS-PRECHECK",
        params,
        Then::Nothing,
    )
}

/// The cluster to add to, and how many hosts.
fn check_add(call: &Call<'_>, estate: &Estate) -> Result<(String, u64), Answer> {
    let sddc = sddcs::find(call)?;
    check_zone(call)?;
    check_scalable(call, sddc, estate)?;
    if !strings(&call.body["esxs"]).is_empty() {
        let text = "esxs names hosts to remove; new hosts have no id yet.";
        return Err(error(call, 400, text));
    }
    let count = number(call, "num_hosts")?;
    let cluster = wanted_cluster(call, estate, &[])?;
    let (hosts, total) = (
        cluster.size().saturating_add(count),
        estate.hosts().saturating_add(count),
    );
    check_size(call, sddc, &cluster.instance_type, hosts, total)?;
    Ok((cluster.id.clone(), count))
}

fn check_zone(call: &Call<'_>) -> Result<(), Answer> {
    match call.body["availability_zone"].as_str() {
        None => Ok(()),
        Some(_) => Err(error(
            call,
            403,
            "availability_zone is for operators of the service.",
        )),
    }
}

/// The cluster that is named, or that has the first named host, or the primary one.
fn wanted_cluster<'a>(
    call: &Call<'_>,
    estate: &'a Estate,
    hosts: &[String],
) -> Result<&'a Cluster, Answer> {
    let id = match (call.body["cluster_id"].as_str(), hosts.first()) {
        (Some(id), _) => Some(id),
        (None, Some(host)) => {
            let mut all = estate.clusters.iter();
            all.find(|cluster| has(cluster, host))
                .map(|cluster| cluster.id.as_str())
        }
        (None, None) => estate.clusters.first().map(|cluster| cluster.id.as_str()),
    };
    match (id, hosts.first()) {
        (Some(id), _) => cluster_rules::find_usable(call, estate, id),
        (None, host) => {
            let host = host.map_or("", String::as_str);
            let text = format!("Cannot find the host with identifier {host}.");
            Err(error(call, 404, &text))
        }
    }
}

fn has(cluster: &Cluster, host: &str) -> bool {
    cluster.hosts.iter().any(|known| known.id == host)
}

/// As many named hosts as are to go, and of a MultiAZ SDDC the same number in each zone.
fn check_named(
    call: &Call<'_>,
    sddc: &Sddc,
    cluster: &Cluster,
    mut named: Vec<String>,
    count: u64,
) -> Result<Vec<String>, Answer> {
    named.sort();
    named.dedup();
    if u64::try_from(named.len()) != Ok(count) {
        let text = format!(
            "num_hosts is {count}, but esxs names {} hosts.",
            named.len()
        );
        return Err(error(call, 400, &text));
    }
    let leaving = |host: &&Host| named.contains(&host.id);
    let even = cluster
        .hosts
        .iter()
        .filter(leaving)
        .filter(|host| host.number % 2 == 0);
    if is_multi(sddc) && even.count() * 2 != named.len() {
        let text = "A MultiAZ SDDC gives up the same number of hosts in each zone.";
        return Err(error(call, 400, text));
    }
    Ok(named)
}

/// The newest hosts; of a MultiAZ SDDC the same number in each zone.
pub(crate) fn choose(
    call: &Call<'_>,
    sddc: &Sddc,
    cluster: &Cluster,
    count: u64,
) -> Result<Vec<String>, Answer> {
    let zones = if is_multi(sddc) { 2 } else { 1 };
    if !count.is_multiple_of(zones) {
        let text = "A MultiAZ SDDC gives up hosts in pairs.";
        return Err(error(call, 400, text));
    }
    let each = usize::try_from(count / zones).unwrap_or(usize::MAX);
    let chosen = (0..zones).flat_map(|zone| {
        let newest = cluster.hosts.iter().rev();
        newest
            .filter(move |host| host.number % zones == zone)
            .take(each)
    });
    Ok(chosen.map(|host| host.id.clone()).collect())
}

/// New hosts, under way.
pub(crate) fn grow(estate: &mut Estate, sddc: &str, cluster: &str, count: u64) -> Vec<String> {
    if let Some(cluster) = estate.cluster_mut(cluster) {
        cluster.state = "ADDING_HOSTS".into();
    }
    estate.add_hosts(sddc, cluster, count, "DEPLOYING")
}

/// Hosts on their way out.
pub(crate) fn shrink(estate: &mut Estate, cluster: &str, leaving: &[String]) {
    let cluster = estate.cluster_mut(cluster);
    for host in cluster.into_iter().flat_map(|cluster| &mut cluster.hosts) {
        if leaving.contains(&host.id) {
            host.state = "DELETING".into();
        }
    }
}

fn strings(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}
