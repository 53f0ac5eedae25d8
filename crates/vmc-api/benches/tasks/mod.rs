//! A task list as the service writes it, and serde's own structs for it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// How many tasks are in the list.
pub const COUNT: usize = 10_000;

macro_rules! plain {
    ($name:ident { $($field:ident: $ty:ty,)* } $($extra:ident)?) => {
        /// Decoded, never read.
        #[derive(Deserialize)]
        #[allow(dead_code, reason = "decoded, never read")]
        pub struct $name {
            id: String,
            $($field: Option<$ty>,)*
            $(#[serde(flatten)] $extra: Map<String, Value>,)?
        }
    };
}

macro_rules! plain_task {
    ($name:ident $($extra:ident)?) => {
        plain! { $name {
            version: i64,
            created: String,
            updated: String,
            user_id: String,
            user_name: String,
            updated_by_user_id: String,
            updated_by_user_name: String,
            status: String,
            sub_status: String,
            task_type: String,
            task_version: String,
            org_id: String,
            org_type: String,
            resource_id: String,
            resource_type: String,
            parent_task_id: String,
            correlation_id: String,
            params: Value,
            progress_percent: i64,
            estimated_remaining_minutes: i64,
            phase_in_progress: String,
            task_progress_phases: Vec<Phase>,
            start_time: String,
            end_time: String,
            start_resource_entity_version: i64,
            end_resource_entity_version: i64,
            error_message: String,
            localized_error_message: String,
            customer_error_message: String,
            service_errors: Vec<ServiceError>,
        } $($extra)? }
    };
}

plain_task!(Plain);
plain_task!(Flatten extra);
plain! { Phase { name: String, progress_percent: i64, } }

/// Decoded, never read.
#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded, never read")]
pub struct ServiceError {
    original_service: Option<String>,
    original_service_error_code: Option<String>,
    default_message: Option<String>,
    localized_message: Option<String>,
}

/// Ten thousand tasks with the fields of the contract, nulls among them:
/// about fifteen megabytes.
pub fn list() -> Vec<u8> {
    let phase = |number: usize, percent: usize| json!({"id": format!("PHASE-{number}"), "name": "Deploying hosts", "progress_percent": percent});
    let task = |number: usize| {
        json!({
            "id": format!("00000000-0000-4000-8000-{number:012}"),
            "version": 7,
            "created": "2019-07-01T22:31:07.000000Z",
            "updated": "2019-07-01T22:31:07.000000Z",
            "user_id": "2b1b7b5a-9f0e-4a57-9f4a-5f7f6cf0e1a1",
            "user_name": "somebody@example.com",
            "updated_by_user_id": "2b1b7b5a-9f0e-4a57-9f4a-5f7f6cf0e1a1",
            "updated_by_user_name": null,
            "status": "FAILED",
            "sub_status": "PREPARING",
            "task_type": "SDDC-PROVISION",
            "task_version": "1",
            "org_id": "9d3f0c60-5a8e-4d62-9d7c-1f3c8f2b6a11",
            "org_type": "CUSTOMER",
            "resource_id": "c5a1f1de-8f8b-4a4e-9a55-0d6d1c1f2e33",
            "resource_type": "SDDC",
            "parent_task_id": null,
            "correlation_id": "5f1c0d8e-5a8e-4d62-9d7c-1f3c8f2b6a11",
            "params": {"sddcConfig": {"name": "lab", "num_hosts": 3, "region": "US_WEST_2"}},
            "progress_percent": 42,
            "estimated_remaining_minutes": -1,
            "phase_in_progress": "PHASE-3",
            "task_progress_phases": [phase(1, 100), phase(2, 100), phase(3, 13), phase(4, 0)],
            "start_time": "2019-07-01T22:31:07.000000Z",
            "end_time": null,
            "start_resource_entity_version": 1,
            "end_resource_entity_version": null,
            "error_message": "The provider has no more hosts of this kind in this zone.",
            "localized_error_message": null,
            "customer_error_message": "There are no more hosts. Try another zone.",
            "service_errors": [{
                "original_service": "provisioning",
                "original_service_error_code": "quota",
                "default_message": "The provider has no more hosts of this kind.",
                "localized_message": null,
            }],
        })
    };
    serde_json::to_vec(&(0..COUNT).map(task).collect::<Vec<_>>()).unwrap()
}
