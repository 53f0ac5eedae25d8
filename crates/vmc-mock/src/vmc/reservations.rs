//! When SDDCs are maintained, and the hour of the week they can be (a deprecated family with one
//! successor, `tbrs/reservation`).

use super::{error, sddcs};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::{DAYS, Maintenance, Sddc, derived_id},
};
use serde_json::{Map, Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let found: Vec<Value> = maintained(call).map(|sddc| entry(call, sddc)).collect();
    Call::ok(&json!(found))
}

pub(crate) fn get_window(call: &mut Call<'_>) -> Outcome {
    let sddc = find(call)?;
    Call::ok(&json!({
        "day_of_week": sddc.window.day,
        "hour_of_day": sddc.window.hour,
        "duration_min": call.settings.maintenance_hours * 60,
        "version": sddc.window.version,
    }))
}

pub(crate) fn set_window(call: &mut Call<'_>) -> Outcome {
    let sddc = find(call)?;
    let id = sddc.id.clone();
    let day = call.body["day_of_week"].as_str().unwrap_or_default();
    let hour = call.body["hour_of_day"].as_u64().filter(|hour| *hour < 24);
    let (true, Some(hour)) = (DAYS.contains(&day), hour) else {
        let text = "day_of_week and hour_of_day (0 to 23) are needed.";
        return Err(error(call, 400, text));
    };
    if of(call, sddc).iter().any(|one| one.state == "RUNNING") {
        let text = format!("SDDC {id} is being maintained; its window cannot change now.");
        return Err(error(call, 409, &text));
    }
    let day = day.to_owned();
    let answer = json!({"day_of_week": day, "hour_of_day": hour});
    if let Some(sddc) = call.world.sddcs.get_mut(&id) {
        sddc.window.day = day;
        sddc.window.hour = hour;
        sddc.window.version += 1;
    }
    let details = json!({"sddc": id, "window": answer});
    call.world
        .effect(call.now, "maintenance_window.set", details);
    Call::ok(&answer)
}

/// A query in the form of a POST.
pub(crate) fn query(call: &mut Call<'_>) -> Outcome {
    let wanted = call.body["sddcs"].as_array();
    for id in wanted.into_iter().flatten().filter_map(Value::as_str) {
        sddcs::find_by_id(call, id)?;
    }
    let states = call.body["states"].as_array();
    let admits = |list: Option<&Vec<Value>>, text: &str| {
        list.is_none_or(|list| list.is_empty() || list.iter().any(|one| one == text))
    };
    let rows = maintained(call).filter(|sddc| admits(wanted, &sddc.id));
    let found = rows.map(|sddc| {
        let all = of(call, sddc).into_iter();
        let all = all.filter(|one| admits(states, one.state));
        let windows: Vec<Value> = all.map(|one| window(call, sddc, &one)).collect();
        (sddc.id.clone(), json!(windows))
    });
    Call::ok(&Value::Object(found.collect::<Map<String, Value>>()))
}

/// The SDDCs of the organization that have machines to maintain.
fn maintained<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Sddc> {
    let sddcs = call.world.sddcs.iter();
    sddcs.filter(|sddc| sddc.org == call.param("org") && sddc.state == "READY")
}

fn of(call: &Call<'_>, sddc: &Sddc) -> Vec<Maintenance> {
    let settings = call.settings;
    let (days, hours) = (settings.maintenance_every_days, settings.maintenance_hours);
    sddc.maintenances(days, hours, call.now)
}

/// Every SDDC has one reservation, whose id follows from its own.
fn reservation_id(sddc: &Sddc) -> String {
    derived_id(&sddc.id, "reservation")
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Sddc, Answer> {
    let id = call.param("reservation");
    maintained(call)
        .find(|sddc| reservation_id(sddc) == id)
        .ok_or_else(|| {
            let text = format!("Cannot find the reservation with identifier {id}.");
            error(call, 404, &text)
        })
}

fn entry(call: &Call<'_>, sddc: &Sddc) -> Value {
    let all = of(call, sddc);
    let running = all.iter().any(|one| one.state == "RUNNING");
    let open = all.iter().filter(|one| one.state != "COMPLETED");
    let minutes = call.settings.maintenance_hours * 60;
    let reservations: Vec<Value> = open
        .map(|one| {
            json!({
                "rid": one.id,
                "create_time": sddc.created,
                "start_time": one.start,
                "duration": minutes,
                "metadata": {},
            })
        })
        .collect();
    json!({
        "reservation_id": reservation_id(sddc),
        "sddc_id": sddc.id,
        "in_maintenance_mode": running,
        "in_maintenance_window": running,
        "reservation_schedule": {
            "day_of_week": sddc.window.day,
            "hour_of_day": sddc.window.hour,
            "duration_min": minutes,
            "version": sddc.window.version,
            "reservations": reservations,
            "reservations_mw": [],
        },
    })
}

fn window(call: &Call<'_>, sddc: &Sddc, one: &Maintenance) -> Value {
    let hours = call.settings.maintenance_hours;
    let start = one.start.micros();
    json!({
        "reserve_id": one.id,
        "sddc_id": sddc.id,
        "start_date": start.get(..10),
        "start_hour": sddc.window.hour,
        "duration_hours": hours,
        "estimated_duration_hours_minimum": hours.min(1),
        "estimated_duration_hours_maximum": hours,
        "reservation_state": one.state,
        "emergency": false,
        "manifest_id": "1.24.0.6",
        "maintenance_properties": {"status": one.state},
        "metadata": {},
    })
}
