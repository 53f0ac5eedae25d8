//! `/__mock/`: the way in for tests and people. Not journaled, never hit by faults.

use crate::{
    answer::{Answer, Outcome},
    clock::{Time, parse_span},
    faults::Fault,
    handler::decode_form,
    pipeline::Core,
    tls::Issued,
    world::{Plan, VCenter, World},
};
use bytes::Bytes;
use http::request::Parts;
use serde_json::{Map, Value, json};
use std::time::Duration;

pub(crate) fn handle(core: &Core, parts: &Parts, body: &Bytes) -> Answer {
    let path = parts
        .uri
        .path()
        .trim_start_matches("/__mock")
        .trim_matches('/');
    let query = decode_form(parts.uri.query().unwrap_or_default());
    let outcome = match (parts.method.as_str(), path) {
        ("GET", "") => Ok(index(core)),
        ("GET", "journal") => journal(core, &query),
        ("GET", "clock") => Ok(clock(core)),
        ("POST", "clock") => set_clock(core, body),
        ("GET", "world") => world(core),
        ("POST", "world") => load_world(core, body, true),
        ("PATCH", "world") => load_world(core, body, false),
        ("POST", "plans") => plan(core, body),
        ("GET", "vcenters") => Ok(ok(&vcenters(core))),
        ("PATCH", one) if one.starts_with("vcenters/") => change_vcenter(core, one, body),
        ("GET", "settings") => settings(core),
        ("PATCH", "settings") => set_settings(core, body),
        ("GET", "faults") => Ok(faults(core)),
        ("POST", "faults") => add_faults(core, body),
        ("DELETE", "faults") => {
            core.lock().faults.clear();
            Ok(faults(core))
        }
        ("DELETE", one) if one.starts_with("faults/") => remove_fault(core, one),
        ("POST", "reset") => {
            core.reset();
            Ok(ok(&json!({"reset": true})))
        }
        (method, _) => Err(bad(
            404,
            &format!("{method} /__mock/{path} does not exist; see /__mock/"),
        )),
    };
    outcome.unwrap_or_else(|refusal| refusal)
}

fn ok(document: &Value) -> Answer {
    Answer::json(200, document)
}

fn bad(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"error": message}))
}

fn parse(body: &Bytes) -> Result<Value, Answer> {
    serde_json::from_slice(body).map_err(|error| bad(400, &format!("not JSON: {error}")))
}

fn to_json<T: serde::Serialize>(value: &T) -> Outcome {
    match serde_json::to_value(value) {
        Ok(document) => Ok(ok(&document)),
        Err(error) => Err(bad(500, &error.to_string())),
    }
}

fn index(core: &Core) -> Answer {
    let operations: Map<String, Value> = core
        .operations()
        .into_iter()
        .map(|(id, here)| (id, json!(here)))
        .collect();
    ok(&json!({
        "control": [
            "GET /__mock/journal?after=SEQ&operation=ID",
            "GET|POST /__mock/clock  {\"advance\": \"2h\", \"speed\": 60, \"now\": \"2026-01-02T03:04:05Z\"}",
            "GET|POST|PATCH /__mock/world  (POST replaces, PATCH merges by id)",
            "POST /__mock/plans  {\"plan\": \"task-fails\", \"task_type\": \"SDDC-PROVISION\", \"at_percent\": 40, \"message\": \"…\"}",
            "GET /__mock/vcenters, PATCH /__mock/vcenters/ID  {\"certificate\": \"expired\"}",
            "GET|PATCH /__mock/settings",
            "GET|POST|DELETE /__mock/faults, DELETE /__mock/faults/ID  {\"on\": \"orgs.sddcs.create\", \"do\": \"cut\", \"when\": \"after\"}",
            "POST /__mock/reset",
        ],
        "simulated": operations,
        "vcenters": vcenters(core),
    }))
}

fn journal(core: &Core, query: &[(String, String)]) -> Outcome {
    let mut after = 0;
    let mut wanted = None;
    for (name, value) in query {
        match name.as_str() {
            "after" => {
                after = value
                    .parse()
                    .map_err(|_| bad(400, "after must be a number"))?;
            }
            "operation" => wanted = Some(value.as_str()),
            _ => return Err(bad(400, &format!("unknown query parameter '{name}'"))),
        }
    }
    let mut state = core.lock();
    state.settle();
    let requests: Vec<_> = state
        .journal
        .requests
        .iter()
        .filter(|row| row.seq > after && wanted.is_none_or(|wanted| row.operation == wanted))
        .collect();
    to_json(&json!({
        "requests": requests,
        "effects": state.journal.effects,
        "operations": state.journal.operations,
        "effect_counts": state.journal.effect_counts,
    }))
}

fn clock(core: &Core) -> Answer {
    let mut state = core.lock();
    let now = state.settle();
    ok(&json!({"now": now, "speed": state.clock.speed(), "next": state.world.agenda.next()}))
}

fn set_clock(core: &Core, body: &Bytes) -> Outcome {
    let wanted = parse(body)?;
    let Some(map) = wanted.as_object() else {
        return Err(bad(400, "an object is expected"));
    };
    {
        let mut state = core.lock();
        for (name, value) in map {
            match (name.as_str(), value) {
                ("advance", value) => state.clock.advance(span(value)?),
                ("speed", Value::Number(speed)) => {
                    state.clock.set_speed(speed.as_f64().unwrap_or(1.0));
                }
                ("now", Value::String(text)) => {
                    let Some(at) = Time::parse(text) else {
                        return Err(bad(400, "now must be an RFC 3339 time"));
                    };
                    let now = state.clock.now();
                    if at < now {
                        return Err(bad(400, "time does not go backwards; reset instead"));
                    }
                    state.clock.advance(at.since(now));
                }
                _ => return Err(bad(400, &format!("'{name}' is not understood"))),
            }
        }
    }
    Ok(clock(core))
}

/// Seconds as a number, or text like `1h30m`.
fn span(value: &Value) -> Result<Duration, Answer> {
    let found = match value {
        Value::Number(number) => number
            .as_f64()
            .and_then(|number| Duration::try_from_secs_f64(number).ok()),
        Value::String(text) => parse_span(text),
        _ => None,
    };
    found.ok_or_else(|| bad(400, "advance must be seconds or a text like \"1h30m\""))
}

fn world(core: &Core) -> Outcome {
    let mut state = core.lock();
    state.settle();
    to_json(&state.world)
}

fn load_world(core: &Core, body: &Bytes, replace: bool) -> Outcome {
    let world: World =
        serde_json::from_slice(body).map_err(|error| bad(400, &format!("not a world: {error}")))?;
    {
        let mut state = core.lock();
        state.settle();
        if replace {
            state.world = world;
        } else {
            state.world.merge(world);
        }
    }
    self::world(core)
}

fn plan(core: &Core, body: &Bytes) -> Outcome {
    let plan: Plan =
        serde_json::from_slice(body).map_err(|error| bad(400, &format!("not a plan: {error}")))?;
    let mut state = core.lock();
    state.world.plan(plan);
    to_json(&state.world.plans)
}

fn settings(core: &Core) -> Outcome {
    to_json(&core.lock().settings)
}

fn set_settings(core: &Core, body: &Bytes) -> Outcome {
    let changes = parse(body)?;
    {
        let mut state = core.lock();
        let mut all =
            serde_json::to_value(&state.settings).map_err(|error| bad(500, &error.to_string()))?;
        for (name, value) in changes.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        state.settings =
            serde_json::from_value(all).map_err(|error| bad(400, &error.to_string()))?;
    }
    settings(core)
}

/// By id: where each vCenter is, what it shows, how many sessions are open.
fn vcenters(core: &Core) -> Value {
    let mut state = core.lock();
    let now = state.settle();
    let all = state.world.vcenters.iter().map(|vcenter| {
        let shown = core.authority.of(vcenter).ok();
        let document = json!({
            "url": vcenter.url(),
            "version": vcenter.version,
            "flavour": vcenter.flavour,
            "sso_domain": vcenter.sso_domain,
            "open_sessions": vcenter.open_sessions(now),
            "links": vcenter.links.len(),
            "handshakes": vcenter.handshakes,
            "sha1": shown.as_ref().map(Issued::sha1),
            "sha256": shown.as_ref().map(Issued::sha256),
        });
        (vcenter.id.clone(), document)
    });
    Value::Object(all.collect())
}

/// Changes the named parts of one vCenter, as `GET /__mock/world` shows it.
fn change_vcenter(core: &Core, path: &str, body: &Bytes) -> Outcome {
    let id = path.trim_start_matches("vcenters/");
    let changes = parse(body)?;
    let mut state = core.lock();
    state.settle();
    let Some(vcenter) = state.world.vcenters.get_mut(id) else {
        return Err(bad(404, "no such vCenter"));
    };
    let mut all = serde_json::to_value(&*vcenter).map_err(|error| bad(500, &error.to_string()))?;
    for (name, value) in changes.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    let changed: VCenter =
        serde_json::from_value(all).map_err(|error| bad(400, &error.to_string()))?;
    if changed.id != id {
        return Err(bad(400, "the id of a vCenter stays"));
    }
    *vcenter = changed;
    to_json(vcenter)
}

fn faults(core: &Core) -> Answer {
    ok(&json!({"rules": core.lock().faults.rules()}))
}

/// One rule, an array of rules, or `{"rules": […]}`: all or none.
fn add_faults(core: &Core, body: &Bytes) -> Outcome {
    let document = parse(body)?;
    let rules = match document.get("rules").unwrap_or(&document) {
        Value::Array(rules) => rules.clone(),
        one => vec![one.clone()],
    };
    let read = |rule: &Value| Fault::from_json(rule).map_err(|text| bad(400, &text));
    let rules: Vec<Fault> = rules.iter().map(read).collect::<Result<_, _>>()?;
    {
        let mut state = core.lock();
        for rule in rules {
            state.faults.add(rule).map_err(|text| bad(400, &text))?;
        }
    }
    Ok(faults(core))
}

fn remove_fault(core: &Core, path: &str) -> Outcome {
    let id = path.trim_start_matches("faults/").parse().unwrap_or(0);
    match core.lock().faults.remove(id) {
        true => Ok(ok(&json!({"removed": id}))),
        false => Err(bad(404, "no such fault")),
    }
}
