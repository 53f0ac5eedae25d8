//! Credentials that add-ons keep. Every answer has the password: the contract says so. Effects
//! and refusals never do.

use super::{error, sddcs};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::Credential,
};
use serde_json::{Value, json};

/// Add-ons that can have credentials; a guess, the contract names none.
const ADDONS: [&str; 3] = ["hcx", "draas", "skynet"];

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let (sddc, addon) = place(call)?;
    let rows = call.world.credentials.iter();
    let rows = rows.filter(|row| row.sddc == sddc && row.addon == addon);
    let found: Vec<Value> = rows.map(document).collect();
    Call::ok(&json!(found))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    Call::ok(&document(find(call)?))
}

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    let (sddc, addon) = place(call)?;
    let [name, username, password] = texts(call, ["name", "username", "password"])?;
    let id = format!("{sddc}/{addon}/{name}");
    if call.world.credentials.get(&id).is_some() {
        let text = format!("Credentials with the name '{name}' exist already.");
        return Err(error(call, 409, &text));
    }
    let row = Credential {
        id,
        sddc,
        addon,
        name,
        username,
        password,
    };
    store(call, row, "credentials.created")
}

pub(crate) fn update(call: &mut Call<'_>) -> Outcome {
    let row = find(call)?.clone();
    let [username, password] = texts(call, ["username", "password"])?;
    let row = Credential {
        username,
        password,
        ..row
    };
    store(call, row, "credentials.updated")
}

fn store(call: &mut Call<'_>, row: Credential, effect: &str) -> Outcome {
    let answer = document(&row);
    let details = json!({"sddc": row.sddc, "addon": row.addon, "name": row.name});
    call.world.credentials.insert(row);
    call.world.effect(call.now, effect, details);
    Ok(Answer::json(call.success, &answer))
}

/// SDDC and add-on of the path.
fn place(call: &Call<'_>) -> Result<(String, String), Answer> {
    let sddc = sddcs::find(call)?;
    let addon = call.param("addonType").to_lowercase();
    match ADDONS.contains(&addon.as_str()) {
        true => Ok((sddc.id.clone(), addon)),
        false => {
            let text = format!("There is no add-on '{addon}': {}.", ADDONS.join(", "));
            Err(error(call, 400, &text))
        }
    }
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Credential, Answer> {
    let (sddc, addon) = place(call)?;
    let name = call.param("name");
    let found = call
        .world
        .credentials
        .get(&format!("{sddc}/{addon}/{name}"));
    found.ok_or_else(|| {
        let text = format!("Cannot find credentials with the name '{name}'.");
        error(call, 404, &text)
    })
}

fn texts<const N: usize>(call: &Call<'_>, names: [&str; N]) -> Result<[String; N], Answer> {
    let text = |name: &str| call.body[name].as_str().unwrap_or_default().to_owned();
    match names.iter().find(|name| text(name).is_empty()) {
        Some(name) => Err(error(call, 400, &format!("{name} must not be empty."))),
        None => Ok(names.map(text)),
    }
}

fn document(row: &Credential) -> Value {
    json!({"name": row.name, "username": row.username, "password": row.password})
}
