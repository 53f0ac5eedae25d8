//! `vmc hlm list` and `show`.

use clap::Args;
use vcenter_hlm::{Hlm, LinkState};

use super::here::HereArgs;
use super::{Row, columns, credentials_help};
use crate::context::Context;
use crate::error::Error;

/// Arguments of `vmc hlm list`.
#[derive(Debug, Args)]
#[command(after_help = credentials_help!("\
Examples:
  vmc hlm list --sddc lab
  vmc hlm list --vcenter vcenter.example.com --username cloudadmin@vmc.local
  vmc hlm list --gateway --vcenter gateway.example.com --password-file pw.txt"))]
pub(crate) struct List {
    #[command(flatten)]
    here: HereArgs,
}

/// Arguments of `vmc hlm show`.
#[derive(Debug, Args)]
#[command(after_help = credentials_help!("\
Examples:
  vmc hlm show vsphere.local --sddc lab
  vmc hlm show vsphere.local --sddc lab -o json"))]
pub(crate) struct Show {
    /// Link, by domain or id
    #[arg(value_name = "LINK")]
    link: String,

    #[command(flatten)]
    here: HereArgs,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let rows = links(context, &self.here).await?;
        let rows: Vec<Row> = rows.iter().map(Row::new).collect::<Result<_, _>>()?;
        context.printer()?.list(&rows, &columns())
    }
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let links = links(context, &self.here).await?;
        let is_it = |link: &&LinkState| {
            link.summary.link.as_str() == self.link
                || super::name(&link.summary).eq_ignore_ascii_case(&self.link)
        };
        match links.iter().find(is_it) {
            Some(link) => context.printer()?.show(&Row::new(link)?, &columns()),
            None => {
                let names: Vec<_> = links
                    .iter()
                    .map(|link| super::name(&link.summary))
                    .collect();
                let there = if names.is_empty() {
                    "There is no link at all.".to_owned()
                } else {
                    format!("There is: {}.", names.join(", "))
                };
                Err(Error::not_found(format!("no link is called {:?}", self.link)).hint(there))
            }
        }
    }
}

async fn links(context: &Context, here: &HereArgs) -> Result<Vec<LinkState>, Error> {
    let here = here.read(context).await?;
    let work = |vcenter| async move { Ok(Hlm::new(&vcenter, here.flavour).links().await?) };
    let mut links = here.session(context, work).await?;
    links.sort_by(|a, b| super::name(&a.summary).cmp(super::name(&b.summary)));
    Ok(links)
}
