//! The groups with the rights of cloud administrators.

use super::{error, here, here_mut, ok};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
};
use serde_json::{Value, json};

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let groups = json!(here(call)?.administrators);
    ok(call, groups)
}

pub(crate) fn set(call: &mut Call<'_>) -> Outcome {
    let given = call.body["group_names"].as_array().into_iter().flatten();
    let mut groups: Vec<String> = Vec::new();
    for group in given.filter_map(Value::as_str) {
        if !groups.iter().any(|known| known == group) {
            groups.push(group.into());
        }
    }
    groups.iter().try_for_each(|group| check(call, group))?;
    change(call, |all| *all = groups)
}

/// Adding what is there is no mistake. (guess)
pub(crate) fn add(call: &mut Call<'_>) -> Outcome {
    let group = named(call);
    check(call, &group)?;
    change(call, |all| {
        if !all.contains(&group) {
            all.push(group);
        }
    })
}

/// Removing what is not there is no mistake. (guess)
pub(crate) fn remove(call: &mut Call<'_>) -> Outcome {
    let group = named(call);
    change(call, |all| all.retain(|known| *known != group))
}

fn named(call: &Call<'_>) -> String {
    call.body["group_name"].as_str().unwrap_or_default().into()
}

/// `error` is the only kind that the operations declare for a bad group.
fn check(call: &Call<'_>, group: &str) -> Result<(), Answer> {
    match group.contains(['@', '\\']) && here(call)?.knows_group(group) {
        true => Ok(()),
        false => Err(error(
            call,
            "ERROR",
            &format!("There is no group '{group}'."),
        )),
    }
}

fn change(call: &mut Call<'_>, change: impl FnOnce(&mut Vec<String>)) -> Outcome {
    let before = here(call)?.administrators.clone();
    change(&mut here_mut(call)?.administrators);
    let after = here(call)?.administrators.clone();
    if after != before {
        let details = json!({"vcenter": call.param("vcenter"), "groups": after});
        call.world
            .effect(call.now, "hlm.administrators_changed", details);
    }
    ok(call, Value::Null)
}
