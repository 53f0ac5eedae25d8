//! Operations and models of the VMware Cloud on AWS REST API.
pub mod account_link;
mod client;
mod error;
mod explain;
mod ids;
pub mod models;
pub mod orgs;
pub mod providers;
pub mod sddcs;
pub mod tasks;
mod values;

pub use client::{Client, ClientBuilder, DEFAULT_URL, TOKEN_HEADER};
pub use error::Error;
pub use explain::explain;
pub use ids::{ClusterId, ConnectedAccountId, OrgId, SddcId, TaskId};
pub use values::{Int, Map, Timestamp};
