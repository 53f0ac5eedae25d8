//! How many requests go to one origin at once, when it wants none, and how
//! long one may take.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::failure::{Failure, FailureKind, WaitingFor};
use crate::outgoing::{Outgoing, after};
use crate::retry_after::retry_after;

/// Shared by all calls of one client.
#[derive(Debug)]
pub(crate) struct Gate {
    slots: Semaphore,
    closed_until: Mutex<Option<Instant>>,
    longest_hold: Duration,
    spread: Duration,
}

impl Gate {
    /// `longest_hold` is the longest pause that is heeded for all calls;
    /// `spread` the time over which they set off again after it.
    pub(crate) fn new(slots: usize, longest_hold: Duration, spread: Duration) -> Self {
        Self {
            slots: Semaphore::new(slots),
            closed_until: Mutex::default(),
            longest_hold,
            spread,
        }
    }

    fn closed_until(&self) -> Option<Instant> {
        *self
            .closed_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request of a call when it is its turn, and gives it its time:
    /// `send` learns when it has to be done.
    pub(crate) async fn pass(
        &self,
        outgoing: &Outgoing,
        send: impl AsyncFnOnce(Instant) -> Result<Response<Bytes>, Failure>,
    ) -> Result<Response<Bytes>, Failure> {
        let (_slot, now) = self.enter(outgoing).await?;
        outgoing.log.note_attempt();
        let end = after(now, outgoing.attempt_time).min(outgoing.deadline);
        let response = timeout_at(end, send(end))
            .await
            .map_err(|_| Failure::new(FailureKind::Timeout))??;
        self.heed(&response);
        Ok(response)
    }

    /// Waits for a slot and for the end of a pause, both within the call's time.
    async fn enter(&self, outgoing: &Outgoing) -> Result<(SemaphorePermit<'_>, Instant), Failure> {
        let deadline = outgoing.deadline;
        let time_up = |what| Failure::new(FailureKind::TimeUp(what));
        loop {
            // Paused calls take no slot.
            while let Some(until) = self.closed_until()
                && until > Instant::now()
            {
                if until >= deadline {
                    outgoing.log.note_retry_after(Some(until - Instant::now()));
                    return Err(time_up(WaitingFor::Pause));
                }
                // Not all at the same instant when the pause is over.
                sleep_until(after(until, self.spread.mul_f64(fastrand::f64()))).await;
            }
            let slot = match self.slots.try_acquire() {
                Ok(slot) => slot,
                Err(_) => timeout_at(deadline, self.slots.acquire())
                    .await
                    .ok()
                    .and_then(Result::ok)
                    .ok_or_else(|| time_up(WaitingFor::Slot))?,
            };
            let now = Instant::now();
            if now >= deadline {
                return Err(time_up(WaitingFor::Slot));
            }
            if self.closed_until().is_none_or(|until| until <= now) {
                return Ok((slot, now));
            }
        }
    }

    /// A 429 speaks to the whole client, not to one call.
    fn heed(&self, response: &Response<Bytes>) {
        if response.status() != StatusCode::TOO_MANY_REQUESTS {
            return;
        }
        if let Some(wait) = retry_after(response.headers())
            && wait <= self.longest_hold
        {
            let until = after(Instant::now(), wait);
            let mut closed = self
                .closed_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *closed = Some(closed.map_or(until, |before| before.max(until)));
        }
    }
}
