//! `vmc enablement`.

use clap::{Args, Subcommand};
use vmc_api::enablements;
use vmc_api::models::{EnablementInfo, EnablementName};

use crate::args::{DryRunArg, SddcArg};
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve::{or_see, sddc_told};

/// Verbs of `vmc enablement`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the add-ons of an SDDC, and whether each is enabled
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc enablement list --sddc lab
  vmc enablement list --sddc lab -o json"
    )]
    List(SddcArg),
    /// Enable an add-on
    #[command(after_help = "\
Examples:
  vmc enablement enable hcx --sddc lab
  vmc enablement enable hcx --sddc lab --dry-run")]
    Enable(Change),
    /// Disable an add-on
    #[command(after_help = "\
Examples:
  vmc enablement disable hcx --sddc lab
  vmc enablement disable hcx --sddc lab --dry-run")]
    Disable(Change),
}

/// Arguments of `vmc enablement enable` and `disable`.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Name of the add-on, as in hcx or draas
    #[arg(value_name = "ADDON")]
    name: String,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    sddc: SddcArg,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(_) => {
                let sddc = sddc_told(context).await?;
                let list = enablements::List::new(context.org().await?, &sddc.id);
                let mut list = context.vmc()?.send(list).await?;
                list.sort_by(|a, b| name(a).cmp(&name(b)));
                context.printer()?.list(&list, &columns())
            }
            Self::Enable(command) => command.run(context, true).await,
            Self::Disable(command) => command.run(context, false).await,
        }
    }
}

impl Change {
    async fn run(self, context: &Context, enable: bool) -> Result<(), Error> {
        let (org, vmc) = (context.org().await?, context.vmc()?);
        let sddc = sddc_told(context).await?;
        let change = if enable {
            enablements::Change::enable(org, &sddc.id, &*self.name)
        } else {
            enablements::Change::disable(org, &sddc.id, &*self.name)
        };
        if self.dry_run.dry_run {
            return dry_run::show(context, &change);
        }
        let find_out = format!(
            "vmc enablement list --sddc {}{}",
            sddc.id,
            context.resume_flags()
        );
        context
            .act("the change", &find_out, vmc.send(change))
            .await
            .map_err(|error| or_see(error, &find_out))?;
        let list = match vmc.send(enablements::List::new(org, &sddc.id)).await {
            Ok(list) => list,
            Err(error) => {
                context.warn(&format!("it is done, but cannot be shown: {error}"));
                let mut asked = EnablementInfo::new();
                asked.name = Some(self.name.as_str().into());
                asked.enabled = Some(enable);
                return context.printer()?.show(&asked, &columns());
            }
        };
        let ours = |one: &&EnablementInfo| name(one) == Some(&*self.name);
        match list.iter().find(ours) {
            Some(one) => context.printer()?.show(one, &columns()),
            None => Err(Error::failed(format!(
                "the service took the change, and lists no add-on {:?} afterwards",
                self.name
            ))
            .hint(format!("To see what it lists: {find_out}"))),
        }
    }
}

fn columns() -> Vec<Column<EnablementInfo>> {
    vec![
        Column::new("Name", |one: &EnablementInfo| Cell::maybe(name(one))).id(),
        Column::new("Enabled", |one: &EnablementInfo| cells::yes(one.enabled)),
    ]
}

fn name(one: &EnablementInfo) -> Option<&str> {
    one.name.as_ref().map(EnablementName::as_str)
}
