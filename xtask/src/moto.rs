//! moto's server: CloudFormation as somebody else understood it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use crate::guard::Guard;
use crate::scratch::Scratch;
use crate::{Done, project};

/// What is installed; another text here makes the environment anew.
const WANTED: &str = "moto[server,cloudformation]==5.2.5";

/// A running moto server. Dropping it stops it.
pub(crate) struct Moto {
    endpoint: String,
    _guard: Guard,
    _scratch: Scratch,
}

impl Moto {
    /// Installs moto under `target/` unless it is there, and starts it.
    pub(crate) fn start() -> Done<Self> {
        let python = install()?;
        let scratch = Scratch::new("moto")?;
        let log = scratch.join("moto.log");
        let args = ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"];
        let mut guard = Guard::start(&python, &args, &log)?;
        let endpoint = guard
            .wait_for(Duration::from_secs(60), || {
                address(&fs::read_to_string(&log).ok()?)
            })
            .map_err(|error| {
                let words = fs::read_to_string(&log).unwrap_or_default();
                format!("moto's server: {error}\n{words}")
            })?;
        eprintln!("moto answers at {endpoint}");
        Ok(Self {
            endpoint,
            _guard: guard,
            _scratch: scratch,
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

/// The address in `* Running on http://127.0.0.1:36121`, once its line is whole.
fn address(log: &str) -> Option<String> {
    let (_, rest) = log.split_once("Running on ")?;
    let (line, _) = rest.split_once('\n')?;
    Some(line.trim().trim_end_matches('/').to_owned())
}

/// A Python with moto; gives its path.
fn install() -> Done<PathBuf> {
    let folder = project::target().join("moto");
    let python = if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    };
    let stamp = folder.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == WANTED) {
        return Ok(python);
    }
    eprintln!("installing {WANTED} into target/moto");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let system = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    project::run(Command::new(system).args(["-m", "venv"]).arg(&folder))?;
    pip(&python)?;
    fs::write(stamp, WANTED)?;
    Ok(python)
}

fn pip(python: &Path) -> Done {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", WANTED]);
    pip.env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    project::run(&mut pip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_taken_from_a_whole_line() {
        assert_eq!(address("WARNING\n * Running on http://127.0.0.1:36"), None);
        assert_eq!(
            address("WARNING\n * Running on http://127.0.0.1:36121\nPress").as_deref(),
            Some("http://127.0.0.1:36121")
        );
    }
}
