//! What the service sends and takes.
//!
//! Every field but the id of what was asked for is optional, `null` is absent,
//! unknown fields are kept in `extra`, and unknown words of an enumeration
//! stay readable. So a newer service does not break an older client.

mod cluster;
mod link;
mod manifest;
mod org;
mod provision_spec;
mod sddc;
mod sddc_config;
mod task;
#[cfg(test)]
mod tests;
mod vpc;

pub use cluster::*;
pub use link::*;
pub use manifest::*;
pub use org::*;
pub use provision_spec::*;
pub use sddc::*;
pub use sddc_config::*;
pub use task::*;
pub use vpc::*;

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
