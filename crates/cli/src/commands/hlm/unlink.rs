//! `vmc hlm unlink`.

use clap::Args;
use serde_json::{Value, json};
use vcenter_hlm::{
    DeleteLink, DeleteLinkWithCredentials, Flavour, Hlm, LinkCredentials, LinkSummary, Unlinked,
};

use super::here::HereArgs;
use super::peer::{PeerLoginArgs, USUAL_DOMAIN};
use super::{act, credentials_help};
use crate::args::{DryRunArg, YesArg};
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;
use crate::output::{Cell, Column};

/// Arguments of `vmc hlm unlink`.
#[derive(Debug, Args)]
#[command(after_help = credentials_help!("\
Examples:
  vmc hlm unlink vsphere.local --sddc lab
  vmc hlm unlink vsphere.local --sddc lab --yes --psc-password-file pw.txt
  vmc hlm unlink vmc.local --gateway --vcenter gateway.example.com

A link that is not there is left alone, with exit code 0. From the cloud vCenter \
it takes an administrator of the other side."))]
pub(crate) struct Unlink {
    /// Link, by domain or id
    #[arg(value_name = "LINK")]
    link: String,

    #[command(flatten)]
    yes: YesArg,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    who: PeerLoginArgs,

    #[command(flatten)]
    here: HereArgs,
}

/// What came of it.
enum Done {
    Nothing,
    Planned(Box<Value>),
    Unlinked(Unlinked),
}

impl Unlink {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let here = self.here.read(context).await?;
        let find_out = self.here.again(context, "vmc hlm list");
        let confirm = self.yes.confirm(context.no_input()?);
        let address = here.address.clone();
        let flavour = here.flavour;
        let (wanted, who, dry) = (&self.link, &self.who, self.dry_run.dry_run);
        let work = |vcenter| async move {
            let hlm = Hlm::new(&vcenter, flavour);
            let Some(link) = hlm.find(wanted).await? else {
                return Ok(Done::Nothing);
            };
            let name = super::name(&link).to_owned();
            let domain = link.display_name.as_deref().unwrap_or(USUAL_DOMAIN);
            let who = who.read(context, domain, &name)?;
            if dry {
                return request(flavour, &link, &who.user)
                    .map(|request| Done::Planned(Box::new(request)));
            }
            let what = format!(
                "This unlinks {name} from {address}. Each side is then seen from itself alone."
            );
            confirm
                .by_name(&vmc_http::redact::printable(&what, 400), &name)
                .await?;
            let credentials = match flavour {
                Flavour::Gateway => None,
                Flavour::CloudVcenter => Some(LinkCredentials::new(
                    &who.user,
                    who.password(context).await?,
                )),
            };
            let unlink = hlm.unlink(link.link.as_str(), credentials);
            act(context, "the unlinking", &find_out, unlink)
                .await
                .map(Done::Unlinked)
        };
        match here.session(context, work).await? {
            Done::Nothing => {
                context.say(&format!(
                    "{} has no link {:?}. Nothing to do.",
                    here.address, self.link
                ));
                print(context, None, &[])
            }
            Done::Planned(request) => dry_run::show_all(context, &[*request]),
            Done::Unlinked(unlinked) => {
                let left: Vec<_> = unlinked
                    .left_behind
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                if let Some(link) = &unlinked.removed {
                    context.say(&format!(
                        "Unlinked {}. This stays behind:",
                        super::name(link)
                    ));
                }
                print(context, unlinked.removed.as_ref(), &left)
            }
        }
    }
}

/// What would be sent.
fn request(flavour: Flavour, link: &LinkSummary, user: &str) -> Result<Value, Error> {
    match flavour {
        Flavour::Gateway => dry_run::request_of(&DeleteLink::new(&link.link)),
        Flavour::CloudVcenter => {
            let credentials = LinkCredentials::new(user, "");
            dry_run::request_of(&DeleteLinkWithCredentials::new(
                &link.link,
                credentials.into(),
            ))
        }
    }
}

fn print(context: &Context, removed: Option<&LinkSummary>, left: &[String]) -> Result<(), Error> {
    let printer = context.printer()?;
    let document = json!({"removed": removed, "left_behind": left});
    let column = Column::new("Left behind", |text: &String| Cell::new(text)).wrap(40);
    match printer.format {
        // A header above nothing tells nothing.
        crate::output::Format::Table if left.is_empty() => Ok(()),
        _ => printer.rows(&document, left, &[column]),
    }
}
