//! How a vCenter words its errors.

use serde_json::Value;
use vmc_http::{Answer, Explanation};

use crate::vapi_error::{LocalizableMessage, Said};

/// Reads the error bodies of both dialects:
/// `{"error_type", "messages"}` and `{"type", "value": {"messages"}}`.
///
/// The code is the vAPI error type in the words of the `/api` dialect, such as
/// `ALREADY_EXISTS`. The message is the localized one, else the English one.
pub fn explain(answer: &Answer) -> Explanation {
    let Ok(Value::Object(body)) = answer.json() else {
        return Explanation::text(answer);
    };
    let said = Said::read(&body);
    let message = said.messages.iter().find_map(LocalizableMessage::text);
    if said.kind.is_none() && message.is_none() {
        // A gateway in front of it speaks for itself.
        return Explanation::generic(answer);
    }
    Explanation {
        message,
        code: said.kind.map(|kind| kind.as_str().to_owned()),
        ..Explanation::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vmc_http::bytes::Bytes;
    use vmc_http::http::{HeaderMap, StatusCode};

    fn read(body: &'static str) -> (Option<String>, Option<String>) {
        let explanation = explain(&Answer {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        });
        (explanation.code, explanation.message)
    }

    fn said(code: &str, message: &str) -> (Option<String>, Option<String>) {
        (Some(code.into()), Some(message.into()))
    }

    #[test]
    fn both_dialects_give_the_same_code() {
        assert_eq!(
            read(
                r#"{"type":"com.vmware.vapi.std.errors.unauthenticated","value":{"messages":[
                {"args":[],"default_message":"This method requires authentication.","id":"vapi.method.authentication.required"}]}}"#
            ),
            said("UNAUTHENTICATED", "This method requires authentication.")
        );
        assert_eq!(
            read(
                r#"{"error_type":"ALREADY_EXISTS","messages":[{"args":[],"default_message":"A link exists.","localized":"Es gibt sie.","id":"x"}],"data":{}}"#
            ),
            said("ALREADY_EXISTS", "Es gibt sie.")
        );
    }

    #[test]
    fn sparse_and_foreign_bodies_are_taken_as_they_are() {
        assert_eq!(read(""), (None, None));
        assert_eq!(
            read(r#"{"error_type":"ERROR","messages":[]}"#),
            (Some("ERROR".into()), None)
        );
        assert_eq!(
            read(r#"{"error_type":7,"messages":{"a":1},"value":[]}"#),
            (None, None)
        );
        assert_eq!(
            read(r#"{"message":"no route"}"#),
            (None, Some("no route".into()))
        );
        assert_eq!(read("<html>x"), (None, None));
    }
}
