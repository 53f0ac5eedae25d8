//! When to look again.

use std::time::Duration;

use tokio::time::Instant;

use crate::models::Task;

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Shortest fixed interval: an interval of nothing would flood the service.
const SHORTEST: Duration = Duration::from_millis(50);

/// Time between looks, from what the task says about itself.
///
/// With an estimate, each look costs a tenth of what is left, so the number of
/// looks grows with the logarithm of the duration and the end is met closely.
/// An estimate that does not change counts down by itself from where it was
/// first seen: the service renews it only now and then. Past the end the wait
/// grows with the overrun. In the beginning looks are closer together, because
/// what fails at once should be known at once.
#[derive(Debug)]
pub(super) struct Pace {
    fixed: Option<Duration>,
    since: Instant,
    /// The estimate last seen, and the end it promised.
    due: Option<(Duration, Instant)>,
}

impl Pace {
    pub(super) fn new(fixed: Option<Duration>, now: Instant) -> Self {
        Self {
            fixed: fixed.map(|interval| interval.max(SHORTEST)),
            since: now,
            due: None,
        }
    }

    /// How long to wait after having seen `task`.
    pub(super) fn after(&mut self, task: &Task, now: Instant) -> Duration {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let watched = now.duration_since(self.since);
        let Some(left) = task.remaining() else {
            self.due = None;
            return jitter((watched / 6).clamp(secs(2), secs(60)));
        };
        let due = match self.due {
            Some((estimate, due)) if estimate == left => due,
            _ => now + left,
        };
        self.due = Some((left, due));
        let wait = if due > now {
            ((due - now) / 10).min(secs(120))
        } else {
            ((now - due) / 10).min(secs(90))
        };
        jitter(wait.min(watched / 2).max(secs(5)))
    }

    /// How long to wait after the `failures`th failed look in a row.
    pub(super) fn after_failures(&self, failures: u32, retry_after: Option<Duration>) -> Duration {
        let own = self
            .fixed
            .unwrap_or_else(|| jitter(secs(2 << failures.saturating_sub(1).min(5)).min(secs(60))));
        own.max(retry_after.unwrap_or_default())
    }
}

/// Within a tenth of the wait, so that many watchers do not march in step.
fn jitter(wait: Duration) -> Duration {
    wait.mul_f64(0.9 + 0.2 * fastrand::f64())
}
