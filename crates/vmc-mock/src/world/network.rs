//! What an SDDC makes in the customer's network: interfaces, and a route to its own.

use super::{AwsAccount, SddcConnection, Subnet, World, derived_id};
use crate::{cidr::Cidr, clock::Time};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeSet, net::Ipv4Addr};

/// What the service's interfaces are described as.
pub const INTERFACE_DESCRIPTION: &str = "VMware VMC Interface DO NOT USE";
/// Interfaces of an SDDC in a subnet, besides one for each host. (guess)
const SPARE_INTERFACES: u64 = 1;
/// AWS keeps this many addresses at the beginning of each subnet, and the last one.
const RESERVED: u32 = 4;

/// A route table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteTable {
    /// `rtb-…`.
    pub id: String,
    /// The VPC it is in.
    pub vpc: String,
    /// It is that of all subnets without one of their own.
    pub main: bool,
    /// Subnets it is associated with.
    pub subnets: Vec<String>,
    /// Routes besides the one within the VPC.
    pub routes: Vec<Route>,
}

/// A route.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Route {
    /// Address block.
    pub destination: String,
    /// Where to: `igw-…`, `nat-…`, `eni-…`, `tgw-…`, `vgw-…`.
    pub target: String,
}

/// A network interface.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkInterface {
    /// `eni-…`.
    pub id: String,
    /// The subnet it is in.
    pub subnet: String,
    /// Description.
    pub description: String,
    /// Primary address.
    pub address: String,
    /// Secondary addresses.
    pub more_addresses: Vec<String>,
    /// The SDDC that made it.
    pub sddc: Option<String>,
}

impl Subnet {
    /// Addresses that can be given out, lowest first. AWS has no subnet larger than a /16.
    fn addresses(&self) -> impl ExactSizeIterator<Item = Ipv4Addr> + use<> {
        let (first, last) = Cidr::parse(&self.cidr).map_or((0, 0), Cidr::range);
        let given = last.saturating_sub(first).saturating_sub(RESERVED);
        let count = u16::try_from(given).unwrap_or(u16::MAX);
        (0..count).map(move |number| Ipv4Addr::from(first + RESERVED + u32::from(number)))
    }
}

impl AwsAccount {
    /// How many addresses of a subnet are free: said by hand, or counted.
    pub(crate) fn available_ips(&self, subnet: &Subnet) -> u64 {
        subnet.available_ips.unwrap_or_else(|| {
            let used = self.used_addresses(&subnet.id);
            let all = subnet.addresses().len() as u64;
            all.saturating_sub(used.len() as u64)
        })
    }

    fn used_addresses(&self, subnet: &str) -> BTreeSet<&str> {
        let here = self.interfaces.iter().filter(|row| row.subnet == subnet);
        here.flat_map(|row| row.more_addresses.iter().chain([&row.address]))
            .map(String::as_str)
            .collect()
    }

    /// The main route table of a VPC.
    pub(crate) fn main_table(&self, vpc: &str) -> Option<&RouteTable> {
        let mut tables = self.route_tables.iter();
        tables.find(|table| table.vpc == vpc && table.main)
    }
}

impl World {
    /// Makes the interfaces of a connection, and the route to its SDDC through the first of them.
    pub(crate) fn make_interfaces(&mut self, connection: &SddcConnection, at: Time) {
        let Some(sddc) = self.sddcs.get(&connection.sddc) else {
            return;
        };
        let wanted = sddc.hosts() + SPARE_INTERFACES;
        let route = sddc.text("vpc_cidr", "10.2.0.0/16").to_owned();
        let number = self.connected_accounts.get(&connection.account);
        let number = number.map(|account| account.number.clone());
        let account = number.and_then(|number| self.aws_accounts.get_mut(&number));
        let Some(account) = account else {
            return;
        };
        let Some(subnet) = account.subnet(&connection.subnet).cloned() else {
            return;
        };
        let mut made = Vec::new();
        for number in 0..wanted {
            let used = account.used_addresses(&subnet.id);
            let mut free = subnet.addresses().map(|address| address.to_string());
            let Some(address) = free.find(|address| !used.contains(address.as_str())) else {
                break;
            };
            let id = derived_id(&connection.id, &format!("interface-{number}")).replace('-', "");
            let id = format!("eni-{}", id.get(..17).unwrap_or(&id));
            made.push(id.clone());
            account.interfaces.push(NetworkInterface {
                id,
                subnet: subnet.id.clone(),
                description: INTERFACE_DESCRIPTION.into(),
                address,
                more_addresses: Vec::new(),
                sddc: Some(connection.sddc.clone()),
            });
        }
        let mut tables = account.route_tables.iter_mut();
        let table = tables.find(|table| table.vpc == subnet.vpc && table.main);
        if let (Some(table), Some(active)) = (table, made.first()) {
            table.routes.retain(|known| known.destination != route);
            table.routes.push(Route {
                destination: route,
                target: active.clone(),
            });
        }
        let details = json!({"sddc": connection.sddc, "subnet": subnet.id, "ids": made});
        self.effect(at, "interfaces.created", details);
    }

    /// An SDDC is gone, and with it what it made in customers' networks.
    pub(crate) fn remove_interfaces(&mut self, sddc: &str, at: Time) {
        let mut gone = Vec::new();
        for account in self.aws_accounts.iter_mut() {
            account.interfaces.retain(|row| {
                let keep = row.sddc.as_deref() != Some(sddc);
                if !keep {
                    gone.push(row.id.clone());
                }
                keep
            });
            for table in &mut account.route_tables {
                table.routes.retain(|route| !gone.contains(&route.target));
            }
        }
        if !gone.is_empty() {
            let details = json!({"sddc": sddc, "ids": gone});
            self.effect(at, "interfaces.deleted", details);
        }
    }

    /// The interfaces of an SDDC in a subnet, the active one first.
    pub(crate) fn interfaces_of(&self, connection: &SddcConnection) -> Vec<&NetworkInterface> {
        let accounts = self.aws_accounts.iter();
        let rows = accounts.flat_map(|account| &account.interfaces);
        rows.filter(|row| {
            row.sddc.as_ref() == Some(&connection.sddc) && row.subnet == connection.subnet
        })
        .collect()
    }

    /// The main route table of the VPC of a connection.
    pub(crate) fn table_of(&self, connection: &SddcConnection) -> Option<&RouteTable> {
        let mut accounts = self.aws_accounts.iter();
        accounts.find_map(|account| account.main_table(&connection.vpc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_keeps_five_addresses() {
        let subnet = Subnet {
            id: "subnet-1".into(),
            cidr: "172.30.1.0/26".into(),
            ..Subnet::default()
        };
        let mut account = AwsAccount::default();
        assert_eq!(account.available_ips(&subnet), 59);
        let first = subnet.addresses().next().unwrap();
        assert_eq!(first.to_string(), "172.30.1.4");
        account.interfaces.push(NetworkInterface {
            subnet: "subnet-1".into(),
            address: "172.30.1.4".into(),
            more_addresses: vec!["172.30.1.5".into()],
            ..NetworkInterface::default()
        });
        assert_eq!(account.available_ips(&subnet), 57);
        let by_hand = Subnet {
            available_ips: Some(3),
            ..subnet
        };
        assert_eq!(account.available_ips(&by_hand), 3);
    }
}
