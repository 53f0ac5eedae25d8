//! From the words of the command line to the exit code.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, ValueEnum as _};

use crate::args::{self, Cli};
use crate::commands::Offline;
use crate::context::Context;
use crate::error::Error;
use crate::exit::Class;
use crate::output::style::{Paint, When};
use crate::output::{self, Format};
use crate::report::{self, ErrorFormat};
use crate::settings::{Env, keys};

/// How errors are written, as far as is known.
#[derive(Clone, Copy)]
struct Manner {
    format: ErrorFormat,
    paint: Paint,
}

/// Runs the program.
pub(crate) fn run(words: Vec<OsString>, env: Env) -> ExitCode {
    let guess = Manner::guess(&words, &env);
    let command = Cli::command().color(if guess.paint.on() {
        clap::ColorChoice::Always
    } else {
        clap::ColorChoice::Never
    });
    let matches = match command.try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return not_parsed(&error, guess),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error, guess),
    };
    let mut manner = Manner {
        format: cli.global.error_format.unwrap_or(match cli.global.output {
            Some(output) => errors_beside(output),
            None => guess.format,
        }),
        paint: Paint::stderr(cli.global.color, &env),
    };
    match go(cli, &matches, env, &mut manner) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => finish(&error, manner),
    }
}

fn go(cli: Cli, matches: &clap::ArgMatches, env: Env, manner: &mut Manner) -> Result<(), Error> {
    let offline = Offline {
        format: cli
            .global
            .output
            .or_else(|| from_env(&env))
            .unwrap_or_default(),
        paint: Paint::stdout(cli.global.color, &env),
        width: output::width(&env),
    };
    args::refuse_empty(matches)?;
    let Some(command) = cli.command else {
        let help = Cli::command().render_help();
        return offline.printer().raw(&if offline.paint.on() {
            help.ansi().to_string()
        } else {
            help.to_string()
        });
    };
    if let Some(done) = command.run_offline(&offline) {
        return done;
    }
    crate::logging::start(
        cli.global
            .level(env.get("VMC_DEBUG").is_some_and(|value| value != "0")),
    );
    let flags = args::flags(matches);
    let said = cli.global.error_format.is_some();
    let context = Context::new(cli.global, flags, env, command.makes_profile())?;
    if !said {
        // The profile may ask for JSON as well.
        manner.format = errors_beside(context.format()?);
    }
    // One thread: a command waits for the network and has nothing to compute.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::bug("the runtime could not be started").because(error))?;
    let result = runtime.block_on(context.interrupt.guard(command.run(&context)));
    // A question that nobody answered must not hold the exit.
    runtime.shutdown_background();
    result.map_err(|error| context.blame_credential(error))
}

/// Reports an error and gives its exit code.
fn finish(error: &Error, manner: Manner) -> ExitCode {
    let Some(class) = Class::of(error) else {
        return ExitCode::SUCCESS;
    };
    let text = report::render(error, class, manner.format, manner.paint);
    // Where stderr is closed, the exit code still tells.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    class.into()
}

/// Help, version, or a wrong command line.
fn not_parsed(error: &clap::Error, manner: Manner) -> ExitCode {
    if !error.use_stderr() {
        let text = error.render();
        let printed = if manner.paint_stdout() {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        return match std::io::stdout().lock().write_all(printed.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => finish(&error.into(), manner),
        };
    }
    match manner.format {
        ErrorFormat::Text => {
            let text = error.render();
            let text = if manner.paint.on() {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
            Class::Usage.into()
        }
        ErrorFormat::Json => {
            let text = error.render().to_string();
            let mut parts = text.trim_start_matches("error: ").splitn(2, "\n\n");
            let message = parts.next().unwrap_or_default().trim().to_owned();
            let mut usage = Error::usage(message);
            if let Some(rest) = parts.next() {
                usage = usage.hint(rest.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            finish(&usage, manner)
        }
    }
}

impl Manner {
    /// What the words say before they are understood.
    fn guess(words: &[OsString], env: &Env) -> Self {
        let value_of = |long: &str, short: Option<&str>| {
            let mut words = words.iter().filter_map(|word| word.to_str());
            while let Some(word) = words.next() {
                if word == "--" {
                    return None;
                }
                if word == long || Some(word) == short {
                    return words.next().map(str::to_owned);
                }
                if let Some(value) = word
                    .strip_prefix(long)
                    .and_then(|rest| rest.strip_prefix('='))
                {
                    return Some(value.to_owned());
                }
                if let Some(value) = short.and_then(|short| word.strip_prefix(short)) {
                    return Some(value.trim_start_matches('=').to_owned());
                }
            }
            None
        };
        let when = value_of("--color", None).and_then(|text| When::from_str(&text, true).ok());
        let errors = value_of("--error-format", None)
            .and_then(|text| ErrorFormat::from_str(&text, true).ok());
        let output = value_of("--output", Some("-o"))
            .and_then(|text| Format::from_str(&text, true).ok())
            .or_else(|| from_env(env));
        Self {
            format: errors.unwrap_or(output.map_or(ErrorFormat::Text, errors_beside)),
            paint: Paint::stderr(when.unwrap_or_default(), env),
        }
    }

    /// Help goes to stdout; it is coloured when that is a terminal too.
    fn paint_stdout(self) -> bool {
        use std::io::IsTerminal as _;
        self.paint.on() && std::io::stdout().is_terminal()
    }
}

/// Programs that read JSON want their errors in JSON too.
fn errors_beside(output: Format) -> ErrorFormat {
    match output {
        Format::Json | Format::Jsonl => ErrorFormat::Json,
        _ => ErrorFormat::Text,
    }
}

fn from_env(env: &Env) -> Option<Format> {
    keys::OUTPUT
        .env
        .iter()
        .find_map(|name| Format::from_str(&env.get(name)?, true).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(words: &[&str], env: &[(&str, &str)]) -> ErrorFormat {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        Manner::guess(&words, &Env::of(env)).format
    }

    #[test]
    fn usage_errors_come_in_the_format_that_was_asked_for() {
        let json = ErrorFormat::Json;
        for words in [
            ["vmc", "x", "-o", "json"],
            ["vmc", "x", "-ojson", ""],
            ["vmc", "--output=json", "", ""],
            ["vmc", "--error-format", "json", ""],
        ] {
            assert_eq!(guess(&words, &[]), json, "{words:?}");
        }
        assert_eq!(guess(&["vmc"], &[("VMC_OUTPUT", "json")]), json);
        assert_eq!(
            guess(&["vmc", "-o", "json", "--error-format=text"], &[]),
            ErrorFormat::Text
        );
        assert_eq!(guess(&["vmc", "--", "-o", "json"], &[]), ErrorFormat::Text);
        assert_eq!(guess(&["vmc", "-o", "yaml"], &[]), ErrorFormat::Text);
    }
}
