#![doc = include_str!("../README.md")]

pub mod account_link;
pub mod addon_credentials;
mod client;
pub mod clusters;
pub mod connectivity_tests;
#[cfg(test)]
mod contract;
pub mod customer_support;
pub mod dns;
pub mod edrs;
pub mod enablements;
mod error;
mod explain;
mod filter;
pub mod groups;
pub mod hosts;
mod ids;
pub mod legacy;
pub mod locale;
pub mod maintenance;
pub mod models;
mod operations;
pub mod orgs;
pub mod payment_methods;
pub mod providers;
pub mod reservations;
pub mod resolve;
mod running;
pub mod sddc_templates;
pub mod sddcs;
pub mod service_quotas;
pub mod storage;
pub mod subscriptions;
pub mod tasks;
#[cfg(test)]
mod testing;
pub mod tos;
mod values;

pub use client::{Client, ClientBuilder, DEFAULT_URL, StartsTask, TOKEN_HEADER};
pub use error::{Error, TaskFailure};
pub use explain::explain;
pub use filter::{Filter, Literal};
pub use ids::{
    ClusterId, ConnectedAccountId, EsxId, ManagementVmId, OrgId, PublicIpId, ReservationId, SddcId,
    SddcTemplateId, ServiceQuotaRequestId, SubscriptionId, SupportWindowId, TaskId,
};
pub use operations::{Description, Family, OPERATIONS};
pub use running::{Events, Meter, Running, TaskEvent, TaskSource, Watch};
pub use values::{Int, Json, Map, Text, Timestamp};
