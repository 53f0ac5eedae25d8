//! How each service says no, when it is not one of its operations that does.

use crate::{answer::Answer, aws, clock::Time, csp, route::Service, vcenter, vmc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A service's usual error document.
pub(crate) fn of(service: Option<Service>, status: u16, path: &str, message: &str) -> Answer {
    match service {
        Some(Service::Csp) => csp::document(status, message, false),
        Some(Service::VCenter) => vcenter::of_status(status, path, message),
        Some(Service::Aws) => {
            let code = match status {
                400 | 429 => "Throttling",
                403 => "AccessDenied",
                503 => "ServiceUnavailable",
                _ => "InternalFailure",
            };
            aws::error(status, code, message)
        }
        _ => vmc::document(status, path, message),
    }
}

/// A service's own 401, as for a token it does not know.
pub(crate) fn unauthorized(service: Option<Service>, now: Time, path: &str) -> Answer {
    match service {
        Some(Service::Csp) => csp::document(401, "Invalid access token.", false),
        Some(Service::Aws) => {
            let text = "The security token included in the request is invalid.";
            aws::error(403, "InvalidClientTokenId", text)
        }
        Some(Service::VCenter) => vcenter::unauthenticated(path),
        _ => vmc::spring(now, path),
    }
}

/// The answer of a `status` fault.
pub(crate) fn ordered(
    service: Option<Service>,
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
        None => of(service, status, path, "A fault that was ordered."),
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
