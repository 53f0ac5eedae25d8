//! The two REST dialects of a vCenter.

use serde::Deserialize;

/// How a vCenter's REST API is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `/api`, vCenter 7.0 U2 and later: bare values.
    Api,
    /// `/rest`, vCenter 6.5 and later: values wrapped in `value`.
    Rest,
}

impl Dialect {
    /// `api` or `rest`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Rest => "rest",
        }
    }
}

/// An answer of the `/rest` dialect.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Wrapped<T> {
    /// What the `/api` dialect answers bare.
    pub value: T,
}

impl<T> Wrapped<T> {
    pub(crate) fn into_value(self) -> T {
        self.value
    }
}

/// Declares an operation in both dialects, for those of the same path below
/// the dialect's own and the same body.
macro_rules! in_both_dialects {
    (
        $(#[$meta:meta])*
        $api:ident $api_path:literal, $rest:ident $rest_path:literal =>
        $op:literal, $method:ident, $replay:ident -> $output:ty { $($parts:tt)* }
    ) => {
        ::vmc_http::operation! {
            $(#[$meta])*
            #[doc = concat!("\n\n`", stringify!($method), " ", $api_path, "`")]
            pub struct $api => $op, $method $api_path, $replay
                -> $crate::vapi_error::Reply<$output> { $($parts)* }
        }
        ::vmc_http::operation! {
            $(#[$meta])*
            #[doc = concat!("\n\n`", stringify!($method), " ", $rest_path, "`")]
            pub struct $rest => $op, $method $rest_path, $replay
                -> $crate::vapi_error::Reply<$crate::dialect::Wrapped<$output>> { $($parts)* }
        }
    };
    (
        $(#[$meta:meta])*
        $api:ident $api_path:literal, $rest:ident $rest_path:literal =>
        $op:literal, $method:ident, $replay:ident { $($parts:tt)* }
    ) => {
        ::vmc_http::operation! {
            $(#[$meta])*
            #[doc = concat!("\n\n`", stringify!($method), " ", $api_path, "`")]
            pub struct $api => $op, $method $api_path, $replay
                -> $crate::vapi_error::Reply<::vmc_http::Nothing> { $($parts)* }
        }
        ::vmc_http::operation! {
            $(#[$meta])*
            #[doc = concat!("\n\n`", stringify!($method), " ", $rest_path, "`")]
            pub struct $rest => $op, $method $rest_path, $replay
                -> $crate::vapi_error::Reply<::vmc_http::Nothing> { $($parts)* }
        }
    };
}

pub(crate) use in_both_dialects;
