//! A template's review as a table.

use aws_link::{PlannedChange, Review, Role, TemplateChange};

use crate::context::Context;
use crate::output::style::Paint;
use crate::output::{Cell, Column, Format, Printer, error_width};
use crate::progress::Progress;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The resource's name in the template.
    resource: String,
    /// What is said of it.
    what: &'static str,
    /// That.
    detail: String,
}

/// Tells what a template would create, before it is created.
pub(super) fn tell(context: &Context, progress: &Progress, review: &Review) {
    progress.note(&format!(
        "Template from {}, SHA-256 {}…",
        review.origin,
        review.sha256.get(..16).unwrap_or_default()
    ));
    let env = context.settings().env();
    let printer = Printer {
        format: Format::Table,
        paint: Paint::stderr(context.global.color, env),
        width: Some(error_width(env)),
        reveal: false,
    };
    let text = printer.columns_text(&grouped(lines(review)), &columns());
    progress.block(&text);
    if let Some(why) = &review.not_reviewed {
        progress.note(&format!("Its roles could not be read: {why}"));
    }
    for concern in &review.concerns {
        context.warn(&format!("template: {concern}"));
    }
}

/// What is in a template, a line for each thing.
pub(super) fn lines(review: &Review) -> Vec<Line> {
    let mut lines = Vec::new();
    for resource in &review.resources {
        let line = |what, detail: &str| Line {
            resource: resource.id.clone(),
            what,
            detail: detail.to_owned(),
        };
        lines.push(line("type", &resource.kind));
        let role = review
            .roles
            .iter()
            .find(|role| role.id == resource.id && !role.id.is_empty());
        lines.extend(
            role.into_iter()
                .flat_map(about)
                .map(|(what, detail)| line(what, &detail)),
        );
    }
    lines
}

/// What a careful reader would stop at.
pub(super) fn concerns(review: &Review) -> Vec<Line> {
    let line = |concern: &String| Line {
        resource: String::new(),
        what: "concern",
        detail: concern.clone(),
    };
    review.concerns.iter().map(line).collect()
}

/// A difference from the template seen before.
pub(super) fn changed(change: &TemplateChange) -> Line {
    Line {
        resource: change.resource.clone(),
        what: change.change.as_str(),
        detail: change.value.clone(),
    }
}

/// What CloudFormation would do.
pub(super) fn planned(change: &PlannedChange) -> Line {
    Line {
        resource: change.resource.clone(),
        what: "change set",
        detail: format!("{} {}", change.action, change.resource_type),
    }
}

fn about(role: &Role) -> Vec<(&'static str, String)> {
    let plain = |what: &'static str, texts: &[String]| -> Vec<(&'static str, String)> {
        texts.iter().map(|text| (what, text.clone())).collect()
    };
    let mut about = plain("trusts", &role.trusts);
    about.extend(plain("if", &role.conditions));
    let name = |policy: &String| policy.replace("arn:aws:iam::aws:policy/", "");
    let policies: Vec<String> = role.managed_policies.iter().map(name).collect();
    about.extend(plain("policy", &policies));
    about.extend(plain("may", &by_service(&role.actions)));
    about
}

/// `ec2: DescribeSubnets, DescribeVpcs` for each service.
fn by_service(actions: &[String]) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for action in actions {
        let (service, name) = action.split_once(':').unwrap_or(("", action));
        match groups.iter_mut().find(|(known, _)| *known == service) {
            Some((_, names)) => names.push(name),
            None => groups.push((service, vec![name])),
        }
    }
    let group = |(service, names): (&str, Vec<&str>)| match service {
        "" => names.join(", "),
        service => format!("{service}: {}", names.join(", ")),
    };
    groups.into_iter().map(group).collect()
}

/// Names a resource once, as tables for people do.
pub(super) fn grouped(mut lines: Vec<Line>) -> Vec<Line> {
    let mut last = String::new();
    for line in &mut lines {
        if !line.resource.is_empty() && line.resource == last {
            line.resource.clear();
        } else {
            last.clone_from(&line.resource);
        }
    }
    lines
}

pub(super) fn columns() -> Vec<Column<Line>> {
    vec![
        Column::new("Resource", |line: &Line| Cell::new(&line.resource)).shorten(12),
        Column::new("What", |line: &Line| Cell::new(line.what)),
        Column::new("Detail", |line: &Line| Cell::new(&line.detail)).wrap(24),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_grouped_by_service() {
        let actions = ["*", "ec2:A", "ec2:B", "logs:*"].map(str::to_owned);
        assert_eq!(by_service(&actions), ["*", "ec2: A, B", "logs: *"]);
    }

    #[test]
    fn a_resource_is_named_once() {
        let line = |resource: &str, what| Line {
            resource: resource.into(),
            what,
            detail: String::new(),
        };
        let lines = vec![
            line("a", "type"),
            line("a", "may"),
            line("", "type"),
            line("b", "type"),
        ];
        let names: Vec<String> = grouped(lines)
            .into_iter()
            .map(|line| line.resource)
            .collect();
        assert_eq!(names, ["a", "", "", "b"]);
    }
}
