//! Firewall and address translation rules of a gateway.

use vmc_http::{model, open_enum};

use crate::Int;

open_enum! {
    /// Who made a rule.
    pub enum FirewallRuleType {
        User = "USER",
        Default = "DEFAULT",
    }
}

open_enum! {
    /// What a rule does with a packet.
    pub enum FirewallAction {
        Allow = "ALLOW",
        Deny = "DENY",
    }
}

open_enum! {
    /// Interfaces of a gateway.
    pub enum VnicGroupId {
        Vse = "vse",
        Internal = "internal",
        External = "external",
        VnicIndex0 = "vnic-index-0",
        VnicIndex1 = "vnic-index-1",
        VnicIndex2 = "vnic-index-2",
        VnicIndex3 = "vnic-index-3",
        VnicIndex4 = "vnic-index-4",
        VnicIndex5 = "vnic-index-5",
        VnicIndex6 = "vnic-index-6",
        VnicIndex7 = "vnic-index-7",
        VnicIndex8 = "vnic-index-8",
        VnicIndex9 = "vnic-index-9",
    }
}

open_enum! {
    /// Direction of an address translation.
    pub enum NatAction {
        /// Destination.
        Dnat = "dnat",
        /// Source.
        Snat = "snat",
    }
}

model! {
    /// A firewall rule (vendor structure `FirewallRule`).
    pub struct FirewallRule {
        id: Option<String>,
        name: Option<String>,
        rule_type: Option<FirewallRuleType>,
        action: Option<FirewallAction>,
        source: Option<String>,
        source_scope: Option<FirewallRuleScope>,
        destination: Option<String>,
        destination_scope: Option<FirewallRuleScope>,
        services: Option<Vec<FirewallService>>,
        application_ids: Option<Vec<String>>,
        /// Deprecated by the vendor.
        rule_interface: Option<String>,
        /// Set by the service.
        revision: Option<Int>,
    }
}

model! {
    /// What a rule's source or destination covers (vendor structure `FirewallRuleScope`).
    pub struct FirewallRuleScope {
        grouping_object_ids: Option<Vec<String>>,
        vnic_group_ids: Option<Vec<VnicGroupId>>,
    }
}

model! {
    /// A protocol and its ports (vendor structure `FirewallService`).
    pub struct FirewallService {
        protocol: Option<String>,
        /// Single ports and ranges, or `any`.
        ports: Option<Vec<String>>,
    }
}

model! {
    /// An address translation (vendor structure `NatRule`).
    pub struct NatRule {
        id: Option<String>,
        name: Option<String>,
        rule_type: Option<String>,
        action: Option<NatAction>,
        protocol: Option<String>,
        public_ip: Option<String>,
        public_ports: Option<String>,
        internal_ip: Option<String>,
        internal_ports: Option<String>,
        /// Set by the service.
        revision: Option<Int>,
    }
}
