//! What an access token is given for.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// An API token of a user, made under *My Account > API Tokens* in the
/// console. Called "refresh token" in older documentation.
#[derive(Clone)]
pub struct ApiToken(SecretString);

impl ApiToken {
    /// Takes a token; white space around it is dropped, because tokens come
    /// from files and clipboards. Its length is not checked: it has changed
    /// over the years.
    ///
    /// # Errors
    /// [`Error::Unusable`] when it is empty or has white space or control
    /// characters inside.
    pub fn new(token: impl Into<SecretString>) -> Result<Self, Error> {
        tidy("API token", token.into()).map(Self)
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A server to server app with its own id and secret.
#[derive(Clone)]
pub struct OAuthApp {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    pub(crate) org: Option<String>,
}

impl OAuthApp {
    /// Takes the app's id and secret; white space around them is dropped.
    ///
    /// # Errors
    /// [`Error::Unusable`] when one is empty or has white space or control
    /// characters inside.
    pub fn new(id: impl Into<String>, secret: impl Into<SecretString>) -> Result<Self, Error> {
        let id = tidy("client id", SecretString::from(id.into()))?;
        if id.expose_secret().contains(':') {
            // It would end the user name of Basic authentication (RFC 7617 §2).
            return Err(Error::Unusable {
                what: "client id",
                problem: "has a colon in it",
            });
        }
        Ok(Self {
            id: id.expose_secret().to_owned(),
            secret: tidy("client secret", secret.into())?,
            org: None,
        })
    }

    /// Asks for tokens of this organization only.
    #[must_use]
    pub fn org(mut self, org: impl Into<String>) -> Self {
        self.org = Some(org.into()).filter(|org: &String| !org.is_empty());
        self
    }

    /// The app's id, which is no secret.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// What an access token is given for: an API token or an OAuth app.
#[derive(Debug, Clone)]
pub enum Grant {
    /// A user's API token.
    ApiToken(ApiToken),
    /// An app's id and secret.
    OAuthApp(OAuthApp),
}

impl Grant {
    /// `API token` or `OAuth app`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ApiToken(_) => "API token",
            Self::OAuthApp(_) => "OAuth app",
        }
    }

    /// The part that no server may show us back.
    pub(crate) fn secret(&self) -> &str {
        match self {
            Self::ApiToken(token) => token.expose(),
            Self::OAuthApp(app) => app.secret.expose_secret(),
        }
    }

    /// What tells two grants apart.
    pub(crate) fn identity(&self) -> [&str; 4] {
        match self {
            Self::ApiToken(token) => ["api-token", token.expose(), "", ""],
            Self::OAuthApp(app) => [
                "oauth-app",
                &app.id,
                app.secret.expose_secret(),
                app.org.as_deref().unwrap_or_default(),
            ],
        }
    }
}

impl From<ApiToken> for Grant {
    fn from(token: ApiToken) -> Self {
        Self::ApiToken(token)
    }
}

impl From<OAuthApp> for Grant {
    fn from(app: OAuthApp) -> Self {
        Self::OAuthApp(app)
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiToken")
    }
}

impl fmt::Debug for OAuthApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthApp")
            .field("id", &self.id)
            .field("org", &self.org)
            .finish_non_exhaustive()
    }
}

fn tidy(what: &'static str, secret: SecretString) -> Result<SecretString, Error> {
    let text = secret.expose_secret().trim();
    let problem = if text.is_empty() {
        "is empty"
    } else if text.chars().any(char::is_whitespace) {
        "has white space in it"
    } else if text.chars().any(char::is_control) {
        "has control characters in it"
    } else if text.len() == secret.expose_secret().len() {
        return Ok(secret);
    } else {
        return Ok(text.into());
    };
    Err(Error::Unusable { what, problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrounding_white_space_is_dropped() {
        assert_eq!(ApiToken::new(" abc\r\n").unwrap().expose(), "abc");
        let app = OAuthApp::new("id\n", "\tsecret ").unwrap();
        assert_eq!((app.id(), app.secret.expose_secret()), ("id", "secret"));
    }

    #[test]
    fn what_cannot_be_a_credential_is_refused_without_showing_it() {
        for bad in ["", " \n", "can ary", "can\nary", "can\u{0}ary"] {
            let error = ApiToken::new(bad).unwrap_err();
            assert!(matches!(error, Error::Unusable { .. }), "{bad:?}");
            assert!(!format!("{error} {error:?}").contains("can"), "{error:?}");
        }
        assert!(OAuthApp::new("", "s").is_err());
        assert!(OAuthApp::new("a:b", "s").is_err());
        assert!(OAuthApp::new("a", " ").is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        let token = Grant::from(ApiToken::new("canary").unwrap());
        let app = Grant::from(OAuthApp::new("id", "canary").unwrap().org("o"));
        assert!(!format!("{token:?} {app:?}").contains("canary"));
    }
}
