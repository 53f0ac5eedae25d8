//! Which subnets of a linked account an SDDC can use.

use super::{account_link, connected_accounts};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    vmc::error,
    world::{AwsAccount, ConnectedAccount, Subnet, Then, aws_region},
};
use serde_json::{Map, Value, json};

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    Call::ok(&compatible(call)?)
}

pub(crate) fn get_async(call: &mut Call<'_>) -> Outcome {
    let list = compatible(call)?;
    let then = Then::Results(json!({"subnet_list_result": list}));
    account_link::start(call, "COMPATIBLE-SUBNETS", json!({}), then)
}

/// No body is documented for this form, so nobody knows how it chooses: the first compatible
/// subnet of the only linked account.
pub(crate) fn set(call: &mut Call<'_>) -> Outcome {
    let mut accounts = call
        .world
        .connected_accounts
        .iter()
        .filter(|row| row.org == call.param("org") && row.state == "ACTIVE");
    let (Some(row), None) = (accounts.next(), accounts.next()) else {
        return Err(error(
            call,
            400,
            "The organization does not have exactly one linked account.",
        ));
    };
    let aws = call.world.aws_accounts.get(&row.number);
    let found = aws.and_then(|aws| {
        let subnet = aws
            .subnets
            .iter()
            .find(|subnet| judge(row, aws, subnet).is_none())?;
        Some((aws, subnet))
    });
    let Some((aws, subnet)) = found else {
        return Err(error(
            call,
            400,
            "The linked account has no compatible subnet.",
        ));
    };
    let vpc = aws.vpc(&subnet.vpc);
    let answer = json!({
        "connected_account_id": row.id,
        "region_name": vpc.map(|vpc| vpc.region.as_str()),
        "availability_zone": subnet.zone,
        "subnet_id": subnet.id,
        "subnet_cidr_block": subnet.cidr,
        "is_compatible": true,
        "vpc_id": subnet.vpc,
        "vpc_cidr_block": vpc.map(|vpc| vpc.cidr.as_str()),
        "name": subnet.name,
    });
    let details = json!({"account": row.id, "subnet": subnet.id});
    call.world.effect(call.now, "subnet.set", details);
    Call::ok(&answer)
}

pub(crate) fn set_async(call: &mut Call<'_>) -> Outcome {
    let text = |name: &str| call.body[name].as_str().unwrap_or_default().to_owned();
    let (account, subnet) = (text("connected_account_id"), text("subnet_id"));
    let row = connected_accounts::find(call, &account)?;
    if let Some(reason) = refusal(call, row, &subnet) {
        return Err(error(call, 400, &reason));
    }
    let params = json!({"subnet": call.body});
    let then = Then::LinkSubnet { account, subnet };
    account_link::start(call, "SET-SUBNET", params, then)
}

/// Why an SDDC cannot use `subnet` of a linked account.
pub(crate) fn refusal(call: &Call<'_>, row: &ConnectedAccount, subnet: &str) -> Option<String> {
    if row.state != "ACTIVE" {
        return Some(format!(
            "The connected account {} is {}.",
            row.number, row.state
        ));
    }
    let found = call
        .world
        .aws_accounts
        .get(&row.number)
        .and_then(|aws| Some((aws, aws.subnet(subnet)?)));
    match found {
        None => Some(format!(
            "Subnet '{subnet}' does not exist in account {}.",
            row.number
        )),
        Some((aws, found)) => {
            judge(row, aws, found).map(|note| format!("Subnet {subnet} is not compatible: {note}"))
        }
    }
}

/// Why a subnet is not compatible.
fn judge(row: &ConnectedAccount, aws: &AwsAccount, subnet: &Subnet) -> Option<String> {
    let region = aws.vpc(&subnet.vpc).map_or("", |vpc| vpc.region.as_str());
    let mapped = row
        .zones
        .get(region)
        .is_some_and(|zones| zones.contains_key(&subnet.zone));
    match (subnet.compatible, mapped) {
        (true, true) => None,
        (false, _) => Some(subnet.note.clone()),
        (true, false) => Some(format!(
            "Availability zone {} was not known when the account was linked; map its zones again.",
            subnet.zone
        )),
    }
}

fn compatible(call: &Call<'_>) -> Result<Value, Answer> {
    let row = connected_accounts::find(call, call.query("linkedAccountId").unwrap_or_default())?;
    let region = call.query("region").map(aws_region);
    let mut zones = Vec::new();
    let mut vpcs = Map::new();
    if let Some(aws) = call.world.aws_accounts.get(&row.number) {
        for vpc in &aws.vpcs {
            if region.as_ref().is_some_and(|region| *region != vpc.region) {
                continue;
            }
            let mut subnets = Vec::new();
            for subnet in aws.subnets.iter().filter(|subnet| subnet.vpc == vpc.id) {
                let note = judge(row, aws, subnet);
                if !zones.contains(&subnet.zone) {
                    zones.push(subnet.zone.clone());
                }
                subnets.push(json!({
                    "connected_account_id": row.id,
                    "region_name": vpc.region,
                    "availability_zone": subnet.zone,
                    "availability_zone_id": subnet.zone_id,
                    "subnet_id": subnet.id,
                    "subnet_cidr_block": subnet.cidr,
                    "name": subnet.name,
                    "vpc_id": vpc.id,
                    "vpc_cidr_block": vpc.cidr,
                    "compatible": note.is_none(),
                    "note": note,
                }));
            }
            let document = json!({
                "vpc_id": vpc.id,
                "cidr_block": vpc.cidr,
                "description": vpc.name,
                "subnets": subnets,
            });
            vpcs.insert(vpc.id.clone(), document);
        }
    }
    Ok(json!({"customer_available_zones": zones, "vpc_map": vpcs}))
}
