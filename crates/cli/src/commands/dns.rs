//! `vmc dns`: which addresses the names of management appliances resolve to.

use clap::{Args, Subcommand, ValueEnum};
use vmc_api::models::{IpType, Sddc};
use vmc_api::{ManagementVmId, StartsTask, dns};

use crate::args::SddcArg;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{ChangeArgs, Mutation};
use crate::output::{Cell, Column};
use crate::resolve;

/// Verbs of `vmc dns`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show which address vCenter's name resolves to
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc dns show --sddc my-sddc"
    )]
    Show(Show),
    /// Choose which address vCenter's name resolves to
    ///
    /// A private address is reached through a VPN or Direct Connect only.
    #[command(after_help = "\
Examples:
  vmc dns set private --sddc my-sddc
  vmc dns set public --sddc my-sddc --dry-run")]
    Set(Set),
    /// Choose which address the name of one management appliance resolves to
    ///
    /// For appliances of add-ons, such as HCX or Site Recovery.
    #[command(after_help = "\
Examples:
  vmc dns set-vm vcenter private --sddc my-sddc
  vmc dns set-vm hcx public --sddc my-sddc --no-wait")]
    SetVm(SetVm),
}

/// Arguments of `vmc dns show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    sddc: SddcArg,
}

/// Arguments of `vmc dns set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Which address
    #[arg(value_name = "WHICH")]
    which: Which,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

/// Arguments of `vmc dns set-vm`.
#[derive(Debug, Args)]
pub(crate) struct SetVm {
    /// Appliance, by the id that the service gives it
    #[arg(value_name = "VM")]
    vm: String,

    /// Which address
    #[arg(value_name = "WHICH")]
    which: Which,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The one inside the SDDC
    Private,
    /// The one on the internet
    Public,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Show(_) => {
                let sddc = resolve::sddc_told(context).await?;
                print(context, &sddc)
            }
            Self::Set(command) => command.run(context).await,
            Self::SetVm(command) => command.run(context).await,
        }
    }
}

impl Set {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let org = context.org().await?;
        let sddc = resolve::sddc_told(context).await?;
        match self.which {
            Which::Private => {
                let set = dns::UsePrivate::new(org, &sddc.id);
                change(context, &sddc, &self.change, set).await
            }
            Which::Public => {
                let set = dns::UsePublic::new(org, &sddc.id);
                change(context, &sddc, &self.change, set).await
            }
        }
    }
}

impl SetVm {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let which = match self.which {
            Which::Private => IpType::Private,
            Which::Public => IpType::Public,
        };
        let sddc = resolve::sddc_told(context).await?;
        let vm = ManagementVmId::from(self.vm);
        let set = dns::SetManagementVm::new(context.org().await?, &sddc.id, vm, which);
        change(context, &sddc, &self.change, set).await
    }
}

async fn change<O: StartsTask>(
    context: &Context,
    sddc: &Sddc,
    args: &ChangeArgs,
    set: O,
) -> Result<(), Error> {
    let label = format!("DNS of {}", sddc.name.as_deref().unwrap_or_default());
    let find_out = format!("vmc task list --resource {}", sddc.id);
    Mutation::new(context, "the change of names", label, find_out)
        .alone_on(sddc, args.while_busy)
        .show(&args.task, set, async |_| {
            print(context, &resolve::sddc(context, sddc.id.as_str()).await?)
        })
        .await
}

fn print(context: &Context, sddc: &Sddc) -> Result<(), Error> {
    context.printer()?.show(sddc, &columns())
}

fn columns() -> Vec<Column<Sddc>> {
    fn config(sddc: &Sddc) -> Option<&vmc_api::models::AwsSddcResourceConfig> {
        sddc.resource_config.as_ref()
    }
    vec![
        Column::new("SDDC", |sddc: &Sddc| Cell::maybe(sddc.name.as_deref())),
        Column::new("Id", |sddc: &Sddc| Cell::new(sddc.id.as_str())).id(),
        Column::new("vCenter resolves to", |sddc: &Sddc| {
            let private = config(sddc).and_then(|config| config.dns_with_management_vm_private_ip);
            Cell::maybe(private.map(|private| match private {
                true => "its private address",
                false => "its public address",
            }))
        }),
        Column::new("vCenter", |sddc: &Sddc| {
            Cell::maybe(config(sddc).and_then(|config| config.vc_url.as_deref()))
        }),
        Column::new("Public address", |sddc: &Sddc| {
            Cell::maybe(config(sddc).and_then(|config| config.vc_public_ip.as_deref()))
        }),
        Column::new("Private address", |sddc: &Sddc| {
            Cell::maybe(config(sddc).and_then(|config| config.vc_management_ip.as_deref()))
        }),
    ]
}
