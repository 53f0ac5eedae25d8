//! CloudFormation stacks: their events are written down in advance and shown when due.

use super::{Drift, table::row};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A stack.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stack {
    /// ARN.
    pub id: String,
    /// Name, unique among the stacks of an account and region that are not deleted.
    pub name: String,
    /// Account number.
    pub account: String,
    /// AWS region.
    pub region: String,
    /// `ClientRequestToken` of its creation.
    pub token: Option<String>,
    /// What was asked for, to compare repeated requests with.
    pub request: String,
    /// The template.
    pub template: Value,
    /// Capabilities given.
    pub capabilities: Vec<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// Parameters.
    pub parameters: Vec<(String, String)>,
    /// `ROLLBACK`, `DELETE` or `DO_NOTHING`.
    pub on_failure: String,
    /// Creation.
    pub created: Time,
    /// Resources in the order of their creation.
    pub resources: Vec<StackResource>,
    /// Events, oldest first; those in the future have not happened.
    pub events: Vec<StackEvent>,
    /// End of deletion.
    pub deleted: Option<Time>,
    /// It cannot be deleted: termination protection.
    pub protected: bool,
    /// Detections of drift, oldest first.
    pub drifts: Vec<Drift>,
    /// Change sets, oldest first.
    pub change_sets: Vec<ChangeSet>,
}
row!(Stack, id);

/// What a template would do, had it been run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeSet {
    /// ARN.
    pub id: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// The template.
    pub template: Value,
    /// Capabilities given.
    pub capabilities: Vec<String>,
    /// Parameters.
    pub parameters: Vec<(String, String)>,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// Creation.
    pub created: Time,
    /// When it is known what would change.
    pub ready: Time,
    /// Why that will not be known.
    pub failure: Option<String>,
}

/// A resource of a stack.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StackResource {
    /// Name in the template.
    pub logical: String,
    /// `AWS::IAM::Role`, …
    pub type_: String,
    /// Name in the account.
    pub physical: String,
}

/// An event of a stack or of one of its resources.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StackEvent {
    /// Id.
    pub id: String,
    /// When.
    pub at: Time,
    /// Name in the template, or the stack's name.
    pub logical: String,
    /// Name in the account, or the stack's id.
    pub physical: String,
    /// Type of the resource.
    pub type_: String,
    /// `CREATE_IN_PROGRESS`, …
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// Token of the request that started it.
    pub token: Option<String>,
}

impl Stack {
    /// The events so far, oldest first.
    pub fn events_until(&self, now: Time) -> impl DoubleEndedIterator<Item = &StackEvent> {
        self.events.iter().filter(move |event| event.at <= now)
    }

    /// The last event of the stack itself.
    pub(crate) fn own(&self, now: Time) -> Option<&StackEvent> {
        self.events_until(now)
            .rfind(|event| event.physical == self.id)
    }

    /// `CREATE_COMPLETE`, …
    pub fn status(&self, now: Time) -> &str {
        self.own(now)
            .map_or("CREATE_IN_PROGRESS", |event| &event.status)
    }

    pub(crate) fn is_deleted(&self, now: Time) -> bool {
        self.deleted.is_some_and(|at| at <= now)
    }

    /// The physical name of a resource.
    pub(crate) fn physical(&self, logical: &str) -> Option<&str> {
        let found = self.resource(logical)?;
        Some(&found.physical)
    }

    /// A resource by its name in the template.
    pub(crate) fn resource(&self, logical: &str) -> Option<&StackResource> {
        let mut resources = self.resources.iter();
        resources.find(|resource| resource.logical == logical)
    }

    /// The link request that the template belongs to.
    pub(crate) fn link_id(&self) -> Option<String> {
        let resources = self.template.get("Resources")?.as_object()?;
        resources
            .values()
            .find_map(|resource| resource.pointer("/Properties/LinkRequestId")?.as_str())
            .map(str::to_owned)
    }
}
