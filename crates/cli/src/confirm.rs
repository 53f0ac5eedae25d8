//! Questions before something is destroyed.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::error::Error;
use crate::exit::Class;

/// Who may be asked, and whether they have answered already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Confirm {
    /// `--yes`.
    pub(crate) yes: bool,
    /// `--no-input`, or no terminal.
    pub(crate) silent: bool,
}

impl Confirm {
    /// Whether a person sits at the terminal.
    pub(crate) fn at_terminal() -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Refuses at once where nobody has answered and nobody can be asked.
    pub(crate) fn possible(self) -> Result<(), Error> {
        if self.yes || !self.silent {
            return Ok(());
        }
        Err(
            Error::usage("this needs a confirmation, and nobody can be asked")
                .hint("Give --yes to go on without one."),
        )
    }

    /// Lets the person type `name` to go on.
    ///
    /// `what` says what will happen, as a sentence.
    pub(crate) async fn by_name(self, what: &str, name: &str) -> Result<(), Error> {
        self.possible()?;
        if self.yes {
            return Ok(());
        }
        let prompt = format!("{what}\nType {name:?} to go on: ");
        let typed = read_line(prompt).await?;
        if typed.trim() == name {
            Ok(())
        } else {
            Err(Error::said(
                Class::Interrupted,
                "not confirmed; nothing was done",
            ))
        }
    }
}

/// Reads a line. On a thread of its own, so that Ctrl-C works meanwhile.
async fn read_line(prompt: String) -> Result<String, Error> {
    let read = tokio::task::spawn_blocking(move || {
        let mut err = anstream::stderr();
        err.write_all(prompt.as_bytes())?;
        err.flush()?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        Ok::<_, std::io::Error>(line)
    });
    match read.await {
        Ok(Ok(line)) => Ok(line),
        Ok(Err(error)) => Err(Error::usage("the confirmation could not be read").because(error)),
        Err(error) => Err(Error::bug("the question broke off").because(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn yes_is_enough_and_silence_is_no() {
        let ask = |yes, silent| Confirm { yes, silent }.by_name("It goes.", "prod");
        assert!(ask(true, true).await.is_ok());
        let error = ask(false, true).await.unwrap_err();
        assert_eq!(Class::of(&error), Some(Class::Usage));
        assert!(error.hints()[0].contains("--yes"));
    }
}
