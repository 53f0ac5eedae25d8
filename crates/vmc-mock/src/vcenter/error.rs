//! How a vCenter says no: one error, two shapes.

use super::{Dialect, dated};
use crate::{answer::Answer, handler::Call};
use serde_json::{Map, Value, json};

/// An error of the kind that `/api` calls `ALREADY_EXISTS`, and `/rest` `already_exists`.
pub(crate) fn error(call: &Call<'_>, kind: &str, message: &str) -> Answer {
    with_data(call, kind, message, json!({}))
}

/// The same with structured details.
pub(crate) fn with_data(call: &Call<'_>, kind: &str, message: &str, data: Value) -> Answer {
    let mut answer = document(call.path, kind, message, data);
    if kind == "UNVERIFIED_PEER" {
        answer.status = call.settings.vcenter_unverified_peer_status;
    }
    if kind == "UNAUTHENTICATED" && call.settings.vcenter_empty_401 {
        answer.body = bytes::Bytes::new();
    }
    dated(call, answer)
}

/// The error document in the dialect of `path`.
fn document(path: &str, kind: &str, message: &str, data: Value) -> Answer {
    let dialect = Dialect::of(path);
    let status = match kind {
        "UNAUTHENTICATED" => 401,
        "UNAUTHORIZED" => 403,
        "NOT_FOUND" | "OPERATION_NOT_FOUND" => 404,
        "ERROR" | "INTERNAL_SERVER_ERROR" => 500,
        "RESOURCE_BUSY" if dialect == Dialect::Api => 500,
        "SERVICE_UNAVAILABLE" => 503,
        "TIMED_OUT" => 504,
        _ => 400,
    };
    let mut message = message_of(kind, message);
    let body = match dialect {
        Dialect::Rest => {
            let mut value = Map::new();
            value.insert("messages".into(), json!([message]));
            if data.as_object().is_some_and(|map| !map.is_empty()) {
                value.insert("data".into(), data);
            }
            let kind = kind.to_lowercase();
            json!({"type": format!("com.vmware.vapi.std.errors.{kind}"), "value": value})
        }
        Dialect::Api => {
            message["localized"] = message["default_message"].clone();
            let mut body = json!({"error_type": kind, "messages": [message], "data": data});
            if status == 401 {
                body["challenge"] = json!(CHALLENGE);
            }
            body
        }
    };
    let answer = Answer::json(status, &body);
    match status {
        401 => answer.with("www-authenticate", CHALLENGE),
        _ => answer,
    }
}

const CHALLENGE: &str = "Basic realm=\"vCenter\"";

/// A localizable message. Ids other than those of sessions are a guess.
pub(crate) fn message_of(kind: &str, text: &str) -> Value {
    let id = match (kind, text) {
        ("UNAUTHENTICATED", NO_SESSION) => "vapi.method.authentication.required".into(),
        ("UNAUTHENTICATED", _) => "com.vmware.vapi.endpoint.method.authentication.required".into(),
        ("OPERATION_NOT_FOUND", _) => "vapi.method.input.invalid.interface".into(),
        ("SERVICE_UNAVAILABLE", text) if text.starts_with("User session count") => {
            "com.vmware.vapi.endpoint.failedToLoginMaxUserSessionCountReached".into()
        }
        _ => format!("com.vmware.vcenter.hvc.{}", kind.to_lowercase()),
    };
    json!({"id": id, "default_message": text, "args": []})
}

/// Said to a call without a session.
pub(crate) const NO_SESSION: &str = "This method requires authentication.";

/// A vCenter's error document for a status.
pub(crate) fn of_status(status: u16, path: &str, message: &str) -> Answer {
    let kind = match status {
        401 => "UNAUTHENTICATED",
        403 => "UNAUTHORIZED",
        404 | 405 => "OPERATION_NOT_FOUND",
        503 => "SERVICE_UNAVAILABLE",
        504 => "TIMED_OUT",
        400..500 => "INVALID_ARGUMENT",
        _ => "INTERNAL_SERVER_ERROR",
    };
    let mut answer = document(path, kind, message, json!({}));
    answer.status = status;
    answer
}

/// The 401 for a session that is not known.
pub(crate) fn unauthenticated(path: &str) -> Answer {
    of_status(401, path, NO_SESSION)
}

/// What the contract has against a call.
pub(crate) fn refused(call: &Call<'_>, problem: &str) -> Answer {
    let kind = match problem.starts_with("unknown ") || problem.ends_with("takes no body") {
        true => "UNEXPECTED_INPUT",
        false => "INVALID_ARGUMENT",
    };
    error(call, kind, problem)
}
