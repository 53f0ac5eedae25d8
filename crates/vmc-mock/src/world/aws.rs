//! AWS accounts: who may call, and the networks in them.

use super::{NetworkInterface, RouteTable, table::row};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An AWS account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AwsAccount {
    /// Twelve digits.
    pub number: String,
    /// Who may call.
    pub access_keys: Vec<AccessKey>,
    /// Networks.
    pub vpcs: Vec<Vpc>,
    /// Subnets.
    pub subnets: Vec<Subnet>,
    /// Route tables.
    pub route_tables: Vec<RouteTable>,
    /// Network interfaces.
    pub interfaces: Vec<NetworkInterface>,
    /// Service quotas that are not AWS's default, by quota code: `L-DF5E4CA3` is network
    /// interfaces per Region.
    pub quotas: BTreeMap<String, f64>,
}
row!(AwsAccount, number);

/// An access key. The secret is not kept: signatures are not verified.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessKey {
    /// Access key id.
    pub id: String,
    /// ARN of the caller; made from the account number if empty.
    pub arn: String,
    /// `UserId` of the caller.
    pub user_id: String,
    /// `ExpiredToken` from then on.
    pub expires: Option<Time>,
    /// The only actions it may do: `cloudformation:CreateStack`, `ec2:Describe*`; empty: all.
    pub allowed: Vec<String>,
    /// Actions it may not do all the same.
    pub denied: Vec<String>,
    /// What the refusal of those says.
    pub denial: Denial,
}

/// Where AWS says that a refusal comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Denial {
    /// "because no identity-based policy allows the … action"
    #[default]
    Implicit,
    /// "with an explicit deny in an identity-based policy"
    IdentityPolicy,
    /// "with an explicit deny in a service control policy"
    ServiceControlPolicy,
}

/// A VPC.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vpc {
    /// `vpc-…`.
    pub id: String,
    /// AWS region, `us-west-2`.
    pub region: String,
    /// Address block.
    pub cidr: String,
    /// Name.
    pub name: String,
}

/// A subnet.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subnet {
    /// `subnet-…`.
    pub id: String,
    /// The VPC it is in.
    pub vpc: String,
    /// Address block.
    pub cidr: String,
    /// Name.
    pub name: String,
    /// Availability zone as this account names it: `us-west-2a`.
    pub zone: String,
    /// Zone id: `usw2-az1`.
    pub zone_id: String,
    /// Whether VMC can use it.
    pub compatible: bool,
    /// Why not.
    pub note: String,
    /// The account that shares it with this one; empty: its own.
    pub owner: String,
    /// How many addresses are free. Not set: all but the five that AWS keeps and those of network
    /// interfaces.
    pub available_ips: Option<u64>,
    /// Instances get public addresses in it.
    pub public_ips: bool,
    /// Tags besides the name.
    pub tags: BTreeMap<String, String>,
}

impl Default for Subnet {
    fn default() -> Self {
        Self {
            id: String::new(),
            vpc: String::new(),
            cidr: String::new(),
            name: String::new(),
            zone: String::new(),
            zone_id: String::new(),
            compatible: true,
            note: String::new(),
            owner: String::new(),
            available_ips: None,
            public_ips: false,
            tags: BTreeMap::new(),
        }
    }
}

impl Subnet {
    /// The account that owns it, seen from account `own`.
    pub(crate) fn owner<'a>(&'a self, own: &'a str) -> &'a str {
        match self.owner.as_str() {
            "" => own,
            other => other,
        }
    }
}

impl AwsAccount {
    /// The ARN of `key`.
    pub(crate) fn arn(&self, key: &AccessKey) -> String {
        match key.arn.as_str() {
            "" => format!("arn:aws:iam::{}:user/vmc-admin", self.number),
            arn => arn.into(),
        }
    }

    pub(crate) fn vpc(&self, id: &str) -> Option<&Vpc> {
        self.vpcs.iter().find(|vpc| vpc.id == id)
    }

    pub(crate) fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| subnet.id == id)
    }
}

/// `US_WEST_2` and `us-west-2` are the same region; this is the second spelling.
pub(crate) fn aws_region(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
