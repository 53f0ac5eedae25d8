//! How each service says no, when it is not one of its operations that does.

use crate::{
    answer::Answer,
    aws::{Protocol, Refusal},
    clock::Time,
    csp,
    route::Service,
    vcenter, vmc,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Who says no.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speaker {
    pub(crate) service: Option<Service>,
    /// How, if it is a service of AWS.
    pub(crate) protocol: Protocol,
}

impl Speaker {
    /// A service that is not of AWS.
    pub(crate) fn rest(service: Option<Service>) -> Self {
        Self {
            service,
            protocol: Protocol::default(),
        }
    }
}

/// A service's usual error document.
pub(crate) fn of(speaker: Speaker, status: u16, path: &str, message: &str) -> Answer {
    match speaker.service {
        Some(Service::Csp) => csp::document(status, message, false),
        Some(Service::VCenter) => vcenter::of_status(status, path, message),
        Some(Service::Aws) => speaker.protocol.refuse(Refusal::Status(status, message)),
        _ => vmc::document(status, path, message),
    }
}

/// A service's own 401, as for a token it does not know.
pub(crate) fn unauthorized(speaker: Speaker, now: Time, path: &str) -> Answer {
    match speaker.service {
        Some(Service::Csp) => csp::document(401, "Invalid access token.", false),
        Some(Service::Aws) => speaker.protocol.refuse(Refusal::UnknownKey),
        Some(Service::VCenter) => vcenter::unauthenticated(path),
        _ => vmc::spring(now, path),
    }
}

/// The answer of a `status` fault.
pub(crate) fn ordered(
    speaker: Speaker,
    status: u16,
    headers: &BTreeMap<String, String>,
    body: Option<&Value>,
    path: &str,
) -> Answer {
    let mut answer = match body {
        Some(Value::String(text)) => {
            let xml = text.trim_start().starts_with('<');
            Answer::new(
                status,
                if xml { "text/xml" } else { "text/plain" },
                text.clone(),
            )
        }
        Some(document) => Answer::json(status, document),
        None => of(speaker, status, path, "A fault that was ordered."),
    };
    for (name, value) in headers {
        answer = answer.with(name, value.clone());
    }
    answer
}

pub(crate) fn no_route(method: &str, path: &str) -> Answer {
    let text = format!("vmc-mock has no route {method} {path}");
    let body = json!({
        "status": 404, "path": path, "retryable": false, "error_code": "vmc-mock.unknown_route",
        "error_messages": [text],
    });
    Answer::json(404, &body)
}

/// What a proxy says when it cannot reach the service.
pub(crate) fn proxy_page(status: u16) -> Answer {
    let text = "<html><head><title>Proxy</title></head><body>\
                <h1>The upstream server is not available</h1></body></html>\n";
    Answer::html(status, text)
}
