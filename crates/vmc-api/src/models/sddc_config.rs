//! What is asked for when an SDDC is created or changed.

use vmc_http::{model, open_enum};

use super::{MsftLicensingConfig, Provider};
use crate::{ConnectedAccountId, Int, SddcId, SddcTemplateId};

open_enum! {
    /// Spread over zones, as requests spell it.
    pub enum RequestedDeployment {
        SingleAz = "SingleAZ",
        MultiAz = "MultiAZ",
    }
}

open_enum! {
    /// Size of the management appliances, as requests spell it.
    pub enum RequestedSize {
        NsxSmall = "nsx_small",
        /// What the service takes unless told.
        Medium = "medium",
        Large = "large",
        NsxLarge = "nsx_large",
    }
}

open_enum! {
    /// Kind of host. New ones appear each year.
    pub enum HostInstanceType {
        I3Metal = "i3.metal",
        R5Metal = "r5.metal",
        I3enMetal = "i3en.metal",
        I4iMetal = "i4i.metal",
        C6iMetal = "c6i.metal",
        M7iMetal48xl = "m7i.metal-48xl",
        M7iMetal24xl = "m7i.metal-24xl",
    }
}

open_enum! {
    /// Storage of an SDDC.
    pub enum VsanVersion {
        Vsan1 = "vsan1",
        VsanEsa = "vsanesa",
        NoVsan = "novsan",
    }
}

model! {
    /// What to create (vendor structure `AwsSddcConfig`).
    pub struct AwsSddcConfig {
        required {
            name: String,
            provider: Provider,
            num_hosts: Int,
        }
        /// Region as the service names it, such as `US_WEST_2`.
        region: Option<String>,
        deployment_type: Option<RequestedDeployment>,
        /// `1NODE` for one host, else nothing.
        sddc_type: Option<String>,
        host_instance_type: Option<HostInstanceType>,
        size: Option<RequestedSize>,
        account_link_config: Option<AccountLinkConfig>,
        /// One subnet for `SingleAZ`, two for `MultiAZ`.
        account_link_sddc_config: Option<Vec<AccountLinkSddcConfig>>,
        /// Management network, /16, /20 or /23; cannot be changed later.
        vpc_cidr: Option<String>,
        billing_account_id: Option<String>,
        existing_vpc_id: Option<String>,
        /// Known to make the service fail at creation; set it on the cluster later.
        msft_license_config: Option<MsftLicensingConfig>,
        outpost_id: Option<String>,
        sddc_id: Option<SddcId>,
        sddc_template_id: Option<SddcTemplateId>,
        skip_creating_vxlan: Option<bool>,
        /// The service takes `vmc.local` unless told.
        sso_domain: Option<String>,
        /// GiB.
        storage_capacity: Option<Int>,
        vsan_version: Option<VsanVersion>,
        vxlan_subnet: Option<String>,
    }
}

model! {
    /// When to link (vendor structure `AccountLinkConfig`).
    pub struct AccountLinkConfig {
        /// Up to two weeks, one-node SDDCs only.
        delay_account_link: Option<bool>,
    }
}

model! {
    /// Which subnets of which account to link with (vendor structure `AccountLinkSddcConfig`).
    pub struct AccountLinkSddcConfig {
        connected_account_id: Option<ConnectedAccountId>,
        customer_subnet_ids: Option<Vec<String>>,
    }
}

model! {
    /// The change of an SDDC (vendor structure `SddcPatchRequest`).
    pub struct SddcPatchRequest {
        name: Option<String>,
    }
}

model! {
    /// What a one-node SDDC is to become (vendor structure `SddcConvertRequest`).
    pub struct SddcConvertRequest {
        /// The service's own number unless told.
        num_hosts: Option<Int>,
    }
}
