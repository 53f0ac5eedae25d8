//! Link requests and connected accounts.

use super::table::row;
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request to link an AWS account: made by each `GET account-link`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkRequest {
    /// UUID; also the name of its template.
    pub id: String,
    /// Organization.
    pub org: String,
    /// Its task.
    pub task: String,
    /// User id of the requester.
    pub user: String,
    /// User name of the requester.
    pub user_name: String,
    /// Creation.
    pub created: Time,
    /// End of validity of the template.
    pub expires: Time,
    /// The connected account that came of it.
    pub used: Option<String>,
}
row!(LinkRequest, id);

/// Which zones of each region the service knows of: region to zone to shadow zone.
pub type Zones = BTreeMap<String, BTreeMap<String, String>>;

/// An AWS account linked to an organization.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectedAccount {
    /// UUID: what other calls want.
    pub id: String,
    /// Organization.
    pub org: String,
    /// Twelve digits.
    pub number: String,
    /// `ACTIVE`, `BROKEN`, `DELETED`.
    pub state: String,
    /// ARN of RemoteRole.
    pub role: String,
    /// ARN of RemoteRolePayer.
    pub payer_role: String,
    /// ARN of RemoteRoleService.
    pub service_role: String,
    /// Name of the stack that linked it.
    pub stack_name: String,
    /// Id of that stack, if it is simulated too.
    pub stack: Option<String>,
    /// Zones found when it was linked or scanned last.
    pub zones: Zones,
    /// User id of the linker.
    pub user: String,
    /// User name of the linker.
    pub user_name: String,
    /// Creation.
    pub created: Time,
    /// Last change.
    pub updated: Time,
    /// Grows with each change.
    pub version: u64,
}
row!(ConnectedAccount, id);

impl ConnectedAccount {
    pub(crate) fn change(&mut self, state: &str, at: Time) {
        self.state = state.into();
        self.updated = at;
        self.version += 1;
    }
}
