//! A list of what there is.

use vmc_http::{BodyType, Operation, Replay};

use crate::{
    account_link, addon_credentials, clusters, connectivity_tests, customer_support, dns, edrs,
    enablements, groups, hosts, legacy, locale, maintenance, orgs, payment_methods, providers,
    reservations, sddc_templates, sddcs, service_quotas, storage, subscriptions, tasks, tos,
};

/// The part of the service that an operation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// The VMC API as it is.
    Current,
    /// The VMC API: still there, and the vendor says what to use instead.
    Deprecated,
    /// The VMC API of old: gone from the vendor's newer bindings.
    Legacy,
    /// The autoscaler.
    Autoscaler,
    /// The newer inventory API.
    Inventory,
    /// Site recovery.
    Draas,
}

impl Family {
    /// The word used in listings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Deprecated => "deprecated",
            Self::Legacy => "legacy",
            Self::Autoscaler => "autoscaler",
            Self::Inventory => "inventory",
            Self::Draas => "draas",
        }
    }
}

/// The facts about an operation, read off its type.
#[derive(Debug, Clone)]
pub struct Description {
    /// Stable name, such as `orgs.sddcs.create`: the vendor's, but for
    /// `orgs.sddcs.create.validate`.
    pub name: &'static str,
    /// HTTP method.
    pub method: http::Method,
    /// Path template.
    pub path: &'static str,
    /// What a second arrival does.
    pub replay: Replay,
    /// Query parameters it can send.
    pub query: &'static [&'static str],
    /// The part of the service it belongs to.
    pub family: Family,
    /// What its body is made of, if it has one.
    pub body: Option<BodyType>,
    output: fn() -> &'static str,
}

impl Description {
    /// Describes an operation.
    pub const fn of<O: Operation>() -> Self {
        Self::within::<O>(Family::Current)
    }

    const fn within<O: Operation>(family: Family) -> Self {
        Self {
            name: O::NAME,
            method: O::METHOD,
            path: O::PATH,
            replay: O::REPLAY,
            query: O::QUERY,
            family,
            body: O::BODY,
            output: std::any::type_name::<O::Output>,
        }
    }

    /// What its answer is read as, such as `Vec<Task>`.
    pub fn output(&self) -> String {
        let mut out = String::new();
        let mut word = String::new();
        for c in (self.output)().chars() {
            match c {
                ':' => word.clear(),
                c if c.is_alphanumeric() || c == '_' => word.push(c),
                c => {
                    out.push_str(&word);
                    out.push(c);
                    word.clear();
                }
            }
        }
        out + &word
    }

    /// Names of the variables in the path, in order.
    pub fn path_params(&self) -> impl Iterator<Item = &'static str> {
        let words = self.path.split(['{', '}']);
        words.skip(1).step_by(2)
    }
}

/// Every operation of this crate.
pub const OPERATIONS: &[Description] = &[
    Description::of::<orgs::List>(),
    Description::of::<orgs::Get>(),
    Description::of::<providers::List>(),
    Description::of::<account_link::Request>(),
    Description::of::<account_link::CompatibleSubnets>(),
    Description::of::<account_link::SetSubnet>(),
    Description::of::<account_link::CompatibleSubnetsAsync>(),
    Description::of::<account_link::SetSubnetAsync>(),
    Description::of::<account_link::ConnectedAccounts>(),
    Description::of::<account_link::DeleteConnectedAccount>(),
    Description::of::<account_link::MapCustomerZones>(),
    Description::of::<account_link::SddcConnections>(),
    Description::of::<sddcs::List>(),
    Description::of::<sddcs::Get>(),
    Description::of::<sddcs::Create>(),
    Description::of::<sddcs::Validate>(),
    Description::of::<sddcs::Patch>(),
    Description::of::<sddcs::Delete>(),
    Description::of::<sddcs::GetProvisionSpec>(),
    Description::of::<sddcs::Convert>(),
    Description::of::<clusters::Create>(),
    Description::of::<clusters::Delete>(),
    Description::of::<clusters::Constraints>(),
    Description::of::<clusters::PublishMsftLicensing>(),
    Description::of::<clusters::Reconfigure>(),
    Description::of::<clusters::Primary>(),
    Description::of::<storage::ClusterConstraints>(),
    Description::of::<hosts::Change>(),
    Description::of::<hosts::Precheck>(),
    Description::of::<dns::UsePrivate>(),
    Description::of::<dns::UsePublic>(),
    Description::of::<dns::SetManagementVm>(),
    Description::of::<connectivity_tests::Get>(),
    Description::of::<connectivity_tests::Start>(),
    Description::of::<enablements::List>(),
    Description::of::<enablements::Change>(),
    Description::of::<addon_credentials::List>(),
    Description::of::<addon_credentials::Create>(),
    Description::of::<addon_credentials::Get>(),
    Description::of::<addon_credentials::Update>(),
    Description::of::<sddc_templates::List>(),
    Description::of::<sddc_templates::Get>(),
    Description::of::<sddc_templates::Delete>(),
    Description::of::<sddc_templates::OfSddc>(),
    Description::of::<subscriptions::List>(),
    Description::of::<subscriptions::Get>(),
    Description::of::<subscriptions::Create>(),
    Description::of::<subscriptions::OfferInstances>(),
    Description::of::<subscriptions::Products>(),
    Description::of::<maintenance::Windows>(),
    Description::of::<maintenance::SupportWindows>(),
    Description::of::<maintenance::SetSupportWindow>(),
    Description::of::<service_quotas::List>(),
    Description::of::<service_quotas::Get>(),
    Description::of::<payment_methods::List>(),
    Description::of::<tos::Get>(),
    Description::of::<locale::Set>(),
    Description::of::<customer_support::GetInputs>(),
    Description::of::<tasks::List>(),
    Description::of::<tasks::Get>(),
    Description::of::<tasks::Cancel>(),
    Description::within::<reservations::List>(Family::Deprecated),
    Description::within::<reservations::GetMaintenanceWindow>(Family::Deprecated),
    Description::within::<reservations::SetMaintenanceWindow>(Family::Deprecated),
    Description::within::<legacy::ListPublicIps>(Family::Legacy),
    Description::within::<legacy::AllocatePublicIps>(Family::Legacy),
    Description::within::<legacy::GetPublicIp>(Family::Legacy),
    Description::within::<legacy::UpdatePublicIp>(Family::Legacy),
    Description::within::<legacy::DeletePublicIp>(Family::Legacy),
    Description::within::<legacy::ListMgwPublicIps>(Family::Legacy),
    Description::within::<legacy::GetMgwPublicIp>(Family::Legacy),
    Description::within::<legacy::DeleteSubscription>(Family::Legacy),
    Description::within::<legacy::ListOfferInstances>(Family::Legacy),
    Description::within::<edrs::OfSddc>(Family::Autoscaler),
    Description::within::<edrs::Get>(Family::Autoscaler),
    Description::within::<edrs::Set>(Family::Autoscaler),
    Description::within::<edrs::ProvisioningSpec>(Family::Autoscaler),
    Description::within::<tasks::autoscaler::List>(Family::Autoscaler),
    Description::within::<tasks::autoscaler::Get>(Family::Autoscaler),
    Description::within::<tasks::autoscaler::Cancel>(Family::Autoscaler),
    Description::within::<groups::List>(Family::Inventory),
    Description::within::<tasks::draas::Get>(Family::Draas),
];
