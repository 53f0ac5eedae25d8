//! What the service sends and takes.
//!
//! Every field but the id of what was asked for is optional, `null` is absent,
//! unknown fields are kept in `extra`, and unknown words of an enumeration
//! stay readable. So a newer service does not break an older client.

mod addon_credentials;
mod cluster;
mod cluster_config;
mod connectivity_test;
mod customer_support;
mod dns;
mod edrs;
mod enablement;
mod firewall;
mod host;
mod link;
mod locale;
mod maintenance;
mod manifest;
mod org;
mod payment_method;
mod provision_spec;
mod public_ip;
mod reservation;
mod sddc;
mod sddc_config;
mod sddc_template;
mod service_quota;
mod subscription;
mod task;
#[cfg(test)]
mod tests;
mod tos;
mod vpc;
mod vpn;

pub use addon_credentials::*;
pub use cluster::*;
pub use cluster_config::*;
pub use connectivity_test::*;
pub use customer_support::*;
pub use dns::*;
pub use edrs::*;
pub use enablement::*;
pub use firewall::*;
pub use host::*;
pub use link::*;
pub use locale::*;
pub use maintenance::*;
pub use manifest::*;
pub use org::*;
pub use payment_method::*;
pub use provision_spec::*;
pub use public_ip::*;
pub use reservation::*;
pub use sddc::*;
pub use sddc_config::*;
pub use sddc_template::*;
pub use service_quota::*;
pub use subscription::*;
pub use task::*;
pub use tos::*;
pub use vpc::*;
pub use vpn::*;

/// A model with the fields that every stored entity of the service has.
macro_rules! entity {
    ($(#[$meta:meta])* pub struct $name:ident ($id:ty) { $($rest:tt)* }) => {
        ::vmc_http::model! {
            $(#[$meta])*
            pub struct $name {
                required { id: $id }
                created: Option<$crate::Timestamp>,
                updated: Option<$crate::Timestamp>,
                user_id: Option<String>,
                user_name: Option<String>,
                updated_by_user_id: Option<String>,
                updated_by_user_name: Option<String>,
                /// Grows with each change of the entity.
                version: Option<$crate::Int>,
                $($rest)*
            }
        }
    };
}
pub(crate) use entity;

vmc_http::open_enum! {
    /// The cloud below. `ZEROCLOUD` is a simulated one that the vendor tests with.
    pub enum Provider {
        Aws = "AWS",
        ZeroCloud = "ZEROCLOUD",
    }
}
