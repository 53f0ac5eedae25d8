//! Regions and zones, as AWS and VMware Cloud name them.

use std::collections::BTreeSet;

use vmc_api::models::{AwsCustomerConnectedAccount as Account, SubnetInfo};

use crate::aws::DEFAULT_REGION;

/// The region of a subnet that VMware Cloud lists, as AWS names it.
pub(crate) fn region_of_subnet(subnet: &SubnetInfo) -> Option<String> {
    let named = subnet.region_name.as_deref().map(aws_region);
    named.or_else(|| region_of_zone(subnet.availability_zone.as_deref()?))
}

/// `us-west-2` of `us-west-2a` and of `us-west-2-lax-1a`.
pub(crate) fn region_of_zone(zone: &str) -> Option<String> {
    let digits = zone.find(|c: char| c.is_ascii_digit())?;
    let rest = &zone[digits..];
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let region = &zone[..digits + end];
    (digits > 1 && region.contains('-')).then(|| region.to_owned())
}

/// The zones of an account that the service knows, by region as AWS names it.
pub(crate) fn mapped_zones(link: &Account) -> Option<Vec<(String, BTreeSet<String>)>> {
    let mapping = link.region_to_az_to_shadow_mapping.as_ref()?;
    let mut regions: Vec<_> = mapping
        .iter()
        .map(|(region, zones)| (aws_region(region), zones.keys().cloned().collect()))
        .collect();
    regions.sort();
    Some(regions)
}

/// `us-west-2` of `US_WEST_2`.
pub(crate) fn aws_region(region: &str) -> String {
    region.trim().to_lowercase().replace('_', "-")
}

/// `US_WEST_2` of `us-west-2`.
pub(crate) fn service_region(region: &str) -> String {
    region.trim().to_uppercase().replace('-', "_")
}

/// A region of the partition that an ARN is in.
pub(crate) fn partition_region(arn: Option<&str>) -> &'static str {
    match arn.and_then(|arn| arn.split(':').nth(1)) {
        Some("aws-us-gov") => "us-gov-west-1",
        Some("aws-cn") => "cn-north-1",
        _ => DEFAULT_REGION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_read_off_zones() {
        for (zone, region) in [
            ("us-west-2a", Some("us-west-2")),
            ("us-west-2-lax-1a", Some("us-west-2")),
            ("us-gov-west-1b", Some("us-gov-west-1")),
            ("usw2", None),
            ("2", None),
            ("", None),
        ] {
            assert_eq!(region_of_zone(zone).as_deref(), region, "{zone}");
        }
        assert_eq!(aws_region("US_WEST_2"), "us-west-2");
        assert_eq!(service_region("us-west-2"), "US_WEST_2");
    }
}
