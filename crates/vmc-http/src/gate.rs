//! How many requests go to one origin at once, when it wants none, and how
//! long one may take.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout_at};
use tower::{Service, ServiceExt};

use crate::facts::{Facts, after};
use crate::failure::{Failure, FailureKind, WaitingFor};
use crate::retry_after::retry_after;

/// Shared by all calls of one client.
#[derive(Debug)]
pub(crate) struct Gate {
    slots: Semaphore,
    closed_until: Mutex<Option<Instant>>,
    longest_hold: Duration,
    spread: Duration,
}

/// When the transport has to be done with an attempt. In the request's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttemptEnd(pub(crate) Instant);

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

    /// Sends a request when it is its turn, and gives it its time.
    pub(crate) async fn pass<S>(
        &self,
        inner: S,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Failure>
    where
        S: Service<Request<Bytes>, Response = Response<Bytes>, Error = Failure>,
    {
        let Some(facts) = request.extensions().get::<Arc<Facts>>().cloned() else {
            return inner.oneshot(request).await;
        };
        let _slot = self.enter(&facts).await?;
        facts.log.note_attempt();
        let end = after(Instant::now(), facts.attempt_time).min(facts.deadline);
        request.extensions_mut().insert(AttemptEnd(end));
        let response = timeout_at(end, inner.oneshot(request))
            .await
            .map_err(|_| Failure::new(FailureKind::Timeout))??;
        self.heed(&response);
        Ok(response)
    }

    /// Waits for a slot and for the end of a pause, both within the call's time.
    async fn enter(&self, facts: &Facts) -> Result<SemaphorePermit<'_>, Failure> {
        let time_up = |what| Failure::new(FailureKind::TimeUp(what));
        loop {
            // Paused calls take no slot.
            while let Some(until) = self.closed_until()
                && until > Instant::now()
            {
                if until >= facts.deadline {
                    facts.log.note_retry_after(Some(until - Instant::now()));
                    return Err(time_up(WaitingFor::Pause));
                }
                // Not all at the same instant when the pause is over.
                sleep_until(after(until, self.spread.mul_f64(fastrand::f64()))).await;
            }
            let slot = timeout_at(facts.deadline, self.slots.acquire())
                .await
                .ok()
                .and_then(Result::ok)
                .ok_or_else(|| time_up(WaitingFor::Slot))?;
            let now = Instant::now();
            if now >= facts.deadline {
                return Err(time_up(WaitingFor::Slot));
            }
            if self.closed_until().is_none_or(|until| until <= now) {
                return Ok(slot);
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
