//! Public addresses of the legacy API. The real service has dropped these calls, and newer SDDCs
//! have their addresses in NSX.

use super::{error, sddc_document, sddc_document::public_ip, sddc_task, sddc_task::Change, sddcs};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::{Estate, PublicIp, derived_id},
};
use serde_json::{Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let estate = sddc_document::estate(sddc);
    let all: Vec<Value> = estate.public_ips.iter().map(public_ip).collect();
    Call::ok(&json!(all))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let estate = sddc_document::estate(sddc);
    Call::ok(&public_ip(find(call, &estate)?))
}

pub(crate) fn allocate(call: &mut Call<'_>) -> Outcome {
    let (id, mut estate) = sddc_task::begin(call)?;
    let count = call.body["count"].as_u64().unwrap_or(0);
    if !(1..=16).contains(&count) {
        return Err(error(call, 400, "count must be from 1 to 16."));
    }
    let text = |list: &str, at: u64| {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        call.body[list]
            .get(at)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    for list in ["private_ips", "names"] {
        let more = call.body[list].as_array().map_or(0, Vec::len);
        if u64::try_from(more).is_ok_and(|more| more > count) {
            let text = format!("{list} has more entries than addresses are wanted.");
            return Err(error(call, 400, &text));
        }
    }
    let first = estate.public_ips_made;
    let new: Vec<PublicIp> = (0..count)
        .map(|at| {
            let hash = derived_id(&id, &format!("public-ip-{}", first + at)).replace('-', "");
            let byte = |at: usize| {
                hash.get(at..at + 2)
                    .and_then(|two| u8::from_str_radix(two, 16).ok())
            };
            PublicIp {
                allocation_id: format!("eipalloc-{}", hash.get(..17).unwrap_or_default()),
                public_ip: format!(
                    "52.{}.{}.{}",
                    byte(0).unwrap_or(1),
                    byte(2).unwrap_or(1),
                    byte(4).unwrap_or(1)
                ),
                name: text("names", at),
                private_ip: text("private_ips", at),
            }
        })
        .collect();
    estate.public_ips_made += count;
    let ids: Vec<&String> = new.iter().map(|one| &one.allocation_id).collect();
    let mut change = Change {
        params: json!({"allocationIds": ids, "spec": call.body}),
        details: json!({"ids": ids}),
        ..Change::new(call, "PUBLIC-IP", "public_ip.allocated", estate)
    };
    change.done.public_ips.extend(new);
    change.start(call, &id)
}

pub(crate) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, estate) = sddc_task::begin(call)?;
    let mut address = find(call, &estate)?.clone();
    let private = call.body["associated_private_ip"]
        .as_str()
        .map(str::to_owned);
    let name = call.body["name"].as_str().map(str::to_owned);
    let action = call.query("action").unwrap_or_default().to_owned();
    let attached = address.private_ip.is_some();
    let refusal = match action.as_str() {
        "attach" if attached => "The address is attached already; reattach it.",
        "detach" | "reattach" if !attached => "The address is not attached.",
        "attach" | "reattach" if private.is_none() => "associated_private_ip is missing.",
        "rename" if name.is_none() => "name is missing.",
        _ => "",
    };
    if !refusal.is_empty() {
        return Err(error(call, 400, refusal));
    }
    match action.as_str() {
        "detach" => address.private_ip = None,
        "rename" => address.name = name,
        _ => address.private_ip = private,
    }
    let allocation = address.allocation_id.clone();
    let mut change = Change {
        params: json!({"allocationId": allocation, "action": action}),
        details: json!({"id": allocation, "action": action}),
        ..Change::new(call, "PUBLIC-IP", "public_ip.changed", estate)
    };
    let mut all = change.done.public_ips.iter_mut();
    if let Some(place) = all.find(|one| one.allocation_id == allocation) {
        *place = address;
    }
    change.start(call, &id)
}

pub(crate) fn release(call: &mut Call<'_>) -> Outcome {
    let (id, estate) = sddc_task::begin(call)?;
    let allocation = find(call, &estate)?.allocation_id.clone();
    let mut change = Change {
        params: json!({"allocationId": allocation}),
        details: json!({"id": allocation}),
        ..Change::new(call, "PUBLIC-IP", "public_ip.released", estate)
    };
    change
        .done
        .public_ips
        .retain(|one| one.allocation_id != allocation);
    change.start(call, &id)
}

/// The management gateway has one address, which comes and goes with the SDDC.
pub(crate) fn list_mgw(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let all: Vec<Value> = mgw(call, sddc).iter().map(public_ip).collect();
    Call::ok(&json!(all))
}

pub(crate) fn get_mgw(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let id = call.param("id");
    match mgw(call, sddc).filter(|one| one.allocation_id == id) {
        Some(address) => Call::ok(&public_ip(&address)),
        None => Err(unknown(call, id)),
    }
}

fn mgw(call: &Call<'_>, sddc: &crate::world::Sddc) -> Option<PublicIp> {
    let document = sddc_document::document(call, sddc);
    let config = &document["resource_config"];
    let hash = derived_id(&sddc.id, "mgw").replace('-', "");
    Some(PublicIp {
        allocation_id: format!("eipalloc-{}", hash.get(..17).unwrap_or_default()),
        public_ip: config["vc_public_ip"].as_str()?.to_owned(),
        name: Some("vcenter".into()),
        private_ip: config["vc_management_ip"].as_str().map(str::to_owned),
    })
}

fn find<'a>(call: &Call<'_>, estate: &'a Estate) -> Result<&'a PublicIp, Answer> {
    let id = call.param("id");
    let mut all = estate.public_ips.iter();
    all.find(|one| one.allocation_id == id)
        .ok_or_else(|| unknown(call, id))
}

fn unknown(call: &Call<'_>, id: &str) -> Answer {
    error(
        call,
        404,
        &format!("Cannot find the public IP with identifier {id}."),
    )
}
