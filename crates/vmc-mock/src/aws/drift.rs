//! CloudFormation: whether the resources of a stack are as its template says.

use super::{
    Aws, Identity,
    cloudformation::{find, missing, required},
    pages,
    query::invalid,
    resource_rights,
    xml::{leaf, members, node, optional},
};
use crate::{
    answer::Outcome,
    clock::Time,
    world::{Difference, Drift, Due, ROLE, ResourceDrift, Stack, seconds},
};
use serde_json::Value;

/// States in which a stack can be looked at.
const AT_REST: [&str; 4] = [
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
];

pub(crate) fn detect(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?;
    let stack = find(aws, name).ok_or_else(|| missing(name))?;
    let failure = unreadable(&aws.caller, stack);
    let (stack, status) = (stack.id.clone(), stack.status(aws.now).to_owned());
    if !AT_REST.contains(&status.as_str()) {
        return Err(invalid(&format!(
            "Drift detection cannot be performed on stack [{stack}] in state [{status}]"
        )));
    }
    let only = aws.members("LogicalResourceIds");
    let id = aws.world.new_id();
    let ends = aws.now.plus(seconds(aws.settings.drift_detection_seconds));
    let drift = Drift {
        id: id.clone(),
        ends,
        failure,
        only,
        resources: Vec::new(),
    };
    let due = Due::DriftDetected {
        stack: stack.clone(),
        detection: id.clone(),
    };
    aws.world.agenda.add(ends, due);
    if let Some(row) = aws.world.stacks.get_mut(&stack) {
        row.drifts.push(drift);
    }
    aws.answer(&leaf("StackDriftDetectionId", &id))
}

/// The resources are read with the caller's rights.
fn unreadable(caller: &Identity, stack: &Stack) -> Option<String> {
    let role = stack.resources.iter().find(|row| row.type_ == ROLE)?;
    let arn = resource_rights::role_arn(stack, &role.physical);
    let refusal = caller.refusal("iam", "GetRole", Some(&arn))?;
    Some(format!(
        "The stack drift detection operation failed for at least one resource in the stack. \
         {refusal}"
    ))
}

pub(crate) fn status(aws: &mut Aws<'_>) -> Outcome {
    let id = required(aws, "StackDriftDetectionId")?;
    let found = aws.world.stacks.iter().find_map(|stack| {
        let own = stack.account == aws.caller.account && stack.region == aws.caller.region;
        let drift = stack.drifts.iter().find(|drift| own && drift.id == id)?;
        Some((stack, drift))
    });
    let Some((stack, drift)) = found else {
        let text = format!("Drift detection with id {id} does not exist");
        return Err(invalid(&text));
    };
    let ended = drift.ends <= aws.now;
    let status = match (ended, &drift.failure) {
        (false, _) => "DETECTION_IN_PROGRESS",
        (true, None) => "DETECTION_COMPLETE",
        (true, Some(_)) => "DETECTION_FAILED",
    };
    let failure = drift.failure.as_deref().filter(|_| ended);
    let known = drift.stack_status(aws.now);
    let count = known.map(|_| drift.drifted().to_string());
    let inner = [
        leaf("StackId", &stack.id),
        leaf("StackDriftDetectionId", &drift.id),
        optional("StackDriftStatus", known),
        leaf("DetectionStatus", status),
        optional("DetectionStatusReason", failure),
        optional("DriftedStackResourceCount", count.as_deref()),
        leaf("Timestamp", &drift.ends.min(aws.now).millis()),
    ];
    aws.answer(&inner.concat())
}

pub(crate) fn resources(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?;
    let stack = find(aws, name).ok_or_else(|| missing(name))?;
    let wanted = aws.members("StackResourceDriftStatusFilters");
    let last = stack.last_drift(aws.now);
    let found = last.into_iter().flat_map(|drift| {
        let rows = drift.resources.iter();
        rows.filter(|row| wanted.is_empty() || wanted.contains(&row.status))
            .map(|row| describe(stack, row, drift.ends))
    });
    let most = pages::limit(aws, "MaxResults", 100)?.unwrap_or(100);
    let found = found.collect();
    aws.answer(&pages::listed(aws, "StackResourceDrifts", found, most)?)
}

fn describe(stack: &Stack, row: &ResourceDrift, at: Time) -> String {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let difference = |one: &Difference| {
        [
            leaf("PropertyPath", &one.path),
            leaf("ExpectedValue", &text(&one.expected).unwrap_or_default()),
            leaf("ActualValue", &text(&one.actual).unwrap_or_default()),
            leaf("DifferenceType", &one.kind),
        ]
        .concat()
    };
    let resource = stack.resource(&row.logical);
    let type_ = resource.map_or("", |resource| resource.type_.as_str());
    [
        leaf("StackId", &stack.id),
        leaf("LogicalResourceId", &row.logical),
        optional("PhysicalResourceId", stack.physical(&row.logical)),
        leaf("ResourceType", type_),
        optional("ExpectedProperties", text(&row.expected).as_deref()),
        optional("ActualProperties", text(&row.actual).as_deref()),
        members(
            "PropertyDifferences",
            row.differences.iter().map(difference),
        ),
        leaf("StackResourceDriftStatus", &row.status),
        leaf("Timestamp", &at.millis()),
    ]
    .concat()
}

/// What the description of a stack says about its drift.
pub(crate) fn information(stack: &Stack, now: Time) -> String {
    let last = stack.last_drift(now);
    let status = last.and_then(|drift| drift.stack_status(now));
    let checked = last.map(|drift| drift.ends.millis());
    let inner = leaf("StackDriftStatus", status.unwrap_or("NOT_CHECKED"))
        + &optional("LastCheckTimestamp", checked.as_deref());
    node("DriftInformation", &inner)
}

/// The same of one resource.
pub(crate) fn resource_information(stack: &Stack, logical: &str, now: Time) -> String {
    let found = stack.last_drift(now).and_then(|drift| {
        let mut rows = drift.resources.iter();
        Some((
            rows.find(|row| row.logical == logical)?,
            drift.ends.millis(),
        ))
    });
    let (status, at) = match &found {
        Some((row, at)) => (row.status.as_str(), Some(at.as_str())),
        None => ("NOT_CHECKED", None),
    };
    let inner = leaf("StackResourceDriftStatus", status) + &optional("LastCheckTimestamp", at);
    node("DriftInformation", &inner)
}
