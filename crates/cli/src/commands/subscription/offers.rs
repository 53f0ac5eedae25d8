//! `vmc subscription offers`.

use clap::Args;
use vmc_api::models::{BillingFrequency, OfferInstancesHolder};
use vmc_api::{Text, subscriptions};

use crate::args::OrgArg;
use crate::commands::subnet::service_region;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column};

const EXAMPLES: &str = "\
Examples:
  vmc subscription offers --region us-west-2 --product-type host
  vmc subscription offers --region us-west-2 --product-type host -o json

Products and their types: vmc subscription products";

/// Arguments of `vmc subscription offers`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Offers {
    /// Region, as in us-west-2 or US_WEST_2
    #[arg(long, value_name = "REGION")]
    region: String,

    /// Type of product; the vendor calls it deprecated and demands it
    #[arg(long, value_name = "TYPE")]
    product_type: String,

    /// Only offers of this product
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,

    /// Only offers of this type of the product, such as a kind of host
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,

    #[command(flatten)]
    org: OrgArg,
}

impl Offers {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (org, region) = (context.org().await?, service_region(&self.region));
        let mut list = subscriptions::OfferInstances::new(org, region, self.product_type);
        if let Some(product) = self.product {
            list = list.product(product);
        }
        if let Some(kind) = self.kind {
            list = list.kind(kind);
        }
        let offers = context.vmc()?.send(list).await?;
        context.printer()?.rows(&offers, &rows(&offers), &columns())
    }
}

/// A way to buy something.
struct Row<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    kind: Option<&'a str>,
    /// `12`, or that there is none.
    term: String,
    price: Option<&'a str>,
    currency: Option<&'a str>,
    paid: Option<&'a str>,
    description: Option<&'a str>,
}

/// One for each way to pay.
fn rows(offers: &OfferInstancesHolder) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    if let Some(offer) = &offers.on_demand {
        rows.push(Row {
            name: offer.name.as_deref(),
            version: offer.version.as_ref().map(Text::as_str),
            kind: offer.kind.as_deref(),
            term: "none".to_owned(),
            price: offer.unit_price.as_ref().map(Text::as_str),
            currency: offer.currency.as_deref(),
            paid: None,
            description: offer.description.as_deref(),
        });
    }
    for offer in offers.offers.iter().flatten() {
        let row = |price, paid| Row {
            name: offer.name.as_deref(),
            version: offer.version.as_ref().map(Text::as_str),
            kind: offer.kind.as_deref(),
            term: offer
                .commitment_term
                .map_or_else(String::new, |term| term.to_string()),
            price,
            currency: offer.currency.as_deref(),
            paid,
            description: offer.description.as_deref(),
        };
        match offer.billing_options.as_deref() {
            None | Some([]) => rows.push(row(offer.unit_price.as_ref().map(Text::as_str), None)),
            Some(ways) => rows.extend(ways.iter().map(|way| {
                row(
                    way.unit_price.as_ref().map(Text::as_str),
                    way.billing_frequency.as_ref().map(BillingFrequency::as_str),
                )
            })),
        }
    }
    rows.sort_by(|a, b| (a.name, &a.term, a.paid).cmp(&(b.name, &b.term, b.paid)));
    rows
}

fn columns<'a>() -> Vec<Column<Row<'a>>> {
    vec![
        Column::new("Offer", |row: &Row<'_>| Cell::maybe(row.name)).id(),
        Column::new("Version", |row: &Row<'_>| Cell::maybe(row.version)),
        Column::new("Type", |row: &Row<'_>| Cell::maybe(row.kind)).shorten(8),
        Column::new("Term", |row: &Row<'_>| Cell::new(&row.term)),
        Column::new("Price", |row: &Row<'_>| {
            let price = [row.price, row.currency];
            Cell::new(price.into_iter().flatten().collect::<Vec<_>>().join(" "))
        }),
        Column::new("Paid", |row: &Row<'_>| Cell::maybe(row.paid)),
        Column::new("Description", |row: &Row<'_>| Cell::maybe(row.description)).optional(),
    ]
}
