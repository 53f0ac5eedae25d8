//! The access token in use: obtained once, renewed ahead of time.

use std::fmt;
use std::sync::{Arc, Mutex as SyncMutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use vmc_http::{BoxFuture, Credential, Credentials, CredentialsError};

use crate::csp::Csp;
use crate::error::Error;
use crate::grant::Grant;
use crate::store::{StoreError, StoreKey, StoredToken, TokenStore};
use crate::token::AccessToken;

/// How long one caller waits for a renewal while the old token still serves.
const RENEWAL_PATIENCE: Duration = Duration::from_secs(10);

/// How long a failed renewal is left alone while the old token still serves.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// The access token of a grant, as credentials for any number of clients.
///
/// Obtains a token when one is needed, renews it ahead of its end, and keeps
/// the old one while a renewal fails. There is no background task: callers do
/// the work under one lock, and if the one at work is cancelled, the next
/// takes over.
pub struct TokenCache {
    csp: Csp,
    grant: Grant,
    key: StoreKey,
    store: Option<Arc<dyn TokenStore>>,
    /// Held during an exchange.
    turn: Mutex<()>,
    /// Never held across a wait.
    state: SyncMutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Held>,
    /// Number of the latest edition; the first is 1.
    editions: u64,
    /// The last token a server refused, so that the store cannot bring it back.
    refused: Option<SecretString>,
    /// No renewal before this.
    pause_until: Option<Instant>,
    /// Failed exchanges so far, and the last one's error for those who waited.
    failures: u64,
    last_failure: Option<Error>,
}

#[derive(Clone)]
struct Held {
    token: AccessToken,
    edition: u64,
}

/// What there is to go on with.
enum Look {
    /// A token to use as it is.
    Fresh(Held),
    /// A valid token that should be renewed.
    Due(Held),
    /// No valid token.
    Nothing,
}

impl TokenCache {
    /// Tokens of `grant` from `csp`, kept in memory only. No I/O.
    pub fn new(csp: Csp, grant: impl Into<Grant>) -> Self {
        let grant = grant.into();
        Self {
            key: StoreKey::new(csp.origin(), &grant),
            csp,
            grant,
            store: None,
            turn: Mutex::default(),
            state: SyncMutex::default(),
        }
    }

    /// Shares tokens with other processes through a store.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// What the tokens are given for.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The current token, obtained or renewed now if need be.
    ///
    /// # Errors
    /// When there is no valid token and none could be obtained. All callers
    /// who waited for the same exchange get the same error.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        self.held().await.map(|held| held.token)
    }

    /// Forgets the token, here and in the store.
    ///
    /// # Errors
    /// When the store could not forget it.
    pub fn forget(&self) -> Result<(), StoreError> {
        self.state().current = None;
        self.store
            .as_ref()
            .map_or(Ok(()), |store| store.forget(&self.key))
    }

    async fn held(&self) -> Result<Held, Error> {
        let failures = self.state().failures;
        let _turn = match self.look() {
            Look::Fresh(held) => return Ok(held),
            Look::Due(held) => match self.turn.try_lock() {
                Ok(turn) => turn,
                // Somebody else renews it, and it is good for now.
                Err(_) => return Ok(held),
            },
            Look::Nothing => self.turn.lock().await,
        };
        // Somebody may have been quicker.
        match self.look() {
            Look::Fresh(held) => return Ok(held),
            Look::Due(_) => {}
            Look::Nothing => {
                let state = self.state();
                if let Some(error) = &state.last_failure
                    && state.failures != failures
                {
                    return Err(error.clone());
                }
            }
        }
        self.adopt_stored();
        match self.look() {
            Look::Fresh(held) => Ok(held),
            Look::Nothing => self.renew().await.inspect_err(|error| {
                let mut state = self.state();
                state.failures += 1;
                state.last_failure = Some(error.clone());
            }),
            Look::Due(held) => match timeout(RENEWAL_PATIENCE, self.renew()).await {
                Ok(Ok(renewed)) => Ok(renewed),
                Ok(Err(error)) => Ok(self.keep(held, &error)),
                Err(_) => Ok(self.keep(held, &"no answer in time")),
            },
        }
    }

    /// Goes on with a token whose renewal failed.
    fn keep(&self, held: Held, reason: &dyn fmt::Display) -> Held {
        tracing::warn!(
            %reason,
            left_seconds = held.token.left().as_secs(),
            "the access token could not be renewed, the old one is still valid"
        );
        self.state().pause_until = Some(Instant::now() + RENEWAL_PAUSE);
        held
    }

    /// One exchange, unless another process makes it first.
    async fn renew(&self) -> Result<Held, Error> {
        let mut turn = None;
        if let Some(store) = &self.store {
            turn = store.turn(&self.key).await;
            self.adopt_stored();
            if let Look::Fresh(held) = self.look() {
                return Ok(held);
            }
        }
        let token = self.csp.exchange(&self.grant).await?;
        tracing::debug!(
            life_seconds = token.life().as_secs(),
            "obtained an access token"
        );
        if let Some(store) = &self.store {
            log_trouble(store.save(&self.key, &StoredToken::now(&token)));
        }
        drop(turn);
        Ok(self.take(token))
    }

    /// Takes over what another process has stored, if that lasts longer than
    /// what is here.
    fn adopt_stored(&self) {
        let Some(store) = &self.store else { return };
        let Some(stored) = log_trouble(store.load(&self.key)).flatten() else {
            return;
        };
        let same = |other: &SecretString| other.expose_secret() == stored.secret.expose_secret();
        let state = self.state();
        if state.refused.as_ref().is_some_and(same) {
            drop(state);
            log_trouble(store.forget(&self.key));
            return;
        }
        let left_here = state.current.as_ref().map(|held| held.token.left());
        drop(state);
        if let Some(token) = stored.at(SystemTime::now())
            && Some(token.left()) > left_here
        {
            self.take(token);
        }
    }

    /// Makes a token the current one.
    fn take(&self, token: AccessToken) -> Held {
        let mut state = self.state();
        state.pause_until = None;
        if let Some(held) = &mut state.current
            && held.token.secret().expose_secret() == token.secret().expose_secret()
        {
            // Some services hand out the same token until it ends.
            held.token = token;
            return held.clone();
        }
        state.editions += 1;
        let held = Held {
            token,
            edition: state.editions,
        };
        state.current = Some(held.clone());
        held
    }

    fn look(&self) -> Look {
        let state = self.state();
        match &state.current {
            Some(held) if held.token.valid() => {
                let paused = state.pause_until.is_some_and(|end| Instant::now() < end);
                if held.token.due() && !paused {
                    Look::Due(held.clone())
                } else {
                    Look::Fresh(held.clone())
                }
            }
            _ => Look::Nothing,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Credentials for TokenCache {
    fn get(&self) -> BoxFuture<'_, Result<Credential, CredentialsError>> {
        Box::pin(async {
            let held = self.held().await?;
            Ok(Credential {
                secret: held.token.secret().clone(),
                edition: held.edition,
            })
        })
    }

    fn refused(&self, edition: u64) {
        let mut state = self.state();
        if let Some(held) = state.current.take_if(|held| held.edition == edition) {
            state.refused = Some(held.token.secret().clone());
        }
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("origin", &self.csp.origin())
            .field("grant", &self.grant)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

/// A store only saves time, so its trouble ends nothing.
fn log_trouble<T>(result: Result<T, StoreError>) -> Option<T> {
    result
        .inspect_err(|error| tracing::warn!(%error, "the stored access token is left aside"))
        .ok()
}

#[cfg(test)]
mod tests;
