#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod credentials;
mod error;
mod failure;
mod gate;
pub mod headers;
mod operation;
pub mod redact;
mod retry;
mod retry_after;
mod stack;
mod target;
pub mod tls;
mod transport;
mod values;
mod wire;

pub use client::{Client, ClientBuilder, Deadlines, is_loopback};
pub use credentials::{BoxFuture, Credential, Credentials, CredentialsError, Fixed, Scheme};
pub use error::{Context, DecodeError, EncodeError, Error, Explanation, Outcome, SetupError};
pub use failure::{Evidence, Failure, FailureKind, WaitingFor};
pub use operation::{Answer, Body, Call, FromAnswer, Nothing, Operation, Replay};
pub use retry::{Retries, may_replay};
pub use target::Target;
pub use transport::{Transport, TransportBuilder};
pub use values::{Secret, UnknownValue};

#[doc(hidden)]
pub use values::private;

// The macros expand to these, and callers build headers and tokens with them.
pub use {bytes, http, secrecy, serde, serde_json};
