//! `vmc cluster create`.

use clap::Args;
use serde_json::Value;
use vmc_api::clusters;
use vmc_api::models::{Cluster, ClusterConfig, Task};

use super::license::LicenceArgs;
use super::{clusters as clusters_of, id, look, show_again};
use crate::args::{Input, SddcArg};
use crate::body::Draft;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{ChangeArgs, Mutation};
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc cluster create --sddc my-sddc --hosts 3
  vmc cluster create --sddc my-sddc --hosts 4 --host-type i4i.metal --dry-run
  vmc cluster create --sddc my-sddc --file cluster.json --hosts 5

The service names it (Cluster-2). Hosts are paid for from the moment they are \
there.";

/// Arguments of `vmc cluster create`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Create {
    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    config: ConfigArgs,

    #[command(flatten)]
    licences: LicenceArgs,

    #[command(flatten)]
    change: ChangeArgs,
}

/// Flags that describe a cluster.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
struct ConfigArgs {
    /// JSON or TOML file with the configuration, - for stdin; flags override it
    #[arg(long, value_name = "FILE")]
    file: Option<Input>,

    /// Number of hosts
    #[arg(long, value_name = "N")]
    hosts: Option<u32>,

    /// Kind of host, as in i4i.metal [default: as in the primary cluster]
    #[arg(long, value_name = "TYPE")]
    host_type: Option<String>,

    /// Availability zone; twice for a stretched cluster
    #[arg(long = "az", value_name = "ZONE")]
    zones: Vec<String>,

    /// Storage in GiB, one of those that 'vmc cluster constraints' names
    #[arg(long, value_name = "GIB")]
    storage_capacity: Option<u64>,

    /// CPU cores of each host that are switched on
    #[arg(long, value_name = "N")]
    cpu_cores: Option<u32>,
}

impl ConfigArgs {
    fn read(&self, licences: &LicenceArgs) -> Result<ClusterConfig, Error> {
        let mut draft = Draft::read::<ClusterConfig>("a cluster", self.file.as_ref())?;
        draft.set("num_hosts", self.hosts);
        draft.set("host_instance_type", self.host_type.as_deref());
        let zones = (!self.zones.is_empty()).then(|| Value::from(self.zones.clone()));
        draft.set("availability_zones", zones);
        draft.set("storage_capacity", self.storage_capacity);
        draft.set("host_cpu_cores_count", self.cpu_cores);
        draft.needs(&[("num_hosts", "--hosts")])?;
        let mut config: ClusterConfig = draft.finish()?;
        if licences.any() {
            config.msft_license_config = Some(licences.over(config.msft_license_config.as_ref()));
        }
        Ok(config)
    }
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        // What is wrong here is told before anything is asked over the network.
        let config = self.config.read(&self.licences)?;
        let sddc = resolve::sddc_told(context).await?;
        let create = clusters::Create::new(context.org().await?, &sddc.id, config);
        let label = format!("Cluster of {}", sddc.name.as_deref().unwrap_or_default());
        Mutation::new(context, "the creation", label, look(&sddc))
            .alone_on(&sddc, self.change.while_busy)
            .show(&self.change.task, create, async |task| {
                let before: Vec<&str> = clusters_of(&sddc).iter().map(id).collect();
                let named = new_id(task);
                let is_new = |cluster: &Cluster| match named {
                    Some(named) => id(cluster) == named,
                    None => !before.contains(&id(cluster)),
                };
                show_again(context, &sddc, is_new).await
            })
            .await
    }
}

/// The new cluster's id, where the task says it.
fn new_id(task: &Task) -> Option<&str> {
    let params = task.params.as_ref()?;
    params.get("clusterId")?.as_str()
}
