//! Sessions: opened at the first use, opened again when one has ended.

use std::fmt;
use std::sync::{Mutex as SyncMutex, MutexGuard as SyncMutexGuard, PoisonError};

use http::{HeaderMap, HeaderName, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::{Mutex, MutexGuard};
use vmc_http::{
    Answer, BoxFuture, Client, Credential, Credentials, CredentialsError, DecodeError,
    Error as CallError, Operation, Replay, Target, headers,
};

use crate::dialect::{Dialect, Wrapped};
use crate::login::{Login, LoginError};

/// The header that carries a session's id.
pub const SESSION_HEADER: HeaderName = HeaderName::from_static("vmware-api-session-id");

/// The id of an open session: as good as a password while it lasts.
#[derive(Debug, Clone)]
pub struct SessionId(SecretString);

/// Opens a session (`POST /api/session`).
#[derive(Debug, Clone)]
pub struct CreateSession(pub Login);

/// Opens a session in the `/rest` dialect (`POST /rest/com/vmware/cis/session`).
#[derive(Debug, Clone)]
pub struct CreateSessionRest(pub Login);

/// Ends a session (`DELETE /api/session`).
#[derive(Debug, Clone)]
pub struct DeleteSession(pub SessionId);

/// Ends a session in the `/rest` dialect (`DELETE /rest/com/vmware/cis/session`).
#[derive(Debug, Clone)]
pub struct DeleteSessionRest(pub SessionId);

macro_rules! session_operation {
    ($name:ident => $op:literal, $method:ident $path:literal, $replay:ident -> $output:ty,
     $headers:ident, $decode:ident) => {
        impl Operation for $name {
            const NAME: &'static str = $op;
            const METHOD: Method = Method::$method;
            const PATH: &'static str = $path;
            const REPLAY: Replay = Replay::$replay;
            const QUERY: &'static [&'static str] = &[];
            type Output = $output;

            fn target(&self) -> Target {
                Target::new(Self::PATH)
            }

            fn decode(answer: &Answer) -> Result<$output, DecodeError> {
                $decode(answer)
            }

            // These carry what they need themselves.
            fn authenticated(&self) -> bool {
                false
            }

            fn headers(&self) -> HeaderMap {
                $headers(&self.0)
            }
        }
    };
}

// Opening is `Safe`: a session whose id got lost ends by itself when idle, and
// there is nothing to find out or to undo.
session_operation!(CreateSession => "cis.session.create", POST "/api/session", Safe -> SessionId, basic, session_id);
session_operation!(CreateSessionRest => "cis.session.create", POST "/rest/com/vmware/cis/session", Safe -> SessionId, basic, session_id);
session_operation!(DeleteSession => "cis.session.delete", DELETE "/api/session", Converges -> (), session_header, nothing);
session_operation!(DeleteSessionRest => "cis.session.delete", DELETE "/rest/com/vmware/cis/session", Converges -> (), session_header, nothing);

fn basic(login: &Login) -> HeaderMap {
    headers::basic(login.user(), login.password())
}

fn session_header(id: &SessionId) -> HeaderMap {
    headers::secret(SESSION_HEADER, &id.0)
}

/// Bare text in the one dialect, wrapped in the other; either is taken.
fn session_id(answer: &Answer) -> Result<SessionId, DecodeError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Bare(SecretString),
        Wrapped(Wrapped<SecretString>),
    }
    let (Either::Bare(id) | Either::Wrapped(Wrapped { value: id })) = answer.json()?;
    let text = id.expose_secret();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(DecodeError::new("the session id cannot stand in a header"));
    }
    Ok(SessionId(id))
}

#[allow(clippy::unnecessary_wraps, reason = "the signature of a decoder")]
fn nothing(_: &Answer) -> Result<(), DecodeError> {
    Ok(())
}

/// The session of one login, as credentials for a client.
pub(crate) struct Session {
    client: Client,
    login: Login,
    forced: Option<Dialect>,
    /// Held while logging in or out.
    turn: Mutex<()>,
    /// Never held across a wait.
    state: SyncMutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Open>,
    /// As found out by the last login.
    dialect: Option<Dialect>,
    editions: u64,
    /// Why the login was refused: once is enough.
    refused: Option<LoginError>,
}

#[derive(Clone)]
pub(crate) struct Open {
    id: SessionId,
    edition: u64,
}

impl Session {
    pub(crate) fn new(client: Client, login: Login, forced: Option<Dialect>) -> Self {
        Self {
            client,
            login,
            forced,
            turn: Mutex::default(),
            state: SyncMutex::default(),
        }
    }

    /// The dialect of the vCenter, found out by logging in if need be.
    pub(crate) async fn dialect(&self) -> Result<Dialect, LoginError> {
        if let Some(known) = self.known_dialect() {
            return Ok(known);
        }
        self.open().await?;
        Ok(self.known_dialect().unwrap_or(Dialect::Api))
    }

    /// The user who logs in.
    pub(crate) fn user(&self) -> &str {
        self.login.user()
    }

    /// Ready when nobody is logging in or out; nobody does while it is held.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Whether the dialect is not forced.
    pub(crate) fn may_change_dialect(&self) -> bool {
        self.forced.is_none()
    }

    fn known_dialect(&self) -> Option<Dialect> {
        self.forced.or_else(|| self.state().dialect)
    }

    /// The open session, or a new one.
    pub(crate) async fn open(&self) -> Result<Open, LoginError> {
        if let Some(open) = self.look()? {
            return Ok(open);
        }
        let _turn = self.turn.lock().await;
        // Somebody may have been quicker.
        if let Some(open) = self.look()? {
            return Ok(open);
        }
        let result = self.log_in().await;
        let mut state = self.state();
        match result {
            Ok((id, dialect)) => {
                tracing::debug!(
                    dialect = dialect.as_str(),
                    user = self.login.user(),
                    "logged in"
                );
                state.editions += 1;
                let open = Open {
                    id,
                    edition: state.editions,
                };
                state.dialect = Some(dialect);
                state.current = Some(open.clone());
                Ok(open)
            }
            Err(error) => {
                let error = LoginError::of(error, self.client.origin(), self.login.user());
                if matches!(error, LoginError::Refused { .. }) {
                    state.refused = Some(error.clone());
                }
                Err(error)
            }
        }
    }

    async fn log_in(&self) -> Result<(SessionId, Dialect), CallError> {
        let known = self.known_dialect();
        if known != Some(Dialect::Rest) {
            match self.client.send(CreateSession(self.login.clone())).await {
                Ok(id) => return Ok((id, Dialect::Api)),
                Err(error) if known.is_none() && no_such_call(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let id = self
            .client
            .send(CreateSessionRest(self.login.clone()))
            .await?;
        Ok((id, Dialect::Rest))
    }

    /// Ends the open session, if there is one.
    pub(crate) async fn close(&self) -> Result<(), CallError> {
        let _turn = self.turn.lock().await;
        let Some(open) = self.state().current.take() else {
            return Ok(());
        };
        let ended = match self.known_dialect() {
            Some(Dialect::Rest) => self.client.send(DeleteSessionRest(open.id)).await,
            _ => self.client.send(DeleteSession(open.id)).await,
        };
        match ended {
            // It had ended by itself.
            Err(error) if error.status() == Some(StatusCode::UNAUTHORIZED) => Ok(()),
            ended => ended,
        }
    }

    fn look(&self) -> Result<Option<Open>, LoginError> {
        let state = self.state();
        match (&state.current, &state.refused) {
            (Some(open), _) => Ok(Some(open.clone())),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Ok(None),
        }
    }

    fn state(&self) -> SyncMutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a server does not know `/api/session`. Never after a refused
/// password: a second try would count as a second failure.
fn no_such_call(error: &CallError) -> bool {
    matches!(
        error.status(),
        Some(
            StatusCode::BAD_REQUEST
                | StatusCode::NOT_FOUND
                | StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::UNSUPPORTED_MEDIA_TYPE
        )
    )
}

impl Credentials for Session {
    fn get(&self) -> BoxFuture<'_, Result<Credential, CredentialsError>> {
        Box::pin(async {
            let open = self.open().await?;
            Ok(Credential {
                secret: open.id.0,
                edition: open.edition,
            })
        })
    }

    fn refused(&self, edition: u64) {
        self.state().current.take_if(|open| open.edition == edition);
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("origin", &self.client.origin())
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}
