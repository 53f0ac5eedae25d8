//! How often to look, and how long to put up with failing looks.

use std::time::Duration;

use tokio::time::Instant;

/// How a wait looks for news.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Longest time between two looks. The first looks come quicker.
    pub interval: Duration,
    /// How long looks may go on failing before the wait gives up. The work
    /// itself goes on at AWS and VMware Cloud.
    pub outage: Duration,
    /// How long a finished stack and task may take to show up as a connected
    /// account.
    pub settle: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            outage: Duration::from_secs(15 * 60),
            settle: Duration::from_secs(2 * 60),
        }
    }
}

/// One wait's clockwork: quick at first and after news, then steady; slower
/// still while looks fail.
pub(crate) struct Beat {
    pace: Pace,
    next: Duration,
    failing_since: Option<Instant>,
}

impl Beat {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            next: first(pace),
            failing_since: None,
        }
    }

    /// Something happened: look again soon.
    pub(crate) fn news(&mut self) {
        self.next = first(self.pace);
    }

    /// A look succeeded.
    pub(crate) fn seen(&mut self) {
        if self.failing_since.take().is_some() {
            self.news();
        }
    }

    /// A look failed. `None` when that has gone on for too long, else how long
    /// it has been going on.
    pub(crate) fn failed(&mut self) -> Option<Duration> {
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        let gone = since.elapsed();
        (gone < self.pace.outage).then_some(gone)
    }

    /// Waits for the next look.
    pub(crate) async fn rest(&mut self) {
        let longest = if self.failing_since.is_some() {
            // Whoever throttles us gets three times the air.
            self.pace.interval * 3
        } else {
            self.pace.interval
        };
        let wait = self.next.min(longest);
        self.next = (wait * 3 / 2).max(Duration::from_millis(1));
        // Up to a tenth more, so that many runs do not fall into step.
        tokio::time::sleep(wait + wait.mul_f64(fastrand::f64() / 10.0)).await;
    }
}

/// Whether a failed look says nothing about the next one.
pub(crate) fn is_passing(error: &vmc_api::Error) -> bool {
    let unreadable = error.status().is_some_and(|status| status.is_success());
    error.retryable() || unreadable
}

fn first(pace: Pace) -> Duration {
    pace.interval.min(Duration::from_millis(400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn looks_slow_down_to_the_interval_and_quicken_with_news() {
        let mut beat = Beat::new(Pace::default());
        let mut waits = Vec::new();
        for turn in 0..12 {
            if turn == 10 {
                beat.news();
            }
            let before = Instant::now();
            beat.rest().await;
            waits.push(before.elapsed().as_secs_f64());
        }
        assert!(waits[0] < 0.5, "{waits:?}");
        assert!((5.0..=5.6).contains(&waits[9]), "{waits:?}");
        assert!(waits[10] < 0.5, "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_ends_when_its_budget_is_used_up() {
        let mut beat = Beat::new(Pace::default());
        let mut looks = 0;
        while beat.failed().is_some() {
            looks += 1;
            beat.rest().await;
        }
        assert!((50..100).contains(&looks), "{looks} looks in 15 minutes");
        beat.seen();
        assert_eq!(beat.failed(), Some(Duration::ZERO));
    }
}
