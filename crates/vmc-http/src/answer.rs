//! What a server answered, and how it is read.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::error::DecodeError;

/// A complete answer: status, headers and the whole body, decompressed.
#[derive(Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Response headers.
    pub headers: HeaderMap,
    /// Body, at most the transport's limit.
    pub body: Bytes,
}

impl Answer {
    /// Decodes the body as JSON.
    ///
    /// A byte order mark is skipped and the content type is not trusted: some
    /// gateways label JSON as text. On failure the error names the place in the
    /// document (`items[3].created`), never its content.
    ///
    /// # Errors
    /// When the body is HTML, empty, cut, not UTF-8 or of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        serde_json::from_slice(self.text_bytes()).map_err(|error| DecodeError::json(self, &error))
    }

    /// The body without a byte order mark.
    pub fn text_bytes(&self) -> &[u8] {
        self.body
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&self.body)
    }

    /// Whether the body is an HTML page: what a proxy, a captive portal or a
    /// login page answers in place of an API.
    pub fn is_html(&self) -> bool {
        let body = self.text_bytes();
        let head = String::from_utf8_lossy(&body[..body.len().min(256)]);
        let head = head.trim_start().to_ascii_lowercase();
        let labelled = self
            .header("content-type")
            .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        ["<!doctype html", "<html", "<head", "<body"]
            .iter()
            .any(|start| head.starts_with(start))
            || (labelled && head.starts_with('<'))
    }

    /// A response header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Answers carry passwords, so the body is shown by size alone.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// How an answer becomes an operation's output.
///
/// Blanket-implemented for everything serde can read from JSON, so an
/// operation without a result uses [`Nothing`].
pub trait FromAnswer: Sized {
    /// Reads the answer.
    ///
    /// # Errors
    /// When the body is not of this type.
    fn from_answer(answer: &Answer) -> Result<Self, DecodeError>;
}

impl<T: DeserializeOwned> FromAnswer for T {
    fn from_answer(answer: &Answer) -> Result<Self, DecodeError> {
        answer.json()
    }
}

/// The output of an operation whose answer has no content worth reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nothing;

impl FromAnswer for Nothing {
    fn from_answer(_: &Answer) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &'static [u8]) -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body),
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let read: Vec<u8> = answer(b"\xef\xbb\xbf[1]").json().unwrap();
        assert_eq!(read, [1]);
    }

    #[test]
    fn decode_errors_name_the_place_and_never_the_content() {
        #[derive(Debug, serde::Deserialize)]
        struct Row {
            #[allow(dead_code)]
            n: u8,
        }
        let error = answer(br#"[{"n":1},{"n":"s3cr3t"}]"#)
            .json::<Vec<Row>>()
            .unwrap_err();
        assert!(error.to_string().contains("[1].n"), "{error}");
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }

    #[test]
    fn pages_trailing_text_and_emptiness_are_told_apart() {
        let text = |body| answer(body).json::<Vec<u8>>().unwrap_err().to_string();
        assert!(text(b" <!DOCTYPE html><p>").contains("web page"));
        let mut labelled = answer(b"<?xml version=\"1.0\"?><!DOCTYPE html>");
        labelled
            .headers
            .insert("content-type", "text/HTML".parse().unwrap());
        assert!(labelled.is_html());
        assert!(text(b"").contains("empty"));
        assert!(text(b"[1").contains("ends too early"));
        assert!(text(b"[1] x").contains("not valid JSON"));
        assert!(text(b"[\"\xff\"]").contains("not UTF-8"));
    }

    #[test]
    fn debug_never_shows_a_body() {
        assert!(!format!("{:?}", answer(b"canary")).contains("canary"));
    }
}
