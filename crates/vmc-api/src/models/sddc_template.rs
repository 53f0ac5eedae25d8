//! What a deleted SDDC leaves behind to make another one like it.

use vmc_http::{model, open_enum};

use super::{AccountLinkSddcConfig, FirewallRule, NatRule, Sddc, SddcPublicIp, Vpn, entity};
use crate::{Int, Json, OrgId, SddcId, SddcTemplateId, Text};

open_enum! {
    /// State of a template.
    pub enum SddcTemplateState {
        Initialization = "INITIALIZATION",
        Available = "AVAILABLE",
        /// An SDDC is being made from it.
        InUse = "INUSE",
        Applied = "APPLIED",
        Deleting = "DELETING",
        Deleted = "DELETED",
        Failed = "FAILED",
    }
}

open_enum! {
    /// How far a network reaches.
    pub enum NetworkType {
        Hosted = "HOSTED",
        Routed = "ROUTED",
        Extended = "EXTENDED",
    }
}

entity! {
    /// A template made of an SDDC (vendor structure `SddcTemplate`).
    pub struct SddcTemplate (SddcTemplateId) {
        name: Option<String>,
        state: Option<SddcTemplateState>,
        org_id: Option<OrgId>,
        /// The SDDC it was made of.
        source_sddc_id: Option<SddcId>,
        /// That SDDC as it was, passwords among it.
        sddc: Option<Sddc>,
        network_template: Option<NetworkTemplate>,
        account_link_sddc_configs: Option<Vec<AccountLinkSddcConfig>>,
    }
}

model! {
    /// The gateways of a template (vendor structure `NetworkTemplate`).
    pub struct NetworkTemplate {
        management_gateway_templates: Option<Vec<ManagementGatewayTemplate>>,
        compute_gateway_templates: Option<Vec<ComputeGatewayTemplate>>,
    }
}

model! {
    /// The gateway of the management network (vendor structure `ManagementGatewayTemplate`).
    pub struct ManagementGatewayTemplate {
        subnet_cidr: Option<String>,
        public_ip: Option<SddcPublicIp>,
        primary_dns: Option<String>,
        secondary_dns: Option<String>,
        firewall_rules: Option<Vec<FirewallRule>>,
        vpns: Option<Vec<Vpn>>,
    }
}

model! {
    /// The gateway of the workloads' networks (vendor structure `ComputeGatewayTemplate`).
    pub struct ComputeGatewayTemplate {
        public_ip: Option<SddcPublicIp>,
        primary_dns: Option<String>,
        secondary_dns: Option<String>,
        firewall_rules: Option<Vec<FirewallRule>>,
        vpns: Option<Vec<Vpn>>,
        logical_networks: Option<Vec<LogicalNetwork>>,
        nat_rules: Option<Vec<NatRule>>,
        /// The contract gives it no fixed form.
        l2_vpn: Option<Json>,
    }
}

model! {
    /// A network for workloads (vendor structure `LogicalNetwork`).
    pub struct LogicalNetwork {
        id: Option<String>,
        name: Option<String>,
        network_type: Option<NetworkType>,
        subnet_cidr: Option<String>,
        gateway_ip: Option<String> = "gatewayIp",
        /// `true` or `false`, as text.
        dhcp_enabled: Option<Text>,
        /// First and last address, with a dash between.
        dhcp_ip_range: Option<String>,
        tunnel_id: Option<Int>,
    }
}
