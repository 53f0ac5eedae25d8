//! `vmc host remove`.

use clap::Args;
use vmc_api::hosts;
use vmc_api::models::{Cluster, EsxConfig, Sddc};

use super::{Row, hosts as hosts_of, id, look, show_again};
use crate::args::{SddcArg, YesArg};
use crate::commands::cluster::{self, find_or_only};
use crate::commands::sddc;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{ChangeArgs, Mutation};
use crate::pick::Pick;
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc host remove --sddc my-sddc --count 1
  vmc host remove --sddc my-sddc --cluster Cluster-2 --count 2 --yes
  vmc host remove esx-3 esx-4 --sddc my-sddc

Virtual machines are moved to the hosts that stay. With --count the service \
chooses the hosts.";

/// Arguments of `vmc host remove`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Remove {
    /// Hosts of one cluster, by name, host name or id
    #[arg(value_name = "HOST", required_unless_present = "count")]
    targets: Vec<String>,

    /// How many hosts, whichever they are
    #[arg(long, value_name = "N", conflicts_with = "targets")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,

    /// Cluster, by name or id [default: the only one, or that of the hosts]
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,

    #[command(flatten)]
    yes: YesArg,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    change: ChangeArgs,
}

impl Remove {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc_told_exactly(context).await?;
        let rows = hosts_of(&sddc);
        let named = self.named(&rows)?;
        let cluster = self.cluster_of(&sddc, &named)?;
        let (config, which) = match self.count {
            Some(1) => (EsxConfig::new(1), "one host".to_owned()),
            Some(count) => (EsxConfig::new(i64::from(count)), format!("{count} hosts")),
            None => {
                let mut config = EsxConfig::new(i64::try_from(named.len()).unwrap_or(i64::MAX));
                let ids = named.iter().filter_map(|row| row.host.esx_id.clone());
                config.esxs = Some(ids.collect());
                let names: Vec<String> = named.iter().map(|row| called(row)).collect();
                (config, names.join(", "))
            }
        };
        let mut config = config;
        config.cluster_id = Some(cluster::known_id(cluster)?.clone());
        let what_goes = format!(
            "This removes {which} from cluster {} of SDDC {}.",
            cluster::called(cluster),
            sddc::called(&sddc)
        );
        let remove = hosts::Change::remove(context.org().await?, &sddc.id, config);
        let name = cluster::name(cluster);
        Mutation::new(
            context,
            "the removal",
            format!("Fewer hosts in {name}"),
            look(&sddc),
        )
        .alone_on(&sddc, self.change.while_busy)
        .ask(&self.yes, what_goes, name)
        .show(&self.change.task, remove, async |_| {
            show_again(context, &sddc, cluster).await
        })
        .await
    }

    /// The hosts that were named, each once.
    fn named<'a>(&self, rows: &'a [Row]) -> Result<Vec<&'a Row>, Error> {
        let hosts = Pick::new(
            "host",
            rows,
            |row| id(&row.host),
            |row| row.host.name.as_deref().unwrap_or_default(),
        )
        .or(|row| row.host.hostname.as_deref().unwrap_or_default());
        let mut named: Vec<&Row> = Vec::new();
        for wanted in &self.targets {
            let row = hosts.exactly(wanted)?;
            if row.host.esx_id.is_none() {
                return Err(Error::conflict(format!(
                    "the service does not say the id of host {wanted:?}; nothing was done"
                )));
            }
            if !named
                .iter()
                .any(|other| other.host.esx_id == row.host.esx_id)
            {
                named.push(row);
            }
        }
        Ok(named)
    }

    /// The one cluster that hosts are removed from.
    fn cluster_of<'a>(&self, sddc: &'a Sddc, named: &[&Row]) -> Result<&'a Cluster, Error> {
        let Some(first) = named.first() else {
            return find_or_only(sddc, self.cluster.as_deref());
        };
        let Some(wanted) = self.cluster.as_ref().or(first.cluster_id.as_ref()) else {
            return Err(Error::conflict(format!(
                "host {} is in no cluster yet; nothing was done",
                called(first)
            )));
        };
        let cluster = cluster::pick(sddc).one(wanted)?;
        let elsewhere = |row: &&&Row| row.cluster_id.as_deref() != Some(cluster::id(cluster));
        if let Some(stray) = named.iter().find(elsewhere) {
            return Err(Error::usage(format!(
                "host {} is not in cluster {}; nothing was done",
                called(stray),
                cluster::called(cluster)
            ))
            .hint("Hosts are removed from one cluster at a time."));
        }
        Ok(cluster)
    }
}

fn called(row: &Row) -> String {
    match &row.host.name {
        Some(name) => format!("{name:?} ({})", id(&row.host)),
        None => id(&row.host).to_owned(),
    }
}
