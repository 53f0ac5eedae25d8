//! What can go wrong with a link, named by how far it got.

mod class;
mod hint;
mod started;
#[cfg(test)]
mod tests;

use std::time::Duration;

use time::OffsetDateTime;
use vmc_http::Outcome;

use crate::aws::error::AwsError;
use crate::aws::stack::{Stack, StackEvent};
use crate::hand_off::error::HandOffError;
use crate::journal::JournalError;
use crate::link_up::blocked::Blocked;
use crate::template::changes::TemplateChange;
use crate::template::host::HostRefused;
use crate::unlink::refused::UnlinkRefused;

pub use class::ErrorClass;
pub(crate) use hint::minute;
pub use started::{Started, Work};

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
    /// The time for the whole is up, and the work goes on.
    #[error("still {} after {}", started.work, human(*waited))]
    Pending {
        /// What goes on.
        started: Started,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The time for the whole was up before anything was started.
    #[error("the time was up after {} before anything was started", human(*waited))]
    TimeUp {
        /// How long it took.
        waited: Duration,
    },
    /// The work goes on, or stopped half-way, and watching it failed.
    #[error("{}", started.goes_on())]
    LostSight {
        /// What goes on.
        started: Started,
        /// Why.
        source: Box<Error>,
    },
    /// The state of things forbids the unlinking. Nothing was done.
    #[error("{0}")]
    UnlinkRefused(Box<UnlinkRefused>),
    /// VMware Cloud itself says no to the unlinking. Nothing was done.
    #[error("VMware Cloud does not unlink AWS account {account}")]
    NotUnlinked {
        /// Account number.
        account: String,
        /// What it says.
        source: vmc_api::Error,
    },
    /// No answer to the unlinking came, and the account is still listed or the
    /// list cannot be read.
    #[error("VMware Cloud gave no usable answer to the unlinking of AWS account {account}")]
    UnlinkUnclear {
        /// Account number.
        account: String,
        /// The last failure.
        source: vmc_api::Error,
    },
    /// VMware Cloud took the unlinking, and still lists the account.
    #[error("VMware Cloud took the unlinking, but lists the account {account} after {}", human(*waited))]
    StillListed {
        /// Account number.
        account: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The account is not linked any more, and CloudFormation refuses to delete the stack.
    #[error("the account is not linked any more, but the stack {} is still there", stack.name)]
    StackNotDeleted {
        /// The stack.
        stack: Box<Stack>,
        /// What CloudFormation says.
        source: AwsError,
    },
    /// The account is not linked any more, and the deletion of the stack failed.
    #[error(
        "the account is not linked any more, but the stack {} could not be deleted: {}",
        stack.name,
        causes(events, stack)
    )]
    StackStays {
        /// As it is now.
        stack: Box<Stack>,
        /// What failed.
        events: Vec<StackEvent>,
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
            Self::Pending { started, .. } => match started.work {
                Work::Linking => "still_linking",
                Work::Unlinking => "still_unlinking",
                Work::Replacing => "still_replacing",
            },
            Self::UnlinkRefused(refused) => refused.code(),
            Self::NotUnlinked { .. } => "not_unlinked",
            Self::UnlinkUnclear { .. } => "unlink_unclear",
            Self::StillListed { .. } => "unlink_not_confirmed",
            Self::StackNotDeleted { .. } => "stack_not_deleted",
            Self::StackStays { .. } => "unlinked_stack_stays",
            Self::TimeUp { .. } => "time_up",
            Self::LostSight { source, .. } | Self::Outage { source, .. } => source.code(),
        }
    }

    /// The VMware Cloud error behind it, if that is what failed.
    pub fn vmc(&self) -> Option<&vmc_api::Error> {
        match self {
            Self::Vmc(error)
            | Self::RequestUnclear(error)
            | Self::NotUnlinked { source: error, .. }
            | Self::UnlinkUnclear { source: error, .. } => Some(error),
            Self::LostSight { source, .. } | Self::Outage { source, .. } => source.vmc(),
            _ => None,
        }
    }

    /// The AWS error behind it, if that is what failed.
    pub fn aws(&self) -> Option<&AwsError> {
        match self {
            Self::Aws(error)
            | Self::CreateRefused(error)
            | Self::StackNotDeleted { source: error, .. } => Some(error),
            Self::UnlinkRefused(refused) => refused.aws(),
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

    /// Whether the link was, or may have been, made or taken away.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Vmc(error) => error.outcome(),
            Self::Aws(error) => error.outcome(),
            Self::Setting(_)
            | Self::Journal(_)
            | Self::Blocked(_)
            | Self::HandOff(_)
            | Self::TemplateChanged { .. }
            | Self::UnlinkRefused(_)
            | Self::TimeUp { .. } => Outcome::NotSent,
            Self::UnlinkUnclear { .. }
            | Self::StillListed { .. }
            | Self::RequestUnclear(_)
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
            | Self::TaskFailed { .. }
            | Self::NotUnlinked { .. }
            | Self::StackNotDeleted { .. }
            | Self::StackStays { .. } => Outcome::Refused,
        }
    }

    /// Whether the same command may succeed later without any change.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Vmc(error) => error.retryable(),
            Self::Aws(error) => error.retryable(),
            Self::Template { .. } => true,
            Self::UnlinkRefused(refused) => refused.aws().is_some_and(AwsError::retryable),
            Self::StackNotDeleted { source, .. } => source.retryable(),
            Self::Journal(error) => matches!(error, JournalError::Busy { .. }),
            Self::RequestUnclear(_)
            | Self::UnlinkUnclear { .. }
            | Self::StillListed { .. }
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
            | Self::TaskFailed { .. }
            | Self::NotUnlinked { .. }
            | Self::StackStays { .. } => false,
        }
    }
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
