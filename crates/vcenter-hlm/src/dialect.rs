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
