//! What forbids an unlinking, and what to do about it.

use std::fmt;

use crate::aws::error::{AwsError, AwsErrorKind};
use crate::aws::stack::Stack;
use crate::linked::LinkUser;

/// Why nothing is done.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum UnlinkRefused {
    /// SDDCs use the link, or the roles of its stack.
    InUse {
        /// Account number.
        account: String,
        /// The SDDCs.
        users: Vec<LinkUser>,
    },
    /// The AWS credentials belong to another account.
    WrongAccount {
        /// Number of the account to unlink.
        expected: String,
        /// Number behind the credentials.
        actual: String,
        /// Who they belong to.
        arn: String,
    },
    /// There are no usable AWS credentials, so the stack could not be deleted.
    NoCredentials(AwsError),
    /// CloudFormation would refuse to delete the stack.
    Protected {
        /// The stack.
        stack: Stack,
    },
    /// The link is being made right now.
    BeingMade {
        /// The stack.
        stack: Stack,
    },
    /// What is there is not any more what the plan was made for.
    Changed {
        /// What would be done now, and was not told.
        change: String,
    },
}

impl UnlinkRefused {
    /// A stable word for scripts.
    pub fn code(&self) -> &str {
        match self {
            Self::InUse { .. } => "link_in_use",
            Self::WrongAccount { .. } => "wrong_aws_account",
            Self::NoCredentials(error) => error.code().unwrap_or("no_aws_credentials"),
            Self::Protected { .. } => "stack_protected",
            Self::BeingMade { .. } => "link_being_made",
            Self::Changed { .. } => "link_changed",
        }
    }

    /// The failed AWS call, where that is why.
    pub fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::NoCredentials(error) => Some(error),
            _ => None,
        }
    }

    /// What to do next.
    pub fn next(&self) -> String {
        match self {
            Self::InUse { .. } => {
                "Nothing was done. An SDDC keeps its link for life: delete it first, and before that take it out of \
                 its SDDC group."
                    .into()
            }
            Self::WrongAccount { expected, .. } => format!(
                "Nothing was done. Use credentials of account {expected}, or leave the stack to whoever has them \
                 (--keep-stack)."
            ),
            Self::NoCredentials(error) => {
                let how = error.hint().unwrap_or_default();
                let keep = match error.kind() {
                    AwsErrorKind::NoCredentials
                    | AwsErrorKind::BadCredentials
                    | AwsErrorKind::ExpiredCredentials => {
                        " Or leave the stack to whoever has them (--keep-stack)."
                    }
                    _ => "",
                };
                format!("Nothing was done. {how}{keep}")
            }
            Self::Protected { stack } => format!(
                "Nothing was done. Turn it off ({}) and run the same command again.",
                stack.unprotect_command()
            ),
            Self::BeingMade { .. } => {
                "Nothing was done. Let it come to its end, then run the same command again.".into()
            }
            Self::Changed { .. } => {
                "Nothing was done. Run the same command again: it shows the new plan.".into()
            }
        }
    }
}

/// What is in the way.
impl fmt::Display for UnlinkRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { account, users } => {
                let names: Vec<&str> = users.iter().map(LinkUser::label).collect();
                let (who, verb) = match names.len() {
                    1 => ("the SDDC", "uses"),
                    _ => ("the SDDCs", "use"),
                };
                let what = if users.iter().any(|user| user.of_link) {
                    "the link to AWS account"
                } else {
                    "the roles of the stack in AWS account"
                };
                write!(f, "{who} {} {verb} {what} {account}", names.join(", "))
            }
            Self::WrongAccount {
                expected,
                actual,
                arn,
            } => write!(
                f,
                "the AWS credentials belong to account {actual} ({arn}), not to {expected}"
            ),
            Self::NoCredentials(error) => error.fmt(f),
            Self::Protected { stack } => write!(
                f,
                "the stack {} has termination protection: CloudFormation would not delete it",
                stack.name
            ),
            Self::BeingMade { stack } => write!(
                f,
                "the link is being made right now: the stack {} is {}",
                stack.name, stack.status
            ),
            Self::Changed { change } => {
                write!(
                    f,
                    "something has changed since the plan was shown: {change}"
                )
            }
        }
    }
}
