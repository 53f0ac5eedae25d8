//! SDDCs and their connections into customer networks.

use super::{Estate, MaintenanceHour, table::row};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// An SDDC. Deleted ones stay, with state DELETED.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sddc {
    /// UUID.
    pub id: String,
    /// Organization.
    pub org: String,
    /// Name.
    pub name: String,
    /// `DEPLOYING`, `READY`, `DELETING`, `DELETED`, `FAILED`, `CANCELED`.
    pub state: String,
    /// The `AwsSddcConfig` it was created with.
    pub config: Value,
    /// User id of the creator.
    pub user: String,
    /// User name of the creator.
    pub user_name: String,
    /// Creation.
    pub created: Time,
    /// Last change.
    pub updated: Time,
    /// Grows with each change.
    pub version: u64,
    /// `LINKED`, `DELAYED`, or nothing.
    pub link_state: Option<String>,
    /// When a single-host SDDC ends.
    pub expires: Option<Time>,
    /// The task that is changing it.
    pub busy: Option<String>,
    /// Clusters and the like; not set: as configured, see [`Sddc::estate`].
    pub estate: Option<Estate>,
    /// When it may be maintained.
    pub window: MaintenanceHour,
    /// The support window it has a seat in.
    pub support_window: Option<String>,
    /// Add-ons that are enabled.
    pub enablements: BTreeSet<String>,
}
row!(Sddc, id);

impl Default for Sddc {
    fn default() -> Self {
        Self {
            id: String::new(),
            org: String::new(),
            name: String::new(),
            state: "READY".into(),
            config: Value::Object(serde_json::Map::new()),
            user: String::new(),
            user_name: String::new(),
            created: Time::default(),
            updated: Time::default(),
            version: 1,
            link_state: None,
            expires: None,
            busy: None,
            estate: None,
            window: MaintenanceHour::default(),
            support_window: None,
            enablements: BTreeSet::from(["default".to_owned()]),
        }
    }
}

impl Sddc {
    /// A text of the creation config, or `default`.
    pub(crate) fn text<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        match self.config.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => text,
            _ => default,
        }
    }

    pub(crate) fn hosts(&self) -> u64 {
        self.config
            .get("num_hosts")
            .and_then(Value::as_u64)
            .unwrap_or(1)
    }

    pub(crate) fn change(&mut self, state: &str, at: Time) {
        self.state = state.into();
        self.touch(at);
    }

    pub(crate) fn touch(&mut self, at: Time) {
        self.updated = at;
        self.version += 1;
    }

    /// Pairs of connected account and subnet it was asked to use.
    pub(crate) fn links(&self) -> Vec<(String, String)> {
        let configs = self
            .config
            .get("account_link_sddc_config")
            .and_then(Value::as_array);
        configs
            .into_iter()
            .flatten()
            .flat_map(|config| {
                let account = config["connected_account_id"].as_str().unwrap_or_default();
                let subnets = config["customer_subnet_ids"].as_array();
                subnets
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(|subnet| (account.to_owned(), subnet.to_owned()))
            })
            .collect()
    }
}

/// The connection of an SDDC to a subnet of a connected account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SddcConnection {
    /// UUID.
    pub id: String,
    /// Organization.
    pub org: String,
    /// SDDC.
    pub sddc: String,
    /// Id (not number) of the connected account.
    pub account: String,
    /// VPC id.
    pub vpc: String,
    /// VPC address block.
    pub vpc_cidr: String,
    /// Subnet id.
    pub subnet: String,
    /// Subnet address block.
    pub subnet_cidr: String,
    /// Availability zone.
    pub zone: String,
    /// Position among the SDDC's connections.
    pub order: u64,
    /// `ACTIVE`, `BROKEN`, `DELETED`.
    pub state: String,
    /// Creation.
    pub created: Time,
}
row!(SddcConnection, id);
