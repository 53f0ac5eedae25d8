//! Decoding a task list with `model!` beside serde's derived structs: one that
//! drops unknown fields, and one that keeps them with `flatten`.
#![allow(missing_docs, reason = "criterion's macros")]
#![allow(clippy::unwrap_used, reason = "a bench may stop at once")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use vmc_api::models::Task;

macro_rules! plain_task {
    ($name:ident $(, $extra:ident)?) => {
        #[derive(Deserialize)]
        #[allow(dead_code, reason = "decoded, never read")]
        struct $name {
            id: String,
            version: Option<i64>,
            created: Option<String>,
            updated: Option<String>,
            user_id: Option<String>,
            user_name: Option<String>,
            updated_by_user_id: Option<String>,
            updated_by_user_name: Option<String>,
            status: Option<String>,
            sub_status: Option<String>,
            task_type: Option<String>,
            task_version: Option<String>,
            org_id: Option<String>,
            org_type: Option<String>,
            resource_id: Option<String>,
            resource_type: Option<String>,
            parent_task_id: Option<String>,
            correlation_id: Option<String>,
            params: Option<Value>,
            progress_percent: Option<i64>,
            estimated_remaining_minutes: Option<i64>,
            phase_in_progress: Option<String>,
            task_progress_phases: Option<Vec<Phase>>,
            start_time: Option<String>,
            end_time: Option<String>,
            start_resource_entity_version: Option<i64>,
            end_resource_entity_version: Option<i64>,
            error_message: Option<String>,
            localized_error_message: Option<String>,
            customer_error_message: Option<String>,
            service_errors: Option<Vec<Value>>,
            $(#[serde(flatten)] $extra: Map<String, Value>,)?
        }
    };
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded, never read")]
struct Phase {
    id: Option<String>,
    name: Option<String>,
    progress_percent: Option<i64>,
}

plain_task!(Dropping);
plain_task!(Keeping, extra);

/// Two hundred tasks as the service writes them, with nulls and a field that
/// nobody here knows.
fn tasks() -> Vec<u8> {
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
            "status": "STARTED",
            "sub_status": "PREPARING",
            "task_type": "SDDC-PROVISION",
            "task_version": "1",
            "org_id": "9d3f0c60-5a8e-4d62-9d7c-1f3c8f2b6a11",
            "resource_id": "c5a1f1de-8f8b-4a4e-9a55-0d6d1c1f2e33",
            "resource_type": "SDDC",
            "correlation_id": null,
            "params": {"sddcConfig": {"name": "lab", "num_hosts": 3}},
            "progress_percent": 42,
            "estimated_remaining_minutes": 70,
            "phase_in_progress": "ESX_DEPLOY",
            "task_progress_phases": [
                {"id": "A", "name": "Preparing", "progress_percent": 100},
                {"id": "B", "name": "Deploying hosts", "progress_percent": 13},
            ],
            "start_time": "2019-07-01T22:31:07.000000Z",
            "end_time": null,
            "error_message": null,
            "new_field_of_next_year": {"kept": true},
        })
    };
    serde_json::to_vec(&(0..200).map(task).collect::<Vec<_>>()).unwrap()
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Vec<T> {
    serde_json::from_slice(bytes).unwrap()
}

fn decoding(criterion: &mut Criterion) {
    let bytes = tasks();
    let mut group = criterion.benchmark_group("task list");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    // Dropping the values is not decoding.
    let size = BatchSize::LargeInput;
    group.bench_function("model", |b| {
        b.iter_batched(|| (), |()| decode::<Task>(&bytes), size);
    });
    group.bench_function("serde, dropping", |b| {
        b.iter_batched(|| (), |()| decode::<Dropping>(&bytes), size);
    });
    group.bench_function("serde, flatten", |b| {
        b.iter_batched(|| (), |()| decode::<Keeping>(&bytes), size);
    });
    group.finish();
}

criterion_group!(benches, decoding);
criterion_main!(benches);
