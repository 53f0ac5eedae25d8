//! `vmc cluster delete`.

use clap::Args;
use vmc_api::clusters::Delete as Request;

use super::{called, clusters, hosts_and_all, id, known_id, look, name, pick, primary};
use crate::args::{SddcArg, YesArg};
use crate::commands::{sddc, task};
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{ChangeArgs, Mutation};
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc cluster delete Cluster-2 --sddc my-sddc
  vmc cluster delete Cluster-2 --sddc my-sddc --yes --no-wait

The primary cluster goes with its SDDC only: vmc sddc delete.";

/// Arguments of `vmc cluster delete`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Delete {
    /// Cluster, by id, or by its name letter for letter
    #[arg(value_name = "CLUSTER")]
    target: String,

    #[command(flatten)]
    yes: YesArg,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

impl Delete {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc_told_exactly(context).await?;
        let cluster = pick(&sddc).exactly(&self.target)?;
        let target = known_id(cluster)?;
        if primary(context, &sddc).await?.as_ref() == Some(target) || clusters(&sddc).len() == 1 {
            return Err(Error::conflict(format!(
                "{} is the primary cluster, which cannot be deleted; nothing was sent",
                called(cluster)
            ))
            .hint(format!(
                "It goes with its SDDC: vmc sddc delete {}{}",
                sddc.id,
                context.resume_flags()
            )));
        }
        let what_goes = format!(
            "This deletes cluster {} of SDDC {} {}. It cannot be undone.",
            called(cluster),
            sddc::called(&sddc),
            hosts_and_all(cluster.esx_host_list.as_ref().map(Vec::len))
        );
        let delete = Request::new(context.org().await?, &sddc.id, target);
        let label = format!("Deleting {}", name(cluster));
        Mutation::new(context, "the deletion", label, look(&sddc))
            .alone_on(&sddc, self.change.while_busy)
            .ask(&self.yes, what_goes, name(cluster))
            .show(&self.change.task, delete, async |ended| {
                let after = resolve::sddc(context, sddc.id.as_str()).await?;
                if clusters(&after)
                    .iter()
                    .any(|left| id(left) == target.as_str())
                {
                    context.warn("the task has finished, and yet the SDDC still lists the cluster");
                }
                context.printer()?.show(ended, &task::columns())
            })
            .await
    }
}
