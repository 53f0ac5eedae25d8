//! Sends operations to one service.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use tokio::time::Instant;
use tower::Service;
use tower::util::BoxCloneSyncService;
use tracing::Instrument;

use crate::answer::Answer;
use crate::auth::Auth;
use crate::base_url::{self, BaseUrl};
use crate::call::Call;
use crate::credentials::{Credentials, Scheme};
use crate::error::{DecodeError, Error, Explanation, Outcome, SetupError};
use crate::failure::{Evidence, Failure, FailureKind, evidence_of};
use crate::gate::Gate;
use crate::operation::{Operation, Replay};
use crate::outgoing::{CallLog, Outgoing, REQUEST_ID, after};
use crate::retry::{Quota, Retries};
use crate::stack::{Bottom, Stack};
use crate::transport::Transport;

/// Where servers put theirs.
const REQUEST_IDS: [HeaderName; 3] = [
    REQUEST_ID,
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("x-correlation-id"),
];

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// One request with its whole answer.
    pub attempt: Duration,
    /// The call with all its attempts and waits.
    pub overall: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(60),
            overall: Duration::from_secs(300),
        }
    }
}

/// A client of one service: base URL, credentials, limits. Cheap to clone,
/// starts no task, and may be used from any tokio runtime.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    base: BaseUrl,
    explain: fn(&Answer) -> Explanation,
    deadlines: Deadlines,
    stack: Stack,
}

/// Settings of a [`Client`].
pub struct ClientBuilder {
    base_url: String,
    transport: Option<Bottom>,
    quota: Option<Quota>,
    auth: Option<Auth>,
    explain: fn(&Answer) -> Explanation,
    deadlines: Deadlines,
    retries: Retries,
    concurrency: usize,
}

impl Client {
    /// Starts a client of the service at `base_url`.
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.into(),
            transport: None,
            quota: None,
            auth: None,
            explain: Explanation::generic,
            deadlines: Deadlines::default(),
            retries: Retries::default(),
            concurrency: 16,
        }
    }

    /// Sends an operation and decodes its answer.
    ///
    /// # Errors
    /// [`Error`] says how far the call got; see [`Error::outcome`].
    pub async fn send<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        let call = operation.call().map_err(|error| Error::NotBuilt {
            operation: Cow::Borrowed(O::NAME),
            reason: error.to_string(),
        })?;
        let (answer, outgoing) = self.run(call).await?;
        O::decode(&answer).map_err(|error| unreadable(&outgoing, &answer, error))
    }

    /// Sends a call and gives its successful answer as it is.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn execute(&self, call: Call) -> Result<Answer, Error> {
        self.run(call).await.map(|(answer, _)| answer)
    }

    /// Scheme, host and port of the service.
    pub fn origin(&self) -> &str {
        &self.0.base.origin
    }

    // Not async: each layer of futures would hold the call once more.
    fn run(
        &self,
        call: Call,
    ) -> impl Future<Output = Result<(Answer, Arc<Outgoing>), Error>> + Send {
        let span = tracing::info_span!(
            "call",
            operation = %call.name,
            attempts = tracing::field::Empty,
            status = tracing::field::Empty,
            request_id = tracing::field::Empty,
        );
        self.attempt(call).instrument(span)
    }

    async fn attempt(&self, call: Call) -> Result<(Answer, Arc<Outgoing>), Error> {
        let outgoing = Arc::new(self.outgoing(call)?);
        let result = self.0.stack.send(Arc::clone(&outgoing)).await;
        let span = tracing::Span::current();
        span.record("attempts", outgoing.log.attempts());
        let answer = match result {
            Ok(response) => answer_of(response),
            Err(failure) => return Err(self.failed(&outgoing, failure)),
        };
        span.record("status", answer.status.as_u16());
        if !span.is_disabled()
            && let Some(id) = request_id(&answer)
        {
            span.record("request_id", id);
        }
        if answer.status.is_success() {
            return Ok((answer, outgoing));
        }
        let explanation = (self.0.explain)(&answer);
        let server_id = explanation.request_id.as_deref();
        Err(Error::Status {
            operation: outgoing.call.name.clone(),
            outcome: outcome_of(&outgoing, evidence_of(answer.status)),
            context: outgoing.context(server_id.or_else(|| request_id(&answer))),
            explanation: Box::new(explanation),
            answer: Box::new(answer),
        })
    }

    fn outgoing(&self, call: Call) -> Result<Outgoing, Error> {
        if let Some(problem) = call.target.problem() {
            return Err(Error::NotBuilt {
                reason: problem.to_owned(),
                operation: call.name,
            });
        }
        let started = Instant::now();
        Ok(Outgoing {
            url: self.0.base.url_of(&call.target),
            call,
            id: new_id(),
            started,
            deadline: after(started, self.0.deadlines.overall),
            attempt_time: self.0.deadlines.attempt,
            log: CallLog::default(),
        })
    }

    fn failed(&self, outgoing: &Outgoing, failure: Failure) -> Error {
        let operation = outgoing.call.name.clone();
        let replay = outgoing.call.replay;
        let maybe_sent = outgoing.log.unclear() || !failure.never_sent();
        match failure.kind() {
            FailureKind::BodyLost(status) | FailureKind::TooLarge(status, _) => {
                return Error::Unreadable {
                    operation,
                    status: *status,
                    outcome: done_unless_safe(replay),
                    context: outgoing.context(None),
                    source: Box::new(failure),
                };
            }
            FailureKind::Unbuilt => {
                return Error::NotBuilt {
                    operation,
                    reason: failure.reason(),
                };
            }
            FailureKind::TimeUp(waiting_for) if !maybe_sent => {
                return Error::TimeUp {
                    operation,
                    waiting_for: *waiting_for,
                    context: outgoing.context(None),
                };
            }
            _ => {}
        }
        let origin = self.0.base.origin.clone();
        let context = outgoing.context(None);
        if maybe_sent {
            return Error::NoAnswer {
                operation,
                origin,
                outcome: match replay {
                    Replay::Safe => Outcome::Refused,
                    Replay::Converges | Replay::Once => Outcome::Unknown,
                },
                context,
                source: Box::new(failure),
            };
        }
        match failure.into_credentials() {
            Ok(source) => Error::Credentials {
                operation,
                context,
                source,
            },
            Err(source) => Error::Unreachable {
                operation,
                origin,
                context,
                source: Box::new(source),
            },
        }
    }
}

/// 128 random bits in hexadecimal.
fn new_id() -> Option<HeaderValue> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let random = fastrand::u128(..);
    let id: [u8; 32] = std::array::from_fn(|i| DIGITS[(random >> (4 * i)) as usize & 15]);
    HeaderValue::from_bytes(&id).ok()
}

fn answer_of(response: Response<Bytes>) -> Answer {
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// The id under which the server's operators find the request.
fn request_id(answer: &Answer) -> Option<&str> {
    REQUEST_IDS
        .iter()
        .filter_map(|name| answer.headers.get(name)?.to_str().ok())
        .find(|id| !id.is_empty() && id.len() <= 128)
}

/// One attempt that may have been carried out makes the whole call unclear.
fn outcome_of(outgoing: &Outgoing, last: Evidence) -> Outcome {
    let unclear = outgoing.log.unclear() || last == Evidence::Unclear;
    match outgoing.call.replay {
        Replay::Safe => Outcome::Refused,
        Replay::Converges | Replay::Once if unclear => Outcome::Unknown,
        Replay::Converges | Replay::Once => Outcome::Refused,
    }
}

fn done_unless_safe(replay: Replay) -> Outcome {
    match replay {
        Replay::Safe => Outcome::Refused,
        Replay::Converges | Replay::Once => Outcome::Done,
    }
}

fn unreadable(outgoing: &Outgoing, answer: &Answer, error: DecodeError) -> Error {
    let outcome = match done_unless_safe(outgoing.call.replay) {
        // Who knows what the page stands in front of.
        Outcome::Done if error.is_page() => Outcome::Unknown,
        outcome => outcome,
    };
    Error::Unreadable {
        operation: outgoing.call.name.clone(),
        status: answer.status,
        outcome,
        context: outgoing.context(request_id(answer)),
        source: Box::new(error),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("origin", &self.0.base.origin)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Uses connections, trust and replay quota of this transport.
    #[must_use]
    pub fn transport(mut self, transport: &Transport) -> Self {
        self.quota = Some(transport.quota());
        self.transport = Some(Bottom::Http(transport.clone()));
        self
    }

    /// Puts another service in the transport's place: a scripted one in tests,
    /// or a simulator in the same process.
    #[must_use]
    pub fn service<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Bytes>, Response = Response<Bytes>, Error = Failure>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.transport = Some(Bottom::Other(BoxCloneSyncService::new(service)));
        self
    }

    /// Attaches credentials to each authenticated call.
    #[must_use]
    pub fn credentials(mut self, credentials: Arc<dyn Credentials>, scheme: Scheme) -> Self {
        self.auth = Some(Auth {
            credentials,
            scheme,
        });
        self
    }

    /// How this service words its errors.
    #[must_use]
    pub fn explain(mut self, explain: fn(&Answer) -> Explanation) -> Self {
        self.explain = explain;
        self
    }

    /// Time limits.
    #[must_use]
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// Replay limits.
    #[must_use]
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Requests under way at once, at most. 16 unless told.
    #[must_use]
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// The client. No I/O.
    ///
    /// # Errors
    /// When the base URL is not `https://host[:port][/path]`, or `http://` to
    /// this machine: a token must not travel in the clear.
    pub fn build(self) -> Result<Client, SetupError> {
        let base = BaseUrl::parse(&self.base_url)?;
        let transport = self
            .transport
            .unwrap_or_else(|| Bottom::Http(Transport::default()));
        let gate = Gate::new(
            self.concurrency,
            self.retries.longest_retry_after,
            self.retries.first_wait,
        );
        Ok(Client(Arc::new(Inner {
            base,
            explain: self.explain,
            deadlines: self.deadlines,
            stack: Stack::new(
                transport,
                self.auth,
                self.retries,
                self.quota.unwrap_or_default(),
                gate,
            ),
        })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &base_url::shown(&self.base_url))
            .finish_non_exhaustive()
    }
}
