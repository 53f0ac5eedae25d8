//! Details of an API token.

use super::error::{error, mask};
use crate::{answer::Outcome, clock::Time, handler::Call};
use serde_json::json;

pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let value = call.body["tokenValue"].as_str().unwrap_or_default();
    let now = call.now;
    let found = call.world.api_tokens.get(value);
    let Some(row) =
        found.filter(|row| !row.revoked && row.expires.is_none_or(|expires| expires > now))
    else {
        let text = format!("invalid_grant: Invalid refresh token: {}", mask(value));
        return Err(error(call, 400, &text));
    };
    let scale = if call.settings.csp_details_in_seconds {
        1
    } else {
        1000
    };
    let time = |at: Time| at.unix() * scale;
    let (acct, domain) = row.username.split_once('@').unwrap_or((&row.username, ""));
    Call::ok(&json!({
        // Not the value: an id that can be shown.
        "tokenId": format!("vmc-mock-{}", row.name),
        "tokenName": row.name,
        "orgId": row.orgs.first(),
        "userId": crate::world::USER_ID,
        "username": acct,
        "acct": row.username,
        "domain": domain,
        "idpId": domain,
        "firstName": "Simulated",
        "lastName": "Admin",
        "createdAt": time(row.created),
        "lastUsedAt": row.last_used.map(time),
        "expiresAt": row.expires.map(time),
        "deactivated": row.deactivated,
        "scope": ["ALL_PERMISSIONS"],
        "allowedScopes": {
            "generalScopes": ["openid"],
            "organizationScopes": {
                "allPermissions": false,
                "allRoles": false,
                "keptInToken": false,
                "permissions": [],
                "roles": [{"name": "org_owner", "resource": null}],
            },
            "servicesScopes": [{
                "serviceDefinitionId": "vmc-mock",
                "allPermissions": false,
                "allRoles": false,
                "keptInToken": false,
                "permissions": [],
                "roles": [{"name": "vmc-user:full", "resource": null}],
            }],
        },
    }))
}
