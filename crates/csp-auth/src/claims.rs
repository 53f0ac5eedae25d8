//! What an access token says about itself.

use std::fmt;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use vmc_http::redact::printable;

const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The claims of a CSP access token (a JWT, RFC 7519).
///
/// Nothing is verified, neither signature nor time: good for display, never
/// for a decision. Whatever is absent or of an unexpected kind is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// Organization the token is for (`context_name`).
    pub org: Option<String>,
    /// Login name of the user (`username`, else `acct`).
    pub username: Option<String>,
    /// Domain of the user's identity provider (`domain`).
    pub domain: Option<String>,
    /// Who the token speaks for (`sub`).
    pub subject: Option<String>,
    /// Who made the token (`iss`).
    pub issuer: Option<String>,
    /// OAuth app the token was made through (`azp`).
    pub app: Option<String>,
    /// Roles and permissions (`perms`), as the service writes them.
    pub roles: Vec<String>,
    /// Time of issue by CSP's clock (`iat`).
    pub issued_at: Option<OffsetDateTime>,
    /// End by CSP's clock (`exp`).
    pub expires_at: Option<OffsetDateTime>,
}

/// Text that is not a readable JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAJwt;

impl fmt::Display for NotAJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token is not a readable JWT")
    }
}

impl std::error::Error for NotAJwt {}

impl Claims {
    /// Reads the claims of `token`.
    ///
    /// # Errors
    /// [`NotAJwt`] when there are no three parts, or the second is not a JSON
    /// object in base64url.
    pub fn read(token: &str) -> Result<Self, NotAJwt> {
        let mut parts = token.split('.');
        let (Some(_), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAJwt);
        };
        let json = BASE64URL.decode(payload).map_err(|_| NotAJwt)?;
        let claims: Map<String, Value> = serde_json::from_slice(&json).map_err(|_| NotAJwt)?;
        let word = |name: &str| {
            let text = printable(claims.get(name)?.as_str()?, 200);
            (!text.is_empty()).then_some(text)
        };
        let moment = |name: &str| {
            let value = claims.get(name)?;
            // NumericDate may have a fraction (RFC 7519 §2).
            let seconds = value.as_i64().or_else(|| Some(value.as_f64()? as i64))?;
            OffsetDateTime::from_unix_timestamp(seconds).ok()
        };
        let roles = claims.get("perms").and_then(Value::as_array);
        Ok(Self {
            org: word("context_name"),
            username: word("username").or_else(|| word("acct")),
            domain: word("domain"),
            subject: word("sub"),
            issuer: word("iss"),
            app: word("azp"),
            roles: roles
                .into_iter()
                .flatten()
                .filter_map(|role| Some(printable(role.as_str()?, 200)))
                .collect(),
            issued_at: moment("iat"),
            expires_at: moment("exp"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::jwt;
    use serde_json::json;

    #[test]
    fn the_claims_of_csp_are_read() {
        let token = jwt(&json!({
            "sub": "vmware.com:1", "iss": "https://gaz.csp-vidm-prod.com", "iat": 1_577_985_083, "exp": 1_577_986_882.0,
            "azp": "app", "acct": "ann@x", "domain": "x", "context": "c", "context_name": "org-1",
            "perms": ["csp:org_owner", 7, "external/d/vmc-user:full"]
        }));
        let claims = Claims::read(&token).unwrap();
        assert_eq!(claims.org.as_deref(), Some("org-1"));
        assert_eq!(claims.username.as_deref(), Some("ann@x"));
        assert_eq!(claims.roles, ["csp:org_owner", "external/d/vmc-user:full"]);
        let life = claims.expires_at.unwrap() - claims.issued_at.unwrap();
        assert_eq!(life.whole_seconds(), 1799);
    }

    #[test]
    fn odd_claims_are_none() {
        let token = jwt(&json!({
            "exp": i64::MAX, "iat": "soon", "perms": {"a": 1}, "context_name": null, "username": "\u{202e}"
        }));
        assert_eq!(Claims::read(&token).unwrap(), Claims::default());
    }

    #[test]
    fn other_text_is_not_a_jwt() {
        let deep = format!("a.{}.c", BASE64URL.encode("[".repeat(100_000)));
        for text in [
            "",
            "..",
            "a.b.c",
            "a.e30",
            "a.e30.c.d",
            "a.bnVsbA.c",
            "ä.ö.ü",
            &deep,
        ] {
            assert_eq!(Claims::read(text), Err(NotAJwt), "{text:.20}");
        }
    }
}
