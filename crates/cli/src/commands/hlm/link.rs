//! `vmc hlm link`.

use clap::Args;
use vcenter_hlm::{CreateLink, Hlm, LinkSpec, LinkState, Linked, Plan, group_problem};

use super::here::HereArgs;
use super::peer::PeerArgs;
use super::{Row, act, columns, credentials_help};
use crate::args::DryRunArg;
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;

/// Arguments of `vmc hlm link`.
#[derive(Debug, Args)]
#[command(after_help = credentials_help!("\
Examples:
  vmc hlm link --sddc lab --psc vcenter.example.com \\
      --admin-group cloudadmins@example.com
  vmc hlm link --sddc lab --psc 10.161.2.5 --thumbprint F9:1C:2B:E7:… \\
      --psc-password-file pw.txt --dry-run
  vmc hlm link --gateway --vcenter gateway.example.com --sddc lab \\
      --username administrator@vsphere.local

What is linked already is left alone, with exit code 0."))]
pub(crate) struct Link {
    /// Group of the other side that gets the rights of a cloud administrator; can be repeated
    #[arg(long = "admin-group", value_name = "GROUP")]
    admin_groups: Vec<String>,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    peer: PeerArgs,

    #[command(flatten)]
    here: HereArgs,
}

/// What came of it.
enum Done {
    Planned(Box<LinkSpec>),
    Linked(Box<Linked>),
}

impl Link {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        must_be_groups(&self.admin_groups)?;
        let peer = self.peer.read(context, &self.here).await?;
        let here = self.here.read(context).await?;
        let find_out = self.here.again(context, "vmc hlm list");
        let (address, domain) = (here.address.to_string(), peer.domain.clone());
        // Where there is nothing to do, its password is not needed.
        let mut spec = LinkSpec::with(&peer.address, &peer.domain, &peer.who.user, "");
        spec.admin_groups = Some(self.admin_groups).filter(|groups| !groups.is_empty());
        let flavour = here.flavour;
        let dry_run = self.dry_run.dry_run;
        let work = |vcenter| async move {
            let hlm = Hlm::new(&vcenter, flavour);
            let mut spec = match hlm.plan(spec, &peer.trust).await? {
                Plan::Nothing(link) => return Ok(Done::Linked(Box::new(Linked::Already(link)))),
                Plan::Make(spec) => spec,
            };
            if dry_run {
                return Ok(Done::Planned(Box::new(spec)));
            }
            spec.password = peer.who.password(context).await?.into();
            let link = hlm.link(spec, &peer.trust);
            act(context, "the link", &find_out, link)
                .await
                .map(|linked| Done::Linked(Box::new(linked)))
        };
        match here.session(context, work).await? {
            Done::Planned(spec) => dry_run::show(context, &CreateLink::new(*spec)),
            Done::Linked(linked) => {
                let what = match *linked {
                    // The error says more.
                    _ if linked.link().is_unhealthy() => String::new(),
                    Linked::Made(_) => format!("{address} is linked with {domain}."),
                    Linked::Already(_) => {
                        format!("{address} is linked with {domain} already. Nothing to do.")
                    }
                };
                if !what.is_empty() {
                    context.say(&what);
                }
                show(context, linked.link())
            }
        }
    }
}

/// Shows a link; one that does not work is a failure, whoever made it.
fn show(context: &Context, link: &LinkState) -> Result<(), Error> {
    context.printer()?.show(&Row::new(link)?, &columns())?;
    if !link.is_unhealthy() {
        return Ok(());
    }
    let name = super::name(&link.summary);
    let message = link
        .message()
        .unwrap_or_else(|| "it gives no reason".into());
    Err(Error::failed(format!(
        "the link with {name} is there, but does not work: {message}"
    ))
    .hint(format!(
        "Look for the reason with 'vmc hlm check'. To begin anew: vmc hlm unlink {}, then link again.",
        crate::context::shell_word(name)
    )))
}

/// Groups whose names a vCenter can find.
pub(super) fn must_be_groups(groups: &[String]) -> Result<(), Error> {
    match groups
        .iter()
        .find_map(|group| Some((group, group_problem(group)?)))
    {
        Some((group, problem)) => Err(Error::usage(format!("{group:?} is no group: {problem}"))
            .hint("Write it as group@domain or 'DOMAIN\\group'.")),
        None => Ok(()),
    }
}
