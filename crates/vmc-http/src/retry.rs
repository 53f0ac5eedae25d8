//! The only owner of replays: when a request may go out again, and after how long.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::time::Instant;
use tower::retry::Policy;

use crate::failure::{Evidence, Failure, evidence_of};
use crate::operation::Replay;
use crate::outgoing::{Outgoing, after};
use crate::retry_after::retry_after;

/// How often and how long replays go on.
#[derive(Debug, Clone)]
pub struct Retries {
    /// Requests per call at most, the first one included.
    pub max_attempts: u32,
    /// Upper bound of the first wait; doubles with each attempt.
    pub first_wait: Duration,
    /// Upper bound of every wait of our own choice.
    pub longest_wait: Duration,
    /// Longest `Retry-After` that is waited for. A longer one ends the call,
    /// and the error says when to come back.
    pub longest_retry_after: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(20),
            longest_retry_after: Duration::from_secs(120),
        }
    }
}

impl Retries {
    /// No replays, except the one after a 401: that request was turned away unread.
    pub fn none() -> Self {
        Self {
            max_attempts: 1,
            ..Self::default()
        }
    }

    /// The wait before attempt `attempt + 1`: exponential, between half and
    /// all of its bound, so that a herd spreads out.
    fn backoff(&self, attempt: u32) -> Duration {
        let doubled = self
            .first_wait
            .saturating_mul(1 << attempt.saturating_sub(1).min(16));
        doubled
            .min(self.longest_wait)
            .mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

/// Whether a request of this class may go out again after this evidence.
fn may_replay(replay: Replay, evidence: Evidence) -> bool {
    match (evidence, replay) {
        (Evidence::NotSent | Evidence::TurnedAway, _) => true,
        (Evidence::Unclear, Replay::Safe | Replay::Converges) => true,
        (Evidence::Unclear, Replay::Once) | (Evidence::Final, _) => false,
    }
}

/// What all clients of a transport may spend on replays.
///
/// A replay costs 5, a call that succeeds at once gives 1 back. In a storm the
/// number of requests is therefore at most calls + capacity / 5.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    left: Arc<AtomicU32>,
    capacity: u32,
}

impl Quota {
    const COST: u32 = 5;

    pub(crate) fn new(capacity: u32) -> Self {
        Self {
            left: Arc::new(AtomicU32::new(capacity)),
            capacity,
        }
    }

    fn pay(&self) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(Self::COST)
            })
            .is_ok()
    }

    fn give_back(&self) {
        let capacity = self.capacity;
        let _ = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left < capacity).then_some(left + 1)
            });
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self::new(500)
    }
}

/// The policy of one call; tower clones it for each.
#[derive(Debug, Clone)]
pub(crate) struct ReplayPolicy {
    pub(crate) retries: Retries,
    pub(crate) quota: Quota,
    attempt: u32,
}

impl ReplayPolicy {
    pub(crate) fn new(retries: Retries, quota: Quota) -> Self {
        Self {
            retries,
            quota,
            attempt: 1,
        }
    }

    /// The wait before the next attempt, or `None` to let the result stand.
    fn next_wait(
        &mut self,
        outgoing: &Outgoing,
        result: &Result<Response<Bytes>, Failure>,
    ) -> Option<Duration> {
        let (evidence, asked) = match result {
            Ok(response) => (
                evidence_of(response.status()),
                retry_after(response.headers()),
            ),
            Err(failure) => (failure.evidence(), None),
        };
        if let Ok(response) = result
            && response.status().is_success()
        {
            if self.attempt == 1 {
                self.quota.give_back();
            }
            return None;
        }
        if evidence == Evidence::Unclear {
            outgoing.log.note_unclear();
        }
        if !may_replay(outgoing.call.replay, evidence) || self.attempt >= self.retries.max_attempts
        {
            outgoing.log.note_retry_after(asked);
            return None;
        }
        let wait = match asked {
            Some(asked) if asked > self.retries.longest_retry_after => {
                outgoing.log.note_retry_after(Some(asked));
                return None;
            }
            // The server's wish is a floor.
            Some(asked) => asked.saturating_add(self.retries.first_wait.mul_f64(fastrand::f64())),
            None => self.retries.backoff(self.attempt),
        };
        if after(Instant::now(), wait) >= outgoing.deadline || !self.quota.pay() {
            outgoing.log.note_retry_after(asked);
            return None;
        }
        self.attempt += 1;
        Some(wait)
    }
}

impl Policy<Arc<Outgoing>, Response<Bytes>, Failure> for ReplayPolicy {
    type Future = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

    fn retry(
        &mut self,
        outgoing: &mut Arc<Outgoing>,
        result: &mut Result<Response<Bytes>, Failure>,
    ) -> Option<Self::Future> {
        let wait = self.next_wait(outgoing, result)?;
        match result {
            Ok(response) => tracing::info!(
                operation = %outgoing.call.name,
                status = response.status().as_u16(),
                wait_ms = wait.as_millis() as u64,
                "the server is not ready, trying again"
            ),
            Err(failure) => tracing::info!(
                operation = %outgoing.call.name,
                %failure,
                wait_ms = wait.as_millis() as u64,
                "the request failed, trying again"
            ),
        }
        Some(Box::pin(tokio::time::sleep(wait)))
    }

    fn clone_request(&mut self, outgoing: &Arc<Outgoing>) -> Option<Arc<Outgoing>> {
        Some(Arc::clone(outgoing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_replay_matrix() {
        use Evidence::{Final, NotSent, TurnedAway, Unclear};
        use Replay::{Converges, Once, Safe};
        for (replay, allowed) in [
            (Safe, [true, true, true, false]),
            (Converges, [true, true, true, false]),
            (Once, [true, true, false, false]),
        ] {
            for (evidence, allowed) in [NotSent, TurnedAway, Unclear, Final]
                .into_iter()
                .zip(allowed)
            {
                assert_eq!(
                    may_replay(replay, evidence),
                    allowed,
                    "{replay:?} × {evidence:?}"
                );
            }
        }
    }

    #[test]
    fn waits_double_up_to_their_bound() {
        let retries = Retries::default();
        for (attempt, bound) in [
            (1, 0.5),
            (2, 1.0),
            (3, 2.0),
            (6, 16.0),
            (7, 20.0),
            (90, 20.0),
        ] {
            for _ in 0..50 {
                let wait = retries.backoff(attempt).as_secs_f64();
                assert!(
                    (bound / 2.0..=bound).contains(&wait),
                    "{attempt}: {wait} outside {bound}"
                );
            }
        }
    }

    #[test]
    fn the_quota_runs_out_and_recovers() {
        let quota = Quota::new(10);
        assert!(quota.pay() && quota.pay() && !quota.pay());
        for _ in 0..100 {
            quota.give_back();
        }
        assert!(quota.pay() && quota.pay() && !quota.pay());
    }
}
