//! Subscriptions: list, get, order; cancel by the legacy call.

use super::{error, offers, tasks};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::{Kept, Subscription, Then, seconds},
};
use serde_json::{Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    // Hosts on demand are paid without a subscription.
    let wanted = call.query("offer_type").is_none_or(|kind| kind == "TERM");
    let rows = call.world.subscriptions.iter();
    let rows = rows.filter(|row| wanted && row.org == call.param("org"));
    let found: Vec<Value> = rows.map(document).collect();
    Call::ok(&json!(found))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    Call::ok(&document(find(call)?))
}

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    let text = |name: &str| call.body[name].as_str().unwrap_or_default().to_owned();
    let (region, name) = (text("region"), text("offer_name"));
    let mut regions = call.settings.regions.iter();
    let known = regions.any(|known| *known == region);
    let offer = offers::all(&region).into_iter().find(|offer| {
        known
            && offer["name"] == name.as_str()
            && offer["version"] == call.body["offer_version"]
            && offer["commitment_term"].as_u64() == text("commitment_term").parse().ok()
            && [
                "product",
                "type",
                "product_id",
                "offer_context_id",
                "product_charge_id",
            ]
            .iter()
            .all(|field| call.body[field].is_null() || call.body[field] == offer[field])
    });
    let Some(offer) = offer else {
        let text = format!(
            "There is no offer '{name}' with these terms in region '{region}'; \
             see subscriptions/offer-instances."
        );
        return Err(error(call, 400, &text));
    };
    let quantity = call.body["quantity"].as_u64().unwrap_or(0);
    if quantity == 0 {
        return Err(error(call, 400, "quantity must be at least 1."));
    }
    let billing = call.body["billing_frequency"].as_str().unwrap_or("Upfront");
    if !["Upfront", "Monthly"].contains(&billing) {
        let text = format!("billing_frequency is Upfront or Monthly, not '{billing}'.");
        return Err(error(call, 400, &text));
    }
    let of = |name: &str| offer[name].as_str().unwrap_or_default().to_owned();
    let row = Subscription {
        id: call.world.new_id(),
        org: call.param("org").into(),
        status: "ORDER_SUBMITTED".into(),
        product: of("product"),
        product_type: of("type"),
        region,
        offer_name: name,
        offer_version: of("version"),
        billing_frequency: billing.into(),
        months: offer["commitment_term"].as_u64().unwrap_or(0),
        quantity,
        created: call.now,
    };
    let id = row.id.clone();
    call.world.subscriptions.insert(row);
    let details = json!({"id": id, "quantity": quantity});
    call.world.effect(call.now, "subscription.created", details);
    let params = json!({"subscriptionRequest": call.body});
    become_by_task(
        call,
        &id,
        "SUBSCRIPTION-CREATE",
        params,
        ["ACTIVATED", "FAILED"],
    )
}

pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    if !call.caller.may_delete {
        let text = "The caller's role does not allow deletion.";
        return Err(error(call, 403, text));
    }
    let row = find(call)?;
    let id = row.id.clone();
    if row.status != "ACTIVATED" {
        let text = format!("Subscription {id} is {}, not ACTIVATED.", row.status);
        return Err(error(call, 400, &text));
    }
    become_by_task(
        call,
        &id,
        "SUBSCRIPTION-DELETE",
        json!({}),
        ["CANCELLED", "ACTIVATED"],
    )
}

fn become_by_task(
    call: &mut Call<'_>,
    id: &str,
    task_type: &str,
    params: Value,
    [done, failed]: [&str; 2],
) -> Outcome {
    let then = Then::State {
        of: Kept::Subscription,
        id: id.into(),
        done: done.into(),
        failed: failed.into(),
    };
    tasks::short(call, ("subscription", id), task_type, params, then)
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Subscription, Answer> {
    let id = call.param("subscription");
    call.world
        .subscriptions
        .get(id)
        .filter(|row| row.org == call.param("org"))
        .ok_or_else(|| {
            let text = format!("Cannot find the subscription with identifier {id}.");
            error(call, 404, &text)
        })
}

fn document(row: &Subscription) -> Value {
    // Months of equal length are near enough for an end date.
    let end = row.created.plus(seconds(row.months * 365 * 86_400 / 12));
    json!({
        "csp_subscription_id": row.id,
        "billing_subscription_id": row.id,
        "status": row.status,
        "offer_type": "TERM",
        "offer_name": row.offer_name,
        "offer_version": row.offer_version,
        "product_id": format!("{}-{}", row.product, row.product_type),
        "product_name": row.product,
        "description": format!("{} {} for {} months", row.product_type, row.product, row.months),
        "region": row.region,
        "quantity": row.quantity.to_string(),
        "billing_frequency": row.billing_frequency,
        "commitment_term": row.months.to_string(),
        "commitment_term_uom": "MONTHS",
        "auto_renewed_allowed": "false",
        "anniversary_billing_date": row.created,
        "start_date": row.created,
        "end_date": end,
    })
}
