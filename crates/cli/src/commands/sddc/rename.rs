//! `vmc sddc rename`.

use clap::Args;
use vmc_api::sddcs;

use super::columns;
use crate::args::{DryRunArg, OrgArg};
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc sddc rename my-sddc production
  vmc sddc rename my-sddc production --dry-run";

/// Arguments of `vmc sddc rename`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rename {
    /// SDDC, by name or id
    #[arg(value_name = "SDDC")]
    target: String,

    /// The new name
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    name: String,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    org: OrgArg,
}

impl Rename {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        resolve::usable_name(&self.name)?;
        let org = context.org().await?;
        let id = resolve::sddc(context, &self.target).await?.id;
        let rename = sddcs::Patch::rename(org, &id, self.name);
        if self.dry_run.dry_run {
            return dry_run::show(context, &rename);
        }
        let find_out = format!("vmc sddc show {id}{}", context.resume_flags());
        let request = context.vmc()?.send(rename);
        let sddc = context.act("the renaming", &find_out, request).await?;
        context.printer()?.show(&sddc, &columns())
    }
}
