//! `vmc public-ip`.

use clap::{ArgGroup, Args, Subcommand};
use vmc_api::legacy;
use vmc_api::models::{PublicIpAction, Sddc, SddcAllocatePublicIpSpec, SddcPublicIp};

use crate::args::{SddcArg, YesArg};
use crate::commands::task;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{ChangeArgs, Mutation};
use crate::output::{Cell, Column};
use crate::pick::Pick;
use crate::resolve::{sddc_told, sddc_told_exactly, usable_name};

/// Examples of a verb, and what every verb says of itself.
macro_rules! help {
    ($examples:literal) => {
        concat!(
            "Examples:\n",
            $examples,
            "\n\nOnly SDDCs of old, with NSX-V, have public IPs like these. With NSX-T they are \
             NSX's: /cloud-service/api/v1/infra/public-ips of the SDDC's NSX."
        )
    };
}

/// Verbs of `vmc public-ip`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the public IPs of an SDDC of old
    #[command(
        visible_alias = "ls",
        after_help = help!(
            "  vmc public-ip list --sddc lab\n  vmc public-ip list --sddc lab --management -o json"
        )
    )]
    List(List),
    /// Show one public IP
    #[command(
        visible_alias = "get",
        after_help = help!(
            "  vmc public-ip show 203.0.113.7 --sddc lab\n  vmc public-ip show web --sddc lab -o json"
        )
    )]
    Show(Show),
    /// Take more public IPs
    #[command(after_help = help!(
        "  vmc public-ip create --name web --sddc lab\n  \
         vmc public-ip create --count 2 --sddc lab --dry-run\n  \
         vmc public-ip create --name web --private-ip 192.168.1.5 --sddc lab"
    ))]
    Create(Create),
    /// Attach, detach or rename a public IP
    #[command(after_help = help!(
        "  vmc public-ip update web --attach 192.168.1.5 --sddc lab\n  \
         vmc public-ip update web --detach --sddc lab\n  \
         vmc public-ip update web --rename www --sddc lab"
    ))]
    Update(Update),
    /// Give a public IP back
    #[command(
        visible_alias = "rm",
        after_help = help!(
            "  vmc public-ip delete web --sddc lab\n  vmc public-ip delete 203.0.113.7 --sddc lab --yes"
        )
    )]
    Delete(Delete),
}

/// Arguments of `vmc public-ip list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Those of the management gateway
    #[arg(long)]
    management: bool,

    #[command(flatten)]
    sddc: SddcArg,
}

/// Arguments of `vmc public-ip show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Public IP: the address itself, its name or its id
    #[arg(value_name = "IP")]
    target: String,

    /// One of the management gateway
    #[arg(long)]
    management: bool,

    #[command(flatten)]
    sddc: SddcArg,
}

/// Arguments of `vmc public-ip create`.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// How many [default: as many as there are names, or 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,

    /// Name of one; once for each
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,

    /// Address in the SDDC to attach one to; once for each, in order
    #[arg(long = "private-ip", value_name = "ADDRESS")]
    private_ips: Vec<String>,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

/// Arguments of `vmc public-ip update`.
#[derive(Debug, Args)]
#[command(
    group(ArgGroup::new("action").required(true)),
    override_usage = "vmc public-ip update <IP> --attach|--reattach|--detach|--rename [OPTIONS]"
)]
pub(crate) struct Update {
    /// Public IP: the address itself, its name or its id
    #[arg(value_name = "IP")]
    target: String,

    /// Attach it to this address in the SDDC
    #[arg(long, value_name = "ADDRESS", group = "action")]
    attach: Option<String>,

    /// Attach it to another address in the SDDC
    #[arg(long, value_name = "ADDRESS", group = "action")]
    reattach: Option<String>,

    /// Take it off the address it is attached to
    #[arg(long, group = "action")]
    detach: bool,

    /// Give it another name
    #[arg(long, value_name = "NAME", group = "action")]
    rename: Option<String>,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

/// Arguments of `vmc public-ip delete`.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Public IP: the address itself, its id, or its name letter for letter
    #[arg(value_name = "IP")]
    target: String,

    #[command(flatten)]
    yes: YesArg,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => {
                let sddc = sddc_told(context).await?;
                let ips = list(context, &sddc, command.management).await?;
                context.printer()?.list(&ips, &columns())
            }
            Self::Show(command) => command.run(context).await,
            Self::Create(command) => command.run(context).await,
            Self::Update(command) => command.run(context).await,
            Self::Delete(command) => command.run(context).await,
        }
    }
}

impl Show {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = sddc_told(context).await?;
        let ips = list(context, &sddc, self.management).await?;
        let (org, vmc) = (context.org().await?, context.vmc()?);
        let id = id(pick(&ips).one(&self.target)?)?;
        let ip = if self.management {
            vmc.send(legacy::GetMgwPublicIp::new(org, &sddc.id, id))
                .await?
        } else {
            vmc.send(legacy::GetPublicIp::new(org, &sddc.id, id))
                .await?
        };
        context.printer()?.show(&ip, &columns())
    }
}

impl Create {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let (names, privates) = (self.names.len(), self.private_ips.len());
        let count = self
            .count
            .map_or(names.max(privates).max(1), |count| count as usize);
        if names > count || privates > count {
            return Err(Error::usage(format!(
                "{names} names and {privates} private addresses do not fit to {count} public IPs"
            )));
        }
        let sddc = sddc_told(context).await?;
        let before = list(context, &sddc, false).await?;
        let mut spec = SddcAllocatePublicIpSpec::new(u32::try_from(count).unwrap_or(u32::MAX));
        spec.names = (names > 0).then_some(self.names);
        spec.private_ips = (privates > 0).then_some(self.private_ips);
        let create = legacy::AllocatePublicIps::new(context.org().await?, &sddc.id, spec);
        mutation(context, "the allocation", "", &sddc)
            .alone_on(&sddc, self.change.while_busy)
            .show(&self.change.task, create, async |_| {
                let mut ips = list(context, &sddc, false).await?;
                ips.retain(|ip| before.iter().all(|old| old.public_ip != ip.public_ip));
                context.printer()?.list(&ips, &columns())
            })
            .await
    }
}

impl Update {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = sddc_told(context).await?;
        let ips = list(context, &sddc, false).await?;
        let ip = pick(&ips).exactly(&self.target)?;
        let id = id(ip)?;
        let mut wanted = ip.clone();
        let action = if let Some(address) = self.attach {
            wanted.associated_private_ip = Some(address);
            PublicIpAction::Attach
        } else if let Some(address) = self.reattach {
            wanted.associated_private_ip = Some(address);
            PublicIpAction::Reattach
        } else if let Some(name) = self.rename {
            usable_name(&name)?;
            wanted.name = Some(name);
            PublicIpAction::Rename
        } else {
            PublicIpAction::Detach
        };
        let org = context.org().await?;
        let update = legacy::UpdatePublicIp::new(org, &sddc.id, id, action, wanted);
        mutation(context, "the change", address(ip), &sddc)
            .alone_on(&sddc, self.change.while_busy)
            .show(&self.change.task, update, async |_| {
                let get = legacy::GetPublicIp::new(org, &sddc.id, id);
                let ip = context.vmc()?.send(get).await?;
                context.printer()?.show(&ip, &columns())
            })
            .await
    }
}

impl Delete {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = sddc_told_exactly(context).await?;
        let ips = list(context, &sddc, false).await?;
        let ip = pick(&ips).exactly(&self.target)?;
        let delete = legacy::DeletePublicIp::new(context.org().await?, &sddc.id, id(ip)?);
        let name = ip.name.as_deref().filter(|name| !name.is_empty());
        let called = name.unwrap_or(address(ip));
        let attached = ip.associated_private_ip.as_deref();
        let attached = attached.map_or_else(String::new, |to| format!(", attached to {to},"));
        let what_goes = format!(
            "This gives public IP {}{attached} back. It cannot be undone.",
            address(ip)
        );
        let ended = mutation(context, "the deletion", address(ip), &sddc)
            .alone_on(&sddc, self.change.while_busy)
            .ask(&self.yes, what_goes, called)
            .run(&self.change.task, delete)
            .await?;
        match ended {
            Some(task) => context.printer()?.show(&task, &task::columns()),
            None => Ok(()),
        }
    }
}

fn mutation<'a>(context: &'a Context, what: &'a str, ip: &str, sddc: &Sddc) -> Mutation<'a> {
    let find_out = format!("vmc public-ip list --sddc {}", sddc.id);
    let name = format!("Public IP {ip}");
    Mutation::new(context, what, name.trim_end(), find_out)
}

async fn list(
    context: &Context,
    sddc: &Sddc,
    management: bool,
) -> Result<Vec<SddcPublicIp>, Error> {
    let (org, vmc) = (context.org().await?, context.vmc()?);
    let mut ips = if management {
        vmc.send(legacy::ListMgwPublicIps::new(org, &sddc.id))
            .await?
    } else {
        vmc.send(legacy::ListPublicIps::new(org, &sddc.id)).await?
    };
    ips.sort_by(|a, b| {
        a.name
            .cmp(&b.name)
            .then_with(|| a.public_ip.cmp(&b.public_ip))
    });
    Ok(ips)
}

fn pick(ips: &[SddcPublicIp]) -> Pick<'_, SddcPublicIp> {
    Pick::new("public IP", ips, address, |ip| {
        ip.name.as_deref().unwrap_or_default()
    })
    .or(|ip| ip.allocation_id.as_deref().unwrap_or_default())
}

fn address(ip: &SddcPublicIp) -> &str {
    ip.public_ip.as_deref().unwrap_or_default()
}

/// The id it has in paths.
fn id(ip: &SddcPublicIp) -> Result<&str, Error> {
    ip.allocation_id.as_deref().ok_or_else(|| {
        Error::failed(format!(
            "the service tells no id of public IP {}",
            address(ip)
        ))
    })
}

fn columns() -> Vec<Column<SddcPublicIp>> {
    vec![
        Column::new("Address", |ip: &SddcPublicIp| Cell::new(address(ip))).id(),
        Column::new("Name", |ip: &SddcPublicIp| Cell::maybe(ip.name.as_deref())).shorten(12),
        Column::new("Private IP", |ip: &SddcPublicIp| {
            Cell::maybe(ip.associated_private_ip.as_deref())
        }),
        Column::new("Id", |ip: &SddcPublicIp| {
            Cell::maybe(ip.allocation_id.as_deref())
        }),
    ]
}
