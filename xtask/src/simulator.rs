//! A `vmc-mock` of our own, and `vmc` in an environment that knows only it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use crate::guard::Guard;
use crate::scratch::Scratch;
use crate::{Done, loopback, project};

/// A running simulator with a home folder for `vmc`. Dropping it stops the one
/// and removes the other.
pub(crate) struct Simulator {
    variables: Vec<(String, String)>,
    _guard: Guard,
    home: Scratch,
}

impl Simulator {
    /// Starts the simulator on a free port with a clock that runs `speed` times
    /// as fast, and with these vCenters (`NAME:VERSION:FLAVOUR`).
    pub(crate) fn start(purpose: &str, speed: u32, vcenters: &[&str]) -> Done<Self> {
        let home = Scratch::new(purpose)?;
        let env_file = home.join("simulator.env");
        let log = home.join("simulator.log");
        let ca = home.join("ca.pem");
        let speed = speed.to_string();
        let (path, ca) = (env_file.to_string_lossy(), ca.to_string_lossy());
        let mut args = vec![
            "--listen",
            "127.0.0.1:0",
            "--env-file",
            &path,
            "--speed",
            &speed,
        ];
        if !vcenters.is_empty() {
            args.extend(["--ca", &ca]);
        }
        args.extend(vcenters.iter().flat_map(|vcenter| ["--vcenter", vcenter]));
        let mut guard = Guard::start(&project::program("debug", "vmc-mock"), &args, &log)?;
        let variables = guard
            .wait_for(Duration::from_secs(20), || {
                let text = fs::read_to_string(&env_file).ok()?;
                text.ends_with('\n').then(|| variables(&text))
            })
            .map_err(|error| {
                let words = fs::read_to_string(&log).unwrap_or_default();
                format!("vmc-mock: {error}\n{words}")
            })?;
        Ok(Self {
            variables,
            _guard: guard,
            home,
        })
    }

    /// A variable that the simulator told.
    pub(crate) fn variable(&self, name: &str) -> Done<&str> {
        let found = self.variables.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| format!("vmc-mock told no {name}").into())
    }

    /// `vmc` in a clean environment: an empty home and the simulator's
    /// addresses, without the variables in `without`.
    pub(crate) fn vmc(&self, program: &Path, without: &[&str]) -> Command {
        let mut vmc = Command::new(program);
        vmc.env_clear().current_dir(self.home.path());
        for name in ["SystemRoot", "TERM", "COLUMNS", "NO_COLOR"] {
            if let Some(value) = env::var_os(name) {
                vmc.env(name, value);
            }
        }
        vmc.env("HOME", self.home.path());
        for folder in ["CONFIG", "STATE", "CACHE"] {
            vmc.env(format!("XDG_{folder}_HOME"), self.folder(folder));
        }
        vmc.env("VMC_CONFIG_DIR", self.folder("CONFIG"));
        // No credentials but the simulator's, wherever this machine has some.
        vmc.env("AWS_CONFIG_FILE", self.home.join("no-aws-config"))
            .env(
                "AWS_SHARED_CREDENTIALS_FILE",
                self.home.join("no-aws-credentials"),
            )
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let wanted = |name: &String| !without.contains(&name.as_str());
        vmc.envs(
            self.variables
                .iter()
                .filter(|(name, _)| wanted(name))
                .cloned(),
        );
        vmc
    }

    /// How many requests have arrived so far.
    pub(crate) fn requests(&self) -> Done<u64> {
        let url = format!("{}/__mock/journal", self.variable("VMC_URL")?);
        let journal: serde_json::Value = serde_json::from_str(&loopback::get(&url)?)?;
        let counts = journal["operations"].as_object();
        let counts = counts.ok_or("the journal has no operations")?;
        Ok(counts.values().filter_map(serde_json::Value::as_u64).sum())
    }

    /// Writes a file into the home folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> Done<PathBuf> {
        let path = self.home.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.home.join(&name.to_ascii_lowercase())
    }
}

/// Reads lines such as `export NAME='value'`, `NAME=value`.
fn variables(text: &str) -> Vec<(String, String)> {
    text.lines()
        .map(|line| line.trim().trim_start_matches("export "))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.trim_matches(['\'', '"']).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_files_are_read() {
        let text = "# set by the simulator\nexport A='1 2'\nB=x=y\n\n";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(variables(text), [pair("A", "1 2"), pair("B", "x=y")]);
    }
}
