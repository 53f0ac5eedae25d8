//! The synchronization preview, which 8.0.0 was the last to have.

use super::{
    error, here_mut,
    links::{check_credentials, the_link},
    ok,
};
use crate::{
    answer::{Answer, Outcome},
    clock::Time,
    handler::Call,
    world::{SyncProvider, SyncRun, VCenterLink},
};
use serde_json::{Value, json};

/// How often a provider looks by itself, as it says; nothing does. (guess)
const POLLING_SECONDS: u64 = 600;
/// How many things there are to copy. (guess)
const WORK: u64 = 100;

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let link = the_link(call)?;
    let providers = link.providers.iter();
    let providers: Vec<Value> = providers.map(|row| json!({"provider": row.id})).collect();
    ok(call, json!(providers))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let (_, provider) = the_provider(call)?;
    let now = call.now;
    let current = provider.run.as_ref();
    let ended = current
        .filter(|run| run.ends() <= now)
        .or(provider.before.as_ref());
    let mut info = json!({"polling_interval_in_seconds": POLLING_SECONDS});
    info["status"] = match ended {
        None => json!("NO_SYNC_FOUND"),
        Some(run) => {
            info["last_sync_time"] = json!(run.ends().millis());
            match &run.error {
                None => json!("SUCCEEDED"),
                Some(text) => {
                    info["status_message"] = error::message_of("ERROR", text);
                    json!("FAILED")
                }
            }
        }
    };
    if let Some(run) = current {
        info["current_session_info"] = session(run, now);
    }
    ok(call, info)
}

/// A run as it looks now.
fn session(run: &SyncRun, now: Time) -> Value {
    let over = now >= run.ends();
    let percent = now.since(run.started).as_secs() * 100 / run.seconds.max(1);
    let stage = match (over, &run.error, percent) {
        (true, Some(_), _) => "FAILED",
        (true, None, _) => "COMPLETED",
        (_, _, 0..25) => "CHANGE_DETECTION",
        (_, _, 25..50) => "CHANGE_ENUMERATION",
        _ => "CHANGE_APPLICATION",
    };
    let done = match (over, &run.error) {
        (true, None) => WORK,
        (true, Some(_)) => WORK / 2,
        (false, _) => WORK * percent.min(99) / 100,
    };
    let mut info = json!({
        "stage": stage, "total_work": WORK, "completed_work": done,
        "start_time": run.started.millis(),
    });
    if over {
        info["completion_time"] = json!(run.ends().millis());
        if let Some(text) = &run.error {
            info["exception"] = error::message_of("ERROR", text);
        }
    }
    info
}

pub(crate) fn start(call: &mut Call<'_>) -> Outcome {
    let (link, provider) = the_provider(call)?;
    check_credentials(call, &link, false)?;
    let at = call.now;
    if provider.run.as_ref().is_some_and(|run| run.ends() > at) {
        let text = format!("Provider {} is running already.", provider.id);
        return Err(error(call, "RESOURCE_BUSY", &text));
    }
    let seconds = call.settings.vcenter_sync_seconds;
    change(call, &link, |row| {
        if row.id == provider.id {
            row.before = row.run.take();
            row.run = Some(SyncRun {
                started: at,
                seconds,
                error: row.fails.take(),
            });
        }
    })?;
    effect(call, "hlm.sync_started", &link, &provider.id);
    ok(call, Value::Null)
}

/// Forgets all runs.
pub(crate) fn reset(call: &mut Call<'_>) -> Outcome {
    let link = the_link(call)?;
    change(call, &link, |row| (row.run, row.before) = (None, None))?;
    effect(call, "hlm.sync_reset", &link, "*");
    ok(call, Value::Null)
}

/// Makes a link healthy again. (guess) Its answer is known in part only.
pub(crate) fn remediate(call: &mut Call<'_>) -> Outcome {
    let link = the_link(call)?;
    check_credentials(call, &link, false)?;
    let peer = call.world.vcenters.get(&link.peer);
    let number = peer.map_or(link.certificate_number, |peer| peer.certificate_number);
    if let Some(row) = here_mut(call)?.links.get_mut(&link.id) {
        row.unhealthy = None;
        row.certificate_number = number;
    }
    effect(call, "hlm.sync_remediated", &link, "*");
    let message = error::message_of("REMEDIATED", "The link has been repaired.");
    ok(call, json!({"status_message": message}))
}

fn change(
    call: &mut Call<'_>,
    link: &VCenterLink,
    change: impl FnMut(&mut SyncProvider),
) -> Result<(), Answer> {
    if let Some(row) = here_mut(call)?.links.get_mut(&link.id) {
        row.providers.iter_mut().for_each(change);
    }
    Ok(())
}

fn effect(call: &mut Call<'_>, effect: &str, link: &VCenterLink, provider: &str) {
    let details = json!({"vcenter": call.param("vcenter"), "link": link.id, "provider": provider});
    call.world.effect(call.now, effect, details);
}

fn the_provider(call: &Call<'_>) -> Result<(VCenterLink, SyncProvider), Answer> {
    let link = the_link(call)?;
    let id = call.param("provider");
    match link.providers.get(id).cloned() {
        Some(provider) => Ok((link, provider)),
        None => Err(error(
            call,
            "NOT_FOUND",
            &format!("There is no provider {id}."),
        )),
    }
}
