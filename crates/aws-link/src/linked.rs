//! What the list of connected accounts tells: which links are there, which are
//! over, whose roles they name, and who uses them. Pure.

use std::collections::BTreeSet;

use serde::Serialize;
use time::OffsetDateTime;
use vmc_api::models::{
    AwsCustomerConnectedAccount, AwsSddcConnection, ConnectionState, Sddc, SddcState,
};
use vmc_api::{ConnectedAccountId, SddcId, Timestamp};

use crate::aws::iam::role_name;
use crate::aws::stack::Stack;

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

/// The roles that a link names, by their names.
pub(crate) fn roles_of(link: &AwsCustomerConnectedAccount) -> Vec<String> {
    let names = role_arns(link).into_iter().filter_map(role_name);
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    names.into_iter().collect()
}

/// Whether an account is listed as linked.
pub(crate) fn is_there(account: &AwsCustomerConnectedAccount) -> bool {
    account.state != Some(ConnectionState::Deleted)
}

/// The ARNs of the roles that a link names, each once.
pub(crate) fn role_arns(link: &AwsCustomerConnectedAccount) -> BTreeSet<&str> {
    [
        &link.policy_payer_arn,
        &link.policy_payer_linked_arn,
        &link.policy_service_arn,
    ]
    .into_iter()
    .flatten()
    .map(String::as_str)
    .collect()
}

/// Whether a link that a stack made is over: a row says so that ended after the
/// stack was made. The name alone does not tell: every stack of an organization
/// has the same.
pub(crate) fn is_over(
    accounts: &[AwsCustomerConnectedAccount],
    number: &str,
    stack: &Stack,
) -> bool {
    accounts.iter().any(|link| {
        !is_there(link)
            && link.account_number.as_deref() == Some(number)
            && link.cf_stack_name.as_deref() == Some(&stack.name)
            && moment(link.updated.as_ref())
                .zip(stack.created)
                .is_some_and(|(ended, made)| ended > made)
    })
}

/// A time of the service's, where it can be read.
pub(crate) fn moment(at: Option<&Timestamp>) -> Option<OffsetDateTime> {
    at?.parse()
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
            // Of whichever account it was, where its number is not said.
            (_, Some(other)) => {
                let number_fits = other
                    .account_number
                    .as_deref()
                    .is_none_or(|own| own == number);
                (!is_there(other) && number_fits).then_some(false)
            }
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
