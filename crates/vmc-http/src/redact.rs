//! What may be shown of what a server or a user sent.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// At most `limit` characters of `text`, on one line, without control and
/// invisible formatting characters, and without what looks like a token or a
/// signature: server text must neither drive a terminal nor give away a secret.
pub fn printable(text: &str, limit: usize) -> String {
    let text = &hide_tokens(text);
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

/// Parameters of a signed URL that are as good as a password while it lives.
const SIGNATURES: &[&str] = &[
    "x-amz-signature",
    "x-amz-security-token",
    "x-amz-credential",
    "awsaccesskeyid",
    "signature",
];

/// Replaces JSON web tokens and the signatures of URLs, plain or encoded.
fn hide_tokens(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    if !text.contains("eyJ") && !SIGNATURES.iter().any(|name| lower.contains(name)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    while rest < text.len() {
        if let Some(secret) = secret_at(text, &lower, rest) {
            out.push_str(&text[rest..secret.start]);
            out.push_str(REDACTED);
            rest = secret.end;
            continue;
        }
        let step = text[rest..].chars().next().map_or(1, char::len_utf8);
        out.push_str(&text[rest..rest + step]);
        rest += step;
    }
    Cow::Owned(out)
}

/// The secret whose beginning, or whose parameter's name, stands at `at`.
fn secret_at(text: &str, lower: &str, at: usize) -> Option<Range<usize>> {
    let run = |from: usize, part: fn(u8) -> bool| {
        let length = text.as_bytes()[from..]
            .iter()
            .take_while(|b| part(**b))
            .count();
        from + length
    };
    if text[at..].starts_with("eyJ") {
        let end = run(at, |b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        // Shorter ones are words.
        return (end - at >= 16).then_some(at..end);
    }
    let name = SIGNATURES
        .iter()
        .find(|name| lower[at..].starts_with(**name))?;
    let after = at + name.len();
    let value = ["=", "%3d"]
        .iter()
        .find(|sign| lower[after..].starts_with(**sign))
        .map(|sign| after + sign.len())?;
    let end = run(value, |b| {
        b.is_ascii_alphanumeric() || b"-_.~/+=%".contains(&b)
    });
    // In a URL inside of a URL the next parameter begins after an encoded &.
    let end = lower[value..end].find("%26").map_or(end, |and| value + and);
    (end > value).then_some(value..end)
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
    // A template's address, and the page that runs it: whoever knows it can use it.
    "executionurl",
    "keymaterial",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "presharedkey",
    "privatekey",
    "privatekeypem",
    "pwd",
    "secret",
    "sessionid",
    "templateurl",
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
    fn tokens_and_signatures_are_hidden_wherever_they_stand() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-_";
        let shown = printable(&format!("token {token}, bad"), 200);
        assert_eq!(shown, "token [redacted], bad");
        for url in [
            "https://s3/x?X-Amz-Credential=AKIA%2Fcanary%2Fus&a=1&X-Amz-Signature=canary&b=2",
            "https://c/#?templateURL=https%3A%2F%2Fs3%2Fx%3FX-Amz-Signature%3Dcanary%26b%3D2",
            "https://s3/x?AWSAccessKeyId=canary&Signature=canary",
        ] {
            let shown = printable(url, 300);
            assert!(!shown.contains("canary"), "{shown}");
            assert!(shown.contains("s3"), "{shown}");
        }
        for plain in [
            "the eyJ prefix",
            "no signature there",
            "Signature = x",
            "é eyJé",
        ] {
            assert_eq!(printable(plain, 80), plain);
        }
    }

    #[test]
    fn secrets_are_found_by_name_at_any_depth() {
        let mut value = json!({
            "token_type": "bearer", "expires_in": 5, "access_token": "a", "refreshToken": "b",
            "resource_config": {"cloud_password": "c", "cloud_username": "u", "nsx_cloud_admin_password": null},
            "list": [{"client_secret": "d"}, {"key_material": "e"}], "tokenId": "t",
            "passwords": ["f"], "hash_secret": {"value": "g"}, "SecretAccessKey": "h", "csp-auth-token": "i",
            "pre_shared_key": "j"
        });
        redact_json(&mut value);
        let text = value.to_string();
        for secret in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map(|s| format!("\"{s}\""))
        {
            assert!(!text.contains(&secret), "{text}");
        }
        for kept in ["bearer", "\"u\"", "\"t\"", "null"] {
            assert!(text.contains(kept), "{text}");
        }
    }
}
