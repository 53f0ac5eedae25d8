//! What happens when: applied when somebody looks, in order of time, exactly once.

use super::{Estate, Kept, Then, World};
use crate::{aws::timeline, clock::Time, settings::Settings};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use std::collections::BTreeMap;

/// Something that will happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "due", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Due {
    /// A task comes to its good end.
    TaskFinishes {
        /// Task.
        task: String,
    },
    /// A task fails.
    TaskFails {
        /// Task.
        task: String,
        /// `error_message`.
        message: String,
    },
    /// A CANCELING task is CANCELED.
    TaskCanceled {
        /// Task.
        task: String,
    },
    /// A link request ends unused.
    LinkExpires {
        /// Link request.
        link: String,
    },
    /// The function of a link stack reports to the service.
    PhonesHome {
        /// Stack.
        stack: String,
        /// The custom resource that does it.
        resource: String,
    },
    /// A role of a stack exists from now on.
    RoleMade {
        /// Stack.
        stack: String,
        /// Its name in the template.
        resource: String,
    },
    /// A role of a stack is gone.
    RoleGone {
        /// Stack.
        stack: String,
        /// Its name in the template.
        resource: String,
    },
    /// A detection of drift ends.
    DriftDetected {
        /// Stack.
        stack: String,
        /// Which detection.
        detection: String,
    },
    /// A stack comes to rest.
    StackRests {
        /// Stack.
        stack: String,
        /// In this state.
        status: String,
    },
}

/// Future events, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Agenda {
    entries: BTreeMap<(Time, u64), Due>,
    last: u64,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    at: Time,
    #[serde(flatten)]
    due: Due,
}

impl Agenda {
    /// Puts something on the agenda.
    pub fn add(&mut self, at: Time, due: Due) {
        self.last += 1;
        self.entries.insert((at, self.last), due);
    }

    /// When the next thing happens.
    pub fn next(&self) -> Option<Time> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    /// Drops entries.
    pub(crate) fn forget(&mut self, mut matching: impl FnMut(&Due) -> bool) {
        self.entries.retain(|_, due| !matching(due));
    }

    pub(crate) fn extend(&mut self, other: Self) {
        for ((at, _), due) in other.entries {
            self.add(at, due);
        }
    }

    fn pop(&mut self, now: Time) -> Option<(Time, Due)> {
        let first = self.entries.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let ((at, _), due) = first.remove_entry();
        Some((at, due))
    }
}

impl Serialize for Agenda {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.entries.iter().map(|((at, _), due)| Entry {
            at: *at,
            due: due.clone(),
        }))
    }
}

impl<'de> Deserialize<'de> for Agenda {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut agenda = Self::default();
        for Entry { at, due } in Vec::<Entry>::deserialize(deserializer)? {
            agenda.add(at, due);
        }
        Ok(agenda)
    }
}

impl World {
    /// Applies everything that is due. Roles that come and go are noticed at that moment.
    pub(crate) fn settle(&mut self, now: Time, settings: &Settings) {
        while let Some((at, due)) = self.agenda.pop(now) {
            let role = matches!(due, Due::RoleMade { .. } | Due::RoleGone { .. });
            self.apply(at, due);
            if role && settings.broken_roles_noticed {
                self.look_at_roles(at);
            }
        }
    }

    fn apply(&mut self, at: Time, due: Due) {
        match due {
            Due::TaskFinishes { task } => self.finish(&task, at),
            Due::TaskFails { task, message } => self.stop(&task, at, "FAILED", Some(message)),
            Due::TaskCanceled { task } => self.stop(&task, at, "CANCELED", None),
            Due::LinkExpires { link } => {
                let Some(link) = self.link_requests.get(&link) else {
                    return;
                };
                if link.used.is_none() {
                    let (task, id) = (link.task.clone(), link.id.clone());
                    self.end_task(
                        &task,
                        at,
                        "FAILED",
                        Some("The link request expired.".into()),
                    );
                    self.effect(at, "link_request.expired", json!({"id": id}));
                }
            }
            Due::PhonesHome { stack, resource } => self.phone_home(&stack, &resource, at),
            Due::RoleMade { stack, resource } => self.make_role(&stack, &resource, at),
            Due::RoleGone { stack, resource } => self.remove_role(&stack, &resource, at),
            Due::DriftDetected { stack, detection } => self.detect_drift(&stack, &detection, at),
            Due::StackRests { stack, status } => {
                let Some(row) = self.stacks.get(&stack) else {
                    return;
                };
                let details = json!({"id": row.id, "name": row.name});
                self.effect(at, &format!("stack.{}", status.to_lowercase()), details);
            }
        }
    }

    fn finish(&mut self, id: &str, at: Time) {
        let Some(task) = self.tasks.get_mut(id) else {
            return;
        };
        if task.end.is_some() || task.canceling {
            return;
        }
        let (then, resource, org) = (
            task.then.clone(),
            task.resource_id.clone(),
            task.org.clone(),
        );
        if let Then::Results(params) = &then {
            task.params = params.clone();
        }
        match then {
            Then::Nothing | Then::Results(_) => {}
            Then::SddcReady => {
                self.settle_sddc(&resource, "READY", at);
                self.connect_sddc(&resource, None, at);
            }
            Then::SddcDeleted => self.settle_sddc(&resource, "DELETED", at),
            Then::LinkSubnet { account, subnet } => {
                let delayed: Vec<String> = self
                    .sddcs
                    .iter()
                    .filter(|sddc| {
                        sddc.org == org
                            && sddc.state == "READY"
                            && sddc.link_state.as_deref() == Some("DELAYED")
                    })
                    .map(|sddc| sddc.id.clone())
                    .collect();
                for sddc in delayed {
                    self.connect_sddc(&sddc, Some((account.clone(), subnet.clone())), at);
                }
                self.effect(
                    at,
                    "subnet.set",
                    json!({"account": account, "subnet": subnet}),
                );
            }
            Then::SddcChanged {
                done,
                effect,
                details,
                ..
            } => {
                self.change_sddc(&resource, *done, at);
                self.effect(at, &effect, details);
            }
            Then::State { of, id, done, .. } => self.set_state(of, &id, &done, at),
            Then::MapZones { account, regions } => {
                let number = self
                    .connected_accounts
                    .get(&account)
                    .map(|row| row.number.clone());
                let found = self.zones_of(&number.unwrap_or_default());
                if let Some(row) = self.connected_accounts.get_mut(&account) {
                    let asked = |region: &String| regions.is_empty() || regions.contains(region);
                    row.zones.retain(|region, _| !asked(region));
                    let found = found.into_iter().filter(|(region, _)| asked(region));
                    row.zones.extend(found);
                    row.updated = at;
                    row.version += 1;
                }
                self.effect(at, "zones.mapped", json!({"account": account}));
            }
        }
        self.end_task(id, at, "FINISHED", None);
    }

    /// A task ends without having done what it was for.
    fn stop(&mut self, id: &str, at: Time, status: &str, error: Option<String>) {
        let Some(task) = self.tasks.get(id) else {
            return;
        };
        if task.end.is_some() {
            return;
        }
        let resource = task.resource_id.clone();
        match task.then.clone() {
            Then::SddcReady => self.settle_sddc(&resource, status, at),
            // Still there: deletion can be tried again.
            Then::SddcDeleted => self.settle_sddc(&resource, "FAILED", at),
            Then::SddcChanged { failed, .. } => self.change_sddc(&resource, *failed, at),
            Then::State { of, id, failed, .. } => self.set_state(of, &id, &failed, at),
            _ => {}
        }
        self.end_task(id, at, status, error);
    }

    fn set_state(&mut self, of: Kept, id: &str, state: &str, at: Time) {
        match of {
            Kept::Template => self.set_template(id, state, at),
            Kept::Subscription => self.set_subscription(id, state, at),
        }
    }

    /// A task is done with an SDDC.
    fn change_sddc(&mut self, id: &str, estate: Estate, at: Time) {
        if let Some(sddc) = self.sddcs.get_mut(id) {
            if estate.converted {
                sddc.expires = None;
            }
            sddc.estate = Some(estate);
            sddc.busy = None;
            sddc.touch(at);
        }
    }

    fn settle_sddc(&mut self, id: &str, state: &str, at: Time) {
        let Some(sddc) = self.sddcs.get_mut(id) else {
            return;
        };
        sddc.change(state, at);
        sddc.busy = None;
        let details = json!({"id": id, "name": sddc.name});
        self.effect(at, &format!("sddc.{}", state.to_lowercase()), details);
        self.settle_templates(id, state, at);
        if state == "DELETED" {
            for connection in self.connections.iter_mut().filter(|row| row.sddc == id) {
                connection.state = "DELETED".into();
            }
            self.remove_interfaces(id, at);
        }
    }

    /// The function of a link stack tells the service which roles it made.
    fn phone_home(&mut self, id: &str, resource: &str, at: Time) {
        let Some(stack) = self.stacks.get(id) else {
            return;
        };
        let link = stack
            .link_id()
            .and_then(|link| self.link_requests.get(&link))
            .cloned();
        let refusal = match &link {
            None => Some("The link request of this template is not known."),
            Some(link) if link.expires <= at => Some("The link request has expired."),
            Some(link) if link.used.is_some() => Some("The link request has been used."),
            Some(_) => None,
        };
        let (Some(link), None) = (link, refusal) else {
            let reason = refusal.unwrap_or_default().to_owned();
            timeline::fail(self, id, resource, &reason, at);
            timeline::schedule_roles(self, id, at);
            return;
        };
        let role = |logical: &str| {
            let role = self.role_of(&stack.id, logical);
            role.map(|role| role.arn.clone()).unwrap_or_default()
        };
        let account = super::ConnectedAccount {
            org: link.org,
            number: stack.account.clone(),
            role: role("RemoteRole"),
            payer_role: role("RemoteRolePayer"),
            service_role: role("RemoteRoleService"),
            stack_name: stack.name.clone(),
            stack: Some(stack.id.clone()),
            user: link.user,
            user_name: link.user_name,
            ..super::ConnectedAccount::default()
        };
        let account = self.connect(account, at);
        if let Some(link) = self.link_requests.get_mut(&link.id) {
            link.used = Some(account.clone());
        }
        if let Some(task) = self.tasks.get_mut(&link.task) {
            task.resource_id = account;
        }
        self.end_task(&link.task, at, "FINISHED", None);
    }
}
