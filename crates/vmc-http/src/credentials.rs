//! Where a client gets the secret that each attempt carries.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use http::HeaderName;
use secrecy::SecretString;

/// A future that can be kept in a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A source of access tokens or session ids.
///
/// An *edition* numbers what was handed out, so that a server's 401 makes
/// exactly the refused one forgotten and never a newer one that another call
/// has fetched meanwhile.
pub trait Credentials: Send + Sync + fmt::Debug {
    /// The current credential, obtained or renewed now if need be.
    fn get(&self) -> BoxFuture<'_, Result<Credential, CredentialsError>>;

    /// The server refused this edition: forget it, unless it is already gone.
    fn refused(&self, edition: u64);
}

/// A secret and the number of its edition.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The token as the header carries it, without a scheme word.
    pub secret: SecretString,
    /// Grows with each credential obtained.
    pub edition: u64,
}

/// In which header the secret travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// `Authorization: Bearer <secret>` (RFC 6750).
    Bearer,
    /// The bare secret in a header of its own.
    Header(HeaderName),
}

/// Why no credential could be had.
#[derive(Debug)]
pub struct CredentialsError {
    source: Box<dyn StdError + Send + Sync>,
    transient: bool,
    hint: Option<String>,
}

impl CredentialsError {
    /// Wraps the reason. `transient` says whether asking again later may help.
    pub fn new(source: impl Into<Box<dyn StdError + Send + Sync>>, transient: bool) -> Self {
        Self {
            source: source.into(),
            transient,
            hint: None,
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether asking again later may help.
    pub fn transient(&self) -> bool {
        self.transient
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    /// The reason, for downcasts.
    pub fn reason(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &*self.source
    }
}

/// Says what its reason says: the wrapper itself adds nothing.
impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl StdError for CredentialsError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.source()
    }
}

/// A credential that never changes, for tokens that somebody else renews.
#[derive(Debug)]
pub struct Fixed(SecretString);

impl Fixed {
    /// Always hands out `secret`.
    pub fn new(secret: impl Into<SecretString>) -> Self {
        Self(secret.into())
    }
}

impl Credentials for Fixed {
    fn get(&self) -> BoxFuture<'_, Result<Credential, CredentialsError>> {
        let secret = self.0.clone();
        Box::pin(ready(Ok(Credential { secret, edition: 0 })))
    }

    fn refused(&self, _: u64) {}
}
