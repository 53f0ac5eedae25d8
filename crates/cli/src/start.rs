//! From the words of the command line to the exit code.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, ValueEnum as _};

use crate::args::{self, Cli, Output};
use crate::commands::Offline;
use crate::context::{Context, Needs};
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
pub(crate) fn run(words: &[OsString], env: Env) -> ExitCode {
    let guess = Manner::guess(words, &env);
    let command = Cli::command().color(if guess.paint.on() {
        clap::ColorChoice::Always
    } else {
        clap::ColorChoice::Never
    });
    let matches = match command.try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) => return not_parsed(&error, words, guess),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return not_parsed(&error, words, guess),
    };
    let mut manner = Manner {
        format: cli.global.error_format.unwrap_or(match &cli.global.output {
            Some(Output::Format(format)) => errors_beside(*format),
            Some(Output::File(_)) | None => guess.format,
        }),
        paint: Paint::stderr(cli.global.color, &env),
    };
    match go(cli, &matches, env, &mut manner) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => finish(&error, manner),
    }
}

fn go(cli: Cli, matches: &clap::ArgMatches, env: Env, manner: &mut Manner) -> Result<(), Error> {
    let asked_format = cli.global.output.as_ref().and_then(Output::format);
    let offline = Offline {
        format: asked_format.or_else(|| from_env(&env)).unwrap_or_default(),
        asked_format,
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
    let needs = command.needs();
    let context = Context::new(cli.global, flags, env, needs)?;
    if !said {
        // The profile may ask for JSON as well.
        manner.format = match context.format() {
            Err(_) if needs == Needs::Nothing => manner.format,
            format => errors_beside(format?),
        };
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
fn not_parsed(error: &clap::Error, words: &[OsString], manner: Manner) -> ExitCode {
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
    let text = error.render().to_string();
    let mut secrets = secrets_among(words);
    secrets.retain(|secret| text.contains(secret.as_str()));
    match manner.format {
        ErrorFormat::Text => {
            let text = error.render();
            let text = if !secrets.is_empty() {
                format!(
                    "{}\nhint: {NO_SECRETS}\n",
                    without(text.to_string(), &secrets).trim_end()
                )
            } else if manner.paint.on() {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
            Class::Usage.into()
        }
        ErrorFormat::Json => {
            let text = without(error.render().to_string(), &secrets);
            let mut parts = text.trim_start_matches("error: ").splitn(2, "\n\n");
            let message = parts.next().unwrap_or_default().trim().to_owned();
            let mut usage = Error::usage(message);
            if let Some(rest) = parts.next() {
                usage = usage.hint(rest.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            if !secrets.is_empty() {
                usage = usage.hint(NO_SECRETS);
            }
            finish(&usage, manner)
        }
    }
}

const NO_SECRETS: &str =
    "Secrets are never arguments; pipe them in, as in vmc auth login --with-token < token.txt";

/// Words that may be secrets: they must not be repeated into somebody's logs.
/// Longest first, so that no part of one is left.
fn secrets_among(words: &[OsString]) -> Vec<String> {
    let words: Vec<&str> = words
        .iter()
        .skip(1)
        .filter_map(|word| word.to_str())
        .collect();
    let all = words.clone();
    let any = |verbs: &[&str]| verbs.iter().any(|verb| words.contains(verb));
    let given = any(&["auth"]) && any(&["login"]) || any(&["addon"]) && any(&["create", "update"]);
    let mut secrets: Vec<String> = words
        .into_iter()
        .filter(|word| !matches!(*word, "auth" | "login" | "addon" | "create" | "update"))
        .filter_map(|word| match word.split_once('=') {
            Some((_, value)) if word.starts_with('-') => Some(value),
            _ => Some(word).filter(|word| !word.starts_with('-')),
        })
        .filter(|word| (given && word.len() >= 6) || looks_like_a_token(word))
        .chain(passwords_among(&all))
        .map(str::to_owned)
        .collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// What stands behind a flag that has to do with passwords: none takes one.
fn passwords_among<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let of_password = |word: &str| word.starts_with("--") && word.contains("password");
    let beside = words.windows(2).filter_map(|pair| match pair {
        [flag, value] if of_password(flag) && !value.starts_with('-') => Some(*value),
        _ => None,
    });
    let inside = words.iter().filter_map(|word| {
        let (flag, value) = word.split_once('=')?;
        of_password(flag).then_some(value)
    });
    beside
        .chain(inside)
        .filter(|value| !value.is_empty())
        .collect()
}

/// Longer than an id, and of letters and digits that mean nothing to people.
fn looks_like_a_token(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    word.chars().all(plain)
        && (word.len() >= 20 && word.starts_with("eyJ")
            || word.len() >= 40 && word.chars().any(|c| c.is_ascii_digit()))
}

fn without(text: String, secrets: &[String]) -> String {
    secrets.iter().fold(text, |text, secret| {
        text.replace(secret.as_str(), vmc_http::redact::REDACTED)
    })
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
    fn what_may_be_a_secret_is_not_repeated() {
        let secrets = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            secrets_among(&words)
        };
        let token = "x1".repeat(32);
        assert_eq!(secrets("vmc auth login canary"), ["canary"]);
        assert_eq!(
            secrets("vmc auth login --with-token=canary --token-file canary-2"),
            ["canary-2", "canary"]
        );
        assert_eq!(
            secrets("vmc hlm link --password canary --psc-password-stdin=canary-2"),
            ["canary-2", "canary"]
        );
        assert_eq!(secrets(&format!("vmc org list {token}")), [token.as_str()]);
        assert_eq!(
            secrets("vmc x --token=eyJhbGciOiJub25lIn0.e30."),
            ["eyJhbGciOiJub25lIn0.e30."]
        );
        assert!(secrets("vmc sddc shw 2dd0d2a6-7a9b-4b35-9f3c-0123456789ab").is_empty());
        assert_eq!(
            without("a 'canary' b".into(), &["canary".into()]),
            "a '[redacted]' b"
        );
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
