//! The caller's organizations.

use super::error::error;
use crate::{
    answer::{Answer, Outcome},
    handler::{Call, Caller},
};
use serde_json::{Value, json};

/// Bearer is documented; `csp-auth-token` works too.
pub(crate) fn authenticate(call: &mut Call<'_>) -> Result<(), Answer> {
    let bearer = call
        .header("authorization")
        .and_then(|text| text.strip_prefix("Bearer "));
    let token = bearer
        .or_else(|| call.header("csp-auth-token"))
        .unwrap_or_default()
        .trim();
    let row = call.world.access_tokens.get(token).cloned();
    let row = row.filter(|row| call.world.accepts(row, call.now));
    let Some(row) = row else {
        return Err(error(call, 401, "Invalid access token."));
    };
    call.auth = Some(format!("bearer#{}", row.number));
    call.caller = Caller {
        user: row.user,
        user_name: row.username,
        orgs: row.orgs,
        may_delete: false,
    };
    Ok(())
}

pub(crate) fn list(call: &mut Call<'_>) -> Outcome {
    let (links, items) = all(call);
    Call::ok(&json!({"refLinks": links, "items": items}))
}

pub(crate) fn page(call: &mut Call<'_>) -> Outcome {
    let (links, items) = all(call);
    let number = |name: &str, default: usize| {
        call.query(name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
            .max(1)
    };
    let (start, limit) = (number("pageStart", 1), number("pageLimit", 15));
    let part = |all: &[Value]| {
        all.iter()
            .skip(start - 1)
            .take(limit)
            .cloned()
            .collect::<Vec<Value>>()
    };
    Call::ok(&json!({
        "refLinks": part(&links),
        "items": part(&items),
        "results": part(&items),
        "totalResults": items.len(),
    }))
}

fn all(call: &Call<'_>) -> (Vec<Value>, Vec<Value>) {
    let mut links = Vec::new();
    let mut items = Vec::new();
    for org in call
        .caller
        .orgs
        .iter()
        .filter_map(|id| call.world.orgs.get(id))
    {
        let link = format!("/csp/gateway/am/api/orgs/{}", org.id);
        links.push(json!(link));
        items.push(json!({
            "refLink": link,
            "id": org.id,
            "name": org.name,
            "displayName": org.display_name,
        }));
    }
    (links, items)
}
