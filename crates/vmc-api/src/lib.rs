//! Operations and models of the VMware Cloud on AWS REST API.
pub mod account_link;
mod client;
mod error;
mod explain;
mod ids;
pub mod models;
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
pub use ids::{ClusterId, ConnectedAccountId, OrgId, SddcId, TaskId};
pub use running::{Events, Meter, Running, TaskEvent, TaskSource, Watch};
pub use values::{Int, Map, Timestamp};
