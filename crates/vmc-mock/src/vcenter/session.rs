//! Sessions: login, use, logout, expiry, and the limit that leaked ones run into.

use super::{Dialect, error, here, here_mut, ok};
use crate::{
    answer::{Answer, Outcome},
    clock::Time,
    handler::Call,
    world::{VCenterSession, derived_id},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::Duration;

const HEADER: &str = "vmware-api-session-id";

/// Who calls: the session in the header, or in the cookie that `/rest` sets.
pub(crate) fn authenticate(call: &mut Call<'_>) -> Result<(), Answer> {
    expire(call)?;
    let cookie = call.header("cookie").and_then(|text| {
        let pairs = text
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='));
        pairs.clone().find(|(name, _)| *name == HEADER)
    });
    let (how, id) = match (call.header(HEADER), cookie) {
        (Some(id), _) => ("session", id.to_owned()),
        (None, Some((_, id))) => ("cookie", id.to_owned()),
        (None, None) => return Err(error(call, "UNAUTHENTICATED", error::NO_SESSION)),
    };
    let (now, lives) = (call.now, lifetimes(call));
    let found = here_mut(call)?.sessions.get_mut(&id).map(|session| {
        session.accessed = now;
        session.expires = lives.ends(session.created, now);
        (session.number, session.user.clone())
    });
    let Some((number, user)) = found else {
        call.auth = Some(format!("{how}#unknown"));
        return Err(error(call, "UNAUTHENTICATED", error::NO_SESSION));
    };
    call.auth = Some(format!("{how}#{number}"));
    call.caller.user_name = user;
    Ok(())
}

/// Login with a name and a password.
pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    expire(call)?;
    let Some((name, password)) = basic(call) else {
        call.auth = Some("none".into());
        return Err(error(call, "UNAUTHENTICATED", NO_LOGIN));
    };
    call.auth = Some("basic".into());
    let user = match check_password(call, &here(call)?.id.clone(), &name, &password) {
        Ok(user) => user,
        Err(Denied::Locked) if call.settings.vcenter_names_locked_accounts => {
            return Err(error(call, "UNAUTHENTICATED", LOCKED));
        }
        Err(_) => return Err(error(call, "UNAUTHENTICATED", NO_LOGIN)),
    };
    let limit = call.settings.vcenter_sessions_per_user;
    let vcenter = here(call)?;
    let count = vcenter
        .sessions
        .iter()
        .filter(|row| row.user == user)
        .count();
    if count >= limit {
        let text = format!(
            "User session count is limited to {limit}. Existing session count is {count} for user \
             {user}"
        );
        return Err(error(call, "SERVICE_UNAVAILABLE", &text));
    }
    let (now, lives) = (call.now, lifetimes(call));
    let seed = call.world.new_id();
    let vcenter = here_mut(call)?;
    vcenter.sessions_opened += 1;
    let number = vcenter.sessions_opened;
    let id = derived_id(&seed, "session").replace('-', "");
    vcenter.sessions.insert(VCenterSession {
        id: id.clone(),
        number,
        user: user.clone(),
        created: now,
        accessed: now,
        expires: lives.ends(now, now),
    });
    effect(call, "session.opened", number, &user, now);
    let answer = ok(call, json!(id))?;
    let cookie =
        Dialect::of(call.path) == Dialect::Rest && call.header("vmware-use-header-authn").is_none();
    Ok(match cookie {
        true => answer.with(
            "set-cookie",
            format!("{HEADER}={id};Path=/rest;Secure;HttpOnly"),
        ),
        false => answer,
    })
}

/// What is known about the caller's session.
pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let session = own(call)?;
    let info = json!({
        "user": session.user,
        "created_time": session.created.millis(),
        "last_accessed_time": session.accessed.millis(),
    });
    ok(call, info)
}

/// Logout.
pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    let session = own(call)?;
    here_mut(call)?.sessions.retain(|row| row.id != session.id);
    effect(
        call,
        "session.closed",
        session.number,
        &session.user,
        call.now,
    );
    ok(call, Value::Null)
}

const NO_LOGIN: &str = "Authentication required.";
const LOCKED: &str = "User account is locked. Please contact your administrator.";

fn own(call: &Call<'_>) -> Result<VCenterSession, Answer> {
    let number = call.auth.as_deref().and_then(|auth| auth.rsplit_once('#'));
    let number = number.map_or("", |(_, number)| number);
    let found = here(call)?
        .sessions
        .iter()
        .find(|row| row.number.to_string() == number);
    found
        .cloned()
        .ok_or_else(|| error(call, "UNAUTHENTICATED", error::NO_SESSION))
}

/// Why a login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    Unknown,
    Locked,
}

/// Whether somebody may log in at a vCenter; answers the full name.
pub(crate) fn check_password(
    call: &mut Call<'_>,
    vcenter: &str,
    name: &str,
    password: &str,
) -> Result<String, Denied> {
    let limit = call.settings.vcenter_lock_after;
    let (now, span) = (
        call.now,
        Duration::from_secs(call.settings.vcenter_lock_seconds),
    );
    let found = call.world.vcenters.get_mut(vcenter);
    let user = found
        .and_then(|vcenter| vcenter.user_mut(name))
        .ok_or(Denied::Unknown)?;
    if user.locked_until.is_some_and(|until| until <= now) {
        user.locked_until = None;
        user.failures = 0;
    }
    if user.locked || user.locked_until.is_some() {
        return Err(Denied::Locked);
    }
    if user.password == password {
        user.failures = 0;
        return Ok(user.name.clone());
    }
    user.failures += 1;
    if limit > 0 && user.failures >= limit {
        user.locked_until = Some(now.plus(span));
    }
    Err(Denied::Unknown)
}

fn basic(call: &Call<'_>) -> Option<(String, String)> {
    let (scheme, value) = call.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.into(), password.into()))
}

#[derive(Clone, Copy)]
struct Lifetimes {
    idle: Duration,
    whole: Duration,
}

impl Lifetimes {
    fn ends(self, created: Time, used: Time) -> Time {
        created.plus(self.whole).min(used.plus(self.idle))
    }
}

fn lifetimes(call: &Call<'_>) -> Lifetimes {
    Lifetimes {
        idle: call.client_time(call.settings.vcenter_session_idle_seconds),
        whole: call.client_time(call.settings.vcenter_session_seconds),
    }
}

/// Drops the sessions that have ended.
fn expire(call: &mut Call<'_>) -> Result<(), Answer> {
    let now = call.now;
    let vcenter = here_mut(call)?;
    let ended: Vec<VCenterSession> = vcenter
        .sessions
        .iter()
        .filter(|row| row.expires <= now)
        .cloned()
        .collect();
    if !ended.is_empty() {
        vcenter.sessions.retain(|row| row.expires > now);
    }
    for session in ended {
        effect(
            call,
            "session.expired",
            session.number,
            &session.user,
            session.expires,
        );
    }
    Ok(())
}

fn effect(call: &mut Call<'_>, effect: &str, number: u64, user: &str, at: Time) {
    let details = json!({"vcenter": call.param("vcenter"), "session": number, "user": user});
    call.world.effect(at, effect, details);
}
