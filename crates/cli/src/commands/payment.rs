//! `vmc payment`.

use clap::{Args, Subcommand};
use vmc_api::models::PaymentMethodInfo;
use vmc_api::payment_methods;

use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};

/// Verbs of `vmc payment`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the organization's payment methods
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc payment list
  vmc payment list --default -o name"
    )]
    List(List),
}

/// Arguments of `vmc payment list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only the one that is used unless told
    #[arg(long)]
    default: bool,

    #[command(flatten)]
    org: OrgArg,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let Self::List(command) = self;
        let mut list = payment_methods::List::new(context.org().await?);
        if command.default {
            list = list.default_only(true);
        }
        let mut methods = context.vmc()?.send(list).await?;
        methods.sort_by(|a, b| {
            b.default_flag
                .cmp(&a.default_flag)
                .then_with(|| a.payment_method_id.cmp(&b.payment_method_id))
        });
        context.printer()?.list(&methods, &columns())
    }
}

fn columns() -> Vec<Column<PaymentMethodInfo>> {
    vec![
        Column::new("Id", |method: &PaymentMethodInfo| {
            Cell::maybe(method.payment_method_id.as_deref())
        })
        .id(),
        Column::new("Type", |method: &PaymentMethodInfo| {
            Cell::maybe(method.kind.as_deref())
        }),
        Column::new("Default", |method: &PaymentMethodInfo| {
            cells::yes(method.default_flag)
        }),
    ]
}
