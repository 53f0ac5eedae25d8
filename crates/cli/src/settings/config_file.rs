//! `config.toml`: profiles without secrets.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::dirs::shown;
use super::keys;
use crate::error::Error;

/// What `config.toml` says.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    /// The profile to use when none is named.
    pub(crate) default_profile: Option<String>,
    /// Settings by profile, then by key.
    pub(crate) profiles: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    default_profile: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, BTreeMap<Spanned<String>, Spanned<toml::Value>>>,
}

impl ConfigFile {
    /// Reads the file. One that does not exist says nothing.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let Some(text) = read_if_there(path)? else {
            return Ok(Self::default());
        };
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let raw: Raw = toml::from_str(text).map_err(|error| syntax(path, text, &error))?;
        let mut file = Self {
            default_profile: raw.default_profile,
            profiles: BTreeMap::new(),
        };
        for (profile, settings) in raw.profiles {
            let mut known = BTreeMap::new();
            for (key, value) in settings {
                let at = |span: std::ops::Range<usize>, what: &str| {
                    Error::config(format!(
                        "{}:{}: {what} in profile {profile:?}",
                        shown(path),
                        line_of(text, span.start),
                    ))
                };
                let name = key.get_ref().replace('-', "_");
                if keys::find(&name).is_none() {
                    let secret = vmc_http::redact::is_secret_name(&name) || name == "client_id";
                    return Err(
                        at(key.span(), &format!("unknown key {:?}", key.get_ref())).hint(
                            if secret {
                                "Credentials do not belong here; store them with 'vmc auth login'."
                                    .to_owned()
                            } else {
                                format!("Known keys: {}.", names())
                            },
                        ),
                    );
                }
                let Some(value_text) = scalar(value.get_ref()) else {
                    return Err(at(value.span(), &format!("{name} must be a single value")));
                };
                if !value_text.is_empty() {
                    known.insert(name, value_text);
                }
            }
            file.profiles.insert(profile, known);
        }
        Ok(file)
    }
}

fn names() -> String {
    keys::ALL
        .iter()
        .map(|key| key.name)
        .collect::<Vec<_>>()
        .join(", ")
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {
            Some(value.to_string())
        }
        _ => None,
    }
}

/// The text of a file, or nothing when it is not there.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::config(format!("{} cannot be read", shown(path))).because(error)),
    }
}

/// A TOML error by its line.
fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    let first = error.message().lines().next().unwrap_or("not valid TOML");
    Error::config(format!("{}:{line}: {first}", shown(path)))
}

/// The line of a byte, counted from 1.
pub(crate) fn line_of(text: &str, byte: usize) -> usize {
    let before = text.as_bytes().get(..byte).unwrap_or(text.as_bytes());
    before.iter().filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, String> {
        ConfigFile::parse(text, Path::new("c.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn profiles_hold_settings_of_any_scalar_kind() {
        let file = parse(
            "default_profile = \"lab\"\n[profiles.lab]\norg = \"o\"\nmax_attempts = 2\nno-input = true\nsddc = \"\"\n",
        )
        .unwrap();
        assert_eq!(file.default_profile.as_deref(), Some("lab"));
        let lab = &file.profiles["lab"];
        assert_eq!(lab["max_attempts"], "2");
        assert_eq!(lab["no_input"], "true");
        assert!(!lab.contains_key("sddc"), "an empty value is unset");
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        assert_eq!(
            parse("[profiles.lab]\n\nrogion = 1\n").unwrap_err(),
            "c.toml:3: unknown key \"rogion\" in profile \"lab\""
        );
        assert_eq!(
            parse("[profiles.lab]\norg = [1]\n").unwrap_err(),
            "c.toml:2: org must be a single value in profile \"lab\""
        );
        assert!(parse("a = \n").unwrap_err().starts_with("c.toml:1: "));
        assert!(
            parse("profile = 1\n")
                .unwrap_err()
                .starts_with("c.toml:1: unknown field")
        );
    }

    #[test]
    fn a_secret_in_the_wrong_file_is_not_shown() {
        let error = ConfigFile::parse("[profiles.lab]\napi_token = \"canary\"\n", Path::new("c"))
            .unwrap_err();
        assert!(error.hints()[0].contains("vmc auth login"));
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
