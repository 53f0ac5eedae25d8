//! What the stack below `Client::send` knows about a failed attempt.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

use crate::credentials::CredentialsError;

/// What is known about whether the server has seen a request.
///
/// Crossed with [`Replay`](crate::Replay) to decide on a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// Not seen: DNS, connect or TLS failed.
    NotSent,
    /// Seen and turned away undone (429).
    TurnedAway,
    /// Perhaps carried out: timeout, cut connection, 5xx.
    Unclear,
    /// Repeating cannot help.
    Final,
}

/// Why an attempt failed. The one error type of the whole stack.
#[derive(Debug)]
pub struct Failure {
    kind: FailureKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of failed attempts.
#[derive(Debug)]
#[non_exhaustive]
pub enum FailureKind {
    /// The request could not be put together.
    Unbuilt,
    /// No connection: name resolution, refusal, route, timeout while connecting.
    Connect,
    /// The server's certificate was not accepted: unknown authority, another
    /// name, out of its dates.
    Certificate,
    /// The TLS handshake failed for another reason: perhaps the other side
    /// does not speak TLS.
    Tls,
    /// The proxy did not open a tunnel, because it wants credentials or for
    /// another reason of its own.
    Proxy {
        /// It wants credentials, or other ones (407).
        credentials: bool,
    },
    /// The server turned the request away unread (HTTP/2 `REFUSED_STREAM`).
    RefusedStream,
    /// The request was written, or may have been, and then the connection broke.
    Cut,
    /// No complete answer within the attempt's time.
    Timeout,
    /// The peer does not speak HTTP as it should.
    Protocol,
    /// The body of an answer with this status broke off.
    BodyLost(StatusCode),
    /// The body of an answer with this status is larger than the limit, in bytes.
    TooLarge(StatusCode, usize),
    /// No credential could be had.
    Credentials(CredentialsError),
    /// The call's time ran out before it could be sent.
    TimeUp(WaitingFor),
}

/// What a call was waiting for when its time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitingFor {
    /// An access token.
    Credential,
    /// One of the client's slots for requests.
    Slot,
    /// The end of the pause that the server asked for (429).
    Pause,
}

impl fmt::Display for WaitingFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credential => "an access token",
            Self::Slot => "other requests to end",
            Self::Pause => "the end of the pause that the server asked for",
        })
    }
}

impl Failure {
    /// A failure without a lower cause.
    pub fn new(kind: FailureKind) -> Self {
        Self { kind, source: None }
    }

    /// A failure with its cause. The cause's text must be free of secrets.
    pub fn because(kind: FailureKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> &FailureKind {
        &self.kind
    }

    /// The credential's error where that is what failed, else itself.
    pub(crate) fn into_credentials(self) -> Result<CredentialsError, Self> {
        match self.kind {
            FailureKind::Credentials(error) => Ok(error),
            kind => Err(Self { kind, ..self }),
        }
    }

    /// What it was, in words, with its cause.
    pub(crate) fn reason(&self) -> String {
        match self.source() {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }

    /// What it says about repeating the request.
    pub fn evidence(&self) -> Evidence {
        match &self.kind {
            FailureKind::Connect | FailureKind::Proxy { credentials: false } => Evidence::NotSent,
            FailureKind::RefusedStream => Evidence::TurnedAway,
            FailureKind::Cut | FailureKind::Timeout | FailureKind::BodyLost(_) => Evidence::Unclear,
            // Whatever the server has seen of it, trying again cannot help.
            FailureKind::Unbuilt
            | FailureKind::Certificate
            | FailureKind::Tls
            | FailureKind::Proxy { credentials: true }
            | FailureKind::Protocol
            | FailureKind::TooLarge(..)
            | FailureKind::Credentials(_)
            | FailureKind::TimeUp(_) => Evidence::Final,
        }
    }

    /// Whether this attempt certainly was not carried out.
    pub fn never_sent(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::Unbuilt
                | FailureKind::Connect
                | FailureKind::Certificate
                | FailureKind::Tls
                | FailureKind::Proxy { .. }
                | FailureKind::RefusedStream
                | FailureKind::Credentials(_)
                | FailureKind::TimeUp(_)
        )
    }

    /// Whether the server's certificate was the reason.
    pub fn is_certificate(&self) -> bool {
        matches!(self.kind, FailureKind::Certificate)
    }

    pub(crate) fn is_transient(&self) -> bool {
        self.evidence() != Evidence::Final || matches!(self.kind, FailureKind::TimeUp(_))
    }

    pub(crate) fn hint(&self) -> Option<Cow<'_, str>> {
        let text = match &self.kind {
            FailureKind::Connect => {
                "Check the host name, the network and the proxy settings (HTTPS_PROXY, NO_PROXY)."
            }
            FailureKind::Tls => {
                "Nothing was sent. Check that the address is one for https, and the port."
            }
            FailureKind::Certificate => {
                "The certificate was not accepted and nothing was sent. If the network inspects TLS, give its CA \
                 as a bundle; if the certificate looks expired or not yet valid, check this machine's clock."
            }
            FailureKind::Proxy { .. } => {
                "The proxy did not open a tunnel. Check HTTPS_PROXY, its credentials and NO_PROXY."
            }
            FailureKind::Protocol => "Something else than the API answers at this address.",
            FailureKind::Credentials(error) => return error.hint().map(Cow::Owned),
            _ => return None,
        };
        Some(Cow::Borrowed(text))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FailureKind::Unbuilt => f.write_str("the request could not be put together"),
            FailureKind::Connect => f.write_str("no connection"),
            FailureKind::Certificate => f.write_str("the server's certificate was not accepted"),
            FailureKind::Tls => f.write_str("the TLS handshake failed"),
            FailureKind::Proxy { credentials: true } => {
                f.write_str("the proxy wants other credentials")
            }
            FailureKind::Proxy { credentials: false } => f.write_str("the proxy opened no tunnel"),
            FailureKind::RefusedStream => f.write_str("the server refused the stream"),
            FailureKind::Cut => f.write_str("the connection was cut after the request"),
            FailureKind::Timeout => f.write_str("no answer in time"),
            FailureKind::Protocol => f.write_str("the answer is not valid HTTP"),
            FailureKind::BodyLost(status) => write!(f, "the body of the {status} answer broke off"),
            FailureKind::TooLarge(_, limit) => {
                write!(f, "the answer is larger than {} MiB", limit / (1024 * 1024))
            }
            FailureKind::Credentials(_) => f.write_str("no access token"),
            FailureKind::TimeUp(what) => write!(f, "the time ran out while waiting for {what}"),
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.kind {
            FailureKind::Credentials(error) => Some(error),
            _ => self.source.as_deref().map(|e| e as _),
        }
    }
}

/// Evidence in an answer, by its status alone. Gateways and CDNs have 5xx of
/// their own, so all but "not implemented" and "version not supported" are
/// unclear.
pub(crate) fn evidence_of(status: StatusCode) -> Evidence {
    match status.as_u16() {
        429 => Evidence::TurnedAway,
        501 | 505 => Evidence::Final,
        408 | 500.. => Evidence::Unclear,
        _ => Evidence::Final,
    }
}
