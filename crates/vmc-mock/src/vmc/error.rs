//! How VMC says no.

use crate::{answer::Answer, handler::Call};
use serde_json::json;

/// An `ErrorResponse`. The values of `error_code` are a guess: none has been published.
pub(crate) fn error(call: &Call<'_>, status: u16, message: &str) -> Answer {
    document(status, call.path, message)
}

pub(crate) fn document(status: u16, path: &str, message: &str) -> Answer {
    let code = match status {
        400 => "service.invalid_request",
        401 => "service.unauthenticated",
        403 => "service.unauthorized",
        404 => "service.not_found",
        405 => "service.method_not_allowed",
        409 => "service.concurrent_change",
        429 => "service.too_many_requests",
        501 => "service.not_simulated",
        503 => "service.unavailable",
        _ => "service.internal_error",
    };
    let body = json!({
        "status": status,
        "path": path,
        "retryable": matches!(status, 429 | 503),
        "error_code": code,
        "error_messages": [message],
    });
    Answer::json(status, &body)
}

/// The gateway's 401, which has another shape.
pub(crate) fn unauthorized(call: &Call<'_>) -> Answer {
    spring(call.now, call.path)
}

pub(crate) fn spring(now: crate::clock::Time, path: &str) -> Answer {
    let body = json!({
        "timestamp": now.spring(),
        "status": 401,
        "error": "Unauthorized",
        "message": "Auth token is not valid",
        "path": path,
    });
    Answer::json(401, &body)
}
