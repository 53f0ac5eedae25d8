//! `vmc cluster reconfigure`.

use clap::Args;
use vmc_api::clusters;
use vmc_api::models::ClusterReconfigureParams;

use super::{called, id, known_id, look, name, pick, show_again};
use crate::args::SddcArg;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{ChangeArgs, Mutation};
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc cluster constraints Cluster-1 --sddc my-sddc
  vmc cluster reconfigure Cluster-1 --sddc my-sddc --storage-capacity 45000
  vmc cluster reconfigure Cluster-1 --sddc my-sddc --storage-capacity 80000 \\
      --hosts 4 --dry-run

For clusters whose storage can be chosen (r5.metal). To add hosts alone, use \
'vmc host add'.";

/// Arguments of `vmc cluster reconfigure`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Reconfigure {
    /// Cluster, by name or id
    #[arg(value_name = "CLUSTER")]
    target: String,

    /// Storage in GiB, one of those that 'vmc cluster constraints' lists
    #[arg(long, value_name = "GIB")]
    storage_capacity: Option<u64>,

    /// Number of hosts [default: as many as there are]
    #[arg(long, value_name = "N")]
    hosts: Option<u32>,

    /// What to favour meanwhile, as 'vmc cluster constraints' lists it
    #[arg(long, value_name = "BIAS")]
    bias: Option<String>,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

impl Reconfigure {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        if self.storage_capacity.is_none() && self.hosts.is_none() {
            return Err(Error::usage("nothing is to be changed")
                .hint("Give --storage-capacity, --hosts, or both."));
        }
        let sddc = resolve::sddc_told(context).await?;
        let cluster = pick(&sddc).one(&self.target)?;
        let there = cluster.esx_host_list.as_ref().map(Vec::len);
        let hosts = match (
            self.hosts,
            there.and_then(|hosts| i64::try_from(hosts).ok()),
        ) {
            (Some(hosts), _) => i64::from(hosts),
            (None, Some(hosts)) => hosts,
            (None, None) => {
                return Err(Error::usage(format!(
                    "it is not known how many hosts cluster {} has",
                    called(cluster)
                ))
                .hint("Give --hosts."));
            }
        };
        let mut params = ClusterReconfigureParams::new(hosts);
        let storage = self.storage_capacity.map(i64::try_from);
        params.storage_capacity = storage.transpose().map_err(too_much)?.map(Into::into);
        params.bias.clone_from(&self.bias);
        let reconfigure =
            clusters::Reconfigure::new(context.org().await?, &sddc.id, known_id(cluster)?, params);
        let label = format!("Reconfiguring {}", name(cluster));
        Mutation::new(context, "the reconfiguration", label, look(&sddc))
            .alone_on(&sddc, self.change.while_busy)
            .show(&self.change.task, reconfigure, async |_| {
                show_again(context, &sddc, |now| id(now) == id(cluster)).await
            })
            .await
    }
}

fn too_much(error: std::num::TryFromIntError) -> Error {
    Error::usage("--storage-capacity is no number of GiB").because(error)
}
