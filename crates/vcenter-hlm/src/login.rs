//! Who logs in, and why that may fail.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use vmc_http::{CredentialsError, DecodeError, Error as CallError};

/// A user name with its password.
#[derive(Clone)]
pub struct Login {
    user: String,
    password: SecretString,
}

impl Login {
    /// Takes a user name such as `cloudadmin@vmc.local` and a password. The
    /// password is used as it is, white space included.
    ///
    /// # Errors
    /// [`LoginError::Unusable`] when one is empty, or the user name has a
    /// colon, which would end it (RFC 7617 §2).
    pub fn new(
        user: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Result<Self, LoginError> {
        let (user, password) = (user.into(), password.into());
        let unusable = |problem| Err(LoginError::Unusable { problem });
        if user.trim().is_empty() {
            return unusable("the user name is empty");
        }
        if user.contains(':') {
            return unusable("the user name has a colon in it");
        }
        if password.expose_secret().is_empty() {
            return unusable("the password is empty");
        }
        Ok(Self { user, password })
    }

    /// The user name.
    pub fn user(&self) -> &str {
        &self.user
    }

    pub(crate) fn password(&self) -> &SecretString {
        &self.password
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Why there is no session.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LoginError {
    /// User name or password cannot be sent.
    Unusable {
        /// What is wrong.
        problem: &'static str,
    },
    /// The vCenter does not accept the user or the password. Not tried again.
    Refused {
        /// The user name.
        user: String,
        /// The failed call.
        call: Arc<CallError>,
    },
    /// Something else than a vCenter answers at this address.
    NotVCenter {
        /// Scheme, host and port asked.
        origin: String,
        /// The failed call.
        call: Arc<CallError>,
    },
    /// The login failed in another way: network, certificate, outage.
    Failed(Arc<CallError>),
}

impl LoginError {
    pub(crate) fn of(call: CallError, origin: &str, user: &str) -> Self {
        let call = Arc::new(call);
        let page = match &*call {
            CallError::Unreadable { source, .. } => source
                .downcast_ref::<DecodeError>()
                .is_some_and(DecodeError::is_page),
            CallError::Status { answer, .. } => {
                !answer.status.is_server_error()
                    && (answer.is_html() || answer.status.is_redirection())
            }
            _ => false,
        };
        match call.status() {
            _ if page => Self::NotVCenter {
                origin: origin.to_owned(),
                call,
            },
            Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Self::Refused {
                user: user.to_owned(),
                call,
            },
            Some(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => Self::NotVCenter {
                origin: origin.to_owned(),
                call,
            },
            _ => Self::Failed(call),
        }
    }

    /// The failed call; `None` when nothing was sent.
    pub fn call(&self) -> Option<&CallError> {
        match self {
            Self::Unusable { .. } => None,
            Self::Refused { call, .. } | Self::NotVCenter { call, .. } | Self::Failed(call) => {
                Some(call)
            }
        }
    }

    /// Whether the same may succeed later without any change.
    pub fn transient(&self) -> bool {
        matches!(self, Self::Failed(call) if call.retryable())
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unusable { .. } => None,
            Self::Refused { .. } => Some(
                "Check the user name with its domain (cloudadmin@vmc.local) and the password. It is not tried again, \
                 because vCenter locks an account after a few failures."
                    .into(),
            ),
            Self::NotVCenter { .. } => Some("Check the address of the vCenter.".into()),
            Self::Failed(call) if call.status() == Some(StatusCode::SERVICE_UNAVAILABLE) => Some(
                "The vCenter is starting, or has too many sessions open: those that nobody ends last until they are \
                 idle for a while."
                    .into(),
            ),
            Self::Failed(call) => call.hint().map(Into::into),
        }
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable { problem } => f.write_str(problem),
            Self::Refused { user, call } => {
                write!(f, "the vCenter does not let {user} in")?;
                match call.server_message() {
                    Some(message) => write!(f, ": {message}"),
                    None => Ok(()),
                }
            }
            Self::NotVCenter { origin, call } => match call.status() {
                Some(status) => write!(f, "{origin} is not a vCenter (it answered {status})"),
                None => write!(f, "{origin} is not a vCenter"),
            },
            // Says itself where and how often.
            Self::Failed(call) => call.fmt(f),
        }
    }
}

impl StdError for LoginError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.call()?.source()
    }
}

impl From<LoginError> for CredentialsError {
    fn from(error: LoginError) -> Self {
        let (transient, hint) = (error.transient(), error.hint());
        let wrapped = Self::new(error, transient);
        match hint {
            Some(hint) => wrapped.with_hint(hint),
            None => wrapped,
        }
    }
}
