//! `vmc host add`.

use clap::Args;
use vmc_api::hosts;

use super::{MoreArgs, look, show_again};
use crate::args::SddcArg;
use crate::commands::cluster::{find_or_only, name};
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{ChangeArgs, Mutation};
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc host check --sddc my-sddc --count 2
  vmc host add --sddc my-sddc --count 2
  vmc host add --sddc my-sddc --cluster Cluster-2 --count 1 --no-wait

Hosts are paid for from the moment they are there.";

/// Arguments of `vmc host add`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Add {
    #[command(flatten)]
    more: MoreArgs,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

impl Add {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc_told(context).await?;
        let cluster = find_or_only(&sddc, self.more.cluster.as_deref())?;
        let config = self.more.config(cluster)?;
        let add = hosts::Change::add(context.org().await?, &sddc.id, config);
        let label = format!("Hosts for {}", name(cluster));
        Mutation::new(context, "the request for hosts", label, look(&sddc))
            .alone_on(&sddc, self.change.while_busy)
            .show(&self.change.task, add, async |_| {
                show_again(context, &sddc, cluster).await
            })
            .await
    }
}
