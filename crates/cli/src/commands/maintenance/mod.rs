//! `vmc maintenance`: what is planned, and the windows it may be done in.

mod list;
mod support_window;
mod window;

use clap::Subcommand;
use vmc_api::Int;

use crate::context::Context;
use crate::error::Error;
use crate::output::Cell;

/// Verbs of `vmc maintenance`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the maintenance that is planned, under way or over
    #[command(visible_alias = "ls")]
    List(list::List),
    /// List the weekly windows of SDDCs
    Windows(window::List),
    /// Show the weekly window of one SDDC
    #[command(visible_alias = "get")]
    Show(window::Show),
    /// Move the weekly window of an SDDC
    SetWindow(window::Set),
    /// List the vendor's support windows, and which SDDCs are in them
    SupportWindows(support_window::List),
    /// Move an SDDC to another support window
    SetSupportWindow(support_window::Set),
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Windows(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
            Self::SetWindow(command) => command.run(context).await,
            Self::SupportWindows(command) => command.run(context).await,
            Self::SetSupportWindow(command) => command.run(context).await,
        }
    }
}

/// `02:00`
fn hour(hour: Option<&Int>) -> Cell {
    Cell::maybe(hour.map(|hour| format!("{:02}:00", hour.get())))
}

/// A number.
fn number(number: Option<&Int>) -> Cell {
    Cell::maybe(number.map(ToString::to_string))
}
