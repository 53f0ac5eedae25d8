//! An API operation as a value: pure, no I/O, all its facts in one place.

use std::borrow::Cow;

use http::{HeaderMap, Method};

use crate::answer::Answer;
use crate::call::{Body, Call};
use crate::error::{DecodeError, EncodeError};
use crate::shape::{Shape, Shaped};
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

/// What an operation's body is made of.
#[derive(Debug, Clone, Copy)]
pub struct BodyType {
    /// Whether every call has a body.
    pub required: bool,
    shape: fn() -> Shape,
}

impl BodyType {
    /// Bodies of the type `T`.
    pub const fn new<T: Shaped>(required: bool) -> Self {
        Self {
            required,
            shape: T::shape,
        }
    }

    /// What a body looks like as JSON.
    pub fn shape(self) -> Shape {
        (self.shape)()
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
    /// What the body is made of, if there is one.
    const BODY: Option<BodyType> = None;
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
    const BODY: Option<BodyType> = O::BODY;
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
/// `body name: Type` adds a last argument that is sent as JSON, `optional body
/// { name: Type }` a setter for one; `query` fields are optional and become setters. A query value that is unset or empty is
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
            $(optional body { $ob:ident: $obty:ty })?
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
            $(#[doc = "Body, sent as JSON if there is one."] pub $ob: Option<$obty>,)?
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
                    $($ob: None,)?
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

            $(
                /// Sets the body.
                #[must_use]
                pub fn $ob(mut self, value: $obty) -> Self {
                    self.$ob = Some(value);
                    self
                }
            )?
        }

        impl $crate::Operation for $name {
            const NAME: &'static str = $op;
            const METHOD: $crate::http::Method = $crate::http::Method::$method;
            const PATH: &'static str = $path;
            const REPLAY: $crate::Replay = $crate::Replay::$replay;
            const QUERY: &'static [&'static str] =
                &[$($($rwire,)*)? $($($qwire,)*)? $($($awire,)*)?];
            $(const BODY: Option<$crate::BodyType> = Some($crate::BodyType::new::<$bty>(true));)?
            $(const BODY: Option<$crate::BodyType> = Some($crate::BodyType::new::<$obty>(false));)?
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

            $(fn body(&self) -> Result<$crate::Body, $crate::EncodeError> {
                self.$ob.as_ref().map_or(Ok($crate::Body::Empty), $crate::Body::json)
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
    use bytes::Bytes;

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

    operation! {
        /// Cleans a room.
        pub(crate) struct Clean => "rooms.clean", POST "/rooms/{room}", Converges -> serde_json::Value {
            path { room: RoomId }
            optional body { with: Vec<String> }
        }
    }

    #[test]
    fn a_body_may_be_left_out() {
        let clean = Clean::new("r");
        assert_eq!(clean.body().unwrap(), Body::Empty);
        let with = clean.with(vec!["soap".to_owned()]).body().unwrap();
        assert_eq!(with, Body::Json(Bytes::from_static(b"[\"soap\"]")));
        let body = Clean::BODY.unwrap();
        assert_eq!(
            (body.shape().name().as_str(), body.required),
            ("list<string>", false)
        );
        assert!(Book::BODY.unwrap().required);
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
}
