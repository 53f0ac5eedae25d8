//! The environment of the process, replaceable in tests.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::Error;

type Lookup = Box<dyn Fn(&str) -> Option<OsString>>;

/// Reads environment variables. An empty value counts as unset.
pub(crate) struct Env(Lookup);

impl Env {
    /// The environment this process was started with.
    pub(crate) fn system() -> Self {
        Self(Box::new(|name| std::env::var_os(name)))
    }

    /// An environment of exactly these variables.
    #[cfg(test)]
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        let map: std::collections::HashMap<String, OsString> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        Self(Box::new(move |name| map.get(name).cloned()))
    }

    /// Refuses variables that are set to what is no text: the next best value
    /// must not silently be used instead.
    pub(crate) fn must_be_text(
        &self,
        names: impl IntoIterator<Item = &'static str>,
    ) -> Result<(), Error> {
        for name in names {
            if self.0(name).is_some_and(|value| value.to_str().is_none()) {
                return Err(Error::config(format!(
                    "{name} is set to something that is not UTF-8 text"
                ))
                .hint(format!("Set it anew, or unset it: unset {name}")));
            }
        }
        Ok(())
    }

    /// The value as text. One that is not Unicode counts as unset; see
    /// [`Env::must_be_text`].
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        self.0(name)?
            .into_string()
            .ok()
            .filter(|value| !value.is_empty())
    }

    /// The value as a path.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.0(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    /// Whether a switch is on: set to anything but `0`, `false` or `no`.
    pub(crate) fn on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| {
            !matches!(value.to_ascii_lowercase().as_str(), "0" | "false" | "no")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_unset_and_no_is_off() {
        let env = Env::of(&[
            ("A", ""),
            ("B", "x"),
            ("C", "0"),
            ("D", "False"),
            ("E", "1"),
        ]);
        assert_eq!(env.get("A"), None);
        assert_eq!(env.path("A"), None);
        assert_eq!(env.get("B").as_deref(), Some("x"));
        assert!(env.must_be_text(["A", "B", "F"]).is_ok());
        assert!(!env.on("A") && env.on("B") && !env.on("C") && !env.on("D") && env.on("E"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_refused_by_its_name() {
        use std::os::unix::ffi::OsStringExt as _;
        let env = Env(Box::new(|name| {
            (name == "B").then(|| OsString::from_vec(vec![0xff, 0xfe]))
        }));
        let error = env.must_be_text(["A", "B"]).unwrap_err();
        assert!(error.to_string().starts_with("B is set to"), "{error}");
    }
}
