//! How an organization pays: made up, and the same for all.

use crate::{answer::Outcome, handler::Call, world::derived_id};
use serde_json::{Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let wanted = call.query("defaultFlag").map(|text| text == "true");
    let all = [("CREDIT_CARD", true), ("PAY_BY_INVOICE", false)].into_iter();
    let found: Vec<Value> = all
        .filter(|(_, default)| wanted.is_none_or(|wanted| wanted == *default))
        .map(|(kind, default)| {
            let id = derived_id(call.param("org"), kind);
            json!({"payment_method_id": id, "type": kind, "default_flag": default})
        })
        .collect();
    Call::ok(&json!(found))
}
