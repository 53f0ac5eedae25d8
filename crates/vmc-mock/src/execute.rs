//! Carrying an operation out.

use crate::{
    answer::{Answer, Outcome},
    aws::{self, Aws, Protocol, Refusal},
    clock::Time,
    csp,
    handler::{Call, Caller, decode_form},
    identify::{Found, Target},
    pipeline::{Core, Origin, State},
    route::{Route, Service},
    settings::Settings,
    spec::{self, Media, Spec},
    vcenter, vmc,
};
use bytes::Bytes;
use serde_json::{Map, Value, json};

impl Core {
    /// Carries a request out: who calls, what the contract allows, the rules of the world.
    pub(crate) fn carry_out(
        &self,
        origin: &Origin,
        seq: u64,
        found: Found<'_>,
        parts: &http::request::Parts,
        body: &Bytes,
    ) -> Answer {
        let mut guard = self.lock();
        let state = &mut *guard;
        let now = state.settle();
        let outcome = match found.target {
            Target::Refused(answer) => Err(answer),
            Target::Action { service, action } => {
                let (auth, outcome) = self.run_action(state, now, service, action, parts, body);
                state.journal.change(seq, |entry| entry.auth = auth);
                outcome
            }
            Target::Rest(route, params) => {
                let base = base_url(origin, &state.settings, parts);
                let mut call = Call {
                    world: &mut state.world,
                    settings: &state.settings,
                    certificates: &self.authority,
                    now,
                    speed: state.clock.speed(),
                    base: &base,
                    path: parts.uri.path(),
                    success: route.operation.success.unwrap_or(200),
                    headers: &parts.headers,
                    params,
                    query: decode_form(parts.uri.query().unwrap_or_default()),
                    form: Vec::new(),
                    body: Value::Null,
                    caller: Caller::default(),
                    auth: None,
                };
                let outcome = self.run(&mut call, route, body);
                let auth = call.auth.take();
                state.journal.change(seq, |entry| entry.auth = auth);
                outcome
            }
        };
        // Effects of what the handler did, and of what is due at once.
        state.note_effects(Some(seq));
        outcome.unwrap_or_else(|refusal| refusal)
    }

    fn run(&self, call: &mut Call<'_>, route: &Route, body: &Bytes) -> Outcome {
        let id = route.operation.id.as_str();
        match route.service {
            Service::Vmc => vmc::authenticate(call)?,
            Service::Csp if csp::needs_token(id) => csp::authenticate(call)?,
            Service::VCenter => vcenter::authenticate(call, &route.operation)?,
            _ => {}
        }
        let refuse = |call: &Call<'_>, text: &str| match route.service {
            Service::Csp => csp::error(call, 400, text),
            Service::VCenter => vcenter::refused(call, text),
            _ => vmc::error(call, 400, text),
        };
        let Some(handler) = route.handler else {
            let reasons = crate::unsimulated().iter();
            let reason = reasons.clone().find(|(known, _)| *known == id);
            let reason = reason.map_or("no reason is listed", |(_, reason)| reason);
            let text = format!("{id} is known but not simulated: {reason}");
            return Err(vmc::error(call, 501, &text));
        };
        let strict = call.settings.strict && route.service != Service::S3;
        if strict {
            Spec::check_query(&route.operation, &call.query).map_err(|text| refuse(call, &text))?;
        }
        let problem = match &route.operation.body {
            None => {
                let empty = body.is_empty() || matches!(body.as_ref(), b"{}" | b"null");
                (!empty && strict && route.service != Service::S3)
                    .then(|| format!("{id} takes no body"))
            }
            Some(wanted) => {
                let all = [&self.routes, &self.vcenter_routes];
                let structs = all.iter().find_map(|routes| routes.spec(route));
                let structs = structs.filter(|_| strict);
                read_body(call, wanted, structs, body).err()
            }
        };
        match problem {
            Some(text) => Err(refuse(call, &text)),
            None => handler(call),
        }
    }

    fn run_action(
        &self,
        state: &mut State,
        now: Time,
        service: &spec::QueryService,
        action: &spec::Action,
        parts: &http::request::Parts,
        body: &Bytes,
    ) -> (Option<String>, Outcome) {
        let protocol = service.protocol;
        let auth =
            aws::scope(&parts.headers).map(|(key, region, _)| format!("sigv4:{key}/{region}"));
        let caller = match aws::authenticate(protocol, &state.world, now, &parts.headers) {
            Ok(caller) => caller,
            Err(answer) => return (auth, Err(answer)),
        };
        let params = match aws_params(protocol, body) {
            Ok(params) => params,
            Err(text) => return (auth, Err(protocol.refuse(Refusal::Invalid(&text)))),
        };
        if let Err(answer) = caller.check(protocol, &service.id, &action.action, &params) {
            return (auth, Err(answer));
        }
        // Empty lists are sent as a bare name without a value.
        let unknown = params
            .iter()
            .find(|(name, value)| !action.takes(name) && !value.is_empty());
        if let (true, Some((name, _))) = (state.settings.strict, unknown) {
            let text = format!("vmc-mock: {} takes no parameter '{name}'", action.action);
            return (auth, Err(protocol.refuse(Refusal::Invalid(&text))));
        }
        let Some((_, handler)) = aws::ACTIONS.iter().find(|(id, _)| *id == action.id) else {
            let text = format!("vmc-mock: {} is known but not simulated", action.id);
            return (auth, Err(protocol.error(501, "NotImplemented", &text)));
        };
        let request_id = uuid::Uuid::new_v5(
            &uuid::Uuid::NAMESPACE_OID,
            format!(
                "{}{:?}{}",
                action.id,
                now,
                state.journal.received(&action.id)
            )
            .as_bytes(),
        );
        let mut aws = Aws {
            world: &mut state.world,
            settings: &state.settings,
            now,
            caller,
            params,
            action: &action.action,
            version: &service.version,
            protocol,
            request_id: request_id.to_string(),
        };
        (auth, handler(&mut aws))
    }
}

/// Parameters of an action: the fields of a form, or the texts of a JSON object.
fn aws_params(protocol: Protocol, body: &Bytes) -> Result<Vec<(String, String)>, String> {
    if protocol == Protocol::Json {
        let document: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
        let params = document.iter().filter(|(_, value)| !value.is_null());
        return Ok(params
            .map(|(name, value)| (name.clone(), text(value)))
            .collect());
    }
    let mut form = decode_form(&String::from_utf8_lossy(body));
    form.retain(|(name, _)| name != "Action" && name != "Version");
    Ok(form)
}

fn read_body(
    call: &mut Call<'_>,
    wanted: &spec::BodySpec,
    strict: Option<&Spec>,
    body: &Bytes,
) -> Result<(), String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    let mut document = match wanted.media {
        Media::Form => {
            let json = call
                .header("content-type")
                .is_some_and(|kind| kind.contains("json"));
            // Some callers name JSON and send nothing, with the token in the query.
            let text = if json { "" } else { text };
            call.form = decode_form(text);
            let map = call
                .form
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)));
            Value::Object(map.collect::<Map<String, Value>>())
        }
        Media::Json if text.trim().is_empty() && wanted.required => {
            return Err("a JSON body is required".into());
        }
        Media::Json if text.trim().is_empty() => return Ok(()),
        Media::Json => {
            serde_json::from_str(text).map_err(|error| format!("the body is not JSON: {error}"))?
        }
    };
    vcenter::coerce(&wanted.type_, &mut document);
    if let Some(structs) = strict {
        structs.check_body(&wanted.type_, &document)?;
    }
    if wanted.media == Media::Json {
        call.body = document;
    }
    Ok(())
}

fn base_url(origin: &Origin, settings: &Settings, parts: &http::request::Parts) -> String {
    if let Some(url) = &settings.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = parts
        .headers
        .get("host")
        .and_then(|value| value.to_str().ok());
    let host = host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
    format!("{}://{}", origin.scheme, host.unwrap_or(&origin.authority))
}
