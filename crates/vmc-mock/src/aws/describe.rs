//! CloudFormation: looking at stacks.

use super::{
    Aws,
    cloudformation::{find, missing, plain_members, required},
    xml::{leaf, members, node, optional},
};
use crate::{answer::Outcome, clock::Time, world::Stack};

pub(crate) fn stacks(aws: &mut Aws<'_>) -> Outcome {
    let found: Vec<String> = match aws.param("StackName") {
        Some(name) => {
            let stack = find(aws, name).ok_or_else(|| missing(name))?;
            vec![describe(stack, aws.now)]
        }
        None => aws
            .world
            .stacks
            .iter()
            .rev()
            .filter(|stack| {
                stack.account == aws.caller.account
                    && stack.region == aws.caller.region
                    && !stack.is_deleted(aws.now)
            })
            .map(|stack| describe(stack, aws.now))
            .collect(),
    };
    aws.answer(&members("Stacks", found))
}

fn describe(stack: &Stack, now: Time) -> String {
    let own = stack.own(now);
    let pairs = |name: &str, key: &str, value: &str, list: &[(String, String)]| {
        members(
            name,
            list.iter().map(|(k, v)| leaf(key, k) + &leaf(value, v)),
        )
    };
    let deletion = stack.deleted.filter(|at| *at <= now).map(Time::millis);
    [
        leaf("StackId", &stack.id),
        leaf("StackName", &stack.name),
        optional("Description", stack.template["Description"].as_str()),
        leaf("CreationTime", &stack.created.millis()),
        optional("DeletionTime", deletion.as_deref()),
        leaf("StackStatus", stack.status(now)),
        optional(
            "StackStatusReason",
            own.and_then(|event| event.reason.as_deref()),
        ),
        leaf(
            "DisableRollback",
            if stack.on_failure == "DO_NOTHING" {
                "true"
            } else {
                "false"
            },
        ),
        leaf("EnableTerminationProtection", "false"),
        node("RollbackConfiguration", ""),
        plain_members("Capabilities", &stack.capabilities),
        plain_members("NotificationARNs", &[]),
        pairs(
            "Parameters",
            "ParameterKey",
            "ParameterValue",
            &stack.parameters,
        ),
        pairs("Tags", "Key", "Value", &stack.tags),
        node("DriftInformation", &leaf("StackDriftStatus", "NOT_CHECKED")),
    ]
    .concat()
}

/// Newest first.
pub(crate) fn events(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?;
    let stack = find(aws, name).ok_or_else(|| missing(name))?;
    let found = stack.events_until(aws.now).rev().map(|event| {
        [
            leaf("StackId", &stack.id),
            leaf("EventId", &event.id),
            leaf("StackName", &stack.name),
            leaf("LogicalResourceId", &event.logical),
            leaf("PhysicalResourceId", &event.physical),
            leaf("ResourceType", &event.type_),
            leaf("Timestamp", &event.at.millis()),
            leaf("ResourceStatus", &event.status),
            optional("ResourceStatusReason", event.reason.as_deref()),
            optional("ClientRequestToken", event.token.as_deref()),
        ]
        .concat()
    });
    aws.answer(&members("StackEvents", found))
}

pub(crate) fn resources(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?;
    let stack = find(aws, name).ok_or_else(|| missing(name))?;
    let wanted = aws.param("LogicalResourceId");
    let found = stack.resources.iter().filter_map(|resource| {
        if wanted.is_some_and(|wanted| wanted != resource.logical) {
            return None;
        }
        let last = stack
            .events_until(aws.now)
            .rfind(|event| event.logical == resource.logical && event.type_ == resource.type_)?;
        Some(
            [
                leaf("StackName", &stack.name),
                leaf("StackId", &stack.id),
                leaf("LogicalResourceId", &resource.logical),
                leaf("PhysicalResourceId", &last.physical),
                leaf("ResourceType", &resource.type_),
                leaf("Timestamp", &last.at.millis()),
                leaf("ResourceStatus", &last.status),
                optional("ResourceStatusReason", last.reason.as_deref()),
                node(
                    "DriftInformation",
                    &leaf("StackResourceDriftStatus", "NOT_CHECKED"),
                ),
            ]
            .concat(),
        )
    });
    aws.answer(&members("StackResources", found))
}
