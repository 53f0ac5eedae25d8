//! EC2: looking at networks.

use super::{
    Aws,
    selection::{self, Found, Kind},
    template::VENDOR_ACCOUNT,
    xml::{leaf, node},
};
use crate::{
    answer::Outcome,
    world::{AwsAccount, NetworkInterface, RouteTable, Subnet, Vpc, derived_id},
};

/// The account of the caller, empty if there is none.
fn account(aws: &Aws<'_>) -> AwsAccount {
    let found = aws.world.aws_accounts.get(&aws.caller.account);
    found.cloned().unwrap_or_default()
}

/// The VPC that something is in, if it is in the region that was asked.
fn here<'a>(aws: &Aws<'_>, account: &'a AwsAccount, vpc: &str) -> Option<&'a Vpc> {
    let vpc = account.vpc(vpc)?;
    (vpc.region == aws.caller.region).then_some(vpc)
}

pub(crate) fn subnets(aws: &mut Aws<'_>) -> Outcome {
    let kind = Kind {
        ids: "SubnetId",
        set: "subnetSet",
        missing: ("InvalidSubnetID.NotFound", "subnet"),
        filters: &[
            "availability-zone",
            "owner-id",
            "state",
            "subnet-id",
            "vpc-id",
        ],
    };
    let account = account(aws);
    let rows = account.subnets.iter();
    let found = rows.filter_map(|subnet| {
        here(aws, &account, &subnet.vpc)?;
        Some(describe_subnet(aws, &account, subnet))
    });
    selection::answer(aws, &kind, found.collect())
}

fn describe_subnet(aws: &Aws<'_>, account: &AwsAccount, subnet: &Subnet) -> Found {
    let owner = subnet.owner(&account.number);
    let arn = format!(
        "arn:aws:ec2:{}:{owner}:subnet/{}",
        aws.caller.region, subnet.id
    );
    let free = account.available_ips(subnet).to_string();
    let public = if subnet.public_ips { "true" } else { "false" };
    let tags = tags(&subnet.name, subnet.tags.iter());
    let xml = [
        leaf("subnetId", &subnet.id),
        leaf("subnetArn", &arn),
        leaf("state", "available"),
        leaf("ownerId", owner),
        leaf("vpcId", &subnet.vpc),
        leaf("cidrBlock", &subnet.cidr),
        node("ipv6CidrBlockAssociationSet", ""),
        leaf("assignIpv6AddressOnCreation", "false"),
        leaf("availableIpAddressCount", &free),
        leaf("availabilityZone", &subnet.zone),
        leaf("availabilityZoneId", &subnet.zone_id),
        leaf("defaultForAz", "false"),
        leaf("mapPublicIpOnLaunch", public),
        tag_set(&tags),
    ];
    let mut values = values(&[
        ("availability-zone", &subnet.zone),
        ("owner-id", owner),
        ("state", "available"),
        ("subnet-id", &subnet.id),
        ("vpc-id", &subnet.vpc),
    ]);
    values.extend(tag_values(&tags));
    Found {
        id: subnet.id.clone(),
        values,
        xml: xml.concat(),
    }
}

pub(crate) fn vpcs(aws: &mut Aws<'_>) -> Outcome {
    let kind = Kind {
        ids: "VpcId",
        set: "vpcSet",
        missing: ("InvalidVpcID.NotFound", "vpc"),
        filters: &["cidr", "is-default", "owner-id", "state", "vpc-id"],
    };
    let account = account(aws);
    let rows = account.vpcs.iter();
    let found = rows
        .filter(|vpc| vpc.region == aws.caller.region)
        .map(|vpc| {
            let tags = tags(&vpc.name, [].into_iter());
            let association = [
                leaf("cidrBlock", &vpc.cidr),
                leaf("associationId", &derived("vpc-cidr-assoc", &vpc.id)),
                node("cidrBlockState", &leaf("state", "associated")),
            ];
            let associations = node("item", &association.concat());
            let xml = [
                leaf("vpcId", &vpc.id),
                leaf("ownerId", &account.number),
                leaf("state", "available"),
                leaf("cidrBlock", &vpc.cidr),
                node("cidrBlockAssociationSet", &associations),
                leaf("dhcpOptionsId", &derived("dopt", &vpc.id)),
                leaf("instanceTenancy", "default"),
                leaf("isDefault", "false"),
                tag_set(&tags),
            ];
            let mut values = values(&[
                ("cidr", &vpc.cidr),
                ("is-default", "false"),
                ("owner-id", &account.number),
                ("state", "available"),
                ("vpc-id", &vpc.id),
            ]);
            values.extend(tag_values(&tags));
            Found {
                id: vpc.id.clone(),
                values,
                xml: xml.concat(),
            }
        });
    selection::answer(aws, &kind, found.collect())
}

pub(crate) fn route_tables(aws: &mut Aws<'_>) -> Outcome {
    let kind = Kind {
        ids: "RouteTableId",
        set: "routeTableSet",
        missing: ("InvalidRouteTableID.NotFound", "routeTable"),
        filters: &[
            "association.main",
            "association.route-table-id",
            "association.subnet-id",
            "owner-id",
            "route-table-id",
            "vpc-id",
        ],
    };
    let account = account(aws);
    let rows = account.route_tables.iter();
    let found = rows.filter_map(|table| {
        let vpc = here(aws, &account, &table.vpc)?;
        Some(describe_table(&account, vpc, table))
    });
    selection::answer(aws, &kind, found.collect())
}

fn describe_table(account: &AwsAccount, vpc: &Vpc, table: &RouteTable) -> Found {
    let association = |subnet: Option<&str>| {
        let main = if subnet.is_none() { "true" } else { "false" };
        let id = format!("{}/{}", table.id, subnet.unwrap_or_default());
        let inner = [
            leaf("routeTableAssociationId", &derived("rtbassoc", &id)),
            leaf("routeTableId", &table.id),
            subnet.map_or_else(String::new, |id| leaf("subnetId", id)),
            leaf("main", main),
            node("associationState", &leaf("state", "associated")),
        ];
        node("item", &inner.concat())
    };
    let main = table.main.then_some(None);
    let subnets = table.subnets.iter().map(|id| Some(id.as_str()));
    let associations: String = main.into_iter().chain(subnets).map(association).collect();
    let route = |destination: &str, target: &str, origin: &str| {
        let field = match target.split('-').next() {
            Some("eni") => "networkInterfaceId",
            Some("nat") => "natGatewayId",
            Some("tgw") => "transitGatewayId",
            Some("pcx") => "vpcPeeringConnectionId",
            _ => "gatewayId",
        };
        let interface = field == "networkInterfaceId";
        let lost = interface && !account.interfaces.iter().any(|row| row.id == target);
        let inner = [
            leaf("destinationCidrBlock", destination),
            leaf(field, target),
            leaf("state", if lost { "blackhole" } else { "active" }),
            leaf("origin", origin),
        ];
        node("item", &inner.concat())
    };
    let own = route(&vpc.cidr, "local", "CreateRouteTable");
    let routes = table.routes.iter();
    let routes = routes.map(|row| route(&row.destination, &row.target, "CreateRoute"));
    let xml = [
        leaf("routeTableId", &table.id),
        leaf("vpcId", &table.vpc),
        leaf("ownerId", &account.number),
        node("routeSet", &(own + &routes.collect::<String>())),
        node("associationSet", &associations),
        node("propagatingVgwSet", ""),
        node("tagSet", ""),
    ];
    let mut values = values(&[
        ("owner-id", &account.number),
        ("route-table-id", &table.id),
        ("association.route-table-id", &table.id),
        ("vpc-id", &table.vpc),
    ]);
    let main = if table.main { "true" } else { "false" };
    values.push(("association.main".into(), main.into()));
    let subnets = table.subnets.iter();
    values.extend(subnets.map(|id| ("association.subnet-id".into(), id.clone())));
    Found {
        id: table.id.clone(),
        values,
        xml: xml.concat(),
    }
}

pub(crate) fn network_interfaces(aws: &mut Aws<'_>) -> Outcome {
    let kind = Kind {
        ids: "NetworkInterfaceId",
        set: "networkInterfaceSet",
        missing: ("InvalidNetworkInterfaceID.NotFound", "networkInterface"),
        filters: &[
            "availability-zone",
            "description",
            "network-interface-id",
            "owner-id",
            "status",
            "subnet-id",
            "vpc-id",
        ],
    };
    let account = account(aws);
    let rows = account.interfaces.iter();
    let found = rows.filter_map(|row| {
        let subnet = account.subnet(&row.subnet)?;
        here(aws, &account, &subnet.vpc)?;
        Some(describe_interface(&account, subnet, row))
    });
    selection::answer(aws, &kind, found.collect())
}

fn describe_interface(account: &AwsAccount, subnet: &Subnet, row: &NetworkInterface) -> Found {
    let address = |address: &str, primary: &str| {
        let inner = leaf("privateIpAddress", address) + &leaf("primary", primary);
        node("item", &inner)
    };
    let more = row.more_addresses.iter().map(|one| address(one, "false"));
    let addresses = address(&row.address, "true") + &more.collect::<String>();
    let used = row.sddc.is_some();
    let status = if used { "in-use" } else { "available" };
    let attachment = [
        leaf("attachmentId", &derived("eni-attach", &row.id)),
        leaf("instanceOwnerId", VENDOR_ACCOUNT),
        leaf("deviceIndex", "1"),
        leaf("status", "attached"),
        leaf("deleteOnTermination", "false"),
    ];
    let attachment = used.then(|| node("attachment", &attachment.concat()));
    let xml = [
        leaf("networkInterfaceId", &row.id),
        leaf("subnetId", &row.subnet),
        leaf("vpcId", &subnet.vpc),
        leaf("availabilityZone", &subnet.zone),
        leaf("description", &row.description),
        leaf("ownerId", &account.number),
        leaf("requesterManaged", "false"),
        leaf("status", status),
        leaf("macAddress", &mac(&row.id)),
        leaf("privateIpAddress", &row.address),
        leaf("sourceDestCheck", if used { "false" } else { "true" }),
        node("groupSet", ""),
        attachment.unwrap_or_default(),
        node("tagSet", ""),
        node("privateIpAddressesSet", &addresses),
        leaf("interfaceType", "interface"),
    ];
    let values = values(&[
        ("availability-zone", &subnet.zone),
        ("description", &row.description),
        ("network-interface-id", &row.id),
        ("owner-id", &account.number),
        ("status", status),
        ("subnet-id", &row.subnet),
        ("vpc-id", &subnet.vpc),
    ]);
    Found {
        id: row.id.clone(),
        values,
        xml: xml.concat(),
    }
}

fn values(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// The name is a tag too.
fn tags<'a>(
    name: &str,
    more: impl Iterator<Item = (&'a String, &'a String)>,
) -> Vec<(String, String)> {
    let name = (!name.is_empty()).then(|| ("Name".to_owned(), name.to_owned()));
    let more = more.map(|(key, value)| (key.clone(), value.clone()));
    name.into_iter().chain(more).collect()
}

fn tag_set(tags: &[(String, String)]) -> String {
    let one =
        |(key, value): &(String, String)| node("item", &(leaf("key", key) + &leaf("value", value)));
    node("tagSet", &tags.iter().map(one).collect::<String>())
}

fn tag_values(tags: &[(String, String)]) -> impl Iterator<Item = (String, String)> {
    let tags = tags.iter();
    tags.map(|(key, value)| (format!("tag:{key}"), value.clone()))
}

/// An id that follows from another one.
fn derived(prefix: &str, of: &str) -> String {
    let id = derived_id(of, prefix).replace('-', "");
    format!("{prefix}-{}", id.get(..17).unwrap_or(&id))
}

fn mac(of: &str) -> String {
    let id = derived_id(of, "mac").replace('-', "");
    let pairs = (0..10).step_by(2).filter_map(|at| id.get(at..at + 2));
    pairs.fold("0a".into(), |mac, pair| format!("{mac}:{pair}"))
}
