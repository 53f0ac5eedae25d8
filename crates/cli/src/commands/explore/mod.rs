//! `vmc explore`: every operation of the API, without a login or a network.

mod catalog;

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use vmc_api::{Description, OPERATIONS};

use super::Offline;
use crate::error::Error;
use crate::output::{Cell, Column, Format};

const EXAMPLES: &str = "\
Examples:
  vmc explore
  vmc explore cluster
  vmc explore orgs.sddcs.create
  vmc explore 'orgs.*.delete' -o json

One operation alone is shown with its parameters, a body to fill in, and the commands \
that make the call. Replay: \"safe\" changes nothing, \"converges\" can be repeated, \
\"once\" starts something on each arrival.";

/// Arguments of `vmc explore`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explore {
    /// Noun, family (legacy, autoscaler, ...), or part of a name or path; * is anything
    #[arg(value_name = "NOUN|PATTERN")]
    pattern: Option<String>,
}

/// What is known of an operation without asking anybody.
#[derive(Debug, Serialize)]
struct Entry {
    category: &'static str,
    operation: &'static str,
    family: &'static str,
    method: String,
    path: &'static str,
    path_parameters: Vec<&'static str>,
    query_parameters: &'static [&'static str],
    body: Option<Fill>,
    returns: String,
    replay: &'static str,
    command: Option<&'static str>,
    raw_call: String,
}

/// A body to fill in.
#[derive(Debug, Serialize)]
struct Fill {
    #[serde(rename = "type")]
    kind: String,
    required: bool,
    skeleton: Value,
}

impl Explore {
    pub(super) fn run(&self, offline: &Offline) -> Result<(), Error> {
        let mut printer = offline.printer();
        // A skeleton has places for secrets, not secrets.
        printer.reveal = true;
        let found = self.found();
        match &found[..] {
            [] => Err(Error::not_found(format!(
                "no operation has {:?} in its name or path",
                self.pattern.as_deref().unwrap_or_default()
            ))
            .hint("To see all of them: vmc explore")),
            [entry] => {
                printer.show(entry, &columns())?;
                match &entry.body {
                    Some(body) if printer.format == Format::Table => {
                        let skeleton = format!("{:#}", body.skeleton);
                        printer.raw(&format!("\nBody:\n{skeleton}\n"))
                    }
                    _ => Ok(()),
                }
            }
            _ => printer.list(&found, &columns()),
        }
    }

    /// The operations asked for, by category. A name that is exact is meant alone.
    fn found(&self) -> Vec<Entry> {
        let entries = || catalog::ROWS.iter().filter_map(Entry::of);
        let Some(pattern) = &self.pattern else {
            return entries().collect();
        };
        let exact: Vec<Entry> = entries()
            .filter(|entry| entry.operation == pattern)
            .collect();
        if !exact.is_empty() {
            return exact;
        }
        let noun: Vec<Entry> = entries()
            .filter(|entry| entry.category == pattern || entry.family == pattern)
            .collect();
        if !noun.is_empty() {
            return noun;
        }
        entries()
            .filter(|entry| {
                [
                    entry.operation,
                    entry.path,
                    entry.command.unwrap_or_default(),
                ]
                .iter()
                .any(|text| has(text, pattern))
            })
            .collect()
    }
}

impl Entry {
    fn of(row: &catalog::Row) -> Option<Self> {
        let operation = OPERATIONS
            .iter()
            .find(|known| known.name == row.operation)?;
        Some(Self {
            category: row.category,
            operation: operation.name,
            family: operation.family.as_str(),
            method: operation.method.to_string(),
            path: operation.path,
            path_parameters: operation.path_params().collect(),
            query_parameters: operation.query,
            body: operation.body.map(|body| {
                let shape = body.shape();
                Fill {
                    kind: shape.name(),
                    required: body.required,
                    skeleton: shape.skeleton(),
                }
            }),
            returns: operation.output(),
            replay: operation.replay.as_str(),
            command: Some(row.command).filter(|command| !command.is_empty()),
            raw_call: raw_call(operation),
        })
    }
}

/// The same call through `vmc api`, which knows the organization and the SDDC.
fn raw_call(operation: &Description) -> String {
    let path: Vec<String> = operation
        .path
        .split('/')
        .map(|part| match part {
            "{org}" => part.to_owned(),
            "{sddc}" | "{sddcId}" => "{sddc}".to_owned(),
            part => match part.strip_prefix('{') {
                Some(name) => name.trim_end_matches('}').to_uppercase(),
                None => part.to_owned(),
            },
        })
        .collect();
    // What is to be done, where the path alone does not say it.
    let action = match operation.query.contains(&"action") {
        true => "?action=ACTION",
        false => "",
    };
    let path_and_query = format!("{}{action}", path.join("/"));
    let mut line = format!("vmc api {} '{path_and_query}'", operation.method);
    if path.iter().any(|part| part == "{sddc}") {
        line.push_str(" --sddc SDDC");
    }
    if operation.body.is_some() {
        line.push_str(" --input body.json");
    }
    line
}

/// Whether a text has a pattern in it, in which `*` stands for anything.
fn has(text: &str, pattern: &str) -> bool {
    let text = text.to_lowercase();
    let mut rest = text.as_str();
    pattern.to_lowercase().split('*').all(|part| {
        let found = rest.find(part);
        if let Some(at) = found {
            rest = &rest[at + part.len()..];
        }
        found.is_some()
    })
}

fn columns() -> Vec<Column<Entry>> {
    vec![
        Column::new("Category", |entry: &Entry| Cell::new(entry.category)),
        Column::new("Operation", |entry: &Entry| Cell::new(entry.operation)).id(),
        Column::new("Method", |entry: &Entry| Cell::new(&entry.method)),
        Column::new("Replay", |entry: &Entry| Cell::new(entry.replay)).optional(),
        Column::new("Family", |entry: &Entry| Cell::new(entry.family)).detail(),
        Column::new("Path", |entry: &Entry| Cell::new(entry.path)).detail(),
        Column::new("Query", |entry: &Entry| {
            Cell::new(entry.query_parameters.join(", "))
        })
        .detail(),
        Column::new("Takes", |entry: &Entry| {
            Cell::maybe(entry.body.as_ref().map(|body| body.kind.as_str()))
        })
        .detail(),
        Column::new("Returns", |entry: &Entry| Cell::new(&entry.returns)).detail(),
        Column::new("Command", |entry: &Entry| Cell::maybe(entry.command)).optional(),
        Column::new("Raw call", |entry: &Entry| Cell::new(&entry.raw_call)).detail(),
    ]
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;

    #[test]
    fn every_operation_is_in_the_catalog_once() {
        let mut listed: Vec<&str> = catalog::ROWS.iter().map(|row| row.operation).collect();
        let mut known: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known);
    }

    #[test]
    fn the_commands_of_the_catalog_exist() {
        let commands = catalog::ROWS.iter().flat_map(|row| row.command.split("; "));
        for line in commands.filter(|line| !line.is_empty()) {
            let mut command = &Cli::command();
            for word in line.split(' ').skip(1) {
                let flag = word.strip_prefix("--");
                if let Some(flag) = flag {
                    let known = command
                        .get_arguments()
                        .any(|arg| arg.get_long() == Some(flag));
                    assert!(known, "{line}: no --{flag}");
                } else if command.has_subcommands() {
                    command = command
                        .find_subcommand(word)
                        .unwrap_or_else(|| panic!("{line}: no {word}"));
                }
            }
            assert!(!command.has_subcommands(), "{line} lacks its verb");
        }
    }

    #[test]
    fn patterns_find_parts_and_stars() {
        assert!(has("orgs.sddcs.delete", "SDDCS"));
        assert!(has("orgs.sddcs.delete", "orgs.*.delete"));
        assert!(!has("orgs.sddcs.delete", "delete*sddcs"));
    }
}
