//! The network below an SDDC.

use vmc_http::model;

use crate::{Int, Map};

model! {
    /// The service's VPC below an SDDC (vendor structure `VpcInfo`).
    pub struct VpcInfo {
        /// Deprecated by the vendor.
        api_association_id: Option<String>,
        /// Deprecated by the vendor.
        api_subnet_id: Option<String>,
        /// Deprecated by the vendor.
        association_id: Option<String>,
        available_zones: Option<Vec<AvailableZoneInfo>>,
        /// Deprecated by the vendor.
        edge_association_id: Option<String>,
        /// Deprecated by the vendor.
        edge_subnet_id: Option<String>,
        esx_public_security_group_id: Option<String>,
        esx_security_group_id: Option<String>,
        id: Option<String>,
        internet_gateway_id: Option<String>,
        network_type: Option<String>,
        /// Deprecated by the vendor.
        peering_connection_id: Option<String>,
        /// Deprecated by the vendor.
        private_association_id: Option<String>,
        /// Deprecated by the vendor.
        private_subnet_id: Option<String>,
        provider: Option<String>,
        /// Deprecated by the vendor.
        route_table_id: Option<String>,
        routetables: Option<Map<RouteTableInfo>>,
        security_group_id: Option<String>,
        /// Deprecated by the vendor.
        subnet_id: Option<String>,
        tgw_ips: Option<Map<Vec<String>>>,
        traffic_group_edge_vm_ips: Option<Vec<String>>,
        vcdr_enis: Option<Vec<EniInfo>>,
        vgw_id: Option<String>,
        /// Deprecated by the vendor.
        vgw_route_table_id: Option<String>,
        vif_ids: Option<Vec<String>>,
        vm_security_group_id: Option<String>,
        vpc_cidr: Option<String>,
    }
}

model! {
    /// A network interface (vendor structure `EniInfo`).
    pub struct EniInfo {
        association_id: Option<String>,
        attachment_id: Option<String>,
        device_index: Option<Int>,
        id: Option<String>,
        instance_id: Option<String>,
        mac_address: Option<String>,
        portgroup: Option<String>,
        private_ip: Option<String>,
        public_ips: Option<Vec<String>>,
        secondary_ips: Option<Vec<String>>,
        security_group_id: Option<String>,
        source_dest_check_false: Option<bool>,
        subnet_id: Option<String>,
        vmk_id: Option<String>,
    }
}

model! {
    /// A zone and its subnets (vendor structure `AvailableZoneInfo`).
    pub struct AvailableZoneInfo {
        id: Option<String>,
        subnets: Option<Vec<Subnet>>,
    }
}

model! {
    /// A subnet (vendor structure `Subnet`).
    pub struct Subnet {
        name: Option<String>,
        route_tables: Option<Vec<SubnetRouteTableInfo>>,
        subnet_id: Option<String>,
    }
}

model! {
    /// A subnet's route table (vendor structure `SubnetRouteTableInfo`).
    pub struct SubnetRouteTableInfo {
        association_id: Option<String>,
        routetable_id: Option<String>,
        subnet_id: Option<String>,
    }
}

model! {
    /// A route table (vendor structure `RouteTableInfo`).
    pub struct RouteTableInfo {
        id: Option<String>,
        name: Option<String>,
    }
}
