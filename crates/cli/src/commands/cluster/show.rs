//! `vmc cluster show`.

use clap::Args;

use super::{Row, columns, pick, primary};
use crate::args::SddcArg;
use crate::context::Context;
use crate::error::Error;
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc cluster show Cluster-1 --sddc my-sddc
  vmc cluster show Cluster-1 --sddc my-sddc -o json";

/// Arguments of `vmc cluster show`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// Cluster, by name or id
    #[arg(value_name = "CLUSTER")]
    target: String,

    #[command(flatten)]
    sddc: SddcArg,
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc_told(context).await?;
        let cluster = pick(&sddc).one(&self.target)?;
        let primary = primary(context, &sddc).await?;
        let row = Row::new(cluster, primary.as_ref());
        context.printer()?.show(&row, &columns())
    }
}
