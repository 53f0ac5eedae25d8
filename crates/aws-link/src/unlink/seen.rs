//! What there is before an unlinking, and who uses what of it. Pure.

use std::collections::BTreeSet;

use serde::Serialize;
use vmc_api::models::{
    AwsCustomerConnectedAccount, AwsSddcConnection, ConnectionState, DeploymentGroup, Sddc,
    SddcState,
};
use vmc_api::{ConnectedAccountId, SddcId};

use crate::aws::Identity;
use crate::aws::error::AwsError;
use crate::aws::stack::Stack;
use crate::journal::Record;

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

/// An SDDC that uses a link, or may use the roles that its stack made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LinkUser {
    /// Id.
    pub sddc_id: SddcId,
    /// Name; nothing where the SDDC is not listed.
    pub name: Option<String>,
    /// State; nothing where the SDDC is not listed.
    pub state: Option<SddcState>,
    /// It uses the link itself. Otherwise it was deployed with an earlier link of
    /// the account, or nobody can say with which, and the roles may be its own.
    pub of_link: bool,
    /// Its connections that are not deleted. An SDDC that is being deployed has
    /// none yet.
    pub connections: Vec<AwsSddcConnection>,
}

impl LinkUser {
    /// What people call it.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(self.sddc_id.as_str())
    }
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
    /// Why proof could not be looked for, if so.
    pub not_checked: Option<String>,
    /// Its link is on the way: VMware Cloud still waits for it.
    pub linking: bool,
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

/// The roles that a link names, by their names.
pub(crate) fn roles_of(link: &AwsCustomerConnectedAccount) -> Vec<String> {
    let arns = [
        &link.policy_payer_arn,
        &link.policy_payer_linked_arn,
        &link.policy_service_arn,
    ];
    let names = arns
        .into_iter()
        .flatten()
        .filter_map(|arn| crate::aws::iam::role_name(arn));
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    names.into_iter().collect()
}

/// Whether an account is listed as linked.
pub(crate) fn is_there(account: &AwsCustomerConnectedAccount) -> bool {
    account.state != Some(ConnectionState::Deleted)
}

/// The SDDCs that use `link`, or may use the roles of the account `number`. What
/// uses another link that is there is nobody's business; an id that is not listed
/// may be any earlier link's.
pub(crate) fn users(
    accounts: &[AwsCustomerConnectedAccount],
    link: Option<&ConnectedAccountId>,
    number: &str,
    connections: &[AwsSddcConnection],
    sddcs: &[Sddc],
) -> Vec<LinkUser> {
    let counts = |used: Option<&ConnectedAccountId>| {
        let listed = used.and_then(|id| accounts.iter().find(|account| account.id == *id));
        match (used, listed) {
            (Some(id), _) if link == Some(id) => Some(true),
            (_, Some(other)) => (!is_there(other)
                && other.account_number.as_deref() == Some(number))
            .then_some(false),
            // Which link it is is not said, so it may be this one.
            (None, _) => Some(link.is_some()),
            (Some(_), None) => Some(false),
        }
    };
    let mut users: Vec<LinkUser> = Vec::new();
    let mut note = |id: &SddcId, of_link: bool, connection: Option<&AwsSddcConnection>| {
        let at = users.iter().position(|user| user.sddc_id == *id);
        let at = at.unwrap_or_else(|| {
            let sddc = sddcs.iter().find(|sddc| sddc.id == *id);
            users.push(LinkUser {
                sddc_id: id.clone(),
                name: sddc.and_then(|sddc| sddc.name.clone()),
                state: sddc.and_then(|sddc| sddc.sddc_state.clone()),
                of_link: false,
                connections: Vec::new(),
            });
            users.len() - 1
        });
        if let Some(user) = users.get_mut(at) {
            user.of_link |= of_link;
            user.connections.extend(connection.cloned());
        }
    };
    for connection in connections {
        if connection.state == Some(ConnectionState::Deleted) {
            continue;
        }
        if let Some(of_link) = counts(connection.connected_account_id.as_ref()) {
            let unknown = SddcId::from("unknown");
            let sddc = connection.sddc_id.as_ref().unwrap_or(&unknown);
            note(sddc, of_link, Some(connection));
        }
    }
    for sddc in sddcs {
        let over = matches!(
            sddc.sddc_state,
            Some(SddcState::Deleted | SddcState::Canceled)
        );
        let config = sddc.resource_config.as_ref();
        let links = config.and_then(|config| config.account_link_sddc_config.as_ref());
        for link in links.into_iter().flatten().filter(|_| !over) {
            // Not linked to anything, or not yet.
            let Some(id) = &link.connected_account_id else {
                continue;
            };
            if let Some(of_link) = counts(Some(id)) {
                note(&sddc.id, of_link, None);
            }
        }
    }
    users.sort_by(|a, b| (a.label(), &a.sddc_id).cmp(&(b.label(), &b.sddc_id)));
    users
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
