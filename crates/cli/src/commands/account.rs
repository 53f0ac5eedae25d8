//! `vmc account`.

use clap::Subcommand;
use vmc_api::models::{AwsCustomerConnectedAccount as Account, ConnectionState};

use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve;

/// Verbs of `vmc account`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the AWS accounts linked to the organization
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc account list
  vmc account list -o json"
    )]
    List(OrgArg),
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let Self::List(_) = self;
        let mut accounts = resolve::accounts(context).await?;
        accounts.sort_by(|a, b| {
            a.account_number
                .cmp(&b.account_number)
                .then_with(|| a.id.cmp(&b.id))
        });
        if accounts
            .iter()
            .any(|account| account.state == Some(ConnectionState::Broken))
        {
            context.warn("a link is BROKEN: its roles in the AWS account no longer work; see 'vmc link status'");
        }
        context.printer()?.list(&accounts, &columns())
    }
}

fn columns() -> Vec<Column<Account>> {
    vec![
        Column::new("Account", |account: &Account| {
            Cell::maybe(account.account_number.as_deref())
        }),
        Column::new("Id", |account: &Account| Cell::new(account.id.as_str())).id(),
        Column::new("State", |account: &Account| {
            cells::state(account.state.as_ref().map(ConnectionState::as_str))
        }),
        Column::new("Linked", |account: &Account| {
            cells::when(account.created.as_ref())
        })
        .optional(),
        Column::new("Stack", |account: &Account| {
            Cell::maybe(account.cf_stack_name.as_deref())
        })
        .optional(),
    ]
}
