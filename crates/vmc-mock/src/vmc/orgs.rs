//! Organizations, providers, what can be provisioned.

use crate::{
    answer::Outcome,
    handler::Call,
    vmc::error,
    world::{Org, aws_region},
};
use serde_json::{Map, Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let orgs: Vec<Value> = call
        .caller
        .orgs
        .iter()
        .filter_map(|id| call.world.orgs.get(id))
        .map(|org| document(call, org))
        .collect();
    Call::ok(&json!(orgs))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    match call.world.orgs.get(call.param("org")) {
        Some(org) => Call::ok(&document(call, org)),
        None => Err(error(call, 404, "No such organization.")),
    }
}

fn document(call: &Call<'_>, org: &Org) -> Value {
    json!({
        "id": org.id,
        "version": 1,
        "created": org.created,
        "updated": org.created,
        "user_id": call.caller.user,
        "user_name": call.caller.user_name,
        "updated_by_user_id": call.caller.user,
        "updated_by_user_name": call.caller.user_name,
        "name": org.name,
        "display_name": org.display_name,
        "org_type": "CUSTOMER",
        "project_state": "CREATED",
        "org_seller_info": null,
        "properties": {"values": {
            "invoicingEnabled": "false",
            "defaultAwsRegions": call.settings.regions.join(","),
        }},
    })
}

pub(crate) fn providers(call: &mut Call<'_>) -> Outcome {
    Call::ok(&json!([{"provider": "AWS", "regions": call.settings.regions}]))
}

pub(crate) fn provision_spec(call: &mut Call<'_>) -> Outcome {
    let host = |name: &str, cores: u64, memory: u64, hosts: &[u64], esa: bool| {
        json!({
            "instance_type": name,
            "display_name": name.replace('.', "_").to_uppercase(),
            "label": name,
            "hosts": hosts,
            "cpu_cores": [cores],
            "supported_cpu_cores": {},
            "hyper_threading_supported": true,
            "vsan_esa_supported": esa,
            "instance_provisioning_error_cause": null,
            "entity_capacity": {"total_number_of_cores": cores, "memory_capacity_gib": memory},
        })
    };
    let many: Vec<u64> = (2..=16).collect();
    let single: Map<String, Value> = call
        .settings
        .regions
        .iter()
        .map(|region| {
            (
                region.clone(),
                json!([
                    host("i3.metal", 36, 512, &[1], false),
                    host("i4i.metal", 64, 1024, &[1], true)
                ]),
            )
        })
        .collect();
    let default: Map<String, Value> = call
        .settings
        .regions
        .iter()
        .map(|region| {
            let hosts = json!([
                host("i3.metal", 36, 512, &many, false),
                host("i3en.metal", 48, 768, &many, false),
                host("i4i.metal", 64, 1024, &many, true),
            ]);
            (region.clone(), hosts)
        })
        .collect();
    let names: Map<String, Value> = call
        .settings
        .regions
        .iter()
        .map(|region| (region.clone(), json!(aws_region(region))))
        .collect();
    Call::ok(&json!({"provider": {"AWS": {
        "region_display_names": names,
        "sddc_type_config_spec": {
            "DEFAULT": {
                "expiry_in_days": null,
                "sddc_sizes": ["MEDIUM", "LARGE"],
                "availability": default,
                "powered_by": {},
                "powered_by_outpost_available": false,
            },
            "1NODE": {
                "expiry_in_days": 60,
                "sddc_sizes": ["MEDIUM"],
                "availability": single,
                "powered_by": {},
                "powered_by_outpost_available": false,
            },
        },
    }}}))
}
