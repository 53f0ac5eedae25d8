//! Add-ons of an SDDC: which are enabled.

use super::{error, sddc_task, sddcs};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
};
use serde_json::json;

const NAMES: [&str; 4] = ["hcx", "draas", "skynet", "default"];

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let all = NAMES.map(|name| json!({"name": name, "enabled": sddc.enablements.contains(name)}));
    Call::ok(&json!(all))
}

pub(crate) fn change(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    sddc_task::check_ready(call, sddc)?;
    let (id, name) = (sddc.id.clone(), call.param("enablement").to_owned());
    if !NAMES.contains(&name.as_str()) {
        let text = format!("Cannot find the enablement '{name}': {}.", NAMES.join(", "));
        return Err(error(call, 404, &text));
    }
    let enabled = call.query("action") == Some("enable");
    let changed = call
        .world
        .sddcs
        .get_mut(&id)
        .is_some_and(|sddc| match enabled {
            true => sddc.enablements.insert(name.clone()),
            false => sddc.enablements.remove(&name),
        });
    if changed {
        let details = json!({"sddc": id, "name": name, "enabled": enabled});
        call.world.effect(call.now, "enablement.changed", details);
    }
    Ok(Answer::empty(call.success))
}
