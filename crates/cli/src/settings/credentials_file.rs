//! `credentials.toml`: secrets by profile, readable by their owner alone.

use std::collections::BTreeMap;
use std::path::Path;

use csp_auth::{ApiToken, Grant, OAuthApp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use vmc_http::private_file;

use super::Source;
use super::config_file::{line_of, read_if_there};
use super::dirs::shown;
use crate::error::Error;

/// What `credentials.toml` says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialsFile {
    #[serde(default)]
    profiles: BTreeMap<String, Stored>,
}

/// The credential of one profile: one of the two kinds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stored {
    api_token: Option<SecretString>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
}

impl Stored {
    /// An API token to store.
    pub(crate) fn api_token(token: SecretString) -> Self {
        Self {
            api_token: Some(token),
            client_id: None,
            client_secret: None,
        }
    }

    /// An OAuth app to store.
    pub(crate) fn app(id: String, secret: SecretString) -> Self {
        Self {
            api_token: None,
            client_id: Some(id),
            client_secret: Some(secret),
        }
    }

    /// What can be exchanged for access tokens.
    pub(crate) fn grant(&self, profile: &str, path: &Path) -> Result<Grant, Error> {
        let problem = |what: &str| {
            Error::config(format!("profile {profile:?} in {} {what}", shown(path)))
                .hint(format!("Store it anew: vmc auth login --profile {profile}"))
        };
        let blame =
            |error: csp_auth::Error| Source::Profile(profile.to_owned()).blame(error.into());
        match (&self.api_token, &self.client_id, &self.client_secret) {
            (Some(token), None, None) => Ok(ApiToken::new(token.clone()).map_err(blame)?.into()),
            (None, Some(id), Some(secret)) => {
                Ok(OAuthApp::new(id, secret.clone()).map_err(blame)?.into())
            }
            (Some(_), ..) => Err(problem("has an API token and an OAuth app; keep one")),
            (None, Some(_), None) => Err(problem("has a client_id without its client_secret")),
            (None, None, Some(_)) => Err(problem("has a client_secret without its client_id")),
            (None, None, None) => Err(problem("has no credential")),
        }
    }
}

impl CredentialsFile {
    /// Reads the file. One that does not exist says nothing; one that others
    /// can read is refused.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let Some(text) = read_if_there(path)? else {
            return Ok(Self::default());
        };
        refuse_if_shared(path)?;
        refuse_if_replaceable(path)?;
        toml::from_str(&text).map_err(|error: toml::de::Error| {
            // toml's own message may quote the value.
            let line = error.span().map_or(1, |span| line_of(&text, span.start));
            Error::config(format!("{}:{line}: not what belongs here", shown(path)))
                .hint(
                    "Expected: [profiles.NAME] with api_token, or with client_id and client_secret.",
                )
                .hint("If it cannot be mended: remove the file, then 'vmc auth login'.")
        })
    }

    /// Names of the profiles that have a credential.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// The credential of a profile.
    pub(crate) fn get(&self, profile: &str) -> Option<&Stored> {
        self.profiles.get(profile)
    }

    /// Puts a credential in the place of the one before.
    pub(crate) fn set(&mut self, profile: &str, stored: Stored) {
        self.profiles.insert(profile.to_owned(), stored);
    }

    /// Forgets a credential; tells whether there was one.
    pub(crate) fn remove(&mut self, profile: &str) -> bool {
        self.profiles.remove(profile).is_some()
    }

    /// Writes the file. Where it is a link, what it leads to is written: a
    /// secret left there would be found by nobody.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = |error: std::io::Error| {
            Error::config(format!("{} cannot be written", shown(path))).because(error)
        };
        private_file::behind_link(path)
            .and_then(|path| private_file::write_durably(&path, self.to_toml().as_bytes()))
            .map_err(failed)
    }

    fn to_toml(&self) -> String {
        let mut text =
            String::from("# Secrets of vmc. Written by 'vmc auth login'; keep it to yourself.\n");
        for (profile, stored) in &self.profiles {
            let name = toml::Value::from(profile.as_str());
            text.push_str(&format!("\n[profiles.{name}]\n"));
            let mut line = |key: &str, value: Option<&str>| {
                if let Some(value) = value {
                    text.push_str(&format!("{key} = {}\n", toml::Value::from(value)));
                }
            };
            line(
                "api_token",
                stored.api_token.as_ref().map(SecretString::expose_secret),
            );
            line("client_id", stored.client_id.as_deref());
            line(
                "client_secret",
                stored
                    .client_secret
                    .as_ref()
                    .map(SecretString::expose_secret),
            );
        }
        text
    }
}

#[cfg(unix)]
fn refuse_if_shared(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)
        .map_err(|error| Error::config(format!("{} cannot be read", shown(path))).because(error))?
        .permissions()
        .mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::config(format!(
        "{} can be read by others (mode {:04o}), so its secrets are not used",
        shown(path),
        mode & 0o7777
    ))
    .hint(format!("Close it: chmod 600 {}", shown(path)))
    .hint("If others may have read it, replace the token: console > My Account > API Tokens."))
}

/// Whoever may write to the folder can put another credential, or another
/// address for ours, in its place.
#[cfg(unix)]
fn refuse_if_replaceable(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(dir) = path.parent() else {
        return Ok(());
    };
    let mode = std::fs::metadata(dir)
        .map_err(|error| Error::config(format!("{} cannot be read", shown(dir))).because(error))?
        .permissions()
        .mode();
    if mode & 0o002 == 0 {
        return Ok(());
    }
    Err(Error::config(format!(
        "everybody can write to {} (mode {:04o}), so its secrets are not used",
        shown(dir),
        mode & 0o7777
    ))
    .hint(format!("Close it: chmod 700 {}", shown(dir))))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
fn refuse_if_replaceable(_: &Path) -> Result<(), Error> {
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
fn refuse_if_shared(_: &Path) -> Result<(), Error> {
    // The profile folder is private to its user there.
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_is_written_is_read_back_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/credentials.toml");
        let mut file = CredentialsFile::default();
        file.set("a b.\"c", Stored::api_token("tok\"en\\".into()));
        file.set("app", Stored::app("id".into(), "s".into()));
        file.write(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let mut again = CredentialsFile::read(&path).unwrap();
        assert_eq!(again.names().collect::<Vec<_>>(), ["a b.\"c", "app"]);
        let token = again.get("a b.\"c").unwrap().api_token.as_ref().unwrap();
        assert_eq!(token.expose_secret(), "tok\"en\\");
        assert!(again.remove("app") && !again.remove("app"));
        again.write(&path).unwrap();
        assert!(CredentialsFile::read(&path).unwrap().get("app").is_none());
        let left: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "a draft was left behind");
    }

    #[test]
    fn a_secret_behind_a_link_is_forgotten_there() {
        let dir = tempfile::tempdir().unwrap();
        let (path, real) = (dir.path().join("credentials.toml"), dir.path().join("real"));
        std::os::unix::fs::symlink(&real, &path).unwrap();
        let mut file = CredentialsFile::default();
        assert!(file.write(&path).is_err(), "the link leads nowhere");
        file.set("x", Stored::api_token("canary".into()));
        file.write(&real).unwrap();
        file.remove("x");
        file.write(&path).unwrap();
        assert!(path.is_symlink());
        assert!(!std::fs::read_to_string(&real).unwrap().contains("canary"));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        std::fs::write(&path, "[profiles.default]\napi_token = \"canary\"\n").unwrap();
        for mode in [0o640, 0o604, 0o660, 0o644] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = CredentialsFile::read(&path).unwrap_err();
            assert!(error.hints()[0].contains("chmod 600"), "{mode:o}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert!(CredentialsFile::read(&path).is_ok());
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(dir.path(), open).unwrap();
        let error = CredentialsFile::read(&path).unwrap_err();
        assert!(error.hints()[0].contains("chmod 700"));
    }

    #[test]
    fn errors_and_debug_never_show_the_secret() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        for text in [
            "[profiles.x]\napi_token = canary\n",
            "[profiles.x]\napi_token = \"canary\nb\"\n",
            "[profiles.x]\napi_tokn = \"canary\"\n",
            "[profiles.x]\napi_token = [\"canary\"]\n",
        ] {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            let error = CredentialsFile::read(&path).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
        std::fs::write(
            &path,
            "[profiles.x]\napi_token = \"canary\"\nclient_id = \"i\"\n",
        )
        .unwrap();
        let file = CredentialsFile::read(&path).unwrap();
        assert!(!format!("{file:?}").contains("canary"));
        assert!(
            file.get("x").unwrap().grant("x", &path).is_err(),
            "two kinds at once"
        );
    }
}
