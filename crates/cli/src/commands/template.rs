//! `vmc template`.

use clap::{ArgGroup, Args, Subcommand};
use vmc_api::models::{SddcTemplate, SddcTemplateState};
use vmc_api::{SddcId, sddc_templates};

use crate::args::{OrgArg, RevealArg, YesArg};
use crate::commands::task;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{Mutation, TaskArgs};
use crate::output::{Cell, Column, cells};
use crate::pick::Pick;
use crate::resolve::{looks_like_an_id, sddc_id};

/// Verbs of `vmc template`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the templates that deleted SDDCs left
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc template list
  vmc template list -o name

To keep one: vmc sddc delete lab --keep-template lab-template
To use one:  vmc sddc create --sddc-template-id ID --name lab --hosts 3"
    )]
    List(List),
    /// Show one template
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc template show lab-template
  vmc template show --sddc lab
  vmc template show lab-template -o json --reveal"
    )]
    Show(Show),
    /// Delete a template
    #[command(
        visible_alias = "rm",
        after_help = "\
Examples:
  vmc template delete lab-template
  vmc template delete 2dd0d2a6-7a9b-4b35-9f3c-0123456789ab --yes --no-wait"
    )]
    Delete(Delete),
}

/// Arguments of `vmc template list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    reveal: RevealArg,

    #[command(flatten)]
    org: OrgArg,
}

/// Arguments of `vmc template show`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true)))]
pub(crate) struct Show {
    /// Template, by name or id
    #[arg(value_name = "TEMPLATE", group = "which")]
    target: Option<String>,

    /// The template that this SDDC, by name or id, was made from
    #[arg(long, value_name = "SDDC", group = "which")]
    sddc: Option<String>,

    #[command(flatten)]
    reveal: RevealArg,

    #[command(flatten)]
    org: OrgArg,
}

/// Arguments of `vmc template delete`.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Template, by id, or by its name letter for letter
    #[arg(value_name = "TEMPLATE")]
    target: String,

    #[command(flatten)]
    yes: YesArg,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    task: TaskArgs,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => {
                let mut printer = context.printer()?;
                printer.reveal = command.reveal.reveal;
                printer.list(&list(context).await?, &columns())
            }
            Self::Show(command) => command.run(context).await,
            Self::Delete(command) => command.run(context).await,
        }
    }
}

impl Show {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let (org, vmc) = (context.org().await?, context.vmc()?);
        let template = match (self.target, self.sddc) {
            (_, Some(sddc)) => {
                let sddc = sddc_id(context, &sddc).await?;
                vmc.send(sddc_templates::OfSddc::new(org, sddc)).await?
            }
            (Some(id), None) if looks_like_an_id(&id) => {
                vmc.send(sddc_templates::Get::new(org, id)).await?
            }
            (name, None) => {
                let list = list(context).await?;
                let found = pick(&list).one(name.as_deref().unwrap_or_default())?;
                vmc.send(sddc_templates::Get::new(org, &found.id)).await?
            }
        };
        let mut printer = context.printer()?;
        printer.reveal = self.reveal.reveal;
        printer.show(&template, &columns())
    }
}

impl Delete {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let list = list(context).await?;
        let template = pick(&list).exactly(&self.target)?;
        let (id, name) = (&template.id, name(template));
        let delete = sddc_templates::Delete::new(context.org().await?, &template.id);
        let find_out = format!("vmc template show {id}");
        let what_goes = format!("This deletes template {name:?} ({id}). It cannot be undone.");
        let ended = Mutation::new(
            context,
            "the deletion",
            format!("Deleting template {name}"),
            find_out,
        )
        .ask(&self.yes, what_goes, name)
        .run(&self.task, delete)
        .await?;
        match ended {
            Some(task) => context.printer()?.show(&task, &task::columns()),
            None => Ok(()),
        }
    }
}

async fn list(context: &Context) -> Result<Vec<SddcTemplate>, Error> {
    let list = sddc_templates::List::new(context.org().await?);
    let mut list = context.vmc()?.send(list).await?;
    list.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    Ok(list)
}

fn pick(templates: &[SddcTemplate]) -> Pick<'_, SddcTemplate> {
    Pick::new(
        "template",
        templates,
        |template| template.id.as_str(),
        |template| template.name.as_deref().unwrap_or_default(),
    )
}

/// What people call it.
fn name(template: &SddcTemplate) -> &str {
    let name = template.name.as_deref().filter(|name| !name.is_empty());
    name.unwrap_or(template.id.as_str())
}

fn columns() -> Vec<Column<SddcTemplate>> {
    vec![
        Column::new("Name", |template: &SddcTemplate| {
            Cell::maybe(template.name.as_deref())
        })
        .shorten(12),
        Column::new("Id", |template: &SddcTemplate| {
            Cell::new(template.id.as_str())
        })
        .id(),
        Column::new("State", |template: &SddcTemplate| {
            cells::state(template.state.as_ref().map(SddcTemplateState::as_str))
        }),
        Column::new("Created", |template: &SddcTemplate| {
            cells::when(template.created.as_ref())
        })
        .optional(),
        Column::new("Made of SDDC", |template: &SddcTemplate| {
            Cell::maybe(template.source_sddc_id.as_ref().map(SddcId::as_str))
        })
        .optional(),
        Column::new("Its name", |template: &SddcTemplate| {
            Cell::maybe(template.sddc.as_ref().and_then(|sddc| sddc.name.as_deref()))
        })
        .detail(),
        Column::new("Region", |template: &SddcTemplate| {
            let config = template
                .sddc
                .as_ref()
                .and_then(|sddc| sddc.resource_config.as_ref());
            Cell::maybe(config.and_then(|config| config.region.as_deref()))
        })
        .detail(),
        Column::new("By", |template: &SddcTemplate| {
            Cell::maybe(template.user_name.as_deref())
        })
        .detail(),
    ]
}
