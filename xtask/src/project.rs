//! Where the project is, and how its commands are run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Done;

/// The folder with the root `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A built program of the workspace.
pub(crate) fn program(profile: &str, name: &str) -> PathBuf {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    target().join(profile).join(name)
}

/// The cargo that runs us, in the project's folder.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    // Set for us, not for those we start.
    for name in [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_NAME",
    ] {
        cargo.env_remove(name);
    }
    cargo
}

/// Runs a command to its end; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Done {
    let status = command
        .status()
        .map_err(|error| format!("{} did not start: {error}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed ({status})", shown(command)).into())
    }
}

/// Runs a command and tells how long it took.
pub(crate) fn timed(command: &mut Command) -> Done<Duration> {
    let start = Instant::now();
    run(command)?;
    Ok(start.elapsed())
}

/// What the command prints, without its last line break.
pub(crate) fn output(command: &mut Command) -> Done<String> {
    let output = command
        .output()
        .map_err(|error| format!("{} did not start: {error}", shown(command)))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} failed: {}", shown(command), words.trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    let args = command.get_args().map(|arg| quoted(&arg.to_string_lossy()));
    std::iter::once(name.into_owned())
        .chain(args)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A word as a shell would want it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let mut command = Command::new("/somewhere/vmc");
        command.args(["sddc", "create", "my lab", "", "it's", "a=b"]);
        assert_eq!(
            shown(&command),
            r"vmc sddc create 'my lab' '' 'it'\''s' a=b"
        );
    }
}
