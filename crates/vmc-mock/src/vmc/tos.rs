//! Terms of service.

use crate::{answer::Outcome, handler::Call};
use serde_json::json;

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let id = call.query("termsId").unwrap_or_default();
    let signed = call.settings.signed_terms.iter().any(|known| known == id);
    Call::ok(&json!({"terms_id": id, "signed": signed}))
}
