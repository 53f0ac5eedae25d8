//! The language of messages. It is taken and does nothing: messages are English here.

use super::error;
use crate::{answer::Outcome, handler::Call};
use serde_json::json;

pub(crate) fn set(call: &mut Call<'_>) -> Outcome {
    let locale = call.body["locale"].as_str().unwrap_or_default().to_owned();
    let parts: Vec<&str> = locale.split(['_', '-']).collect();
    let letters = |part: &&str| part.len() >= 2 && part.chars().all(|c| c.is_ascii_alphanumeric());
    if !parts.iter().all(letters) {
        let text = format!("'{locale}' is not a locale such as en_US.");
        return Err(error(call, 400, &text));
    }
    let details = json!({"user": call.caller.user, "locale": locale});
    call.world.effect(call.now, "locale.set", details);
    Call::ok(&json!({"locale": locale}))
}
