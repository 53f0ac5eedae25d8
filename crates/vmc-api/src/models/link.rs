//! Links between an organization and AWS accounts.

use vmc_http::{model, open_enum};

use super::entity;
use crate::{ConnectedAccountId, Int, Map, OrgId, SddcId, TaskId, Timestamp};

open_enum! {
    /// State of a connected account, or of an SDDC's connection to its VPC.
    pub enum ConnectionState {
        Active = "ACTIVE",
        /// The roles in the customer's account no longer work.
        Broken = "BROKEN",
        Deleted = "DELETED",
    }
}

model! {
    /// An invitation to link an AWS account (vendor structure `LinkRequest`).
    pub struct LinkRequest {
        /// Task that finishes when the stack has reported back.
        tracking_task: Option<TaskId>,
        /// After this the template is no longer usable.
        expiration_date: Option<Timestamp>,
        /// CloudFormation template.
        template_url: Option<String>,
        /// AWS console page that starts the stack.
        template_execution_url: Option<String>,
    }
}

entity! {
    /// An AWS account that is linked to an organization (vendor structure `AwsCustomerConnectedAccount`).
    pub struct AwsCustomerConnectedAccount (ConnectedAccountId) {
        org_id: Option<OrgId>,
        state: Option<ConnectionState>,
        /// The 12-digit AWS account number.
        account_number: Option<String>,
        /// Name of the stack that made the roles.
        cf_stack_name: Option<String>,
        policy_payer_arn: Option<String>,
        policy_payer_linked_arn: Option<String>,
        policy_service_arn: Option<String>,
        policy_external_id: Option<String>,
        /// Region, then the customer's zone, to the service's zone.
        region_to_az_to_shadow_mapping: Option<Map<Map<String>>>,
    }
}

model! {
    /// Subnets that an SDDC can be linked to (vendor structure `AwsCompatibleSubnets`).
    pub struct AwsCompatibleSubnets {
        customer_available_zones: Option<Vec<String>>,
        /// By VPC id.
        vpc_map: Option<Map<VpcInfoSubnets>>,
    }
}

impl AwsCompatibleSubnets {
    /// All subnets, with their VPC.
    pub fn subnets(&self) -> impl Iterator<Item = (&VpcInfoSubnets, &SubnetInfo)> {
        let vpcs = self.vpc_map.iter().flat_map(|map| map.values());
        vpcs.flat_map(|vpc| {
            vpc.subnets
                .iter()
                .flatten()
                .map(move |subnet| (vpc, subnet))
        })
    }
}

model! {
    /// A VPC and its subnets (vendor structure `VpcInfoSubnets`).
    pub struct VpcInfoSubnets {
        vpc_id: Option<String>,
        cidr_block: Option<String>,
        description: Option<String>,
        subnets: Option<Vec<SubnetInfo>>,
    }
}

model! {
    /// A subnet of a customer's VPC (vendor structure `SubnetInfo`).
    pub struct SubnetInfo {
        subnet_id: Option<String>,
        name: Option<String>,
        compatible: Option<bool>,
        /// Why it is not compatible.
        note: Option<String>,
        subnet_cidr_block: Option<String>,
        availability_zone: Option<String>,
        availability_zone_id: Option<String>,
        region_name: Option<String>,
        vpc_id: Option<String>,
        vpc_cidr_block: Option<String>,
        connected_account_id: Option<ConnectedAccountId>,
    }
}

model! {
    /// The choice of a subnet (vendor structure `AwsSubnet`).
    pub struct AwsSubnet {
        subnet_id: Option<String>,
        name: Option<String>,
        is_compatible: Option<bool>,
        subnet_cidr_block: Option<String>,
        availability_zone: Option<String>,
        region_name: Option<String>,
        vpc_id: Option<String>,
        vpc_cidr_block: Option<String>,
        connected_account_id: Option<ConnectedAccountId>,
    }
}

model! {
    /// Which regions of a connected account to map anew (vendor structure `MapZonesRequest`).
    pub struct MapZonesRequest {
        connected_account_id: Option<ConnectedAccountId>,
        org_id: Option<OrgId>,
        /// Regions as the service names them, such as `US_WEST_2`.
        petronas_regions_to_map: Option<Vec<String>>,
    }
}

entity! {
    /// An SDDC's connection to a VPC (vendor structure `AwsSddcConnection`).
    pub struct AwsSddcConnection (String) {
        org_id: Option<OrgId>,
        sddc_id: Option<SddcId>,
        connected_account_id: Option<ConnectedAccountId>,
        state: Option<ConnectionState>,
        vpc_id: Option<String>,
        cidr_block_vpc: Option<String>,
        subnet_id: Option<String>,
        cidr_block_subnet: Option<String>,
        subnet_availability_zone: Option<String>,
        default_route_table: Option<String>,
        customer_eni_infos: Option<Vec<CustomerEniInfo>>,
        /// Deprecated by the vendor.
        eni_group: Option<String>,
        cgw_present: Option<bool>,
        connection_order: Option<Int>,
    }
}

model! {
    /// A network interface in the customer's VPC (vendor structure `CustomerEniInfo`).
    pub struct CustomerEniInfo {
        eni_id: Option<String>,
        primary_ip_address: Option<String>,
        secondary_ip_addresses: Option<Vec<String>>,
    }
}
