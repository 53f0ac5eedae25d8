//! Progress on stderr: a bar on a terminal, a line per change elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use vmc_http::redact::printable;

use crate::resolve::looks_like_an_id;
use crate::settings::Env;

/// `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Mode {
    /// A bar on a terminal, lines elsewhere and in CI.
    #[default]
    Auto,
    /// A line per change.
    Plain,
    /// A JSON object per change.
    Json,
    /// Nothing.
    None,
}

/// Where something long stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Update {
    /// Status as the service writes it.
    pub(crate) status: Option<String>,
    /// Phase in progress.
    pub(crate) phase: Option<String>,
    /// 0 to 100.
    pub(crate) percent: Option<u8>,
    /// The service's own estimate.
    pub(crate) remaining: Option<Duration>,
}

/// Shows progress of any number of things.
pub(crate) struct Progress {
    painter: Painter,
    rows: Mutex<Vec<Row>>,
}

enum Painter {
    Bars(MultiProgress),
    Lines,
    Json,
    Nothing,
}

struct Row {
    name: String,
    last: Option<Update>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// `chatty`: log lines share the terminal, so a bar would be torn.
    pub(crate) fn new(mode: Mode, quiet: bool, chatty: bool, env: &Env) -> Self {
        let bars = std::io::stderr().is_terminal()
            && !chatty
            && env.get("CI").is_none()
            && env.get("TERM").as_deref() != Some("dumb");
        let painter = match mode {
            _ if quiet => Painter::Nothing,
            Mode::None => Painter::Nothing,
            Mode::Json => Painter::Json,
            Mode::Auto if bars => {
                Painter::Bars(MultiProgress::with_draw_target(ProgressDrawTarget::stderr()))
            }
            Mode::Auto | Mode::Plain => Painter::Lines,
        };
        Self {
            painter,
            rows: Mutex::default(),
        }
    }

    /// Where `name` stands now.
    pub(crate) fn update(&self, name: &str, update: &Update) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let index = rows
            .iter()
            .position(|row| row.name == name)
            .unwrap_or_else(|| {
                rows.push(Row {
                    name: name.to_owned(),
                    last: None,
                    bar: None,
                });
                rows.len() - 1
            });
        let row = &mut rows[index];
        match &self.painter {
            Painter::Nothing => {}
            Painter::Lines => {
                if worth_a_line(row.last.as_ref(), update) {
                    say(&format!(
                        "{}: {}",
                        printable(name, 120),
                        describe(update, true)
                    ));
                    row.last = Some(update.clone());
                }
            }
            Painter::Json => {
                if row.last.as_ref() != Some(update) {
                    say(&line(name, update).to_string());
                    row.last = Some(update.clone());
                }
            }
            Painter::Bars(bars) => {
                let bar = row.bar.get_or_insert_with(|| {
                    let bar = bars.add(ProgressBar::new(100).with_style(style()));
                    bar.set_prefix(short_name(name));
                    bar.enable_steady_tick(Duration::from_millis(120));
                    bar
                });
                bar.set_position(update.percent.unwrap_or(0).into());
                bar.set_message(describe(update, false));
            }
        }
    }

    /// Says something besides: a hiccup, a step done.
    pub(crate) fn note(&self, text: &str) {
        let text = printable(text, 500);
        match &self.painter {
            Painter::Nothing => {}
            Painter::Lines => say(&text),
            Painter::Json => say(&json!({"event": "note", "message": text}).to_string()),
            Painter::Bars(bars) => bars.suspend(|| say(&text)),
        }
    }

    /// Says several lines as they are, such as a table. They must be harmless.
    pub(crate) fn block(&self, text: &str) {
        let text = text.trim_end_matches('\n');
        match &self.painter {
            Painter::Nothing => {}
            Painter::Lines => say(text),
            Painter::Json => {
                for line in text.lines() {
                    say(&json!({"event": "note", "message": line}).to_string());
                }
            }
            Painter::Bars(bars) => bars.suspend(|| say(text)),
        }
    }

    /// Takes the bars off the terminal.
    pub(crate) fn clear(&self) {
        if let Painter::Bars(bars) = &self.painter {
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            for bar in rows.drain(..).filter_map(|row| row.bar) {
                bar.finish_and_clear();
            }
            let _ = bars.clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A lost line of progress is no reason to stop.
fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Ids are cut to their first part, so that there is room for the rest.
fn short_name(name: &str) -> String {
    let words = name.split(' ').map(|word| {
        if looks_like_an_id(word) {
            &word[..8]
        } else {
            word
        }
    });
    printable(&words.collect::<Vec<_>>().join(" "), 24)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {prefix} [{bar:16}] {percent:>3}% {elapsed} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

/// A new status, a new phase, or ten more percent.
fn worth_a_line(last: Option<&Update>, now: &Update) -> bool {
    let Some(last) = last else { return true };
    let tenths = |update: &Update| update.percent.map(|percent| percent / 10);
    last.status != now.status || last.phase != now.phase || tenths(last) != tenths(now)
}

fn describe(update: &Update, percent: bool) -> String {
    let mut parts = Vec::new();
    if percent && let Some(percent) = update.percent {
        parts.push(format!("{percent}%"));
    }
    // STARTED says nothing that a moving percentage does not.
    let status = update
        .status
        .as_deref()
        .filter(|status| *status != "STARTED" || update.percent.is_none());
    parts.extend(status.map(|status| printable(status, 40)));
    parts.extend(update.phase.as_deref().map(|phase| printable(phase, 80)));
    if let Some(left) = update.remaining.filter(|left| !left.is_zero()) {
        parts.push(format!("about {} left", short(left)));
    }
    parts.join(", ")
}

fn line(name: &str, update: &Update) -> serde_json::Value {
    json!({
        "event": "progress",
        "name": name,
        "status": update.status,
        "phase": update.phase,
        "percent": update.percent,
        "remaining_seconds": update.remaining.map(|left| left.as_secs()),
    })
}

/// A length of time in its largest units: `2 h 5 min`, `40 s`.
pub(crate) fn short(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, hours, _) if hours > 0 => format!("1 day {hours} h"),
        (1, ..) => "1 day".to_owned(),
        (days, ..) => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(percent: u8, phase: &str) -> Update {
        Update {
            status: Some("STARTED".into()),
            phase: Some(phase.into()),
            percent: Some(percent),
            remaining: Some(Duration::from_secs(95 * 60)),
        }
    }

    #[test]
    fn lines_come_with_changes_that_matter() {
        assert!(worth_a_line(None, &at(0, "a")));
        assert!(!worth_a_line(Some(&at(1, "a")), &at(9, "a")));
        assert!(worth_a_line(Some(&at(9, "a")), &at(10, "a")));
        assert!(worth_a_line(Some(&at(1, "a")), &at(1, "b")));
        let canceling = Update {
            status: Some("CANCELING".into()),
            ..at(1, "a")
        };
        assert!(worth_a_line(Some(&at(1, "a")), &canceling));
    }

    #[test]
    fn updates_read_well() {
        assert_eq!(
            describe(&at(21, "Deploying vCenter"), true),
            "21%, Deploying vCenter, about 1 h 35 min left"
        );
        assert_eq!(
            describe(&at(21, "Deploying vCenter"), false),
            "Deploying vCenter, about 1 h 35 min left"
        );
        assert_eq!(
            describe(
                &Update {
                    status: Some("STARTED".into()),
                    ..Update::default()
                },
                true
            ),
            "STARTED"
        );
        assert_eq!(
            describe(&at(1, "\x1b[2Jx"), true),
            "1%, [2Jx, about 1 h 35 min left"
        );
    }

    #[test]
    fn times_are_short() {
        for (seconds, text) in [
            (40, "40 s"),
            (60, "1 min"),
            (7200, "2 h"),
            (7500, "2 h 5 min"),
            (90_000, "1 day 1 h"),
            (518_400, "6 days"),
        ] {
            assert_eq!(short(Duration::from_secs(seconds)), text);
        }
    }
}
