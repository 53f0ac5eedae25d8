//! Reads a secret: hidden from a terminal, or from a file or stdin.

use std::io::{IsTerminal as _, Read};
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use crate::args::limited;
use crate::context::Context;
use crate::error::Error;
use crate::settings::shown;

/// No credential is longer, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Reads all of stdin.
pub(crate) fn from_stdin() -> Result<SecretString, Error> {
    read(std::io::stdin().lock(), "standard input")
}

/// Reads a file.
pub(crate) fn from_file(path: &Path) -> Result<SecretString, Error> {
    let name = shown(path);
    let file = std::fs::File::open(path)
        .map_err(|error| Error::usage(format!("{name} cannot be read")).because(error))?;
    read(file, &name)
}

/// From where a flag says, if one does. Not empty.
pub(crate) fn told(stdin: bool, file: Option<&Path>) -> Result<Option<SecretString>, Error> {
    let secret = match file {
        Some(file) => from_file(file)?,
        None if stdin => from_stdin()?,
        None => return Ok(None),
    };
    if secret.expose_secret().is_empty() {
        return Err(Error::usage("the password is empty; nothing was sent"));
    }
    Ok(Some(secret))
}

/// Without the byte order mark that some shells begin files with, and the line
/// break that all end them with.
fn read(from: impl Read, name: &str) -> Result<SecretString, Error> {
    let bytes = limited(from, LONGEST, name)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text
            .trim_start_matches('\u{feff}')
            .trim_end_matches(['\r', '\n'])
            .into()),
        Err(_) if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") => {
            Err(Error::usage(format!("{name} is UTF-16 text"))
                .hint("Write it as UTF-8; in PowerShell: Set-Content -Encoding ascii"))
        }
        Err(_) => Err(Error::usage(format!("{name} is not UTF-8 text"))),
    }
}

/// Asks for it on the terminal, without showing it. `otherwise` says what to
/// do where nobody can be asked.
pub(crate) async fn ask(
    context: &Context,
    prompt: &str,
    otherwise: &str,
) -> Result<SecretString, Error> {
    if context.no_input()? || !std::io::stdin().is_terminal() {
        return Err(
            Error::usage("there is no terminal to ask for the secret, or asking is off")
                .hint(otherwise),
        );
    }
    // Ctrl-C must not kill while the terminal is set not to echo: take it over,
    // and let the watcher do so before the prompt blocks.
    context.interrupt.arm();
    tokio::task::yield_now().await;
    match rpassword::prompt_password(prompt) {
        Ok(text) => Ok(text.into()),
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Err(Error::interrupted()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(Error::usage("no secret was given; nothing was done"))
        }
        Err(error) => Err(Error::usage("the secret could not be read").because(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_line_breaks_around_a_secret_are_dropped() {
        let read = |bytes: &'static [u8]| read(bytes, "it");
        for text in [&b"a bc"[..], b"\xef\xbb\xbfa bc\r\n", b"a bc\n\n"] {
            assert_eq!(read(text).unwrap().expose_secret(), "a bc");
        }
        // Blanks may be part of a password.
        assert_eq!(read(b" abc \n").unwrap().expose_secret(), " abc ");
        let error = read(b"\xff\xfea\0b\0").unwrap_err();
        assert_eq!(error.to_string(), "it is UTF-16 text");
        assert!(read(b"a\xffb").is_err());
    }
}
