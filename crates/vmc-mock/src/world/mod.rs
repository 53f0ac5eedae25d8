//! The simulated world: rows of things, and an agenda of what happens to them when.

mod agenda;
mod aws;
mod credential;
mod defaults;
mod drift;
mod estate;
mod group;
mod iam;
mod link;
mod link_state;
mod maintenance;
mod network;
mod org;
mod quota;
mod sddc;
mod stack;
mod subscription;
mod table;
mod task;
mod template;
mod vcenter;

pub use agenda::{Agenda, Due};
pub(crate) use aws::aws_region;
pub use aws::{AccessKey, AwsAccount, Denial, Subnet, Vpc};
pub use credential::Credential;
pub use defaults::*;
pub use drift::{Difference, Drift, ResourceDrift};
pub use estate::{Cluster, Estate, Host, PublicIp};
pub use group::SddcGroup;
pub use iam::IamRole;
pub(crate) use iam::ROLE;
pub use link::{ConnectedAccount, LinkRequest, Zones};
pub use link_state::LinkState;
pub(crate) use maintenance::{DAYS, Maintenance};
pub use maintenance::{MaintenanceHour, SupportWindow};
pub use network::{INTERFACE_DESCRIPTION, NetworkInterface, Route, RouteTable};
pub use org::{AccessToken, ApiToken, OauthApp, Org, Role};
pub use quota::QuotaRequest;
pub use sddc::{Sddc, SddcConnection};
pub use stack::{ChangeSet, Stack, StackEvent, StackResource};
pub use subscription::Subscription;
pub use table::{Row, Table};
pub use task::{End, Kept, Phase, Task, TaskService, Then};
pub use template::Template;
pub use vcenter::*;

use crate::{clock::Time, journal::Effect};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use uuid::Uuid;

/// Everything there is. Read and change it freely from tests; the services see the change at
/// once. In JSON (seed files, the control API) every part is optional.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct World {
    /// Organizations.
    pub orgs: Table<Org>,
    /// API tokens.
    pub api_tokens: Table<ApiToken>,
    /// OAuth apps.
    pub oauth_apps: Table<OauthApp>,
    /// Access tokens that were issued.
    pub access_tokens: Table<AccessToken>,
    /// AWS accounts.
    pub aws_accounts: Table<AwsAccount>,
    /// SDDCs.
    pub sddcs: Table<Sddc>,
    /// SDDC groups.
    pub groups: Table<SddcGroup>,
    /// Connections of SDDCs to customer subnets.
    pub connections: Table<SddcConnection>,
    /// Tasks.
    pub tasks: Table<Task>,
    /// Link requests.
    pub link_requests: Table<LinkRequest>,
    /// Linked AWS accounts.
    pub connected_accounts: Table<ConnectedAccount>,
    /// CloudFormation stacks.
    pub stacks: Table<Stack>,
    /// IAM roles.
    pub iam_roles: Table<IamRole>,
    /// vCenters.
    pub vcenters: Table<VCenter>,
    /// SDDC templates.
    pub templates: Table<Template>,
    /// Subscriptions.
    pub subscriptions: Table<Subscription>,
    /// Windows in which support works.
    pub support_windows: Table<SupportWindow>,
    /// Service quota requests.
    pub quota_requests: Table<QuotaRequest>,
    /// Credentials of add-ons.
    pub credentials: Table<Credential>,
    /// Misfortunes waiting for the next task or stack of their kind.
    pub plans: Vec<Plan>,
    /// What happens when.
    pub agenda: Agenda,
    /// Ids are made from this and a count, so the same calls give the same ids.
    pub seed: String,
    /// How many ids were made.
    pub ids: u64,
    /// How many access tokens were issued.
    pub tokens_issued: u64,
    #[serde(skip)]
    effects: Vec<Effect>,
}

/// A misfortune. It waits for the next thing of its kind, strikes once and is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "plan", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Plan {
    /// The next task of this type FAILs.
    TaskFails {
        /// `SDDC-PROVISION`, `SDDC-DELETE`, …
        task_type: String,
        /// How far it gets.
        #[serde(default)]
        at_percent: u64,
        /// `error_message`.
        message: String,
    },
    /// The next task of this type stops making progress.
    TaskSticks {
        /// `SDDC-PROVISION`, `SDDC-DELETE`, …
        task_type: String,
        /// How far it gets.
        #[serde(default)]
        at_percent: u64,
    },
    /// The next stack cannot create one of its resources.
    ResourceFails {
        /// Logical id; `RemoteRole`, `PhoneHome`, …
        resource: String,
        /// The event's reason.
        reason: String,
    },
    /// The next stack that is deleted or rolled back cannot get rid of one of its resources: it
    /// ends in `DELETE_FAILED` or `ROLLBACK_FAILED`.
    ResourceStays {
        /// Logical id; `RemoteRole`, `PhoneHome`, …
        resource: String,
        /// The event's reason.
        reason: String,
    },
    /// The next change set ends in `FAILED`.
    ChangeSetFails {
        /// Its `StatusReason`.
        reason: String,
    },
}

impl World {
    /// A new id: a UUID that depends only on the seed and the number of ids before.
    pub fn new_id(&mut self) -> String {
        self.ids += 1;
        let namespace = Uuid::new_v5(&Uuid::NAMESPACE_OID, self.seed.as_bytes());
        Uuid::new_v5(&namespace, &self.ids.to_be_bytes()).to_string()
    }

    /// Makes the next thing of its kind fail.
    pub fn plan(&mut self, plan: Plan) {
        self.plans.push(plan);
    }

    /// Whether an access token is still accepted: neither expired nor revoked with its API token.
    pub(crate) fn accepts(&self, token: &AccessToken, now: Time) -> bool {
        let alive = |value: &String| {
            self.api_tokens
                .get(value)
                .is_some_and(|row| !row.revoked && !row.deactivated)
        };
        token.expires > now && token.api_token.as_ref().is_none_or(alive)
    }

    pub(crate) fn effect(&mut self, at: Time, effect: &str, details: Value) {
        let details = match details {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        self.effects.push(Effect {
            seq: 0,
            at,
            request: None,
            effect: effect.into(),
            details,
        });
    }

    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Starts a task and answers its id. Its end is put on the agenda, unless a plan has other
    /// ideas.
    pub(crate) fn start_task(&mut self, mut task: Task) -> String {
        task.id = self.new_id();
        let total = task.duration();
        let planned = self.plans.iter().position(|plan| match plan {
            Plan::TaskFails { task_type, .. } | Plan::TaskSticks { task_type, .. } => {
                *task_type == task.task_type
            }
            _ => false,
        });
        let part = |percent: u64| total.mul_f64(percent.min(100) as f64 / 100.0);
        match planned.map(|at| self.plans.remove(at)) {
            Some(Plan::TaskSticks { at_percent, .. }) => task.stuck_at_percent = Some(at_percent),
            Some(Plan::TaskFails {
                at_percent,
                message,
                ..
            }) => {
                let due = Due::TaskFails {
                    task: task.id.clone(),
                    message,
                };
                self.agenda.add(task.started.plus(part(at_percent)), due);
            }
            _ if task.phases.is_empty() => {}
            _ => {
                let due = Due::TaskFinishes {
                    task: task.id.clone(),
                };
                self.agenda.add(task.started.plus(total), due);
            }
        }
        let id = task.id.clone();
        self.effect(
            task.started,
            "task.started",
            serde_json::json!({"id": id, "task_type": task.task_type, "resource_id": task.resource_id}),
        );
        self.tasks.insert(task);
        id
    }

    /// Ends a running task.
    pub(crate) fn end_task(&mut self, id: &str, at: Time, status: &str, error: Option<String>) {
        let Some(task) = self.tasks.get_mut(id) else {
            return;
        };
        if task.end.is_some() {
            return;
        }
        let percent = if status == "FINISHED" {
            100
        } else {
            task.progress(at).1
        };
        task.end = Some(End {
            status: status.into(),
            at,
            error,
            percent,
        });
        let details = serde_json::json!({"id": id, "task_type": task.task_type, "resource_id": task.resource_id});
        self.effect(at, &format!("task.{}", status.to_lowercase()), details);
    }

    /// For tests: an SDDC that is READY since some other day. Answers its id.
    pub fn add_sddc(&mut self, org: &str, name: &str) -> String {
        let id = self.new_id();
        let config = serde_json::json!({
            "name": name, "provider": "AWS", "num_hosts": 2, "region": "US_WEST_2",
            "host_instance_type": "i4i.metal", "vpc_cidr": "10.2.0.0/16",
        });
        self.sddcs.insert(Sddc {
            id: id.clone(),
            org: org.into(),
            name: name.into(),
            config,
            user: USER_ID.into(),
            user_name: USER_NAME.into(),
            ..Sddc::default()
        });
        id
    }

    /// Adds the rows of `other`, replacing those with the same key.
    pub fn merge(&mut self, other: Self) {
        fn rows<T: Row + Clone>(into: &mut Table<T>, from: &Table<T>) {
            from.iter().cloned().for_each(|row| into.insert(row));
        }
        rows(&mut self.orgs, &other.orgs);
        rows(&mut self.api_tokens, &other.api_tokens);
        rows(&mut self.oauth_apps, &other.oauth_apps);
        rows(&mut self.access_tokens, &other.access_tokens);
        rows(&mut self.aws_accounts, &other.aws_accounts);
        rows(&mut self.sddcs, &other.sddcs);
        rows(&mut self.groups, &other.groups);
        rows(&mut self.connections, &other.connections);
        rows(&mut self.tasks, &other.tasks);
        rows(&mut self.link_requests, &other.link_requests);
        rows(&mut self.connected_accounts, &other.connected_accounts);
        rows(&mut self.stacks, &other.stacks);
        rows(&mut self.iam_roles, &other.iam_roles);
        rows(&mut self.vcenters, &other.vcenters);
        rows(&mut self.templates, &other.templates);
        rows(&mut self.subscriptions, &other.subscriptions);
        rows(&mut self.support_windows, &other.support_windows);
        rows(&mut self.quota_requests, &other.quota_requests);
        rows(&mut self.credentials, &other.credentials);
        self.plans.extend(other.plans);
        self.agenda.extend(other.agenda);
        self.ids = self.ids.max(other.ids);
        self.tokens_issued = self.tokens_issued.max(other.tokens_issued);
    }
}

/// A phase list from names and shares of a total.
pub(crate) fn phases(total: u64, shares: &[(&str, u64)]) -> Vec<Phase> {
    let whole: u64 = shares.iter().map(|(_, share)| share).sum::<u64>().max(1);
    let (mut before, mut spent) = (0, 0);
    shares
        .iter()
        .map(|(name, share)| {
            // Cumulative, so that rounding does not lose seconds.
            before += share;
            let until = total * before / whole;
            let seconds = until - spent;
            spent = until;
            let id = name.to_lowercase().replace(' ', "-");
            Phase {
                id,
                name: (*name).into(),
                seconds,
            }
        })
        .collect()
}

/// An id that follows from another one, for things that are not rows of their own.
pub(crate) fn derived_id(of: &str, what: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{of}/{what}").as_bytes()).to_string()
}

/// Seconds as a span.
pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_add_up() {
        let all = phases(100, &[("One", 1), ("Two and", 1), ("Three", 1)]);
        assert_eq!(
            all.iter().map(|phase| phase.seconds).collect::<Vec<_>>(),
            [33, 33, 34]
        );
        assert_eq!(all[1].id, "two-and");
    }

    #[test]
    fn a_dump_is_a_seed() {
        let mut world = World::standard();
        world.link_account(ORG_ID, ACCOUNT);
        let dump = serde_json::to_value(&world).unwrap();
        let again: World = serde_json::from_value(dump.clone()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), dump);
        assert!(
            serde_json::from_str::<World>(r#"{"sddc": []}"#).is_err(),
            "misspelt parts are refused"
        );
    }
}
