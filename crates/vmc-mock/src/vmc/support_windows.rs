//! Windows in which the vendor's support works on SDDCs, with a number of seats each.

use super::{error, sddcs};
use crate::{answer::Outcome, handler::Call, world::SupportWindow};
use serde_json::{Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let least = call.query("minimumSeatsAvailable");
    let least: u64 = least.and_then(|text| text.parse().ok()).unwrap_or(0);
    let by = call.query("createdBy");
    let rows = call.world.support_windows.iter();
    let rows = rows.filter(|row| by.is_none_or(|by| row.created_by == by));
    let rows = rows.filter(|row| free(call, row) >= least);
    let found: Vec<Value> = rows.map(|row| document(call, row)).collect();
    Call::ok(&json!(found))
}

pub(crate) fn set(call: &mut Call<'_>) -> Outcome {
    let id = call.param("id").to_owned();
    let Some(window) = call.world.support_windows.get(&id) else {
        let text = format!("Cannot find the support window with identifier {id}.");
        return Err(error(call, 404, &text));
    };
    let Some(sddc) = call.body["sddc_id"].as_str() else {
        return Err(error(call, 400, "sddc_id is missing."));
    };
    let sddc = sddcs::find_by_id(call, sddc)?;
    if sddc.state == "DELETED" {
        return Err(error(call, 400, &format!("SDDC {} is deleted.", sddc.id)));
    }
    let moves = sddc.support_window.as_ref() != Some(&id);
    if moves && free(call, window) == 0 {
        let text = format!("Support window {id} has no free seat.");
        return Err(error(call, 400, &text));
    }
    if moves {
        let sddc = sddc.id.clone();
        if let Some(row) = call.world.sddcs.get_mut(&sddc) {
            row.support_window = Some(id.clone());
        }
        let details = json!({"sddc": sddc, "window": id});
        call.world.effect(call.now, "support_window.set", details);
    }
    Call::ok(&json!({"window_id": id}))
}

/// SDDCs of all organizations take seats.
fn taken<'a>(call: &'a Call<'_>, window: &SupportWindow) -> Vec<&'a crate::world::Sddc> {
    let sddcs = call.world.sddcs.iter();
    let here = sddcs.filter(|sddc| sddc.support_window.as_ref() == Some(&window.id));
    here.filter(|sddc| sddc.state != "DELETED").collect()
}

fn free(call: &Call<'_>, window: &SupportWindow) -> u64 {
    let taken = u64::try_from(taken(call, window).len()).unwrap_or(u64::MAX);
    window.seats.saturating_sub(taken)
}

fn document(call: &Call<'_>, window: &SupportWindow) -> Value {
    let org = call.param("org");
    let taken = taken(call, window).into_iter();
    let own: Vec<&str> = taken
        .filter(|sddc| sddc.org == org)
        .map(|sddc| sddc.id.as_str())
        .collect();
    json!({
        "support_window_id": window.id,
        "start_day": window.day,
        "start_hour": window.hour,
        "duration_hours": window.hours,
        "seats": free(call, window),
        "sddcs": own,
        "metadata": {},
    })
}
