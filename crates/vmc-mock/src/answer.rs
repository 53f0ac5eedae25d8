//! What a handler answers: status, headers, body.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

/// The result of an operation: `Ok` and `Err` are both answers; `?` leaves early with a refusal.
pub(crate) type Outcome = Result<Answer, Answer>;

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".into(), content_type.into())];
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// Without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json", value.to_string())
    }

    /// A JSON array, written item by item: a list of ten thousand documents is not kept as a tree.
    pub(crate) fn json_list(items: impl Iterator<Item = Value>) -> Self {
        let mut text = String::from("[");
        for item in items {
            if text.len() > 1 {
                text.push(',');
            }
            text += &item.to_string();
        }
        text.push(']');
        Self::new(200, "application/json", text)
    }

    pub(crate) fn xml(status: u16, text: String) -> Self {
        Self::new(status, "text/xml", text)
    }

    pub(crate) fn html(status: u16, text: &str) -> Self {
        Self::new(status, "text/html; charset=utf-8", text.to_owned())
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Headers or statuses that HTTP cannot carry are left out rather than refused here: faults
    /// are checked when they are set.
    pub(crate) fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
