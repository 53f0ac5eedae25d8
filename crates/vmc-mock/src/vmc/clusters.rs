//! Clusters of an SDDC: create, delete, reconfigure, license; the primary one.

use super::{
    cluster_rules::{self, check_scalable, check_size, number},
    error, sddc_document, sddc_task,
    sddc_task::Change,
    sddcs, storage,
};
use crate::{answer::Outcome, handler::Call, world::Cluster};
use serde_json::json;

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    let (id, mut estate) = sddc_task::begin(call)?;
    let sddc = sddcs::find(call)?;
    check_scalable(call, sddc, &estate)?;
    let primary = estate.clusters.first();
    let instance_type = match call.body["host_instance_type"].as_str() {
        Some(given) => given.to_owned(),
        None => primary.map_or_else(String::new, |cluster| cluster.instance_type.clone()),
    };
    let hosts = number(call, "num_hosts")?;
    check_size(call, sddc, &instance_type, hosts, estate.hosts() + hosts)?;
    storage::check_capacity(call, hosts)?;
    let cores = &call.body["host_cpu_cores_count"];
    if cores.as_i64().is_some_and(|cores| cores < 1) {
        let text = "host_cpu_cores_count must be at least 1.";
        return Err(error(call, 400, text));
    }
    let known = sddc_document::zones(call, sddc);
    let zones: Vec<String> = call.body["availability_zones"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|zone| zone.as_str().map(str::to_owned))
        .collect();
    if let Some(zone) = zones.iter().find(|zone| !known.contains(zone)) {
        let text = format!("Zone {zone} is not one of the SDDC: {}.", known.join(", "));
        return Err(error(call, 400, &text));
    }
    let cluster = Cluster {
        instance_type,
        zones,
        cores: call.body["host_cpu_cores_count"].as_u64(),
        storage_gib: call.body["storage_capacity"].as_u64(),
        msft_license: call.body["msft_license_config"].clone(),
        ..Cluster::default()
    };
    let cluster = estate.add_cluster(&id, cluster, hosts, "DEPLOYING");
    let change = Change {
        seconds: call.settings.cluster_create_seconds,
        phases: &[
            ("Allocating hosts", 40),
            ("Configuring hosts", 30),
            ("Creating cluster", 30),
        ],
        params: json!({"clusterId": cluster, "clusterConfig": call.body}),
        details: json!({"cluster": cluster, "hosts": hosts}),
        ..Change::new(call, "CLUSTER-CREATE", "cluster.created", estate)
    };
    change.start(call, &id)
}

pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    if !call.caller.may_delete {
        let text = "The caller's role does not allow deletion.";
        return Err(error(call, 403, text));
    }
    let (id, mut estate) = sddc_task::begin(call)?;
    let cluster = cluster_rules::find(call, &estate, call.param("cluster"))?
        .id
        .clone();
    if estate
        .clusters
        .first()
        .is_some_and(|first| first.id == cluster)
    {
        return Err(error(
            call,
            400,
            "The primary cluster cannot be deleted; delete the SDDC instead.",
        ));
    }
    if let Some(cluster) = estate.cluster_mut(&cluster) {
        cluster.leaving = true;
        for host in &mut cluster.hosts {
            host.state = "DELETING".into();
        }
    }
    let change = Change {
        seconds: call.settings.cluster_delete_seconds,
        phases: &[("Evacuating hosts", 50), ("Deleting hosts", 50)],
        params: json!({"clusterId": cluster}),
        details: json!({"cluster": cluster}),
        ..Change::new(call, "CLUSTER-DELETE", "cluster.deleted", estate)
    };
    change.start(call, &id)
}

pub(crate) fn reconfigure(call: &mut Call<'_>) -> Outcome {
    let (id, mut estate) = sddc_task::begin(call)?;
    let sddc = sddcs::find(call)?;
    check_scalable(call, sddc, &estate)?;
    let cluster = cluster_rules::find_usable(call, &estate, call.param("cluster"))?;
    let (cluster_id, before) = (cluster.id.clone(), cluster.size());
    let hosts = number(call, "num_hosts")?;
    let total = estate.hosts() - before + hosts;
    check_size(call, sddc, &cluster.instance_type, hosts, total)?;
    storage::check_reconfiguration(call, hosts)?;
    let storage = call.body["storage_capacity"].as_u64();
    if hosts > before {
        super::hosts::grow(&mut estate, &id, &cluster_id, hosts - before);
    } else if hosts < before {
        let leaving = super::hosts::choose(call, sddc, cluster, before - hosts)?;
        super::hosts::shrink(&mut estate, &cluster_id, &leaving);
    }
    let mut change = Change {
        seconds: call.settings.hosts_seconds,
        params: json!({"clusterId": cluster_id, "reconfigureParams": call.body}),
        details: json!({"cluster": cluster_id, "hosts": hosts, "storage_capacity": storage}),
        ..Change::new(call, "CLUSTER-RECONFIGURE", "cluster.reconfigured", estate)
    };
    if let (Some(cluster), Some(_)) = (change.done.cluster_mut(&cluster_id), storage) {
        cluster.storage_gib = storage;
    }
    change.start(call, &id)
}

pub(crate) fn publish_license(call: &mut Call<'_>) -> Outcome {
    let (id, estate) = sddc_task::begin(call)?;
    let cluster = cluster_rules::find_usable(call, &estate, call.param("cluster"))?
        .id
        .clone();
    let mut change = Change {
        params: json!({"clusterId": cluster, "msftLicensingConfig": call.body}),
        details: json!({"cluster": cluster}),
        ..Change::new(call, "MSFT-LICENSING", "licensing.published", estate)
    };
    if let Some(cluster) = change.done.cluster_mut(&cluster) {
        cluster.msft_license = call.body.clone();
    }
    change.start(call, &id)
}

pub(crate) fn primary(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let estate = sddc_document::estate(sddc);
    match estate.clusters.first() {
        Some(cluster) => Call::ok(&sddc_document::cluster(call, sddc, cluster)),
        None => {
            let text = format!("SDDC {} is {} and has no cluster.", sddc.id, sddc.state);
            Err(error(call, 404, &text))
        }
    }
}

pub(crate) fn constraints(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let estate = sddc_document::estate(sddc);
    let cluster = cluster_rules::find(call, &estate, call.param("cluster"))?;
    let hosts = match call.query("expected_num_hosts") {
        None => cluster.size(),
        Some(text) => storage::host_count(call, text)?,
    };
    Call::ok(&storage::reconfiguration(hosts))
}
