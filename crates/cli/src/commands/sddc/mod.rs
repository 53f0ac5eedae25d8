//! `vmc sddc`.

mod config;
mod convert;
mod create;
mod delete;
mod follow;
mod goes_with;
mod list;
mod rename;
mod show;

use clap::Subcommand;
use vmc_api::models::{AccountLinkState, DeploymentType, Provider, Sddc, SddcState};

use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};

/// Verbs of `vmc sddc`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List SDDCs
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show one SDDC
    #[command(visible_alias = "get")]
    Show(show::Show),
    /// Create an SDDC
    Create(Box<create::Create>),
    /// Give an SDDC another name
    Rename(rename::Rename),
    /// Turn a one-host SDDC into one that lasts
    Convert(convert::Convert),
    /// Delete an SDDC with everything on it
    #[command(visible_alias = "rm")]
    Delete(delete::Delete),
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
            Self::Create(command) => command.run(context).await,
            Self::Rename(command) => command.run(context).await,
            Self::Convert(command) => command.run(context).await,
            Self::Delete(command) => command.run(context).await,
        }
    }
}

/// How SDDCs are shown.
fn columns() -> Vec<Column<Sddc>> {
    vec![
        Column::new("Name", |sddc: &Sddc| Cell::maybe(sddc.name.as_deref())).shorten(12),
        Column::new("Id", |sddc: &Sddc| Cell::new(sddc.id.as_str())).id(),
        Column::new("State", |sddc: &Sddc| {
            cells::state(sddc.sddc_state.as_ref().map(SddcState::as_str))
        }),
        Column::new("Region", |sddc: &Sddc| {
            Cell::maybe(
                sddc.resource_config
                    .as_ref()
                    .and_then(|config| config.region.as_deref()),
            )
        }),
        Column::new("Hosts", |sddc: &Sddc| {
            Cell::maybe(hosts(sddc).map(|hosts| hosts.to_string()))
        }),
        Column::new("Link", |sddc: &Sddc| {
            cells::state(
                sddc.account_link_state
                    .as_ref()
                    .map(AccountLinkState::as_str),
            )
        })
        .optional(),
        Column::new("Created", |sddc: &Sddc| cells::when(sddc.created.as_ref())).optional(),
        Column::new("Type", |sddc: &Sddc| Cell::maybe(sddc.sddc_type.as_deref())).detail(),
        Column::new("Provider", |sddc: &Sddc| {
            Cell::maybe(sddc.provider.as_ref().map(Provider::as_str))
        })
        .detail(),
        Column::new("Deployment", |sddc: &Sddc| {
            let config = sddc.resource_config.as_ref();
            Cell::maybe(
                config
                    .and_then(|config| config.deployment_type.as_ref())
                    .map(DeploymentType::as_str),
            )
        })
        .detail(),
        Column::new("Expires", |sddc: &Sddc| {
            cells::when(sddc.expiration_date.as_ref())
        })
        .detail(),
        Column::new("vCenter", |sddc: &Sddc| {
            Cell::maybe(
                sddc.resource_config
                    .as_ref()
                    .and_then(|config| config.vc_url.as_deref()),
            )
        })
        .detail(),
        Column::new("vCenter user", |sddc: &Sddc| {
            Cell::maybe(
                sddc.resource_config
                    .as_ref()
                    .and_then(|config| config.cloud_username.as_deref()),
            )
        })
        .detail(),
        Column::new("NSX", |sddc: &Sddc| {
            Cell::maybe(
                sddc.resource_config
                    .as_ref()
                    .and_then(|config| config.nsx_api_public_endpoint_url.as_deref()),
            )
        })
        .detail(),
        Column::new("Organization", |sddc: &Sddc| {
            Cell::maybe(sddc.org_id.as_ref().map(vmc_api::OrgId::as_str))
        })
        .detail(),
    ]
}

fn hosts(sddc: &Sddc) -> Option<usize> {
    let config = sddc.resource_config.as_ref()?;
    let primary = config.esx_hosts.as_ref().map(Vec::len);
    let clusters = config.clusters.as_ref().map(|clusters| {
        clusters
            .iter()
            .map(|cluster| cluster.esx_host_list.as_ref().map_or(0, Vec::len))
            .sum()
    });
    primary.into_iter().chain(clusters).max()
}

/// `name (id)`, for messages.
pub(crate) fn called(sddc: &Sddc) -> String {
    match &sddc.name {
        Some(name) => format!("{name:?} ({})", sddc.id),
        None => sddc.id.to_string(),
    }
}
