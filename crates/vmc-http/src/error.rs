//! What can go wrong with a call, named by how far the call got.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::answer::Answer;
use crate::credentials::CredentialsError;
use crate::failure::{Failure, WaitingFor};
use crate::json_path::path_at;
use crate::redact::printable;

/// Whether the server acted on a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No byte of the request reached the server.
    NotSent,
    /// The server answered that it did not do it.
    Refused,
    /// It may or may not have been done.
    Unknown,
    /// It was done; only the answer is lost.
    Done,
}

/// A failed call.
///
/// The top line says what the server said, or how far the call got;
/// [`source`](StdError::source) tells why at the level below, once.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The call could not be put together. Nothing was sent.
    #[error("{operation}: the request could not be built: {reason}")]
    NotBuilt {
        /// Operation name.
        operation: Cow<'static, str>,
        /// What is wrong with it.
        reason: String,
    },
    /// No credential could be had, at the start or after the server refused
    /// the one before. Nothing was carried out.
    #[error("{operation}: not carried out, no access token")]
    Credentials {
        /// Operation name.
        operation: Cow<'static, str>,
        /// What the call went through.
        context: Box<Context>,
        /// Why.
        source: CredentialsError,
    },
    /// The call's time ran out before it was sent. Nothing was carried out.
    #[error("{operation}: not sent, the time ran out while waiting for {waiting_for}")]
    TimeUp {
        /// Operation name.
        operation: Cow<'static, str>,
        /// What it was waiting for.
        waiting_for: WaitingFor,
        /// What the call went through.
        context: Box<Context>,
    },
    /// The server was never reached. Nothing was carried out.
    #[error("{operation}: {origin} could not be reached{}", tries(context))]
    Unreachable {
        /// Operation name.
        operation: Cow<'static, str>,
        /// Scheme, host and port of the server.
        origin: String,
        /// What the call went through.
        context: Box<Context>,
        /// Why.
        source: Box<Failure>,
    },
    /// The server answered with an error.
    #[error("{}", status_line(operation, answer, explanation, context))]
    Status {
        /// Operation name.
        operation: Cow<'static, str>,
        /// The answer.
        answer: Box<Answer>,
        /// What the server said, as far as it could be read.
        explanation: Box<Explanation>,
        /// Whether the server may have acted all the same.
        outcome: Outcome,
        /// What the call went through.
        context: Box<Context>,
    },
    /// The request was sent and no answer came back.
    #[error("{operation}: no complete answer from {origin}{}", tries(context))]
    NoAnswer {
        /// Operation name.
        operation: Cow<'static, str>,
        /// Scheme, host and port of the server.
        origin: String,
        /// Whether the operation may have been carried out.
        outcome: Outcome,
        /// What the call went through.
        context: Box<Context>,
        /// Why.
        source: Box<Failure>,
    },
    /// The server answered with success, but its answer cannot be read.
    #[error("{operation}: {} ({status}), but the answer is unreadable{}", if *outcome == Outcome::Done { "accepted" } else { "answered" }, tries(context))]
    Unreadable {
        /// Operation name.
        operation: Cow<'static, str>,
        /// HTTP status, a success.
        status: StatusCode,
        /// Whether the call changed something: [`Outcome::Done`], or
        /// [`Outcome::Refused`] when a page in the way answered.
        outcome: Outcome,
        /// What the call went through.
        context: Box<Context>,
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// How hard a call tried, and under which name the server knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// Requests made, at least 1 once something was tried.
    pub attempts: u32,
    /// Time from the call to its end.
    pub elapsed: Duration,
    /// The server's request id, or ours where it sent none.
    pub request_id: Option<String>,
    /// The server asked to wait this long, and it was longer than the call may take.
    pub retry_after: Option<Duration>,
    /// Sending the same call again can do no harm, however this one ended:
    /// the operation is not one that happens once.
    pub repeatable: bool,
}

/// What a service said in its error body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// First message meant for people.
    pub message: Option<String>,
    /// The service's own code.
    pub code: Option<String>,
    /// Whether the service itself says that repeating may help.
    pub retryable: Option<bool>,
    /// Request id, when the body carries it.
    pub request_id: Option<String>,
}

impl Error {
    /// Name of the operation that failed.
    pub fn operation(&self) -> &str {
        match self {
            Self::NotBuilt { operation, .. }
            | Self::Credentials { operation, .. }
            | Self::TimeUp { operation, .. }
            | Self::Unreachable { operation, .. }
            | Self::Status { operation, .. }
            | Self::NoAnswer { operation, .. }
            | Self::Unreadable { operation, .. } => operation,
        }
    }

    /// HTTP status, where there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { answer, .. } => Some(answer.status),
            Self::Unreadable { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The whole error answer, where there was one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Status { answer, .. } => Some(answer),
            _ => None,
        }
    }

    /// The server's own error code.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Status { explanation, .. } => explanation.code.as_deref(),
            _ => None,
        }
    }

    /// What the server said, without control characters.
    pub fn server_message(&self) -> Option<&str> {
        match self {
            Self::Status { explanation, .. } => explanation.message.as_deref(),
            _ => None,
        }
    }

    /// Id under which the server's operators can find the request.
    pub fn request_id(&self) -> Option<&str> {
        self.context()?.request_id.as_deref()
    }

    /// Requests that were made for this call.
    pub fn attempts(&self) -> u32 {
        self.context().map_or(0, |context| context.attempts)
    }

    /// How long the server asked to wait, when that was longer than allowed.
    pub fn retry_after(&self) -> Option<Duration> {
        self.context()?.retry_after
    }

    /// Whether the server acted.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotBuilt { .. }
            | Self::Credentials { .. }
            | Self::TimeUp { .. }
            | Self::Unreachable { .. } => Outcome::NotSent,
            Self::Status { outcome, .. }
            | Self::NoAnswer { outcome, .. }
            | Self::Unreadable { outcome, .. } => *outcome,
        }
    }

    /// Whether the same call may succeed later without any change, and may be
    /// sent again without harm.
    pub fn retryable(&self) -> bool {
        match self {
            Self::NotBuilt { .. } => false,
            Self::TimeUp { .. } => true,
            Self::Credentials { source, .. } => source.transient(),
            Self::Unreachable { source, .. } => source.is_transient(),
            Self::NoAnswer {
                context, source, ..
            } => context.repeatable && source.is_transient(),
            Self::Unreadable {
                context, source, ..
            } => {
                let broke_off = source.downcast_ref::<Failure>();
                context.repeatable && broke_off.is_some_and(Failure::is_transient)
            }
            Self::Status {
                answer,
                explanation,
                outcome,
                context,
                ..
            } => {
                let may_pass = answer.status.is_server_error()
                    || answer.status == StatusCode::TOO_MANY_REQUESTS;
                (context.repeatable || *outcome != Outcome::Unknown)
                    && explanation.retryable.unwrap_or(may_pass)
            }
        }
    }

    /// One sentence on what to do next, where this layer knows.
    pub fn hint(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Unreachable { source, .. } | Self::NoAnswer { source, .. } => source.hint(),
            Self::TimeUp { context, .. } => context.retry_after.map(come_back),
            Self::Credentials { source, .. } => source.hint().map(Cow::Owned),
            Self::Status {
                answer, context, ..
            } => {
                if answer.status.is_redirection() {
                    let place = answer.header("location").and_then(origin_of);
                    return Some(Cow::Owned(match place {
                        Some(place) => format!(
                            "The server points to {place}. Redirects are not followed, so the token stayed here; \
                             if that address is right, make it the base URL."
                        ),
                        None => "Redirects are not followed; check the base URL.".into(),
                    }));
                }
                if let Some(wait) = context.retry_after {
                    return Some(come_back(wait));
                }
                answer.is_html().then_some(Cow::Borrowed(
                    "A web page answered instead of the API: check the base URL, and whether a proxy or login page is in the way.",
                ))
            }
            _ => None,
        }
    }

    fn context(&self) -> Option<&Context> {
        match self {
            Self::Unreachable { context, .. }
            | Self::Status { context, .. }
            | Self::NoAnswer { context, .. }
            | Self::Unreadable { context, .. }
            | Self::Credentials { context, .. }
            | Self::TimeUp { context, .. } => Some(context),
            Self::NotBuilt { .. } => None,
        }
    }
}

fn come_back(wait: Duration) -> Cow<'static, str> {
    Cow::Owned(format!(
        "The server asks to wait {} s before the next try.",
        wait.as_secs()
    ))
}

fn tries(context: &Context) -> String {
    if context.attempts > 1 {
        format!(
            " (tried {} times in {:.1} s)",
            context.attempts,
            context.elapsed.as_secs_f32()
        )
    } else {
        String::new()
    }
}

fn status_line(
    operation: &str,
    answer: &Answer,
    explanation: &Explanation,
    context: &Context,
) -> String {
    let said = match (&explanation.message, &explanation.code) {
        (Some(message), _) => message.clone(),
        (None, Some(code)) => code.clone(),
        (None, None) if answer.is_html() => "a web page, not an API answer".into(),
        (None, None) => "the server gave no reason".into(),
    };
    format!("{operation}: {}: {said}{}", answer.status, tries(context))
}

/// Scheme and host of a location: the rest may carry secrets.
pub(crate) fn origin_of(location: &str) -> Option<String> {
    let url = url::Url::parse(location).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    })
}

impl Explanation {
    /// Reads the error bodies that most JSON services share: the first of
    /// `message`, `error_message`, `error_description`, `detail` and `error`.
    pub fn generic(answer: &Answer) -> Self {
        let Ok(serde_json::Value::Object(body)) = answer.json() else {
            return Self::text(answer);
        };
        let word = |name: &str| body.get(name)?.as_str().map(|s| printable(s, 300));
        Self {
            message: [
                "message",
                "error_message",
                "error_description",
                "detail",
                "error",
            ]
            .into_iter()
            .find_map(word),
            code: ["code", "error_code"].into_iter().find_map(word),
            retryable: body.get("retryable").and_then(serde_json::Value::as_bool),
            request_id: ["requestId", "request_id"].into_iter().find_map(word),
        }
    }

    /// The first 300 characters of a body that is plain text; nothing from a web page.
    pub fn text(answer: &Answer) -> Self {
        let head = &answer.text_bytes()[..answer.text_bytes().len().min(2048)];
        let text = printable(&String::from_utf8_lossy(head), 300);
        Self {
            message: (!answer.is_html() && !text.is_empty()).then_some(text),
            ..Self::default()
        }
    }
}

/// A value that cannot be expressed as a request body.
#[derive(Debug, thiserror::Error)]
#[error("the body has no JSON form")]
pub struct EncodeError(#[source] serde_json::Error);

impl EncodeError {
    pub(crate) fn new(source: serde_json::Error) -> Self {
        Self(source)
    }
}

/// An answer that is not what the operation promises.
#[derive(Debug)]
pub struct DecodeError {
    what: String,
    page: bool,
}

impl DecodeError {
    /// An answer that is valid JSON and still not usable.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            page: false,
        }
    }

    /// Whether something else than the API answered: a login page, a proxy.
    pub fn is_page(&self) -> bool {
        self.page
    }

    pub(crate) fn json(answer: &Answer, error: &serde_json::Error) -> Self {
        let kind = printable(
            answer.header("content-type").unwrap_or("no content type"),
            60,
        );
        let size = answer.body.len();
        if answer.is_html() {
            return Self {
                what: format!("a web page ({kind}, {size} bytes) instead of JSON"),
                page: true,
            };
        }
        // serde's own text may quote values, and values may be passwords.
        let what = if answer.text_bytes().is_empty() {
            "the body is empty".to_owned()
        } else if std::str::from_utf8(answer.text_bytes()).is_err() {
            format!("the body is not UTF-8 text ({kind}, {size} bytes)")
        } else if error.is_eof() {
            format!("the JSON ends too early, after {size} bytes")
        } else if error.is_data() {
            let path = path_at(answer.text_bytes(), error.line(), error.column());
            let place = match path.as_str() {
                "" => "the top".to_owned(),
                path => printable(path, 120),
            };
            format!("a value of an unexpected kind at {place} ({kind}, {size} bytes)")
        } else {
            format!(
                "not valid JSON at line {}, column {} ({kind}, {size} bytes)",
                error.line(),
                error.column()
            )
        };
        Self::new(what)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for DecodeError {}

/// A client or transport that could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct SetupError {
    what: String,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl SetupError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            source: None,
        }
    }

    pub(crate) fn because(
        what: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            what: what.into(),
            source: Some(source.into()),
        }
    }
}
