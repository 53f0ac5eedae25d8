//! `vmc support`.

use clap::{Args, Subcommand};
use vmc_api::customer_support;
use vmc_api::models::SddcList;

use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};

/// Verbs of `vmc support`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List what a support request has to be filled in with, and the choices
    #[command(after_help = "\
Examples:
  vmc support inputs
  vmc support inputs --user 'vmware.com:0a1b2c3d-5e6f-4a7b-8c9d-0e1f2a3b4c5d'")]
    Inputs(Inputs),
}

/// Arguments of `vmc support inputs`.
#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Id of the user who asks for support [default: the token's own]
    #[arg(long, value_name = "ID")]
    user: Option<String>,

    #[command(flatten)]
    org: OrgArg,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let Self::Inputs(command) = self;
        let user = match command.user {
            Some(user) => Some(user),
            None => context.identity()?.claims().await?.subject,
        };
        let Some(user) = user else {
            return Err(Error::usage("the token does not tell whose it is").hint("Give --user ID."));
        };
        let get = customer_support::GetInputs::new(user, context.org().await?);
        let answer = context.vmc()?.send(get).await?;
        let inputs = answer.inputs.as_deref().unwrap_or_default();
        context.printer()?.rows(&answer, inputs, &columns())
    }
}

fn columns() -> Vec<Column<SddcList>> {
    vec![
        Column::new("Name", |input: &SddcList| {
            Cell::maybe(input.name.as_deref())
        })
        .id(),
        Column::new("Label", |input: &SddcList| {
            Cell::maybe(input.label.as_deref())
        })
        .shorten(12),
        Column::new("Required", |input: &SddcList| cells::yes(input.required)),
        Column::new("Choices", |input: &SddcList| {
            let choices = input.choice.iter().flatten().map(|choice| {
                let value = choice.value.as_deref().unwrap_or_default();
                match choice.display_text.as_deref() {
                    Some(text) if text != value => format!("{text} ({value})"),
                    _ => value.to_owned(),
                }
            });
            Cell::new(choices.collect::<Vec<_>>().join(", "))
        })
        .wrap(20),
    ]
}
