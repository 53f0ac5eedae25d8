//! How many requests go to one origin at once, when it wants none, and how
//! long one may take.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};
use tower::{Layer, Service};

use crate::failure::{Failure, FailureKind};
use crate::retry_after::retry_after;
use crate::stack::Facts;

/// Shared by all calls of one client.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    slots: Arc<Semaphore>,
    closed_until: Arc<Mutex<Option<Instant>>>,
    longest_hold: Duration,
}

impl Gate {
    pub(crate) fn new(slots: usize, longest_hold: Duration) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots)),
            closed_until: Arc::default(),
            longest_hold,
        }
    }

    fn closed_until(&self) -> Option<Instant> {
        *self
            .closed_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A 429 speaks to the whole client, not to one call.
    fn heed(&self, response: &Response<Bytes>) {
        if response.status() != StatusCode::TOO_MANY_REQUESTS {
            return;
        }
        if let Some(wait) = retry_after(response.headers())
            && wait <= self.longest_hold
        {
            let until = Instant::now() + wait;
            let mut closed = self
                .closed_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *closed = Some(closed.map_or(until, |before| before.max(until)));
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct GateLayer(Gate);

impl GateLayer {
    pub(crate) fn new(gate: Gate) -> Self {
        Self(gate)
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated {
            inner,
            gate: self.0.clone(),
        }
    }
}

/// The service behind the gate.
#[derive(Debug, Clone)]
pub(crate) struct Gated<S> {
    inner: S,
    gate: Gate,
}

impl<S> Service<Request<Bytes>> for Gated<S>
where
    S: Service<Request<Bytes>, Response = Response<Bytes>, Error = Failure>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    type Response = Response<Bytes>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let gate = self.gate.clone();
        // The service that was polled ready is the one that is called.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let facts = request.extensions().get::<Facts>().cloned();
            let Some(facts) = facts else {
                return inner.call(request).await;
            };
            let too_late = |_| Failure::new(FailureKind::Deadline);
            let _slot = timeout_at(facts.deadline, gate.slots.acquire())
                .await
                .map_err(too_late)?;
            if let Some(until) = gate.closed_until()
                && until > Instant::now()
            {
                timeout_at(facts.deadline, sleep_until(until))
                    .await
                    .map_err(too_late)?;
            }
            if Instant::now() >= facts.deadline {
                return Err(Failure::new(FailureKind::Deadline));
            }
            facts.log.note_attempt();
            let end = facts.deadline.min(Instant::now() + facts.attempt_time);
            let response = timeout_at(end, inner.call(request))
                .await
                .map_err(|_| Failure::new(FailureKind::Timeout))??;
            gate.heed(&response);
            Ok(response)
        })
    }
}
