//! Where access tokens are kept between processes.

use std::any::Any;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use vmc_http::BoxFuture;

use crate::grant::Grant;
use crate::token::AccessToken;

/// Keeps access tokens between processes.
///
/// A store only saves time: the cache logs its failures and goes on without.
/// Its calls should be quick, because they run inside of asynchronous code.
pub trait TokenStore: Send + Sync + fmt::Debug {
    /// The token kept under `key`, as it was saved. It may have expired.
    ///
    /// # Errors
    /// When it cannot be read, or somebody else might have written it.
    fn load(&self, key: &StoreKey) -> Result<Option<StoredToken>, StoreError>;

    /// Keeps a token under `key` in the place of the former one.
    ///
    /// # Errors
    /// When it cannot be kept for the owner's eyes only.
    fn save(&self, key: &StoreKey, token: &StoredToken) -> Result<(), StoreError>;

    /// Forgets the token kept under `key`, if any.
    ///
    /// # Errors
    /// When it is still there afterwards.
    fn forget(&self, key: &StoreKey) -> Result<(), StoreError>;

    /// Waits for the turn to exchange under `key`, so that many processes make
    /// one exchange. `None` where that cannot be had: then nobody waits.
    fn turn<'a>(&'a self, _key: &'a StoreKey) -> BoxFuture<'a, Option<StoreGuard>> {
        Box::pin(async { None })
    }
}

/// Holds a turn until it is dropped.
pub struct StoreGuard {
    _held: Box<dyn Any + Send>,
}

impl StoreGuard {
    /// Keeps `held` until the turn is over.
    pub fn new(held: impl Any + Send) -> Self {
        Self {
            _held: Box::new(held),
        }
    }
}

impl fmt::Debug for StoreGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreGuard")
    }
}

/// Under what a token is kept: a hash of the service's address and the whole
/// credential, so that no credential ever gets another one's token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StoreKey(String);

impl StoreKey {
    /// The key for tokens of `grant` from the service at `origin`.
    pub fn new(origin: &str, grant: &Grant) -> Self {
        let mut hash = Sha256::new();
        for part in [origin].into_iter().chain(grant.identity()) {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(
            hash.finalize()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A token with what is needed to know its age in another process.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// The access token.
    pub secret: SecretString,
    /// When it was obtained, by the wall clock, to the second.
    pub obtained_at: SystemTime,
    /// How long it lived from then on.
    pub life: Duration,
}

impl StoredToken {
    /// A token that was obtained just now.
    pub(crate) fn now(token: &AccessToken) -> Self {
        Self {
            secret: token.secret().clone(),
            obtained_at: SystemTime::now(),
            life: token.life(),
        }
    }

    /// The token as it is at `now`. `None` when it has expired, and also when
    /// it comes from the future: then the clock was set back, and its age
    /// cannot be known.
    pub fn at(&self, now: SystemTime) -> Option<AccessToken> {
        let age = now.duration_since(self.obtained_at).ok()?;
        let left = self.life.checked_sub(age).filter(|left| !left.is_zero())?;
        Some(AccessToken::new(self.secret.clone(), self.life, left))
    }
}

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Others could read or replace the file.
    #[error("{} is not used: {problem}", path.display())]
    Insecure {
        /// File or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The file is not a kept token.
    #[error("{} is not a kept token", .0.display())]
    Malformed(PathBuf),
    /// The file system refused.
    #[error("{} cannot be {doing}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// `read`, `written` or `removed`.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Another kind of store failed.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::{ApiToken, OAuthApp};

    #[test]
    fn each_credential_and_address_has_its_own_key() {
        let app = |id, secret| OAuthApp::new(id, secret).unwrap();
        let grants: [Grant; 5] = [
            ApiToken::new("abc").unwrap().into(),
            ApiToken::new("abd").unwrap().into(),
            app("a", "bc").into(),
            app("ab", "c").into(),
            app("ab", "c").org("o").into(),
        ];
        let mut keys: Vec<_> = ["https://a", "https://b"]
            .iter()
            .flat_map(|origin| grants.iter().map(|grant| StoreKey::new(origin, grant)))
            .map(|key| key.as_str().to_owned())
            .collect();
        assert!(keys.iter().all(|key| key.len() == 64));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn clock_jumps_make_a_token_expired_never_longer() {
        let obtained_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let stored = StoredToken {
            secret: "t".into(),
            obtained_at,
            life: Duration::from_secs(1000),
        };
        let left = |now: SystemTime| stored.at(now).map(|token| token.left().as_secs());
        assert_eq!(left(obtained_at), Some(1000));
        assert_eq!(left(obtained_at + Duration::from_secs(400)), Some(600));
        assert_eq!(left(obtained_at + Duration::from_secs(1000)), None);
        assert_eq!(left(obtained_at + Duration::from_secs(86_400 * 365)), None);
        assert_eq!(left(obtained_at - Duration::from_secs(1)), None);
    }
}
