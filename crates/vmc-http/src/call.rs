//! An operation with its types taken off: what the executor works with.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::Serialize;

use crate::error::EncodeError;
use crate::operation::Replay;
use crate::target::Target;

/// A request body that can be sent again as it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Body {
    /// No body.
    #[default]
    Empty,
    /// `application/json`.
    Json(Bytes),
    /// `application/x-www-form-urlencoded`.
    Form(Bytes),
}

impl Body {
    /// Encodes a value as JSON.
    ///
    /// # Errors
    /// When `value` has no JSON form, for example a map with keys that are not strings.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, EncodeError> {
        serde_json::to_vec(value)
            .map(|bytes| Self::Json(bytes.into()))
            .map_err(EncodeError::new)
    }

    /// Encodes name-value pairs as a form.
    pub fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(pairs);
        Self::Form(encoded.finish().into())
    }

    /// The `Content-Type` this body is sent with.
    pub fn content_type(&self) -> Option<&'static str> {
        match self {
            Self::Empty => None,
            Self::Json(_) => Some("application/json"),
            Self::Form(_) => Some("application/x-www-form-urlencoded"),
        }
    }

    /// The bytes as sent.
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Json(bytes) | Self::Form(bytes) => bytes.clone(),
        }
    }
}

/// Bodies carry passwords and tokens, so only their kind and size are shown.
impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Form(bytes) => write!(f, "Form({} bytes)", bytes.len()),
        }
    }
}

/// An operation with its types taken off, and the way to make a raw call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Name for spans and errors.
    pub name: Cow<'static, str>,
    /// HTTP method.
    pub method: Method,
    /// What a second arrival does.
    pub replay: Replay,
    /// Path and query.
    pub target: Target,
    /// Body.
    pub body: Body,
    /// Extra headers.
    pub headers: HeaderMap,
    /// Whether to attach the client's credentials.
    pub authenticated: bool,
}

impl Call {
    /// A raw call named after its method and path.
    ///
    /// A `GET` or `HEAD` is taken as safe to repeat and everything else as
    /// happening once. Some APIs have a `GET` that creates something: look the
    /// path up among the known operations and set [`Call::replay`].
    pub fn raw(method: Method, target: Target) -> Self {
        let replay = if method.is_safe() {
            Replay::Safe
        } else {
            Replay::Once
        };
        Self {
            name: Cow::Owned(format!("{method} {}", target.path())),
            method,
            replay,
            target,
            body: Body::Empty,
            headers: HeaderMap::new(),
            authenticated: true,
        }
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Sends the call without credentials.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.authenticated = false;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_body() {
        let body = Body::form([("api_token", "canary")]);
        assert!(!format!("{body:?}").contains("canary"));
    }
}
