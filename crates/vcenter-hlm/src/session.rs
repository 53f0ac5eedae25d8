//! Sessions: opened at the first use, opened again when one has ended.

use std::fmt;
use std::sync::{Mutex as SyncMutex, MutexGuard as SyncMutexGuard, PoisonError};

use http::{HeaderMap, HeaderName, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use vmc_http::{
    Answer, BoxFuture, Client, Credential, Credentials, CredentialsError, DecodeError,
    Error as CallError, Operation, Replay, Target, headers,
};

use crate::dialect::{Dialect, Wrapped};
use crate::login::{Login, LoginError};
use crate::vapi_error::VapiError;

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
    if let Some(said) = VapiError::read(answer) {
        return Err(DecodeError::new(format!("it is an error: {said}")));
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
    /// Held while logging in or out. A login whose caller was dropped stays
    /// here: its session may be open, and only its answer has the id.
    turn: Mutex<Option<PendingLogin>>,
    /// Never held across a wait.
    state: SyncMutex<State>,
}

type PendingLogin = BoxFuture<'static, Result<(SessionId, Dialect), CallError>>;

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
        let mut turn = self.turn.lock().await;
        // Somebody may have been quicker.
        if let Some(open) = self.look()? {
            return Ok(open);
        }
        self.finish_login(&mut turn).await
    }

    /// Begins a login, or goes on with the one that nobody waits for any more.
    async fn finish_login(&self, turn: &mut Option<PendingLogin>) -> Result<Open, LoginError> {
        let pending = turn.get_or_insert_with(|| {
            let login = log_in(
                self.client.clone(),
                self.login.clone(),
                self.known_dialect(),
            );
            Box::pin(login)
        });
        let result = pending.await;
        *turn = None;
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

    /// Ends the open session, if there is one, and that of a login that nobody
    /// waits for any more.
    pub(crate) async fn close(&self) -> Result<(), CallError> {
        let mut turn = self.turn.lock().await;
        if turn.is_some() {
            // Without a session there is nothing to end.
            let _ = self.finish_login(&mut turn).await;
        }
        let Some(Open { id, edition }) = self.state().current.clone() else {
            return Ok(());
        };
        let ended = match self.known_dialect() {
            Some(Dialect::Rest) => self.client.send(DeleteSessionRest(id)).await,
            _ => self.client.send(DeleteSession(id)).await,
        };
        match ended {
            // It had ended by itself.
            Err(error) if error.status() != Some(StatusCode::UNAUTHORIZED) => Err(error),
            _ => {
                // Not before, so that it can be tried again.
                self.refused(edition);
                Ok(())
            }
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

async fn log_in(
    client: Client,
    login: Login,
    known: Option<Dialect>,
) -> Result<(SessionId, Dialect), CallError> {
    if known != Some(Dialect::Rest) {
        match client.send(CreateSession(login.clone())).await {
            Ok(id) => return Ok((id, Dialect::Api)),
            Err(error) if known.is_none() && no_such_call(&error) => {}
            Err(error) => return Err(error),
        }
    }
    let id = client.send(CreateSessionRest(login)).await?;
    Ok((id, Dialect::Rest))
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
