//! `vmc help`: commands, and the topics that belong to none.

use clap::{Args, CommandFactory as _};

use super::Offline;
use crate::args::Cli;
use crate::error::Error;
use crate::exit::Class;
use crate::settings::keys;

const EXAMPLES: &str = "\
Examples:
  vmc help sddc create
  vmc help exit-codes
  vmc help environment";

/// Arguments of `vmc help`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Help {
    /// A command, or a topic: environment, exit-codes, formatting, files
    words: Vec<String>,
}

impl Help {
    pub(super) fn run(&self, offline: &Offline) -> Result<(), Error> {
        let text = match self.words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["environment"] => environment(),
            ["exit-codes"] => exit_codes(),
            ["formatting"] => FORMATTING.to_owned(),
            ["files"] => FILES.to_owned(),
            ref path => command(path, offline)?,
        };
        offline.printer().raw(&text)
    }
}

fn command(path: &[&str], offline: &Offline) -> Result<String, Error> {
    let mut command = Cli::command();
    command.build();
    for word in path {
        let Some(found) = command.find_subcommand(word) else {
            return Err(Error::usage(format!("there is no command or topic {word:?}"))
                .hint("'vmc help' lists the commands; topics are environment, exit-codes, formatting, files."));
        };
        command = found.clone();
    }
    let text = command.render_long_help();
    Ok(if offline.paint.on() {
        format!("{}\n", text.ansi())
    } else {
        format!("{text}\n")
    })
}

/// The topic `exit-codes`.
pub(crate) fn exit_codes() -> String {
    let mut text = String::from("Exit codes of vmc\n\n");
    let mut line = |code: u8, name: &str, meaning: &str| {
        text.push_str(&format!("{code:>5}  {name:<25}{meaning}\n"));
    };
    line(0, "", "Done; also with --no-wait, or a closed pipe");
    for class in Class::ALL {
        line(class.code(), class.name(), class.meaning());
    }
    text.push_str(ERROR_OBJECT);
    text
}

const ERROR_OBJECT: &str = "
With -o json or --error-format json an error is one object on stderr, with the
word above as its code:

  {\"error\": {\"code\", \"message\", \"exit_code\", \"http_status\", \"service\",
    \"service_code\", \"request_id\", \"operation\", \"task_id\", \"reason\",
    \"retryable\", \"hint\", \"causes\"}}
";

fn environment() -> String {
    let mut text = String::from(
        "Environment of vmc\n\n\
         A flag beats a VMC_ variable, that one beats the variables of other tools, and\n\
         those beat the profile. An empty value counts as unset.\n\n",
    );
    for key in keys::ALL
        .iter()
        .filter(|key| !key.env.is_empty() || !key.legacy.is_empty())
    {
        let names = if key.env.is_empty() {
            key.legacy
        } else {
            key.env
        };
        text.push_str(&format!("  {}\n      {}", names.join(", "), key.about));
        if let Some(default) = key.default {
            text.push_str(&format!("\n      Default: {default}"));
        }
        text.push('\n');
        if !key.env.is_empty() && !key.legacy.is_empty() {
            text.push_str(&format!("      Also: {}\n", key.legacy.join(", ")));
        }
    }
    text.push_str("\nNot settings of a profile:\n\n");
    for (names, about) in keys::OTHERS {
        text.push_str(&format!("  {names}\n      {about}\n"));
    }
    text
}

const FORMATTING: &str = "\
Output of vmc

Results go to stdout; progress, warnings and errors go to stderr.

  -o table   columns for people (default, also in a pipe)
  -o json    everything the service sent, in its own snake_case names
  -o jsonl   one JSON document per line
  -o yaml    as json
  -o csv     the table's columns
  -o text    the table's columns, separated by tabs, without headers
  -o name    ids, one per line

Times are UTC: to the minute in tables, RFC 3339 in JSON. Tables of 'vmc
deadlines' say how far off they are. An empty list is [] and exit code 0.
Passwords and tokens are [redacted] unless --reveal is given.

What is one document (api, auth status, --dry-run) has no columns: -o csv, text
and name are refused there.

A table fits the terminal (COLUMNS): columns of little weight are left out,
names are shortened and reasons wrapped. Ids are always whole. A pipe gets
everything.

Colour: --color, else NO_COLOR, CLICOLOR_FORCE or FORCE_COLOR, CLICOLOR=0,
TERM=dumb, else whether stdout is a terminal.

Progress: a bar on a terminal, one line per change elsewhere and in CI;
--progress plain, json (one object per change) or none.
";

const FILES: &str = "\
Files of vmc

  $VMC_CONFIG_DIR, else $XDG_CONFIG_HOME/vmc, else ~/.config/vmc
    config.toml        profiles; no secrets
    credentials.toml   secrets; mode 0600, refused when others can read it
    known_hosts        certificates pinned with 'vmc cert pin', as govc has them
  $XDG_CACHE_HOME/vmc, else ~/.cache/vmc
    access tokens for their short life; VMC_NO_TOKEN_CACHE=1 keeps none
  $XDG_STATE_HOME/vmc, else ~/.local/state/vmc
    what 'vmc link' has under way; the last link request of an organization,
    without its address; what was in the template that was used last
  'vmc doctor' says which of them are there, and whether they are in order.

The file of 'vmc link request' is a secret and yours to keep; mode 0600.

Nothing is read from the current folder.

config.toml:

  default_profile = \"lab\"

  [profiles.lab]
  org = \"My organization\"
  aws_profile = \"lab-admin\"
  output = \"table\"

Keys: org, sddc, vmc_url, csp_url, ca_bundle, vcenter, vcenter_username,
known_hosts, aws_profile, output, progress, timeout, poll_interval,
max_attempts, no_input.
";

#[cfg(test)]
mod tests {
    use super::*;

    /// Scripts rely on these: never renumber, only add.
    #[test]
    fn the_exit_codes_are_locked() {
        let codes: Vec<(u8, &str)> = Class::ALL
            .iter()
            .map(|class| (class.code(), class.name()))
            .collect();
        assert_eq!(
            codes,
            [
                (1, "failed"),
                (2, "usage"),
                (3, "not_found"),
                (4, "auth"),
                (5, "conflict"),
                (6, "outcome_unknown"),
                (7, "unreachable"),
                (8, "pending"),
                (9, "problems_found"),
                (60, "certificate_not_verified"),
                (70, "internal"),
                (130, "interrupted"),
            ]
        );
        let page = exit_codes();
        for class in Class::ALL {
            assert!(
                page.contains(class.meaning()),
                "{class:?} is not documented"
            );
        }
    }

    #[test]
    fn topics_fit_a_terminal_and_name_every_key() {
        for text in [environment(), exit_codes(), FORMATTING.into(), FILES.into()] {
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
        for key in keys::ALL {
            assert!(FILES.contains(key.name), "{}", key.name);
        }
    }
}
