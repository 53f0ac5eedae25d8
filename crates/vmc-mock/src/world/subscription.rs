//! Subscriptions: hosts ordered for a term.

use super::{World, table::row};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A subscription.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subscription {
    /// UUID.
    pub id: String,
    /// Organization.
    pub org: String,
    /// `ORDER_SUBMITTED`, `ACTIVATED`, `CANCELLED`, `FAILED`, …
    pub status: String,
    /// `host`.
    pub product: String,
    /// `i3`, …
    pub product_type: String,
    /// Region.
    pub region: String,
    /// Name of the offer.
    pub offer_name: String,
    /// Version of the offer.
    pub offer_version: String,
    /// `Upfront` or `Monthly`.
    pub billing_frequency: String,
    /// Length in months.
    pub months: u64,
    /// How many hosts.
    pub quantity: u64,
    /// Order.
    pub created: Time,
}
row!(Subscription, id);

impl World {
    pub(crate) fn set_subscription(&mut self, id: &str, status: &str, at: Time) {
        if let Some(subscription) = self.subscriptions.get_mut(id) {
            subscription.status = status.into();
            let effect = format!("subscription.{}", status.to_lowercase());
            self.effect(at, &effect, json!({"id": id}));
        }
    }
}
