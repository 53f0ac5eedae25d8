//! One request's journey: which operation, which fault, who calls, the rules, the journal.

use crate::{
    answer::{Answer, Outcome},
    aws::{self, Aws},
    clock::{Clock, Time},
    csp,
    faults::{Action, Faults, When, set_pointer},
    handler::{Call, Caller, decode_form},
    journal::{Journal, Request as Entry, redact},
    route::{Match, Route, Routes, Service},
    settings::Settings,
    spec::{self, Media, QuerySpec, Spec},
    vmc,
    world::World,
};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What all connections share.
pub(crate) struct Core {
    pub(crate) routes: Routes,
    aws: QuerySpec,
    state: Mutex<State>,
    start: Start,
}

pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    pub(crate) world: World,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
}

/// What a reset goes back to.
pub(crate) struct Start {
    pub(crate) world: World,
    pub(crate) settings: Settings,
    pub(crate) now: Option<Time>,
    pub(crate) speed: f64,
}

/// Where a request came in.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) scheme: &'static str,
    pub(crate) authority: String,
    /// The only service of this port, if it is not for all.
    pub(crate) only: Option<Service>,
}

/// How an answer reaches the client.
pub(crate) enum Delivery {
    Whole(Response<Bytes>),
    /// In pieces of this many bytes, with a pause before each.
    Slow(Response<Bytes>, usize, Duration),
    /// This many bytes, then the end of the connection.
    Truncated(Response<Bytes>, usize),
    /// No answer; with or without a reset.
    Cut(bool),
}

enum Target<'a> {
    Rest(&'a Route, HashMap<String, String>),
    Action {
        service: &'a spec::QueryService,
        action: &'a spec::Action,
    },
    Refused(Answer),
}

struct Found<'a> {
    service: Option<Service>,
    operation: String,
    target: Target<'a>,
}

impl State {
    fn new(start: &Start) -> Self {
        Self {
            clock: Clock::new(start.now.unwrap_or_else(Time::real), start.speed),
            settings: start.settings.clone(),
            world: start.world.clone(),
            journal: Journal::default(),
            faults: Faults::default(),
        }
    }

    /// Brings the world up to now.
    pub(crate) fn settle(&mut self) -> Time {
        let now = self.clock.now();
        self.world.settle(now);
        self.note_effects(None);
        now
    }

    fn note_effects(&mut self, request: Option<u64>) {
        for mut effect in self.world.take_effects() {
            effect.request = request;
            self.journal.done_now(effect, self.settings.journal_limit);
        }
    }
}

impl Core {
    pub(crate) fn new(start: Start) -> Result<Self, serde_json::Error> {
        let state = Mutex::new(State::new(&start));
        Ok(Self {
            routes: Routes::load()?,
            aws: Spec::aws()?,
            state,
            start,
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere (a test's closure) must not hide the world from everybody.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reset(&self) {
        *self.lock() = State::new(&self.start);
    }

    /// Every operation id and whether it is simulated.
    pub(crate) fn operations(&self) -> Vec<(String, bool)> {
        let actions = self
            .aws
            .services
            .iter()
            .flat_map(|service| &service.actions);
        let actions = actions.map(|action| {
            (
                action.id.clone(),
                aws::ACTIONS.iter().any(|(id, _)| *id == action.id),
            )
        });
        self.routes
            .operations()
            .map(|(id, here)| (id.to_owned(), here))
            .chain(actions)
            .collect()
    }

    pub(crate) async fn handle(&self, origin: &Origin, request: Request<Bytes>) -> Delivery {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        if path == "/__mock" || path.starts_with("/__mock/") {
            let answer = crate::control::handle(self, &parts, &body);
            return Delivery::Whole(answer.into_response());
        }
        let found = self.identify(origin, &parts, &body);
        let (seq, fault) = self.open(&found, &parts);
        let action = fault.map(|(_, action)| action);

        // What strikes before anything is done.
        match &action {
            Some(Action::Delay { ms }) => tokio::time::sleep(Duration::from_millis(*ms)).await,
            Some(Action::Hang { when: When::Before }) => return self.hang(seq).await,
            Some(Action::Cut {
                when: When::Before,
                reset,
            }) => return self.cut(seq, *reset),
            _ => {}
        }
        if let Some(answer) = action
            .as_ref()
            .and_then(|action| self.instead(action, &found, &path))
        {
            return self.deliver(seq, answer, false, None);
        }

        let answer = self.carry_out(origin, seq, found, &parts, &body);

        match action {
            Some(Action::Hang { when: When::After }) => {
                self.lock()
                    .journal
                    .change(seq, |entry| entry.handled = true);
                self.hang(seq).await
            }
            Some(Action::Cut {
                when: When::After,
                reset,
            }) => {
                self.lock()
                    .journal
                    .change(seq, |entry| entry.handled = true);
                self.cut(seq, reset)
            }
            action => self.deliver(seq, answer, true, action),
        }
    }

    fn open(
        &self,
        found: &Found<'_>,
        parts: &http::request::Parts,
    ) -> (u64, Option<(u64, Action)>) {
        let mut state = self.lock();
        let now = state.settle();
        let entry = Entry {
            seq: 0,
            at: now,
            service: found.service.map_or("unknown", Service::name).into(),
            operation: found.operation.clone(),
            method: parts.method.to_string(),
            path: redact(parts.uri.path(), parts.uri.query()),
            auth: None,
            user_agent: parts
                .headers
                .get("user-agent")
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            status: None,
            handled: false,
            fault: None,
            hung: false,
            cut: false,
        };
        let limit = state.settings.journal_limit;
        let seq = state.journal.open(entry, limit);
        let fault = state.faults.pick(&found.operation, seq);
        if let Some((rule, _)) = &fault {
            state.journal.change(seq, |entry| entry.fault = Some(*rule));
        }
        (seq, fault)
    }

    async fn hang(&self, seq: u64) -> Delivery {
        self.lock().journal.change(seq, |entry| entry.hung = true);
        std::future::pending().await
    }

    fn cut(&self, seq: u64, reset: bool) -> Delivery {
        self.lock().journal.change(seq, |entry| entry.cut = true);
        Delivery::Cut(reset)
    }

    /// The answer of a fault that strikes instead of the operation.
    fn instead(&self, action: &Action, found: &Found<'_>, path: &str) -> Option<Answer> {
        match action {
            Action::Status {
                status,
                headers,
                body,
                when: When::Before,
            } => Some(fault_answer(
                found.service,
                *status,
                headers,
                body.as_ref(),
                path,
            )),
            Action::Html {
                status,
                when: When::Before,
            } => Some(proxy_page(*status)),
            Action::Redirect { location, status } => {
                Some(Answer::new(*status, "text/plain", "").with("location", location.clone()))
            }
            Action::Unauthorized => Some(match found.service {
                Some(Service::Aws) => aws::error(
                    403,
                    "InvalidClientTokenId",
                    "The security token included in the request is invalid.",
                ),
                Some(Service::Csp) => csp::document(401, "Invalid access token.", false),
                _ => vmc::spring(self.lock().clock.now(), path),
            }),
            _ => None,
        }
    }

    fn deliver(&self, seq: u64, answer: Answer, handled: bool, action: Option<Action>) -> Delivery {
        let mut answer = answer;
        let mut shape = None;
        match action {
            Some(Action::Status {
                status,
                headers,
                body,
                ..
            }) => {
                let service = self.service_of(seq);
                answer = fault_answer(service, status, &headers, body.as_ref(), "");
            }
            Some(Action::Html { status, .. }) => answer = proxy_page(status),
            Some(Action::NonUtf8) => {
                answer.body =
                    Bytes::from_static(b"{\"id\":\"\xff\xfe\xc3\x28\",\"name\":\"\x80\"}");
            }
            Some(Action::Huge { bytes }) => {
                let text = format!("[\"{}\"]", "x".repeat(bytes.saturating_sub(4)));
                answer.body = text.into();
            }
            Some(Action::Set { pointer, value }) => {
                if let Ok(mut document) = serde_json::from_slice::<Value>(&answer.body)
                    && set_pointer(&mut document, &pointer, &value)
                {
                    answer.body = document.to_string().into();
                }
            }
            other => shape = other,
        }
        let cut = matches!(shape, Some(Action::Truncate));
        self.lock().journal.change(seq, |entry| {
            entry.status = Some(answer.status);
            entry.handled = handled;
            entry.cut = cut;
        });
        let response = answer.into_response();
        match shape {
            Some(Action::Slow { bytes, every_ms }) => {
                Delivery::Slow(response, bytes.max(1), Duration::from_millis(every_ms))
            }
            Some(Action::Truncate) => {
                let keep = response.body().len() / 2;
                Delivery::Truncated(response, keep)
            }
            _ => Delivery::Whole(response),
        }
    }

    fn service_of(&self, seq: u64) -> Option<Service> {
        let state = self.lock();
        let name = state
            .journal
            .requests
            .iter()
            .rev()
            .find(|entry| entry.seq == seq)?
            .service
            .clone();
        Service::ALL
            .into_iter()
            .find(|service| service.name() == name)
    }

    fn identify(&self, origin: &Origin, parts: &http::request::Parts, body: &Bytes) -> Found<'_> {
        let path = parts.uri.path();
        let method = parts.method.as_str();
        let service =
            Service::of_path(path).filter(|one| origin.only.is_none_or(|only| only == *one));
        let unknown = |target: Answer| Found {
            service,
            operation: "unknown".into(),
            target: Target::Refused(target),
        };
        let Some(one) = service else {
            return unknown(no_route(method, path));
        };
        if one == Service::Aws {
            return match self.identify_action(method, path, parts, body) {
                Ok((service, action)) => Found {
                    service: Some(one),
                    operation: action.id.clone(),
                    target: Target::Action { service, action },
                },
                Err(answer) => unknown(answer),
            };
        }
        match self.routes.find(method, path) {
            Match::Found(route, params) => Found {
                service: Some(route.service),
                operation: route.operation.id.clone(),
                target: Target::Rest(route, params),
            },
            Match::OtherMethods(methods) => {
                let text = format!("{method} {path}: only {} here", methods.join(", "));
                unknown(
                    fault_answer(service, 405, &[].into(), None, path)
                        .with("x-vmc-mock", text.clone()),
                )
                .with_message(&text, path)
            }
            Match::Unknown => unknown(no_route(method, path)),
        }
    }

    fn identify_action(
        &self,
        method: &str,
        path: &str,
        parts: &http::request::Parts,
        body: &Bytes,
    ) -> Result<(&spec::QueryService, &spec::Action), Answer> {
        if method != "POST" || path != "/" {
            return Err(no_route(method, path));
        }
        let form = decode_form(&String::from_utf8_lossy(body));
        let value = |name: &str| {
            form.iter()
                .find(|(known, _)| known == name)
                .map_or("", |(_, value)| value.as_str())
        };
        let (action, version) = (value("Action"), value("Version"));
        let signed_for = aws::scope(&parts.headers).map(|(_, _, service)| service);
        let found = self.aws.services.iter().find_map(|service| {
            if signed_for
                .as_ref()
                .is_some_and(|wanted| *wanted != service.id)
            {
                return None;
            }
            let found = service.actions.iter().find(|row| row.action == action)?;
            (version.is_empty() || version == service.version).then_some((service, found))
        });
        found.ok_or_else(|| {
            let text = format!("Could not find operation {action} for version {version}");
            aws::error(400, "InvalidAction", &text)
        })
    }

    fn carry_out(
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
                    now,
                    speed: state.clock.speed(),
                    base: &base,
                    path: parts.uri.path(),
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
            _ => {}
        }
        let refuse = |call: &Call<'_>, text: &str| match route.service {
            Service::Csp => csp::error(call, 400, text),
            _ => vmc::error(call, 400, text),
        };
        let Some(handler) = route.handler else {
            let text = format!("{id} is known but not simulated.");
            return Err(vmc::error(call, 501, &text));
        };
        let strict = call.settings.strict && route.service != Service::S3;
        if strict {
            Spec::check_query(&route.operation, &call.query).map_err(|text| refuse(call, &text))?;
        }
        let structs = if route.service == Service::Csp {
            &self.routes.csp
        } else {
            &self.routes.vmc
        };
        let problem = match &route.operation.body {
            None => {
                let empty = body.is_empty() || matches!(body.as_ref(), b"{}" | b"null");
                (!empty && strict && route.service != Service::S3)
                    .then(|| format!("{id} takes no body"))
            }
            Some(wanted) => read_body(call, wanted, structs, body, strict).err(),
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
        let auth =
            aws::scope(&parts.headers).map(|(key, region, _)| format!("sigv4:{key}/{region}"));
        let caller = match aws::authenticate(&state.world, now, &parts.headers) {
            Ok(caller) => caller,
            Err(answer) => return (auth, Err(answer)),
        };
        if let Err(answer) = caller.check(&service.id, &action.action) {
            return (auth, Err(answer));
        }
        let params: Vec<(String, String)> = decode_form(&String::from_utf8_lossy(body))
            .into_iter()
            .filter(|(name, _)| name != "Action" && name != "Version")
            .collect();
        // Empty lists are sent as a bare name without a value.
        let unknown = params
            .iter()
            .find(|(name, value)| !action.takes(name) && !value.is_empty());
        if let (true, Some((name, _))) = (state.settings.strict, unknown) {
            let text = format!("vmc-mock: {} takes no parameter '{name}'", action.action);
            return (auth, Err(aws::error(400, "ValidationError", &text)));
        }
        let Some((_, handler)) = aws::ACTIONS.iter().find(|(id, _)| *id == action.id) else {
            let text = format!("vmc-mock: {} is known but not simulated", action.id);
            return (auth, Err(aws::error(501, "NotImplemented", &text)));
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
            request_id: request_id.to_string(),
        };
        (auth, handler(&mut aws))
    }
}

impl Found<'_> {
    fn with_message(mut self, text: &str, path: &str) -> Self {
        if self.service == Some(Service::Vmc) {
            self.target = Target::Refused(vmc::document(405, path, text));
        }
        self
    }
}

fn read_body(
    call: &mut Call<'_>,
    wanted: &spec::BodySpec,
    structs: &Spec,
    body: &Bytes,
    strict: bool,
) -> Result<(), String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    let document = match wanted.media {
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
    if strict {
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

fn no_route(method: &str, path: &str) -> Answer {
    let text = format!("vmc-mock has no route {method} {path}");
    let body = json!({
        "status": 404, "path": path, "retryable": false, "error_code": "vmc-mock.unknown_route",
        "error_messages": [text],
    });
    Answer::json(404, &body)
}

fn fault_answer(
    service: Option<Service>,
    status: u16,
    headers: &std::collections::BTreeMap<String, String>,
    body: Option<&Value>,
    path: &str,
) -> Answer {
    let message = "A fault that was ordered.";
    let mut answer = match (body, service) {
        (Some(Value::String(text)), _) => {
            let kind = if text.trim_start().starts_with('<') {
                "text/xml"
            } else {
                "text/plain"
            };
            Answer::new(status, kind, text.clone())
        }
        (Some(document), _) => Answer::json(status, document),
        (None, Some(Service::Csp)) => csp::document(status, message, false),
        (None, Some(Service::Aws)) => {
            let code = match status {
                400 | 429 => "Throttling",
                403 => "AccessDenied",
                503 => "ServiceUnavailable",
                _ => "InternalFailure",
            };
            aws::error(status, code, message)
        }
        (None, _) => vmc::document(status, path, message),
    };
    for (name, value) in headers {
        answer = answer.with(name, value.clone());
    }
    answer
}

fn proxy_page(status: u16) -> Answer {
    Answer::html(
        status,
        "<html><head><title>Proxy</title></head><body><h1>The upstream server is not available\
         </h1></body></html>\n",
    )
}
