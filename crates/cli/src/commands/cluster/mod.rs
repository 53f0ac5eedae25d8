//! `vmc cluster`.

mod constraints;
mod create;
mod delete;
mod license;
mod list;
mod reconfigure;
mod show;

use clap::Subcommand;
use serde::Serialize;
use vmc_api::models::{Cluster, ClusterState, DeploymentType, MsftLicensing, Sddc};
use vmc_api::{ClusterId, clusters};

use crate::commands::sddc;
use crate::context::Context;
use crate::error::Error;
use crate::exit::Class;
use crate::output::{Cell, Column, cells};
use crate::pick::Pick;
use crate::resolve;

/// Verbs of `vmc cluster`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the clusters of an SDDC
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show one cluster
    #[command(visible_alias = "get")]
    Show(show::Show),
    /// Add a cluster to an SDDC
    Create(create::Create),
    /// Delete a cluster with everything on it
    #[command(visible_alias = "rm")]
    Delete(delete::Delete),
    /// Change the storage of a cluster
    Reconfigure(reconfigure::Reconfigure),
    /// Show which storage a cluster can have
    Constraints(constraints::Constraints),
    /// Say who brings the Microsoft licences of a cluster
    License(license::License),
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
            Self::Create(command) => command.run(context).await,
            Self::Delete(command) => command.run(context).await,
            Self::Reconfigure(command) => command.run(context).await,
            Self::Constraints(command) => command.run(context).await,
            Self::License(command) => command.run(context).await,
        }
    }
}

/// A cluster as it is shown: with whether it is the primary one.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    cluster: Cluster,
    /// Nobody knows while the SDDC is being created.
    primary: Option<bool>,
}

impl Row {
    fn new(cluster: &Cluster, primary: Option<&ClusterId>) -> Self {
        Self {
            cluster: cluster.clone(),
            primary: cluster
                .cluster_id
                .as_ref()
                .zip(primary)
                .map(|(id, primary)| id == primary),
        }
    }
}

/// The clusters of an SDDC.
pub(crate) fn clusters(sddc: &Sddc) -> &[Cluster] {
    let config = sddc.resource_config.as_ref();
    let clusters = config.and_then(|config| config.clusters.as_deref());
    clusters.unwrap_or_default()
}

/// The id of an SDDC's primary cluster, which cannot be deleted.
async fn primary(context: &Context, sddc: &Sddc) -> Result<Option<ClusterId>, Error> {
    let ask = clusters::Primary::new(context.org().await?, &sddc.id);
    match context.vmc()?.send(ask).await.map_err(Error::from) {
        Ok(cluster) => Ok(cluster.cluster_id),
        // An SDDC in the making has none yet.
        Err(error) if Class::of(&error) == Some(Class::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The clusters of an SDDC, of which one is meant.
pub(crate) fn pick(sddc: &Sddc) -> Pick<'_, Cluster> {
    Pick::new("cluster", clusters(sddc), id, |cluster| {
        cluster.cluster_name.as_deref().unwrap_or_default()
    })
}

/// The cluster that is meant; without a word, the only one.
pub(crate) fn find_or_only<'a>(sddc: &'a Sddc, wanted: Option<&str>) -> Result<&'a Cluster, Error> {
    match (wanted, clusters(sddc)) {
        (Some(wanted), _) => pick(sddc).one(wanted),
        (None, [only]) => Ok(only),
        (None, []) => Err(Error::conflict(format!(
            "SDDC {} has no cluster yet",
            sddc::called(sddc)
        ))),
        (None, several) => {
            let names: Vec<String> = several.iter().map(called).collect();
            Err(Error::usage("which cluster?")
                .hint(format!("Give --cluster. There is: {}.", names.join(", "))))
        }
    }
}

/// The id as text; nothing where the service did not say.
pub(crate) fn id(cluster: &Cluster) -> &str {
    cluster.cluster_id.as_ref().map_or("", ClusterId::as_str)
}

/// The id to send.
pub(crate) fn known_id(cluster: &Cluster) -> Result<&ClusterId, Error> {
    cluster.cluster_id.as_ref().ok_or_else(|| {
        Error::conflict(format!(
            "the service does not say the id of cluster {}; nothing was done",
            called(cluster)
        ))
    })
}

/// The name, or else the id.
pub(crate) fn name(cluster: &Cluster) -> &str {
    cluster.cluster_name.as_deref().unwrap_or(id(cluster))
}

/// `name (id)`, for messages.
pub(crate) fn called(cluster: &Cluster) -> String {
    match (&cluster.cluster_name, id(cluster)) {
        (Some(name), "") => format!("{name:?}"),
        (Some(name), id) => format!("{name:?} ({id})"),
        (None, id) => id.to_owned(),
    }
}

/// `with its 3 hosts and all virtual machines on them`.
pub(crate) fn hosts_and_all(hosts: Option<usize>) -> String {
    match hosts {
        Some(1) => "with its host and all virtual machines on it".to_owned(),
        Some(hosts) => format!("with its {hosts} hosts and all virtual machines on them"),
        None => "with everything on it".to_owned(),
    }
}

/// Where to look whether something happened to a cluster.
pub(crate) fn look(sddc: &Sddc) -> String {
    format!("vmc cluster list --sddc {}", sddc.id)
}

/// Reads the SDDC again, and shows one of its clusters.
async fn show_again(
    context: &Context,
    sddc: &Sddc,
    wanted: impl Fn(&Cluster) -> bool,
) -> Result<(), Error> {
    let sddc = resolve::sddc(context, sddc.id.as_str()).await?;
    let Some(cluster) = clusters(&sddc).iter().find(|cluster| wanted(cluster)) else {
        return Err(Error::unknown(
            "the task has finished, and yet the SDDC does not list the cluster",
        )
        .hint(format!("Look: {}{}", look(&sddc), context.resume_flags())));
    };
    let primary = primary(context, &sddc).await?;
    let row = Row::new(cluster, primary.as_ref());
    context.printer()?.show(&row, &columns())
}

/// How clusters are shown.
fn columns() -> Vec<Column<Row>> {
    let licences = |of: fn(&vmc_api::models::MsftLicensingConfig) -> Option<&MsftLicensing>| {
        move |row: &Row| {
            let config = row.cluster.msft_license_config.as_ref();
            Cell::maybe(config.and_then(of).map(MsftLicensing::as_str))
        }
    };
    vec![
        Column::new("Name", |row: &Row| {
            Cell::maybe(row.cluster.cluster_name.as_deref())
        })
        .shorten(12),
        Column::new("Id", |row: &Row| Cell::new(id(&row.cluster))).id(),
        Column::new("State", |row: &Row| {
            cells::state(row.cluster.cluster_state.as_ref().map(ClusterState::as_str))
        }),
        Column::new("Hosts", |row: &Row| {
            let hosts = row.cluster.esx_host_list.as_ref().map(Vec::len);
            Cell::maybe(hosts.map(|hosts| hosts.to_string()))
        }),
        Column::new("Primary", |row: &Row| cells::yes(row.primary)).optional(),
        Column::new("Host type", |row: &Row| {
            let info = row.cluster.esx_host_info.as_ref();
            Cell::maybe(info.and_then(|info| info.instance_type.as_deref()))
        })
        .optional(),
        Column::new("Zones", |row: &Row| {
            Cell::maybe(
                row.cluster
                    .availability_zones
                    .as_ref()
                    .map(|zones| zones.join(" ")),
            )
        })
        .optional(),
        Column::new("Availability", |row: &Row| {
            let kind = row.cluster.availability_type.as_ref();
            Cell::maybe(kind.map(DeploymentType::as_str))
        })
        .detail(),
        Column::new("vSAN", |row: &Row| {
            Cell::maybe(row.cluster.vsan_version.as_deref())
        })
        .detail(),
        Column::new("Storage", |row: &Row| {
            let capacity = row.cluster.cluster_capacity.as_ref();
            let storage = capacity.and_then(|capacity| capacity.storage_capacity_gib);
            Cell::maybe(storage.map(|gib| format!("{} GiB", gib.get())))
        })
        .detail(),
        Column::new(
            "Windows",
            licences(|config| config.windows_licensing.as_ref()),
        )
        .detail(),
        Column::new(
            "SQL Server",
            licences(|config| config.mssql_licensing.as_ref()),
        )
        .detail(),
    ]
}
