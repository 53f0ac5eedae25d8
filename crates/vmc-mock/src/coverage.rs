//! Which operations of the contracts are simulated, and why the others are not.

use crate::{aws, csp, vcenter, vmc};

/// Ids of the operations that are simulated.
pub fn simulated() -> impl Iterator<Item = &'static str> {
    let actions = aws::ACTIONS.iter().map(|(id, _)| *id);
    let rest = vmc::OPERATIONS.iter().chain(csp::OPERATIONS);
    let rest = rest.chain(vcenter::OPERATIONS);
    rest.map(|(id, _)| *id).chain(actions)
}

/// Ids of the operations that are known and answer 501, each with the reason.
pub fn unsimulated() -> &'static [(&'static str, &'static str)] {
    UNSIMULATED
}

const REMEDIATION: &str = "no simulated host breaks, so there is nothing to remedy.";
const XLB: &str = "there are no virtual machines whose load could be balanced between clusters.";
const SCALE: &str = "the contract does not say what an SDDC is scaled to.";

const UNSIMULATED: &[(&str, &str)] = &[
    ("orgs.sddcs.clusters.remediation_policy.get", REMEDIATION),
    ("orgs.sddcs.clusters.remediation_policy.patch", REMEDIATION),
    ("orgs.sddcs.remediation_policy.get", REMEDIATION),
    ("orgs.sddcs.remediation_policy.patch", REMEDIATION),
    ("orgs.sddcs.scale_sddc_size.post", SCALE),
    ("autoscaler.analysis", XLB),
    ("autoscaler.run", XLB),
    ("autoscaler.stop", XLB),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{route::Routes, spec::Spec};

    #[test]
    fn every_operation_is_simulated_or_has_a_reason() {
        let mut listed: Vec<&str> = simulated().collect();
        listed.extend(unsimulated().iter().map(|(id, _)| *id));
        listed.sort_unstable();
        let routes = Routes::load().unwrap();
        let vcenters = Routes::of_vcenters().unwrap();
        let aws = Spec::aws().unwrap();
        let mut known: Vec<&str> = routes.contracted().map(|row| row.id.as_str()).collect();
        known.extend(vcenters.contracted().map(|row| row.id.as_str()));
        let services = aws.services.iter().flat_map(|service| &service.actions);
        known.extend(services.map(|action| action.id.as_str()));
        known.sort_unstable();
        // vCenters have an operation twice, once in each dialect.
        known.dedup();
        assert_eq!(listed, known);
        assert!(unsimulated().iter().all(|(_, reason)| reason.len() > 10));
    }
}
