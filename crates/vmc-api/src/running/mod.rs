//! Follows a task to its end.

mod events;
mod meter;
mod pace;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use vmc_http::BoxFuture;

pub use self::events::{Events, TaskEvent};
pub use self::meter::Meter;
use crate::models::Task;
use crate::{Error, TaskId};

/// Where a task is looked at. A task is known only where it was started, so
/// whoever starts one brings its source along.
pub trait TaskSource: Send + Sync {
    /// The task as it is now. Must be safe to repeat.
    fn look(&self) -> BoxFuture<'_, Result<Task, vmc_http::Error>>;
}

/// How a task is watched.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Fixed time between two looks, 50 ms at least. Unset, the task itself
    /// says when to look again: after a tenth of the time it is estimated to
    /// take, between 5 s and 2 min; past its estimate after a tenth of the
    /// overrun; in both cases after half of the time watched so far at most;
    /// without an estimate after a sixth of that time, between 2 s and 1 min.
    pub poll_interval: Option<Duration>,
    /// Stop watching after this time, counted from the first call of
    /// [`Events::next`]. There is one last look at the end, of 10 s at most.
    pub deadline: Option<Duration>,
    /// How long looks may keep failing before the watch is given up.
    pub outage_budget: Duration,
    /// Say that nothing moves after this time without any change.
    pub stall_after: Duration,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            poll_interval: None,
            deadline: None,
            outage_budget: Duration::from_secs(30 * 60),
            stall_after: Duration::from_secs(30 * 60),
        }
    }
}

/// A task of the service, under way or over.
///
/// Holding or dropping it changes nothing at the service. Any process can make
/// another one from the id: [`Client::task`](crate::Client::task).
#[derive(Clone)]
pub struct Running {
    id: TaskId,
    first: Option<Box<Task>>,
    source: Arc<dyn TaskSource>,
    watch: Watch,
}

impl Running {
    /// A task known by its id alone.
    pub fn new(id: impl Into<TaskId>, source: Arc<dyn TaskSource>) -> Self {
        Self {
            id: id.into(),
            first: None,
            source,
            watch: Watch::default(),
        }
    }

    /// A task that the service has just shown.
    pub fn started(first: Task, source: Arc<dyn TaskSource>) -> Self {
        Self {
            first: Some(Box::new(first.clone())),
            ..Self::new(first.id, source)
        }
    }

    /// The id, to write down before waiting.
    pub fn id(&self) -> &TaskId {
        &self.id
    }

    /// What the service answered when it started the task.
    pub fn first(&self) -> Option<&Task> {
        self.first.as_deref()
    }

    /// Sets how the task is watched.
    #[must_use]
    pub fn watch(mut self, watch: Watch) -> Self {
        self.watch = watch;
        self
    }

    /// What happens to the task from now to its end.
    pub fn events(&self) -> Events {
        Events::new(self.clone())
    }

    /// As [`events`](Self::events), as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<TaskEvent, Error>> + Send {
        futures_util::stream::unfold(self.events(), |mut events| async move {
            events.next().await.map(|event| (event, events))
        })
    }

    /// Waits for the end. May be called again after an error.
    ///
    /// # Errors
    /// [`Error::TaskFailed`], [`Error::StillRunning`] at the deadline,
    /// [`Error::WatchLost`] or [`Error::TaskGone`] when it is out of sight, and
    /// [`Error::Call`] when it could not be seen even once.
    pub async fn wait(&self) -> Result<Task, Error> {
        let mut events = self.events();
        loop {
            match events.next().await {
                Some(Ok(TaskEvent::Finished(task))) => return Ok(*task),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                // Only after an end, which returns above.
                None => {
                    return Err(Error::StillRunning {
                        id: self.id.clone(),
                        last: None,
                        waited: Duration::ZERO,
                    });
                }
            }
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("id", &self.id)
            .field("watch", &self.watch)
            .finish_non_exhaustive()
    }
}
