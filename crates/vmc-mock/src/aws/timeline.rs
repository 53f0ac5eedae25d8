//! A stack's history, written when it starts: which resource is created when, what goes wrong.

use super::template::PHONE_HOME;
use crate::{
    clock::Time,
    world::{Due, Plan, ROLE, Stack, StackEvent, StackResource, World, seconds},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const STACK: &str = "AWS::CloudFormation::Stack";

/// Writes the creation of `stack` and puts its consequences on the agenda.
pub(crate) fn create(world: &mut World, mut stack: Stack) {
    let start = stack.created;
    let own = stack.id.clone();
    event(
        &mut stack,
        start,
        &own,
        "CREATE_IN_PROGRESS",
        Some("User Initiated"),
    );
    let mut end = start;
    let mut done: Vec<(String, Time)> = Vec::new();
    for (logical, type_, needs) in order(&stack.template) {
        let ready = needs
            .iter()
            .filter_map(|need| {
                done.iter()
                    .find(|(name, _)| name == need)
                    .map(|(_, at)| *at)
            })
            .max()
            .unwrap_or(start)
            .plus(seconds(1));
        let physical = physical_name(&stack, &logical, &type_);
        stack.resources.push(StackResource {
            logical: logical.clone(),
            type_: type_.clone(),
            physical: physical.clone(),
        });
        event(&mut stack, ready, &logical, "CREATE_IN_PROGRESS", None);
        event(
            &mut stack,
            ready.plus(seconds(1)),
            &logical,
            "CREATE_IN_PROGRESS",
            Some("Resource creation Initiated"),
        );
        let finished = ready.plus(seconds(duration(&type_)));
        if stack.link_id().is_some() && logical == PHONE_HOME {
            let due = Due::PhonesHome {
                stack: stack.id.clone(),
                resource: logical.clone(),
            };
            world.agenda.add(finished, due);
        }
        event(&mut stack, finished, &logical, "CREATE_COMPLETE", None);
        end = end.max(finished);
        done.push((logical, finished));
    }
    end = end.plus(seconds(1));
    event(&mut stack, end, &own, "CREATE_COMPLETE", None);
    stack.events.sort_by_key(|event| event.at);
    let due = Due::StackRests {
        stack: own.clone(),
        status: "CREATE_COMPLETE".into(),
    };
    world.agenda.add(end, due);
    let planned = world.plans.iter().position(|plan| match plan {
        Plan::ResourceFails { resource, .. } => done.iter().any(|(name, _)| name == resource),
        _ => false,
    });
    let plan = planned.map(|at| world.plans.remove(at));
    world.stacks.insert(stack);
    schedule_roles(world, &own, start);
    if let Some(Plan::ResourceFails { resource, reason }) = plan {
        let at = done
            .iter()
            .find(|(name, _)| *name == resource)
            .map_or(start, |(_, at)| *at);
        fail(world, &own, &resource, &reason, at);
        schedule_roles(world, &own, start);
    }
}

/// The roles of a stack come and go as its events say; those until `now` have happened.
pub(crate) fn schedule_roles(world: &mut World, id: &str, now: Time) {
    world.agenda.forget(|due| match due {
        Due::RoleMade { stack, .. } | Due::RoleGone { stack, .. } => stack == id,
        _ => false,
    });
    let Some(stack) = world.stacks.get(id) else {
        return;
    };
    let roles = stack.events.iter().filter(|event| event.type_ == ROLE);
    for event in roles.filter(|event| event.at > now) {
        let (stack, resource) = (id.to_owned(), event.logical.clone());
        match event.status.as_str() {
            "CREATE_COMPLETE" => world
                .agenda
                .add(event.at, Due::RoleMade { stack, resource }),
            "DELETE_COMPLETE" => world
                .agenda
                .add(event.at, Due::RoleGone { stack, resource }),
            _ => {}
        }
    }
}

/// Rewrites the history from `at` on: `resource` could not be created.
pub(crate) fn fail(world: &mut World, id: &str, resource: &str, reason: &str, at: Time) {
    let stays = match world.stacks.get(id) {
        Some(stack) if stack.on_failure != "DO_NOTHING" => staying(world, id),
        _ => None,
    };
    let Some(stack) = world.stacks.get_mut(id) else {
        return;
    };
    stack.events.retain(|event| event.at < at);
    event(stack, at, resource, "CREATE_FAILED", Some(reason));
    let touched: BTreeSet<String> = stack
        .events
        .iter()
        .filter(|event| event.physical != id)
        .map(|event| event.logical.clone())
        .collect();
    let done: BTreeSet<String> = stack
        .events
        .iter()
        .filter(|event| event.status == "CREATE_COMPLETE")
        .map(|event| event.logical.clone())
        .collect();
    for other in touched
        .iter()
        .filter(|name| *name != resource && !done.contains(*name))
    {
        event(
            stack,
            at,
            other,
            "CREATE_FAILED",
            Some("Resource creation cancelled"),
        );
    }
    let text = format!("The following resource(s) failed to create: [{resource}]. ");
    let (prefix, mut status) = match stack.on_failure.as_str() {
        "DO_NOTHING" => ("", "CREATE_FAILED"),
        "DELETE" => ("DELETE", "DELETE_COMPLETE"),
        _ => ("ROLLBACK", "ROLLBACK_COMPLETE"),
    };
    let mut end = at.plus(seconds(1));
    if prefix.is_empty() {
        event(stack, end, id, status, Some(text.trim()));
    } else {
        let what = if prefix == "DELETE" {
            "Delete"
        } else {
            "Rollback"
        };
        let reason = format!("{text}{what} requested by user.");
        event(
            stack,
            end,
            id,
            &format!("{prefix}_IN_PROGRESS"),
            Some(&reason),
        );
        end = match delete_resources(stack, &touched, end, stays.as_ref(), &[]) {
            Ok(end) => {
                event(stack, end, id, status, None);
                if prefix == "DELETE" {
                    stack.deleted = Some(end);
                }
                end
            }
            Err((end, reason)) => {
                status = if prefix == "DELETE" {
                    "DELETE_FAILED"
                } else {
                    "ROLLBACK_FAILED"
                };
                event(stack, end, id, status, Some(&reason));
                end
            }
        };
    }
    world.agenda.forget(|due| match due {
        Due::PhonesHome { stack, .. } | Due::StackRests { stack, .. } => stack == id,
        _ => false,
    });
    world.agenda.add(
        end,
        Due::StackRests {
            stack: id.into(),
            status: status.into(),
        },
    );
}

/// A resource of a stack that is planned to stay, and why.
fn staying(world: &mut World, id: &str) -> Option<(String, String)> {
    let stack = world.stacks.get(id)?;
    let planned = world.plans.iter().position(|plan| match plan {
        Plan::ResourceStays { resource, .. } => stack.resource(resource).is_some(),
        _ => false,
    })?;
    match world.plans.remove(planned) {
        Plan::ResourceStays { resource, reason } => Some((resource, reason)),
        _ => None,
    }
}

/// Writes the deletion of a stack that exists. `retained` are the resources that it leaves alone.
pub(crate) fn delete(
    world: &mut World,
    id: &str,
    token: Option<String>,
    retained: &[String],
    now: Time,
) {
    let stays = staying(world, id);
    let Some(stack) = world.stacks.get_mut(id) else {
        return;
    };
    stack.events.retain(|event| event.at <= now);
    // Events carry the token of the operation they belong to.
    let created_with = std::mem::replace(&mut stack.token, token);
    event(stack, now, id, "DELETE_IN_PROGRESS", Some("User Initiated"));
    let there = stack.resources.iter().filter(|resource| {
        let mut events = stack.events.iter();
        let last = events.rfind(|event| event.logical == resource.logical);
        last.is_some_and(|event| event.status != "DELETE_COMPLETE")
    });
    let touched: BTreeSet<String> = there.map(|resource| resource.logical.clone()).collect();
    let (end, status) = match delete_resources(stack, &touched, now, stays.as_ref(), retained) {
        Ok(end) => {
            event(stack, end, id, "DELETE_COMPLETE", None);
            stack.deleted = Some(end);
            (end, "DELETE_COMPLETE")
        }
        Err((end, reason)) => {
            event(stack, end, id, "DELETE_FAILED", Some(&reason));
            (end, "DELETE_FAILED")
        }
    };
    stack.token = created_with;
    world.agenda.forget(|due| match due {
        Due::PhonesHome { stack, .. } | Due::StackRests { stack, .. } => stack == id,
        _ => false,
    });
    let due = Due::StackRests {
        stack: id.into(),
        status: status.into(),
    };
    world.agenda.add(end, due);
    schedule_roles(world, id, now);
}

/// A stack that is nothing but a place for change sets is deleted at once.
pub(crate) fn discard(world: &mut World, id: &str, now: Time) {
    if let Some(stack) = world.stacks.get_mut(id) {
        event(stack, now, id, "DELETE_COMPLETE", None);
        stack.deleted = Some(now);
        stack.change_sets.clear();
    }
}

/// The end of it, and why it failed if it did.
fn delete_resources(
    stack: &mut Stack,
    touched: &BTreeSet<String>,
    start: Time,
    stays: Option<&(String, String)>,
    retained: &[String],
) -> Result<Time, (Time, String)> {
    let mut failed = None;
    let mut at = start.plus(seconds(1));
    let names: Vec<String> = stack
        .resources
        .iter()
        .rev()
        .map(|resource| resource.logical.clone())
        .collect();
    for name in names.iter().filter(|name| touched.contains(*name)) {
        if retained.contains(name) {
            event(stack, at, name, "DELETE_SKIPPED", None);
            continue;
        }
        event(stack, at, name, "DELETE_IN_PROGRESS", None);
        at = at.plus(seconds(2));
        match stays {
            Some((resource, reason)) if resource == name => {
                event(stack, at, name, "DELETE_FAILED", Some(reason));
                failed = Some(name);
            }
            _ => event(stack, at, name, "DELETE_COMPLETE", None),
        }
    }
    let end = at.plus(seconds(1));
    match failed {
        None => Ok(end),
        Some(name) => {
            let reason = format!("The following resource(s) failed to delete: [{name}]. ");
            Err((end, reason))
        }
    }
}

/// `logical` is a resource's name, or the stack's id for an event of the stack itself.
fn event(stack: &mut Stack, at: Time, logical: &str, status: &str, reason: Option<&str>) {
    let own = logical == stack.id;
    let (name, physical, type_) = match stack.resources.iter().find(|row| row.logical == logical) {
        Some(row) => (row.logical.clone(), row.physical.clone(), row.type_.clone()),
        None => (stack.name.clone(), stack.id.clone(), STACK.to_owned()),
    };
    let id = match own {
        true => hex(&format!("{}{status}{}", stack.id, stack.events.len())),
        false => format!("{name}-{status}-{}", at.millis()),
    };
    // A resource has no physical name until it is being made.
    let physical = if !own && status == "CREATE_IN_PROGRESS" && reason.is_none() {
        String::new()
    } else {
        physical
    };
    stack.events.push(StackEvent {
        id,
        at,
        logical: name,
        physical,
        type_,
        status: status.into(),
        reason: reason.map(str::to_owned),
        token: stack.token.clone(),
    });
}

fn duration(type_: &str) -> u64 {
    match type_ {
        ROLE => 18,
        "AWS::Lambda::Function" => 7,
        _ => 5,
    }
}

/// CloudFormation's names: stack, logical id, twelve characters; the stack's part is cut to fit.
pub(crate) fn physical_name(stack: &Stack, logical: &str, type_: &str) -> String {
    let given = &stack.template["Resources"][logical]["Properties"]["RoleName"];
    if let (ROLE, Some(name)) = (type_, given.as_str()) {
        return name.into();
    }
    let hash = hex(&format!("{}{logical}", stack.id)).to_uppercase();
    let tail: String = hash.chars().filter(|c| *c != '-').take(12).collect();
    if type_.starts_with("Custom::") {
        return hex(&format!("{}{logical}{type_}", stack.id));
    }
    let room = 64_usize.saturating_sub(logical.len() + tail.len() + 2);
    let head: String = stack.name.chars().take(room).collect();
    format!("{}-{logical}-{tail}", head.trim_end_matches('-'))
}

fn hex(text: &str) -> String {
    let digest: String = Sha256::digest(text.as_bytes())
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    uuid::Uuid::try_parse(&digest).map_or(digest, |id| id.to_string())
}

/// Resources with their type and what they need, each after what it needs. A circle keeps the
/// order of the template.
fn order(template: &Value) -> Vec<(String, String, BTreeSet<String>)> {
    let Some(resources) = template["Resources"].as_object() else {
        return Vec::new();
    };
    let mut waiting: Vec<(String, String, BTreeSet<String>)> = resources
        .iter()
        .map(|(name, resource)| {
            let mut needs = BTreeSet::new();
            references(resource, &mut needs);
            needs.retain(|need| need != name && resources.contains_key(need));
            let type_ = resource["Type"].as_str().unwrap_or_default();
            (name.clone(), type_.to_owned(), needs)
        })
        .collect();
    let mut sorted: Vec<(String, String, BTreeSet<String>)> = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|(_, _, needs)| {
            needs
                .iter()
                .all(|need| sorted.iter().any(|(name, ..)| name == need))
        });
        sorted.push(waiting.remove(ready.unwrap_or(0)));
    }
    sorted
}

fn references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("Ref" | "DependsOn", Value::String(name)) => {
                        into.insert(name.clone());
                    }
                    ("DependsOn", Value::Array(names)) => {
                        into.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        into.extend(parts.first().and_then(Value::as_str).map(str::to_owned));
                    }
                    _ => references(value, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}
