//! `vmc sddc list`.

use clap::Args;
use vmc_api::sddcs;

use super::columns;
use crate::args::{OrgArg, RevealArg};
use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  vmc sddc list
  vmc sddc list --filter \"(sddc_state eq 'READY')\" -o name
  vmc sddc list --deleted -o json";

/// Arguments of `vmc sddc list`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// Deleted ones as well
    #[arg(long)]
    deleted: bool,

    /// Condition in the service's own grammar
    #[arg(long, value_name = "CONDITION")]
    filter: Option<String>,

    #[command(flatten)]
    reveal: RevealArg,

    #[command(flatten)]
    org: OrgArg,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut list = sddcs::List::new(context.org().await?);
        if self.deleted {
            list = list.include_deleted(true);
        }
        if let Some(filter) = self.filter {
            list = list.filter(filter);
        }
        let mut sddcs = context.vmc()?.send(list).await?;
        sddcs.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        let mut printer = context.printer()?;
        printer.reveal = self.reveal.reveal;
        printer.list(&sddcs, &columns())
    }
}
