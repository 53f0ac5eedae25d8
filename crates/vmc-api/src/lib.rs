#![doc = include_str!("../README.md")]

pub mod account_link;
mod client;
#[cfg(test)]
mod contract;
mod error;
mod explain;
mod filter;
mod ids;
pub mod models;
mod operations;
pub mod orgs;
pub mod providers;
pub mod resolve;
mod running;
pub mod sddcs;
pub mod tasks;
mod values;

pub use client::{Client, ClientBuilder, DEFAULT_URL, StartsTask, TOKEN_HEADER};
pub use error::{Error, TaskFailure};
pub use explain::explain;
pub use filter::{Filter, Literal};
pub use ids::{ClusterId, ConnectedAccountId, OrgId, SddcId, TaskId};
pub use operations::{Description, OPERATIONS};
pub use running::{Events, Meter, Running, TaskEvent, TaskSource, Watch};
pub use values::{Int, Json, Map, Timestamp};
