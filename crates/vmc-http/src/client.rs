//! Sends operations to one service.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Request, Response, Uri};
use tokio::time::Instant;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};
use tracing::Instrument;

use crate::answer::Answer;
use crate::auth::Auth;
use crate::call::Call;
use crate::credentials::{Credentials, Scheme};
use crate::error::{Context, DecodeError, Error, Explanation, Outcome, SetupError};
use crate::facts::{CallLog, Facts, after};
use crate::failure::{Evidence, Failure, FailureKind, evidence_of};
use crate::gate::Gate;
use crate::operation::{Operation, Replay};
use crate::redact::printable;
use crate::retry::{Quota, Retries};
use crate::stack::{Stack, assemble};
use crate::transport::Transport;

/// Carries our id of a request, and often the server's.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    base: String,
    origin: String,
    explain: fn(&Answer) -> Explanation,
    deadlines: Deadlines,
    stack: Stack,
}

/// Settings of a [`Client`].
pub struct ClientBuilder {
    base_url: String,
    transport: Option<Stack>,
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
        let (answer, context) = self.run(call).await?;
        O::decode(&answer)
            .map_err(|error| unreadable(Cow::Borrowed(O::NAME), O::REPLAY, &answer, context, error))
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
        &self.0.origin
    }

    async fn run(&self, call: Call) -> Result<(Answer, Box<Context>), Error> {
        let span = tracing::info_span!(
            "call",
            operation = %call.name,
            attempts = tracing::field::Empty,
            status = tracing::field::Empty,
            request_id = tracing::field::Empty,
        );
        self.attempt(call).instrument(span).await
    }

    async fn attempt(&self, call: Call) -> Result<(Answer, Box<Context>), Error> {
        let started = Instant::now();
        let our_id = new_id();
        let (name, replay) = (call.name.clone(), call.replay);
        let facts = Arc::new(Facts {
            name: call.name.clone(),
            replay,
            authenticated: call.authenticated,
            deadline: after(started, self.0.deadlines.overall),
            attempt_time: self.0.deadlines.attempt,
            log: CallLog::default(),
        });
        let request = self.request(&call, Arc::clone(&facts), &our_id)?;
        let result = self.0.stack.clone().oneshot(request).await;
        let log = &facts.log;

        let mut context = Box::new(Context {
            attempts: log.attempts(),
            elapsed: started.elapsed(),
            request_id: Some(our_id),
            retry_after: log.retry_after(),
            repeatable: replay != Replay::Once,
        });
        let span = tracing::Span::current();
        span.record("attempts", context.attempts);
        let answer = match result {
            Ok(response) => answer_of(response),
            Err(failure) => return Err(self.failed(name, replay, log, context, failure)),
        };
        span.record("status", answer.status.as_u16());
        if let Some(id) = request_id(&answer) {
            span.record("request_id", id);
            context.request_id = Some(id.to_owned());
        }
        if answer.status.is_success() {
            return Ok((answer, context));
        }
        let explanation = (self.0.explain)(&answer);
        if explanation.request_id.is_some() {
            context.request_id.clone_from(&explanation.request_id);
        }
        Err(Error::Status {
            operation: name,
            outcome: outcome_of(replay, log, evidence_of(answer.status)),
            explanation: Box::new(explanation),
            answer: Box::new(answer),
            context,
        })
    }

    fn request(&self, call: &Call, facts: Arc<Facts>, id: &str) -> Result<Request<Bytes>, Error> {
        let not_built = |reason: String| Error::NotBuilt {
            operation: call.name.clone(),
            reason,
        };
        if let Some(problem) = call.target.problem() {
            return Err(not_built(problem.to_owned()));
        }
        let uri: Uri = format!("{}{}", self.0.base, call.target)
            .parse()
            .map_err(|error| not_built(format!("the address is not valid: {error}")))?;
        let mut request = Request::new(call.body.bytes());
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        *headers = call.headers.clone();
        headers
            .entry(ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        if let Some(kind) = call.body.content_type() {
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static(kind));
        }
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert(REQUEST_ID, id);
        }
        request.extensions_mut().insert(facts);
        Ok(request)
    }

    fn failed(
        &self,
        operation: Cow<'static, str>,
        replay: Replay,
        log: &CallLog,
        context: Box<Context>,
        failure: Failure,
    ) -> Error {
        let maybe_sent = log.unclear() || !failure.never_sent();
        match failure.kind() {
            FailureKind::BodyLost(status) | FailureKind::TooLarge(status, _) => {
                return Error::Unreadable {
                    operation,
                    status: *status,
                    outcome: done_unless_safe(replay),
                    context,
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
                    context,
                };
            }
            _ => {}
        }
        let origin = self.0.origin.clone();
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
fn new_id() -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut id = String::with_capacity(32);
    for byte in fastrand::u128(..).to_le_bytes() {
        id.push(char::from(DIGITS[usize::from(byte >> 4)]));
        id.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    id
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
fn outcome_of(replay: Replay, log: &CallLog, last: Evidence) -> Outcome {
    let unclear = log.unclear() || last == Evidence::Unclear;
    match replay {
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

fn unreadable(
    operation: Cow<'static, str>,
    replay: Replay,
    answer: &Answer,
    context: Box<Context>,
    error: DecodeError,
) -> Error {
    let outcome = match done_unless_safe(replay) {
        // Who knows what the page stands in front of.
        Outcome::Done if error.is_page() => Outcome::Unknown,
        outcome => outcome,
    };
    Error::Unreadable {
        operation,
        status: answer.status,
        outcome,
        context,
        source: Box::new(error),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("origin", &self.0.origin)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Uses connections, trust and replay quota of this transport.
    #[must_use]
    pub fn transport(mut self, transport: &Transport) -> Self {
        self.quota = Some(transport.quota());
        self.transport = Some(BoxCloneSyncService::new(transport.clone()));
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
        self.transport = Some(BoxCloneSyncService::new(service));
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
        let (base, origin) = base_and_origin(&self.base_url)?;
        let transport = self
            .transport
            .unwrap_or_else(|| BoxCloneSyncService::new(Transport::default()));
        let gate = Gate::new(
            self.concurrency,
            self.retries.longest_retry_after,
            self.retries.first_wait,
        );
        Ok(Client(Arc::new(Inner {
            base,
            origin,
            explain: self.explain,
            deadlines: self.deadlines,
            stack: assemble(
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
            .field("base_url", &shown(&self.base_url))
            .finish_non_exhaustive()
    }
}

/// What may be shown of a base URL that somebody typed: no user, no query.
fn shown(text: &str) -> String {
    let host = text.rsplit('@').next().unwrap_or_default();
    printable(host.split(['?', '#']).next().unwrap_or_default(), 100)
}

/// Checks a base URL; gives it without its trailing slash, and its origin.
fn base_and_origin(text: &str) -> Result<(String, String), SetupError> {
    let shown = shown(text);
    let url = url::Url::parse(text.trim()).map_err(|error| {
        SetupError::because(
            format!("{shown:?} is not a URL (expected https://host)"),
            error,
        )
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(SetupError::new(
            "the base URL must not carry a user name or password",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(SetupError::new(format!(
            "{shown:?} must end with its path: no ? and no #"
        )));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(SetupError::new(format!(
                "{shown:?} would send the token in the clear; use https (http is for this machine only)"
            )));
        }
        other => {
            return Err(SetupError::new(format!(
                "{shown:?} has the scheme {other:?}; expected https"
            )));
        }
    }
    Ok((
        url.as_str().trim_end_matches('/').to_owned(),
        url.origin().ascii_serialization(),
    ))
}

/// Whether a URL's host is this machine by its text alone, without asking DNS.
pub fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_keep_tokens_off_the_clear() {
        for good in [
            "https://vmc.vmware.com",
            "https://vmc.vmware.com/",
            "https://h:8443/prefix/",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost:3000",
        ] {
            assert!(base_and_origin(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "vmc.vmware.com",
            "http://vmc.vmware.com",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "ftp://127.0.0.1",
            "https://user:canary@vmc.vmware.com",
            "https://user:canary@",
            "user:canary@vmc.vmware.com",
            "https://h/?token=canary",
        ] {
            let error = base_and_origin(bad).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
            let builder = format!("{:?}", Client::builder(bad));
            assert!(!builder.contains("canary"), "{builder}");
        }
        assert_eq!(
            base_and_origin("https://h:8443/p/").unwrap(),
            ("https://h:8443/p".into(), "https://h:8443".into())
        );
    }
}
