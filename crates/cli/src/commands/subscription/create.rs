//! `vmc subscription create`.

use clap::Args;
use vmc_api::models::{
    BillingFrequency, OfferInstancesHolder, SubscriptionRequest, Task, TermBillingOptions,
    TermOfferInstance,
};
use vmc_api::{SubscriptionId, Text, subscriptions};

use super::columns;
use crate::args::{Input, OrgArg, YesArg};
use crate::body::Draft;
use crate::commands::subnet::service_region;
use crate::commands::task;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{Mutation, TaskArgs};

const EXAMPLES: &str = "\
Examples:
  vmc subscription create --region us-west-2 --product-type host --offer NAME \\
      --quantity 2 --dry-run
  vmc subscription create --file subscription.json --yes

What is not said of the offer (version, term, product, ids) is taken from the \
service's list: vmc subscription offers. A subscription is paid for to the end of \
its term; the price is told and has to be confirmed before it is bought.";

/// Arguments of `vmc subscription create`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Create {
    #[command(flatten)]
    yes: YesArg,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    task: TaskArgs,

    #[command(flatten)]
    wanted: Wanted,
}

/// Flags that describe a subscription.
#[derive(Debug, Args)]
#[command(next_help_heading = "Subscription")]
struct Wanted {
    /// JSON or TOML file with the request, - for stdin; flags override it
    #[arg(long, value_name = "FILE")]
    file: Option<Input>,

    /// Region, as in us-west-2 or US_WEST_2
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Type of product; the vendor calls it deprecated and demands it
    #[arg(long, value_name = "TYPE")]
    product_type: Option<String>,

    /// Name of the offer
    #[arg(long, value_name = "NAME")]
    offer: Option<String>,

    /// How many hosts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    quantity: Option<u32>,

    /// Length of the term, as the offer gives it
    #[arg(long, value_name = "TERM")]
    commitment_term: Option<String>,

    /// When it is paid: Upfront or Monthly
    #[arg(long, value_name = "WHEN")]
    billing_frequency: Option<String>,

    /// Version of the offer
    #[arg(long, value_name = "VERSION")]
    offer_version: Option<String>,

    /// Product
    #[arg(long, value_name = "PRODUCT")]
    product: Option<String>,

    /// Type of the product, such as a kind of host
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,

    /// Id of the product
    #[arg(long, value_name = "ID")]
    product_id: Option<String>,

    /// Id under which the product is charged
    #[arg(long, value_name = "ID")]
    product_charge_id: Option<String>,

    /// Context of the offer
    #[arg(long, value_name = "ID")]
    offer_context_id: Option<String>,

    /// Price that was agreed on, a whole number
    #[arg(long, value_name = "N")]
    price: Option<u32>,
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut draft = self.wanted.draft()?;
        let offers = offers(context, &draft).await?;
        let offer = choose(&offers, &draft)?;
        if let Some(offer) = offer {
            fill(&mut draft, offer)?;
        }
        draft.needs(&[
            ("offer_version", "--offer-version"),
            ("commitment_term", "--commitment-term"),
        ])?;
        let request: SubscriptionRequest = draft.finish()?;
        let costs = what_it_costs(&request, offer);
        if self.yes.yes || self.task.dry_run.dry_run {
            context.say(&costs);
        }
        let what_goes = format!("{costs} This buys it, and cannot be taken back.");

        let name = request.offer_name.clone();
        let create = subscriptions::Create::new(context.org().await?, request);
        let ended = Mutation::new(
            context,
            "the purchase",
            format!("Subscription {name}"),
            "vmc subscription list",
        )
        .ask(&self.yes, what_goes, name)
        .run(&self.task, create)
        .await?;
        match ended {
            Some(task) => show(context, &task).await,
            None => Ok(()),
        }
    }
}

impl Wanted {
    fn draft(&self) -> Result<Draft, Error> {
        let text = |value: &Option<String>| value.as_deref().map(serde_json::Value::from);
        let mut draft = Draft::read::<SubscriptionRequest>("a subscription", self.file.as_ref())?;
        draft.set("region", self.region.as_deref().map(service_region));
        draft.set("product_type", text(&self.product_type));
        draft.set("offer_name", text(&self.offer));
        draft.set("quantity", self.quantity);
        draft.set("commitment_term", text(&self.commitment_term));
        let paid = self.billing_frequency.as_deref().map(|paid| {
            let known = BillingFrequency::KNOWN.iter();
            let mut known = known.filter(|known| known.eq_ignore_ascii_case(paid));
            known.next().copied().unwrap_or(paid)
        });
        draft.set("billing_frequency", paid);
        draft.set("offer_version", text(&self.offer_version));
        draft.set("product", text(&self.product));
        draft.set("type", text(&self.kind));
        draft.set("product_id", text(&self.product_id));
        draft.set("product_charge_id", text(&self.product_charge_id));
        draft.set("offer_context_id", text(&self.offer_context_id));
        draft.set("price", self.price);
        draft.needs(&[
            ("region", "--region"),
            ("product_type", "--product-type"),
            ("offer_name", "--offer"),
            ("quantity", "--quantity"),
        ])?;
        Ok(draft)
    }
}

/// What is on offer where the subscription is to be.
async fn offers(context: &Context, draft: &Draft) -> Result<OfferInstancesHolder, Error> {
    let (region, kind) = (draft.text("region"), draft.text("product_type"));
    let list = subscriptions::OfferInstances::new(context.org().await?, region, kind);
    Ok(context.vmc()?.send(list).await?)
}

/// The one offer that is meant; none where the service lists none, but all of
/// it is said.
fn choose<'a>(
    offers: &'a OfferInstancesHolder,
    draft: &Draft,
) -> Result<Option<&'a TermOfferInstance>, Error> {
    let name = draft.text("offer_name");
    let fits = |said: &str, is: Option<String>| {
        let said = draft.text(said);
        said.is_empty() || is.is_none_or(|is| is == said)
    };
    let text = |text: &Option<Text>| text.as_ref().map(ToString::to_string);
    let fitting: Vec<&TermOfferInstance> = offers
        .offers
        .iter()
        .flatten()
        .filter(|offer| offer.name.as_deref() == Some(&*name))
        .filter(|offer| {
            fits(
                "commitment_term",
                offer.commitment_term.map(|term| term.to_string()),
            ) && fits("offer_version", text(&offer.version))
                && fits("product", offer.product.clone())
                && fits("type", offer.kind.clone())
                && fits("product_id", offer.product_id.clone())
                && fits("product_charge_id", offer.product_charge_id.clone())
                && fits("offer_context_id", offer.offer_context_id.clone())
        })
        .collect();
    let on_demand = offers.on_demand.as_ref();
    if fitting.is_empty() && on_demand.is_some_and(|offer| offer.name.as_deref() == Some(&*name)) {
        return Err(Error::usage(format!(
            "{name:?} is the offer on demand, for hosts without a subscription; nothing was bought"
        )));
    }
    match fitting[..] {
        [one] => Ok(Some(one)),
        [] if draft.text("offer_version").is_empty()
            || draft.text("commitment_term").is_empty() =>
        {
            Err(Error::not_found(format!(
                "there is no offer {name:?} like this in {}; nothing was bought",
                draft.text("region")
            ))
            .hint(format!(
                "To see what there is: vmc subscription offers --region {} --product-type {}",
                draft.text("region"),
                draft.text("product_type")
            )))
        }
        [] => Ok(None),
        ref several => {
            let each: Vec<String> = several
                .iter()
                .map(|offer| {
                    let term = offer
                        .commitment_term
                        .map_or_else(String::new, |term| term.to_string());
                    let version = offer.version.as_ref().map_or("", Text::as_str);
                    let kind = offer.kind.as_deref().unwrap_or_default();
                    format!("--commitment-term {term} --offer-version {version} --type {kind}")
                })
                .collect();
            Err(
                Error::usage(format!("which of the {} offers {name:?}?", several.len()))
                    .hint(format!("There is: {}.", each.join("; "))),
            )
        }
    }
}

/// What was not said of the offer, from the service's own list. Only how to
/// pay is nothing to choose for somebody.
fn fill(draft: &mut Draft, offer: &TermOfferInstance) -> Result<(), Error> {
    let term = offer.commitment_term.map(|term| term.to_string());
    for (field, value) in [
        ("offer_version", offer.version.as_ref().map(Text::as_str)),
        ("commitment_term", term.as_deref()),
        ("product", offer.product.as_deref()),
        ("product_id", offer.product_id.as_deref()),
        ("product_charge_id", offer.product_charge_id.as_deref()),
        ("type", offer.kind.as_deref()),
        ("offer_context_id", offer.offer_context_id.as_deref()),
    ] {
        if let Some(value) = value {
            draft.default(field, value);
        }
    }
    let ways = offer.billing_options.iter().flatten();
    let ways: Vec<&str> = ways
        .filter_map(|way| way.billing_frequency.as_ref())
        .map(BillingFrequency::as_str)
        .collect();
    let said = draft.text("billing_frequency");
    if let ([only], true) = (&ways[..], said.is_empty()) {
        draft.default("billing_frequency", *only);
    } else if !ways.is_empty() && !ways.contains(&&*said) {
        let name = offer.name.as_deref().unwrap_or_default();
        let message = if said.is_empty() {
            format!("offer {name:?} can be paid in several ways")
        } else {
            format!("offer {name:?} cannot be paid {said:?}; nothing was bought")
        };
        return Err(Error::usage(message).hint(format!(
            "Give --billing-frequency. There is: {}.",
            ways.join(", ")
        )));
    }
    Ok(())
}

/// What is bought at which price, as sentences.
fn what_it_costs(request: &SubscriptionRequest, offer: Option<&TermOfferInstance>) -> String {
    let what = format!(
        "Subscription for {} hosts: offer {:?} in {}, term {}.",
        request.quantity, request.offer_name, request.region, request.commitment_term
    );
    let price = match offer {
        Some(offer) => prices(request, offer),
        None => "The service does not list this offer, so its price is not known.".to_owned(),
    };
    format!("{what} {price}")
}

fn prices(request: &SubscriptionRequest, offer: &TermOfferInstance) -> String {
    let currency = offer.currency.as_deref().unwrap_or_default();
    let line = |price: &Text| format!("{} x {price} {currency}", request.quantity);
    let paid = |way: &TermBillingOptions| {
        let price = way.unit_price.as_ref().map(line)?;
        let when = way.billing_frequency.as_ref()?;
        Some(format!("{price}, paid {when}"))
    };
    let ways = offer.billing_options.as_deref().unwrap_or_default();
    let wanted = |way: &&TermBillingOptions| {
        request.billing_frequency.is_none() || request.billing_frequency == way.billing_frequency
    };
    let mut prices: Vec<String> = ways.iter().filter(wanted).filter_map(paid).collect();
    if ways.is_empty() {
        prices.extend(offer.unit_price.as_ref().map(line));
    }
    if prices.is_empty() {
        "The service does not tell the price.".to_owned()
    } else {
        format!("Price: {}.", prices.join(", or "))
    }
}

/// Shows the subscription if the task tells which it is, else the task.
async fn show(context: &Context, task: &Task) -> Result<(), Error> {
    if let Some(id) = task.resource_id.as_deref().filter(|id| !id.is_empty()) {
        let id = SubscriptionId::from(id);
        let get = subscriptions::Get::new(context.org().await?, id);
        if let Ok(one) = context.vmc()?.send(get).await {
            return context.printer()?.show(&one, &columns());
        }
    }
    context.printer()?.show(task, &task::columns())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Class;
    use clap::Parser;
    use serde_json::{Value, json};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        wanted: Wanted,
    }

    const WORDS: &str = "x --region us-west-2 --product-type host --offer reserved --quantity 2";

    fn draft(more: &str) -> Draft {
        let words = format!("{WORDS} {more}");
        let line = Line::try_parse_from(words.split_whitespace()).unwrap();
        line.wanted.draft().unwrap()
    }

    fn offers() -> OfferInstancesHolder {
        let offer = |term: u32, kind: &str| {
            json!({
                "name": "reserved", "version": "7", "commitment_term": term, "type": kind,
                "product": "host", "product_id": "p", "currency": "USD", "unit_price": "1.00",
                "billing_options": [
                    {"billing_frequency": "Monthly", "unit_price": "3.50"},
                    {"billing_frequency": "Upfront", "unit_price": "40.00"},
                ],
            })
        };
        let offers = json!({"offers": [offer(12, "a"), offer(36, "a"), offer(12, "b")]});
        serde_json::from_value(offers).unwrap()
    }

    fn request(more: &str) -> (Value, String) {
        let (mut draft, offers) = (draft(more), offers());
        let offer = choose(&offers, &draft).unwrap();
        if let Some(offer) = offer {
            fill(&mut draft, offer).unwrap();
        }
        let request: SubscriptionRequest = draft.finish().unwrap();
        let costs = what_it_costs(&request, offer);
        (serde_json::to_value(request).unwrap(), costs)
    }

    #[test]
    fn what_is_not_said_comes_from_the_one_offer_that_fits() {
        let (request, costs) = request("--commitment-term 36 --billing-frequency upfront");
        assert_eq!(
            request,
            json!({
                "region": "US_WEST_2", "product_type": "host", "offer_name": "reserved",
                "quantity": 2, "commitment_term": "36", "billing_frequency": "Upfront",
                "offer_version": "7", "product": "host", "product_id": "p", "type": "a",
            })
        );
        assert!(
            costs.ends_with("Price: 2 x 40.00 USD, paid Upfront."),
            "{costs}"
        );
    }

    #[test]
    fn how_to_pay_is_nothing_to_guess() {
        let (mut draft, offers) = (draft("--commitment-term 36"), offers());
        let offer = choose(&offers, &draft).unwrap().unwrap();
        let error = fill(&mut draft, offer).unwrap_err();
        assert!(error.hints()[0].contains("Monthly, Upfront"), "{error}");
        let mut odd = self::draft("--commitment-term 36 --billing-frequency weekly");
        let error = fill(&mut odd, offer).unwrap_err();
        assert!(
            error.to_string().contains("cannot be paid \"weekly\""),
            "{error}"
        );
        assert!(error.hints()[0].contains("Monthly, Upfront"), "{error}");
    }

    #[test]
    fn nothing_is_guessed_where_several_offers_or_none_fit() {
        let class = |more: &str| {
            let error = choose(&offers(), &draft(more)).unwrap_err();
            Class::of(&error)
        };
        assert_eq!(class("--commitment-term 12"), Some(Class::Usage));
        assert_eq!(class("--commitment-term 24"), Some(Class::NotFound));
        let (request, costs) = request("--commitment-term 24 --offer-version 1");
        assert_eq!(request["commitment_term"], "24");
        assert!(costs.ends_with("its price is not known."), "{costs}");
    }
}
