//! What checks found: one form for every command that looks for problems
//! (`hlm check`, `link verify`, `doctor`), one table, and one end.

use serde::Serialize;

use crate::context::Context;
use crate::error::Error;
use crate::exit::Class;
use crate::output::style::WATCH;
use crate::output::{Cell, Column, Format, cells};

/// What came of a check. Scripts rely on the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// All is well.
    Passed,
    /// It may become a problem.
    Warned,
    /// It is a problem.
    Failed,
    /// It could not be made; the reason says why.
    NotMade,
}

impl State {
    /// As written in results.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::NotMade => "not-made",
        }
    }
}

/// How much depends on a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    /// Nothing goes without it.
    Required,
    /// Things may go badly without it.
    Advised,
}

/// What one check found.
///
/// ```text
/// Finding::failed("trust", role, "the role does not trust VMware").fix("vmc link up")
/// Finding::not_made("subnets", account, "needs ec2:DescribeSubnets").advised()
/// ```
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    /// Which check: a stable word in kebab case.
    pub(crate) id: String,
    /// What it is about: a server, a role, a file.
    pub(crate) target: String,
    /// From where it was made.
    from: String,
    severity: Severity,
    pub(crate) state: State,
    /// What was seen. None where the check was not made.
    evidence: Option<String>,
    /// Why it could not be made.
    reason: Option<String>,
    /// What to do, as a sentence.
    advice: Option<String>,
    /// The command that mends it; [`end`] adds where it is to act.
    fix: Option<String>,
    /// What the table calls the target.
    #[serde(skip)]
    on: Option<String>,
}

impl Finding {
    fn new(id: impl Into<String>, target: impl Into<String>, state: State) -> Self {
        Self {
            id: id.into(),
            target: target.into(),
            from: "this machine".to_owned(),
            severity: Severity::Required,
            state,
            evidence: None,
            reason: None,
            advice: None,
            fix: None,
            on: None,
        }
    }

    /// A check that was made, and what was seen. Required, from this machine.
    pub(crate) fn made(
        id: impl Into<String>,
        target: impl Into<String>,
        state: State,
        evidence: impl Into<String>,
    ) -> Self {
        let evidence = Some(evidence.into()).filter(|text: &String| !text.is_empty());
        Self {
            evidence,
            ..Self::new(id, target, state)
        }
    }

    /// All is well.
    pub(crate) fn passed(
        id: impl Into<String>,
        target: impl Into<String>,
        evidence: impl Into<String>,
    ) -> Self {
        Self::made(id, target, State::Passed, evidence)
    }

    /// It may become a problem.
    pub(crate) fn warned(
        id: impl Into<String>,
        target: impl Into<String>,
        evidence: impl Into<String>,
    ) -> Self {
        Self::made(id, target, State::Warned, evidence)
    }

    /// It is a problem.
    pub(crate) fn failed(
        id: impl Into<String>,
        target: impl Into<String>,
        evidence: impl Into<String>,
    ) -> Self {
        Self::made(id, target, State::Failed, evidence)
    }

    /// It could not be made. The reason stands after "because", such as
    /// `needs ec2:DescribeSubnets`.
    pub(crate) fn not_made(
        id: impl Into<String>,
        target: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::new(id, target, State::NotMade)
        }
    }

    /// Things go without it.
    #[must_use]
    pub(crate) fn advised(mut self) -> Self {
        self.severity = Severity::Advised;
        self
    }

    /// Things go without it: what failed may become a problem, no more.
    #[must_use]
    pub(crate) fn no_failure(mut self) -> Self {
        if self.state == State::Failed {
            self.state = State::Warned;
        }
        self.advised()
    }

    /// From where it was made, where that is not this machine.
    #[must_use]
    pub(crate) fn from(mut self, place: impl Into<String>) -> Self {
        self.from = place.into();
        self
    }

    /// What to do, as a sentence.
    #[must_use]
    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The command that mends it.
    #[must_use]
    pub(crate) fn fix(mut self, command: impl Into<String>) -> Self {
        self.fix = Some(command.into());
        self
    }

    /// A short word for the target, for the table.
    #[must_use]
    pub(crate) fn on(mut self, word: impl Into<String>) -> Self {
        self.on = Some(word.into());
        self
    }

    /// What was found, and where it is no good, what to do.
    fn text(&self) -> String {
        let found = self.evidence.as_deref().or(self.reason.as_deref());
        let mut sentences = vec![found.unwrap_or_default().to_owned()];
        if matches!(self.state, State::Failed | State::Warned) {
            sentences.extend(self.advice.clone());
            sentences.extend(self.fix.as_ref().map(|fix| format!("Next: {fix}")));
        }
        sentences.retain(|text| !text.is_empty());
        let last = sentences.len().saturating_sub(1);
        for sentence in &mut sentences[..last] {
            if !sentence.ends_with(['.', '?', '!']) {
                sentence.push('.');
            }
        }
        sentences.join(" ")
    }
}

/// The reason of a check that an error kept from being made, or the evidence
/// of one that failed by it: the message and its causes in one line.
pub(crate) fn words(error: &Error) -> String {
    let mut words = vec![error.to_string()];
    for cause in error.causes() {
        // Many a message quotes its cause.
        if !words.iter().any(|word| word.contains(&cause)) {
            words.push(cause);
        }
    }
    words.join(": ")
}

/// As [`words`], of a call of which it is clear which one it was: the cause
/// alone, where there is one.
pub(crate) fn cause(error: &Error) -> String {
    match error.causes() {
        causes if causes.is_empty() => words(error),
        causes => causes.join(": "),
    }
}

/// Ends a command that checks: prints what was found. An error of class
/// [`Problems`](Class::Problems) where something failed; else says how many
/// checks were made and how many could not be.
pub(crate) fn end(context: &Context, findings: &[Finding]) -> Result<(), Error> {
    // Where the set-up is looked at, its output format may be what is wrong.
    let printer = context.printer();
    let printer = printer.unwrap_or_else(|_| context.printer_of(Format::default()));
    let typed = |one: &Finding| Finding {
        fix: one.fix.as_deref().map(|fix| context.to_type(fix)),
        ..one.clone()
    };
    let findings: Vec<Finding> = findings.iter().map(typed).collect();
    printer.list(&findings, &columns())?;
    let count = |state| findings.iter().filter(|one| one.state == state).count();
    let all = findings.len();
    let not_made = match count(State::NotMade) {
        0 => String::new(),
        some => format!("; {some} could not be made"),
    };
    let failed = count(State::Failed);
    if failed > 0 {
        let text = format!("{failed} of {all} checks found a problem{not_made}");
        return Err(next(&findings).into_iter().fold(
            Error::said(Class::Problems, text).hint("-o json has the advice to each of them."),
            Error::hint,
        ));
    }
    let warned = match count(State::Warned) {
        0 => String::new(),
        some => format!("; {some} may become one"),
    };
    context.say(&format!(
        "Nothing found that is a problem in {all} checks{warned}{not_made}."
    ));
    Ok(())
}

/// The commands that mend what failed, each once: in a table they may be broken
/// into lines.
fn next(findings: &[Finding]) -> Vec<String> {
    let failed = findings.iter().filter(|one| one.state == State::Failed);
    let mut commands: Vec<String> = Vec::new();
    for fix in failed.filter_map(|one| one.fix.as_deref()) {
        let line = format!("Next: {fix}");
        if !commands.contains(&line) {
            commands.push(line);
        }
    }
    commands
}

fn columns() -> Vec<Column<Finding>> {
    vec![
        Column::new("State", |one: &Finding| match one.state {
            State::Passed => cells::verdict(one.state.as_str(), Some(true)),
            State::Failed => cells::verdict(one.state.as_str(), Some(false)),
            State::NotMade => cells::verdict(one.state.as_str(), None),
            State::Warned => Cell::new(one.state.as_str()).styled(WATCH),
        }),
        Column::new("Check", |one: &Finding| Cell::new(&one.id)).id(),
        Column::new("On", |one: &Finding| {
            Cell::new(one.on.as_ref().unwrap_or(&one.target))
        })
        .shorten(10),
        Column::new("Finding", |one: &Finding| Cell::new(one.text())).wrap(36),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_good_says_what_to_do() {
        let failed = Finding::failed("token", "ci", "it has ended")
            .advice("Make a new one.")
            .fix("vmc auth login");
        assert_eq!(
            failed.text(),
            "it has ended. Make a new one. Next: vmc auth login"
        );
        let passed = Finding::passed("token", "ci", "30 days left").advice("Make a new one.");
        assert_eq!(passed.text(), "30 days left");
        let not_made = Finding::not_made("subnets", "1", "needs ec2:DescribeSubnets");
        assert_eq!(not_made.text(), "needs ec2:DescribeSubnets");
    }

    #[test]
    fn documents_have_every_key_and_the_words_scripts_know() {
        let finding = Finding::not_made("subnets", "1", "needs ec2:DescribeSubnets").advised();
        assert_eq!(
            serde_json::to_value(&finding).unwrap(),
            serde_json::json!({
                "id": "subnets",
                "target": "1",
                "from": "this machine",
                "severity": "advised",
                "state": "not-made",
                "evidence": null,
                "reason": "needs ec2:DescribeSubnets",
                "advice": null,
                "fix": null,
            })
        );
    }

    #[test]
    fn a_command_that_mends_two_things_is_told_once() {
        let failed = |id| Finding::failed(id, "x", "y").fix("vmc auth login");
        let warned = Finding::warned("z", "x", "y").fix("vmc link up");
        assert_eq!(
            next(&[failed("a"), failed("b"), warned]),
            ["Next: vmc auth login"]
        );
    }
}
