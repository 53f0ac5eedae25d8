//! SDDCs: list, get, create, rename, delete.

use super::{filter::Filter, sddc_document::document, sddc_rules, sddc_task, tasks};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    vmc::error,
    world::{Sddc, Task, Template, Then, phases, seconds},
};
use serde_json::json;

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let filter = Filter::of(call)?;
    let deleted = call.flag("includeDeleted");
    let org = call.param("org");
    let sddcs = call.world.sddcs.iter().filter(|sddc| sddc.org == org);
    let documents = sddcs
        .filter(|sddc| deleted || sddc.state != "DELETED")
        .map(|sddc| document(call, sddc));
    Ok(Answer::json_list(documents.filter(|document| {
        Filter::admits(filter.as_ref(), document)
    })))
}

/// Deleted SDDCs are hidden, not gone: this still answers 200.
pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let sddc = find(call)?;
    Call::ok(&document(call, sddc))
}

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    if call.body["provider"] == "ZEROCLOUD" {
        sddc_rules::check_common(call)?;
    } else {
        sddc_rules::check(call)?;
    }
    let text = |name: &str| call.body[name].as_str().unwrap_or_default().to_owned();
    let (name, config) = (text("name"), call.body.clone());
    if call.flag("validateOnly") {
        let task = Task {
            id: "00000000-0000-0000-0000-000000000000".into(),
            org: call.param("org").into(),
            task_type: "SDDC-PROVISION".into(),
            params: json!({"sddcConfig": config}),
            started: call.now,
            end: Some(crate::world::End {
                status: "FINISHED".into(),
                at: call.now,
                error: None,
                percent: 100,
            }),
            ..Task::default()
        };
        return Ok(Answer::json(200, &task.document(call.now)));
    }
    let id = call.world.new_id();
    let quick = text("provider") == "ZEROCLOUD";
    let total = match quick {
        true => call.settings.zerocloud_create_seconds,
        false => call.settings.sddc_create_seconds,
    };
    let mut sddc = Sddc {
        id: id.clone(),
        org: call.param("org").into(),
        name: name.clone(),
        state: "DEPLOYING".into(),
        user: call.caller.user.clone(),
        user_name: call.caller.user_name.clone(),
        created: call.now,
        updated: call.now,
        config: config.clone(),
        ..Sddc::default()
    };
    if !quick && sddc.links().is_empty() {
        sddc.link_state = Some("DELAYED".into());
    }
    if sddc_rules::is_single_host(&config) {
        sddc.expires = Some(call.now.plus(seconds(60 * 86400)));
    }
    let task = Task {
        task_type: "SDDC-PROVISION".into(),
        resource_id: id.clone(),
        resource_type: "sddc".into(),
        phases: phases(
            total,
            &[
                ("Validating configuration", 2),
                ("Allocating hosts", 18),
                ("Creating network", 10),
                ("Deploying vCenter Server", 30),
                ("Deploying NSX", 28),
                ("Linking customer VPC", 6),
                ("Finishing", 6),
            ],
        ),
        params: json!({"sddcConfig": config}),
        then: Then::SddcReady,
        ..Task::default()
    };
    let task = tasks::run(call, task);
    sddc.busy = Some(task.clone());
    let template = sddc.text("sddc_template_id", "").to_owned();
    call.world.sddcs.insert(sddc);
    call.world.set_template(&template, "INUSE", call.now);
    call.world.effect(
        call.now,
        "sddc.created",
        json!({"id": id, "name": name, "task": task}),
    );
    tasks::started(call, &task, call.settings.sddc_create_status)
}

pub(crate) fn rename(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id.clone();
    let name = call.body["name"].as_str().unwrap_or_default().to_owned();
    if name.trim().is_empty() {
        return Err(error(call, 400, "The name of an SDDC must not be empty."));
    }
    let now = call.now;
    if let Some(sddc) = call.world.sddcs.get_mut(&id) {
        if sddc.state == "DELETED" {
            return Err(error(call, 400, "The SDDC is deleted."));
        }
        sddc.name.clone_from(&name);
        sddc.touch(now);
    }
    call.world
        .effect(now, "sddc.renamed", json!({"id": id, "name": name}));
    let sddc = find(call)?;
    Call::ok(&document(call, sddc))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    if !call.caller.may_delete {
        return Err(error(
            call,
            403,
            "The caller's role does not allow deletion.",
        ));
    }
    let sddc = find(call)?;
    let (id, name) = (sddc.id.clone(), sddc.name.clone());
    sddc_task::check_idle(call, sddc)?;
    if sddc.state == "DELETED" {
        return Err(error(call, 400, &format!("SDDC {id} is deleted.")));
    }
    if let Some(group) = call.world.group_of(&id) {
        let text = format!(
            "SDDC {id} is a member of SDDC group {} and cannot be deleted; remove it from the \
             group first.",
            group.name
        );
        return Err(error(call, 400, &text));
    }
    if call.flag("force") {
        return Err(error(call, 403, "force is for operators of the service."));
    }
    let keep = call.flag("retain_configuration");
    if call.query("template_name").is_some() && !keep {
        let text = "template_name needs retain_configuration=true.";
        return Err(error(call, 400, text));
    }
    let total = match sddc.text("provider", "AWS") {
        "ZEROCLOUD" => call.settings.zerocloud_delete_seconds,
        _ => call.settings.sddc_delete_seconds,
    };
    let task = Task {
        task_type: "SDDC-DELETE".into(),
        resource_id: id.clone(),
        resource_type: "sddc".into(),
        phases: phases(
            total,
            &[
                ("Powering off", 2),
                ("Deleting hosts", 6),
                ("Deleting network", 2),
            ],
        ),
        params: json!({
            "retain_configuration": keep,
            "template_name": call.query("template_name"),
        }),
        then: Then::SddcDeleted,
        ..Task::default()
    };
    let task = tasks::run(call, task);
    if keep {
        keep_template(call, &id, &name);
    }
    let now = call.now;
    if let Some(sddc) = call.world.sddcs.get_mut(&id) {
        sddc.change("DELETING", now);
        sddc.busy = Some(task.clone());
    }
    call.world.effect(
        now,
        "sddc.deleting",
        json!({"id": id, "name": name, "task": task}),
    );
    tasks::started(call, &task, call.settings.sddc_delete_status)
}

/// What is left of an SDDC that is being deleted: a template, once it is gone.
fn keep_template(call: &mut Call<'_>, sddc: &str, name: &str) {
    let template = Template {
        id: call.world.new_id(),
        org: call.param("org").into(),
        name: call.query("template_name").unwrap_or(name).into(),
        source: sddc.into(),
        user: call.caller.user.clone(),
        user_name: call.caller.user_name.clone(),
        created: call.now,
        ..Template::default()
    };
    let id = template.id.clone();
    call.world.templates.insert(template);
    call.world.set_template(&id, "INITIALIZATION", call.now);
}

/// The SDDC of the path.
pub(crate) fn find<'a>(call: &'a Call<'_>) -> Result<&'a Sddc, Answer> {
    // Add-on paths have another name for it.
    let id = match call.param("sddc") {
        "" => call.param("sddcId"),
        id => id,
    };
    find_by_id(call, id)
}

pub(crate) fn find_by_id<'a>(call: &'a Call<'_>, id: &str) -> Result<&'a Sddc, Answer> {
    match call
        .world
        .sddcs
        .get(id)
        .filter(|sddc| sddc.org == call.param("org"))
    {
        Some(sddc) => Ok(sddc),
        None => Err(error(
            call,
            404,
            &format!("Cannot find the SDDC with identifier {id}."),
        )),
    }
}
