#![doc = include_str!("../README.md")]

mod answer;
mod auth;
mod base_url;
mod call;
mod client;
mod clock;
mod credentials;
mod error;
mod failure;
mod gate;
pub mod headers;
mod id;
mod json_path;
mod key;
mod model;
mod open_enum;
mod operation;
mod outgoing;
pub mod private_file;
mod proxy;
pub mod redact;
mod retry;
mod retry_after;
mod secret;
mod shape;
mod stack;
mod target;
pub mod tls;
mod transport;
mod wire;

pub use answer::{Answer, FromAnswer, Nothing};
pub use base_url::is_loopback;
pub use call::{Body, Call};
pub use client::{Client, ClientBuilder, Deadlines};
pub use clock::Clock;
pub use credentials::{BoxFuture, Credential, Credentials, CredentialsError, Fixed, Scheme};
pub use error::{Context, DecodeError, EncodeError, Error, Explanation, Outcome, SetupError};
pub use failure::{Evidence, Failure, FailureKind, WaitingFor};
pub use open_enum::UnknownValue;
pub use operation::{BodyType, Operation, Replay};
pub use proxy::proxy_for;
pub use retry::Retries;
pub use secret::Secret;
pub use shape::{Field, Shape, Shaped};
pub use target::Target;
pub use transport::{Transport, TransportBuilder};

#[doc(hidden)]
pub use key::Key;

// The macros expand to these, and callers build headers and tokens with them.
pub use {bytes, http, secrecy, serde, serde_json};
