//! What the stack below `Client::send` knows about a failed attempt.

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
    /// No connection: name resolution, refusal, route, timeout while connecting.
    Connect,
    /// The TLS handshake failed: certificate, name, protocol.
    Tls,
    /// The proxy did not open a tunnel.
    Proxy,
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
    /// The call's overall time ran out before it could be sent.
    Deadline,
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

    /// What it says about the server.
    pub fn evidence(&self) -> Evidence {
        match &self.kind {
            FailureKind::Connect => Evidence::NotSent,
            FailureKind::Cut | FailureKind::Timeout | FailureKind::BodyLost(_) => Evidence::Unclear,
            // Nothing was sent in most of these either, but trying again cannot help.
            FailureKind::Tls
            | FailureKind::Proxy
            | FailureKind::Protocol
            | FailureKind::TooLarge(..)
            | FailureKind::Credentials(_)
            | FailureKind::Deadline => Evidence::Final,
        }
    }

    /// Whether the request certainly never reached the server.
    pub fn never_sent(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::Connect
                | FailureKind::Tls
                | FailureKind::Proxy
                | FailureKind::Credentials(_)
                | FailureKind::Deadline
        )
    }

    /// Whether the certificate or handshake was the reason.
    pub fn is_tls(&self) -> bool {
        matches!(self.kind, FailureKind::Tls)
    }

    pub(crate) fn is_transient(&self) -> bool {
        matches!(self.evidence(), Evidence::NotSent | Evidence::Unclear)
            || matches!(self.kind, FailureKind::Deadline)
    }

    pub(crate) fn hint(&self) -> Option<&'static str> {
        Some(match self.kind {
            FailureKind::Connect => {
                "Check the host name, the network and the proxy settings (HTTPS_PROXY, NO_PROXY)."
            }
            FailureKind::Tls => {
                "The certificate was not accepted and nothing was sent. If the network inspects TLS, give its CA \
                 as a bundle; if the certificate looks expired or not yet valid, check this machine's clock."
            }
            FailureKind::Proxy => {
                "The proxy did not open a tunnel. Check HTTPS_PROXY, its credentials and NO_PROXY."
            }
            FailureKind::Protocol => "Something else than the API answers at this address.",
            _ => return None,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FailureKind::Connect => f.write_str("no connection"),
            FailureKind::Tls => f.write_str("the TLS handshake failed"),
            FailureKind::Proxy => f.write_str("the proxy refused the tunnel"),
            FailureKind::Cut => f.write_str("the connection was cut after the request"),
            FailureKind::Timeout => f.write_str("no answer in time"),
            FailureKind::Protocol => f.write_str("the answer is not valid HTTP"),
            FailureKind::BodyLost(status) => write!(f, "the body of the {status} answer broke off"),
            FailureKind::TooLarge(_, limit) => {
                write!(f, "the answer is larger than {} MiB", limit / (1024 * 1024))
            }
            FailureKind::Credentials(_) => f.write_str("no access token"),
            FailureKind::Deadline => {
                f.write_str("the time for this call ran out before it was sent")
            }
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

/// Evidence in an answer, by its status alone.
pub(crate) fn evidence_of(status: StatusCode) -> Evidence {
    match status.as_u16() {
        429 => Evidence::TurnedAway,
        408 | 500 | 502..=504 => Evidence::Unclear,
        _ => Evidence::Final,
    }
}
