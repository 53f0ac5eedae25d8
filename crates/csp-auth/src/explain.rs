//! How CSP words its errors.

use serde_json::Value;
use vmc_http::redact::printable;
use vmc_http::{Answer, Explanation};

/// Reads an error body of CSP: `message`, `cspErrorCode` or `moduleCode`
/// (which comes as a number or as text), `requestId` or `traceId`; and the
/// `error` and `error_description` of OAuth (RFC 6749 §5.2).
pub fn explain(answer: &Answer) -> Explanation {
    let Ok(Value::Object(body)) = answer.json() else {
        return Explanation::text(answer);
    };
    let word = |name: &str| match body.get(name)? {
        Value::String(text) => Some(printable(text, 300)).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let oauth = match (word("error"), word("error_description")) {
        (Some(error), Some(more)) => Some(format!("{error}: {more}")),
        (error, more) => error.or(more),
    };
    Explanation {
        message: word("message").or(oauth),
        code: word("cspErrorCode").or_else(|| word("moduleCode")),
        retryable: None,
        request_id: word("requestId").or_else(|| word("traceId")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vmc_http::bytes::Bytes;
    use vmc_http::http::{HeaderMap, StatusCode};

    fn read(body: &'static str) -> Explanation {
        explain(&Answer {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        })
    }

    #[test]
    fn both_captured_shapes_are_read() {
        let full = read(
            r#"{"metadata":null,"traceId":"t1","statusCode":400,"message":"invalid_grant: Invalid refresh token: xxxx...tN3NK",
               "requestId":"r1","moduleCode":"540","cspErrorCode":"540.120-340.800"}"#,
        );
        assert_eq!(
            full.message.as_deref(),
            Some("invalid_grant: Invalid refresh token: xxxx...tN3NK")
        );
        assert_eq!(full.code.as_deref(), Some("540.120-340.800"));
        assert_eq!(full.request_id.as_deref(), Some("r1"));
        let short = read(r#"{"moduleCode":340,"message":"no"}"#);
        assert_eq!(short.code.as_deref(), Some("340"));
    }

    #[test]
    fn oauth_and_gateway_shapes_are_read() {
        let oauth = read(r#"{"error":"invalid_client","error_description":"Bad client"}"#);
        assert_eq!(oauth.message.as_deref(), Some("invalid_client: Bad client"));
        let spring = read(
            r#"{"timestamp":"x","status":401,"error":"Unauthorized","message":"no token","path":"/"}"#,
        );
        assert_eq!(spring.message.as_deref(), Some("no token"));
    }

    #[test]
    fn anything_else_is_text_or_nothing() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"message":{},"requestId":[1]}"#,
            "<html>x",
        ] {
            assert_eq!(read(body).code, None, "{body}");
        }
        assert_eq!(read("{}").message, None);
        assert_eq!(read("<html>x").message, None);
        assert_eq!(read("slow down").message.as_deref(), Some("slow down"));
    }
}
