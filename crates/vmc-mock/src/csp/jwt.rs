//! Access tokens in the shape of CSP's: three parts, RS256 in the header, the usual claims. The
//! signature is not one: it is made of hashes, and no key verifies it.

use crate::world::{AccessToken, Role};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The token for `row`, whose value is not set yet.
pub(crate) fn make(row: &AccessToken, expires: i64, kind: &str) -> String {
    let org = row.orgs.first().map_or("", String::as_str);
    let mut perms = vec!["csp:org_owner", "csp:org_member"];
    match row.role {
        Role::Administrator => perms.push("external/vmc-mock/vmc-user:full"),
        Role::DeleteRestricted => perms.push("external/vmc-mock/vmc-user:full-no-delete"),
        Role::None => perms = vec!["csp:org_member"],
    }
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "vmc-mock-not-a-key"});
    let (acct, domain) = row.username.split_once('@').unwrap_or((&row.username, ""));
    let claims = json!({
        "sub": row.user,
        "iss": "https://gaz.csp-vidm-prod.com",
        "azp": "csp_prd_gaz_internal_client_id",
        "iat": row.issued.unix(),
        "exp": expires,
        "jti": format!("{kind}-{}", row.number),
        "acct": row.username,
        "domain": domain,
        "username": acct,
        "context": format!("vmc-mock-context-{}", row.number),
        "context_name": org,
        "perms": perms,
        "token_type": kind,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let mut signature = Vec::with_capacity(256);
    for block in 0_u8..8 {
        signature.extend_from_slice(&Sha256::digest([signed.as_bytes(), &[block]].concat()));
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
