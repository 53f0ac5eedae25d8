//! `vmc sddc show`.

use clap::Args;

use super::columns;
use crate::args::{OrgArg, RevealArg};
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column};
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc sddc show my-sddc
  vmc sddc show my-sddc --reveal
  vmc sddc show my-sddc -o json";

/// Arguments of `vmc sddc show`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// SDDC, by name or id
    #[arg(value_name = "SDDC")]
    target: String,

    #[command(flatten)]
    reveal: RevealArg,

    #[command(flatten)]
    org: OrgArg,
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc(context, &self.target).await?;
        let mut printer = context.printer()?;
        printer.reveal = self.reveal.reveal;
        let mut columns = columns();
        if self.reveal.reveal {
            columns.push(Column::new(
                "vCenter password",
                |sddc: &vmc_api::models::Sddc| {
                    let config = sddc.resource_config.as_ref();
                    Cell::maybe(
                        config
                            .and_then(|config| config.cloud_password.as_ref())
                            .map(vmc_http::Secret::expose),
                    )
                },
            ));
        }
        printer.show(&sddc, &columns)
    }
}
