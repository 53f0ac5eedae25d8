//! Why there is no access token.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use vmc_http::bytes::Bytes;
use vmc_http::redact::REDACTED;
use vmc_http::{Answer, CredentialsError, DecodeError, Error as CallError, Outcome};

use crate::explain::explain;
use crate::grant::Grant;

/// Why there is no access token. Cheap to clone, because all callers who
/// waited for the same exchange get the same answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Error {
    /// The text given cannot be a credential. Nothing was sent.
    Unusable {
        /// `API token`, `client id` or `client secret`.
        what: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// CSP does not accept the API token.
    ApiTokenRefused {
        /// Why, as far as CSP says.
        refusal: Refusal,
        /// The failed call.
        call: Arc<CallError>,
    },
    /// CSP does not accept the OAuth app's id and secret.
    AppRefused(Arc<CallError>),
    /// CSP asks for fewer requests.
    Throttled(Arc<CallError>),
    /// Something else than CSP answers at this address: a login page, a proxy,
    /// another service.
    NotCsp {
        /// Scheme, host and port asked.
        origin: String,
        /// The failed call.
        call: Arc<CallError>,
    },
    /// No answer came: network, name resolution, certificate, time.
    Unreachable {
        /// Scheme, host and port asked.
        origin: String,
        /// The failed call.
        call: Arc<CallError>,
    },
    /// CSP failed in another way.
    Failed(Arc<CallError>),
}

/// Why an API token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// CSP says no more than that it is invalid: mistyped, of another cloud,
    /// expired or revoked.
    Invalid,
    /// It has expired.
    Expired,
    /// It was revoked or switched off.
    Revoked,
}

impl Error {
    /// Sorts a failed token call, after taking the grant's secret out of
    /// everything the server said.
    pub(crate) fn of(mut call: CallError, origin: &str, grant: &Grant) -> Self {
        scrub(&mut call, grant.secret());
        let call = Arc::new(call);
        let origin = origin.to_owned();
        match &*call {
            CallError::Unreachable { .. } | CallError::NoAnswer { .. } => {
                Self::Unreachable { origin, call }
            }
            CallError::Unreadable { source, .. }
                if source
                    .downcast_ref::<DecodeError>()
                    .is_some_and(DecodeError::is_page) =>
            {
                Self::NotCsp { origin, call }
            }
            CallError::Status { answer, .. } => match answer.status {
                StatusCode::TOO_MANY_REQUESTS => Self::Throttled(call),
                status if status.is_server_error() => Self::Failed(call),
                _ if elsewhere(answer) => Self::NotCsp { origin, call },
                StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    match grant {
                        Grant::ApiToken(_) => Self::ApiTokenRefused {
                            refusal: Refusal::read(call.server_message()),
                            call,
                        },
                        Grant::OAuthApp(_) => Self::AppRefused(call),
                    }
                }
                _ => Self::Failed(call),
            },
            _ => Self::Failed(call),
        }
    }

    /// The failed call, with operation name, attempts and time; `None` when
    /// nothing was sent.
    pub fn call(&self) -> Option<&CallError> {
        match self {
            Self::Unusable { .. } => None,
            Self::ApiTokenRefused { call, .. }
            | Self::AppRefused(call)
            | Self::Throttled(call)
            | Self::NotCsp { call, .. }
            | Self::Unreachable { call, .. }
            | Self::Failed(call) => Some(call),
        }
    }

    /// HTTP status, where there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.call()?.status()
    }

    /// CSP's error code, such as `540.120-340.800`.
    pub fn code(&self) -> Option<&str> {
        self.call()?.code()
    }

    /// The id under which CSP's operators find the request.
    pub fn request_id(&self) -> Option<&str> {
        self.call()?.request_id()
    }

    /// How long CSP asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.call()?.retry_after()
    }

    /// Whether the same may succeed later without any change.
    pub fn transient(&self) -> bool {
        match self {
            Self::Throttled(_) => true,
            Self::Unreachable { call, .. } | Self::Failed(call) => call.retryable(),
            _ => false,
        }
    }

    /// How far the token call got. The call the token was wanted for was never
    /// sent.
    pub fn outcome(&self) -> Outcome {
        self.call().map_or(Outcome::NotSent, CallError::outcome)
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unusable { what, .. } => format!("Give the {what} as one word, as the console shows it."),
            Self::ApiTokenRefused { refusal: Refusal::Invalid, .. } => {
                "Check that the whole API token was copied and that it belongs to this cloud. It may also have expired \
                 or been revoked: create a new one in the console under My Account > API Tokens."
                    .into()
            }
            Self::ApiTokenRefused { .. } => {
                "Create a new API token in the console under My Account > API Tokens.".into()
            }
            Self::AppRefused(_) => {
                "Check the app's id and secret, and that the app is added to the organization (console, \
                 Organization > OAuth Apps)."
                    .into()
            }
            Self::Throttled(call) => match call.retry_after() {
                Some(wait) => format!("Try again in {} s.", wait.as_secs()),
                None => "Try again in a minute.".into(),
            },
            Self::NotCsp { call, .. } => match call.hint() {
                Some(hint) => hint.into_owned(),
                None => "Check the address of VMware Cloud Services.".into(),
            },
            Self::Unreachable { call, .. } | Self::Failed(call) => call.hint()?.into_owned(),
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |call: &CallError| {
            let status = call
                .status()
                .map(|status| status.as_u16())
                .unwrap_or_default();
            match call.server_message() {
                Some(message) => format!("{status}: {message}"),
                None => format!("{status}"),
            }
        };
        match self {
            Self::Unusable { what, problem } => write!(f, "the {what} {problem}"),
            Self::ApiTokenRefused { refusal, call } => {
                let why = match refusal {
                    Refusal::Invalid => "is invalid or expired",
                    Refusal::Expired => "has expired",
                    Refusal::Revoked => "was revoked or deactivated",
                };
                write!(f, "the API token {why} ({})", said(call))
            }
            Self::AppRefused(call) => write!(f, "the OAuth app is not accepted ({})", said(call)),
            Self::Throttled(call) => {
                write!(
                    f,
                    "VMware Cloud Services asks for fewer requests ({})",
                    said(call)
                )
            }
            Self::NotCsp { origin, call } => match call.status() {
                Some(status) => write!(
                    f,
                    "{origin} is not VMware Cloud Services (it answered {status})"
                ),
                None => write!(f, "{origin} is not VMware Cloud Services"),
            },
            // These say themselves where and how often.
            Self::Unreachable { call, .. } | Self::Failed(call) => call.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // The call's own line is in ours already.
        self.call()?.source()
    }
}

impl From<Error> for CredentialsError {
    fn from(error: Error) -> Self {
        let (transient, hint) = (error.transient(), error.hint());
        let wrapped = Self::new(error, transient);
        match hint {
            Some(hint) => wrapped.with_hint(hint),
            None => wrapped,
        }
    }
}

impl Refusal {
    fn read(message: Option<&str>) -> Self {
        let message = message.unwrap_or_default().to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        match () {
            // "invalid or expired" says nothing more than invalid.
            () if says(&["revoked", "deactivated", "disabled"]) => Self::Revoked,
            () if says(&["expired"]) && !says(&["invalid or expired", "or has expired"]) => {
                Self::Expired
            }
            () => Self::Invalid,
        }
    }
}

/// Whether an error answer is not in the voice of CSP: a page, a redirect, or
/// a path that does not exist.
fn elsewhere(answer: &Answer) -> bool {
    let csp = explain(answer).code.is_some();
    answer.is_html()
        || answer.status.is_redirection()
        || (matches!(
            answer.status,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE
        ) && !csp)
}

/// Takes a secret out of an error answer. CSP itself masks what it echoes, but
/// whoever stands in between may not.
fn scrub(call: &mut CallError, secret: &str) {
    let CallError::Status {
        answer,
        explanation,
        ..
    } = call
    else {
        return;
    };
    let body = String::from_utf8_lossy(&answer.body);
    if body.contains(secret) {
        answer.body = Bytes::from(body.replace(secret, REDACTED));
        **explanation = explain(answer);
    }
    let echoing: Vec<_> = answer
        .headers
        .iter()
        .filter(|(_, value)| String::from_utf8_lossy(value.as_bytes()).contains(secret))
        .map(|(name, _)| name.clone())
        .collect();
    for name in echoing {
        answer.headers.remove(name);
    }
}
