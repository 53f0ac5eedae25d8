//! SDDC groups: list, get, members.

use super::error;
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::SddcGroup,
};
use serde_json::{Value, json};

/// How many groups a page has, unless something else is asked for. (guess)
const PAGE: usize = 20;

/// Pages are counted from 0.
pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    if call.query("sort").is_some() {
        return Err(error(call, 400, "vmc-mock: sort is not simulated"));
    }
    let deleted = call.flag("include_deleted_resources");
    let groups = call.world.groups.iter();
    let groups = groups.filter(|group| group.org == call.param("orgId"));
    let all: Vec<&SddcGroup> = groups.filter(|group| deleted || !group.deleted).collect();
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<usize>().ok());
    let (page, size) = (
        number("page").unwrap_or(0),
        number("size").unwrap_or(PAGE).max(1),
    );
    let shown = all.iter().skip(page.saturating_mul(size)).take(size);
    let content: Vec<Value> = shown.map(|group| document(group)).collect();
    let pages = all.len().div_ceil(size);
    Call::ok(&json!({
        "number_of_elements": content.len(),
        "content": content,
        "pageable": null,
        "first": page == 0,
        "last": page + 1 >= pages,
        "total_pages": pages,
        "total_elements": all.len(),
        "size": size,
        "number": page,
    }))
}

/// Deleted groups are hidden, not gone: this still answers 200.
pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let group = find(call)?;
    Call::ok(&document(group))
}

pub(crate) fn members(call: &mut Call<'_>) -> Outcome {
    let group = find(call)?;
    Call::ok(&members_of(group))
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a SddcGroup, Answer> {
    let id = call.param("deploymentGroupId");
    let group = call.world.groups.get(id);
    let group = group.filter(|group| group.org == call.param("orgId"));
    group.ok_or_else(|| error(call, 404, &format!("No SDDC group with id '{id}'.")))
}

fn members_of(group: &SddcGroup) -> Value {
    let members = group.members.iter();
    members.map(|id| json!({"deployment_id": id})).collect()
}

fn document(group: &SddcGroup) -> Value {
    let creator = json!({
        "user_id": group.user,
        "user_name": group.user_name,
        "client_id": null,
        "timestamp": group.created,
    });
    json!({
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "org_id": group.org,
        "deleted": group.deleted,
        "membership": {"included": members_of(group), "excluded": []},
        "creator": creator,
        "updater": creator,
        "state": {
            "phase": if group.deleted { "DELETED" } else { "READY" },
            "display_name": if group.deleted { "Deleted" } else { "Ready" },
        },
        "tags": {},
        "properties": {},
        "resource_version": 1,
    })
}
