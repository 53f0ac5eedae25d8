//! How the service words its errors.

use serde_json::{Map, Value};
use vmc_http::redact::printable;
use vmc_http::{Answer, Explanation};

/// Longest message kept.
const LIMIT: usize = 500;

/// Reads the error bodies that occur at the service: its own
/// (`error_messages`, `error_code`, `retryable`), the gateway's (`error`,
/// `message`), the network API's (`error_message`, `related_errors`) and
/// validation results (`details`). Anything else is taken as plain text.
pub fn explain(answer: &Answer) -> Explanation {
    let Ok(Value::Object(body)) = answer.json() else {
        return Explanation::text(answer);
    };
    let said = [
        texts(&body, "error_messages"),
        text(&body, "message").into_iter().collect(),
        text(&body, "error_message").into_iter().collect(),
        text(&body, "error").into_iter().collect(),
    ];
    let mut messages: Vec<String> = said
        .into_iter()
        .find(|said| !said.is_empty())
        .unwrap_or_default();
    for (list, name) in [
        ("related_errors", "error_message"),
        ("details", "validation_error_message"),
    ] {
        let items = body
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        messages.extend(items.filter_map(|item| text(item.as_object()?, name)));
    }
    messages.dedup();
    Explanation {
        message: (!messages.is_empty()).then(|| printable(&messages.join("; "), LIMIT)),
        code: code(&body),
        retryable: body.get("retryable").and_then(Value::as_bool),
        request_id: None,
    }
}

fn text(body: &Map<String, Value>, name: &str) -> Option<String> {
    let text = body.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A list of texts, or one text where a list was meant.
fn texts(body: &Map<String, Value>, name: &str) -> Vec<String> {
    match body.get(name) {
        Some(Value::Array(items)) => {
            let texts = items.iter().filter_map(Value::as_str).map(str::trim);
            texts
                .filter(|text| !text.is_empty())
                .map(ToOwned::to_owned)
                .collect()
        }
        _ => text(body, name).into_iter().collect(),
    }
}

/// The service's code is text, the network API's a number.
fn code(body: &Map<String, Value>) -> Option<String> {
    let code = match body.get("error_code")? {
        Value::String(code) => printable(code, 80),
        Value::Number(code) => code.to_string(),
        _ => return None,
    };
    (!code.is_empty()).then_some(code)
}
