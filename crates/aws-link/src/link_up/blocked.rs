//! What stands in the way of a link, and what to do about it.

use std::fmt;

use serde::Serialize;
use vmc_api::models::{AwsCustomerConnectedAccount, ConnectionState};
use vmc_http::redact::printable;

use crate::aws::stack::Stack;
use crate::linked::LinkUser;

/// Why nothing can be done.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
#[non_exhaustive]
pub enum Blocked {
    /// The AWS credentials belong to another account than expected.
    WrongAccount {
        /// Expected number.
        expected: String,
        /// Number behind the credentials.
        actual: String,
        /// Who they belong to.
        arn: String,
    },
    /// The account is linked, but its roles no longer work.
    BrokenLink {
        /// The link.
        account: Box<AwsCustomerConnectedAccount>,
    },
    /// The account is listed in a state this version does not know.
    OddLink {
        /// The link.
        account: Box<AwsCustomerConnectedAccount>,
    },
    /// A stack of that name exists and was not made for this link.
    NameTaken {
        /// The stack.
        stack: Stack,
    },
    /// The stack of that name holds the roles of a broken link, or of SDDCs whose
    /// link is gone.
    InUse {
        /// The stack.
        stack: Stack,
        /// The SDDCs that use its roles, or may; none where it is the link.
        users: Vec<LinkUser>,
        /// Why it is not known whether there are any, if so.
        unread: Option<String>,
    },
    /// An earlier attempt failed and its stack is still there.
    FailedStack {
        /// The stack.
        stack: Stack,
    },
    /// A complete stack of an earlier link, which does not count any more.
    LeftOver {
        /// The stack.
        stack: Stack,
        /// Why it does not count.
        why: String,
    },
    /// A change set reserves the name.
    ChangeSet {
        /// The stack.
        stack: Stack,
    },
    /// The stack is in a status this version does not know.
    OddStack {
        /// The stack.
        stack: Stack,
    },
}

impl Blocked {
    /// A stable word for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongAccount { .. } => "wrong_aws_account",
            Self::BrokenLink { .. } => "link_broken",
            Self::OddLink { .. } => "link_state_unknown",
            Self::NameTaken { .. } => "stack_name_taken",
            Self::InUse { .. } => "stack_in_use",
            Self::FailedStack { .. } => "failed_stack_in_the_way",
            Self::LeftOver { .. } => "left_over_stack_in_the_way",
            Self::ChangeSet { .. } => "change_set_in_the_way",
            Self::OddStack { .. } => "stack_status_unknown",
        }
    }

    /// What to do next.
    pub fn next(&self) -> String {
        match self {
            Self::WrongAccount { expected, .. } => format!(
                "Use credentials of account {expected}: choose another AWS profile, or check AWS_PROFILE and AWS_ACCESS_KEY_ID."
            ),
            Self::BrokenLink { .. } => {
                "SDDCs that use this link cannot change hosts or routes until its roles work again: first see whether \
                 its stack and roles are still there and restore what was changed. Linking anew makes new roles; \
                 existing SDDCs keep the old ones. If you want that, allow it explicitly (--relink-broken)."
                    .into()
            }
            Self::OddLink { .. } => {
                "Look at the account in the VMware Cloud console; a newer version of this program may know the state."
                    .into()
            }
            Self::NameTaken { stack } => format!(
                "It was not made by this program for this organization and is left alone. See what it is \
                 ({}), or choose another name (--stack-name).",
                stack.show_command()
            ),
            Self::InUse {
                unread: Some(_), ..
            } => "It is left alone as long as it is not known whether SDDCs use its roles: see 'vmc sddc list'.".into(),
            Self::InUse { users, .. } if !users.is_empty() => {
                "It is left alone: without its roles these SDDCs could not reach the AWS account any more. Delete them \
                 first (vmc sddc delete), or link with a stack of another name (--stack-name)."
                    .into()
            }
            Self::InUse { .. } => {
                "It is left alone, because existing SDDCs use its roles. Leave the stack name out, or choose another one."
                    .into()
            }
            Self::FailedStack { stack } | Self::LeftOver { stack, .. } => format!(
                "Delete it ({}) and run the same command again, or let this command do so (--replace-stack).",
                stack.delete_command()
            ),
            Self::ChangeSet { stack } => format!(
                "Delete it ({}) or choose another name (--stack-name).",
                stack.delete_command()
            ),
            Self::OddStack { stack } => format!("See what it is: {}", stack.show_command()),
        }
    }
}

/// What is in the way.
impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongAccount {
                expected,
                actual,
                arn,
            } => write!(
                f,
                "the AWS credentials belong to account {actual} ({arn}), not to {expected}"
            ),
            Self::BrokenLink { account } => write!(
                f,
                "AWS account {} is linked, but the link is BROKEN: its roles no longer work (stack {})",
                account.account_number.as_deref().unwrap_or("?"),
                account.cf_stack_name.as_deref().unwrap_or("unknown"),
            ),
            Self::OddLink { account } => write!(
                f,
                "AWS account {} is listed in the state {}, which this version does not know",
                account.account_number.as_deref().unwrap_or("?"),
                account
                    .state
                    .as_ref()
                    .map_or("(none)", ConnectionState::as_str),
            ),
            Self::NameTaken { stack } => write!(
                f,
                "a stack named {} exists in {} ({})",
                stack.name, stack.region, stack.status
            ),
            Self::InUse {
                stack,
                unread: Some(why),
                ..
            } => write!(
                f,
                "it is not known whether SDDCs use the roles of the stack {}: {why}",
                stack.name
            ),
            Self::InUse { stack, users, .. } if !users.is_empty() => {
                write!(f, "the stack {} holds roles of ", stack.name)?;
                let names: Vec<&str> = users.iter().map(LinkUser::label).collect();
                write!(f, "SDDC {}", printable(&names.join(", SDDC "), 500))
            }
            Self::InUse { stack, .. } => {
                write!(
                    f,
                    "the stack {} holds the roles of the broken link",
                    stack.name
                )
            }
            Self::FailedStack { stack } => write!(
                f,
                "the stack {} of an earlier attempt is in the way: {}{}",
                stack.name,
                stack.status,
                stack
                    .reason
                    .as_ref()
                    .map_or(String::new(), |reason| format!(" ({reason})"))
            ),
            Self::LeftOver { stack, why } => {
                write!(f, "the stack {} is complete, but {why}", stack.name)
            }
            Self::ChangeSet { stack } => write!(
                f,
                "a change set reserves the stack name {} in {}",
                stack.name, stack.region
            ),
            Self::OddStack { stack } => write!(
                f,
                "the stack {} is in the status {}, which this version does not know",
                stack.name, stack.status
            ),
        }
    }
}
