//! Operations of the newer APIs, read as tasks.
#![allow(unreachable_pub, reason = "the macro makes whole public items")]

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};
use vmc_http::operation;

use crate::models::Task;
use crate::{OrgId, TaskId};

operation! {
    /// One operation as it is now.
    pub(crate) struct Get => "tasks_v2.get", GET "/api/operation/{orgId}/core/operations/{taskId}", Safe -> AsTask {
        path { org: OrgId = "orgId", task: TaskId = "taskId" }
    }
}

/// A task that was written as an operation.
pub(crate) struct AsTask(Task);

impl From<AsTask> for Task {
    fn from(read: AsTask) -> Self {
        read.0
    }
}

impl<'de> Deserialize<'de> for AsTask {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let operation = translated(Map::deserialize(from)?);
        let task = serde_json::from_value(Value::Object(operation));
        task.map(Self).map_err(D::Error::custom)
    }
}

/// Adds what a task has under another name. What it does not have stays.
fn translated(mut operation: Map<String, Value>) -> Map<String, Value> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let state = operation.get("state");
    let of_state = |name: &str| text(state.and_then(|state| state.get(name)));
    // Networks say `name`, the inventory says `phase`.
    let status = of_state("name").or_else(|| of_state("phase"));
    let status = status.map(|word| match word.as_str() {
        "COMPLETED" | "READY" => "FINISHED".to_owned(),
        _ => word,
    });
    let message = of_state("error_msg");
    let kind = text(operation.get("type"));
    for (name, value) in [
        ("status", status),
        ("task_type", kind),
        ("error_message", message),
    ] {
        if let Some(value) = value {
            operation.insert(name.into(), value.into());
        }
    }
    operation
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::models::TaskStatus;

    fn read(document: Value) -> Task {
        serde_json::from_value::<AsTask>(document).unwrap().into()
    }

    #[test]
    fn states_are_read_as_statuses() {
        for (state, status) in [
            (json!({"name": "COMPLETED"}), TaskStatus::Finished),
            (json!({"phase": "READY"}), TaskStatus::Finished),
            (json!({"name": "FAILED"}), TaskStatus::Failed),
            (json!({"phase": "CANCELED"}), TaskStatus::Canceled),
            (json!({"name": "PENDING"}), TaskStatus::from("PENDING")),
        ] {
            let task = read(json!({"id": "op1", "state": state}));
            assert_eq!(task.status, Some(status));
        }
        let task = read(json!({"id": "op1", "state": null}));
        assert_eq!((task.status.as_ref(), task.is_final()), (None, false));
    }

    #[test]
    fn nothing_of_an_operation_is_lost() {
        let operation = json!({
            "id": "op1", "type": "UPDATE_MEMBERS", "resource_id": "config", "org_id": "o1",
            "state": {"name": "FAILED", "error_msg": "no route", "error_code": "7"},
            "config": {"operation_id": "op2"}, "creator": {"timestamp": "then"},
        });
        let task = read(operation.clone());
        assert_eq!(task.failure_message(), Some("no route"));
        assert_eq!(task.task_type.as_deref(), Some("UPDATE_MEMBERS"));
        let written = serde_json::to_value(&task).unwrap();
        for (name, value) in operation.as_object().unwrap() {
            assert_eq!(&written[name], value);
        }
    }
}
