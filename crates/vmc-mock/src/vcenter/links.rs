//! Links: list, look at, make, undo.

use super::{
    error, here, here_mut, link_rules, ok,
    session::{Denied, check_password},
};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::{Flavour, SyncProvider, VCenterLink, World},
};
use serde_json::{Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let links = here(call)?.links.iter();
    let links: Vec<Value> = links
        .map(|link| json!({"link": link.id, "display_name": link.domain}))
        .collect();
    ok(call, json!(links))
}

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let link = the_link(call)?;
    let info = match problem(call.world, &link) {
        None => json!({"connection_health_status": "HEALTHY"}),
        Some(text) => json!({
            "connection_health_status": "UNHEALTHY",
            "health_status_message": error::message_of("UNHEALTHY", &text),
        }),
    };
    ok(call, info)
}

/// What is wrong with a link. (guess) that a new certificate at the other end breaks it.
fn problem(world: &World, link: &VCenterLink) -> Option<String> {
    if link.unhealthy.is_some() {
        return link.unhealthy.clone();
    }
    match world.vcenters.get(&link.peer) {
        None => Some(format!("{} cannot be reached.", link.domain)),
        Some(peer) if peer.certificate_number != link.certificate_number => {
            Some(format!("The certificate of {} has changed.", link.domain))
        }
        Some(_) => None,
    }
}

pub(crate) fn create(call: &mut Call<'_>) -> Outcome {
    let checked = link_rules::check(call)?;
    let id = call.world.new_id();
    let at = call.now;
    let vcenter = here_mut(call)?;
    let half_made = vcenter.half_made.take();
    vcenter.links.insert(VCenterLink {
        id: id.clone(),
        peer: checked.peer.clone(),
        domain: checked.domain.clone(),
        certificate_number: checked.certificate_number,
        unhealthy: half_made.clone(),
        providers: PROVIDERS.into_iter().map(provider).collect(),
        created: at,
    });
    for group in checked.groups {
        if !vcenter.administrators.contains(&group) {
            vcenter.administrators.push(group);
        }
    }
    let details = json!({
        "vcenter": call.param("vcenter"), "link": id, "peer": checked.peer,
        "domain": checked.domain,
    });
    let effect = match half_made {
        None => "hlm.linked",
        Some(_) => "hlm.half_linked",
    };
    call.world.effect(at, effect, details);
    match half_made {
        None => ok(call, json!(id)),
        Some(text) => Err(error(call, "ERROR", &text)),
    }
}

/// What the documentation says is copied, in names of our own.
const PROVIDERS: [&str; 3] = ["tagging", "certificates", "lookup-service"];

fn provider(id: &str) -> SyncProvider {
    SyncProvider {
        id: id.into(),
        ..SyncProvider::default()
    }
}

/// Unlinking from a gateway.
pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    let link = the_link(call)?;
    if here(call)?.flavour == Flavour::Cloud {
        let text = "Unlinking from this vCenter needs the credentials of the linked domain.";
        return Err(error(call, "ERROR", text));
    }
    remove(call, &link)
}

/// Unlinking from the vCenter of an SDDC.
pub(crate) fn delete_with_credentials(call: &mut Call<'_>) -> Outcome {
    let link = the_link(call)?;
    check_credentials(call, &link, call.settings.vcenter_unlink_needs_credentials)?;
    remove(call, &link)
}

/// Whether the credentials in the body, if there are some, are right at the other end.
pub(super) fn check_credentials(
    call: &mut Call<'_>,
    link: &VCenterLink,
    required: bool,
) -> Result<(), Answer> {
    let given = call.body["credentials"].clone();
    if given.is_null() {
        let text = "The credentials of the linked domain are required.";
        return match required {
            true => Err(error(call, "INVALID_ARGUMENT", text)),
            false => Ok(()),
        };
    }
    let word = |name: &str| given[name].as_str().unwrap_or_default().to_owned();
    let denied = check_password(call, &link.peer, &word("user_name"), &word("password"));
    match denied {
        Ok(_) => Ok(()),
        Err(denied) => Err(error(call, "UNAUTHORIZED", denied_text(denied))),
    }
}

pub(super) fn denied_text(denied: Denied) -> &'static str {
    match denied {
        Denied::Unknown => "The user name or the password of the linked domain is wrong.",
        Denied::Locked => "The user of the linked domain is locked.",
    }
}

/// The administrator groups stay.
fn remove(call: &mut Call<'_>, link: &VCenterLink) -> Outcome {
    here_mut(call)?.links.retain(|row| row.id != link.id);
    let details = json!({
        "vcenter": call.param("vcenter"), "link": link.id, "peer": link.peer,
        "domain": link.domain,
    });
    call.world.effect(call.now, "hlm.unlinked", details);
    ok(call, Value::Null)
}

/// The link in the path.
pub(super) fn the_link(call: &Call<'_>) -> Result<VCenterLink, Answer> {
    let id = call.param("link");
    let found = here(call)?.links.get(id).cloned();
    found.ok_or_else(|| error(call, "NOT_FOUND", &format!("There is no link {id}.")))
}
