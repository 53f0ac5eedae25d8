//! Account linking: requests, zones, connections of SDDCs.

use super::{connected_accounts, tasks};
use crate::{
    answer::Outcome,
    aws::template,
    handler::Call,
    vmc::error,
    world::{Due, LinkRequest, Task, Then, aws_region},
};
use serde_json::{Value, json};

/// A GET with side effects: each call makes a link request and its tracking task.
pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let id = call.world.new_id();
    let task = Task {
        task_type: "ACCOUNT-LINK".into(),
        resource_type: "linked-account".into(),
        ..Task::default()
    };
    let task = tasks::run(call, task);
    let expires = call
        .now
        .plus(call.client_time(call.settings.link_request_seconds));
    call.world.link_requests.insert(LinkRequest {
        id: id.clone(),
        org: call.param("org").into(),
        task: task.clone(),
        user: call.caller.user.clone(),
        user_name: call.caller.user_name.clone(),
        created: call.now,
        expires,
        used: None,
    });
    call.world
        .agenda
        .add(expires, Due::LinkExpires { link: id.clone() });
    let details = json!({"id": id, "tracking_task": task, "org": call.param("org")});
    call.world.effect(call.now, "link_request.created", details);
    let url = template::url(call, &id);
    Call::ok(&json!({
        "tracking_task": task,
        "expiration_date": expires,
        "template_execution_url": template::console_url(&url, &id),
        "template_url": url,
    }))
}

pub(crate) fn map_zones(call: &mut Call<'_>) -> Outcome {
    let id = call.body["connected_account_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if let Some(org) = call.body["org_id"].as_str()
        && org != call.param("org")
    {
        return Err(error(
            call,
            400,
            "org_id is not the organization of the path.",
        ));
    }
    let account = connected_accounts::find(call, &id)?.id.clone();
    let params = json!({"mapZonesRequest": call.body});
    let regions = call.body["petronas_regions_to_map"].as_array();
    let regions = regions.into_iter().flatten().filter_map(Value::as_str);
    let regions = regions.map(aws_region).collect();
    let then = Then::MapZones { account, regions };
    start(call, "MAP-CUSTOMER-ZONES", params, then)
}

/// Starts one of the short tasks of account linking.
pub(crate) fn start(call: &mut Call<'_>, task_type: &str, params: Value, then: Then) -> Outcome {
    tasks::short(call, ("linked-account", ""), task_type, params, then)
}

pub(crate) fn sddc_connections(call: &mut Call<'_>) -> Outcome {
    let sddc = call.query("sddc");
    let found: Vec<Value> = call
        .world
        .connections
        .iter()
        .filter(|row| row.org == call.param("org") && sddc.is_none_or(|sddc| row.sddc == sddc))
        .map(|row| {
            let interfaces = call.world.interfaces_of(row).into_iter().map(|one| {
                json!({
                    "eni_id": one.id,
                    "primary_ip_address": one.address,
                    "secondary_ip_addresses": one.more_addresses,
                })
            });
            let table = call.world.table_of(row);
            json!({
                "id": row.id,
                "version": 1,
                "created": row.created,
                "updated": row.created,
                "user_id": "internal",
                "user_name": "Internal-Operator",
                "updated_by_user_id": "internal",
                "updated_by_user_name": "Internal-Operator",
                "org_id": row.org,
                "sddc_id": row.sddc,
                "connected_account_id": row.account,
                "vpc_id": row.vpc,
                "cidr_block_vpc": row.vpc_cidr,
                "subnet_id": row.subnet,
                "cidr_block_subnet": row.subnet_cidr,
                "subnet_availability_zone": row.zone,
                "eni_group": null,
                "customer_eni_infos": interfaces.collect::<Vec<Value>>(),
                "default_route_table": table.map(|table| table.id.as_str()),
                "cgw_present": true,
                "connection_order": row.order,
                "state": row.state,
            })
        })
        .collect();
    Call::ok(&json!(found))
}
