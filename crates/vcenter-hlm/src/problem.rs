//! What can be wrong with a certificate.

use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vmc_http::tls::PinMismatch;

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Its time is over.
    Expired {
        /// When it ended.
        since: OffsetDateTime,
    },
    /// Its time has not come.
    NotYetValid {
        /// When it begins.
        until: OffsetDateTime,
    },
    /// It is made out to others.
    WrongName {
        /// The host asked.
        host: String,
        /// The names it is made out to. A name in the subject does not count.
        names: Vec<String>,
    },
    /// Its issuer is itself, so nobody vouches for it.
    SelfSigned,
    /// No trusted authority has issued it.
    Untrusted {
        /// The issuer it names.
        issuer: String,
        /// What the verification said.
        reason: String,
    },
    /// Another certificate is pinned.
    WrongPin(PinMismatch),
}

impl Problem {
    /// A word for scripts, such as `expired`.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::WrongName { .. } => "wrong-name",
            Self::SelfSigned => "self-signed",
            Self::Untrusted { .. } => "untrusted",
            Self::WrongPin(_) => "wrong-pin",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { since } => write!(f, "the certificate expired on {}", shown(*since)),
            Self::NotYetValid { until } => {
                write!(f, "the certificate is not valid before {}", shown(*until))
            }
            Self::WrongName { host, names } if names.is_empty() => {
                write!(f, "the certificate is made out to nobody, not to {host}")
            }
            Self::WrongName { host, names } => write!(
                f,
                "the certificate is made out to {}, not to {host}",
                names.join(", ")
            ),
            Self::SelfSigned => f.write_str("the certificate is self-signed"),
            Self::Untrusted { issuer, reason } => {
                write!(
                    f,
                    "no trusted authority issued the certificate: {reason} (issuer: {issuer})"
                )
            }
            Self::WrongPin(mismatch) => mismatch.fmt(f),
        }
    }
}

/// Seconds and UTC, as in `2026-03-01T12:00:00Z`.
fn shown(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}
