//! `vmc link status`.

use aws_link::{LinkStatus, LinkSummary, LinkUser, RoleUsers, SeenStack};
use clap::Args;
use serde_json::json;

use super::link;
use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, Format, cells};

const EXAMPLES: &str = "\
Examples:
  vmc link status
  vmc link status --aws-profile lab-admin -o json

Works without AWS credentials; what they would tell is left out then. Changes \
nothing.";

/// Arguments of `vmc link status`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Status {
    /// Profile of the AWS configuration [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,

    #[command(flatten)]
    org: OrgArg,
}

impl Status {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let status = link(context).await?.status().await?;
        let links = status.links();
        let printer = context.printer()?;
        if matches!(printer.format, Format::Json | Format::Jsonl | Format::Yaml) {
            return printer.document(document(&status, &links));
        }
        if printer.format != Format::Table {
            return printer.list(&links, &columns());
        }
        if links.is_empty() {
            printer.raw("No AWS account is linked.\n")?;
        } else {
            printer.list(&links, &columns())?;
        }
        let mut lines = vec![(
            "AWS account",
            match &status.identity {
                Ok(own) => Cell::new(format!("{} ({})", own.account, own.arn)),
                Err(error) => Cell::new(format!("not known: {error}")),
            },
        )];
        match &status.stack {
            Ok(Some(seen)) => {
                let left_over = match (status.left_over(), status.still_used()) {
                    (Some(_), _) => ", left over",
                    (None, Some(_)) => ", without a link",
                    (None, None) => "",
                };
                let text = stack(seen) + left_over;
                lines.push(("Stack", Cell::new(text)));
            }
            Ok(None) if status.identity.is_ok() => lines.push(("Stack", Cell::new("none"))),
            Ok(None) => {}
            Err(error) => lines.push(("Stack", Cell::new(format!("not known: {error}")))),
        }
        if status.still_used().is_some() {
            let users = match &status.users {
                RoleUsers::Read(users) => labels(users),
                RoleUsers::Unread(why) => format!("not known: {why}"),
                _ => "not known".to_owned(),
            };
            lines.push(("Roles used by", Cell::new(users)));
        }
        // Whose account is ours is not known without AWS credentials.
        let ours = |link: &&LinkSummary| link.current || status.identity.is_err();
        let mut states = links.iter().filter(ours).map(|link| link.state.as_deref());
        // What is wrong with a link that is not ACTIVE, linking does not tell.
        let next_step = match states.clone().any(|state| state == Some("ACTIVE")) {
            true => None,
            false if states.any(|state| state != Some("DELETED")) => Some("vmc link verify"),
            false => Some("vmc link up"),
        };
        let next = match (status.unlinking(), status.left_over(), &status.identity) {
            (Some(account), ..) => {
                lines.push(("Unlinking", Cell::new("begun, and not finished")));
                Some(context.to_type(&format!("vmc link unlink {account}")))
            }
            (None, Some(_), Ok(own)) => {
                let replace = context.to_type("vmc link up --replace-stack");
                let unlink = context.to_type(&format!("vmc link unlink {}", own.account));
                Some(format!("{unlink}, or {replace}"))
            }
            // Its roles have to stay, so neither unlinking nor replacing helps.
            _ if status.still_used().is_some() => Some(context.to_type("vmc sddc list")),
            _ => next_step.map(|next| context.to_type(next)),
        };
        if let Some(next) = next {
            lines.push(("Next", Cell::new(next)));
        }
        printer.raw(&format!("\n{}", printer.lines(&lines)))
    }
}

fn labels(users: &[LinkUser]) -> String {
    let names: Vec<&str> = users.iter().map(LinkUser::label).collect();
    names.join(", ")
}

fn stack(seen: &SeenStack) -> String {
    let stack = &seen.stack;
    format!("{} in {}, {}", stack.name, stack.region, stack.status)
}

fn document(status: &LinkStatus, links: &[LinkSummary]) -> serde_json::Value {
    json!({
        "links": links,
        "aws": match &status.identity {
            Ok(own) => json!({"account": own.account, "arn": own.arn}),
            Err(error) => json!({"error": error.to_string()}),
        },
        "unlinking": status.unlinking().is_some(),
        "stack_left_over": status.left_over().is_some(),
        "stack_used_by": match &status.users {
            RoleUsers::Read(users) => json!(users),
            RoleUsers::Unread(why) => json!({"error": why}),
            _ => json!(null),
        },
        "stack": match &status.stack {
            Ok(Some(seen)) => json!(seen.stack),
            Ok(None) => json!(null),
            Err(error) => json!({"error": error.to_string()}),
        },
    })
}

fn columns() -> Vec<Column<LinkSummary>> {
    vec![
        Column::new("Account", |link: &LinkSummary| {
            Cell::maybe(link.account_number.as_deref())
        }),
        Column::new("Id", |link: &LinkSummary| Cell::new(&link.id)).id(),
        Column::new("State", |link: &LinkSummary| {
            cells::state(link.state.as_deref())
        }),
        Column::new("Yours", |link: &LinkSummary| {
            Cell::new(if link.current { "yes" } else { "" })
        }),
        Column::new("Stack", |link: &LinkSummary| {
            Cell::maybe(link.stack.as_deref())
        })
        .optional(),
    ]
}
