//! Reads a secret: hidden from a terminal, or from a file or stdin.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use secrecy::SecretString;

use crate::context::Context;
use crate::error::Error;
use crate::settings::shown;

/// No credential is longer.
const LONGEST: u64 = 64 * 1024;

/// Reads all of stdin.
pub(super) fn from_stdin() -> Result<SecretString, Error> {
    limited(std::io::stdin().lock(), "standard input")
}

/// Reads a file.
pub(super) fn from_file(path: &Path) -> Result<SecretString, Error> {
    let name = shown(path);
    let file = std::fs::File::open(path)
        .map_err(|error| Error::usage(format!("{name} cannot be read")).because(error))?;
    limited(file, &name)
}

fn limited(from: impl std::io::Read, name: &str) -> Result<SecretString, Error> {
    let mut text = String::new();
    let read = from.take(LONGEST + 1).read_to_string(&mut text);
    let size =
        read.map_err(|error| Error::usage(format!("{name} cannot be read")).because(error))?;
    if size as u64 > LONGEST {
        return Err(Error::usage(format!(
            "{name} is too large for a credential"
        )));
    }
    Ok(text.into())
}

/// Asks for it on the terminal, without showing it.
pub(super) async fn ask(context: &Context, prompt: &str) -> Result<SecretString, Error> {
    if context.no_input()? || !std::io::stdin().is_terminal() {
        return Err(
            Error::usage("there is no terminal to ask for the secret, or asking is off").hint(
                "Pipe it in: vmc auth login --with-token < token.txt, or give --token-file FILE.",
            ),
        );
    }
    // Ctrl-C must not kill while the terminal is set not to echo: take it over,
    // and let the watcher do so before the prompt blocks.
    context.interrupt.arm();
    tokio::task::yield_now().await;
    match rpassword::prompt_password(prompt) {
        Ok(text) => Ok(text.into()),
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Err(Error::interrupted()),
        Err(error) => Err(Error::usage("the secret could not be read").because(error)),
    }
}
