//! What the layers know about a call, and what they gather on its way.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::operation::Replay;

/// What every layer may know about a call. Travels in the request's extensions,
/// shared by all attempts.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) name: Cow<'static, str>,
    pub(crate) replay: Replay,
    pub(crate) authenticated: bool,
    pub(crate) deadline: Instant,
    pub(crate) attempt_time: Duration,
    pub(crate) log: CallLog,
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

/// How far away "no limit" is. Adding more would overflow the clock of some systems.
const NO_LIMIT: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// `span` after `start`, however long it is.
pub(crate) fn after(start: Instant, span: Duration) -> Instant {
    start.checked_add(span).unwrap_or_else(|| start + NO_LIMIT)
}
