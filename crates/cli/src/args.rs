//! The command line as a whole, and the flags that several commands share.

use std::io::Read;
use std::path::PathBuf;

use clap::builder::TypedValueParser as _;
use clap::{ArgMatches, Args, CommandFactory as _, Parser, ValueEnum as _};

use crate::commands::Command;
use crate::confirm::Confirm;
use crate::error::Error;
use crate::logging::Level;
use crate::output::Format;
use crate::output::style::When;
use crate::progress::Mode;
use crate::report::ErrorFormat;
use crate::settings::{Flags, keys};

const GLOBAL: &str = "Global options";
const WAITING: &str = "Waiting";

/// VMware Cloud on AWS from the command line.
#[derive(Debug, Parser)]
#[command(
    name = "vmc",
    version,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = "\
Getting started:
  vmc auth login          store an API token (console: My Account > API Tokens)
  vmc org list            which organizations it can see
  vmc link up             link an organization to an AWS account
  vmc sddc list           the SDDCs of the organization
  vmc doctor              what is wrong when something does not work
  vmc deadlines           what ends soon, and what to do before

Topics: vmc help environment | exit-codes | formatting | files"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Flags that every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = GLOBAL)]
pub(crate) struct Global {
    /// Output format [default: table] [env: VMC_OUTPUT]
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORMAT",
        value_parser = clap::builder::EnumValueParser::<Format>::new().map(Output::Format),
        hide_possible_values = false
    )]
    pub(crate) output: Option<Output>,

    /// Profile of config.toml and credentials.toml [env: VMC_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// Print results only: no progress, no warnings
    #[arg(short, long, global = true, conflicts_with_all = ["verbose", "debug"])]
    pub(crate) quiet: bool,

    /// Log steps; -vv logs requests
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Log headers and bodies, without secrets [env: VMC_DEBUG=api]
    #[arg(long, global = true)]
    pub(crate) debug: bool,

    /// Colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true
    )]
    pub(crate) color: When,

    /// How errors are written [default: text, or json with -o json]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) error_format: Option<ErrorFormat>,

    /// PEM file of certificates to trust besides the system's [env: VMC_CA_BUNDLE]
    #[arg(long, alias = "cacert", global = true, value_name = "FILE")]
    pub(crate) ca_bundle: Option<String>,

    /// Never ask; fail instead [env: VMC_NO_INPUT]
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
}

impl Global {
    /// How much is logged.
    pub(crate) fn level(&self, debug_wanted: bool) -> Level {
        match self.verbose {
            _ if self.quiet => Level::Quiet,
            _ if self.debug || debug_wanted => Level::Everything,
            0 => Level::Normal,
            1 => Level::Steps,
            _ => Level::Requests,
        }
    }
}

/// What `-o` takes: a format, or the file that a command writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    /// How results are printed.
    Format(Format),
    /// Where the one result goes.
    File(PathBuf),
}

impl Output {
    /// The format, if it is one.
    pub(crate) fn format(&self) -> Option<Format> {
        match self {
            Self::Format(format) => Some(*format),
            Self::File(_) => None,
        }
    }

    /// For commands that write a file: a format, else a path, which must have a
    /// dot or a slash in it. A misspelt format must not become a file.
    pub(crate) fn format_or_file(text: &str) -> Result<Self, String> {
        match Format::from_str(text, true) {
            Ok(format) => Ok(Self::Format(format)),
            Err(_) if text.contains(['.', '/', std::path::MAIN_SEPARATOR]) => {
                Ok(Self::File(text.into()))
            }
            Err(_) => Err(format!(
                "it is no format, and a file is written with a dot or a slash: ./{text}, or --to {text}"
            )),
        }
    }
}

/// The organization a command works on.
#[derive(Debug, Clone, Args)]
pub(crate) struct OrgArg {
    /// Organization, by id or name [default: the token's own] [env: VMC_ORG_ID]
    #[arg(long, value_name = "ORG")]
    pub(crate) org: Option<String>,
}

/// The SDDC that a command works on a part of.
#[derive(Debug, Clone, Args)]
pub(crate) struct SddcArg {
    /// SDDC, by name or id [env: VMC_SDDC_ID]
    #[arg(long, value_name = "SDDC")]
    pub(crate) sddc: Option<String>,

    #[command(flatten)]
    pub(crate) org: OrgArg,
}

/// How a long operation is waited for.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = WAITING)]
pub(crate) struct WaitArgs {
    /// Stop waiting after this time; the task goes on [default: 5h] [env: VMC_TIMEOUT]
    #[arg(long, value_name = "TIME")]
    pub(crate) timeout: Option<String>,

    /// Fixed time between two looks [default: as the task's estimate suggests] [env: VMC_POLL_INTERVAL]
    #[arg(long, value_name = "TIME")]
    pub(crate) poll_interval: Option<String>,

    /// How progress is shown on stderr [default: auto] [env: VMC_PROGRESS]
    #[arg(long, value_name = "HOW")]
    pub(crate) progress: Option<Mode>,
}

/// As [`WaitArgs`], for commands that start something.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = WAITING)]
pub(crate) struct StartArgs {
    /// Start the task and print it, without waiting
    #[arg(long)]
    pub(crate) no_wait: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// A command that destroys something.
#[derive(Debug, Clone, Args)]
pub(crate) struct YesArg {
    /// Go on without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

impl YesArg {
    /// Who may be asked.
    pub(crate) fn confirm(&self, no_input: bool) -> Confirm {
        Confirm {
            yes: self.yes,
            silent: no_input || !Confirm::at_terminal(),
        }
    }
}

/// A command that changes something.
#[derive(Debug, Clone, Args)]
pub(crate) struct DryRunArg {
    /// Show what would be sent, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A command whose result may have secrets in it.
#[derive(Debug, Clone, Args)]
pub(crate) struct RevealArg {
    /// Show passwords and other secrets
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// A file, or `-` for standard input.
#[derive(Debug, Clone)]
pub(crate) struct Input(PathBuf);

impl From<std::ffi::OsString> for Input {
    fn from(path: std::ffi::OsString) -> Self {
        Self(path.into())
    }
}

impl Input {
    /// Name for messages.
    pub(crate) fn name(&self) -> String {
        if self.is_stdin() {
            "standard input".to_owned()
        } else {
            crate::settings::shown(&self.0)
        }
    }

    /// Whether its text is TOML: by the file's name, else because it is no JSON
    /// object or array.
    pub(crate) fn is_toml(&self, text: &str) -> bool {
        let named = |extension: &str| {
            self.0
                .extension()
                .is_some_and(|its| its.eq_ignore_ascii_case(extension))
        };
        let is_array = || {
            text.trim_start().starts_with('[')
                && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
        };
        named("toml") || !named("json") && !text.trim_start().starts_with(['{', '"']) && !is_array()
    }

    /// Reads all of it.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Error> {
        let failed = |error: std::io::Error| {
            Error::usage(format!("{} cannot be read", self.name())).because(error)
        };
        if self.is_stdin() {
            return limited(std::io::stdin().lock(), LARGEST, &self.name());
        }
        let file = std::fs::File::open(&self.0).map_err(failed)?;
        limited(file, LARGEST, &self.name())
    }

    /// Whether others than its owner may read it.
    pub(crate) fn is_open_to_others(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            !self.is_stdin()
                && std::fs::metadata(&self.0)
                    .is_ok_and(|found| found.is_file() && found.mode() & 0o077 != 0)
        }
        #[cfg(not(unix))]
        false
    }

    /// Whether it is standard input.
    pub(crate) fn is_stdin(&self) -> bool {
        self.0.as_os_str() == "-"
    }
}

/// No file that is read whole is larger, in bytes.
pub(crate) const LARGEST: u64 = 32 * 1024 * 1024;

/// Reads to the end, which must come before `most` bytes: a device has none.
pub(crate) fn limited(from: impl Read, most: u64, name: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    from.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::usage(format!("{name} cannot be read")).because(error))?;
    if bytes.len() as u64 > most {
        return Err(Error::usage(format!(
            "{name} is larger than {} KiB",
            most / 1024
        )));
    }
    Ok(bytes)
}

/// Refuses values that were given and are empty: an unset variable of a shell
/// must not mean the default.
pub(crate) fn refuse_empty(matches: &ArgMatches) -> Result<(), Error> {
    let mut command = Cli::command();
    command.build();
    let (mut command, mut leaf) = (&command, matches);
    while let Some((name, inner)) = leaf.subcommand() {
        let Some(found) = command.find_subcommand(name) else {
            break;
        };
        (command, leaf) = (found, inner);
    }
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if leaf.try_contains_id(id).is_ok()
            && leaf.value_source(id) == Some(clap::parser::ValueSource::CommandLine)
            && let Ok(Some(mut values)) = leaf.try_get_raw(id)
            && values.any(std::ffi::OsStr::is_empty)
        {
            let error = Error::usage(format!("{argument} is empty"));
            return Err(if argument.is_required_set() {
                error.hint("Is a variable of the shell not set?")
            } else {
                error.hint("Is a variable of the shell not set? Leave it out to mean the default.")
            });
        }
    }
    Ok(())
}

/// The settings among the flags of the innermost command: those whose name is
/// the name of a setting.
pub(crate) fn flags(matches: &ArgMatches) -> Flags {
    let mut leaf = matches;
    while let Some((_, inner)) = leaf.subcommand() {
        leaf = inner;
    }
    let mut flags = Flags::default();
    for key in keys::ALL {
        if leaf.try_contains_id(key.name).is_ok()
            && let Ok(Some(mut values)) = leaf.try_get_raw(key.name)
            && leaf.value_source(key.name) == Some(clap::parser::ValueSource::CommandLine)
            // A file is no setting.
            && !matches!(leaf.try_get_one(key.name), Ok(Some(Output::File(_))))
            && let Some(value) = values.next().and_then(std::ffi::OsStr::to_str)
        {
            flags.set(key, value);
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(line: &str) -> Vec<(String, String)> {
        let matches = Cli::command()
            .try_get_matches_from(line.split(' '))
            .unwrap();
        let flags = flags(&matches);
        flags
            .noted()
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn flags_that_are_settings_are_found_at_any_depth() {
        let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        assert_eq!(noted("vmc org list"), []);
        assert_eq!(
            noted(
                "vmc -o json sddc delete x --org o --timeout 5m --poll-interval 1s --progress none --no-input"
            ),
            pairs(&[
                ("no_input", "true"),
                ("org", "o"),
                ("output", "json"),
                ("poll_interval", "1s"),
                ("progress", "none"),
                ("timeout", "5m"),
            ])
        );
        assert_eq!(
            noted("vmc api /x --sddc s --ca-bundle f"),
            pairs(&[("ca_bundle", "f"), ("sddc", "s")])
        );
        assert_eq!(
            noted("vmc link up --aws-profile p"),
            pairs(&[("aws_profile", "p")])
        );
    }

    #[test]
    fn a_file_is_told_from_a_format_and_from_a_misspelt_one() {
        let output = |words: &[&str]| {
            let matches = Cli::command().try_get_matches_from(words)?;
            let noted = flags(&matches).noted().len();
            let cli = <Cli as clap::FromArgMatches>::from_arg_matches(&matches)?;
            Ok::<_, clap::Error>((cli.global.output, noted))
        };
        let request = |word: &'static str| output(&["vmc", "link", "request", "-o", word]);
        for file in ["link.json", "./json", "/tmp/x", "../x"] {
            assert_eq!(
                request(file).unwrap(),
                (Some(Output::File(file.into())), 0),
                "{file}"
            );
        }
        let json = Some(Output::Format(Format::Json));
        assert_eq!(request("json").unwrap(), (json.clone(), 1));
        assert_eq!(
            output(&["vmc", "-o", "json", "link", "request"]).unwrap(),
            (json, 1)
        );
        for odd in ["jsn", "FILE"] {
            let error = request(odd).unwrap_err().to_string();
            assert!(error.contains(&format!("--to {odd}")), "{error}");
        }
        output(&["vmc", "link", "status", "-o", "x.json"]).unwrap_err();
    }

    #[test]
    fn an_empty_value_is_refused_wherever_it_stands() {
        let refused = |words: &[&str]| {
            let matches = Cli::command().try_get_matches_from(words).unwrap();
            refuse_empty(&matches).err().map(|error| error.to_string())
        };
        for (words, name) in [
            (&["vmc", "sddc", "list", "--org", ""][..], "--org <ORG>"),
            (&["vmc", "--profile=", "sddc", "list"], "--profile <NAME>"),
            (&["vmc", "sddc", "delete", ""], "<SDDC>"),
            (&["vmc", "api", "/x", "--sddc", ""], "--sddc <SDDC>"),
            (&["vmc", "task", "wait", "a", ""], "<TASKS>..."),
        ] {
            assert_eq!(refused(words), Some(format!("{name} is empty")));
        }
        assert_eq!(refused(&["vmc", "sddc", "list", "--org", "o", "-q"]), None);
        assert_eq!(refused(&["vmc"]), None);
    }

    #[test]
    fn endless_input_is_not_read_to_its_end() {
        let read = |most| limited(std::io::repeat(0).take(4096), most, "it");
        assert_eq!(read(4096).unwrap().len(), 4096);
        let error = limited(std::io::repeat(0), 4096, "it").unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 4 KiB");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_help_and_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path} has no description");
            if !command.has_subcommands() {
                let after = command
                    .get_after_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let examples = after
                    .lines()
                    .skip_while(|line| *line != "Examples:")
                    .take_while(|line| !line.is_empty());
                for line in examples {
                    assert!(line.chars().count() <= 79, "{path}: {line}");
                }
                assert!(
                    after.contains("Examples:") && after.contains("vmc "),
                    "{path} has no example"
                );
            }
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{path} --{} has no help",
                    argument.get_id()
                );
                let id = argument.get_id().as_str();
                assert!(
                    !matches!(id, "token" | "password" | "client_secret" | "api_token"),
                    "{path} takes a secret as a value"
                );
            }
            for sub in command.get_subcommands() {
                check(sub, &path);
            }
        }
        let mut command = Cli::command();
        command.build();
        for sub in command.get_subcommands() {
            check(sub, "vmc");
        }
    }

    #[test]
    fn every_help_fits_a_narrow_terminal() {
        fn check(command: &clap::Command) {
            let help = command.clone().term_width(80).render_long_help();
            for line in help.to_string().lines() {
                assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        let mut command = Cli::command();
        command.build();
        check(&command);
    }
}
