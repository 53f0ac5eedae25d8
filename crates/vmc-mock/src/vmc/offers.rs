//! What can be subscribed to. Names, prices and versions are made up.

use super::error;
use crate::{answer::Outcome, handler::Call, world::aws_region};
use serde_json::{Value, json};

/// Type of host, and the price of one hour in cents.
const TYPES: [(&str, u64); 3] = [("i3", 837), ("i3en", 1_337), ("i4i", 1_137)];
/// Terms in months, and how much of the price is left.
const TERMS: [(u64, u64); 2] = [(12, 70), (36, 50)];

pub(crate) fn products(call: &mut Call<'_>) -> Outcome {
    let types = TYPES.map(|(name, _)| name);
    let _ = call;
    Call::ok(&json!([{"product": "host", "types": types}]))
}

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let region = call.query("region").unwrap_or_default();
    let mut regions = call.settings.regions.iter();
    if !regions.any(|known| aws_region(known) == aws_region(region)) {
        return Err(error(
            call,
            400,
            &format!("Region '{region}' is not available."),
        ));
    }
    let fits = |name: &str, wanted: &str| {
        call.query(name)
            .is_none_or(|given| given.eq_ignore_ascii_case(wanted))
    };
    let found = TYPES.iter().find(|(kind, _)| fits("type", kind));
    let product = fits("product_type", "host") && fits("product", "host");
    let (Some((kind, cents)), true) = (found, product) else {
        let text = "There is no such product; see subscriptions/products.";
        return Err(error(call, 400, text));
    };
    let offers: Vec<Value> = all(region)
        .into_iter()
        .filter(|offer| fits("type", offer["type"].as_str().unwrap_or_default()))
        .collect();
    Call::ok(&json!({
        "on_demand": {
            "product": "host",
            "product_type": "host",
            "type": kind,
            "name": format!("host-{kind}-on-demand"),
            "description": format!("{kind} host on demand"),
            "currency": "USD",
            "region": region,
            "unit_price": dollars(*cents),
            "monthly_cost": dollars(cents * 730),
            "version": "1",
        },
        "offers": offers,
    }))
}

/// All offers for a term, as `TermOfferInstance`.
pub(crate) fn all(region: &str) -> Vec<Value> {
    let offer = |kind: &str, cents: u64, months: u64, percent: u64| {
        let price = cents * 730 * months * percent / 100;
        json!({
            "product": "host",
            "product_type": "host",
            "product_id": format!("host-{kind}"),
            "type": kind,
            "name": format!("host-{kind}-{months}"),
            "description": format!("{kind} host for {months} months"),
            "currency": "USD",
            "region": region,
            "commitment_term": months,
            "unit_price": dollars(price),
            "billing_options": [
                {"billing_frequency": "Upfront", "unit_price": dollars(price)},
                {"billing_frequency": "Monthly", "unit_price": dollars(price / months)},
            ],
            "version": "1",
            "offer_context_id": format!("context-{kind}-{months}"),
            "product_charge_id": format!("charge-{kind}-{months}"),
        })
    };
    let kinds = TYPES.iter();
    kinds
        .flat_map(|(kind, cents)| TERMS.map(|(months, part)| offer(kind, *cents, months, part)))
        .collect()
}

fn dollars(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
