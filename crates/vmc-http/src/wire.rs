//! What logs may show of the traffic: `debug` has one line per attempt,
//! `trace` the bodies with every secret taken out.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use serde_json::Value;

use crate::error::origin_of;
use crate::redact::{REDACTED, is_secret_name, printable, redact_json};

/// Bodies are shown up to this length.
const SHOWN: usize = 4096;

/// Header values that say nothing secret. All others are named only.
const READABLE: &[&str] = &[
    "accept",
    "content-length",
    "content-type",
    "date",
    "location",
    "retry-after",
    "server",
    "user-agent",
    "x-request-id",
];

/// Whether there is anybody to measure for.
pub(crate) fn is_shown() -> bool {
    tracing::enabled!(target: "vmc_http::wire", tracing::Level::DEBUG)
}

pub(crate) fn request(request: &reqwest::Request, secret: bool) {
    tracing::debug!(
        target: "vmc_http::wire",
        method = %request.method(),
        host = request.url().authority(),
        path = if secret { REDACTED } else { request.url().path() },
        "request"
    );
    if !secret && tracing::enabled!(target: "vmc_http::wire", tracing::Level::TRACE) {
        let body = request.body().and_then(reqwest::Body::as_bytes);
        tracing::trace!(
            target: "vmc_http::wire",
            headers = %headers(request.headers()),
            body = %body_text(body.unwrap_or_default()),
            "request content"
        );
    }
}

pub(crate) fn response(response: &Response<Bytes>, took: Option<Duration>, secret: bool) {
    tracing::debug!(
        target: "vmc_http::wire",
        status = response.status().as_u16(),
        bytes = response.body().len(),
        ms = took.map(|took| took.as_millis() as u64),
        "answer"
    );
    if !secret && tracing::enabled!(target: "vmc_http::wire", tracing::Level::TRACE) {
        tracing::trace!(
            target: "vmc_http::wire",
            headers = %headers(response.headers()),
            body = %body_text(response.body()),
            "answer content"
        );
    }
}

fn headers(headers: &HeaderMap) -> String {
    let mut out = String::new();
    for (name, value) in headers {
        let text = match value.to_str() {
            // A location may have a token anywhere behind its host.
            Ok(text) if name == "location" => origin_of(text).unwrap_or_default(),
            Ok(text) if READABLE.contains(&name.as_str()) && !value.is_sensitive() => {
                printable(text, 200)
            }
            _ => REDACTED.to_owned(),
        };
        let _ = write!(out, "{name}: {text}; ");
    }
    out
}

/// The body with secrets taken out, or its size alone where that cannot be done.
fn body_text(body: &[u8]) -> String {
    if body.is_empty() {
        return "(empty)".to_owned();
    }
    if let Ok(mut json) = serde_json::from_slice(body) {
        redact_json(&mut json);
        return if is_lone_string(&json) {
            REDACTED.to_owned()
        } else {
            printable(&json.to_string(), SHOWN)
        };
    }
    match std::str::from_utf8(body) {
        Ok(text) if text.contains('=') && !text.contains(['<', '{', '\n', ' ']) => {
            let pairs = url::form_urlencoded::parse(body).map(|(name, value)| {
                if is_secret_name(&name) {
                    format!("{name}={REDACTED}")
                } else {
                    format!("{name}={value}")
                }
            });
            printable(&pairs.collect::<Vec<_>>().join("&"), SHOWN)
        }
        _ => format!("({} bytes that are not JSON)", body.len()),
    }
}

/// A bare string, or one alone in an object: how login answers look.
fn is_lone_string(json: &Value) -> bool {
    match json {
        Value::String(_) => true,
        Value::Object(map) => map.len() == 1 && map.values().all(Value::is_string),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_shown_without_their_secrets() {
        for body in [
            "api_token=canary&grant_type=refresh_token",
            "client_id=x&client_secret=canary",
            r#"{"access_token":"canary","expires_in":1799}"#,
            r#"{"a":[{"cloud_password":"canary"}]}"#,
            r#""canary""#,
            r#"{"value":"canary"}"#,
            "canary",
            "<html>canary</html>",
        ] {
            let shown = body_text(body.as_bytes());
            assert!(!shown.contains("canary"), "{body} is shown as {shown}");
        }
        assert!(body_text(b"grant_type=x&api_token=y").contains("grant_type=x"));
    }

    #[test]
    fn unknown_headers_are_named_only() {
        let mut map = HeaderMap::new();
        map.insert("csp-auth-token", "canary".parse().unwrap());
        map.insert("set-cookie", "canary".parse().unwrap());
        map.insert(
            "location",
            "https://canary@x/canary?token=canary#canary"
                .parse()
                .unwrap(),
        );
        map.insert("content-type", "text/plain".parse().unwrap());
        let shown = headers(&map);
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("text/plain") && shown.contains("csp-auth-token"));
    }
}
