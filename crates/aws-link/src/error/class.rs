//! What a failure means for whoever has to act on it.

use vmc_http::Outcome;

use super::Error;
use crate::aws::error::{AwsError, AwsErrorKind};
use crate::journal::JournalError;

/// What a failure means for whoever has to act on it; exit codes come from this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// A setting, an argument, a file.
    Usage,
    /// No valid credentials.
    Unauthenticated,
    /// Valid credentials without the right.
    Denied,
    /// Something is in the way.
    Conflict,
    /// It was tried and failed.
    Failed,
    /// It may have happened.
    Unclear,
    /// Nobody was reached, nothing was done.
    Unreachable,
    /// It goes on without us.
    Pending,
    /// A certificate was not accepted.
    Certificate,
}

impl Error {
    /// Who has to act, and how.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Vmc(error) => class_of_vmc(error),
            Self::Aws(error)
            | Self::CreateRefused(error)
            | Self::StackNotDeleted { source: error, .. } => class_of_aws(error),
            Self::UnlinkRefused(refused) => {
                refused.aws().map_or(ErrorClass::Conflict, class_of_aws)
            }
            Self::NotUnlinked { .. } => ErrorClass::Conflict,
            // A template's 403 is an address that has ended, not a missing right.
            Self::Template { source, .. }
                if source
                    .status()
                    .is_some_and(|status| status.is_client_error()) =>
            {
                ErrorClass::Failed
            }
            Self::Template { source, .. } => class_of_call(source),
            Self::Setting(_) => ErrorClass::Usage,
            Self::Journal(JournalError::Busy { .. }) => ErrorClass::Conflict,
            Self::Journal(_) => ErrorClass::Usage,
            Self::Blocked(_)
            | Self::TemplateHost(_)
            | Self::TemplateChanged { .. }
            | Self::Contended { .. } => ErrorClass::Conflict,
            Self::RequestUnclear(_) | Self::NotConfirmed { .. } | Self::NotListed { .. } => {
                ErrorClass::Unclear
            }
            Self::HandOff(refused) => refused.class(),
            Self::UnlinkUnclear { .. } | Self::StillListed { .. } => ErrorClass::Unclear,
            Self::RequestIncomplete { .. }
            | Self::DeleteFailed { .. }
            | Self::StackFailed { .. }
            | Self::StackGone { .. }
            | Self::ChangeSetFailed { .. }
            | Self::RequestFailed { .. }
            | Self::StackStays { .. }
            | Self::TaskFailed { .. } => ErrorClass::Failed,
            Self::Pending { .. } => ErrorClass::Pending,
            Self::TimeUp { .. } => ErrorClass::Unreachable,
            // Who has to log in again wants to know that first; all else is
            // "it goes on, look again".
            Self::LostSight { source, .. } => match source.class() {
                class @ (ErrorClass::Unauthenticated
                | ErrorClass::Denied
                | ErrorClass::Certificate) => class,
                _ => ErrorClass::Pending,
            },
            Self::Outage { source, .. } => match source.class() {
                ErrorClass::Unclear => ErrorClass::Unreachable,
                class => class,
            },
        }
    }
}

fn class_of_vmc(error: &vmc_api::Error) -> ErrorClass {
    error.call().map_or(ErrorClass::Failed, class_of_call)
}

fn class_of_call(error: &vmc_http::Error) -> ErrorClass {
    match error.status().map(|status| status.as_u16()) {
        Some(401) => return ErrorClass::Unauthenticated,
        Some(403) => return ErrorClass::Denied,
        Some(409 | 412 | 423) => return ErrorClass::Conflict,
        _ => {}
    }
    match error {
        vmc_http::Error::NotBuilt { .. } => ErrorClass::Usage,
        vmc_http::Error::Credentials { source, .. } if !source.transient() => {
            ErrorClass::Unauthenticated
        }
        vmc_http::Error::Unreachable { source, .. } if source.is_certificate() => {
            ErrorClass::Certificate
        }
        _ if error.outcome() == Outcome::Unknown => ErrorClass::Unclear,
        _ if error.retryable() || error.status().is_none() => ErrorClass::Unreachable,
        _ => ErrorClass::Failed,
    }
}

fn class_of_aws(error: &AwsError) -> ErrorClass {
    match error.kind() {
        AwsErrorKind::Setup => ErrorClass::Usage,
        AwsErrorKind::NoCredentials
        | AwsErrorKind::BadCredentials
        | AwsErrorKind::ExpiredCredentials => ErrorClass::Unauthenticated,
        AwsErrorKind::Denied => ErrorClass::Denied,
        AwsErrorKind::Throttled | AwsErrorKind::Unreachable | AwsErrorKind::Unclear => {
            ErrorClass::Unreachable
        }
        AwsErrorKind::Certificate => ErrorClass::Certificate,
        AwsErrorKind::Refused => ErrorClass::Failed,
    }
}
