//! What a new SDDC must satisfy.

use super::{subnets, templates};
use crate::{answer::Answer, cidr::Cidr, handler::Call, vmc::error, world::aws_region};
use serde_json::Value;

/// Rules for every provider.
pub(crate) fn check_common(call: &Call<'_>) -> Result<(), Answer> {
    let bad = |text: &str| Err(error(call, 400, text));
    if call.body["name"]
        .as_str()
        .unwrap_or_default()
        .trim()
        .is_empty()
    {
        return bad("The name of an SDDC must not be empty.");
    }
    if call.body["num_hosts"].as_i64().unwrap_or(0) < 1 {
        return bad("num_hosts must be at least 1.");
    }
    match call.body["sddc_template_id"].as_str() {
        None | Some("") => Ok(()),
        Some(template) => templates::check(call, template),
    }
}

/// Rules for provider AWS.
pub(crate) fn check(call: &Call<'_>) -> Result<(), Answer> {
    check_common(call)?;
    let body = &call.body;
    let bad = |text: &str| Err(error(call, 400, text));
    let hosts = body["num_hosts"].as_i64().unwrap_or(0);
    let multi = body["deployment_type"] == "MultiAZ";
    let single_host = is_single_host(body);
    if hosts > 16 {
        return bad("A cluster has at most 16 hosts.");
    }
    let type_ = body["sddc_type"].as_str().unwrap_or_default();
    if !["", "DEFAULT", "1NODE"].contains(&type_) {
        return bad("Invalid sddc type specified.");
    }
    if type_ == "1NODE" && hosts != 1 {
        return bad("An SDDC of type 1NODE has exactly one host.");
    }
    if multi && (hosts < 2 || hosts % 2 != 0) {
        return bad("A MultiAZ SDDC has an even number of hosts, at least 2.");
    }
    if body["host_instance_type"] == "i3en.metal" && hosts <= 2 {
        return bad("i3en.metal needs at least 3 hosts.");
    }
    if !body["msft_license_config"].is_null() {
        return bad("msft_license_config cannot be set at creation.");
    }
    let region = aws_region(body["region"].as_str().unwrap_or("US_WEST_2"));
    if !call
        .settings
        .regions
        .iter()
        .any(|known| aws_region(known) == region)
    {
        return bad(&format!("Region '{region}' is not available."));
    }
    let links = body["account_link_sddc_config"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let delayed = body["account_link_config"]["delay_account_link"] == true;
    if links.is_empty() && !single_host {
        return bad(
            "An SDDC of several hosts must be linked at creation: account_link_sddc_config is missing.",
        );
    }
    if delayed && !single_host {
        return bad("Only a single-host SDDC can delay account linking.");
    }
    let mut connected = Vec::new();
    for link in links {
        check_link(
            call,
            link,
            &region,
            if multi { 2 } else { 1 },
            &mut connected,
        )?;
    }
    if let Some(text) = body["vpc_cidr"].as_str() {
        check_network(call, text, &connected)?;
    }
    Ok(())
}

/// An SDDC of one host, whether it says so or not.
pub(crate) fn is_single_host(config: &Value) -> bool {
    config["sddc_type"] == "1NODE" || config["num_hosts"] == 1
}

fn check_link(
    call: &Call<'_>,
    link: &Value,
    region: &str,
    wanted: usize,
    connected: &mut Vec<String>,
) -> Result<(), Answer> {
    let bad = |text: &str| Err(error(call, 400, text));
    let id = link["connected_account_id"].as_str().unwrap_or_default();
    let Some(row) = call
        .world
        .connected_accounts
        .get(id)
        .filter(|row| row.org == call.param("org") && row.state != "DELETED")
    else {
        return bad(&format!("No connected account with id '{id}'."));
    };
    let subnets = link["customer_subnet_ids"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    if subnets.len() != wanted {
        return bad(&format!(
            "customer_subnet_ids must name exactly {wanted} subnet(s)."
        ));
    }
    let mut zones = Vec::new();
    for subnet in subnets.iter().filter_map(Value::as_str) {
        if let Some(reason) = subnets::refusal(call, row, subnet) {
            return bad(&reason);
        }
        let Some(aws) = call.world.aws_accounts.get(&row.number) else {
            continue;
        };
        let found = aws
            .subnet(subnet)
            .and_then(|subnet| Some((subnet, aws.vpc(&subnet.vpc)?)));
        let Some((subnet, vpc)) = found else { continue };
        if vpc.region != region {
            return bad(&format!(
                "Subnet {} is in {}, not in {region}.",
                subnet.id, vpc.region
            ));
        }
        zones.push(subnet.zone.clone());
        connected.push(vpc.cidr.clone());
    }
    zones.dedup();
    if zones.len() < wanted {
        return bad("The subnets of a MultiAZ SDDC must be in different availability zones.");
    }
    Ok(())
}

fn check_network(call: &Call<'_>, text: &str, connected: &[String]) -> Result<(), Answer> {
    let bad = |reason: String| Err(error(call, 400, &reason));
    let Some(block) = Cidr::parse(text) else {
        return bad(format!(
            "vpc_cidr '{text}' is not a network address with a prefix."
        ));
    };
    if ![16, 20, 23].contains(&block.prefix) {
        return bad(format!(
            "vpc_cidr {text}: the prefix must be /16, /20 or /23."
        ));
    }
    if !block.is_private() {
        return bad(format!(
            "vpc_cidr {text} is not a private (RFC 1918) network."
        ));
    }
    let vxlan = match call.body["skip_creating_vxlan"] == true {
        true => "",
        false => call.body["vxlan_subnet"]
            .as_str()
            .unwrap_or("192.168.0.0/24"),
    };
    let mut taken = vec!["10.0.0.0/15", "172.31.0.0/16", vxlan];
    taken.extend(connected.iter().map(String::as_str));
    match block.overlaps_any(&taken) {
        Some(other) => bad(format!("vpc_cidr {text} overlaps {other}.")),
        None => Ok(()),
    }
}
