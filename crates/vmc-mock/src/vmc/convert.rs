//! A single-host SDDC becomes a normal one.

use super::{
    cluster_rules::{check_size, is_single, number},
    error, hosts, sddc_task,
    sddc_task::Change,
    sddcs,
};
use crate::{answer::Outcome, handler::Call};
use serde_json::json;

pub(crate) fn convert(call: &mut Call<'_>) -> Outcome {
    let (id, mut estate) = sddc_task::begin(call)?;
    let sddc = sddcs::find(call)?;
    if !is_single(sddc, &estate) {
        let text = "Only an SDDC of type 1NODE can be converted.";
        return Err(error(call, 400, text));
    }
    if sddc.link_state.as_deref() == Some("DELAYED") {
        let text = "The SDDC must be linked to an AWS account before it can be converted.";
        return Err(error(call, 400, text));
    }
    let wanted = match call.body["num_hosts"].is_null() {
        true => 3,
        false => number(call, "num_hosts")?,
    };
    let (cluster, instance_type) = match estate.clusters.first() {
        Some(cluster) => (cluster.id.clone(), cluster.instance_type.clone()),
        None => return Err(error(call, 400, "The SDDC has no cluster.")),
    };
    check_size(call, sddc, &instance_type, wanted, wanted)?;
    let more = wanted.saturating_sub(estate.hosts());
    let added = hosts::grow(&mut estate, &id, &cluster, more);
    let mut change = Change {
        seconds: call.settings.convert_seconds,
        phases: &[
            ("Allocating hosts", 40),
            ("Adding hosts to vCenter Server", 30),
            ("Converting", 30),
        ],
        params: json!({"clusterId": cluster, "sddcConvertRequest": call.body}),
        details: json!({"hosts": added}),
        ..Change::new(call, "SDDC-CONVERT", "sddc.converted", estate)
    };
    change.done.converted = true;
    change.start(call, &id)
}
