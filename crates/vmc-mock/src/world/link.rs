//! Link requests and connected accounts.

use super::{IamRole, SddcConnection, USER_ID, USER_NAME, World, table::row};
use crate::{aws::template, clock::Time};
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
    /// One of its roles is or was in the world, so that the service looks at them; set by itself.
    pub roles_simulated: bool,
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
    fn roles(&self) -> [&str; 3] {
        [&self.role, &self.payer_role, &self.service_role]
    }

    pub(crate) fn change(&mut self, state: &str, at: Time) {
        self.state = state.into();
        self.updated = at;
        self.version += 1;
    }
}

impl World {
    /// The zones that the account's subnets are in, by region.
    pub(crate) fn zones_of(&self, number: &str) -> Zones {
        let mut zones = Zones::new();
        if let Some(account) = self.aws_accounts.get(number) {
            for subnet in &account.subnets {
                if let Some(vpc) = account.vpc(&subnet.vpc) {
                    zones
                        .entry(vpc.region.clone())
                        .or_default()
                        .insert(subnet.zone.clone(), subnet.zone.clone());
                }
            }
        }
        zones
    }

    /// Links an AWS account to an organization, as a stack of the link template does. An account
    /// that is linked already (not deleted) is brought up to date.
    pub(crate) fn connect(&mut self, mut account: ConnectedAccount, at: Time) -> String {
        account.zones = self.zones_of(&account.number);
        account.state = "ACTIVE".into();
        account.updated = at;
        account.roles_simulated = self.has_roles_of(&account);
        let known = self.connected_accounts.iter_mut().find(|known| {
            known.org == account.org && known.number == account.number && known.state != "DELETED"
        });
        let effect = match known {
            Some(known) => {
                account.id = known.id.clone();
                account.created = known.created;
                account.version = known.version + 1;
                "connected_account.updated"
            }
            None => {
                account.id = self.new_id();
                account.created = at;
                account.version = 1;
                "connected_account.created"
            }
        };
        let id = account.id.clone();
        let details = json!({
            "id": id, "account_number": account.number, "org": account.org,
            "cf_stack_name": account.stack_name,
        });
        self.connected_accounts.insert(account);
        self.effect(at, effect, details);
        id
    }

    /// Connects an SDDC to the subnets of its configuration (or to `given`).
    pub(crate) fn connect_sddc(&mut self, id: &str, given: Option<(String, String)>, at: Time) {
        let Some(sddc) = self.sddcs.get(id) else {
            return;
        };
        let org = sddc.org.clone();
        let links = given.map_or_else(|| sddc.links(), |link| vec![link]);
        if links.is_empty() {
            return;
        }
        for (order, (account, subnet)) in (0..).zip(links) {
            let number = self
                .connected_accounts
                .get(&account)
                .map(|row| row.number.clone());
            let aws = number.and_then(|number| self.aws_accounts.get(&number));
            let found = aws.and_then(|aws| Some((aws.subnet(&subnet)?, aws)));
            let mut connection = SddcConnection {
                org: org.clone(),
                sddc: id.into(),
                account,
                subnet: subnet.clone(),
                order,
                state: "ACTIVE".into(),
                created: at,
                ..SddcConnection::default()
            };
            if let Some((subnet, aws)) = found {
                connection.vpc.clone_from(&subnet.vpc);
                connection.subnet_cidr.clone_from(&subnet.cidr);
                connection.zone.clone_from(&subnet.zone);
                connection.vpc_cidr = aws
                    .vpc(&subnet.vpc)
                    .map(|vpc| vpc.cidr.clone())
                    .unwrap_or_default();
            }
            connection.id = self.new_id();
            self.make_interfaces(&connection, at);
            self.connections.insert(connection);
        }
        if let Some(sddc) = self.sddcs.get_mut(id) {
            sddc.link_state = Some("LINKED".into());
        }
        self.effect(at, "sddc.connected", json!({"id": id}));
    }

    /// For tests: an account linked to an organization some other day. Answers the UUID.
    pub fn link_account(&mut self, org: &str, number: &str) -> String {
        let mut account = ConnectedAccount {
            org: org.into(),
            number: number.into(),
            stack_name: "vmware-sddc-formation-seeded".into(),
            user: USER_ID.into(),
            user_name: USER_NAME.into(),
            ..ConnectedAccount::default()
        };
        let template = template::document(&LinkRequest::default());
        self.seed_roles(&mut account, &template);
        let id = self.connect(account, Time::default());
        // Not an effect of anything the test does.
        self.effects.clear();
        id
    }

    /// The service looks at the roles of the accounts that are linked: one that is not as it should
    /// be makes its account BROKEN, until it is right again. An account none of whose roles was
    /// ever in the world stays as it was written.
    pub(crate) fn look_at_roles(&mut self, at: Time) {
        let linked = self.connected_accounts.iter();
        let linked = linked.filter(|row| row.state != "DELETED");
        let judged = linked.filter(|row| row.roles_simulated || self.has_roles_of(row));
        let changes = judged.filter_map(|row| {
            let right = |arn: &str| self.iam_roles.get(arn).is_some_and(IamRole::is_right);
            let broken = !row.roles().into_iter().all(right);
            let changed = broken != row.roles_broken;
            (changed || !row.roles_simulated).then(|| (row.id.clone(), broken, changed))
        });
        for (id, broken, changed) in changes.collect::<Vec<_>>() {
            let state = if broken { "BROKEN" } else { "ACTIVE" };
            if let Some(account) = self.connected_accounts.get_mut(&id) {
                account.roles_simulated = true;
                if !changed {
                    continue;
                }
                account.roles_broken = broken;
                account.change(state, at);
            }
            let effect = format!("connected_account.{}", state.to_lowercase());
            self.effect(at, &effect, json!({"id": id}));
        }
    }

    fn has_roles_of(&self, account: &ConnectedAccount) -> bool {
        let mut roles = account.roles().into_iter();
        roles.any(|arn| self.iam_roles.get(arn).is_some())
    }
}
