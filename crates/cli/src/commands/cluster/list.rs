//! `vmc cluster list`.

use clap::Args;

use super::{Row, clusters, columns, id, name, primary};
use crate::args::SddcArg;
use crate::context::Context;
use crate::error::Error;
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc cluster list --sddc my-sddc
  VMC_SDDC_ID=my-sddc vmc cluster list -o json";

/// Arguments of `vmc cluster list`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    #[command(flatten)]
    sddc: SddcArg,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc_told(context).await?;
        let primary = primary(context, &sddc).await?;
        let mut clusters: Vec<_> = clusters(&sddc).iter().collect();
        clusters.sort_by(|a, b| name(a).cmp(name(b)).then_with(|| id(a).cmp(id(b))));
        let rows: Vec<Row> = clusters
            .into_iter()
            .map(|cluster| Row::new(cluster, primary.as_ref()))
            .collect();
        context.printer()?.list(&rows, &columns())
    }
}
