//! Requests for higher AWS quotas, made by the vendor.

use super::error;
use crate::{answer::Outcome, handler::Call, world::QuotaRequest};
use serde_json::{Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let rows = call.world.quota_requests.iter();
    let rows = rows.filter(|row| row.org == call.param("org"));
    let found: Vec<Value> = rows.map(document).collect();
    Call::ok(&json!(found))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let id = call.param("serviceQuotaRequestId");
    let found = call.world.quota_requests.get(id);
    match found.filter(|row| row.org == call.param("org")) {
        Some(row) => Call::ok(&document(row)),
        None => {
            let text = format!("Cannot find the service quota request with identifier {id}.");
            Err(error(call, 404, &text))
        }
    }
}

fn document(row: &QuotaRequest) -> Value {
    json!({
        "id": row.id,
        "version": 1,
        "created": row.created,
        "updated": row.created,
        "user_id": "internal",
        "user_name": "Internal-Operator",
        "updated_by_user_id": "internal",
        "updated_by_user_name": "Internal-Operator",
        "org_id": row.org,
        "region": row.region,
        "aws_account_number": row.account,
        "reason": row.reason,
        "requester_email": row.requester,
        "request_status": row.status,
        "request_details": row.details,
        "task_id": null,
    })
}
