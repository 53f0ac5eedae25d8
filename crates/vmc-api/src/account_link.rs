//! Links between an organization and AWS accounts.

use vmc_http::operation;

use crate::models::{
    AwsCompatibleSubnets, AwsCustomerConnectedAccount, AwsSddcConnection, AwsSubnet, LinkRequest,
    MapZonesRequest, Provider, Task,
};
use crate::{ConnectedAccountId, OrgId, SddcId};

operation! {
    /// Asks for an invitation to link an AWS account.
    ///
    /// Although a `GET`, each call makes the service start a link request and
    /// a task that tracks it.
    // Once: see above.
    pub struct Request => "orgs.account_link.get", GET "/vmc/api/orgs/{org}/account-link", Once -> LinkRequest {
        path { org: OrgId }
    }
}

operation! {
    /// Lists the subnets of a connected account that an SDDC can be linked to.
    pub struct CompatibleSubnets => "orgs.account_link.compatible_subnets.get",
        GET "/vmc/api/orgs/{org}/account-link/compatible-subnets", Safe -> AwsCompatibleSubnets
    {
        path { org: OrgId }
        required { linked_account_id: ConnectedAccountId = "linkedAccountId" }
        query {
            /// Region as the service names it, such as `US_WEST_2`.
            region: String = "region",
            sddc: SddcId = "sddc",
            /// Looks at the account anew instead of giving what is known.
            force_refresh: bool = "forceRefresh",
            instance_type: String = "instanceType",
            /// `1NODE`, `SingleAZ` or `MultiAZ`.
            sddc_type: String = "sddcType",
            num_of_hosts: u32 = "numOfHosts",
        }
    }
}

operation! {
    /// Sets the subnet to link with and finishes the linking, in one answer.
    pub struct SetSubnet => "orgs.account_link.compatible_subnets.post",
        POST "/vmc/api/orgs/{org}/account-link/compatible-subnets", Once -> AwsSubnet
    {
        path { org: OrgId }
    }
}

operation! {
    /// As [`CompatibleSubnets`], through a task whose `params.subnet_list_result` has the answer.
    // Once: a GET that starts a task.
    pub struct CompatibleSubnetsAsync => "orgs.account_link.compatible_subnets_async.get",
        GET "/vmc/api/orgs/{org}/account-link/compatible-subnets-async", Once -> Task
    {
        path { org: OrgId }
        required { linked_account_id: ConnectedAccountId = "linkedAccountId" }
        query {
            /// Region as the service names it, such as `US_WEST_2`.
            region: String = "region",
            sddc: SddcId = "sddc",
            instance_type: String = "instanceType",
            /// `1NODE`, `SingleAZ` or `MultiAZ`.
            sddc_type: String = "sddcType",
            num_of_hosts: u32 = "numOfHosts",
        }
    }
}

operation! {
    /// Sets the subnet to link with and finishes the linking, through a task.
    pub struct SetSubnetAsync => "orgs.account_link.compatible_subnets_async.post",
        POST "/vmc/api/orgs/{org}/account-link/compatible-subnets-async", Once -> Task
    {
        path { org: OrgId }
        body subnet: AwsSubnet
    }
}

operation! {
    /// Lists the AWS accounts that are linked to the organization.
    pub struct ConnectedAccounts => "orgs.account_link.connected_accounts.get",
        GET "/vmc/api/orgs/{org}/account-link/connected-accounts", Safe -> Vec<AwsCustomerConnectedAccount>
    {
        path { org: OrgId }
        query {
            /// The service takes `AWS` unless told.
            provider: Provider = "provider",
        }
    }
}

operation! {
    /// Unlinks an AWS account. Refused (400) while SDDCs use it, unless forced.
    // Converges: the account stays gone. A second arrival may be answered with
    // 400 or 404, so after an unclear end look at the connected accounts.
    pub struct DeleteConnectedAccount => "orgs.account_link.connected_accounts.delete",
        DELETE "/vmc/api/orgs/{org}/account-link/connected-accounts/{linkedAccountPathId}",
        Converges -> AwsCustomerConnectedAccount
    {
        path { org: OrgId, account: ConnectedAccountId = "linkedAccountPathId" }
        query { force_even_when_sddc_present: bool = "forceEvenWhenSddcPresent" }
    }
}

operation! {
    /// Maps the zones of a connected account anew, after new subnets or regions.
    pub struct MapCustomerZones => "orgs.account_link.map_customer_zones.post",
        POST "/vmc/api/orgs/{org}/account-link/map-customer-zones", Once -> Task
    {
        path { org: OrgId }
        body request: MapZonesRequest
    }
}

operation! {
    /// Lists the connections of SDDCs to VPCs, deleted ones among them.
    pub struct SddcConnections => "orgs.account_link.sddc_connections.get",
        GET "/vmc/api/orgs/{org}/account-link/sddc-connections", Safe -> Vec<AwsSddcConnection>
    {
        path { org: OrgId }
        query { sddc: SddcId = "sddc" }
    }
}
