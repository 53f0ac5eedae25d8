//! The connections of SDDCs to VPCs of the account.

use vmc_api::models::{AwsSddcConnection, ConnectionState};

use super::finding::{Check, Finding, few};
use super::observe::{Network, Observation, may_be_in, region_of_connection};
use crate::aws::ec2::NetworkInterface;

/// What VMware Cloud calls its network interfaces.
const DESCRIPTION: &str = "VMware VMC Interface DO NOT USE";

/// Whether an interface is one of VMware Cloud's.
pub(super) fn is_of_vmc(interface: &NetworkInterface) -> bool {
    let description = interface.description.to_ascii_lowercase();
    description.contains(&DESCRIPTION.to_ascii_lowercase())
}

pub(super) fn judge(seen: &Observation) -> Vec<Finding> {
    match &seen.connections {
        Err(why) => vec![Check::ConnectionState.not_made(seen.account.name(), why)],
        Ok(rows) => rows
            .iter()
            .filter(|row| {
                let region = region_of_connection(row, &seen.compatible);
                may_be_in(region.as_deref(), seen.region.as_deref())
            })
            .flat_map(|row| [state(row), interfaces(seen, row)])
            .collect(),
    }
}

/// What the connection is called: by its SDDC, else by its own id.
fn target(row: &AwsSddcConnection) -> &str {
    row.sddc_id
        .as_ref()
        .map_or(row.id.as_str(), |sddc| sddc.as_str())
}

fn state(row: &AwsSddcConnection) -> Finding {
    let place = match &row.subnet_id {
        Some(subnet) => format!("to {subnet}"),
        None => "to a subnet that is not named".to_owned(),
    };
    match &row.state {
        Some(ConnectionState::Active) => {
            Check::ConnectionState.passed(target(row), format!("ACTIVE, {place}"))
        }
        Some(state) => Check::ConnectionState
            .failed(target(row), format!("{}, {place}", state.as_str()))
            .advice(
                "Mend the roles that are named here; if they are in order and it stays so, ask VMware support.",
            ),
        None => Check::ConnectionState.not_made(target(row), "VMware Cloud names no state"),
    }
}

fn interfaces(seen: &Observation, row: &AwsSddcConnection) -> Finding {
    let target = target(row);
    let ids: Vec<&str> = row
        .customer_eni_infos
        .iter()
        .flatten()
        .filter_map(|eni| eni.eni_id.as_deref())
        .collect();
    if ids.is_empty() {
        let why = "VMware Cloud names no network interfaces of it";
        return Check::ConnectionInterfaces.not_made(target, why);
    }
    let network = row
        .subnet_id
        .as_deref()
        .and_then(|subnet| network_of(seen, subnet));
    let there = match network.map(|network| &network.interfaces) {
        Some(Ok(there)) => there,
        Some(Err(why)) => return Check::ConnectionInterfaces.not_made(target, why),
        None => {
            let why = "VMware Cloud does not name its subnet";
            return Check::ConnectionInterfaces.not_made(target, why);
        }
    };
    let (mut bad, mut odd) = (Vec::new(), Vec::new());
    for id in &ids {
        match there.iter().find(|one| one.id == *id) {
            None => bad.push(format!("{id} is gone")),
            Some(one) if one.status != "in-use" => bad.push(format!("{id} is {}", one.status)),
            Some(one) if !is_of_vmc(one) => {
                odd.push(format!("{id} is not called {DESCRIPTION:?}"));
            }
            Some(_) => {}
        }
    }
    if !bad.is_empty() {
        return Check::ConnectionInterfaces
            .failed(target, few(&bad))
            .advice("Only VMware support can attach network interfaces of an SDDC anew.");
    }
    if !odd.is_empty() {
        return Check::ConnectionInterfaces.warned(target, few(&odd)).advice(
            "Put its description back, so that nobody takes it for an interface that may be deleted.",
        );
    }
    Check::ConnectionInterfaces.passed(target, format!("{} in use", ids.len()))
}

fn network_of<'a>(seen: &'a Observation, subnet: &str) -> Option<&'a Network> {
    let has = |network: &&Network| network.wanted.iter().any(|(id, _)| id == subnet);
    seen.networks.iter().find(has)
}
