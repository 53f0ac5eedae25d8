//! Commands that are to be typed: they act where this one did.

use clap::{Command, CommandFactory as _};

use crate::args::Cli;
use crate::context::{Context, shell_word};

/// The command that goes on from where this one was stopped.
///
/// ```text
/// Resume::new("vmc link up").value("--region", self.region.as_deref()).line(context)
/// ```
#[derive(Debug, Clone)]
pub(crate) struct Resume(String);

impl Resume {
    /// Of the command's words, which are taken as they are.
    pub(crate) fn new(command: &str) -> Self {
        Self(command.to_owned())
    }

    /// A flag with its value, where it has one.
    #[must_use]
    pub(crate) fn value(self, flag: &str, value: Option<&str>) -> Self {
        self.values(flag, value)
    }

    /// A flag that can be repeated.
    #[must_use]
    pub(crate) fn values<T: AsRef<str>>(
        mut self,
        flag: &str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        for value in values {
            self.0
                .push_str(&format!(" {flag} {}", shell_word(value.as_ref())));
        }
        self
    }

    /// A flag without a value, where it is on.
    #[must_use]
    pub(crate) fn switch(mut self, flag: &str, on: bool) -> Self {
        if on {
            self.0.push_str(&format!(" {flag}"));
        }
        self
    }

    /// The whole command, for the same profile and organization.
    pub(crate) fn line(self, context: &Context) -> String {
        self.0 + &context.resume_flags()
    }
}

/// A command of ours with those of the flags `given` that it knows and does not
/// have. Any other text stays as it is.
pub(crate) fn completed(command: &str, given: &[(String, String)]) -> String {
    let mut line = command.to_owned();
    if !command.starts_with("vmc ") {
        return line;
    }
    for (flag, value) in given {
        let there = command.split(' ').any(|word| word == flag);
        if !there && knows(command, flag) {
            line.push_str(&format!(" {flag} {}", shell_word(value)));
        }
    }
    line
}

/// Whether a command has a flag.
fn knows(command: &str, flag: &str) -> bool {
    let has = |command: &Command| {
        let mut flags = command.get_arguments().filter_map(|arg| arg.get_long());
        flags.any(|long| flag.strip_prefix("--") == Some(long))
    };
    let mut at = &Cli::command();
    // Flags of the program are flags of each command.
    let mut known = has(at);
    for word in command.split(' ').skip(1) {
        let Some(verb) = at.find_subcommand(word) else {
            break;
        };
        at = verb;
        known |= has(at);
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_is_given_again_and_quoted() {
        let resume = Resume::new("vmc link up")
            .value("--account", Some("123456789012"))
            .value("--region", None)
            .values("--allow-template-host", ["a.example", "my host"])
            .switch("--relink-broken", true)
            .switch("--refuse-changed-template", false);
        assert_eq!(
            resume.0,
            "vmc link up --account 123456789012 --allow-template-host a.example \
             --allow-template-host 'my host' --relink-broken"
        );
    }

    #[test]
    fn a_command_gets_the_flags_it_knows_and_lacks() {
        let given = [("--profile", "lab"), ("--org", "My org")];
        let given = given.map(|(flag, value)| (flag.to_owned(), value.to_owned()));
        for (command, expected) in [
            (
                "vmc link up --account 1",
                "vmc link up --account 1 --profile lab --org 'My org'",
            ),
            (
                "vmc link verify 1",
                "vmc link verify 1 --profile lab --org 'My org'",
            ),
            ("vmc auth login", "vmc auth login --profile lab"),
            ("vmc auth login --profile b", "vmc auth login --profile b"),
            ("aws sso login", "aws sso login"),
        ] {
            assert_eq!(completed(command, &given), expected);
        }
    }
}
