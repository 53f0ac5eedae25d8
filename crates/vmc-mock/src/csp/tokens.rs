//! Exchanging an API token or a client's credentials for an access token.

use super::{
    error::{error, mask},
    jwt,
};
use crate::{
    answer::Outcome,
    handler::Call,
    world::{AccessToken, ApiToken, Role},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::Duration;

/// `POST api-tokens/authorize`: the token may stand in the form or in the query, under its new
/// name or its old one, with or without `grant_type`.
pub(crate) fn authorize(call: &mut Call<'_>) -> Outcome {
    let mut found: Option<(String, &str)> = None;
    for (name, allowed) in [
        ("api_token", true),
        ("refresh_token", call.settings.refresh_token_name),
    ] {
        let in_form = call.form(name).map(|token| (token, "api-token:form"));
        let in_query = call.query(name).map(|token| (token, "api-token:query"));
        for (token, place) in in_form.into_iter().chain(in_query) {
            if !allowed {
                return Err(error(
                    call,
                    400,
                    "The parameter refresh_token is not accepted.",
                ));
            }
            if place == "api-token:query" && !call.settings.api_token_in_query {
                return Err(error(
                    call,
                    400,
                    "The API token is not accepted in the query.",
                ));
            }
            found.get_or_insert((token.to_owned(), place));
        }
    }
    let Some((token, place)) = found else {
        return Err(error(
            call,
            400,
            "Required parameter 'api_token' is missing.",
        ));
    };
    call.auth = Some(place.into());
    let now = call.now;
    let usable =
        |row: &ApiToken| !row.revoked && !row.deactivated && row.expires.is_none_or(|at| at > now);
    let Some(row) = call
        .world
        .api_tokens
        .get_mut(&token)
        .filter(|row| usable(row))
    else {
        let text = format!("invalid_grant: Invalid refresh token: {}", mask(&token));
        return Err(error(call, 400, &text));
    };
    row.last_used = Some(now);
    let access = AccessToken {
        orgs: row.orgs.clone(),
        user: crate::world::USER_ID.into(),
        username: row.username.clone(),
        role: row.role,
        api_token: Some(token.clone()),
        ..AccessToken::default()
    };
    let mut document = issue(call, access, "api-token");
    document["refresh_token"] = json!(token);
    Call::ok(&document)
}

/// `POST auth/authorize` and `auth/token`: credentials by Basic or in the form; those in the form
/// do not count when there is an `Authorization` header.
pub(crate) fn client_credentials(call: &mut Call<'_>) -> Outcome {
    let (id, secret, place) = match call.header("authorization") {
        Some(header) => {
            let (id, secret) = basic(header).ok_or_else(|| {
                error(call, 401, "invalid_client: unreadable Authorization header")
            })?;
            (id, secret, "client:basic")
        }
        None => {
            let text = |name: &str| call.form(name).unwrap_or_default().to_owned();
            (text("client_id"), text("client_secret"), "client:form")
        }
    };
    call.auth = Some(place.into());
    if call.form("grant_type") != Some("client_credentials") {
        return Err(error(call, 400, "unsupported_grant_type"));
    }
    let Some(app) = call
        .world
        .oauth_apps
        .get(&id)
        .filter(|app| app.secret == secret)
    else {
        return Err(error(call, 401, "invalid_client: Bad client credentials"));
    };
    let mut orgs = app.orgs.clone();
    if let Some(org) = call.form("orgId") {
        if !orgs.iter().any(|known| known == org) {
            return Err(error(
                call,
                400,
                "invalid_request: the client has no role in that organization",
            ));
        }
        orgs = vec![org.to_owned()];
    }
    let access = AccessToken {
        orgs,
        user: id.clone(),
        username: id,
        role: app.role,
        ..AccessToken::default()
    };
    let document = issue(call, access, "client-credentials");
    Call::ok(&document)
}

fn issue(call: &mut Call<'_>, mut row: AccessToken, grant: &str) -> Value {
    let lifetime = call.settings.access_token_seconds;
    call.world.tokens_issued += 1;
    row.number = call.world.tokens_issued;
    row.issued = call.now;
    row.expires = call.now.plus(call.client_time(lifetime));
    let expires = call.now.plus(Duration::from_secs(lifetime)).unix();
    let id_token = jwt::make(&row, expires, "id");
    row.value = jwt::make(&row, expires, "access");
    let document = json!({
        "id_token": id_token,
        "token_type": "bearer",
        "expires_in": lifetime,
        "scope": match row.role { Role::None => "openid", _ => "openid group_ids group_names" },
        "access_token": row.value,
    });
    let details = json!({"kind": grant, "number": row.number, "org": row.orgs.first()});
    // Nobody asks for dead tokens; do not collect them for ever.
    if call.world.access_tokens.len() >= 10_000 {
        let now = call.now;
        call.world.access_tokens.retain(|row| row.expires > now);
    }
    call.world.access_tokens.insert(row);
    call.world.effect(call.now, "token.issued", details);
    document
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    // RFC 6749 wants both form-encoded before Basic; plain ones decode to themselves.
    let decode = |part: &str| {
        percent_encoding::percent_decode_str(part)
            .decode_utf8()
            .ok()
            .map(std::borrow::Cow::into_owned)
    };
    Some((decode(id)?, decode(secret)?))
}
