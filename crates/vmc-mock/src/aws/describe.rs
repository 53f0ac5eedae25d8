//! CloudFormation: looking at stacks.

use super::{
    Aws, change_sets,
    cloudformation::{find, missing, plain_members, required},
    drift, pages,
    query::invalid,
    xml::{leaf, members, node, optional},
};
use crate::{
    answer::{Answer, Outcome},
    clock::Time,
    world::{Stack, StackResource},
};

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
    aws.answer(&listed(aws, "Stacks", found)?)
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
        leaf(
            "EnableTerminationProtection",
            if stack.protected { "true" } else { "false" },
        ),
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
        drift::information(stack, now),
    ]
    .concat()
}

/// All stacks, also those that are deleted; newest first.
pub(crate) fn list(aws: &mut Aws<'_>) -> Outcome {
    let (now, wanted) = (aws.now, aws.members("StackStatusFilter"));
    let stacks = aws.world.stacks.iter().rev().filter(|stack| {
        stack.account == aws.caller.account
            && stack.region == aws.caller.region
            && (wanted.is_empty() || wanted.iter().any(|one| one == stack.status(now)))
    });
    let found = stacks.map(|stack| {
        let deletion = stack.deleted.filter(|at| *at <= now).map(Time::millis);
        let reason = stack.own(now).and_then(|event| event.reason.as_deref());
        [
            leaf("StackId", &stack.id),
            leaf("StackName", &stack.name),
            optional(
                "TemplateDescription",
                stack.template["Description"].as_str(),
            ),
            leaf("CreationTime", &stack.created.millis()),
            optional("DeletionTime", deletion.as_deref()),
            leaf("StackStatus", stack.status(now)),
            optional("StackStatusReason", reason),
            drift::information(stack, now),
        ]
        .concat()
    });
    let found = found.collect();
    aws.answer(&listed(aws, "StackSummaries", found)?)
}

pub(crate) fn template(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?;
    let stack = find(aws, name).ok_or_else(|| missing(name))?;
    let stages = ["Original", "Processed"].map(str::to_owned);
    let template = match aws.param("ChangeSetName") {
        Some(set) => change_sets::find_in(stack, set)
            .map(|set| &set.template)
            .ok_or_else(|| change_sets::unknown(set))?,
        None => &stack.template,
    };
    let inner =
        leaf("TemplateBody", &template.to_string()) + &plain_members("StagesAvailable", &stages);
    aws.answer(&inner)
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
    let found = found.collect();
    aws.answer(&listed(aws, "StackEvents", found)?)
}

pub(crate) fn resources(aws: &mut Aws<'_>) -> Outcome {
    let stack = match (aws.param("StackName"), aws.param("PhysicalResourceId")) {
        (Some(_), Some(_)) => {
            let text = "Both StackName and PhysicalResourceId cannot be specified.";
            return Err(invalid(text));
        }
        (None, Some(physical)) => find_by_resource(aws, physical)
            .ok_or_else(|| invalid(&format!("Stack for {physical} does not exist")))?,
        _ => {
            let name = required(aws, "StackName")?;
            find(aws, name).ok_or_else(|| missing(name))?
        }
    };
    let wanted = aws.param("LogicalResourceId");
    let rows = stack.resources.iter();
    let rows = rows.filter(|row| wanted.is_none_or(|wanted| wanted == row.logical));
    let found = rows.filter_map(|row| {
        let own = leaf("StackName", &stack.name) + &leaf("StackId", &stack.id);
        Some(own + &describe_resource(stack, row, "Timestamp", aws.now)?)
    });
    aws.answer(&members("StackResources", found))
}

/// The stack that has made what has this name in the account.
fn find_by_resource<'a>(aws: &'a Aws<'_>, physical: &str) -> Option<&'a Stack> {
    aws.world.stacks.iter().find(|stack| {
        stack.account == aws.caller.account
            && stack.region == aws.caller.region
            && !stack.is_deleted(aws.now)
            && stack
                .events_until(aws.now)
                .any(|event| event.physical == physical)
    })
}

pub(crate) fn list_resources(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?;
    let stack = find(aws, name).ok_or_else(|| missing(name))?;
    let rows = stack.resources.iter();
    let found =
        rows.filter_map(|row| describe_resource(stack, row, "LastUpdatedTimestamp", aws.now));
    let found = found.collect();
    aws.answer(&listed(aws, "StackResourceSummaries", found)?)
}

fn listed(aws: &Aws<'_>, name: &str, items: Vec<String>) -> Result<String, Answer> {
    pages::listed(aws, name, items, aws.settings.stack_page_size)
}

/// `None`: not begun yet.
fn describe_resource(stack: &Stack, row: &StackResource, time: &str, now: Time) -> Option<String> {
    let last = stack
        .events_until(now)
        .rfind(|event| event.logical == row.logical && event.type_ == row.type_)?;
    let inner = [
        leaf("LogicalResourceId", &row.logical),
        leaf("PhysicalResourceId", &last.physical),
        leaf("ResourceType", &row.type_),
        leaf(time, &last.at.millis()),
        leaf("ResourceStatus", &last.status),
        optional("ResourceStatusReason", last.reason.as_deref()),
        drift::resource_information(stack, &row.logical, now),
    ];
    Some(inner.concat())
}
