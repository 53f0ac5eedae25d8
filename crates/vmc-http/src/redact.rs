//! What may be shown of what a server or a user sent.

use serde_json::Value;

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// At most `limit` characters of `text`, on one line, without control and
/// invisible formatting characters: server text must not drive a terminal.
pub fn printable(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut shown = 0;
    for word in text.split_whitespace() {
        if shown > 0 {
            out.push(' ');
        }
        for c in word.chars().filter(|c| !is_control(*c)) {
            if shown >= limit {
                out.push('…');
                return out;
            }
            out.push(c);
            shown += 1;
        }
    }
    out.trim().to_owned()
}

/// C0, C1, and the Unicode marks that reorder or hide text.
pub fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// How the names of secrets end, in small letters and without separators.
const SECRET_ENDINGS: &[&str] = &[
    "accesskey",
    "apikey",
    "authorization",
    "credential",
    "keymaterial",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "privatekeypem",
    "pwd",
    "secret",
    "sessionid",
    "token",
    "tokenvalue",
];

/// Whether a JSON field or form parameter of this name holds a secret.
///
/// Decided by the name's end, so that `cloud_password`, `accessToken` and
/// `client_secrets` are hidden wherever a service puts them, while
/// `token_type` and `tokenId` stay readable.
pub fn is_secret_name(name: &str) -> bool {
    let flat: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let singular = flat.strip_suffix('s').unwrap_or(&flat);
    SECRET_ENDINGS
        .iter()
        .any(|end| flat.ends_with(end) || singular.ends_with(end))
}

/// Replaces every secret in a JSON document, at any depth. Below a secret
/// name all text and numbers are replaced; flags and `null` tell nothing.
pub fn redact_json(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                if is_secret_name(name) {
                    redact_all(value);
                } else {
                    redact_json(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact_json),
        _ => {}
    }
}

fn redact_all(value: &mut Value) {
    match value {
        Value::String(_) | Value::Number(_) => *value = Value::String(REDACTED.to_owned()),
        Value::Object(map) => map.values_mut().for_each(redact_all),
        Value::Array(items) => items.iter_mut().for_each(redact_all),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn server_text_cannot_drive_a_terminal() {
        assert_eq!(
            printable("a\x1b[31mb\u{202e}c\r\n d\u{9b}", 80),
            "a[31mbc d"
        );
        assert_eq!(printable(&"x".repeat(10), 4), "xxxx…");
        assert_eq!(printable(" \n ", 4), "");
    }

    #[test]
    fn secrets_are_found_by_name_at_any_depth() {
        let mut value = json!({
            "token_type": "bearer", "expires_in": 5, "access_token": "a", "refreshToken": "b",
            "resource_config": {"cloud_password": "c", "cloud_username": "u", "nsx_cloud_admin_password": null},
            "list": [{"client_secret": "d"}, {"key_material": "e"}], "tokenId": "t",
            "passwords": ["f"], "hash_secret": {"value": "g"}, "SecretAccessKey": "h", "csp-auth-token": "i"
        });
        redact_json(&mut value);
        let text = value.to_string();
        for secret in ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map(|s| format!("\"{s}\"")) {
            assert!(!text.contains(&secret), "{text}");
        }
        for kept in ["bearer", "\"u\"", "\"t\"", "null"] {
            assert!(text.contains(kept), "{text}");
        }
    }
}
