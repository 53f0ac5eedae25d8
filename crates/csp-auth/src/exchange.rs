//! The token calls of CSP as operations, and what they answer.

use std::time::Duration;

use http::{HeaderMap, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use vmc_http::{Answer, Body, DecodeError, EncodeError, Operation, Replay, Target};

use crate::claims::Claims;
use crate::details::TokenDetails;
use crate::grant::{ApiToken, OAuthApp};
use crate::token::AccessToken;

// All token calls are `Safe`: each arrival hands out one more short-lived
// token, or reads, and leaves the API token or app as it is. There is nothing
// to find out or to undo after a lost answer.

/// Exchanges an API token for an access token
/// (`POST /csp/gateway/am/api/auth/api-tokens/authorize`).
#[derive(Debug, Clone)]
pub struct AuthorizeApiToken {
    /// The API token.
    pub token: ApiToken,
    /// Sends it as `refresh_token`, the parameter's older name.
    pub old_name: bool,
}

impl Operation for AuthorizeApiToken {
    const NAME: &'static str = "csp.authorize";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/csp/gateway/am/api/auth/api-tokens/authorize";
    const REPLAY: Replay = Replay::Safe;
    const QUERY: &'static [&'static str] = &[];
    type Output = AccessToken;

    fn target(&self) -> Target {
        Target::new(Self::PATH)
    }

    fn body(&self) -> Result<Body, EncodeError> {
        let name = if self.old_name {
            "refresh_token"
        } else {
            "api_token"
        };
        Ok(Body::form([(name, self.token.expose())]))
    }

    fn decode(answer: &Answer) -> Result<AccessToken, DecodeError> {
        access_token(answer)
    }

    fn authenticated(&self) -> bool {
        false
    }
}

/// Exchanges an OAuth app's id and secret for an access token
/// (`POST /csp/gateway/am/api/auth/authorize`, RFC 6749 §4.4).
#[derive(Debug, Clone)]
pub struct AuthorizeApp(pub OAuthApp);

/// The same at the other known path (`POST /csp/gateway/am/api/auth/token`).
#[derive(Debug, Clone)]
pub struct AuthorizeAppOld(pub OAuthApp);

macro_rules! app_operation {
    ($name:ident, $op:literal, $path:literal) => {
        impl Operation for $name {
            const NAME: &'static str = $op;
            const METHOD: Method = Method::POST;
            const PATH: &'static str = $path;
            const REPLAY: Replay = Replay::Safe;
            const QUERY: &'static [&'static str] = &[];
            type Output = AccessToken;

            fn target(&self) -> Target {
                Target::new(Self::PATH)
            }

            fn body(&self) -> Result<Body, EncodeError> {
                let org = self.0.org.as_deref().map(|org| ("orgId", org));
                Ok(Body::form(
                    [("grant_type", "client_credentials")]
                        .into_iter()
                        .chain(org),
                ))
            }

            fn decode(answer: &Answer) -> Result<AccessToken, DecodeError> {
                access_token(answer)
            }

            fn authenticated(&self) -> bool {
                false
            }

            fn headers(&self) -> HeaderMap {
                vmc_http::headers::basic(&self.0.id, &self.0.secret)
            }
        }
    };
}

app_operation!(
    AuthorizeApp,
    "csp.client_credentials",
    "/csp/gateway/am/api/auth/authorize"
);
app_operation!(
    AuthorizeAppOld,
    "csp.token",
    "/csp/gateway/am/api/auth/token"
);

/// Asks what CSP knows about an API token
/// (`POST /csp/gateway/am/api/auth/api-tokens/details`).
#[derive(Debug, Clone)]
pub struct DescribeApiToken(pub ApiToken);

impl Operation for DescribeApiToken {
    const NAME: &'static str = "csp.api_token_details";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/csp/gateway/am/api/auth/api-tokens/details";
    const REPLAY: Replay = Replay::Safe;
    const QUERY: &'static [&'static str] = &[];
    type Output = TokenDetails;

    fn target(&self) -> Target {
        Target::new(Self::PATH)
    }

    fn body(&self) -> Result<Body, EncodeError> {
        Body::json(&serde_json::json!({ "tokenValue": self.0.expose() }))
    }

    fn decode(answer: &Answer) -> Result<TokenDetails, DecodeError> {
        answer.json()
    }

    fn authenticated(&self) -> bool {
        false
    }
}

/// Reads the answer of a token call (RFC 6749 §5.1).
fn access_token(answer: &Answer) -> Result<AccessToken, DecodeError> {
    #[derive(Deserialize)]
    struct Fields {
        access_token: Option<SecretString>,
        expires_in: Option<Value>,
    }
    let fields: Fields = answer.json()?;
    let secret = fields
        .access_token
        .filter(|token| !token.expose_secret().is_empty())
        .ok_or_else(|| DecodeError::new("the answer has no access_token"))?;
    if !secret.expose_secret().bytes().all(|b| b.is_ascii_graphic()) {
        return Err(DecodeError::new(
            "the access_token has characters that cannot stand in a header",
        ));
    }
    let life = match life(fields.expires_in.as_ref()) {
        Some(seconds) if seconds <= 0 => {
            return Err(DecodeError::new(format!(
                "the access token is handed out expired (expires_in is {seconds})"
            )));
        }
        Some(seconds) => Duration::from_secs(seconds.unsigned_abs()),
        None => issued_life(secret.expose_secret()).ok_or_else(|| {
            DecodeError::new(
                "the answer has no usable expires_in, and the token does not say either",
            )
        })?,
    };
    Ok(AccessToken::new(secret, life, life))
}

/// `expires_in` in seconds: a number, or a number written as text.
fn life(expires_in: Option<&Value>) -> Option<i64> {
    match expires_in? {
        // The cast saturates, and a life is bounded later on.
        Value::Number(number) => number.as_i64().or_else(|| Some(number.as_f64()? as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// From issue to expiry by CSP's own clock: no use of ours, which may be wrong.
fn issued_life(token: &str) -> Option<Duration> {
    let claims = Claims::read(token).ok()?;
    let life = claims.expires_at? - claims.issued_at?;
    Duration::try_from(life).ok().filter(|life| !life.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::jwt;
    use serde_json::json;
    use vmc_http::bytes::Bytes;
    use vmc_http::http::StatusCode;

    fn read(body: &Value) -> Result<AccessToken, String> {
        let answer = Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        };
        access_token(&answer).map_err(|error| error.to_string())
    }

    fn text(body: &Body) -> String {
        String::from_utf8(body.bytes().to_vec()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_life_is_read_from_numbers_and_text() {
        for (expires_in, life) in [
            (json!(1799), 1799),
            (json!(5), 5),
            (json!("1799"), 1799),
            (json!(1799.9), 1799),
            (json!(i64::MAX), 86_400),
            (json!(1e300), 86_400),
        ] {
            let token = read(&json!({"access_token": "t", "expires_in": expires_in})).unwrap();
            assert_eq!(token.life().as_secs(), life, "{expires_in}");
            assert_eq!(token.left().as_secs(), life, "{expires_in}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_expires_in_the_token_itself_is_asked() {
        // Long past by any wall clock: only the difference counts.
        let token = jwt(&json!({"iat": 1000, "exp": 2799}));
        for expires_in in [Value::Null, json!("soon"), json!([]), json!(true)] {
            let read = read(&json!({"access_token": token, "expires_in": expires_in})).unwrap();
            assert_eq!(read.life().as_secs(), 1799, "{expires_in}");
        }
    }

    #[test]
    fn unusable_answers_are_named() {
        let backwards = jwt(&json!({"iat": 2000, "exp": 1000}));
        for (body, says) in [
            (
                json!({"access_token": "canary", "expires_in": 0}),
                "expires_in is 0",
            ),
            (
                json!({"access_token": "canary", "expires_in": -5}),
                "expires_in is -5",
            ),
            (json!({"access_token": "canary"}), "no usable expires_in"),
            (json!({"access_token": backwards}), "no usable expires_in"),
            (
                json!({"access_token": "", "expires_in": 9}),
                "no access_token",
            ),
            (
                json!({"access_token": null, "expires_in": 9}),
                "no access_token",
            ),
            (json!({}), "no access_token"),
            (
                json!({"access_token": "can\nary", "expires_in": 9}),
                "characters",
            ),
            (
                json!({"access_token": 7}),
                "unexpected kind at access_token",
            ),
            (json!([]), "no access_token"),
        ] {
            let error = read(&body).unwrap_err();
            assert!(error.contains(says) || body.is_array(), "{body}: {error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn the_documented_parameter_goes_into_the_body_alone() {
        let token = ApiToken::new("a&b=c").unwrap();
        let call = AuthorizeApiToken {
            token: token.clone(),
            old_name: false,
        }
        .call()
        .unwrap();
        assert_eq!(
            call.target.to_string(),
            "/csp/gateway/am/api/auth/api-tokens/authorize"
        );
        assert_eq!(text(&call.body), "api_token=a%26b%3Dc");
        assert!(!call.authenticated && call.headers.is_empty());
        let old = AuthorizeApiToken {
            token,
            old_name: true,
        }
        .body()
        .unwrap();
        assert_eq!(text(&old), "refresh_token=a%26b%3Dc");
    }

    #[test]
    fn an_app_goes_into_the_basic_header() {
        let app = OAuthApp::new("id", "canary").unwrap();
        let call = AuthorizeApp(app.clone()).call().unwrap();
        assert_eq!(
            call.headers[http::header::AUTHORIZATION],
            "Basic aWQ6Y2FuYXJ5"
        );
        assert_eq!(text(&call.body), "grant_type=client_credentials");
        assert!(!format!("{call:?}").contains("aWQ6"), "{call:?}");
        let call = AuthorizeAppOld(app.org("o 1")).call().unwrap();
        assert_eq!(call.target.to_string(), "/csp/gateway/am/api/auth/token");
        assert_eq!(text(&call.body), "grant_type=client_credentials&orgId=o+1");
    }

    #[test]
    fn details_go_as_json() {
        let body = DescribeApiToken(ApiToken::new("x").unwrap())
            .body()
            .unwrap();
        assert_eq!(text(&body), r#"{"tokenValue":"x"}"#);
    }
}
