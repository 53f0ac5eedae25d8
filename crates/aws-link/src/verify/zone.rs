//! Which zones of the account VMware Cloud can use.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Check, Finding, few};
use super::observe::Observation;
use super::region::{mapped_zones, region_of_subnet};

/// Zones of a region: whether a subnet there is compatible.
type Zones = BTreeMap<String, BTreeMap<String, bool>>;

pub(super) fn judge(seen: &Observation) -> Vec<Finding> {
    let account = seen.account.name();
    let Some(mapped) = seen.account.link().and_then(mapped_zones) else {
        let why = "VMware Cloud names no zones of the account";
        return vec![Check::ZoneMapped.not_made(account, why)];
    };
    let mut mapped: BTreeMap<String, BTreeSet<String>> = mapped.into_iter().collect();
    if let Some(region) = &seen.region {
        mapped.retain(|known, _| known == region);
    }
    let mut findings = vec![known(seen, &mapped)];
    let compatible = match &seen.compatible {
        Ok(compatible) => compatible,
        Err(why) => {
            findings.push(Check::ZoneNew.not_made(account, why));
            findings.push(Check::ZoneSubnet.not_made(account, why));
            return findings;
        }
    };
    let mut zones = Zones::new();
    for (_, subnet) in compatible.subnets() {
        if let (Some(region), Some(zone)) = (region_of_subnet(subnet), &subnet.availability_zone) {
            let usable = zones
                .entry(region)
                .or_default()
                .entry(zone.clone())
                .or_default();
            *usable |= subnet.compatible == Some(true);
        }
    }
    let available = compatible.customer_available_zones.as_deref();
    findings.extend(new(seen, &mapped, &zones, available.unwrap_or_default()));
    findings.push(subnets(seen, &mapped, &zones));
    findings
}

fn known(seen: &Observation, mapped: &BTreeMap<String, BTreeSet<String>>) -> Finding {
    let account = seen.account.name();
    let words: Vec<String> = mapped.values().flatten().map(String::to_owned).collect();
    if words.is_empty() {
        let place = match &seen.region {
            Some(region) => format!(" in {region}"),
            None => String::new(),
        };
        return Check::ZoneMapped
            .failed(
                account,
                format!("VMware Cloud knows no zone of the account{place}"),
            )
            .advice(
                "It looks at the account when it is linked; subnets made later need another look.",
            )
            .fix(rescan(seen, seen.region.as_deref()));
    }
    Check::ZoneMapped.passed(account, few(&words))
}

/// Zones with subnets that were not there when the account was linked.
fn new(
    seen: &Observation,
    mapped: &BTreeMap<String, BTreeSet<String>>,
    zones: &Zones,
    available: &[String],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (region, zones) in zones {
        let unknown: Vec<&String> = zones
            .keys()
            .filter(|zone| {
                !mapped
                    .get(region)
                    .is_some_and(|known| known.contains(*zone))
            })
            .collect();
        if unknown.is_empty() {
            findings.push(Check::ZoneNew.passed(region, "all zones with subnets are known"));
            continue;
        }
        let text = format!("subnets in {} cannot be used", few(&unknown));
        // Whether the service is in that zone at all is not always told.
        let sure = unknown.iter().any(|zone| available.contains(zone));
        let finding = match sure {
            true => Check::ZoneNew.failed(region, text),
            false => Check::ZoneNew.warned(region, text),
        };
        let finding = finding.advice(
            "The zone had no subnet when the account was linked, or VMware Cloud is not in it.",
        );
        findings.push(finding.fix(rescan(seen, Some(region))));
    }
    findings
}

fn rescan(seen: &Observation, region: Option<&str>) -> String {
    let account = seen.account.name();
    match region {
        Some(region) => format!("vmc link rescan {account} --region {region}"),
        None => format!("vmc link rescan {account}"),
    }
}

fn subnets(
    seen: &Observation,
    mapped: &BTreeMap<String, BTreeSet<String>>,
    zones: &Zones,
) -> Finding {
    let account = seen.account.name();
    let usable: Vec<&String> = zones
        .values()
        .flatten()
        .filter(|(_, usable)| **usable)
        .map(|(zone, _)| zone)
        .collect();
    if usable.is_empty() {
        let place = match &seen.region {
            Some(region) => format!(" in {region}"),
            None => String::new(),
        };
        return Check::ZoneSubnet
            .failed(
                account,
                format!("no subnet{place} that an SDDC can be linked to"),
            )
            .advice("'vmc subnet list' says of each subnet why.")
            .fix(format!("vmc subnet list --account {account}"));
    }
    // Of a region that is not used at all nobody expects subnets.
    let used = |region: &String| {
        zones
            .get(region)
            .is_some_and(|zones| zones.values().any(|usable| *usable))
    };
    let empty: Vec<&String> = mapped
        .iter()
        .filter(|(region, _)| used(region))
        .flat_map(|(_, zones)| zones)
        .filter(|zone| !usable.contains(zone))
        .collect();
    let mut text = format!("compatible subnets are in {}", few(&usable));
    if !empty.is_empty() {
        text = format!("{text}; there is none in {}", few(&empty));
    }
    Check::ZoneSubnet.passed(account, text)
}
