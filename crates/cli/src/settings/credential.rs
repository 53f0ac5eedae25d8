//! Which credential is meant, out of all that lie around.

use csp_auth::{ApiToken, Grant, OAuthApp};
use secrecy::{ExposeSecret as _, SecretString};

use super::{CredentialsFile, Settings, Source};
use crate::error::Error;

/// A credential and where it came from.
#[derive(Debug)]
pub(crate) struct Credential {
    /// What it is.
    pub(crate) held: Held,
    /// Who gave it.
    pub(crate) source: Source,
}

impl Source {
    /// Adds where a credential that does not work came from, and how to
    /// replace it.
    pub(crate) fn blame(&self, error: Error) -> Error {
        match self {
            Self::Profile(name) if name == super::DEFAULT_PROFILE => {
                error.hint("Store another credential with 'vmc auth login'.")
            }
            Self::Profile(name) => error.hint(format!(
                "Store another credential with 'vmc auth login --profile {name}'."
            )),
            other => error.hint(format!(
                "The credential came from {other}: set it anew, or unset it and log in with 'vmc auth login'."
            )),
        }
    }
}

/// What can prove who we are.
#[derive(Debug)]
pub(crate) enum Held {
    /// Exchanged for access tokens.
    Grant(Grant),
    /// An access token that somebody else renews.
    AccessToken(SecretString),
}

impl Held {
    /// For people.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Grant(grant) => grant.kind(),
            Self::AccessToken(_) => "access token",
        }
    }
}

struct Names {
    api_token: &'static str,
    client_id: &'static str,
    client_secret: &'static str,
    access_token: Option<&'static str>,
    /// Whether half an OAuth app is a mistake, or somebody else's variable.
    strict: bool,
}

const OURS: Names = Names {
    api_token: "VMC_API_TOKEN",
    client_id: "VMC_CLIENT_ID",
    client_secret: "VMC_CLIENT_SECRET",
    access_token: Some("VMC_ACCESS_TOKEN"),
    strict: true,
};

const LEGACY: Names = Names {
    api_token: "API_TOKEN",
    client_id: "CLIENT_ID",
    client_secret: "CLIENT_SECRET",
    access_token: None,
    strict: false,
};

/// Every variable that may hold part of a credential.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [OURS, LEGACY].into_iter().flat_map(|names| {
        [names.api_token, names.client_id, names.client_secret]
            .into_iter()
            .chain(names.access_token)
    })
}

/// An access token as a header can carry it.
fn access_token(text: &str) -> Result<SecretString, Error> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::not_logged_in(
            "the access token is empty or has characters that no token has",
        ));
    }
    Ok(text.into())
}

impl Settings {
    /// The credential to use: of the profile named on the command line, else
    /// `VMC_*`, else other tools' variables, else the profile's.
    pub(crate) fn credential(&self) -> Result<Credential, Error> {
        let path = self.dirs.credentials_file();
        let chosen_by_flag = matches!(self.profile.source, Source::Flag(_));
        let ours = match self.in_env(&OURS)? {
            // Without need, the file is not even opened.
            Some(credential) if !chosen_by_flag => return Ok(credential),
            ours => ours,
        };
        let stored = CredentialsFile::read(&path)?;
        let stored = stored.get(self.profile());
        match (ours, stored, chosen_by_flag) {
            (Some(credential), Some(_), true) => Err(Error::usage(format!(
                "two credentials: {} and the one stored for --profile {}",
                credential.source,
                self.profile(),
            ))
            .hint("Unset the variable, or leave --profile out.")),
            (Some(credential), ..) => Ok(credential),
            (None, Some(stored), true) => Ok(self.of_profile(stored.grant(self.profile(), &path)?)),
            (None, stored, _) => {
                if let Some(credential) = self.in_env(&LEGACY)? {
                    return Ok(credential);
                }
                match stored {
                    Some(stored) => Ok(self.of_profile(stored.grant(self.profile(), &path)?)),
                    None => Err(self.none()),
                }
            }
        }
    }

    fn of_profile(&self, grant: Grant) -> Credential {
        Credential {
            held: Held::Grant(grant),
            source: Source::Profile(self.profile().to_owned()),
        }
    }

    fn none(&self) -> Error {
        let error =
            Error::not_logged_in(format!("no credentials for profile {:?}", self.profile()));
        if self.profile() == super::DEFAULT_PROFILE {
            error.hint("Log in with 'vmc auth login', or set VMC_API_TOKEN.")
        } else {
            error.hint(format!(
                "Log in with 'vmc auth login --profile {}', or set VMC_API_TOKEN.",
                self.profile()
            ))
        }
    }

    fn in_env(&self, names: &Names) -> Result<Option<Credential>, Error> {
        let env = &self.env;
        let token = env.get(names.api_token).map(SecretString::from);
        let app = match (
            env.get(names.client_id),
            env.get(names.client_secret).map(SecretString::from),
        ) {
            (Some(id), Some(secret)) => Some((id, secret)),
            (None, None) => None,
            (Some(_), None) if names.strict => {
                return Err(half(names.client_id, names.client_secret));
            }
            (None, Some(_)) if names.strict => {
                return Err(half(names.client_secret, names.client_id));
            }
            _ => None,
        };
        let access = names
            .access_token
            .and_then(|name| Some((name, SecretString::from(env.get(name)?))));
        let mut set = Vec::new();
        set.extend(token.as_ref().map(|_| names.api_token));
        set.extend(app.as_ref().map(|_| names.client_id));
        set.extend(access.as_ref().map(|(name, _)| *name));
        if let [first, second, ..] = set[..] {
            return Err(Error::usage(format!(
                "two credentials: {first} and {second} are both set"
            ))
            .hint("Unset the one that is not meant."));
        }
        let blame = |error: csp_auth::Error| {
            let name = set.first().copied().unwrap_or_default();
            Source::Env(name).blame(error.into())
        };
        let named = |held, name| {
            Some(Credential {
                held,
                source: Source::Env(name),
            })
        };
        Ok(if let Some(token) = token {
            named(
                Held::Grant(ApiToken::new(token).map_err(blame)?.into()),
                names.api_token,
            )
        } else if let Some((id, secret)) = app {
            named(
                Held::Grant(OAuthApp::new(id, secret).map_err(blame)?.into()),
                names.client_id,
            )
        } else if let Some((name, secret)) = access {
            let token = access_token(secret.expose_secret())
                .map_err(|error| Source::Env(name).blame(error))?;
            named(Held::AccessToken(token), name)
        } else {
            None
        })
    }
}

fn half(set: &str, missing: &str) -> Error {
    Error::usage(format!("{set} is set without {missing}")).hint("An OAuth app needs both.")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::settings::{Env, Flags, Stored};

    const STORED: &str = "stored";

    fn pick(
        env: &[(&str, &str)],
        stored: bool,
        flag: bool,
    ) -> Result<(Source, &'static str), String> {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().to_str().unwrap();
        if stored {
            let mut file = CredentialsFile::default();
            file.set("lab", Stored::api_token(STORED.into()));
            file.set("default", Stored::app("id".into(), STORED.into()));
            file.write(&dir.path().join("credentials.toml")).unwrap();
        }
        let mut env = env.to_vec();
        env.extend([("VMC_CONFIG_DIR", home), ("HOME", home)]);
        let profile = flag.then_some("lab");
        let settings = Settings::load_new(Flags::default(), profile, Env::of(&env)).unwrap();
        settings
            .credential()
            .map(|credential| (credential.source, credential.held.kind()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_nearest_level_wins() {
        let token = ("VMC_API_TOKEN", "t");
        let legacy = ("API_TOKEN", "t");
        let ours = |name| Ok((Source::Env(name), "API token"));
        assert_eq!(pick(&[token, legacy], true, false), ours("VMC_API_TOKEN"));
        assert_eq!(pick(&[legacy], true, false), ours("API_TOKEN"));
        assert_eq!(
            pick(&[], true, false),
            Ok((Source::Profile("default".into()), "OAuth app"))
        );
        assert_eq!(
            pick(&[legacy], true, true),
            Ok((Source::Profile("lab".into()), "API token"))
        );
        assert_eq!(pick(&[token], false, true), ours("VMC_API_TOKEN"));
        assert_eq!(
            pick(&[("VMC_ACCESS_TOKEN", "t")], true, false),
            Ok((Source::Env("VMC_ACCESS_TOKEN"), "access token"))
        );
        assert_eq!(
            pick(
                &[("VMC_CLIENT_ID", "i"), ("VMC_CLIENT_SECRET", "s"), legacy],
                false,
                false
            ),
            Ok((Source::Env("VMC_CLIENT_ID"), "OAuth app"))
        );
    }

    #[test]
    fn an_access_token_is_trimmed_and_may_stand_in_a_header() {
        assert_eq!(access_token(" a.b-c\r\n").unwrap().expose_secret(), "a.b-c");
        for bad in [" ", "can ary", "can\nary", "can\u{e4}ry"] {
            let error = pick(&[("VMC_ACCESS_TOKEN", bad)], true, false).unwrap_err();
            assert!(!error.contains("can"), "{error}");
        }
    }

    #[test]
    fn two_of_the_same_level_are_refused() {
        let app = [("VMC_CLIENT_ID", "i"), ("VMC_CLIENT_SECRET", "s")];
        for extra in ["VMC_API_TOKEN", "VMC_ACCESS_TOKEN"] {
            let error = pick(&[app[0], app[1], (extra, "canary")], true, false).unwrap_err();
            assert!(
                error.starts_with("two credentials") && !error.contains("canary"),
                "{error}"
            );
        }
        assert!(
            pick(
                &[
                    ("API_TOKEN", "t"),
                    ("CLIENT_ID", "i"),
                    ("CLIENT_SECRET", "s")
                ],
                true,
                false
            )
            .is_err()
        );
        assert!(
            pick(&[("VMC_API_TOKEN", "t")], true, true)
                .unwrap_err()
                .contains("--profile lab")
        );
        assert!(
            pick(&app[..1], true, false)
                .unwrap_err()
                .contains("without VMC_CLIENT_SECRET")
        );
        assert!(
            pick(&app[1..], true, false)
                .unwrap_err()
                .contains("without VMC_CLIENT_ID")
        );
    }

    #[test]
    fn generic_names_count_only_when_complete() {
        assert_eq!(
            pick(&[("CLIENT_ID", "x")], true, false).unwrap().0,
            Source::Profile("default".into())
        );
        assert!(
            pick(&[("CLIENT_ID", "x")], false, false)
                .unwrap_err()
                .contains("no credentials")
        );
        assert!(
            pick(
                &[("VMC_API_TOKEN", ""), ("REFRESH_TOKEN", "x")],
                false,
                false
            )
            .is_err()
        );
    }

    #[test]
    fn a_blank_token_is_an_error_not_a_missing_one() {
        assert!(pick(&[("VMC_API_TOKEN", "  ")], true, false).is_err());
    }
}
