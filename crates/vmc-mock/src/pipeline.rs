//! One request's journey: which operation, which fault, who calls, the rules, the journal.

use crate::{
    answer::Answer,
    arrange::Arrangement,
    builder::StartError,
    clock::{Clock, Time},
    faults::{Action, Faults, When, set_pointer},
    identify::Found,
    journal::{Journal, Request as Entry, redact},
    refusal,
    route::{Routes, Service},
    settings::Settings,
    spec::{QuerySpec, Spec},
    tls::Authority,
    world::World,
};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What all connections share.
pub(crate) struct Core {
    pub(crate) routes: Routes,
    pub(crate) vcenter_routes: Routes,
    pub(crate) aws: QuerySpec,
    pub(crate) authority: Authority,
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
    pub(crate) link: Arrangement,
}

/// Where a request came in.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) scheme: &'static str,
    pub(crate) authority: String,
    /// The only service of this port, if it is not for all.
    pub(crate) only: Option<Service>,
    /// The vCenter of this port, if it is one's own.
    pub(crate) vcenter: Option<String>,
}

/// How an answer reaches the client.
pub(crate) enum Delivery {
    Whole(Response<Bytes>),
    /// In pieces of this many bytes, with a pause before each.
    Slow(Response<Bytes>, usize, Duration),
    /// This many bytes, then the end of the connection.
    Truncated(Response<Bytes>, usize),
    /// No answer.
    Cut(Ending),
}

/// How a connection ends that was cut.
#[derive(Clone, Debug, Default)]
pub(crate) enum Ending {
    /// In order.
    #[default]
    Close,
    /// With a reset.
    Reset,
    /// In order, after these bytes.
    Raw(Bytes),
}

/// The ending that a fault orders at this time.
fn ending(fault: Option<&Action>, now: When) -> Option<Ending> {
    match fault? {
        Action::Cut { when, reset: false } if *when == now => Some(Ending::Close),
        Action::Cut { when, reset: true } if *when == now => Some(Ending::Reset),
        Action::Raw { text, when } if *when == now => Some(Ending::Raw(text.clone().into())),
        _ => None,
    }
}

/// The answer with one value changed. A pointer to nowhere is a mistake in a test: it must not
/// pass for the fault.
fn with_value(mut answer: Answer, pointer: &str, value: &Value) -> Answer {
    let mut document = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    if !set_pointer(&mut document, pointer, value) {
        let text = format!("vmc-mock: the answer has no place for the fault's pointer '{pointer}'");
        return Answer::new(500, "text/plain", text);
    }
    answer.body = document.to_string().into();
    answer
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
        self.world.settle(now, &self.settings);
        if self.settings.broken_roles_noticed {
            self.world.look_at_roles(now);
        }
        self.note_effects(None);
        now
    }

    /// Moves what was done since the last time into the journal.
    pub(crate) fn note_effects(&mut self, request: Option<u64>) {
        for mut effect in self.world.take_effects() {
            effect.request = request;
            self.journal.done_now(effect, self.settings.journal_limit);
        }
    }
}

impl Core {
    pub(crate) fn new(start: Start) -> Result<Self, StartError> {
        let state = Mutex::new(State::new(&start));
        let core = Self {
            routes: Routes::load().map_err(StartError::Contract)?,
            vcenter_routes: Routes::of_vcenters().map_err(StartError::Contract)?,
            aws: Spec::aws().map_err(StartError::Contract)?,
            authority: Authority::new().map_err(StartError::Certificate)?,
            state,
            start,
        };
        core.arrange(&core.start.link)?;
        Ok(core)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere (a test's closure) must not hide the world from everybody.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reset(&self) {
        *self.lock() = State::new(&self.start);
        // It was possible at the start, from the same world.
        let _ = self.arrange(&self.start.link);
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
                crate::aws::ACTIONS.iter().any(|(id, _)| *id == action.id),
            )
        });
        self.routes
            .operations()
            .chain(self.vcenter_routes.operations())
            .map(|(id, here)| (id.to_owned(), here))
            .chain(actions)
            .collect()
    }

    pub(crate) async fn handle(&self, origin: &Origin, request: Request<Bytes>) -> Delivery {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        if path == "/__mock" || path.starts_with("/__mock/") {
            let answer = crate::control::handle(self, &parts, &body);
            return Delivery::Whole(answer.into_response());
        }
        let found = self.identify(origin, &parts, &body);
        let speaker = found.speaker();
        let (seq, fault) = self.open(origin, &found, &parts);

        // What strikes before anything is done.
        if let Some(ending) = ending(fault.as_ref(), When::Before) {
            return self.cut(seq, ending);
        }
        let instead = match &fault {
            Some(Action::Delay { ms }) => {
                tokio::time::sleep(Duration::from_millis(*ms)).await;
                None
            }
            Some(Action::Hang { when: When::Before }) => return self.hang(seq).await,
            Some(Action::Status {
                status,
                headers,
                body,
                when: When::Before,
            }) => Some(refusal::ordered(
                speaker,
                *status,
                headers,
                body.as_ref(),
                path,
            )),
            Some(Action::Html {
                status,
                when: When::Before,
            }) => Some(refusal::proxy_page(*status)),
            Some(Action::Redirect { location, status }) => {
                Some(Answer::new(*status, "text/plain", "").with("location", location.clone()))
            }
            Some(Action::Unauthorized) => Some(refusal::unauthorized(
                speaker,
                self.lock().clock.now(),
                path,
            )),
            _ => None,
        };
        if let Some(answer) = instead {
            return self.deliver(seq, answer, None);
        }

        let mut answer = self.carry_out(origin, seq, found, &parts, &body);
        self.lock()
            .journal
            .change(seq, |entry| entry.handled = true);

        // What strikes after.
        if let Some(ending) = ending(fault.as_ref(), When::After) {
            return self.cut(seq, ending);
        }
        match &fault {
            Some(Action::Hang { .. }) => return self.hang(seq).await,
            Some(Action::Status {
                status,
                headers,
                body,
                ..
            }) => {
                answer = refusal::ordered(speaker, *status, headers, body.as_ref(), path);
            }
            Some(Action::Html { status, .. }) => answer = refusal::proxy_page(*status),
            Some(Action::NonUtf8) => {
                answer.body =
                    Bytes::from_static(b"{\"id\":\"\xff\xfe\xc3\x28\",\"name\":\"\x80\"}");
            }
            Some(Action::Huge { bytes }) => {
                answer.body = format!("[\"{}\"]", "x".repeat(bytes.saturating_sub(4))).into();
            }
            Some(Action::Set { pointer, value }) => answer = with_value(answer, pointer, value),
            _ => {}
        }
        self.deliver(seq, answer, fault.as_ref())
    }

    fn open(
        &self,
        origin: &Origin,
        found: &Found<'_>,
        parts: &http::request::Parts,
    ) -> (u64, Option<Action>) {
        let mut state = self.lock();
        let now = state.settle();
        let entry = Entry {
            seq: 0,
            at: now,
            service: found.service.map_or("unknown", Service::name).into(),
            vcenter: origin.vcenter.clone(),
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
        (seq, fault.map(|(_, action)| action))
    }

    async fn hang(&self, seq: u64) -> Delivery {
        self.lock().journal.change(seq, |entry| entry.hung = true);
        std::future::pending().await
    }

    fn cut(&self, seq: u64, ending: Ending) -> Delivery {
        self.lock().journal.change(seq, |entry| entry.cut = true);
        Delivery::Cut(ending)
    }

    fn deliver(&self, seq: u64, answer: Answer, fault: Option<&Action>) -> Delivery {
        let truncated = matches!(fault, Some(Action::Truncate));
        self.lock().journal.change(seq, |entry| {
            entry.status = Some(answer.status);
            entry.cut = truncated;
        });
        let response = answer.into_response();
        match fault {
            Some(Action::Slow { bytes, every_ms }) => {
                Delivery::Slow(response, (*bytes).max(1), Duration::from_millis(*every_ms))
            }
            Some(Action::Truncate) => {
                let keep = response.body().len() / 2;
                Delivery::Truncated(response, keep)
            }
            _ => Delivery::Whole(response),
        }
    }
}
