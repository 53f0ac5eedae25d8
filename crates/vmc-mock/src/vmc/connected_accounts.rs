//! Linked AWS accounts: list, unlink.

use crate::{
    answer::{Answer, Outcome},
    aws::template::EXTERNAL_ID,
    handler::Call,
    vmc::error,
    world::ConnectedAccount,
};
use serde_json::{Value, json};

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    // Provider ZEROCLOUD has no accounts to link.
    let wanted = call
        .query("provider")
        .is_none_or(|provider| provider == "AWS");
    let found: Vec<Value> = call
        .world
        .connected_accounts
        .iter()
        .filter(|row| wanted && row.org == call.param("org"))
        .filter(|row| row.state != "DELETED" || call.settings.list_deleted_accounts)
        .map(document)
        .collect();
    Call::ok(&json!(found))
}

pub(crate) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.param("linkedAccountPathId").to_owned();
    let refused = "An invalid connected account ID was specified, or the connection still has \
                   SDDCs active on it.";
    if !call.caller.may_delete {
        return Err(error(
            call,
            403,
            "The caller's role does not allow deletion.",
        ));
    }
    if find(call, &id).is_err() {
        return Err(error(call, 400, refused));
    }
    let used = |row: &&mut crate::world::SddcConnection| row.account == id && row.state == "ACTIVE";
    let planned = call.world.sddcs.iter().any(|sddc| {
        sddc.state == "DEPLOYING" && sddc.links().iter().any(|(account, _)| *account == id)
    });
    let active = call
        .world
        .connections
        .iter()
        .any(|row| row.account == id && row.state == "ACTIVE");
    if (planned || active) && !call.flag("forceEvenWhenSddcPresent") {
        return Err(error(call, 400, refused));
    }
    call.world
        .connections
        .iter_mut()
        .filter(used)
        .for_each(|row| row.state = "BROKEN".into());
    let now = call.now;
    let Some(account) = call.world.connected_accounts.get_mut(&id) else {
        return Err(error(call, 400, refused));
    };
    account.change("DELETED", now);
    let (answer, number) = (document(account), account.number.clone());
    let details = json!({"id": id, "account_number": number});
    call.world.effect(now, "connected_account.deleted", details);
    Call::ok(&answer)
}

/// A connected account of the organization in the path that is not deleted, by UUID.
pub(crate) fn find<'a>(call: &'a Call<'_>, id: &str) -> Result<&'a ConnectedAccount, Answer> {
    call.world
        .connected_accounts
        .get(id)
        .filter(|row| row.org == call.param("org") && row.state != "DELETED")
        .ok_or_else(|| error(call, 400, &format!("No connected account with id '{id}'.")))
}

fn document(row: &ConnectedAccount) -> Value {
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
        "state": row.state,
        "account_number": row.number,
        "policy_payer_arn": row.role,
        "policy_payer_linked_arn": row.payer_role,
        "policy_service_arn": row.service_role,
        "policy_external_id": EXTERNAL_ID,
        "cf_stack_name": row.stack_name,
        "region_to_az_to_shadow_mapping": row.zones,
        "region_to_datacenter_to_az_mapping": null,
    })
}
