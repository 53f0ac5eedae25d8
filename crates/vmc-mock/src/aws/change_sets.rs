//! CloudFormation: change sets, which say what a template would do. Only those that would create
//! a stack; none is executed.

use super::{
    Aws,
    cloudformation::{check_name, check_template, find, plain_members, required},
    pages,
    query::{error, invalid},
    template,
    xml::{leaf, members, node, optional},
};
use crate::{
    answer::{Answer, Outcome},
    clock::Time,
    world::{ChangeSet, Plan, Stack, StackEvent, seconds},
};
use serde_json::json;

pub(crate) fn create(aws: &mut Aws<'_>) -> Outcome {
    let stack_name = required(aws, "StackName")?.to_owned();
    let name = required(aws, "ChangeSetName")?.to_owned();
    check_name("stackName", &stack_name)?;
    check_name("changeSetName", &name)?;
    let type_ = aws.param("ChangeSetType").unwrap_or("UPDATE");
    if type_ != "CREATE" {
        let text = format!("vmc-mock: change sets of type {type_} are not simulated");
        return Err(error(501, "NotImplemented", &text));
    }
    let known = find(aws, &stack_name).map(|stack| stack.id.clone());
    if let Some(stack) = find(aws, &stack_name) {
        if stack.status(aws.now) != "REVIEW_IN_PROGRESS" {
            return Err(invalid(&format!(
                "Stack [{stack_name}] already exists and cannot be created again with the \
                 changeSet [{name}]."
            )));
        }
        if stack.change_sets.iter().any(|row| row.name == name) {
            let text = format!("ChangeSet {name} already exists");
            return Err(error(400, "AlreadyExistsException", &text));
        }
    }
    let template = template::read(aws)?;
    check_template(aws, &template)?;
    let planned = aws
        .world
        .plans
        .iter()
        .position(|plan| matches!(plan, Plan::ChangeSetFails { .. }));
    let failure = planned.and_then(|at| match aws.world.plans.remove(at) {
        Plan::ChangeSetFails { reason } => Some(reason),
        _ => None,
    });
    let stack = known.unwrap_or_else(|| review(aws, &stack_name));
    let set = ChangeSet {
        id: format!(
            "arn:aws:cloudformation:{}:{}:changeSet/{name}/{}",
            aws.caller.region,
            aws.caller.account,
            aws.world.new_id()
        ),
        name,
        description: aws.param("Description").map(str::to_owned),
        template,
        capabilities: aws.members("Capabilities"),
        parameters: aws.pairs("Parameters", "ParameterKey", "ParameterValue"),
        tags: aws.pairs("Tags", "Key", "Value"),
        created: aws.now,
        ready: aws.now.plus(seconds(aws.settings.change_set_seconds)),
        failure,
    };
    let id = set.id.clone();
    let details = json!({"id": id, "name": set.name, "stack": stack});
    aws.world.effect(aws.now, "change_set.created", details);
    if let Some(row) = aws.world.stacks.get_mut(&stack) {
        row.change_sets.push(set);
    }
    aws.answer(&(leaf("Id", &id) + &leaf("StackId", &stack)))
}

/// A stack that is nothing but a place for change sets.
fn review(aws: &mut Aws<'_>, name: &str) -> String {
    let uuid = aws.world.new_id();
    let id = aws.stack_id(name, &uuid);
    let event = StackEvent {
        id: uuid,
        at: aws.now,
        logical: name.into(),
        physical: id.clone(),
        type_: "AWS::CloudFormation::Stack".into(),
        status: "REVIEW_IN_PROGRESS".into(),
        reason: Some("User Initiated".into()),
        token: None,
    };
    aws.world.stacks.insert(Stack {
        id: id.clone(),
        name: name.into(),
        account: aws.caller.account.clone(),
        region: aws.caller.region.clone(),
        created: aws.now,
        events: vec![event],
        ..Stack::default()
    });
    let details = json!({"id": id, "name": name});
    aws.world
        .effect(aws.now, "stack.review_in_progress", details);
    id
}

pub(crate) fn describe(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "ChangeSetName")?;
    let (stack, set) = change_set(aws, name)?.ok_or_else(|| unknown(name))?;
    let done = status(set, aws.now).0 == "CREATE_COMPLETE";
    let resources = set.template["Resources"].as_object();
    let changes = resources.into_iter().flatten().filter(|_| done);
    let changes = changes.map(|(logical, resource)| {
        let change = [
            leaf("Action", "Add"),
            leaf("LogicalResourceId", logical),
            optional("ResourceType", resource["Type"].as_str()),
            node("Scope", ""),
            node("Details", ""),
        ];
        leaf("Type", "Resource") + &node("ResourceChange", &change.concat())
    });
    let most = aws.settings.stack_page_size;
    let pairs = |list: &[(String, String)], key: &str, value: &str| {
        let pairs = list.iter().map(|(k, v)| leaf(key, k) + &leaf(value, v));
        pairs.collect::<Vec<String>>()
    };
    let inner = [
        summary(stack, set, aws.now),
        members(
            "Parameters",
            pairs(&set.parameters, "ParameterKey", "ParameterValue"),
        ),
        members("Tags", pairs(&set.tags, "Key", "Value")),
        plain_members("Capabilities", &set.capabilities),
        plain_members("NotificationARNs", &[]),
        node("RollbackConfiguration", ""),
        pages::listed(aws, "Changes", changes.collect(), most)?,
    ];
    aws.answer(&inner.concat())
}

pub(crate) fn list(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?;
    let stack = find(aws, name).ok_or_else(|| no_stack(name))?;
    let rows = stack.change_sets.iter();
    let found = rows.map(|set| summary(stack, set, aws.now));
    let (found, most) = (found.collect(), aws.settings.stack_page_size);
    aws.answer(&pages::listed(aws, "Summaries", found, most)?)
}

/// Deleting what is not there succeeds.
pub(crate) fn delete(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "ChangeSetName")?;
    if let Some((stack, set)) = change_set(aws, name)? {
        let (stack, id) = (stack.id.clone(), set.id.clone());
        let (status, _) = status(set, aws.now);
        if status == "CREATE_IN_PROGRESS" {
            let text = format!("ChangeSet [{id}] cannot be deleted in status {status}.");
            return Err(error(400, "InvalidChangeSetStatus", &text));
        }
        if let Some(row) = aws.world.stacks.get_mut(&stack) {
            row.change_sets.retain(|row| row.id != id);
        }
        let details = json!({"id": id, "stack": stack});
        aws.world.effect(aws.now, "change_set.deleted", details);
    }
    aws.answer_empty()
}

/// By name or ARN.
pub(crate) fn find_in<'a>(stack: &'a Stack, name: &str) -> Option<&'a ChangeSet> {
    let mut sets = stack.change_sets.iter();
    sets.find(|set| set.name == name || set.id == name)
}

pub(crate) fn unknown(name: &str) -> Answer {
    let text = format!("ChangeSet [{name}] does not exist");
    error(404, "ChangeSetNotFound", &text)
}

/// By name in the stack that is named, or by ARN.
fn change_set<'a>(
    aws: &'a Aws<'_>,
    name: &str,
) -> Result<Option<(&'a Stack, &'a ChangeSet)>, Answer> {
    if let Some(stack) = aws.param("StackName") {
        let stack = find(aws, stack).ok_or_else(|| no_stack(stack))?;
        return Ok(find_in(stack, name).map(|set| (stack, set)));
    }
    if !name.starts_with("arn:") {
        return Err(invalid(
            "StackName must be specified if ChangeSetName is not specified as an ARN.",
        ));
    }
    let stacks = aws.world.stacks.iter();
    let mut own = stacks.filter(|stack| stack.account == aws.caller.account);
    Ok(own.find_map(|stack| {
        let set = stack.change_sets.iter().find(|set| set.id == name)?;
        Some((stack, set))
    }))
}

fn no_stack(name: &str) -> Answer {
    invalid(&format!("Stack [{name}] does not exist"))
}

/// Status and whether it can be executed.
fn status(set: &ChangeSet, now: Time) -> (&'static str, &'static str) {
    match (set.ready <= now, &set.failure) {
        (false, _) => ("CREATE_IN_PROGRESS", "UNAVAILABLE"),
        (true, None) => ("CREATE_COMPLETE", "AVAILABLE"),
        (true, Some(_)) => ("FAILED", "UNAVAILABLE"),
    }
}

fn summary(stack: &Stack, set: &ChangeSet, now: Time) -> String {
    let (status, execution) = status(set, now);
    let reason = set.failure.as_deref().filter(|_| status == "FAILED");
    [
        leaf("ChangeSetId", &set.id),
        leaf("ChangeSetName", &set.name),
        leaf("StackId", &stack.id),
        leaf("StackName", &stack.name),
        optional("Description", set.description.as_deref()),
        leaf("CreationTime", &set.created.millis()),
        leaf("Status", status),
        optional("StatusReason", reason),
        leaf("ExecutionStatus", execution),
    ]
    .concat()
}
