//! A call on its way through the layers, and what they gather about it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::uri::InvalidUri;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use tokio::time::Instant;
use url::Url;

use crate::call::Call;
use crate::error::Context;
use crate::failure::{Failure, FailureKind};
use crate::operation::Replay;

/// Carries our id of a request, and often the server's.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A call, shared by all of its attempts: what every layer may know of it, and
/// all that its requests are made of.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) call: Call,
    pub(crate) url: Url,
    /// Our id of the call.
    pub(crate) id: Option<HeaderValue>,
    pub(crate) started: Instant,
    pub(crate) deadline: Instant,
    pub(crate) attempt_time: Duration,
    pub(crate) log: CallLog,
}

impl Outgoing {
    /// What is known of the call so far, for an error.
    pub(crate) fn context(&self, server_id: Option<&str>) -> Box<Context> {
        let our_id = || self.id.as_ref().and_then(|id| id.to_str().ok());
        Box::new(Context {
            attempts: self.log.attempts(),
            elapsed: self.started.elapsed(),
            request_id: server_id.or_else(our_id).map(str::to_owned),
            retry_after: self.log.retry_after(),
            repeatable: self.call.replay != Replay::Once,
        })
    }
}

/// One time that a call goes out.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) outgoing: Arc<Outgoing>,
    /// The header that carries the current credential.
    credential: Option<(HeaderName, HeaderValue)>,
}

impl Attempt {
    pub(crate) fn new(
        outgoing: Arc<Outgoing>,
        credential: Option<(HeaderName, HeaderValue)>,
    ) -> Self {
        Self {
            outgoing,
            credential,
        }
    }

    /// The request for a service that was put in the transport's place.
    pub(crate) fn into_request(self) -> Result<Request<Bytes>, Failure> {
        let Outgoing { call, url, .. } = &*self.outgoing;
        let mut request = Request::new(call.body.bytes());
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|error: InvalidUri| Failure::because(FailureKind::Unbuilt, error))?;
        *request.headers_mut() = self.into_headers();
        Ok(request)
    }

    pub(crate) fn into_headers(self) -> HeaderMap {
        let Outgoing { call, id, .. } = &*self.outgoing;
        // Room for what follows and for what the transport adds.
        let mut headers = HeaderMap::with_capacity(call.headers.len() + 6);
        for (name, value) in &call.headers {
            headers.append(name, value.clone());
        }
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        if let Some(kind) = call.body.content_type() {
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static(kind));
        }
        if let Some(id) = id {
            headers.insert(REQUEST_ID, id.clone());
        }
        if let Some((name, value)) = self.credential {
            headers.insert(name, value);
        }
        headers
    }
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
