//! What the support form asks for.

use super::error;
use crate::{answer::Outcome, handler::Call};
use serde_json::{Value, json};

/// The organization is in the query here, not in the path.
pub(crate) fn inputs(call: &mut Call<'_>) -> Outcome {
    let org = call.query("orgId").unwrap_or_default();
    if !call.caller.orgs.iter().any(|known| known == org) {
        let text = format!("No access to organization {org}.");
        return Err(error(call, call.settings.foreign_org_status, &text));
    }
    let sddcs = call.world.sddcs.iter();
    let own = sddcs.filter(|sddc| sddc.org == org && sddc.state != "DELETED");
    let choice: Vec<Value> = own
        .map(|sddc| json!({"displayText": sddc.name, "value": sddc.id}))
        .collect();
    Call::ok(&json!({"inputs": [{
        "name": "inputs-sddc",
        "label": "SDDC",
        "placeholder": "Select an SDDC",
        "required": true,
        "choice": choice,
    }]}))
}
