//! What can go wrong with a link, named by how far it got.

use std::time::Duration;

use time::OffsetDateTime;
use vmc_http::Outcome;

use crate::aws::error::{AwsError, AwsErrorKind};
use crate::aws::rights::denied_hint;
use crate::aws::stack::{Stack, StackEvent};
use crate::hand_off::error::HandOffError;
use crate::journal::JournalError;
use crate::link_up::blocked::Blocked;
use crate::template::changes::TemplateChange;
use crate::template::host::HostRefused;

/// A link that is not there, or not known to be.
///
/// The top line says what happened; [`hint`](Error::hint) what to do next.
/// Whatever the variant, running the same link again goes on from the live
/// state and does not do anything twice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A call to VMware Cloud failed. No stack was started by this run.
    #[error(transparent)]
    Vmc(#[from] vmc_api::Error),
    /// A call to AWS failed. No stack was started by this run.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A setting cannot be used. Nothing was sent.
    #[error("{0}")]
    Setting(String),
    /// The journal cannot be used. Nothing was started.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The state of things forbids it. Nothing was started.
    #[error("{0}")]
    Blocked(Box<Blocked>),
    /// A link was asked for, and no answer came. The request may have been made.
    #[error("VMware Cloud gave no usable answer to the request for a link")]
    RequestUnclear(#[source] vmc_api::Error),
    /// VMware Cloud's answer lacks what is needed. Nothing was created.
    #[error("VMware Cloud's link request has no {missing}")]
    RequestIncomplete {
        /// The field.
        missing: &'static str,
    },
    /// The template is in a place it should not be. Nothing was created.
    #[error(transparent)]
    TemplateHost(#[from] HostRefused),
    /// The template cannot be had. Nothing was created.
    #[error("the template cannot be fetched")]
    Template {
        /// When the link request ends, if it says so.
        expires: Option<OffsetDateTime>,
        /// Why.
        source: vmc_http::Error,
    },
    /// CloudFormation refused to create the stack. Nothing was created.
    #[error(transparent)]
    CreateRefused(AwsError),
    /// Other stacks of the same name kept coming and going.
    #[error("the stack {name} is being created and deleted by somebody else at the same time")]
    Contended {
        /// Its name.
        name: String,
    },
    /// A stack that was in the way could not be deleted.
    #[error("the stack {} could not be deleted: {}", stack.name, causes(events, stack))]
    DeleteFailed {
        /// As it is now.
        stack: Box<Stack>,
        /// What failed.
        events: Vec<StackEvent>,
    },
    /// The stack failed, and the account is not linked.
    #[error("the stack {} failed ({}): {}", stack.name, stack.status, causes(failures, stack))]
    StackFailed {
        /// As it is now.
        stack: Box<Stack>,
        /// Everything that failed, in order.
        failures: Vec<StackEvent>,
    },
    /// The stack was deleted while it was waited for, and the account is not linked.
    #[error("the stack {name} was deleted while it was waited for, and the account is not linked")]
    StackGone {
        /// Its name.
        name: String,
    },
    /// VMware Cloud's task failed, and the account is not linked.
    #[error("VMware Cloud could not link the account: task {task} is {status}: {message}")]
    TaskFailed {
        /// The tracking task.
        task: String,
        /// Its status.
        status: String,
        /// What it says.
        message: String,
        /// The stack, which is there.
        stack: Box<Stack>,
    },
    /// Stack and task are done, and still the account does not show up.
    #[error("the stack {} is complete, but VMware Cloud does not list the account {account} after {} s", stack.name, waited.as_secs())]
    NotConfirmed {
        /// Account number.
        account: String,
        /// The stack.
        stack: Box<Stack>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A link request that was handed over is of no use. Nothing was created.
    #[error(transparent)]
    HandOff(#[from] HandOffError),
    /// The template is not what it was before, and that is not wanted. Nothing
    /// was created.
    #[error("the template is not the one seen before: {}", first_of(changes))]
    TemplateChanged {
        /// The differences.
        changes: Vec<TemplateChange>,
    },
    /// CloudFormation could not say what the template would do.
    #[error("CloudFormation made no change set of the template: {reason}")]
    ChangeSetFailed {
        /// Its words.
        reason: String,
    },
    /// VMware Cloud's task failed, and no account is linked by it.
    #[error("VMware Cloud made no link: task {task} is {status}: {message}")]
    RequestFailed {
        /// The tracking task.
        task: String,
        /// Its status.
        status: String,
        /// What it says.
        message: String,
    },
    /// The task of a link request is done, and still no account shows up.
    #[error("task {task} is done, but VMware Cloud does not list {} after {} s", awaited(account.as_deref()), waited.as_secs())]
    NotListed {
        /// The tracking task.
        task: String,
        /// Account number, where it is known.
        account: Option<String>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The time for the whole is up, and the link is still being made.
    #[error("still linking after {}", human(*waited))]
    Pending {
        /// What goes on.
        started: Started,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The time for the whole was up before a stack was started.
    #[error("the time was up after {} before anything was created", human(*waited))]
    TimeUp {
        /// How long it took.
        waited: Duration,
    },
    /// The link is being made, and watching it failed.
    #[error("the link is being made, but it cannot be watched")]
    LostSight {
        /// What goes on.
        started: Started,
        /// Why.
        source: Box<Error>,
    },
    /// Looking failed for longer than the outage budget.
    #[error("no usable answer for {}", human(*lasted))]
    Outage {
        /// How long.
        lasted: Duration,
        /// The last failure.
        source: Box<Error>,
    },
}

/// What goes on at AWS and VMware Cloud without us.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Started {
    /// ARN of the stack, or its name while the answer to its creation is not in.
    pub stack: Option<String>,
    /// CloudFormation has taken the stack. While it has not, nobody can say
    /// whether anything goes on.
    pub accepted: bool,
    /// The region of the stack.
    pub region: Option<String>,
    /// VMware Cloud's task that tracks the link request.
    pub tracking_task: Option<String>,
}

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
    /// A stable word for scripts, such as `stack_failed`.
    pub fn code(&self) -> &str {
        match self {
            Self::Vmc(error) | Self::RequestUnclear(error) => error
                .call()
                .and_then(vmc_http::Error::code)
                .unwrap_or("vmc_call_failed"),
            Self::Aws(error) | Self::CreateRefused(error) => {
                error.code().unwrap_or("aws_call_failed")
            }
            Self::Setting(_) => "invalid_setting",
            Self::Journal(JournalError::Busy { .. }) => "already_running",
            Self::Journal(_) => "journal_unusable",
            Self::Blocked(blocked) => blocked.code(),
            Self::RequestIncomplete { .. } => "link_request_incomplete",
            Self::TemplateHost(_) => "template_host_refused",
            Self::Template { .. } => "template_unavailable",
            Self::Contended { .. } => "stack_name_contended",
            Self::DeleteFailed { .. } => "stack_delete_failed",
            Self::StackFailed { .. } => "stack_failed",
            Self::StackGone { .. } => "stack_deleted",
            Self::TaskFailed { .. } => "link_task_failed",
            Self::NotConfirmed { .. } => "link_not_confirmed",
            Self::HandOff(refused) => refused.code(),
            Self::TemplateChanged { .. } => "template_changed",
            Self::ChangeSetFailed { .. } => "change_set_failed",
            Self::RequestFailed { .. } => "link_request_failed",
            Self::NotListed { .. } => "link_not_listed",
            Self::Pending { .. } => "still_linking",
            Self::TimeUp { .. } => "time_up",
            Self::LostSight { source, .. } | Self::Outage { source, .. } => source.code(),
        }
    }

    /// The VMware Cloud error behind it, if that is what failed.
    pub fn vmc(&self) -> Option<&vmc_api::Error> {
        match self {
            Self::Vmc(error) | Self::RequestUnclear(error) => Some(error),
            Self::LostSight { source, .. } | Self::Outage { source, .. } => source.vmc(),
            _ => None,
        }
    }

    /// The AWS error behind it, if that is what failed.
    pub fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::Aws(error) | Self::CreateRefused(error) => Some(error),
            Self::LostSight { source, .. } | Self::Outage { source, .. } => source.aws(),
            _ => None,
        }
    }

    /// The request id at whichever service failed.
    pub fn request_id(&self) -> Option<&str> {
        let of_vmc = self
            .vmc()
            .and_then(vmc_api::Error::call)
            .and_then(vmc_http::Error::request_id);
        of_vmc.or_else(|| self.aws().and_then(AwsError::request_id))
    }

    /// What goes on without us.
    pub fn started(&self) -> Option<&Started> {
        match self {
            Self::Pending { started, .. } | Self::LostSight { started, .. } => Some(started),
            _ => None,
        }
    }

    /// Whether the link was, or may have been, made.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Vmc(error) => error.outcome(),
            Self::Aws(error) => error.outcome(),
            Self::Setting(_)
            | Self::Journal(_)
            | Self::Blocked(_)
            | Self::HandOff(_)
            | Self::TemplateChanged { .. }
            | Self::TimeUp { .. } => Outcome::NotSent,
            Self::RequestUnclear(_)
            | Self::NotListed { .. }
            | Self::Pending { .. }
            | Self::LostSight { .. }
            | Self::NotConfirmed { .. } => Outcome::Unknown,
            Self::Outage { source, .. } => source.outcome(),
            Self::RequestIncomplete { .. }
            | Self::TemplateHost(_)
            | Self::Template { .. }
            | Self::CreateRefused(_)
            | Self::Contended { .. }
            | Self::DeleteFailed { .. }
            | Self::StackFailed { .. }
            | Self::StackGone { .. }
            | Self::ChangeSetFailed { .. }
            | Self::RequestFailed { .. }
            | Self::TaskFailed { .. } => Outcome::Refused,
        }
    }

    /// Whether the same command may succeed later without any change.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Vmc(error) => error.retryable(),
            Self::Aws(error) => error.retryable(),
            Self::Template { .. } => true,
            Self::Journal(error) => matches!(error, JournalError::Busy { .. }),
            Self::RequestUnclear(_)
            | Self::Contended { .. }
            | Self::StackGone { .. }
            | Self::NotConfirmed { .. }
            | Self::NotListed { .. }
            | Self::Pending { .. }
            | Self::TimeUp { .. }
            | Self::LostSight { .. }
            | Self::Outage { .. } => true,
            Self::Setting(_)
            | Self::Blocked(_)
            | Self::RequestIncomplete { .. }
            | Self::TemplateHost(_)
            | Self::CreateRefused(_)
            | Self::DeleteFailed { .. }
            | Self::StackFailed { .. }
            | Self::HandOff(_)
            | Self::TemplateChanged { .. }
            | Self::ChangeSetFailed { .. }
            | Self::RequestFailed { .. }
            | Self::TaskFailed { .. } => false,
        }
    }

    /// Who has to act, and how.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Vmc(error) => class_of_vmc(error),
            Self::Aws(error) | Self::CreateRefused(error) => class_of_aws(error),
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
            Self::RequestIncomplete { .. }
            | Self::DeleteFailed { .. }
            | Self::StackFailed { .. }
            | Self::StackGone { .. }
            | Self::ChangeSetFailed { .. }
            | Self::RequestFailed { .. }
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

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let again = "Run the same command again: it goes on from the live state.";
        Some(match self {
            Self::Vmc(error) => error.hint()?.into_owned(),
            Self::Aws(error) | Self::CreateRefused(error) => error.hint()?,
            Self::Journal(error) => error.hint(),
            Self::Blocked(blocked) => blocked.next(),
            Self::RequestUnclear(_) => {
                "No stack was created. Run the same command again; if the request was made all the same, \
                 it expires unused."
                    .into()
            }
            Self::RequestIncomplete { .. } => {
                "Nothing was created. Run the same command again; if that does not help, use the link page \
                 of the VMware Cloud console and report this."
                    .into()
            }
            Self::TemplateHost(refused) => match &refused.origin {
                Some(origin) => format!(
                    "Nothing was created. If {origin} is really where your VMware Cloud keeps its templates, allow that host."
                ),
                None => "Nothing was created.".into(),
            },
            Self::Template { expires, source } => {
                let end = expires.map_or(String::new(), |end| format!(" (it ends at {} UTC)", minute(end)));
                match source.status() {
                    Some(status) if status.is_client_error() => format!(
                        "Nothing was created. The link request may have expired{end}; run the same command again \
                         for a new one, and check this machine's clock."
                    ),
                    Some(_) => "Nothing was created. Run the same command again.".into(),
                    None => format!(
                        "Nothing was created. {} Then run the same command again.",
                        source.hint().unwrap_or_default()
                    ),
                }
            }
            Self::DeleteFailed { stack, .. } => format!(
                "Delete it by hand ({}), then run the same command again.",
                stack.delete_command()
            ),
            Self::StackFailed { stack, failures } => {
                let denied = failures.iter().find_map(|event| {
                    let reason = event.reason.as_deref()?;
                    reason.contains("not authorized").then_some(reason)
                });
                let cure = denied.map_or(
                    "Remove the cause".into(),
                    |reason| denied_hint(action_in(reason).unwrap_or("an action of the template"), reason),
                );
                format!(
                    "{cure} Then delete the stack ({}) or allow its replacement, and run the same command again. \
                     All events: {}",
                    stack.delete_command(),
                    stack.show_command()
                )
            }
            Self::TaskFailed { stack, .. } => format!(
                "The stack is there but not linked. Delete it ({}) or allow its replacement, and run the same command again.",
                stack.delete_command()
            ),
            Self::NotConfirmed { stack, .. } => format!(
                "{again} If the account was unlinked since the stack was made, the stack is a left-over: delete it \
                 ({}) or allow its replacement.",
                stack.delete_command()
            ),
            Self::HandOff(refused) => refused.hint(),
            Self::TemplateChanged { .. } => {
                "No stack was created. See what is in it (vmc link review); if that is right, run the same command \
                 without --refuse-changed-template."
                    .into()
            }
            Self::ChangeSetFailed { .. } => {
                "Nothing was created, and the change set is gone again.".into()
            }
            Self::RequestFailed { .. } => {
                "Ask for a new link request (vmc link request). A stack that was made from this one is in its way: \
                 the AWS administrator deletes it, or replaces it with --replace-stack."
                    .into()
            }
            Self::NotListed { .. } => format!(
                "{again} If that does not help, see which accounts are linked (vmc link status) and ask for a new \
                 link request."
            ),
            Self::LostSight { source, .. } => match source.hint() {
                Some(hint) => format!("{hint} {again}"),
                None => again.into(),
            },
            Self::Contended { .. }
            | Self::StackGone { .. }
            | Self::Pending { .. }
            | Self::TimeUp { .. }
            | Self::Outage { .. } => again.into(),
            Self::Setting(_) => return None,
        })
    }
}

fn class_of_vmc(error: &vmc_api::Error) -> ErrorClass {
    error.call().map_or(ErrorClass::Failed, class_of_call)
}

fn first_of(changes: &[TemplateChange]) -> String {
    let first = changes.first().map(ToString::to_string).unwrap_or_default();
    match changes.len() {
        0 | 1 => first,
        more => format!("{first} (and {} more)", more - 1),
    }
}

fn awaited(account: Option<&str>) -> String {
    account.map_or("a new account".into(), |account| {
        format!("the account {account}")
    })
}

/// To the minute: nobody needs the rest.
pub(crate) fn minute(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
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

/// The first cause, and how many more there are.
fn causes(events: &[StackEvent], stack: &Stack) -> String {
    let mut causes = events.iter().filter(|event| event.is_cause());
    let Some(first) = causes.next() else {
        return stack
            .reason
            .clone()
            .unwrap_or_else(|| "no reason given".into());
    };
    let reason = first.reason.as_deref().unwrap_or("no reason given");
    let more = match causes.count() {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    format!(
        "{} ({}): {reason}{more}",
        first.resource, first.resource_type
    )
}

/// `iam:CreateRole` in "… is not authorized to perform: iam:CreateRole on resource …".
fn action_in(reason: &str) -> Option<&str> {
    let (_, after) = reason.split_once("to perform: ")?;
    after
        .split(|c: char| c.is_whitespace() || c == ',')
        .next()
        .filter(|action| action.contains(':'))
}

pub(crate) fn human(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 60, seconds % 60) {
        (minutes, _) if minutes >= 48 * 60 => format!("{} days", minutes / 60 / 24),
        (minutes, _) if minutes >= 120 => format!("{} h", minutes / 60),
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}
