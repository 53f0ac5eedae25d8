//! Whether and how to colour.

use std::io::IsTerminal as _;

use anstyle::{AnsiColor, Style};

use crate::settings::Env;

/// Done, healthy.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Under way, worth a look.
pub(crate) const WATCH: Style = AnsiColor::Yellow.on_default();
/// Failed.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Advice.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default();
/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();
/// Of little weight.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Also into files and pipes.
    Always,
    /// Never.
    Never,
}

/// Puts styles around text, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint(bool);

impl Paint {
    /// No colour.
    #[cfg(test)]
    pub(crate) const OFF: Self = Self(false);

    /// For standard output.
    pub(crate) fn stdout(when: When, env: &Env) -> Self {
        Self(decide(when, env, std::io::stdout().is_terminal()))
    }

    /// For standard error.
    pub(crate) fn stderr(when: When, env: &Env) -> Self {
        Self(decide(when, env, std::io::stderr().is_terminal()))
    }

    /// Whether there is colour at all.
    pub(crate) fn on(self) -> bool {
        self.0
    }

    /// The text in this style.
    pub(crate) fn with(self, style: Style, text: &str) -> String {
        if self.0 && style != Style::new() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// Flag > NO_COLOR > CLICOLOR_FORCE, FORCE_COLOR > CLICOLOR=0 > TERM=dumb > terminal.
fn decide(when: When, env: &Env, terminal: bool) -> bool {
    match when {
        When::Always => return true,
        When::Never => return false,
        When::Auto => {}
    }
    // The specification of NO_COLOR: any value that is not empty.
    if env.get("NO_COLOR").is_some() {
        return false;
    }
    if env.on("CLICOLOR_FORCE") || env.on("FORCE_COLOR") {
        return true;
    }
    if env.get("CLICOLOR").as_deref() == Some("0") || env.get("TERM").as_deref() == Some("dumb") {
        return false;
    }
    terminal
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (When, &'static [(&'static str, &'static str)], bool, bool);

    #[test]
    fn the_rules_hold_in_their_order() {
        let cases: &[Case] = &[
            (When::Auto, &[], true, true),
            (When::Auto, &[], false, false),
            (When::Auto, &[("NO_COLOR", "0")], true, false),
            (When::Auto, &[("NO_COLOR", "")], true, true),
            (
                When::Auto,
                &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")],
                true,
                false,
            ),
            (
                When::Auto,
                &[("FORCE_COLOR", "1"), ("TERM", "dumb")],
                false,
                true,
            ),
            (When::Auto, &[("CLICOLOR_FORCE", "0")], false, false),
            (When::Auto, &[("CLICOLOR", "0")], true, false),
            (When::Auto, &[("TERM", "dumb")], true, false),
            (When::Always, &[("NO_COLOR", "1")], false, true),
            (When::Never, &[("FORCE_COLOR", "1")], true, false),
        ];
        for (when, env, terminal, expected) in cases {
            assert_eq!(
                decide(*when, &Env::of(env), *terminal),
                *expected,
                "{when:?} {env:?} {terminal}"
            );
        }
    }
}
