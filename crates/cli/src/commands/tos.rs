//! `vmc tos`.

use clap::{Args, Subcommand};
use vmc_api::models::TermsOfServiceResult;
use vmc_api::tos;

use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};

/// Verbs of `vmc tos`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell whether terms of service have been signed
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc tos show 5f7b9a1c
  vmc tos show 5f7b9a1c -o json"
    )]
    Show(Show),
}

/// Arguments of `vmc tos show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id of the terms
    #[arg(value_name = "ID")]
    terms: String,

    #[command(flatten)]
    org: OrgArg,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let Self::Show(show) = self;
        let get = tos::Get::new(context.org().await?, show.terms);
        let terms = context.vmc()?.send(get).await?;
        context.printer()?.show(&terms, &columns())
    }
}

fn columns() -> Vec<Column<TermsOfServiceResult>> {
    vec![
        Column::new("Terms", |terms: &TermsOfServiceResult| {
            Cell::maybe(terms.terms_id.as_deref())
        })
        .id(),
        Column::new("Signed", |terms: &TermsOfServiceResult| {
            cells::yes(terms.signed)
        }),
    ]
}
