//! Where files live.

use std::path::{Path, PathBuf};

use super::env::Env;
use crate::error::Error;

/// The folders of this program.
#[derive(Debug, Clone)]
pub(crate) struct Dirs {
    /// `config.toml` and `credentials.toml`.
    pub(crate) config: PathBuf,
    /// Access tokens for their short life; may be deleted at any time.
    pub(crate) cache: PathBuf,
    /// Journals of flows under way.
    pub(crate) state: PathBuf,
}

impl Dirs {
    /// `$VMC_CONFIG_DIR`, the XDG folders, or their defaults below the home folder.
    pub(crate) fn new(env: &Env) -> Result<Self, Error> {
        let home = || {
            env.path("HOME").or_else(std::env::home_dir).ok_or_else(|| {
                Error::config("the home folder is not known")
                    .hint("Set HOME, or VMC_CONFIG_DIR with XDG_CACHE_HOME and XDG_STATE_HOME.")
            })
        };
        let below = |xdg: &str, windows: &str, unix: &str| -> Result<PathBuf, Error> {
            // A relative XDG path is invalid and ignored, as its specification says.
            if let Some(dir) = env.path(xdg).filter(|dir| dir.is_absolute()) {
                return Ok(dir.join("vmc"));
            }
            if cfg!(windows)
                && let Some(dir) = env.path(windows)
            {
                return Ok(dir.join("vmc"));
            }
            Ok(home()?.join(unix).join("vmc"))
        };
        Ok(Self {
            config: match env.path("VMC_CONFIG_DIR") {
                Some(dir) => dir,
                None => below("XDG_CONFIG_HOME", "APPDATA", ".config")?,
            },
            cache: below("XDG_CACHE_HOME", "LOCALAPPDATA", ".cache")?,
            state: below("XDG_STATE_HOME", "LOCALAPPDATA", ".local/state")?,
        })
    }

    /// The file without secrets.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The file of pinned certificates, unless another one is set.
    pub(crate) fn known_hosts_file(&self) -> PathBuf {
        self.config.join("known_hosts")
    }

    /// The file with secrets.
    pub(crate) fn credentials_file(&self) -> PathBuf {
        self.config.join("credentials.toml")
    }
}

/// A path as people write it.
pub(crate) fn shown(path: &Path) -> String {
    vmc_http::redact::printable(&path.to_string_lossy(), 200)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn our_variable_beats_xdg_beats_home() {
        let home = ("HOME", "/h");
        let xdg = ("XDG_CONFIG_HOME", "/x");
        let dirs = |pairs: &[(&str, &str)]| Dirs::new(&Env::of(pairs)).unwrap();
        assert_eq!(dirs(&[home]).config, Path::new("/h/.config/vmc"));
        assert_eq!(dirs(&[home]).cache, Path::new("/h/.cache/vmc"));
        assert_eq!(dirs(&[home]).state, Path::new("/h/.local/state/vmc"));
        assert_eq!(dirs(&[home, xdg]).config, Path::new("/x/vmc"));
        assert_eq!(
            dirs(&[home, ("XDG_CONFIG_HOME", "x")]).config,
            Path::new("/h/.config/vmc")
        );
        let ours = ("VMC_CONFIG_DIR", "/o");
        assert_eq!(
            dirs(&[home, xdg, ours]).config_file(),
            Path::new("/o/config.toml")
        );
    }
}
