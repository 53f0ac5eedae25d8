//! What there is before an unlinking, and who uses what of it. Pure.

use std::time::Duration;

use serde::Serialize;
use vmc_api::SddcId;
use vmc_api::models::{AwsCustomerConnectedAccount, DeploymentGroup};

use crate::aws::Identity;
use crate::aws::error::AwsError;
use crate::aws::stack::Stack;
use crate::journal::Record;
use crate::linked::{LinkUser, roles_of};

/// Everything the decision rests on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UnlinkObservation {
    /// AWS account number.
    pub account: String,
    /// The link, while it is there.
    pub link: Option<Box<AwsCustomerConnectedAccount>>,
    /// All accounts the organization lists.
    pub accounts: Vec<AwsCustomerConnectedAccount>,
    /// The SDDCs that use the link, or may use the roles of its stack.
    pub users: Vec<LinkUser>,
    /// The groups these SDDCs are in, or why they could not be listed.
    pub groups: Result<Vec<UserGroup>, String>,
    /// Who the AWS credentials belong to. Nothing where AWS is not asked.
    pub identity: Option<Result<Identity, AwsError>>,
    /// The stack that made the link's roles.
    pub stack: StackSight,
    /// What earlier runs remembered.
    pub record: Record,
}

/// A group that holds an SDDC back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UserGroup {
    /// Id.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// Which of the SDDCs in question are in it.
    pub sddcs: Vec<SddcId>,
}

/// What is known of the stack.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StackSight {
    /// It was not looked for.
    NotLookedFor,
    /// There is none of these names in these regions.
    None {
        /// Its name, or the names it could have.
        names: Vec<String>,
        /// Where it was looked for.
        regions: Vec<String>,
        /// Where it could not be looked for, and why.
        not_looked: Vec<(String, String)>,
    },
    /// There is one.
    Found(Box<FoundStack>),
}

/// A stack, and whose it is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FoundStack {
    /// The stack.
    pub stack: Stack,
    /// What shows that it is this link's. Without proof it is left alone.
    pub proof: Option<Proof>,
    /// Why its roles could not be looked at, if so.
    pub not_checked: Option<String>,
    /// Its link is on the way: VMware Cloud still waits for it.
    pub linking: bool,
    /// Its task has just finished, and its link may be listed within this time.
    pub settling: Option<Duration>,
    /// The IAM roles in it.
    pub roles: Vec<String>,
}

/// What shows that a stack is a link's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proof {
    /// A run on this machine noted it down.
    Journal,
    /// It was created with a token of this organization.
    CreationToken,
    /// It owns a role that the link names.
    Roles,
}

/// Whether a link names one of these roles.
pub(crate) fn shares_roles(link: &AwsCustomerConnectedAccount, roles: &[String]) -> bool {
    roles_of(link).iter().any(|role| roles.contains(role))
}

/// Whether a link names roles, and none of these.
pub(crate) fn names_others(link: &AwsCustomerConnectedAccount, roles: &[String]) -> bool {
    !roles.is_empty() && !roles_of(link).is_empty() && !shares_roles(link, roles)
}

/// The groups that some of these SDDCs are in.
pub(crate) fn groups_of(users: &[LinkUser], groups: &[DeploymentGroup]) -> Vec<UserGroup> {
    let mut found: Vec<UserGroup> = groups
        .iter()
        .filter_map(|group| {
            let sddcs: Vec<SddcId> = group
                .members()
                .filter(|member| users.iter().any(|user| user.sddc_id == **member))
                .cloned()
                .collect();
            let name = group.name.clone().or_else(|| group.id.clone());
            (!sddcs.is_empty()).then(|| UserGroup {
                id: group.id.clone(),
                name: name.unwrap_or_default(),
                sddcs,
            })
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}
