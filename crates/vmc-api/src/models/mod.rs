//! What the service sends and takes.
//!
//! Every field but the id of what is stored and what a request cannot do
//! without is optional, `null` is absent, unknown fields are kept in `extra`,
//! and unknown words of an enumeration stay readable. So a newer service does
//! not break an older client.

mod addon_credentials;
mod cluster;
mod cluster_config;
mod connectivity_test;
mod customer_support;
mod dns;
mod edrs;
mod enablement;
mod firewall;
mod group;
mod host;
mod link;
mod locale;
mod maintenance;
mod manifest;
mod org;
mod payment_method;
mod provision_spec;
mod public_ip;
mod reservation;
mod sddc;
mod sddc_config;
mod sddc_template;
mod service_quota;
mod subscription;
mod task;
#[cfg(test)]
mod tests;
mod tos;
mod vpc;
mod vpn;

use serde_json::Value;
use vmc_http::{Shape, Shaped};

pub use addon_credentials::*;
pub use cluster::*;
pub use cluster_config::*;
pub use connectivity_test::*;
pub use customer_support::*;
pub use dns::*;
pub use edrs::*;
pub use enablement::*;
pub use firewall::*;
pub use group::*;
pub use host::*;
pub use link::*;
pub use locale::*;
pub use maintenance::*;
pub use manifest::*;
pub use org::*;
pub use payment_method::*;
pub use provision_spec::*;
pub use public_ip::*;
pub use reservation::*;
pub use sddc::*;
pub use sddc_config::*;
pub use sddc_template::*;
pub use service_quota::*;
pub use subscription::*;
pub use task::*;
pub use tos::*;
pub use vpc::*;
pub use vpn::*;

/// A model with the fields that every stored entity of the service has.
macro_rules! entity {
    ($(#[$meta:meta])* pub struct $name:ident ($id:ty) { $($rest:tt)* }) => {
        ::vmc_http::model! {
            $(#[$meta])*
            pub struct $name {
                required { id: $id }
                created: Option<$crate::Timestamp>,
                updated: Option<$crate::Timestamp>,
                user_id: Option<String>,
                user_name: Option<String>,
                updated_by_user_id: Option<String>,
                updated_by_user_name: Option<String>,
                /// Grows with each change of the entity.
                version: Option<$crate::Int>,
                $($rest)*
            }
        }
    };
}
pub(crate) use entity;

/// Lists the models for those who hold them against the contract, by the
/// vendor's names.
macro_rules! catalog {
    ($($model:ident $(= $vendor:literal)?),+ $(,)?) => {
        /// Every model: the vendor's name of it, and what it looks like.
        #[doc(hidden)]
        pub const CATALOG: &[(&str, fn() -> Shape)] =
            &[$((catalog!(@name $model $($vendor)?), <$model as Shaped>::shape),)+];

        /// Reads a document as the model of a name and writes it again.
        #[doc(hidden)]
        pub fn round_trip(name: &str, json: &[u8]) -> Option<serde_json::Result<Value>> {
            match name {
                $(catalog!(@name $model $($vendor)?) => Some(
                    serde_json::from_slice::<$model>(json).and_then(serde_json::to_value),
                ),)+
                _ => None,
            }
        }
    };
    (@name $model:ident) => { stringify!($model) };
    (@name $model:ident $vendor:literal) => { $vendor };
}

catalog! {
    NewCredentials, UpdateCredentials,
    Cluster, EntityCapacity, AwsEsxHost, XEniInfo, EsxNicInfo, WcpDetails, MsftLicensingConfig,
    EsxHostInfo, PartitionPlacementGroupInfo, AwsKmsInfo, AwsWitnessEsx,
    ClusterConfig, ClusterReconfigureParams, VsanClusterReconfigConstraints,
    VsanClusterReconfigBias, VsanAvailableCapacity, VsanConfigConstraints,
    ConnectivityValidationGroups, ConnectivityValidationGroup, ConnectivityValidationSubGroup,
    ConnectivityValidationInput, ConnectivityAgentValidation,
    SddcInput, SddcList, SddcChoice,
    EdrsPolicy, EdrsPolicyOptionsOverrides, EdrsClusterInfo, EdrsProvisioningSpec, EdrsPolicySpec,
    EnablementInfo,
    FirewallRule, FirewallRuleScope, FirewallService, NatRule,
    DeploymentGroupPage, DeploymentGroup, Membership, GroupMember, Creator, InventoryState,
    EsxConfig,
    LinkRequest, AwsCustomerConnectedAccount, AwsCompatibleSubnets, VpcInfoSubnets, SubnetInfo,
    AwsSubnet, MapZonesRequest, AwsSddcConnection, CustomerEniInfo,
    VmcLocale,
    ReservationWindow, ReservationWindowMaintenanceProperties, SddcStateRequest, SupportWindow,
    SupportWindowIdBody = "SupportWindowId", SddcIdBody = "SddcId",
    SddcManifest, GlcmBundle, PopInfo, PopAmiInfo, PopServiceInfo, EbsBackedVsanConfig, AmiInfo,
    Metadata,
    Organization, OrgProperties, OrgSellerInfo, AwsCloudProvider,
    PaymentMethodInfo,
    ProvisionSpec, SddcConfigSpec, ConfigSpec, InstanceTypeConfig, InstanceEntityCapacity,
    PoweredByInstanceTypeConfig,
    SddcAllocatePublicIpSpec,
    MaintenanceWindowEntry, ReservationSchedule, Reservation, ReservationInMw, MaintenanceWindowGet,
    MaintenanceWindow,
    Sddc, AwsSddcResourceConfig, SddcPublicIp, KmsVpcEndpoint, InstanceProfileInfo, SddcLinkConfig,
    VsanEncryptionConfig, CspOauthClient, PopAgentXeniConnection, SddcSize, KeyProviderData,
    NativeSpecKeyMaterial, SddcSecurity, OutpostConfig, NsxtAddons,
    AwsSddcConfig, AccountLinkConfig, AccountLinkSddcConfig, SddcPatchRequest, SddcConvertRequest,
    SddcTemplate, NetworkTemplate, ManagementGatewayTemplate, ComputeGatewayTemplate,
    LogicalNetwork,
    ServiceQuotaRequest, RequestDetail,
    SubscriptionDetails, SubscriptionRequest, OfferInstancesHolder, OnDemandOfferInstance,
    TermOfferInstance, TermBillingOptions, SubscriptionProducts,
    Task, TaskProgressPhase, ServiceError,
    TermsOfServiceResult,
    VpcInfo, EniInfo, AvailableZoneInfo, Subnet, SubnetRouteTableInfo, RouteTableInfo,
    Vpn, VpnChannelStatus, VpnTunnelStatus, VpnTunnelTrafficStats,
}

/// Every model with the names of its fields.
#[doc(hidden)]
pub fn all() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    CATALOG.iter().map(|(name, shape)| match shape() {
        Shape::Object(_, fields) => (*name, fields.iter().map(|field| field.name).collect()),
        _ => (*name, Vec::new()),
    })
}

vmc_http::open_enum! {
    /// The cloud below. `ZEROCLOUD` is a simulated one that the vendor tests with.
    pub enum Provider {
        Aws = "AWS",
        ZeroCloud = "ZEROCLOUD",
    }
}
