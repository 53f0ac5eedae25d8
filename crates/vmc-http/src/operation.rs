//! An API operation as a value: pure, no I/O, all its facts in one place.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{DecodeError, EncodeError};
use crate::target::Target;

/// What happens when the same request arrives twice.
///
/// Declared per operation because the HTTP method does not tell: there are
/// `GET`s that create something and `POST`s that only ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Replay {
    /// Changes nothing at the server.
    Safe,
    /// Carries the whole wanted state, so a second arrival changes nothing more.
    Converges,
    /// Starts or creates something on each arrival.
    Once,
}

impl Replay {
    /// The word used in listings: `safe`, `converges` or `once`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Converges => "converges",
            Self::Once => "once",
        }
    }
}

/// One operation of an API. Usually written with [`operation!`](crate::operation!).
pub trait Operation: Send + Sync {
    /// Stable name, such as `orgs.sddcs.create`: spans, errors, contract checks.
    const NAME: &'static str;
    /// HTTP method.
    const METHOD: Method;
    /// Path template as the vendor prints it, such as `/orgs/{org}`.
    const PATH: &'static str;
    /// Replay class. No default: forgetting it does not compile.
    const REPLAY: Replay;
    /// Names of the query parameters the operation can send.
    const QUERY: &'static [&'static str];
    /// What a successful answer decodes to.
    type Output: Send;

    /// Path and query of this call.
    fn target(&self) -> Target;

    /// Body of this call.
    ///
    /// # Errors
    /// When the value cannot be expressed as JSON. Nothing was sent then.
    fn body(&self) -> Result<Body, EncodeError> {
        Ok(Body::Empty)
    }

    /// Reads a successful answer.
    ///
    /// # Errors
    /// When the body is not what the operation promises.
    fn decode(answer: &Answer) -> Result<Self::Output, DecodeError>;

    /// Extra headers, such as [`basic`](crate::headers::basic) of a call that logs in.
    fn headers(&self) -> HeaderMap {
        HeaderMap::new()
    }

    /// Whether the call carries the client's credentials. True unless the
    /// endpoint is anonymous or the call brings its own.
    fn authenticated(&self) -> bool {
        true
    }

    /// The call without its type: what the executor works with.
    ///
    /// # Errors
    /// As [`Operation::body`].
    fn call(&self) -> Result<Call, EncodeError> {
        Ok(Call {
            name: Cow::Borrowed(Self::NAME),
            method: Self::METHOD,
            replay: Self::REPLAY,
            target: self.target(),
            body: self.body()?,
            headers: self.headers(),
            authenticated: self.authenticated(),
        })
    }
}

impl<O: Operation> Operation for &O {
    const NAME: &'static str = O::NAME;
    const METHOD: Method = O::METHOD;
    const PATH: &'static str = O::PATH;
    const REPLAY: Replay = O::REPLAY;
    const QUERY: &'static [&'static str] = O::QUERY;
    type Output = O::Output;

    fn target(&self) -> Target {
        (**self).target()
    }

    fn body(&self) -> Result<Body, EncodeError> {
        (**self).body()
    }

    fn decode(answer: &Answer) -> Result<Self::Output, DecodeError> {
        O::decode(answer)
    }

    fn headers(&self) -> HeaderMap {
        (**self).headers()
    }

    fn authenticated(&self) -> bool {
        (**self).authenticated()
    }
}

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
        let body = self.text_bytes();
        // The plain path first: tracking the position costs time on every field.
        serde_json::from_slice(body).map_err(|_| {
            let mut track = serde_path_to_error::Track::new();
            let mut json = serde_json::Deserializer::from_slice(body);
            let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
            let cause = T::deserialize(tracked)
                .err()
                .or_else(|| json.end().err())
                .map(|error| (track.path().to_string(), error));
            DecodeError::json(self, cause)
        })
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

/// Declares an operation as one row.
///
/// ```
/// use vmc_http::{Operation, Replay, id, operation};
///
/// id! {
///     /// A shelf.
///     pub struct ShelfId;
/// }
///
/// operation! {
///     /// Lists the books of a shelf.
///     pub struct List => "shelves.books.list", GET "/shelves/{shelf}/books", Safe -> Vec<String> {
///         path { shelf: ShelfId }
///         query { author: String = "$author", limit: u32 = "limit" }
///     }
/// }
///
/// let list = List::new("top/left").author("Aníbal").limit(3u32);
/// assert_eq!(
///     list.target().to_string(),
///     "/shelves/top%2Fleft/books?%24author=An%C3%ADbal&limit=3",
/// );
/// assert_eq!(List::REPLAY, Replay::Safe);
/// ```
///
/// `path` fields are required and become the arguments of `new`, in order;
/// `body name: Type` adds a last argument that is sent as JSON; `query` fields
/// are optional and become setters. A query value that is unset or empty is
/// left out, because servers refuse empty ones.
#[macro_export]
macro_rules! operation {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident => $op:literal, $method:ident $path:literal, $replay:ident -> $output:ty {
            $(path { $($p:ident: $pty:ty $(= $pwire:literal)?),* $(,)? })?
            $(required { $($r:ident: $rty:ty = $rwire:literal),* $(,)? })?
            $(query { $($(#[$qmeta:meta])* $q:ident: $qty:ty = $qwire:literal),* $(,)? })?
            $(always { $($awire:literal = $avalue:literal),* $(,)? })?
            $(body $b:ident: $bty:ty)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        $vis struct $name {
            $($(#[doc = concat!("Path variable `", stringify!($p), "`.")] pub $p: $pty,)*)?
            $($(#[doc = concat!("Required query parameter `", $rwire, "`.")] pub $r: $rty,)*)?
            $($($(#[$qmeta])* #[doc = concat!("Query parameter `", $qwire, "`.")] pub $q: Option<$qty>,)*)?
            $(#[doc = "Body, sent as JSON."] pub $b: $bty,)?
        }

        impl $name {
            /// The call with its required parts.
            #[allow(clippy::new_without_default, reason = "an operation without parts is still made, not defaulted")]
            pub fn new($($($p: impl Into<$pty>,)*)? $($($r: impl Into<$rty>,)*)? $($b: $bty)?) -> Self {
                Self {
                    $($($p: $p.into(),)*)?
                    $($($r: $r.into(),)*)?
                    $($($q: None,)*)?
                    $($b,)?
                }
            }

            $($(
                #[doc = concat!("Sets the query parameter `", $qwire, "`.")]
                #[must_use]
                pub fn $q(mut self, value: impl Into<$qty>) -> Self {
                    self.$q = Some(value.into());
                    self
                }
            )*)?
        }

        impl $crate::Operation for $name {
            const NAME: &'static str = $op;
            const METHOD: $crate::http::Method = $crate::http::Method::$method;
            const PATH: &'static str = $path;
            const REPLAY: $crate::Replay = $crate::Replay::$replay;
            const QUERY: &'static [&'static str] =
                &[$($($rwire,)*)? $($($qwire,)*)? $($($awire,)*)?];
            type Output = $output;

            fn target(&self) -> $crate::Target {
                let target = $crate::Target::new($path);
                $($(let target = target.segment(
                    $crate::operation!(@wire $p $($pwire)?), &self.$p);)*)?
                $($(let target = target.required($rwire, &self.$r);)*)?
                $($(let target = target.query($qwire, self.$q.as_ref());)*)?
                $($(let target = target.query($awire, Some($avalue));)*)?
                target
            }

            $(fn body(&self) -> Result<$crate::Body, $crate::EncodeError> {
                $crate::Body::json(&self.$b)
            })?

            fn decode(answer: &$crate::Answer) -> Result<Self::Output, $crate::DecodeError> {
                <$output as $crate::FromAnswer>::from_answer(answer)
            }
        }
    };
    (@wire $p:ident) => { stringify!($p) };
    (@wire $p:ident $wire:literal) => { $wire };
}

#[cfg(test)]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the macros make whole public items"
)]
mod tests {
    use super::*;

    crate::id! {
        /// A room.
        pub struct RoomId;
    }

    operation! {
        /// Books a room.
        pub(crate) struct Book => "rooms.book", POST "/houses/{houseId}/rooms/{room}", Once -> serde_json::Value {
            path { house: String = "houseId", room: RoomId }
            required { day: String = "day" }
            query { dry: bool = "validateOnly" }
            always { "action" = "book" }
            body guests: Vec<String>
        }
    }

    #[test]
    fn a_row_says_everything_about_the_call() {
        let call = Book::new("h 1", "r/2", "mon", vec!["ann".to_owned()])
            .dry(true)
            .call()
            .unwrap();
        assert_eq!(call.name, "rooms.book");
        assert_eq!(call.method, Method::POST);
        assert_eq!(call.replay, Replay::Once);
        assert_eq!(
            call.target.to_string(),
            "/houses/h%201/rooms/r%2F2?day=mon&validateOnly=true&action=book"
        );
        assert_eq!(call.body, Body::Json(Bytes::from_static(b"[\"ann\"]")));
        assert_eq!(Book::QUERY, ["day", "validateOnly", "action"]);
    }

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
        let body = Body::form([("api_token", "canary")]);
        assert!(!format!("{body:?}").contains("canary"));
        assert!(!format!("{:?}", answer(b"canary")).contains("canary"));
    }
}
