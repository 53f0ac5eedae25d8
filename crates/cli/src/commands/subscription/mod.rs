//! `vmc subscription`.

mod create;
mod offers;

use clap::{Args, Subcommand, ValueEnum};
use vmc_api::models::{
    BillingFrequency, OfferType, SubscriptionDetails, SubscriptionProducts, SubscriptionStatus,
};
use vmc_api::{SubscriptionId, Text, Timestamp, subscriptions};

use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve::or_see;

/// Verbs of `vmc subscription`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List subscriptions
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc subscription list
  vmc subscription list --offer-type term -o csv"
    )]
    List(List),
    /// Show one subscription
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc subscription show 2dd0d2a6-7a9b-4b35-9f3c-0123456789ab"
    )]
    Show(Show),
    /// Buy a subscription
    Create(Box<create::Create>),
    /// List the products that subscriptions are for
    #[command(after_help = "\
Examples:
  vmc subscription products
  vmc subscription products -o json")]
    Products(OrgArg),
    /// List what is on offer in a region, and its price
    Offers(offers::Offers),
}

/// Arguments of `vmc subscription list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those for a term, or only those without
    #[arg(long, value_name = "TYPE")]
    offer_type: Option<Kind>,

    #[command(flatten)]
    org: OrgArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    #[value(alias = "TERM")]
    Term,
    #[value(aliases = ["ON_DEMAND", "on_demand"])]
    OnDemand,
}

/// Arguments of `vmc subscription show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id of the subscription
    #[arg(value_name = "ID")]
    subscription: String,

    #[command(flatten)]
    org: OrgArg,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Show(command) => {
                let get = subscriptions::Get::new(context.org().await?, command.subscription);
                let one = context.vmc()?.send(get).await;
                let list = format!("vmc subscription list{}", context.resume_flags());
                let one = one.map_err(|error| or_see(error, &list))?;
                context.printer()?.show(&one, &columns())
            }
            Self::Create(command) => command.run(context).await,
            Self::Products(_) => {
                let list = subscriptions::Products::new(context.org().await?);
                let mut products = context.vmc()?.send(list).await?;
                products.sort_by(|a, b| a.product.cmp(&b.product));
                context.printer()?.list(&products, &product_columns())
            }
            Self::Offers(command) => command.run(context).await,
        }
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let mut list = subscriptions::List::new(context.org().await?);
        if let Some(kind) = self.offer_type {
            list = list.offer_type(match kind {
                Kind::Term => OfferType::Term,
                Kind::OnDemand => OfferType::OnDemand,
            });
        }
        let mut subscriptions = context.vmc()?.send(list).await?;
        subscriptions.sort_by(|a, b| {
            (&a.offer_name, &a.csp_subscription_id).cmp(&(&b.offer_name, &b.csp_subscription_id))
        });
        context.printer()?.list(&subscriptions, &columns())
    }
}

fn columns() -> Vec<Column<SubscriptionDetails>> {
    type One = SubscriptionDetails;
    let text = |text: &Option<Text>| Cell::maybe(text.as_ref().map(Text::as_str));
    // Text of no fixed form, which looks like a moment as a rule.
    let date = |text: &Option<Text>| {
        let at = text.as_ref().map(|text| Timestamp::from(text.as_str()));
        cells::when(at.as_ref())
    };
    vec![
        Column::new("Id", |one: &One| {
            Cell::maybe(one.csp_subscription_id.as_ref().map(SubscriptionId::as_str))
        })
        .id(),
        Column::new("Status", |one: &One| {
            cells::state(one.status.as_ref().map(SubscriptionStatus::as_str))
        }),
        Column::new("Offer", |one: &One| Cell::maybe(one.offer_name.as_deref())).shorten(12),
        Column::new("Hosts", move |one: &One| text(&one.quantity)),
        Column::new("Region", |one: &One| Cell::maybe(one.region.as_deref())).optional(),
        Column::new("Ends", move |one: &One| date(&one.end_date)).optional(),
        Column::new("Type", |one: &One| {
            Cell::maybe(one.offer_type.as_ref().map(OfferType::as_str))
        })
        .detail(),
        Column::new("Product", |one: &One| {
            Cell::maybe(one.product_name.as_deref())
        })
        .detail(),
        Column::new("Term", |one: &One| {
            let term = [
                one.commitment_term.as_ref().map(Text::as_str),
                one.commitment_term_uom.as_deref(),
            ];
            Cell::new(term.into_iter().flatten().collect::<Vec<_>>().join(" "))
        })
        .detail(),
        Column::new("Paid", |one: &One| {
            Cell::maybe(one.billing_frequency.as_ref().map(BillingFrequency::as_str))
        })
        .detail(),
        Column::new("Began", move |one: &One| date(&one.start_date)).detail(),
        Column::new("Next bill", move |one: &One| {
            date(&one.anniversary_billing_date)
        })
        .detail(),
        Column::new("May renew itself", move |one: &One| {
            text(&one.auto_renewed_allowed)
        })
        .detail(),
        Column::new("Billing id", |one: &One| {
            Cell::maybe(one.billing_subscription_id.as_deref())
        })
        .detail(),
        Column::new("Description", |one: &One| {
            Cell::maybe(one.description.as_deref())
        })
        .detail(),
    ]
}

fn product_columns() -> Vec<Column<SubscriptionProducts>> {
    vec![
        Column::new("Product", |product: &SubscriptionProducts| {
            Cell::maybe(product.product.as_deref())
        })
        .id(),
        Column::new("Types", |product: &SubscriptionProducts| {
            Cell::maybe(product.types.as_ref().map(|types| types.join(" ")))
        })
        .wrap(20),
    ]
}
