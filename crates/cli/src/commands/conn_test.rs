//! `vmc conn-test`: whether an SDDC reaches what is at the customer's site.

use clap::{Args, Subcommand};
use serde_json::Value;
use vmc_api::connectivity_tests as tests;
use vmc_api::models::{
    ConnectivityAgentValidation as Check, ConnectivityGroupId, ConnectivityInputId,
    ConnectivitySubGroupId, ConnectivityTestType, ConnectivityValidationGroup as Group,
    ConnectivityValidationInput as Input, ConnectivityValidationSubGroup as SubGroup, Sddc, Task,
};

use crate::args::SddcArg;
use crate::context::Context;
use crate::error::Error;
use crate::exit::Class;
use crate::mutate::{Mutation, TaskArgs};
use crate::output::{Cell, Column, cells};
use crate::pick::Pick;
use crate::resolve;

/// Verbs of `vmc conn-test`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the tests there are, and what they need to know
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc conn-test list --sddc my-sddc
  vmc conn-test list --sddc my-sddc -o json"
    )]
    List(List),
    /// Run a group of tests, or some of it
    #[command(after_help = "\
Examples:
  vmc conn-test run HLM --sddc my-sddc --only ONPREM_VCENTER \\
      --input HOSTNAME_OR_IP=vcenter.example.com
  vmc conn-test run HLM --sddc my-sddc --only PRIMARY_DNS,ACTIVE_DIRECTORY \\
      --input PRIMARY_DNS.HOST_IP=10.1.0.53 \\
      --input ACTIVE_DIRECTORY.HOSTNAME_OR_IP=ad.example.com

Exit code 0 when all went well, 9 when a test found a problem. #primary-dns \
and #secondary-dns as a value stand for the SDDC's own DNS servers.")]
    Run(Run),
}

/// Arguments of `vmc conn-test list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    sddc: SddcArg,
}

/// Arguments of `vmc conn-test run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Group, as 'vmc conn-test list' shows it: HLM, DRAAS
    #[arg(value_name = "GROUP")]
    group: String,

    /// Only these tests of the group [default: all]
    #[arg(long, value_name = "TEST", value_delimiter = ',')]
    only: Vec<String>,

    /// What tests need to know; for one test, TEST.ID=VALUE
    #[arg(long = "input", value_name = "ID=VALUE")]
    inputs: Vec<String>,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    task: TaskArgs,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(_) => {
                let sddc = resolve::sddc_told(context).await?;
                let ask = tests::Get::new(context.org().await?, &sddc.id);
                let all = context.vmc()?.send(ask).await?;
                let groups = all.groups.iter().flatten();
                let rows: Vec<Row> = groups.flat_map(rows).collect();
                context.printer()?.rows(&all, &rows, &columns())
            }
            Self::Run(command) => command.run(context).await,
        }
    }
}

/// A test and the group it is in.
struct Row {
    group: String,
    test: SubGroup,
}

fn rows(group: &Group) -> Vec<Row> {
    let row = |test: &SubGroup| Row {
        group: group_id(group).to_owned(),
        test: test.clone(),
    };
    group.sub_groups.iter().flatten().map(row).collect()
}

fn group_id(group: &Group) -> &str {
    group.id.as_ref().map_or("", ConnectivityGroupId::as_str)
}

fn test_id(test: &SubGroup) -> &str {
    test.id.as_ref().map_or("", ConnectivitySubGroupId::as_str)
}

fn input_id(input: &Input) -> &str {
    input.id.as_ref().map_or("", ConnectivityInputId::as_str)
}

impl Run {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let inputs = self.inputs.iter().map(|word| Given::read(word));
        let inputs: Vec<Given<'_>> = inputs.collect::<Result<_, _>>()?;
        let sddc = resolve::sddc_told(context).await?;
        let group = group_of(context, &sddc, &self.group).await?;
        let group = filled(&group, &self.only, &inputs)?;
        match start(context, &sddc, group, &self.task).await? {
            Some(task) => report(context, &task),
            None => Ok(()),
        }
    }
}

async fn group_of(context: &Context, sddc: &Sddc, wanted: &str) -> Result<Group, Error> {
    let get = tests::Get::new(context.org().await?, &sddc.id);
    let groups = context.vmc()?.send(get).await?.groups.unwrap_or_default();
    let pick = Pick::new("group of tests", &groups, group_id, |group| {
        group.name.as_deref().unwrap_or_default()
    });
    pick.one(wanted).cloned()
}

/// Runs the tests and waits for their task, unless that is not wanted.
async fn start(
    context: &Context,
    sddc: &Sddc,
    group: Group,
    args: &TaskArgs,
) -> Result<Option<Task>, Error> {
    let label = format!("Tests {}", group_id(&group));
    let find_out = format!("vmc task list --resource {}", sddc.id);
    let start = tests::Start::new(context.org().await?, &sddc.id, group);
    Mutation::new(context, "the start of the tests", label, find_out)
        .on(sddc)
        .run(args, start)
        .await
}

/// What the tests of Hybrid Linked Mode found, and those that were not run
/// because they need to know more.
pub(super) struct HlmTests {
    pub(super) findings: Vec<Finding>,
    pub(super) not_run: Vec<(String, String)>,
}

/// Runs those tests of Hybrid Linked Mode for which all is known. `host` is the
/// vCenter on premises.
pub(super) async fn hlm(
    context: &Context,
    sddc: &Sddc,
    host: &str,
    inputs: &[String],
    args: &TaskArgs,
) -> Result<HlmTests, Error> {
    let inputs = inputs.iter().map(|word| Given::read(word));
    let mut given: Vec<Given<'_>> = inputs.collect::<Result<_, _>>()?;
    let mut group = group_of(context, sddc, "HLM").await?;
    let tests = group.sub_groups.take().unwrap_or_default();
    let mut known = Vec::new();
    let mut not_run = Vec::new();
    for test in &tests {
        let ours = matches!(test_id(test), "ONPREM_VCENTER" | "ONPREM_PSC");
        let mut missing = Vec::new();
        for input in test.inputs.iter().flatten() {
            let has = given.iter().any(|given| given.is_for(test, input))
                || input
                    .value
                    .as_deref()
                    .is_some_and(|value| !value.is_empty());
            match has {
                true => {}
                false if ours => given.push(Given {
                    test: Some(test_id(test)),
                    id: input_id(input),
                    value: host,
                }),
                false => missing.push(format!("--input {}.{}=…", test_id(test), input_id(input))),
            }
        }
        if missing.is_empty() {
            known.push(test_id(test).to_owned());
        } else {
            let why = format!("to run it, give {}", missing.join(" "));
            not_run.push((test_id(test).to_owned(), why));
        }
    }
    group.sub_groups = Some(tests.clone());
    let mut findings = Vec::new();
    if !known.is_empty() {
        let group = filled(&group, &known, &given)?;
        let task = start(context, sddc, group, args).await?;
        let result = task.as_ref().and_then(result_of);
        find(
            result.unwrap_or(&Value::Null),
            &Finding::default(),
            &mut findings,
        );
        if findings.is_empty() {
            return Err(Error::failed("the tests have ended without a result"));
        }
    }
    Ok(HlmTests { findings, not_run })
}

/// The result that a task has left, if any.
fn result_of(task: &Task) -> Option<&Value> {
    let result = task.params.as_ref()?.get("test_result")?;
    Some(result).filter(|result| !result.is_null())
}

/// A value from the command line.
struct Given<'a> {
    test: Option<&'a str>,
    id: &'a str,
    value: &'a str,
}

impl<'a> Given<'a> {
    fn read(word: &'a str) -> Result<Self, Error> {
        let Some((id, value)) = word.split_once('=').filter(|(_, value)| !value.is_empty()) else {
            return Err(Error::usage(format!("--input {word} has no value"))
                .hint("Write --input ID=VALUE, or TEST.ID=VALUE."));
        };
        Ok(match id.split_once('.') {
            Some((test, id)) => Self {
                test: Some(test),
                id,
                value,
            },
            None => Self {
                test: None,
                id,
                value,
            },
        })
    }

    fn is_for(&self, test: &SubGroup, input: &Input) -> bool {
        self.test
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(test_id(test)))
            && self.id.eq_ignore_ascii_case(input_id(input))
    }
}

/// The group with the wanted tests alone, and every input of theirs filled in.
fn filled(group: &Group, only: &[String], given: &[Given<'_>]) -> Result<Group, Error> {
    let there = group.sub_groups.as_deref().unwrap_or_default();
    let picks = Pick::new("test of this group", there, test_id, |test| {
        test.label.as_deref().unwrap_or_default()
    });
    let mut tests: Vec<SubGroup> = Vec::new();
    for wanted in only {
        let test = picks.one(wanted)?;
        if !tests.iter().any(|other| other.id == test.id) {
            tests.push(test.clone());
        }
    }
    if only.is_empty() {
        tests = there.to_vec();
    }
    let mut missing: Vec<String> = Vec::new();
    let mut used = vec![false; given.len()];
    for test in &mut tests {
        let mut inputs = test.inputs.take();
        for input in inputs.iter_mut().flatten() {
            // The last one counts, and one for this very test before one for all.
            let fitting = given
                .iter()
                .enumerate()
                .filter(|(_, given)| given.is_for(test, input));
            for (index, _) in fitting.clone() {
                used[index] = true;
            }
            match fitting.max_by_key(|(_, given)| given.test.is_some()) {
                Some((_, given)) => input.value = Some(given.value.to_owned()),
                None if input.value.as_deref().is_none_or(str::is_empty) => {
                    missing.push(format!("--input {}.{}=…", test_id(test), input_id(input)));
                }
                None => {}
            }
        }
        test.inputs = inputs;
    }
    if let Some(index) = used.iter().position(|used| !used) {
        let stray = &given[index];
        let name = stray
            .test
            .map_or_else(String::new, |test| format!("{test}."));
        return Err(
            Error::usage(format!("none of these tests asks for {name}{}", stray.id))
                .hint("To see what they ask for: vmc conn-test list"),
        );
    }
    if !missing.is_empty() {
        return Err(
            Error::usage("the tests need to know more; nothing was started")
                .hint(format!("Give {}", missing.join(" ")))
                .hint("To run some of them: --only TEST"),
        );
    }
    let mut group = group.clone();
    group.sub_groups = Some(tests);
    Ok(group)
}

/// Shows what the tests found.
fn report(context: &Context, task: &Task) -> Result<(), Error> {
    let Some(result) = result_of(task) else {
        context.printer()?.show(task, &super::task::columns())?;
        return Err(Error::failed("the tests have ended without a result"));
    };
    let mut findings = Vec::new();
    find(result, &Finding::default(), &mut findings);
    if findings.is_empty() {
        context.printer()?.document(result.clone())?;
        return Err(Error::failed(
            "the tests have ended, and their result has a form that this version does not know",
        ));
    }
    context
        .printer()?
        .rows(result, &findings, &finding_columns())?;
    let problems = findings
        .iter()
        .filter(|finding| finding.verdict() == Verdict::Bad)
        .count();
    if problems > 0 {
        return Err(Error::said(
            Class::Problems,
            format!("{problems} of {} tests found a problem", findings.len()),
        )
        .hint("Look at firewall rules, routes and DNS on both sides."));
    }
    Ok(())
}

/// What one test found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Finding {
    pub(super) test: String,
    pub(super) check: String,
    pub(super) result: String,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    /// It was not done, or goes on.
    None,
    Bad,
}

impl Finding {
    pub(super) fn verdict(&self) -> Verdict {
        match self.result.to_ascii_uppercase().as_str() {
            "PASSED" | "PASS" | "SUCCESS" | "SUCCEEDED" | "SUCCESSFUL" | "OK" | "TRUE"
            | "REACHABLE" | "FINISHED" | "COMPLETED" => Verdict::Good,
            "SKIPPED" | "NOT_RUN" | "NOT_STARTED" | "CANCELED" => Verdict::None,
            _ => Verdict::Bad,
        }
    }
}

/// The form of a result is not published: whatever has a verdict is a finding,
/// unless what it consists of has some.
fn find(value: &Value, above: &Finding, findings: &mut Vec<Finding>) {
    let object = match value {
        Value::Array(items) => {
            return items.iter().for_each(|item| find(item, above, findings));
        }
        Value::Object(object) => object,
        _ => return,
    };
    let word = |names: &[&str]| {
        names.iter().find_map(|name| match object.get(*name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        })
    };
    let mut here = above.clone();
    // A check of a test has a kind, a test an id.
    let check: Vec<String> = ["type", "source"]
        .iter()
        .filter_map(|name| word(&[name]))
        .collect();
    if !check.is_empty() {
        here.check = check.join(" from ");
    }
    if let Some(id) = word(&["id", "name", "label"]) {
        here.test = id;
    }
    here.message = word(&[
        "message",
        "error_message",
        "details",
        "detail",
        "reason",
        "output",
    ])
    .unwrap_or_default();
    let before = findings.len();
    for inner in object.values() {
        find(inner, &here, findings);
    }
    let verdict = word(&[
        "result",
        "status",
        "test_status",
        "state",
        "success",
        "passed",
    ]);
    if let (true, Some(result)) = (findings.len() == before, verdict) {
        here.result = result;
        findings.push(here);
    }
}

fn finding_columns() -> Vec<Column<Finding>> {
    vec![
        Column::new("Test", |finding: &Finding| Cell::new(&finding.test)).id(),
        Column::new("Check", |finding: &Finding| Cell::new(&finding.check)),
        Column::new("Result", |finding: &Finding| {
            cells::verdict(
                &finding.result,
                match finding.verdict() {
                    Verdict::Good => Some(true),
                    Verdict::None => None,
                    Verdict::Bad => Some(false),
                },
            )
        }),
        Column::new("Message", |finding: &Finding| Cell::new(&finding.message)).wrap(20),
    ]
}

fn columns() -> Vec<Column<Row>> {
    let each = |words: Vec<&str>| {
        let mut words = words;
        words.dedup();
        Cell::new(words.join(" "))
    };
    vec![
        Column::new("Group", |row: &Row| Cell::new(&row.group)),
        Column::new("Test", |row: &Row| Cell::new(test_id(&row.test))).id(),
        Column::new("Needs", move |row: &Row| {
            let inputs = row.test.inputs.iter().flatten();
            each(inputs.map(input_id).collect())
        }),
        Column::new("Checks", move |row: &Row| {
            let kind = |check: &'_ Check| check.kind.clone();
            let checks: Vec<_> = row.test.tests.iter().flatten().filter_map(kind).collect();
            each(checks.iter().map(ConnectivityTestType::as_str).collect())
        })
        .optional(),
        Column::new("What it is", |row: &Row| {
            Cell::maybe(row.test.label.as_deref())
        })
        .wrap(14),
    ]
}

#[cfg(test)]
mod unit {
    use super::*;
    use serde_json::json;

    fn group() -> Group {
        serde_json::from_value(json!({"id": "HLM", "sub_groups": [
            {"id": "PRIMARY_DNS", "inputs": [
                {"id": "HOSTNAME"}, {"id": "HOST_IP", "value": "#primary-dns"}]},
            {"id": "ONPREM_VCENTER", "label": "vCenter", "inputs": [{"id": "HOSTNAME"}]},
        ]}))
        .unwrap()
    }

    fn fill(only: &[&str], given: &[&str]) -> Result<Value, String> {
        let only: Vec<String> = only.iter().map(|word| (*word).to_owned()).collect();
        let given: Vec<Given<'_>> = given
            .iter()
            .map(|word| Given::read(word).unwrap())
            .collect();
        filled(&group(), &only, &given)
            .map(|group| serde_json::to_value(group).unwrap())
            .map_err(|error| format!("{error} {}", error.hints().join(" ")))
    }

    #[test]
    fn inputs_go_where_they_are_asked_for() {
        let all = fill(&[], &["HOSTNAME=a", "onprem_vcenter.hostname=b"]).unwrap();
        assert_eq!(all["sub_groups"][0]["inputs"][0]["value"], "a");
        assert_eq!(all["sub_groups"][0]["inputs"][1]["value"], "#primary-dns");
        assert_eq!(all["sub_groups"][1]["inputs"][0]["value"], "b");
        let one = fill(&["vcenter"], &["HOSTNAME=a=b"]).unwrap();
        assert_eq!(one["sub_groups"].as_array().unwrap().len(), 1);
        assert_eq!(one["sub_groups"][0]["inputs"][0]["value"], "a=b");

        let missing = fill(&[], &["PRIMARY_DNS.HOSTNAME=a"]).unwrap_err();
        assert!(
            missing.contains("--input ONPREM_VCENTER.HOSTNAME=…"),
            "{missing}"
        );
        let stray = fill(&[], &["HOSTNAME=a", "HOST=b"]).unwrap_err();
        assert!(
            stray.contains("none of these tests asks for HOST "),
            "{stray}"
        );
        assert!(fill(&["DRAAS"], &[]).is_err());
        assert!(Given::read("HOSTNAME").is_err() && Given::read("HOSTNAME=").is_err());
    }

    #[test]
    fn a_verdict_is_found_at_any_depth_and_once() {
        let result = json!({"id": "HLM", "status": "FAILED", "sub_groups": [
            {"id": "PRIMARY_DNS", "tests": [
                {"type": "PING", "source": "VCENTER", "result": "PASSED"},
                {"type": "DNS", "result": "FAILED", "message": "no answer"}]},
            {"id": "ONPREM_VCENTER", "passed": true},
        ]});
        let mut findings = Vec::new();
        find(&result, &Finding::default(), &mut findings);
        let short: Vec<_> = findings
            .iter()
            .map(|f| {
                (
                    f.test.as_str(),
                    f.check.as_str(),
                    f.verdict(),
                    f.message.as_str(),
                )
            })
            .collect();
        assert_eq!(
            short,
            [
                ("PRIMARY_DNS", "PING from VCENTER", Verdict::Good, ""),
                ("PRIMARY_DNS", "DNS", Verdict::Bad, "no answer"),
                ("ONPREM_VCENTER", "", Verdict::Good, ""),
            ]
        );
    }
}
