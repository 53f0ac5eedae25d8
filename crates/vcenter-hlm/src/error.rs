//! What can go wrong with a vCenter and its links.

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;
use vmc_http::tls::PinMismatch;
use vmc_http::{Answer, Error, Failure, Outcome, SetupError};

use crate::certificate::CertificateError;
use crate::host_port::{HostPort, NotAHost};
use crate::login::LoginError;
use crate::problem::Problem;
use crate::sync::is_sync;
use crate::vapi_error::{ErrorType, VapiError};

/// A failed step of Hybrid Linked Mode.
#[derive(Debug)]
#[non_exhaustive]
pub enum HlmError {
    /// This vCenter does not have the function: Hybrid Linked Mode is in 6.7
    /// to 9.0, its synchronization in 6.7 to 8.0.0.
    Removed {
        /// Scheme, host and port of the vCenter.
        origin: String,
        /// The failed call.
        call: Box<Error>,
    },
    /// The vCenter said no.
    Refused {
        /// What it said.
        error: Box<VapiError>,
        /// The failed call.
        call: Box<Error>,
        /// The state was looked at afterwards, and nothing had been done.
        nothing_done: bool,
    },
    /// The vCenter said no in an answer with the status of a success.
    RefusedInAnswer {
        /// Operation name.
        operation: &'static str,
        /// What it said.
        error: Box<VapiError>,
    },
    /// The call failed in another way: network, certificate, login, outage.
    Call(Box<Error>),
    /// The certificate of the other side is not to be trusted. Nothing was sent.
    UnverifiedPeer {
        /// The other side.
        peer: HostPort,
        /// What is wrong.
        problems: Vec<Problem>,
    },
    /// The certificate of the other side could not be had. Nothing was sent.
    Certificate(CertificateError),
    /// The other side is this side. Nothing was sent.
    ToItself {
        /// Both.
        address: HostPort,
    },
    /// The vCenter needs a SHA-1 thumbprint, and only a SHA-256 one is known,
    /// because the other side cannot be reached from here. Nothing was sent.
    NeedsSha1 {
        /// The other side.
        peer: HostPort,
        /// Why its certificate could not be had.
        source: Box<CertificateError>,
    },
    /// From the cloud vCenter, unlinking needs credentials of the other side.
    /// Nothing was sent.
    NeedsCredentials,
    /// An address that is none. Nothing was sent.
    Address(NotAHost),
    /// Client or trust could not be set up. Nothing was sent.
    Setup(SetupError),
}

impl HlmError {
    /// Sorts a failed call of this crate's. `origin` is the vCenter's.
    pub(crate) fn of_call(call: Error, origin: &str) -> Self {
        let call = Box::new(call);
        if no_such_service(&call) {
            return Self::Removed {
                origin: origin.to_owned(),
                call,
            };
        }
        match call.answer().and_then(VapiError::read) {
            Some(error) => Self::Refused {
                error: Box::new(error),
                call,
                nothing_done: false,
            },
            None => Self::Call(call),
        }
    }

    /// The same after a look that found nothing done. Where the vCenter itself
    /// answered, it is not at it any more, so that settles it. An empty answer
    /// may be that of a gateway in front, and one that ran out of time may
    /// still be at it.
    pub(crate) fn after_a_look(mut self) -> Self {
        if let Self::Refused {
            error,
            call,
            nothing_done,
        } = &mut self
        {
            let spoke = |answer: &Answer| !answer.text_bytes().is_empty();
            *nothing_done = error.kind != ErrorType::TimedOut && call.answer().is_some_and(spoke);
        }
        self
    }

    /// What the vCenter said, where it said something.
    pub fn vapi(&self) -> Option<&VapiError> {
        match self {
            Self::Refused { error, .. } | Self::RefusedInAnswer { error, .. } => Some(error),
            _ => None,
        }
    }

    /// The kind of what the vCenter said.
    pub fn kind(&self) -> Option<&ErrorType> {
        self.vapi().map(|error| &error.kind)
    }

    /// The failed call, where one was made.
    pub fn call(&self) -> Option<&Error> {
        match self {
            Self::Removed { call, .. } | Self::Refused { call, .. } | Self::Call(call) => {
                Some(call)
            }
            _ => None,
        }
    }

    /// Why there is no session, where that is what failed.
    pub fn login(&self) -> Option<&LoginError> {
        match self.call()? {
            Error::Credentials { source, .. } => source.reason().downcast_ref(),
            _ => None,
        }
    }

    /// Whether the vCenter acted.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::RefusedInAnswer { .. }
            | Self::Refused {
                nothing_done: true, ..
            } => Outcome::Refused,
            _ => self.call().map_or(Outcome::NotSent, Error::outcome),
        }
    }

    /// Whether a certificate was not accepted: nothing was sent then.
    pub fn is_certificate(&self) -> bool {
        matches!(self, Self::UnverifiedPeer { .. })
            || self.failure().is_some_and(Failure::is_certificate)
    }

    /// The two thumbprints, where a pin did not fit.
    pub fn pin_mismatch(&self) -> Option<PinMismatch> {
        if let Self::UnverifiedPeer { problems, .. } = self {
            return problems.iter().find_map(|problem| match problem {
                Problem::WrongPin(mismatch) => Some(*mismatch),
                _ => None,
            });
        }
        std::error::Error::source(self.failure()?)?
            .downcast_ref()
            .copied()
    }

    /// The failure of the connection, also that of the login's.
    fn failure(&self) -> Option<&Failure> {
        let call = match self.login() {
            Some(login) => login.call()?,
            None => self.call()?,
        };
        match call {
            Error::Unreachable { source, .. } | Error::NoAnswer { source, .. } => Some(source),
            _ => None,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<Cow<'_, str>> {
        if self.is_certificate() {
            return Some(Cow::Borrowed(
                "Nothing was sent. Compare the certificate with the one on the server itself; if it is the right one, \
                 pin its thumbprint or give the bundle of the authority that issued it.",
            ));
        }
        let text = match self {
            Self::Removed { .. } => {
                "Hybrid Linked Mode is in vCenter 6.7 to 9.0, its synchronization in 6.7 to 8.0.0. Check that the \
                 address is that of the right vCenter."
            }
            Self::Refused { .. } | Self::RefusedInAnswer { .. } => match self.kind()? {
                ErrorType::Unauthorized => {
                    "The user lacks a privilege: HLM.Manage to make and remove links and to change administrators, \
                     System.Read to look at them."
                }
                ErrorType::UnverifiedPeer => {
                    "The vCenter does not accept the certificate of the other side. Compare the thumbprint with the \
                     one on that server; it may have been renewed."
                }
                ErrorType::AlreadyExists => "List the links to see what is there.",
                ErrorType::Unsupported => {
                    "Check the versions of both sides: the one on premises has to be 6.0 U3c, 6.5d or later."
                }
                ErrorType::ResourceBusy => {
                    "Another change is under way. Try again when it is done."
                }
                ErrorType::InvalidArgument => {
                    "Check the single sign-on domain, the user with its domain, the password and the groups."
                }
                ErrorType::ServiceUnavailable => {
                    "The service is starting, or has too many sessions open. Try again in some minutes."
                }
                _ => return self.call().and_then(Error::hint),
            },
            Self::Call(call) => return call.hint(),
            Self::Certificate(error) => error.hint(),
            Self::ToItself { .. } => "Give the address of the vCenter on the other side.",
            Self::NeedsSha1 { .. } => {
                "Give the SHA-1 thumbprint, as it is shown on the other side, or run this where that side can be reached."
            }
            Self::NeedsCredentials => {
                "Give user and password of an administrator of the other side."
            }
            _ => return None,
        };
        Some(Cow::Borrowed(text))
    }
}

/// Whether the server does not know the operation at all: not that something
/// named in it is missing.
pub(crate) fn no_such_service(call: &Error) -> bool {
    let Some(answer) = call.answer() else {
        return false;
    };
    // A page is not the vCenter's word.
    if answer.status != StatusCode::NOT_FOUND || answer.is_html() {
        return false;
    }
    match call.code() {
        None => true,
        Some(code) if code == ErrorType::NotFound.as_str() => {
            VapiError::read(answer).is_some_and(|error| error.names_the_path())
        }
        Some(code) => code == ErrorType::OperationNotFound.as_str(),
    }
}

impl fmt::Display for HlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Removed { origin, call } if is_sync(call.operation()) => {
                write!(f, "{origin} has no preview of the synchronization any more")
            }
            Self::Removed { origin, .. } => write!(
                f,
                "{origin} has no Hybrid Linked Mode: it was removed in vCenter 9.1"
            ),
            // Says itself what the server said.
            Self::Refused { call, .. } | Self::Call(call) => call.fmt(f),
            Self::RefusedInAnswer { operation, error } => {
                write!(
                    f,
                    "{operation}: answered {}, but with an error: {error}",
                    error.status
                )
            }
            Self::UnverifiedPeer { peer, problems } => {
                let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
                write!(f, "{peer} is not verified: {}", problems.join("; "))
            }
            Self::Certificate(error) => error.fmt(f),
            Self::ToItself { address } => write!(f, "{address} would be linked to itself"),
            Self::NeedsSha1 { peer, .. } => {
                write!(
                    f,
                    "the vCenter needs the SHA-1 thumbprint of {peer}, and only SHA-256 is known"
                )
            }
            Self::NeedsCredentials => {
                f.write_str("from the cloud vCenter, unlinking needs credentials of the other side")
            }
            Self::Address(error) => error.fmt(f),
            Self::Setup(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for HlmError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Removed { call, .. } => Some(call),
            Self::Refused { call, .. } | Self::Call(call) => call.source(),
            Self::Certificate(error) => error.source(),
            Self::NeedsSha1 { source, .. } => Some(source),
            Self::Setup(error) => error.source(),
            _ => None,
        }
    }
}

impl From<CertificateError> for HlmError {
    fn from(error: CertificateError) -> Self {
        Self::Certificate(error)
    }
}

impl From<SetupError> for HlmError {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

impl From<NotAHost> for HlmError {
    fn from(error: NotAHost) -> Self {
        Self::Address(error)
    }
}
