//! Settings: flag > `VMC_*` > other tools' variables > profile > default, and
//! each value remembers which of them it came from.

mod config_file;
mod credential;
mod credentials_file;
mod dirs;
mod env;
pub(crate) mod keys;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

pub(crate) use credential::{Credential, Held};
pub(crate) use credentials_file::{CredentialsFile, Stored};
pub(crate) use dirs::{Dirs, shown};
pub(crate) use env::Env;

use crate::error::Error;
use config_file::ConfigFile;
use keys::Key;

/// The profile that is meant when none is named.
pub(crate) const DEFAULT_PROFILE: &str = "default";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A flag of this command.
    Flag(String),
    /// An environment variable.
    Env(&'static str),
    /// A profile.
    Profile(String),
    /// `default_profile` of `config.toml`.
    DefaultProfile,
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Env(name) => write!(f, "{name} (environment)"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::DefaultProfile => f.write_str("default_profile in config.toml"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found<T> {
    /// The value.
    pub(crate) value: T,
    /// Who said so.
    pub(crate) source: Source,
}

/// Flags that override settings, by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags(BTreeMap<&'static str, String>);

impl Flags {
    /// Notes a flag; an empty value counts as not given.
    pub(crate) fn set(&mut self, key: &Key, value: &str) {
        if !value.is_empty() {
            self.0.insert(key.name, value.to_owned());
        }
    }

    /// What was noted, by key.
    #[cfg(test)]
    pub(crate) fn noted(&self) -> Vec<(&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect()
    }
}

/// Everything that was said about how to work, by whomever.
pub(crate) struct Settings {
    flags: Flags,
    env: Env,
    dirs: Dirs,
    profile: Found<String>,
    profile_settings: BTreeMap<String, String>,
}

impl Settings {
    /// Reads `config.toml` and picks the profile.
    pub(crate) fn load(flags: Flags, profile_flag: Option<&str>, env: Env) -> Result<Self, Error> {
        let (settings, problems) = Self::load_anyway(flags, profile_flag, env)?;
        problems.into_iter().next().map_or(Ok(settings), Err)
    }

    /// As [`Settings::load`], for a command that looks at the settings
    /// themselves: what is wrong with them comes beside them, and counts as not
    /// set.
    pub(crate) fn load_anyway(
        flags: Flags,
        profile_flag: Option<&str>,
        env: Env,
    ) -> Result<(Self, Vec<Error>), Error> {
        let (settings, file, mut problems) = Self::read(flags, profile_flag, env)?;
        let profile = &settings.profile;
        let named = profile.source != Source::Default && profile.value != DEFAULT_PROFILE;
        if problems.is_empty() && named && !file.profiles.contains_key(&profile.value) {
            problems.extend(settings.must_be_known(&file).err());
        }
        Ok((settings, problems))
    }

    /// As [`Settings::load`], for a profile that need not exist yet.
    pub(crate) fn load_new(
        flags: Flags,
        profile_flag: Option<&str>,
        env: Env,
    ) -> Result<Self, Error> {
        let (settings, _, problems) = Self::read(flags, profile_flag, env)?;
        problems.into_iter().next().map_or(Ok(settings), Err)
    }

    fn read(
        flags: Flags,
        profile_flag: Option<&str>,
        env: Env,
    ) -> Result<(Self, ConfigFile, Vec<Error>), Error> {
        let mut problems: Vec<Error> = env
            .must_be_text(names_of_variables())
            .err()
            .into_iter()
            .collect();
        let dirs = Dirs::new(&env)?;
        let file = ConfigFile::read(&dirs.config_file()).unwrap_or_else(|error| {
            problems.push(error);
            ConfigFile::default()
        });
        let profile = pick_profile(profile_flag, &env, file.default_profile.as_deref());
        let profile = profile.unwrap_or_else(|error| {
            problems.push(error);
            Found {
                value: DEFAULT_PROFILE.to_owned(),
                source: Source::Default,
            }
        });
        let profile_settings = file.profiles.get(&profile.value).cloned();
        let settings = Self {
            flags,
            env,
            dirs,
            profile,
            profile_settings: profile_settings.unwrap_or_default(),
        };
        Ok((settings, file, problems))
    }

    /// A profile that was named must be somewhere.
    fn must_be_known(&self, file: &ConfigFile) -> Result<(), Error> {
        let credentials = CredentialsFile::read(&self.dirs.credentials_file())?;
        let name = self.profile();
        if credentials.get(name).is_some() {
            return Ok(());
        }
        let mut known: Vec<&str> = file
            .profiles
            .keys()
            .map(String::as_str)
            .chain(credentials.names())
            .collect();
        known.sort_unstable();
        known.dedup();
        let known = if known.is_empty() {
            "none yet".to_owned()
        } else {
            known.join(", ")
        };
        Err(Error::config(format!(
            "there is no profile {name:?} ({})",
            self.profile.source
        ))
        .hint(format!("Known profiles: {known}."))
        .hint(format!("To make it: vmc auth login --profile {name}")))
    }

    /// Name of the profile in use.
    pub(crate) fn profile(&self) -> &str {
        &self.profile.value
    }

    /// Who chose the profile.
    pub(crate) fn profile_source(&self) -> &Source {
        &self.profile.source
    }

    /// Folders of this program.
    pub(crate) fn dirs(&self) -> &Dirs {
        &self.dirs
    }

    /// The environment.
    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    /// A setting as text.
    pub(crate) fn text(&self, key: &Key) -> Option<Found<String>> {
        let found = |value: String, source| Some(Found { value, source });
        if let Some(value) = self.flags.0.get(key.name) {
            return found(value.clone(), Source::Flag(key.flag()));
        }
        for name in key.env.iter().chain(key.legacy) {
            if let Some(value) = self.env.get(name) {
                return found(value, Source::Env(name));
            }
        }
        if let Some(value) = self.profile_settings.get(key.name) {
            return found(value.clone(), Source::Profile(self.profile.value.clone()));
        }
        found(key.default?.to_owned(), Source::Default)
    }

    /// A setting as something else than text.
    pub(crate) fn parsed<T>(
        &self,
        key: &Key,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<Found<T>>, Error> {
        let Some(Found { value, source }) = self.text(key) else {
            return Ok(None);
        };
        match parse(value.trim()) {
            Some(value) => Ok(Some(Found { value, source })),
            None => Err(Error::config(format!(
                "{value:?} from {source} is not {expected}"
            ))),
        }
    }

    /// A setting as a length of time.
    pub(crate) fn duration(&self, key: &Key) -> Result<Option<Found<Duration>>, Error> {
        self.parsed(key, "a length of time such as 90s, 15m or 5h", |text| {
            humantime::parse_duration(text)
                .ok()
                .filter(|time| !time.is_zero())
        })
    }

    /// A setting as a switch.
    pub(crate) fn switch(&self, key: &Key) -> Result<bool, Error> {
        let found = self.parsed(key, "true or false", |text| {
            match text.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Some(true),
                "0" | "false" | "no" | "off" => Some(false),
                _ => None,
            }
        })?;
        Ok(found.is_some_and(|found| found.value))
    }

    /// A base URL; a bare host name stands for https.
    pub(crate) fn url(&self, key: &Key) -> Option<Found<String>> {
        self.text(key).map(|mut found| {
            if !found.value.contains("://") {
                found.value.insert_str(0, "https://");
            }
            found
        })
    }
}

/// Every variable whose value is taken as text.
fn names_of_variables() -> impl Iterator<Item = &'static str> {
    let settings = keys::ALL
        .iter()
        .flat_map(|key| key.env.iter().chain(key.legacy));
    let others = [
        "VMC_PROFILE",
        "VMC_NO_TOKEN_CACHE",
        "VMC_VCENTER_PASSWORD",
        "GOVC_PASSWORD",
        "VMC_PSC_PASSWORD",
    ];
    settings.copied().chain(credential::names()).chain(others)
}

fn pick_profile(
    flag: Option<&str>,
    env: &Env,
    default: Option<&str>,
) -> Result<Found<String>, Error> {
    let (value, source) = match (
        flag.filter(|name| !name.is_empty()),
        env.get("VMC_PROFILE"),
        default,
    ) {
        (Some(name), ..) => (name.to_owned(), Source::Flag("--profile".to_owned())),
        (None, Some(name), _) => (name, Source::Env("VMC_PROFILE")),
        (None, None, Some(name)) => (name.to_owned(), Source::DefaultProfile),
        (None, None, None) => (DEFAULT_PROFILE.to_owned(), Source::Default),
    };
    if value
        .chars()
        .any(|c| c.is_whitespace() || vmc_http::redact::is_control(c))
    {
        return Err(Error::usage(format!(
            "{value:?} is no name for a profile ({source}): no spaces, please"
        )));
    }
    Ok(Found { value, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(flag: Option<&str>, env: &[(&str, &str)], profile: &[(&str, &str)]) -> Settings {
        let dir = tempfile::tempdir().unwrap();
        let mut text = String::from("[profiles.default]\n");
        for (key, value) in profile {
            text.push_str(&format!("{key} = {value:?}\n"));
        }
        std::fs::write(dir.path().join("config.toml"), text).unwrap();
        let home = dir.path().to_str().unwrap();
        let mut env = env.to_vec();
        env.extend([("VMC_CONFIG_DIR", home), ("HOME", home)]);
        let mut flags = Flags::default();
        flags.set(&keys::ORG, flag.unwrap_or_default());
        Settings::load(flags, None, Env::of(&env)).unwrap()
    }

    type Pairs<'a> = &'a [(&'a str, &'a str)];
    type Case<'a> = (
        Option<&'a str>,
        Pairs<'a>,
        Pairs<'a>,
        Option<(&'a str, Source)>,
    );

    #[test]
    fn each_level_beats_the_ones_below() {
        let all_env = [
            ("VMC_ORG_ID", "ours"),
            ("VMC_ORG", "ours-2"),
            ("ORG_ID", "legacy"),
            ("DCLI_ORG_ID", "legacy-2"),
        ];
        let profile = [("org", "profile")];
        let cases: &[Case<'_>] = &[
            (
                Some("flag"),
                &all_env,
                &profile,
                Some(("flag", Source::Flag("--org".into()))),
            ),
            (
                None,
                &all_env,
                &profile,
                Some(("ours", Source::Env("VMC_ORG_ID"))),
            ),
            (
                None,
                &all_env[1..],
                &profile,
                Some(("ours-2", Source::Env("VMC_ORG"))),
            ),
            (
                None,
                &all_env[2..],
                &profile,
                Some(("legacy", Source::Env("ORG_ID"))),
            ),
            (
                None,
                &all_env[3..],
                &profile,
                Some(("legacy-2", Source::Env("DCLI_ORG_ID"))),
            ),
            (
                None,
                &[],
                &profile,
                Some(("profile", Source::Profile("default".into()))),
            ),
            (None, &[], &[], None),
            // Empty is unset, at every level.
            (
                Some(""),
                &[("VMC_ORG_ID", "")],
                &profile,
                Some(("profile", Source::Profile("default".into()))),
            ),
            (
                None,
                &[("VMC_ORG_ID", ""), ("ORG_ID", "legacy")],
                &[("org", "")],
                Some(("legacy", Source::Env("ORG_ID"))),
            ),
        ];
        for (flag, env, profile, expected) in cases {
            let found = settings(*flag, env, profile).text(&keys::ORG);
            let found = found.as_ref().map(|f| (f.value.as_str(), f.source.clone()));
            assert_eq!(&found, expected, "{flag:?} {env:?} {profile:?}");
        }
    }

    #[test]
    fn defaults_hold_and_bare_hosts_get_https() {
        let none = settings(None, &[], &[]);
        assert_eq!(
            none.url(&keys::VMC_URL).unwrap().value,
            "https://vmc.vmware.com"
        );
        let bare = settings(None, &[("DCLI_VMC_SERVER", "vmc.example")], &[]);
        assert_eq!(
            bare.url(&keys::VMC_URL).unwrap().value,
            "https://vmc.example"
        );
    }

    #[test]
    fn values_are_checked_and_errors_name_their_source() {
        let bad = settings(
            None,
            &[("VMC_TIMEOUT", "soon"), ("VMC_NO_INPUT", "maybe")],
            &[],
        );
        assert_eq!(
            bad.duration(&keys::TIMEOUT).unwrap_err().to_string(),
            "\"soon\" from VMC_TIMEOUT (environment) is not a length of time such as 90s, 15m or 5h"
        );
        assert!(bad.switch(&keys::NO_INPUT).is_err());
        let good = settings(None, &[("VMC_TIMEOUT", "1h 30m")], &[("no_input", "yes")]);
        assert_eq!(
            good.duration(&keys::TIMEOUT).unwrap().unwrap().value,
            Duration::from_secs(5400)
        );
        assert!(good.switch(&keys::NO_INPUT).unwrap());
    }

    #[test]
    fn what_is_wrong_with_the_files_can_be_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().to_str().unwrap();
        let env = || Env::of(&[("VMC_CONFIG_DIR", home), ("HOME", home), ("ORG_ID", "o")]);
        let anyway = |profile| Settings::load_anyway(Flags::default(), profile, env()).unwrap();
        let (_, problems) = anyway(Some("lab"));
        assert!(problems[0].to_string().contains("no profile \"lab\""));
        std::fs::write(dir.path().join("config.toml"), "nonsense").unwrap();
        assert!(Settings::load(Flags::default(), None, env()).is_err());
        let (settings, problems) = anyway(None);
        assert_eq!(problems.len(), 1);
        assert_eq!(settings.text(&keys::ORG).unwrap().value, "o");
    }

    #[test]
    fn a_named_profile_must_exist() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().to_str().unwrap();
        let env = || Env::of(&[("VMC_CONFIG_DIR", home), ("HOME", home)]);
        let error = Settings::load(Flags::default(), Some("lab"), env())
            .err()
            .unwrap();
        assert!(
            error
                .to_string()
                .contains("there is no profile \"lab\" (--profile)")
        );
        assert!(Settings::load_new(Flags::default(), Some("lab"), env()).is_ok());
        assert!(Settings::load(Flags::default(), Some("a b"), env()).is_err());
        assert!(Settings::load(Flags::default(), None, env()).is_ok());
        std::fs::write(dir.path().join("config.toml"), "default_profile = \"lab\"").unwrap();
        let error = Settings::load(Flags::default(), None, env()).err().unwrap();
        assert!(
            error
                .to_string()
                .contains("(default_profile in config.toml)")
        );
    }
}
