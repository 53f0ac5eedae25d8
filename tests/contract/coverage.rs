//! The page `docs/coverage.md`.

use std::fmt::Write as _;

use crate::check::client_operation;
use crate::facts::Facts;
use crate::ours::Ours;

const TITLES: [&str; 4] = [
    "VMC API",
    "Calls that only older bindings have",
    "Elastic DRS (autoscaler)",
    "SDDC groups",
];

/// What of the facts is there.
pub(crate) fn page(facts: &Facts, ours: &Ours) -> String {
    let mut page = String::from(
        "# Coverage\n\nMade from `spec/` by `cargo xtask spec`; do not edit. \
         `vmc explore NAME` shows an operation with its body and its command.\n",
    );
    let mut file_before = None;
    for (file, operation) in facts.operations() {
        if file_before != Some(file) {
            let count = facts
                .operations()
                .filter(|(other, _)| *other == file)
                .count();
            let _ = write!(
                page,
                "\n## {}: {count} operations\n\n| operation | call | client | replay | simulated |\n|---|---|---|---|---|\n",
                TITLES[file]
            );
            file_before = Some(file);
        }
        let id = operation["id"].as_str().unwrap_or_default();
        let path = operation["path"].as_str().unwrap_or_default();
        let method = operation["method"].as_str().unwrap_or_default();
        let client = client_operation(ours, id, path);
        let _ = writeln!(
            page,
            "| `{id}` | {method} `{path}` | {} | {} | {} |",
            if client.is_some() { "yes" } else { "**no**" },
            client.map_or("", |operation| operation.replay),
            simulated(ours, id),
        );
    }
    page.push_str(
        "\n## The programming guide's table of REST interfaces\n\n\
         | row | call | operation | client | simulated |\n|---|---|---|---|---|\n",
    );
    for row in facts.table["rows"].as_array().into_iter().flatten() {
        let word = |name: &str| row[name].as_str().unwrap_or_default();
        let client = client_operation(ours, word("id"), word("sdk_path")).is_some();
        let _ = writeln!(
            page,
            "| {} | {} `{}` | `{}` | {} | {} |",
            row["row"],
            word("method"),
            word("seed_path"),
            word("id"),
            if client { "yes" } else { "**no**" },
            simulated(ours, word("id")),
        );
    }
    page
}

fn simulated(ours: &Ours, id: &str) -> String {
    if ours.simulated.iter().any(|known| known == id) {
        return "yes".into();
    }
    let reason = ours.unsimulated.iter().find(|(known, _)| known == id);
    reason.map_or("**no**".into(), |(_, why)| format!("no: {why}"))
}
