//! Subnets that SDDCs are, or could be, linked to, and the room around them.

use vmc_api::models::AwsSddcConnection;

use super::connection::is_of_vmc;
use super::finding::{Check, Finding, State, few};
use super::observe::{Network, Observation, Use};
use crate::aws::ec2::{RouteTable, Subnet};

/// Network interfaces, each with an address, that an SDDC takes at once.
const NEEDED: u64 = 17;

/// What the vendor advises to have.
const ADVISED: u64 = 32;

/// The longest prefix that the vendor advises, and the longest with room for
/// what is needed (AWS keeps five addresses).
const ADVISED_PREFIX: u8 = 26;
const LONGEST_PREFIX: u8 = 27;

pub(super) fn judge(seen: &Observation) -> Vec<Finding> {
    if seen.networks.is_empty() {
        return Vec::new();
    }
    if let Err(why) = &seen.identity {
        let account = seen.account.name();
        let checks = [Check::SubnetPresent, Check::QuotaInterfaces];
        return checks.map(|check| check.not_made(account, why)).into();
    }
    let networks = seen.networks.iter();
    networks
        .flat_map(|network| {
            let mut findings = subnets(seen, network);
            let region = network.region.as_deref();
            findings.extend(region.map(|region| quota(network, region)));
            findings
        })
        .collect()
}

fn subnets(seen: &Observation, network: &Network) -> Vec<Finding> {
    let (possible, meant): (Vec<_>, Vec<_>) = network
        .wanted
        .iter()
        .partition(|(_, why)| *why == Use::Possible);
    let mut findings: Vec<Finding> = meant
        .into_iter()
        .flat_map(|(id, _)| subnet(seen, network, id))
        .collect();
    if !possible.is_empty() {
        let judged = possible
            .into_iter()
            .map(|(id, _)| (id.as_str(), subnet(seen, network, id)));
        let region = network.region.as_deref().unwrap_or("unknown");
        findings.push(choice(region, judged.collect()));
    }
    findings
}

/// One finding for all subnets of a region that an SDDC could be linked to.
fn choice(region: &str, judged: Vec<(&str, Vec<Finding>)>) -> Finding {
    let all = judged.len();
    let has = |findings: &[Finding], state| findings.iter().any(|one| one.state == state);
    let (bad, usable): (Vec<_>, Vec<_>) = judged
        .into_iter()
        .partition(|(_, findings)| has(findings, State::Failed));
    // "needs ec2:DescribeSubnets", once.
    let unread = usable.iter().flat_map(|(_, findings)| findings);
    let mut unread: Vec<&str> = unread.filter_map(|one| one.reason.as_deref()).collect();
    unread.dedup();
    if !unread.is_empty() {
        return Check::SubnetChoice.not_made(region, few(&unread));
    }
    let (best, fair): (Vec<_>, Vec<_>) = usable
        .into_iter()
        .partition(|(_, findings)| !has(findings, State::Warned));
    let names = |subnets: &[(&str, Vec<Finding>)]| {
        let names: Vec<&str> = subnets.iter().map(|(id, _)| *id).collect();
        few(&names)
    };
    if !best.is_empty() {
        let text = format!(
            "{} of {all} compatible subnets: {}",
            best.len(),
            names(&best)
        );
        return Check::SubnetChoice.passed(region, text);
    }
    let why = |subnets: &[(&str, Vec<Finding>)], state| {
        let findings = subnets.iter().flat_map(|(id, findings)| {
            let of = findings.iter().filter(move |one| one.state == state);
            of.map(move |one| format!("{id}: {}", one.evidence.as_deref().unwrap_or_default()))
        });
        few(&findings.collect::<Vec<_>>())
    };
    let advice = "Make a subnet for SDDCs alone: /26 or larger, in a zone that is known, with the main route table.";
    let finding = match fair.is_empty() {
        true => Check::SubnetChoice.failed(region, why(&bad, State::Failed)),
        false => Check::SubnetChoice.warned(region, why(&fair, State::Warned)),
    };
    finding.advice(advice)
}

fn subnet(seen: &Observation, network: &Network, id: &str) -> Vec<Finding> {
    let subnets = match &network.subnets {
        Ok(subnets) => subnets,
        Err(why) => {
            let finding = Check::SubnetPresent.not_made(id, why);
            return vec![finding];
        }
    };
    let Some(subnet) = subnets.iter().find(|subnet| subnet.id == id) else {
        let text = match &network.region {
            Some(region) => format!("there is no such subnet in {region}"),
            None => "there is no such subnet".to_owned(),
        };
        let finding = Check::SubnetPresent.failed(id, text);
        return vec![
            finding
                .advice("A subnet cannot be exchanged: an SDDC linked to it needs VMware support."),
        ];
    };
    let place = format!("{} in {}, {}", subnet.cidr, subnet.zone, subnet.vpc);
    vec![
        Check::SubnetPresent.passed(id, place),
        free(seen, network, subnet),
        size(subnet),
        owner(seen, subnet),
        routes(seen, network, subnet),
    ]
}

/// Connections to a subnet.
fn connections<'a>(seen: &'a Observation, id: &str) -> impl Iterator<Item = &'a AwsSddcConnection> {
    let rows = seen.connections.iter().flatten();
    rows.filter(move |row| row.subnet_id.as_deref() == Some(id))
}

/// Network interfaces that VMware Cloud has in a subnet: by EC2, else by its
/// own word. They need no free address any more.
fn taken(seen: &Observation, network: &Network, id: &str) -> u64 {
    let by_ec2 = network.interfaces.iter().flatten();
    let by_ec2 = by_ec2
        .filter(|one| one.subnet == id && is_of_vmc(one))
        .count();
    let told = connections(seen, id).map(|row| row.customer_eni_infos.iter().flatten().count());
    by_ec2.max(told.sum()) as u64
}

fn free(seen: &Observation, network: &Network, subnet: &Subnet) -> Finding {
    let Some(free) = subnet.free else {
        return Check::SubnetFree.not_made(&subnet.id, "EC2 names no number of free addresses");
    };
    let taken = taken(seen, network, &subnet.id);
    let text = match taken {
        0 => format!("{free} free addresses"),
        taken => format!("{free} free addresses, and {taken} in use by VMware Cloud"),
    };
    let advice = format!(
        "An SDDC takes {NEEDED} addresses, and {ADVISED} are advised. Keep other interfaces out of the subnet."
    );
    match free.saturating_add(taken) {
        ADVISED.. => Check::SubnetFree.passed(&subnet.id, text),
        NEEDED.. => Check::SubnetFree.warned(&subnet.id, text).advice(advice),
        _ => Check::SubnetFree.failed(&subnet.id, text).advice(advice),
    }
}

fn size(subnet: &Subnet) -> Finding {
    let prefix = subnet.cidr.rsplit_once('/');
    let Some(prefix) = prefix.and_then(|(_, prefix)| prefix.parse::<u8>().ok()) else {
        return Check::SubnetSize.not_made(&subnet.id, "EC2 names no address block");
    };
    let advice =
        "A /26 or larger is advised. A subnet cannot grow: choose another for the next SDDC.";
    match prefix {
        0..=ADVISED_PREFIX => Check::SubnetSize.passed(&subnet.id, format!("/{prefix}")),
        LONGEST_PREFIX => Check::SubnetSize
            .warned(&subnet.id, format!("/{prefix}"))
            .advice(advice),
        _ => Check::SubnetSize
            .failed(&subnet.id, format!("/{prefix} is too small"))
            .advice(advice),
    }
}

fn owner(seen: &Observation, subnet: &Subnet) -> Finding {
    match (&seen.account.number, subnet.owner.as_str()) {
        (_, "") | (None, _) => Check::SubnetOwner.not_made(&subnet.id, "its owner is not known"),
        (Some(own), owner) if own == owner => Check::SubnetOwner.passed(&subnet.id, owner),
        (_, owner) => Check::SubnetOwner
            .failed(&subnet.id, format!("account {owner} owns it and shares it"))
            .advice("An SDDC needs a subnet that the linked account owns."),
    }
}

fn routes(seen: &Observation, network: &Network, subnet: &Subnet) -> Finding {
    let tables = match &network.tables {
        Ok(tables) => tables,
        Err(why) => return Check::SubnetRouteTable.not_made(&subnet.id, why),
    };
    let mut tables = tables.iter().filter(|table| table.vpc == subnet.vpc);
    let Some(main) = tables.clone().find(|table| table.main) else {
        let why = format!("{} shows no main route table", subnet.vpc);
        return Check::SubnetRouteTable.not_made(&subnet.id, why);
    };
    let own = |table: &&RouteTable| !table.main && table.subnets.contains(&subnet.id);
    if let Some(own) = tables.find(own) {
        return Check::SubnetRouteTable
            .failed(
                &subnet.id,
                format!("it uses {}, not the main route table {}", own.id, main.id),
            )
            .advice("VMware Cloud writes the routes to the SDDC into the main route table. Take the association away.");
    }
    let stale = connections(seen, &subnet.id)
        .filter_map(|row| row.default_route_table.as_deref())
        .find(|written| *written != main.id);
    if let Some(written) = stale {
        return Check::SubnetRouteTable
            .warned(
                &subnet.id,
                format!(
                    "VMware Cloud writes routes to {written}, and the main route table is {}",
                    main.id
                ),
            )
            .advice(
                "Make that table the main one again, or have the routes moved by VMware support.",
            );
    }
    Check::SubnetRouteTable.passed(&subnet.id, format!("the main one, {}", main.id))
}

fn quota(network: &Network, region: &str) -> Finding {
    let (quota, interfaces) = match (&network.quota, &network.interfaces) {
        (Ok(Some(quota)), Ok(interfaces)) => (*quota, interfaces),
        (Err(why), _) | (_, Err(why)) => return Check::QuotaInterfaces.not_made(region, why),
        (Ok(None), _) => {
            return Check::QuotaInterfaces.not_made(region, "Service Quotas names no number");
        }
    };
    let used = interfaces.len() as u64;
    let own = interfaces.iter().filter(|one| is_of_vmc(one)).count() as u64;
    let text = match own {
        0 => format!("{used} of {quota} network interfaces"),
        own => format!("{used} of {quota} network interfaces, {own} of them VMware Cloud's"),
    };
    let advice = format!(
        "An SDDC takes {NEEDED}, and {ADVISED} are advised. Raise the quota \"Network interfaces per Region\"."
    );
    let fix = format!(
        "aws service-quotas request-service-quota-increase --region {region} --service-code vpc --quota-code \
         L-DF5E4CA3 --desired-value {}",
        quota.max(used) + 1000
    );
    match (quota + own).saturating_sub(used) {
        ADVISED.. => Check::QuotaInterfaces.passed(region, text),
        NEEDED.. => Check::QuotaInterfaces
            .warned(region, text)
            .advice(advice)
            .fix(fix),
        _ => Check::QuotaInterfaces
            .failed(region, text)
            .advice(advice)
            .fix(fix),
    }
}
