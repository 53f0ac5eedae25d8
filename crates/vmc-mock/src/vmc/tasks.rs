//! Tasks: list, get, cancel; the same for each service that has tasks, which see only their own.

use super::filter::Filter;
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    vmc::error,
    world::{Due, Task, TaskService, Then, phases, seconds},
};
use serde_json::{Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let filter = Filter::of(call)?;
    let org = call.param("org");
    let service = service(call);
    let tasks = call.world.tasks.iter();
    let tasks = tasks.filter(|task| task.org == org && task.service == service);
    let documents = tasks.map(|task| task.document(call.now));
    Ok(Answer::json_list(documents.filter(|document| {
        Filter::admits(filter.as_ref(), document)
    })))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let document = find(call)?.document(call.now);
    Call::ok(&document)
}

pub(crate) fn update(call: &mut Call<'_>) -> Outcome {
    let task = find(call)?;
    let id = task.id.clone();
    if call
        .query("action")
        .is_some_and(|action| action == "cancel")
    {
        if let Some(end) = &task.end {
            let text = format!("Cannot cancel task: {id} in {} state.", end.status);
            return Err(error(call, 400, &text));
        }
        if !task.canceling {
            let at = call.now.plus(seconds(call.settings.cancel_seconds));
            call.world
                .agenda
                .add(at, Due::TaskCanceled { task: id.clone() });
            call.world
                .effect(call.now, "task.canceling", json!({"id": id}));
        }
        if let Some(task) = call.world.tasks.get_mut(&id) {
            task.canceling = true;
        }
    }
    started(call, &id, 200)
}

/// Starts a task of the caller's in the organization of the path; answers its id. Give what is
/// special about it.
pub(crate) fn run(call: &mut Call<'_>, task: Task) -> String {
    let task = Task {
        service: service(call),
        org: call.param("org").into(),
        user: call.caller.user.clone(),
        user_name: call.caller.user_name.clone(),
        started: call.now,
        ..task
    };
    call.world.start_task(task)
}

/// Starts a task of one short phase; answers as the operation does.
pub(crate) fn short(
    call: &mut Call<'_>,
    (resource_type, resource_id): (&str, &str),
    task_type: &str,
    params: Value,
    then: Then,
) -> Outcome {
    let task = Task {
        task_type: task_type.into(),
        resource_type: resource_type.into(),
        resource_id: resource_id.into(),
        phases: phases(call.settings.short_task_seconds, &[("Working", 1)]),
        params,
        then,
        ..Task::default()
    };
    let id = run(call, task);
    call.world.settle(call.now, call.settings);
    started(call, &id, call.success)
}

fn service(call: &Call<'_>) -> TaskService {
    match call.path.starts_with("/vmc/autoscaler/") {
        true => TaskService::Autoscaler,
        false => TaskService::Vmc,
    }
}

/// The answer of an operation that started a task.
pub(crate) fn started(call: &Call<'_>, id: &str, status: u16) -> Outcome {
    let document = call.world.tasks.get(id).map(|task| task.document(call.now));
    Ok(Answer::json(status, &document.unwrap_or_default()))
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a Task, Answer> {
    let id = call.param("task");
    match call
        .world
        .tasks
        .get(id)
        .filter(|task| task.org == call.param("org") && task.service == service(call))
    {
        Some(task) => Ok(task),
        None => Err(error(
            call,
            404,
            &format!("Cannot find the task with identifier {id}."),
        )),
    }
}
