//! SDDC templates: list, get, delete; the one an SDDC was made from.

use super::{error, sddc_document, sddcs, tasks};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::{Kept, Template, Then},
};
use serde_json::{Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let rows = call.world.templates.iter();
    let rows = rows.filter(|row| row.org == call.param("org") && row.state != "DELETED");
    let found: Vec<Value> = rows.map(|row| document(call, row)).collect();
    Call::ok(&json!(found))
}

/// Like SDDCs, deleted templates are hidden and not gone.
pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let template = find(call, call.param("templateId"))?;
    Call::ok(&document(call, template))
}

pub(crate) fn of_sddc(call: &mut Call<'_>) -> Outcome {
    let sddc = sddcs::find(call)?;
    let id = sddc.text("sddc_template_id", "");
    if id.is_empty() {
        let text = format!("SDDC {} was not made from a template.", sddc.id);
        return Err(error(call, 404, &text));
    }
    let template = find(call, id)?;
    Call::ok(&document(call, template))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    if !call.caller.may_delete {
        let text = "The caller's role does not allow deletion.";
        return Err(error(call, 403, text));
    }
    let template = find(call, call.param("templateId"))?;
    let (id, before) = (template.id.clone(), template.state.clone());
    if ["INITIALIZATION", "INUSE", "DELETING", "DELETED"].contains(&before.as_str()) {
        let text = format!("Template {id} is {before}.");
        return Err(error(call, 400, &text));
    }
    call.world.set_template(&id, "DELETING", call.now);
    let then = Then::State {
        of: Kept::Template,
        id: id.clone(),
        done: "DELETED".into(),
        failed: before,
    };
    let resource = ("sddc-template", id.as_str());
    tasks::short(call, resource, "SDDC-TEMPLATE-DELETE", json!({}), then)
}

/// Refuses a template that a new SDDC cannot be made from.
pub(crate) fn check(call: &Call<'_>, id: &str) -> Result<(), Answer> {
    match find(call, id) {
        Ok(template) if ["AVAILABLE", "APPLIED"].contains(&template.state.as_str()) => Ok(()),
        Ok(template) => {
            let text = format!("SDDC template {id} is {}.", template.state);
            Err(error(call, 400, &text))
        }
        Err(_) => {
            let text = format!("Cannot find the SDDC template with identifier {id}.");
            Err(error(call, 400, &text))
        }
    }
}

fn find<'a>(call: &'a Call<'_>, id: &str) -> Result<&'a Template, Answer> {
    call.world
        .templates
        .get(id)
        .filter(|row| row.org == call.param("org"))
        .ok_or_else(|| {
            let text = format!("Cannot find the SDDC template with identifier {id}.");
            error(call, 404, &text)
        })
}

fn document(call: &Call<'_>, row: &Template) -> Value {
    let source = call.world.sddcs.get(&row.source);
    json!({
        "id": row.id,
        "version": row.version,
        "created": row.created,
        "updated": row.updated,
        "user_id": row.user,
        "user_name": row.user_name,
        "updated_by_user_id": row.user,
        "updated_by_user_name": row.user_name,
        "org_id": row.org,
        "name": row.name,
        "state": row.state,
        "source_sddc_id": row.source,
        "sddc": source.map(|sddc| sddc_document::configuration(call, sddc)),
        "account_link_sddc_configs": source.map(|sddc| &sddc.config["account_link_sddc_config"]),
        "network_template": {
            "management_gateway_templates": [],
            "compute_gateway_templates": [],
        },
    })
}
