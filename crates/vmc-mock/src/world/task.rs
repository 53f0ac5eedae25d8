//! Tasks: a timeline fixed at the start, looked at when somebody asks.

use super::{Estate, table::row};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Task {
    /// UUID.
    pub id: String,
    /// Which service has it: no other one can find it.
    pub service: TaskService,
    /// Organization.
    pub org: String,
    /// `SDDC-PROVISION`, `SDDC-DELETE`, …
    pub task_type: String,
    /// What it works on.
    pub resource_id: String,
    /// Kind of that.
    pub resource_type: String,
    /// User id of the starter.
    pub user: String,
    /// User name of the starter.
    pub user_name: String,
    /// Start.
    pub started: Time,
    /// Named parts, in order; together they are the duration. None: no estimate, it ends when
    /// something happens.
    pub phases: Vec<Phase>,
    /// Progress stops here, for ever.
    pub stuck_at_percent: Option<u64>,
    /// Cancellation was asked for.
    pub canceling: bool,
    /// How it ended.
    pub end: Option<End>,
    /// Results.
    pub params: Value,
    /// What happens at the end.
    pub then: Then,
}
row!(Task, id);

/// Fields that the autoscaler's form of a task does not have.
const NOT_OF_AUTOSCALER: [&str; 8] = [
    "version",
    "org_type",
    "parent_task_id",
    "correlation_id",
    "start_resource_entity_version",
    "end_resource_entity_version",
    "localized_error_message",
    "customer_error_message",
];

/// The services with tasks of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TaskService {
    /// `/vmc/api`.
    #[default]
    Vmc,
    /// `/vmc/autoscaler/api`.
    Autoscaler,
}

/// A named part of a task.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Phase {
    /// Id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Duration.
    pub seconds: u64,
}

/// The end of a task.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct End {
    /// `FINISHED`, `FAILED`, `CANCELED`.
    pub status: String,
    /// When.
    pub at: Time,
    /// Why, if it failed.
    pub error: Option<String>,
    /// How far it got.
    pub percent: u64,
}

/// Things of an organization whose states tasks change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kept {
    /// An SDDC template.
    Template,
    /// A subscription.
    Subscription,
}

/// What a task does to the world when it finishes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// Nothing.
    #[default]
    Nothing,
    /// The SDDC is READY and connected.
    SddcReady,
    /// The SDDC is DELETED.
    SddcDeleted,
    /// `params` are complete.
    Results(Value),
    /// The delayed SDDCs of an organization are linked to a subnet.
    LinkSubnet {
        /// Connected account id.
        account: String,
        /// Subnet id.
        subnet: String,
    },
    /// A change of an SDDC is complete.
    SddcChanged {
        /// What the SDDC consists of then.
        done: Box<Estate>,
        /// What it consists of if the task comes to nothing.
        failed: Box<Estate>,
        /// The effect, such as `cluster.created`.
        effect: String,
        /// Its details.
        details: Value,
    },
    /// Something kept for an organization has another state.
    State {
        /// Kind of thing.
        of: Kept,
        /// Which.
        id: String,
        /// Its state then.
        done: String,
        /// Its state if the task comes to nothing.
        failed: String,
    },
    /// The zones of a connected account are mapped again.
    MapZones {
        /// Connected account id.
        account: String,
        /// The regions to look at, in AWS's spelling; empty: all.
        #[serde(default)]
        regions: Vec<String>,
    },
}

impl Default for Task {
    fn default() -> Self {
        Self {
            id: String::new(),
            service: TaskService::Vmc,
            org: String::new(),
            task_type: String::new(),
            resource_id: String::new(),
            resource_type: String::new(),
            user: String::new(),
            user_name: String::new(),
            started: Time::default(),
            phases: Vec::new(),
            stuck_at_percent: None,
            canceling: false,
            end: None,
            params: json!({}),
            then: Then::Nothing,
        }
    }
}

impl Task {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs(self.phases.iter().map(|phase| phase.seconds).sum())
    }

    pub(crate) fn status(&self) -> &str {
        match (&self.end, self.canceling) {
            (Some(end), _) => &end.status,
            (None, true) => "CANCELING",
            (None, false) => "STARTED",
        }
    }

    /// Progress in milliseconds of work, whole percent, and seconds left (`None`: no estimate).
    pub(crate) fn progress(&self, now: Time) -> (u64, u64, Option<u64>) {
        let total = u64::try_from(self.duration().as_millis()).unwrap_or(u64::MAX);
        let until = self.end.as_ref().map_or(now, |end| end.at);
        let mut done = u64::try_from(until.since(self.started).as_millis())
            .unwrap_or(u64::MAX)
            .min(total);
        if let Some(percent) = self.stuck_at_percent {
            done = done.min(total.saturating_mul(percent) / 100);
        }
        match &self.end {
            Some(end) if end.status == "FINISHED" => (total, 100, Some(0)),
            Some(end) => (done, end.percent, Some(0)),
            // 100 % is for FINISHED alone.
            None => match (done * 100).checked_div(total) {
                Some(percent) => (done, percent.min(99), Some((total - done).div_ceil(1000))),
                None => (0, 0, None),
            },
        }
    }

    /// The document the API shows.
    pub(crate) fn document(&self, now: Time) -> Value {
        let (mut done, percent, left) = self.progress(now);
        let mut current = "";
        let mut phases = Vec::with_capacity(self.phases.len());
        for phase in &self.phases {
            let length = phase.seconds.saturating_mul(1000);
            let part = done.min(length);
            let share = (part * 100).checked_div(length).unwrap_or(100);
            if self.end.is_none() && current.is_empty() && share < 100 {
                current = &phase.name;
            }
            phases.push(json!({"id": phase.id, "name": phase.name, "progress_percent": share}));
            done -= part;
        }
        let updated = self.end.as_ref().map_or(now, |end| end.at);
        let error = self.end.as_ref().and_then(|end| end.error.as_deref());
        let mut document = json!({
            "id": self.id,
            "version": 1 + percent,
            "created": self.started,
            "updated": updated,
            "user_id": self.user,
            "user_name": self.user_name,
            "updated_by_user_id": self.user,
            "updated_by_user_name": self.user_name,
            "status": self.status(),
            "sub_status": match &self.end { Some(end) => end.status.as_str(), None => "RUNNING" },
            "task_type": self.task_type,
            "task_version": "1",
            "org_id": self.org,
            "org_type": "Customer",
            "resource_id": if self.resource_id.is_empty() { Value::Null } else { json!(self.resource_id) },
            "resource_type": self.resource_type,
            "parent_task_id": null,
            "correlation_id": null,
            "start_resource_entity_version": 1,
            "end_resource_entity_version": null,
            "start_time": self.started,
            "end_time": self.end.as_ref().map(|end| end.at),
            "params": self.params,
            "progress_percent": percent,
            "estimated_remaining_minutes": match left {
                Some(seconds) => json!(seconds.div_ceil(60)),
                None => json!(-1),
            },
            "phase_in_progress": current,
            "task_progress_phases": phases,
            "error_message": error,
            "localized_error_message": error,
            "customer_error_message": error,
            "service_errors": [],
        });
        if self.service == TaskService::Autoscaler
            && let Some(map) = document.as_object_mut()
        {
            map.retain(|name, _| !NOT_OF_AUTOSCALER.contains(&name.as_str()));
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_hours() -> Task {
        let phase = |id: &str, seconds| Phase {
            id: id.into(),
            name: id.into(),
            seconds,
        };
        Task {
            phases: vec![phase("a", 3600), phase("b", 3600)],
            ..Task::default()
        }
    }

    #[test]
    fn progress_is_a_function_of_time() {
        let task = two_hours();
        let document = task.document(task.started.plus(Duration::from_secs(5400)));
        assert_eq!(document["progress_percent"], 75);
        assert_eq!(document["estimated_remaining_minutes"], 30);
        assert_eq!(document["phase_in_progress"], "b");
        assert_eq!(document["task_progress_phases"][0]["progress_percent"], 100);
        assert_eq!(document["task_progress_phases"][1]["progress_percent"], 50);
    }

    #[test]
    fn never_more_than_99_before_the_end() {
        let task = two_hours();
        assert_eq!(
            task.document(task.started.plus(Duration::from_secs(9000)))["progress_percent"],
            99
        );
        let stuck = Task {
            stuck_at_percent: Some(40),
            ..two_hours()
        };
        assert_eq!(
            stuck.document(stuck.started.plus(Duration::from_secs(9000)))["progress_percent"],
            40
        );
    }

    #[test]
    fn without_phases_there_is_no_estimate() {
        let task = Task::default();
        let document = task.document(task.started.plus(Duration::from_secs(60)));
        assert_eq!(document["estimated_remaining_minutes"], -1);
        assert_eq!(document["phase_in_progress"], "");
    }
}
