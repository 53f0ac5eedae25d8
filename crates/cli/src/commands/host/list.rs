//! `vmc host list`.

use clap::Args;

use super::{columns, hosts};
use crate::args::SddcArg;
use crate::commands::cluster;
use crate::context::Context;
use crate::error::Error;
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc host list --sddc my-sddc
  vmc host list --sddc my-sddc --cluster Cluster-2 -o name";

/// Arguments of `vmc host list`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// Only those of this cluster, by name or id
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,

    #[command(flatten)]
    sddc: SddcArg,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc_told(context).await?;
        let mut rows = hosts(&sddc);
        if let Some(wanted) = &self.cluster {
            let id = cluster::id(cluster::pick(&sddc).one(wanted)?);
            rows.retain(|row| row.cluster_id.as_deref() == Some(id));
        }
        context.printer()?.list(&rows, &columns())
    }
}
