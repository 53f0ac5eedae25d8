//! One request's journey below [`Client::send`](crate::Client::send):
//! replays → credentials → gate → transport.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tokio::time::Instant;
use tower::retry::Retry;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use crate::auth::Auth;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::operation::Replay;
use crate::retry::{Quota, ReplayPolicy, Retries};

/// The erased stack, and the erased transport at its bottom.
pub(crate) type Stack = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, Failure>;

/// What every layer may know about a call. Travels in the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) name: Cow<'static, str>,
    pub(crate) replay: Replay,
    pub(crate) authenticated: bool,
    pub(crate) deadline: Instant,
    pub(crate) attempt_time: Duration,
    pub(crate) log: Arc<CallLog>,
}

/// What happened to a call on its way, gathered across attempts.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    attempts: AtomicU32,
    unclear: AtomicBool,
    retry_after: Mutex<Option<Duration>>,
}

impl CallLog {
    pub(crate) fn note_attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Remembers that one attempt may have been carried out, whatever the
    /// later ones say.
    pub(crate) fn note_unclear(&self) {
        self.unclear.store(true, Ordering::Relaxed);
    }

    pub(crate) fn unclear(&self) -> bool {
        self.unclear.load(Ordering::Relaxed)
    }

    /// Remembers how long the server asked to wait, when the call ends over it.
    pub(crate) fn note_retry_after(&self, wait: Option<Duration>) {
        if wait.is_some() {
            *self
                .retry_after
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = wait;
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        *self
            .retry_after
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the layers over a transport. Read from the bottom: the last is the
/// outermost.
pub(crate) fn assemble(
    transport: Stack,
    auth: Option<Auth>,
    retries: Retries,
    quota: Quota,
    gate: Gate,
) -> Stack {
    // Next to the transport, so that it counts real requests.
    let gated = service_fn(move |request| gate.clone().pass(transport.clone(), request));
    let policy = ReplayPolicy::new(retries, quota);
    // Replays are outside of credentials, so that each attempt carries a
    // current token.
    match auth {
        Some(auth) => BoxCloneSyncService::new(Retry::new(
            policy,
            service_fn(move |request| auth.clone().carry(gated.clone(), request)),
        )),
        None => BoxCloneSyncService::new(Retry::new(policy, gated)),
    }
}

/// How far away "no limit" is. Adding more would overflow the clock of some systems.
const NO_LIMIT: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// `span` after `start`, however long it is.
pub(crate) fn after(start: Instant, span: Duration) -> Instant {
    start.checked_add(span).unwrap_or_else(|| start + NO_LIMIT)
}
