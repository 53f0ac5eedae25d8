//! Requests for more of what AWS limits, made by the vendor for its customers.

use super::table::row;
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A service quota request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuotaRequest {
    /// UUID.
    pub id: String,
    /// Organization.
    pub org: String,
    /// Region.
    pub region: String,
    /// AWS account it is for.
    pub account: String,
    /// Why.
    pub reason: String,
    /// `NEW`, `PENDING`, `RESOLVED`, `DENIED`, `ERROR`.
    pub status: String,
    /// `RequestDetail` by the name of what is limited.
    pub details: Value,
    /// Who asked.
    pub requester: String,
    /// Creation.
    pub created: Time,
}
row!(QuotaRequest, id);
