//! Link requests and connected accounts.

use super::{IamRole, World, table::row};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;
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
    /// The service has noticed that its roles are not as they should be.
    pub roles_broken: bool,
    /// ARN of RemoteRole; empty: its roles are not simulated, and nobody looks at them.
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

impl World {
    /// The service looks at the roles of the accounts that are linked: one that is not as it should
    /// be makes its account BROKEN, until it is right again.
    pub(crate) fn look_at_roles(&mut self, now: Time) {
        let linked = self.connected_accounts.iter();
        let linked = linked.filter(|row| row.state != "DELETED" && !row.role.is_empty());
        let changes = linked.filter_map(|row| {
            let mut arns = [&row.role, &row.payer_role, &row.service_role].into_iter();
            let broken = !arns.all(|arn| self.iam_roles.get(arn).is_some_and(IamRole::is_right));
            (broken != row.roles_broken).then(|| (row.id.clone(), broken))
        });
        for (id, broken) in changes.collect::<Vec<_>>() {
            let state = if broken { "BROKEN" } else { "ACTIVE" };
            if let Some(account) = self.connected_accounts.get_mut(&id) {
                account.roles_broken = broken;
                account.change(state, now);
            }
            let effect = format!("connected_account.{}", state.to_lowercase());
            self.effect(now, &effect, json!({"id": id}));
        }
    }
}
