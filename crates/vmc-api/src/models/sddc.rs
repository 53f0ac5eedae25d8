//! SDDCs as the service shows them.

use vmc_http::{Secret, model, open_enum};

use super::{
    AwsEsxHost, Cluster, DeploymentType, EniInfo, MsftLicensingConfig, Provider, SddcManifest,
    VpcInfo, entity,
};
use crate::{ConnectedAccountId, Int, Map, OrgId, SddcId, Timestamp};

open_enum! {
    /// State of an SDDC.
    pub enum SddcState {
        Deploying = "DEPLOYING",
        Ready = "READY",
        Deleting = "DELETING",
        /// A deleted SDDC can still be read by its id.
        Deleted = "DELETED",
        Failed = "FAILED",
        Canceled = "CANCELED",
        ReadyForGlcmBringup = "READY_FOR_GLCM_BRINGUP",
    }
}

open_enum! {
    /// Whether an SDDC is linked to an AWS account.
    pub enum AccountLinkState {
        /// Put off at creation; one-node SDDCs only.
        Delayed = "DELAYED",
        Linked = "LINKED",
        Unlinked = "UNLINKED",
    }
}

open_enum! {
    /// Whether customers may use an SDDC.
    pub enum SddcAccessState {
        Enabled = "ENABLED",
        Disabled = "DISABLED",
    }
}

open_enum! {
    /// Size of the management appliances.
    pub enum SddcSizeName {
        NsxSmall = "NSX_SMALL",
        Medium = "MEDIUM",
        Large = "LARGE",
        NsxLarge = "NSX_LARGE",
    }
}

open_enum! {
    /// Size of one management appliance.
    pub enum ApplianceSize {
        /// Of NSX only.
        Small = "small",
        Medium = "medium",
        Large = "large",
    }
}

open_enum! {
    /// Hardening profile.
    pub enum SecurityProfile {
        ProfileDefault = "PROFILE_DEFAULT",
        ProfilePciCommercial = "PROFILE_PCI_COMMERCIAL",
    }
}

entity! {
    /// A software-defined data center (vendor structure `Sddc`).
    pub struct Sddc (SddcId) {
        name: Option<String>,
        sddc_state: Option<SddcState>,
        /// `1NODE`, `DEFAULT`, or nothing.
        sddc_type: Option<String>,
        provider: Option<Provider>,
        org_id: Option<OrgId>,
        account_link_state: Option<AccountLinkState>,
        sddc_access_state: Option<SddcAccessState>,
        /// When a one-node SDDC ends.
        expiration_date: Option<Timestamp>,
        /// What it is made of, passwords among it.
        resource_config: Option<AwsSddcResourceConfig>,
    }
}

model! {
    /// What an SDDC is made of (vendor structure `AwsSddcResourceConfig`).
    pub struct AwsSddcResourceConfig {
        provider: Option<Provider>,
        /// Region as the service names it, such as `US_WEST_2`.
        region: Option<String>,
        availability_zones: Option<Vec<String>>,
        deployment_type: Option<DeploymentType>,
        sddc_id: Option<SddcId>,
        /// vCenter, with a slash at the end.
        vc_url: Option<String>,
        vc_instance_id: Option<String>,
        /// vCenter administrator for the customer.
        cloud_username: Option<String>,
        cloud_password: Option<Secret>,
        sso_domain: Option<String>,
        account_link_sddc_config: Option<Vec<SddcLinkConfig>>,
        backup_restore_bucket: Option<String>,
        cgws: Option<Vec<String>>,
        cloud_user_group: Option<String>,
        clusters: Option<Vec<Cluster>>,
        custom_properties: Option<Map<String>>,
        cvds_enabled: Option<bool>,
        dns_with_management_vm_private_ip: Option<bool>,
        esx_cluster_id: Option<String>,
        esx_host_subnet: Option<String>,
        esx_hosts: Option<Vec<AwsEsxHost>>,
        esx_instance_profile: Option<InstanceProfileInfo>,
        key_provider: Option<Vec<KeyProviderData>>,
        kms_vpc_endpoint: Option<KmsVpcEndpoint>,
        management_ds: Option<String>,
        management_rp: Option<String>,
        max_num_public_ip: Option<Int>,
        mgmt_appliance_network_name: Option<String>,
        mgw_id: Option<String>,
        mgw_public_ip_pool: Option<Vec<SddcPublicIp>>,
        msft_license_config: Option<MsftLicensingConfig>,
        nfs_mode: Option<bool>,
        /// NSX API as reached from the internet.
        nsx_api_public_endpoint_url: Option<String>,
        nsx_cloud_admin: Option<String>,
        nsx_cloud_admin_password: Option<Secret>,
        nsx_cloud_audit: Option<String>,
        nsx_cloud_audit_password: Option<Secret>,
        nsx_controller_ips: Option<Vec<String>>,
        nsx_mgr_login_url: Option<String>,
        nsx_mgr_management_ip: Option<String>,
        nsx_mgr_url: Option<String>,
        nsx_native_client: Option<CspOauthClient>,
        nsx_service_client: Option<CspOauthClient>,
        nsx_user_client: Option<CspOauthClient>,
        /// NSX-T rather than NSX-V.
        nsxt: Option<bool>,
        nsxt_addons: Option<NsxtAddons>,
        outpost_config: Option<OutpostConfig>,
        pop_agent_xeni_connection: Option<PopAgentXeniConnection>,
        /// Deprecated by the vendor.
        psc_ip: Option<String>,
        psc_management_ip: Option<String>,
        psc_url: Option<String>,
        public_ip_pool: Option<Vec<SddcPublicIp>>,
        /// Whether the service's own checks find the SDDC as it should be.
        sddc_desired_state: Option<bool>,
        sddc_manifest: Option<SddcManifest>,
        sddc_networks: Option<Vec<String>>,
        sddc_security: Option<SddcSecurity>,
        sddc_size: Option<SddcSize>,
        skip_creating_vxlan: Option<bool>,
        two_hostname_vc_deployment: Option<bool>,
        vc_break_glass_url: Option<String>,
        vc_containerized_permissions_enabled: Option<bool>,
        vc_csp_login_status: Option<String>,
        /// Deprecated by the vendor.
        vc_ip: Option<String>,
        vc_management_ip: Option<String>,
        vc_oauth_client: Option<CspOauthClient>,
        vc_public_ip: Option<String>,
        vlcm_enabled: Option<bool>,
        vpc_info: Option<VpcInfo>,
        vpc_info_peered_agent: Option<VpcInfo>,
        vsan_encryption_config: Option<VsanEncryptionConfig>,
        vxlan_subnet: Option<String>,
        witness_availability_zone: Option<String>,
    }
}

model! {
    /// A public address of an SDDC (vendor structure `SddcPublicIp`).
    pub struct SddcPublicIp {
        allocation_id: Option<String>,
        associated_private_ip: Option<String>,
        dnat_rule_id: Option<String>,
        name: Option<String>,
        public_ip: Option<String>,
        snat_rule_id: Option<String>,
    }
}

model! {
    /// An endpoint of the key service (vendor structure `KmsVpcEndpoint`).
    pub struct KmsVpcEndpoint {
        network_interface_ids: Option<Vec<String>>,
        vpc_endpoint_id: Option<String>,
    }
}

model! {
    /// The role that hosts run under (vendor structure `InstanceProfileInfo`).
    pub struct InstanceProfileInfo {
        instance_profile_name: Option<String>,
        policy_name: Option<String>,
        role_name: Option<String>,
    }
}

model! {
    /// To which subnets of which account an SDDC is linked (vendor structure `SddcLinkConfig`).
    pub struct SddcLinkConfig {
        connected_account_id: Option<ConnectedAccountId>,
        customer_subnet_ids: Option<Vec<String>>,
    }
}

model! {
    /// vSAN encryption (vendor structure `VsanEncryptionConfig`).
    pub struct VsanEncryptionConfig {
        certificate: Option<String>,
        port: Option<Int>,
    }
}

model! {
    /// An OAuth client of an SDDC at the identity service (vendor structure `CspOauthClient`).
    pub struct CspOauthClient {
        access_token_ttl: Option<Int> = "accessTokenTTL",
        grant_types: Option<Vec<String>>,
        id: Option<String>,
        org_id: Option<OrgId>,
        redirect_uri: Option<String>,
        redirect_uris: Option<Vec<String>>,
        refresh_token_ttl: Option<Int> = "refreshTokenTTL",
        resource_link: Option<String>,
        secret: Option<Secret>,
    }
}

model! {
    /// How the service reaches its agent in an SDDC (vendor structure `PopAgentXeniConnection`).
    pub struct PopAgentXeniConnection {
        default_subnet_route: Option<String>,
        eni_info: Option<EniInfo>,
    }
}

model! {
    /// Size of the management appliances (vendor structure `SddcSize`).
    pub struct SddcSize {
        nsx_size: Option<ApplianceSize>,
        size: Option<SddcSizeName>,
        vc_size: Option<ApplianceSize>,
    }
}

model! {
    /// A key provider (vendor structure `KeyProviderData`).
    pub struct KeyProviderData {
        is_default_key_provider: Option<bool>,
        is_host_key_provider: Option<bool>,
        native_spec_key_material: Option<NativeSpecKeyMaterial>,
        provider: Option<String>,
        provider_type: Option<String>,
    }
}

model! {
    /// The key of a native key provider (vendor structure `NativeSpecKeyMaterial`).
    pub struct NativeSpecKeyMaterial {
        key_id: Option<String>,
    }
}

model! {
    /// Hardening of an SDDC (vendor structure `SddcSecurity`).
    pub struct SddcSecurity {
        hardened: Option<bool>,
        profile: Option<SecurityProfile>,
    }
}

model! {
    /// The outpost an SDDC runs on (vendor structure `OutpostConfig`).
    pub struct OutpostConfig {
        outpost_id: Option<String>,
    }
}

model! {
    /// Add-ons of NSX (vendor structure `NsxtAddons`).
    pub struct NsxtAddons {
        enable_nsx_advanced_addon: Option<bool>,
    }
}
