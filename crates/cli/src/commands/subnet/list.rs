//! `vmc subnet list`.

use clap::Args;

use super::filter::{Filter, in_zone};
use super::{columns, usable};
use crate::context::Context;
use crate::error::Error;

/// Arguments of `vmc subnet list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Availability zone, by id (usw2-az1) or by the account's own name (us-west-2a)
    #[arg(long, value_name = "ZONE")]
    az: Option<String>,

    /// Only those that can be used
    #[arg(long)]
    compatible: bool,

    #[command(flatten)]
    filter: Filter,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut subnets = self.filter.ask(context).await?;
        let all = subnets.len();
        subnets.retain(|subnet| {
            (!self.compatible || usable(subnet))
                && self.az.as_deref().is_none_or(|az| in_zone(subnet, az))
                && self.filter.misfits(subnet).is_empty()
        });
        if subnets.is_empty() && all > 0 {
            context.say(&format!("None of {all} subnets fits."));
        }
        context.printer()?.list(&subnets, &columns())
    }
}
