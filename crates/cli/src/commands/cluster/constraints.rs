//! `vmc cluster constraints`.

use clap::Args;
use vmc_api::models::{
    VsanAvailableCapacity, VsanClusterReconfigConstraints, VsanConfigConstraints,
};
use vmc_api::{Int, clusters, storage};

use super::{known_id, pick};
use crate::args::SddcArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc cluster constraints --hosts 4
  vmc cluster constraints Cluster-1 --sddc my-sddc
  vmc cluster constraints Cluster-1 --sddc my-sddc --hosts 5 -o json

Without a cluster: what a new one of this many hosts can have. With one: what \
it can be reconfigured to.";

/// Arguments of `vmc cluster constraints`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Constraints {
    /// Cluster, by name or id
    #[arg(value_name = "CLUSTER")]
    target: Option<String>,

    /// Number of hosts [default: as many as the cluster has]
    #[arg(long, value_name = "N", required_unless_present = "target")]
    hosts: Option<u32>,

    /// Cloud provider, for a new cluster [default: AWS]
    #[arg(long, value_name = "PROVIDER", conflicts_with = "target")]
    provider: Option<String>,

    #[command(flatten)]
    sddc: SddcArg,
}

impl Constraints {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let org = context.org().await?;
        let Some(target) = &self.target else {
            let provider = self.provider.as_deref().unwrap_or("AWS");
            let hosts = self.hosts.unwrap_or_default();
            let ask = storage::ClusterConstraints::new(org, provider, hosts);
            let constraints = context.vmc()?.send(ask).await?;
            return context.printer()?.show(&constraints, &of_new());
        };
        let sddc = resolve::sddc_told(context).await?;
        let cluster = pick(&sddc).one(target)?;
        let mut ask = clusters::Constraints::new(org, &sddc.id, known_id(cluster)?);
        if let Some(hosts) = self.hosts {
            ask = ask.expected_num_hosts(hosts);
        }
        let constraints = context.vmc()?.send(ask).await?;
        let choices = choices(&constraints);
        context.printer()?.rows(&constraints, &choices, &columns())
    }
}

/// A storage capacity that can be chosen.
struct Choice {
    bias: String,
    capacity: VsanAvailableCapacity,
    default: bool,
}

fn choices(constraints: &VsanClusterReconfigConstraints) -> Vec<Choice> {
    let defaults = constraints.default_capacities.as_ref();
    let biases = constraints.available_capacities.iter();
    biases
        .flat_map(|biases| biases.iter())
        .flat_map(|(bias, capacities)| {
            let default = defaults.and_then(|defaults| defaults.get(bias));
            let choice = |capacity: &VsanAvailableCapacity| Choice {
                bias: bias.clone(),
                default: default.is_some_and(|default| default.size == capacity.size),
                capacity: capacity.clone(),
            };
            capacities.iter().map(choice).collect::<Vec<_>>()
        })
        .collect()
}

fn columns() -> Vec<Column<Choice>> {
    vec![
        Column::new("GiB", |choice: &Choice| gib(choice.capacity.size)).id(),
        Column::new("Bias", |choice: &Choice| Cell::new(&choice.bias)),
        Column::new("Default", |choice: &Choice| {
            cells::yes(Some(choice.default))
        }),
        Column::new("Quality", |choice: &Choice| {
            Cell::maybe(choice.capacity.quality.as_deref())
        }),
        Column::new("Cost", |choice: &Choice| {
            Cell::maybe(choice.capacity.cost.as_deref())
        }),
    ]
}

fn of_new() -> Vec<Column<VsanConfigConstraints>> {
    type New = VsanConfigConstraints;
    vec![
        Column::new("Hosts", |new: &New| gib(new.num_hosts)).id(),
        Column::new("Least GiB", |new: &New| gib(new.min_capacity)),
        Column::new("Most GiB", |new: &New| gib(new.max_capacity)),
        Column::new("In steps of", |new: &New| {
            gib(new.supported_capacity_increment)
        }),
        Column::new("Recommended", |new: &New| {
            let sizes = new.recommended_capacities.iter().flatten();
            let sizes: Vec<String> = sizes.map(|size| size.get().to_string()).collect();
            Cell::new(sizes.join(" "))
        }),
    ]
}

fn gib(size: Option<Int>) -> Cell {
    Cell::maybe(size.map(|size| size.get().to_string()))
}
