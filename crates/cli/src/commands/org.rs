//! `vmc org`.

use clap::{Args, Subcommand};
use vmc_api::models::{AwsCloudProvider, Organization, ProjectState, Provider};
use vmc_api::{orgs, providers, resolve};

use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve::looks_like_an_id;

/// Verbs of `vmc org`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the organizations that the token can see
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc org list
  vmc org list -o json"
    )]
    List,
    /// Show one organization
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc org show
  vmc org show 'My organization' -o yaml"
    )]
    Show(Show),
    /// List the cloud providers and regions of an organization
    #[command(after_help = "\
Examples:
  vmc org providers
  vmc org providers --org 'My organization' -o json")]
    Providers(OrgArg),
}

/// Arguments of `vmc org show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Organization, by id or name [default: the one in use]
    organization: Option<String>,

    #[command(flatten)]
    org: OrgArg,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List => {
                let mut orgs = context.vmc()?.send(orgs::List::new()).await?;
                orgs.sort_by(|a, b| a.label().cmp(b.label()).then_with(|| a.id.cmp(&b.id)));
                context.printer()?.list(&orgs, &columns())
            }
            Self::Show(show) => {
                let org = match show.organization {
                    Some(word) if !looks_like_an_id(&word) => {
                        let orgs = context.vmc()?.send(orgs::List::new()).await?;
                        resolve::org(&orgs, &word)
                            .map_err(vmc_api::Error::from)?
                            .clone()
                    }
                    Some(id) => context.vmc()?.send(orgs::Get::new(id)).await?,
                    None => {
                        context
                            .vmc()?
                            .send(orgs::Get::new(context.org().await?))
                            .await?
                    }
                };
                context.printer()?.show(&org, &columns())
            }
            Self::Providers(_) => {
                let list = providers::List::new(context.org().await?);
                let mut providers = context.vmc()?.send(list).await?;
                providers.sort_by(|a, b| a.provider.cmp(&b.provider));
                context.printer()?.list(&providers, &provider_columns())
            }
        }
    }
}

fn columns() -> Vec<Column<Organization>> {
    vec![
        Column::new("Name", |org: &Organization| Cell::new(org.label())).shorten(16),
        Column::new("Id", |org: &Organization| Cell::new(org.id.as_str())).id(),
        Column::new("State", |org: &Organization| {
            cells::state(org.project_state.as_ref().map(ProjectState::as_str))
        }),
        Column::new("Type", |org: &Organization| {
            Cell::maybe(org.org_type.as_deref())
        })
        .optional(),
        Column::new("Short name", |org: &Organization| {
            Cell::maybe(org.name.as_deref())
        })
        .detail(),
        Column::new("Created", |org: &Organization| {
            cells::when(org.created.as_ref())
        })
        .optional(),
    ]
}

fn provider_columns() -> Vec<Column<AwsCloudProvider>> {
    vec![
        Column::new("Provider", |provider: &AwsCloudProvider| {
            Cell::maybe(provider.provider.as_ref().map(Provider::as_str))
        })
        .id(),
        Column::new("Regions", |provider: &AwsCloudProvider| {
            Cell::maybe(provider.regions.as_ref().map(|regions| regions.join(" ")))
        })
        .shorten(20),
    ]
}
