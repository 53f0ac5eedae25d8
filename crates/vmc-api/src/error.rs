//! What can go wrong.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use vmc_http::Outcome;
use vmc_http::redact::printable;

use crate::TaskId;
use crate::models::Task;
use crate::resolve::Unresolved;

/// A failure, named by how far things got.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] vmc_http::Error),
    /// A task ended badly: it failed or was canceled.
    #[error(transparent)]
    TaskFailed(#[from] TaskFailure),
    /// The time to wait is over and the task is not. Nothing is wrong with it.
    #[error("task {id} is still running after {}{}", span(*waited), reached(last.as_deref()))]
    StillRunning {
        /// The task, to wait for it again.
        id: TaskId,
        /// The task as last seen.
        last: Option<Box<Task>>,
        /// How long it was watched.
        waited: Duration,
    },
    /// The task could no longer be watched. It goes on at the service.
    #[error("task {id} is no longer watched{}", reached(last.as_deref()))]
    WatchLost {
        /// The task, to wait for it again.
        id: TaskId,
        /// The task as last seen.
        last: Option<Box<Task>>,
        /// Why the last look failed.
        source: Box<vmc_http::Error>,
    },
    /// The service no longer knows a task that it knew before. What the task
    /// worked on tells how it went.
    #[error("the service no longer knows task {id}{}", reached(last.as_deref()))]
    TaskGone {
        /// The task.
        id: TaskId,
        /// The task as last seen, with the id of what it worked on.
        last: Option<Box<Task>>,
        /// The service's last answer.
        source: Box<vmc_http::Error>,
    },
    /// A list has more pages than are read. What was read is not all of it.
    #[error("there are more than {read} {what}; the list was not read to its end")]
    Endless {
        /// Rows of what.
        what: &'static str,
        /// How many were read.
        read: usize,
    },
    /// A name or id fits nothing, or too much.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
}

impl Error {
    /// The failed call, where there is one.
    pub fn call(&self) -> Option<&vmc_http::Error> {
        match self {
            Self::Call(call) => Some(call),
            Self::WatchLost { source, .. } | Self::TaskGone { source, .. } => Some(source),
            Self::TaskFailed(_)
            | Self::StillRunning { .. }
            | Self::Endless { .. }
            | Self::Unresolved(_) => None,
        }
    }

    /// HTTP status of the failed call, where there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.call()?.status()
    }

    /// The task this is about.
    pub fn task_id(&self) -> Option<&TaskId> {
        match self {
            Self::TaskFailed(failure) => Some(&failure.task.id),
            Self::StillRunning { id, .. }
            | Self::WatchLost { id, .. }
            | Self::TaskGone { id, .. } => Some(id),
            Self::Call(_) | Self::Endless { .. } | Self::Unresolved(_) => None,
        }
    }

    /// Whether the service did what was asked for. A task that is still
    /// running or out of sight counts as unknown, one that failed as refused.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Call(call) => call.outcome(),
            Self::TaskFailed(_) => Outcome::Refused,
            Self::StillRunning { .. } | Self::WatchLost { .. } | Self::TaskGone { .. } => {
                Outcome::Unknown
            }
            Self::Endless { .. } | Self::Unresolved(_) => Outcome::NotSent,
        }
    }

    /// Whether the same thing may succeed later without any change. For a task
    /// out of sight this means watching it again, not starting it again.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Call(call) => call.retryable(),
            Self::WatchLost { source, .. } => source.retryable(),
            Self::StillRunning { .. } => true,
            Self::TaskFailed(_)
            | Self::TaskGone { .. }
            | Self::Endless { .. }
            | Self::Unresolved(_) => false,
        }
    }

    /// One sentence on what to do next, where this layer knows.
    pub fn hint(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Call(call) => call.hint().or_else(|| status_hint(call)),
            Self::TaskFailed(failure) => failure.task.resource_id.as_ref().map(|id| {
                Cow::Owned(format!(
                    "Look at {} before trying again: it may exist in part.",
                    printable(id, 80)
                ))
            }),
            Self::StillRunning { .. } => {
                Some("It goes on at the service; wait for it again by its id.".into())
            }
            Self::WatchLost { source, .. } => {
                Some(match source.hint().or_else(|| status_hint(source)) {
                    Some(hint) => format!(
                        "The task goes on at the service; wait for it again by its id. {hint}"
                    )
                    .into(),
                    None => "The task goes on at the service; wait for it again by its id.".into(),
                })
            }
            Self::TaskGone { .. } => Some(
                "Look at what the task worked on to see how it went; do not start it again before."
                    .into(),
            ),
            Self::Endless { .. } => None,
            Self::Unresolved(unresolved) => unresolved.hint().map(Cow::Owned),
        }
    }
}

/// What a refusal of this service usually means.
fn status_hint(call: &vmc_http::Error) -> Option<Cow<'static, str>> {
    // An answer that may not be a refusal is not explained as one.
    if call.outcome() == Outcome::Unknown {
        return None;
    }
    let hint = match call.status()?.as_u16() {
        401 => {
            "The service did not accept the token: it may be revoked, or belong to another environment."
        }
        403 => {
            "The token's roles do not allow this: VMC wants the service role Administrator, and a \
             \"Delete Restricted\" one may not delete. An id of another organization is answered alike."
        }
        404 => "Check the organization and the id.",
        409 | 423 => "Another change may be under way; look at the running tasks.",
        _ => return None,
    };
    Some(Cow::Borrowed(hint))
}

/// A task that ended as `FAILED` or `CANCELED`.
#[derive(Debug)]
pub struct TaskFailure {
    /// The task at its end.
    pub task: Box<Task>,
}

impl TaskFailure {
    /// Why, in the words for customers if there are any.
    pub fn message(&self) -> Option<String> {
        self.task
            .failure_message()
            .map(|message| printable(message, 500))
    }
}

impl fmt::Display for TaskFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = &self.task;
        write!(f, "task {}", printable(task.id.as_str(), 80))?;
        if let Some(kind) = task.task_type.as_deref().filter(|kind| !kind.is_empty()) {
            write!(f, " ({})", printable(kind, 80))?;
        }
        let status = task.status.as_ref().map_or("", |status| status.as_str());
        write!(f, " {}", printable(&status.to_lowercase(), 40))?;
        if let Some(phase) = task.phase() {
            write!(f, " in phase {}", printable(phase, 80))?;
        }
        let reason = self.message();
        write!(
            f,
            ": {}",
            reason.as_deref().unwrap_or("the service gave no reason")
        )
    }
}

impl std::error::Error for TaskFailure {}

/// Where a task was when last seen.
fn reached(last: Option<&Task>) -> String {
    let Some(task) = last else {
        return String::new();
    };
    let percent = task.percent().map(|percent| format!("{percent} %"));
    let phase = task.phase().map(|phase| printable(phase, 80));
    match (percent, phase) {
        (Some(percent), Some(phase)) => format!(" (last seen at {percent}, {phase})"),
        (Some(place), None) | (None, Some(place)) => format!(" (last seen at {place})"),
        (None, None) => String::new(),
    }
}

/// A duration in the two units that matter.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}
