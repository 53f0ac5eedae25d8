//! The stream of what happens to a task.

use std::collections::VecDeque;
use std::time::Duration;

use http::StatusCode;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Running;
use super::pace::Pace;
use crate::error::TaskFailure;
use crate::models::{Task, TaskStatus};
use crate::{Error, Int};

/// Time for the last look at the deadline.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// How often an answer that speaks against the task itself is asked for again.
const LOOKS_IN_DOUBT: u32 = 3;

/// Something that happened to a watched task.
#[derive(Debug)]
#[non_exhaustive]
pub enum TaskEvent {
    /// The task was seen and is under way. Comes with every look, changed or not.
    Progress(Box<Task>),
    /// A look failed. The task goes on, and so does the watch.
    Hiccup {
        /// Why.
        error: Box<vmc_http::Error>,
        /// How long looks have been failing.
        since: Duration,
        /// When the next look is.
        next_in: Duration,
    },
    /// The task was seen, and nothing about it has changed for long.
    Stalled {
        /// The task.
        task: Box<Task>,
        /// Since when.
        unchanged_for: Duration,
    },
    /// The task is over and well. Nothing comes after it.
    Finished(Box<Task>),
}

/// The events of a task. Made by [`Running::events`].
#[derive(Debug)]
pub struct Events {
    running: Running,
    state: Option<State>,
    ready: VecDeque<Result<TaskEvent, Error>>,
    over: bool,
}

#[derive(Debug)]
struct State {
    started: Instant,
    deadline: Option<Instant>,
    pace: Pace,
    next_look: Instant,
    last: Option<Box<Task>>,
    /// What the task showed, since when, and for how long that was said.
    unchanged: Option<(Sign, Instant, Duration)>,
    trouble: Option<Trouble>,
}

/// Looks that fail in a row.
#[derive(Debug)]
struct Trouble {
    since: Instant,
    failures: u32,
    doubts: u32,
}

/// What moves when a task moves.
type Sign = (
    Option<TaskStatus>,
    Option<String>,
    Option<String>,
    Option<Int>,
    Option<Int>,
);

/// What a failed look means for the watch.
enum Verdict {
    /// It says nothing about the task.
    Hiccup,
    /// It may mean that there is nothing to watch. Looked at again before it is believed.
    Doubt,
    /// No later look can do better.
    End,
}

impl Events {
    pub(super) fn new(running: Running) -> Self {
        Self {
            running,
            state: None,
            ready: VecDeque::new(),
            over: false,
        }
    }

    /// The next event; `None` after the end.
    ///
    /// Looks at once the first time, unless the task was just shown by the
    /// call that started it. Waits before a look and never between a look and
    /// its event. May be dropped while it waits and called again.
    ///
    /// # Errors
    /// The end of the watch, as of [`Running::wait`]. `None` comes after it.
    pub async fn next(&mut self) -> Option<Result<TaskEvent, Error>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            let Some(state) = &self.state else {
                self.begin();
                continue;
            };
            sleep_until(state.next_look).await;
            let look = self.running.source.look();
            let looked = match state.deadline {
                Some(deadline) => timeout_at(deadline.max(Instant::now()) + LAST_LOOK, look).await,
                None => Ok(look.await),
            };
            let state = self.state.as_mut()?;
            let now = Instant::now();
            match looked {
                Ok(Ok(task)) => state.seen(Box::new(task), now, &self.running, &mut self.ready),
                Ok(Err(error)) => {
                    state.failed(Box::new(error), now, &self.running, &mut self.ready);
                }
                Err(_) => self
                    .ready
                    .push_back(Err(state.still_running(now, &self.running))),
            }
            self.note_end();
        }
    }

    /// The last event queued may be the last one there is.
    fn note_end(&mut self) {
        self.over = matches!(self.ready.back(), Some(Err(_) | Ok(TaskEvent::Finished(_))));
    }

    fn begin(&mut self) {
        let now = Instant::now();
        let watch = &self.running.watch;
        let mut state = State {
            started: now,
            deadline: watch
                .deadline
                .and_then(|deadline| now.checked_add(deadline)),
            pace: Pace::new(watch.poll_interval, now),
            next_look: now,
            last: None,
            unchanged: None,
            trouble: None,
        };
        if let Some(first) = self.running.first.clone() {
            state.seen(first, now, &self.running, &mut self.ready);
            self.note_end();
        }
        self.state = Some(state);
    }
}

impl State {
    fn seen(
        &mut self,
        task: Box<Task>,
        now: Instant,
        running: &Running,
        ready: &mut VecDeque<Result<TaskEvent, Error>>,
    ) {
        self.trouble = None;
        match task.status {
            Some(TaskStatus::Finished) => return ready.push_back(Ok(TaskEvent::Finished(task))),
            Some(TaskStatus::Failed | TaskStatus::Canceled) => {
                return ready.push_back(Err(TaskFailure { task }.into()));
            }
            // A status of tomorrow is not an end.
            Some(TaskStatus::Started | TaskStatus::Canceling | TaskStatus::Unknown(_)) | None => {}
        }
        self.last = Some(task.clone());
        let wait = self.pace.after(&task, now);
        ready.push_back(Ok(TaskEvent::Progress(task.clone())));
        if let Some(unchanged_for) = self.stalled(&task, now, running.watch.stall_after) {
            ready.push_back(Ok(TaskEvent::Stalled {
                task,
                unchanged_for,
            }));
        }
        self.schedule(wait, now, running, ready);
    }

    fn failed(
        &mut self,
        error: Box<vmc_http::Error>,
        now: Instant,
        running: &Running,
        ready: &mut VecDeque<Result<TaskEvent, Error>>,
    ) {
        let trouble = self.trouble.get_or_insert(Trouble {
            since: now,
            failures: 0,
            doubts: 0,
        });
        trouble.failures += 1;
        let end = match verdict(&error, self.last.is_some()) {
            Verdict::End => true,
            Verdict::Doubt => {
                trouble.doubts += 1;
                trouble.doubts >= LOOKS_IN_DOUBT
            }
            Verdict::Hiccup => false,
        };
        let since = now - trouble.since;
        if end || since >= running.watch.outage_budget {
            return ready.push_back(Err(self.lost(error, running)));
        }
        // The last look falls on the end of the budget, not behind it.
        let wait = self
            .pace
            .after_failures(trouble.failures, error.retry_after())
            .min(running.watch.outage_budget - since);
        ready.push_back(Ok(TaskEvent::Hiccup {
            error,
            since,
            next_in: wait,
        }));
        self.schedule(wait, now, running, ready);
    }

    /// Sets the time of the next look, or ends the watch at its deadline.
    fn schedule(
        &mut self,
        wait: Duration,
        now: Instant,
        running: &Running,
        ready: &mut VecDeque<Result<TaskEvent, Error>>,
    ) {
        self.next_look = now + wait;
        if let Some(deadline) = self.deadline {
            if now >= deadline {
                ready.push_back(Err(self.still_running(now, running)));
            }
            self.next_look = self.next_look.min(deadline);
        }
    }

    /// For how long nothing has changed, once per `stall_after`.
    fn stalled(&mut self, task: &Task, now: Instant, stall_after: Duration) -> Option<Duration> {
        let sign: Sign = (
            task.status.clone(),
            task.sub_status.clone(),
            task.phase_in_progress.clone(),
            task.progress_percent,
            task.estimated_remaining_minutes,
        );
        match &mut self.unchanged {
            Some((before, since, said)) if *before == sign => {
                let unchanged = now - *since;
                (unchanged >= *said + stall_after).then(|| {
                    *said = unchanged;
                    unchanged
                })
            }
            _ => {
                self.unchanged = Some((sign, now, Duration::ZERO));
                None
            }
        }
    }

    fn still_running(&mut self, now: Instant, running: &Running) -> Error {
        Error::StillRunning {
            id: running.id.clone(),
            last: self.last.take(),
            waited: now - self.started,
        }
    }

    fn lost(&mut self, source: Box<vmc_http::Error>, running: &Running) -> Error {
        let (id, last) = (running.id.clone(), self.last.take());
        match last {
            // Never seen: there may be no such task, so nothing is said about it.
            None => Error::Call(*source),
            last if source.status() == Some(StatusCode::NOT_FOUND) => {
                Error::TaskGone { id, last, source }
            }
            last => Error::WatchLost { id, last, source },
        }
    }
}

/// What a failed look means, given whether the task was ever seen.
fn verdict(error: &vmc_http::Error, seen: bool) -> Verdict {
    use vmc_http::Error as E;
    match error {
        E::NotBuilt { .. } => Verdict::End,
        E::Credentials { source, .. } if source.transient() => Verdict::Hiccup,
        E::Credentials { .. } => Verdict::End,
        E::Status { answer, .. } => match answer.status.as_u16() {
            // Refreshed and replayed already.
            401 => Verdict::End,
            408 | 409 | 423 | 425 | 429 | 500.. => Verdict::Hiccup,
            _ if seen => Verdict::Doubt,
            _ => Verdict::End,
        },
        // Before the first sight nothing proves that the address is right.
        E::Unreachable { .. } | E::Unreadable { .. } if !seen => Verdict::End,
        _ => Verdict::Hiccup,
    }
}
