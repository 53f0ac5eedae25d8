//! `vmc hlm`: Hybrid Linked Mode, from the first look to unlinking.

mod admins;
mod check;
pub(crate) mod here;
mod link;
mod list;
mod peer;
mod unlink;

use clap::Subcommand;
use serde::Serialize;
use serde_json::Value;
use vcenter_hlm::{Health, HlmError, LinkState, LinkSummary};

use crate::context::Context;
use crate::error::Error;
use crate::exit::Class;
use crate::output::{Cell, Column, cells};

/// Verbs of `vmc hlm`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check what a link needs, without making it
    Check(Box<check::Check>),
    /// Link with a vCenter on premises
    Link(Box<link::Link>),
    /// List links, and how they are
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show one link
    #[command(visible_alias = "get")]
    Show(list::Show),
    /// Remove a link
    Unlink(unlink::Unlink),
    /// Groups with the rights of a cloud administrator
    #[command(subcommand)]
    Admins(admins::Command),
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Check(command) => command.run(context).await,
            Self::Link(command) => command.run(context).await,
            Self::List(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
            Self::Unlink(command) => command.run(context).await,
            Self::Admins(command) => command.run(context).await,
        }
    }
}

/// What every help of these commands ends with.
macro_rules! credentials_help {
    ($examples:literal) => {
        concat!(
            $examples,
            "\n\nPasswords are asked for, or come from stdin, a file, the environment or (--sddc) \
             the SDDC, and never from the command line. None is sent to a server whose certificate is \
             neither from a trusted authority nor pinned ('vmc cert pin')."
        )
    };
}
use credentials_help;

/// Runs the last request of a session, which changes something; what follows
/// is showing what came of it.
async fn act<T>(
    context: &Context,
    what: &str,
    find_out: &str,
    request: impl Future<Output = Result<T, HlmError>>,
) -> Result<T, Error> {
    let result = context.interrupt.acting_last(what, find_out, request).await;
    result.map_err(|error| {
        let error = Error::from(error);
        match Class::of(&error) {
            Some(Class::Unknown) => error.hint(format!("To find out: {find_out}")),
            _ => error,
        }
    })
}

/// A link, as it is shown: what the vCenter said of it.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    summary: Value,
    #[serde(flatten)]
    info: Value,
    #[serde(skip)]
    name: String,
    #[serde(skip)]
    id: String,
    #[serde(skip)]
    health: Option<Health>,
    #[serde(skip)]
    message: Option<String>,
}

impl Row {
    fn new(link: &LinkState) -> Result<Self, Error> {
        let no_form = |error| Error::bug("the link has no JSON form").because(error);
        let info = link.info.as_ref().map(serde_json::to_value);
        Ok(Self {
            summary: serde_json::to_value(&link.summary).map_err(no_form)?,
            info: info
                .unwrap_or_else(|| Ok(Value::Object(serde_json::Map::new())))
                .map_err(no_form)?,
            name: name(&link.summary).to_owned(),
            id: link.summary.link.to_string(),
            health: link.health().cloned(),
            message: link.message(),
        })
    }
}

/// Its domain, else its id.
fn name(link: &LinkSummary) -> &str {
    let domain = link.display_name.as_deref();
    domain.unwrap_or_else(|| link.link.as_str())
}

fn columns() -> Vec<Column<Row>> {
    vec![
        Column::new("Domain", |row: &Row| Cell::new(&row.name)),
        Column::new("Id", |row: &Row| Cell::new(&row.id)).id(),
        Column::new("Health", |row: &Row| match &row.health {
            None => Cell::new("not told"),
            Some(health) => cells::verdict(health.as_str(), Some(*health == Health::Healthy)),
        }),
        Column::new("Message", |row: &Row| Cell::maybe(row.message.as_deref())).wrap(12),
    ]
}
