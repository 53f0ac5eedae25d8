//! `vmc host`.

mod add;
mod check;
mod list;
mod remove;

use clap::{Args, Subcommand};
use serde::Serialize;
use vmc_api::EsxId;
use vmc_api::models::{AwsEsxHost, Cluster, EsxConfig, EsxState, Sddc};

use super::cluster::{self, clusters};
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve;

/// Verbs of `vmc host`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the hosts of an SDDC
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Add hosts to a cluster
    Add(add::Add),
    /// Remove hosts from a cluster
    #[command(visible_alias = "rm")]
    Remove(remove::Remove),
    /// Let the service check whether hosts can be added
    Check(check::Check),
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Add(command) => command.run(context).await,
            Self::Remove(command) => command.run(context).await,
            Self::Check(command) => command.run(context).await,
        }
    }
}

/// How many hosts, and where: what `add` and `check` have in common.
#[derive(Debug, Args)]
struct MoreArgs {
    /// How many hosts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,

    /// Cluster, by name or id [default: the only one]
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,

    /// Spread the hosts over placement groups, or fail
    #[arg(long)]
    strict_placement: bool,
}

impl MoreArgs {
    fn config(&self, cluster: &Cluster) -> Result<EsxConfig, Error> {
        let mut config = EsxConfig::new(i64::from(self.count));
        config.cluster_id = Some(cluster::known_id(cluster)?.clone());
        config.strict_placement = self.strict_placement.then_some(true);
        Ok(config)
    }
}

/// A host as it is shown: with the cluster it belongs to.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    host: AwsEsxHost,
    cluster_id: Option<String>,
    cluster_name: Option<String>,
}

/// All hosts of an SDDC, those that are in no cluster yet among them.
fn hosts(sddc: &Sddc) -> Vec<Row> {
    let row = |host: &AwsEsxHost, cluster: Option<&Cluster>| Row {
        host: host.clone(),
        cluster_id: cluster.map(|cluster| cluster::id(cluster).to_owned()),
        cluster_name: cluster.and_then(|cluster| cluster.cluster_name.clone()),
    };
    let mut rows: Vec<Row> = Vec::new();
    for cluster in clusters(sddc) {
        let hosts = cluster.esx_host_list.iter().flatten();
        rows.extend(hosts.map(|host| row(host, Some(cluster))));
    }
    let config = sddc.resource_config.as_ref();
    for host in config
        .iter()
        .filter_map(|config| config.esx_hosts.as_ref())
        .flatten()
    {
        if !rows.iter().any(|row| same(&row.host, host)) {
            rows.push(row(host, None));
        }
    }
    rows.sort_by(|a, b| {
        (&a.cluster_name, natural(&a.host.name), &a.host.esx_id).cmp(&(
            &b.cluster_name,
            natural(&b.host.name),
            &b.host.esx_id,
        ))
    });
    rows
}

fn same(one: &AwsEsxHost, other: &AwsEsxHost) -> bool {
    match (&one.esx_id, &other.esx_id) {
        (Some(one), Some(other)) => one == other,
        _ => one.hostname == other.hostname,
    }
}

/// `esx-10` comes after `esx-9`.
fn natural(name: &Option<String>) -> (String, u64) {
    let name = name.as_deref().unwrap_or_default();
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (stem.to_owned(), name[stem.len()..].parse().unwrap_or(0))
}

/// The id as text; nothing where the service did not say.
fn id(host: &AwsEsxHost) -> &str {
    host.esx_id.as_ref().map_or("", EsxId::as_str)
}

/// Where to look whether something happened to a host.
fn look(sddc: &Sddc) -> String {
    format!("vmc host list --sddc {}", sddc.id)
}

/// Reads the SDDC again, and shows the hosts of one of its clusters.
async fn show_again(context: &Context, sddc: &Sddc, cluster: &Cluster) -> Result<(), Error> {
    let sddc = resolve::sddc(context, sddc.id.as_str()).await?;
    let mut rows = hosts(&sddc);
    rows.retain(|row| row.cluster_id.as_deref() == Some(cluster::id(cluster)));
    context.printer()?.list(&rows, &columns())
}

/// How hosts are shown.
fn columns() -> Vec<Column<Row>> {
    vec![
        Column::new("Name", |row: &Row| Cell::maybe(row.host.name.as_deref())).shorten(10),
        Column::new("Id", |row: &Row| Cell::new(id(&row.host))).id(),
        Column::new("State", |row: &Row| {
            cells::state(row.host.esx_state.as_ref().map(EsxState::as_str))
        }),
        Column::new("Cluster", |row: &Row| {
            Cell::maybe(row.cluster_name.as_deref().or(row.cluster_id.as_deref()))
        })
        .shorten(9),
        Column::new("Type", |row: &Row| {
            Cell::maybe(row.host.instance_type.as_deref())
        })
        .optional(),
        Column::new("Zone", |row: &Row| {
            Cell::maybe(row.host.availability_zone.as_deref())
        })
        .optional(),
        Column::new("Host name", |row: &Row| {
            Cell::maybe(row.host.hostname.as_deref())
        })
        .optional(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hosts_are_listed_once_by_cluster_and_number() {
        let host = |id: &str, name: &str| json!({"esx_id": id, "name": name});
        let sddc: Sddc = serde_json::from_value(json!({"id": "s", "resource_config": {
            "esx_hosts": [host("a", "esx-10"), host("b", "esx-9"), host("c", "new")],
            "clusters": [
                {"cluster_id": "2", "cluster_name": "Cluster-2", "esx_host_list": [host("d", "esx-1")]},
                {"cluster_id": "1", "cluster_name": "Cluster-1",
                 "esx_host_list": [host("a", "esx-10"), host("b", "esx-9")]},
            ],
        }}))
        .unwrap();
        let listed: Vec<(String, Option<String>)> = hosts(&sddc)
            .into_iter()
            .map(|row| (id(&row.host).to_owned(), row.cluster_id))
            .collect();
        let row = |id: &str, cluster: Option<&str>| (id.to_owned(), cluster.map(str::to_owned));
        assert_eq!(
            listed,
            [
                row("c", None),
                row("b", Some("1")),
                row("a", Some("1")),
                row("d", Some("2"))
            ]
        );
    }
}
