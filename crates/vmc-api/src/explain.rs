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

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, StatusCode};

    fn said(body: &'static str) -> (Option<String>, Option<String>, Option<bool>) {
        let explanation = explain(&Answer {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            body: vmc_http::bytes::Bytes::from_static(body.as_bytes()),
        });
        (explanation.message, explanation.code, explanation.retryable)
    }

    #[test]
    fn every_known_error_body_gives_its_message() {
        for (body, message, code, retryable) in [
            (
                r#"{"status":400,"path":"/x","retryable":true,"error_code":"SDDC-17","error_messages":["First.","Second."]}"#,
                "First.; Second.",
                Some("SDDC-17"),
                Some(true),
            ),
            (
                r#"{"timestamp":"2020-01-02T17:11:01.223+0000","status":401,"error":"Unauthorized","message":"Auth token is not valid","path":"/vmc/api/orgs"}"#,
                "Auth token is not valid",
                None,
                None,
            ),
            (
                r#"{"httpStatus":"NOT_FOUND","error_code":600,"error_message":"No.","related_errors":[{"error_message":"Because."}]}"#,
                "No.; Because.",
                Some("600"),
                None,
            ),
            (
                r#"{"status":409,"message":"Invalid","details":[{"validation_error_message":"Overlap","members":["a"]}]}"#,
                "Invalid; Overlap",
                None,
                None,
            ),
            (
                r#"{"status":403,"error":"Forbidden","message":""}"#,
                "Forbidden",
                None,
                None,
            ),
            (r#"{"error_messages":"One text"}"#, "One text", None, None),
            (
                "upstream connect error",
                "upstream connect error",
                None,
                None,
            ),
        ] {
            let expected = (Some(message.to_owned()), code.map(str::to_owned), retryable);
            assert_eq!(said(body), expected, "{body}");
        }
    }

    #[test]
    fn bodies_without_a_message_say_nothing_wrong() {
        for body in [
            "",
            "  ",
            "{}",
            "<html>502</html>",
            r#"{"error_messages":[null,""],"message":null,"error_code":null}"#,
        ] {
            assert_eq!(said(body), (None, None, None), "{body}");
        }
    }

    #[test]
    fn messages_cannot_drive_a_terminal_or_fill_it() {
        let (message, ..) = said("{\"error_messages\":[\"a\\u001b[31mb\\u202e\\r\\nc\"]}");
        assert_eq!(message.as_deref(), Some("a[31mb c"));
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(10_000));
        let (message, ..) = said(long.leak());
        assert!(message.unwrap().chars().count() <= LIMIT + 1);
    }
}
