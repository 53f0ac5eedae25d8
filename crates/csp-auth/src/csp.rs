//! The token service of VMware Cloud Services.

use http::StatusCode;
use vmc_http::{Client, ClientBuilder, Error as CallError, SetupError};

use crate::details::TokenDetails;
use crate::error::Error;
use crate::exchange::{AuthorizeApiToken, AuthorizeApp, AuthorizeAppOld, DescribeApiToken};
use crate::explain::explain;
use crate::grant::{ApiToken, Grant, OAuthApp};
use crate::token::AccessToken;

/// Where VMware Cloud Services is, unless told otherwise.
pub const DEFAULT_URL: &str = "https://console.cloud.vmware.com";

/// The token service of VMware Cloud Services (CSP). Its calls are anonymous:
/// what they carry in the body or as Basic authentication is all they need.
#[derive(Debug, Clone)]
pub struct Csp(Client);

impl Csp {
    /// Uses a client's settings. Credentials set there are not sent.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`].
    pub fn new(client: ClientBuilder) -> Result<Self, SetupError> {
        client.explain(explain).build().map(Self)
    }

    /// Scheme, host and port of the service.
    pub fn origin(&self) -> &str {
        self.0.origin()
    }

    /// Gets an access token for a grant. One exchange, not cached; see
    /// [`TokenCache`](crate::TokenCache).
    ///
    /// # Errors
    /// [`Error`] says whether the grant, the address or the network is at fault.
    pub async fn exchange(&self, grant: &Grant) -> Result<AccessToken, Error> {
        let result = match grant {
            Grant::ApiToken(token) => self.exchange_api_token(token).await,
            Grant::OAuthApp(app) => self.exchange_app(app).await,
        };
        result.map_err(|error| Error::of(error, self.origin(), grant))
    }

    /// Asks what CSP knows about an API token: name, organization, expiry,
    /// scopes.
    ///
    /// # Errors
    /// As [`Csp::exchange`].
    pub async fn token_details(&self, token: &ApiToken) -> Result<TokenDetails, Error> {
        self.0
            .send(DescribeApiToken(token.clone()))
            .await
            .map_err(|error| Error::of(error, self.origin(), &token.clone().into()))
    }

    async fn exchange_api_token(&self, token: &ApiToken) -> Result<AccessToken, CallError> {
        let operation = |old_name| AuthorizeApiToken {
            token: token.clone(),
            old_name,
        };
        match self.0.send(operation(false)).await {
            Err(error) if misses_parameter(&error) => self.0.send(operation(true)).await,
            result => result,
        }
    }

    async fn exchange_app(&self, app: &OAuthApp) -> Result<AccessToken, CallError> {
        match self.0.send(AuthorizeApp(app.clone())).await {
            Err(error) if no_such_path(&error) => self.0.send(AuthorizeAppOld(app.clone())).await,
            result => result,
        }
    }
}

/// Whether an old CSP asks for a parameter it was not given under this name.
/// A token that is merely wrong is answered with `invalid_grant`.
fn misses_parameter(error: &CallError) -> bool {
    let message = error.server_message().unwrap_or_default().to_lowercase();
    error.status() == Some(StatusCode::BAD_REQUEST)
        && !message.contains("invalid_grant")
        && [
            "missing",
            "required",
            "parameter",
            "not present",
            "api_token",
            "refresh_token",
        ]
        .iter()
        .any(|word| message.contains(word))
}

fn no_such_path(error: &CallError) -> bool {
    matches!(
        error.status(),
        Some(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;
    use crate::testing::{Fake, Reply, invalid_grant, json, reply, token};
    use std::error::Error as _;
    use vmc_http::{Failure, FailureKind};

    fn api_token() -> Grant {
        ApiToken::new("canary-api-token").unwrap().into()
    }

    fn app() -> Grant {
        OAuthApp::new("my-app", "canary-app-secret").unwrap().into()
    }

    /// The error of one exchange, after checking that it shows no secret.
    async fn error_of(
        grant: Grant,
        answer: impl Fn(usize) -> Reply + Send + Sync + 'static,
    ) -> Error {
        let fake = Fake::new(move |n, _| answer(n));
        let error = fake.csp().exchange(&grant).await.unwrap_err();
        let mut text = format!(
            "{error} {error:?} {:?} {:?}",
            error.hint(),
            error
                .call()
                .and_then(CallError::answer)
                .map(|a| a.body.clone())
        );
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(&format!(" {cause} {cause:?}"));
            source = cause.source();
        }
        assert!(!text.contains("canary"), "{text}");
        error
    }

    #[tokio::test(start_paused = true)]
    async fn the_documented_parameter_is_enough() {
        let fake = Fake::new(|_, _| token("t1", 1799));
        let token = fake.csp().exchange(&api_token()).await.unwrap();
        assert_eq!(token.left().as_secs(), 1799);
        assert_eq!(fake.bodies(), ["api_token=canary-api-token"]);
        assert_eq!(
            fake.seen(),
            ["POST /csp/gateway/am/api/auth/api-tokens/authorize"]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_server_gets_the_old_parameter_once() {
        let fake = Fake::new(|n, _| match n {
            1 => json(
                400,
                r#"{"message":"Required String parameter 'refresh_token' is not present","statusCode":400}"#,
            ),
            _ => token("t1", 1799),
        });
        fake.csp().exchange(&api_token()).await.unwrap();
        assert_eq!(
            fake.bodies(),
            [
                "api_token=canary-api-token",
                "refresh_token=canary-api-token"
            ]
        );

        let stubborn = Fake::new(|_, _| json(400, r#"{"message":"missing parameter"}"#));
        stubborn.csp().exchange(&api_token()).await.unwrap_err();
        assert_eq!(stubborn.count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_api_token_is_asked_for_once() {
        let fake = Fake::new(|_, _| invalid_grant());
        let error = fake.csp().exchange(&api_token()).await.unwrap_err();
        assert_eq!(fake.count(), 1);
        assert!(matches!(
            &error,
            Error::ApiTokenRefused {
                refusal: Refusal::Invalid,
                ..
            }
        ));
        assert_eq!(
            error.to_string(),
            "the API token is invalid or expired (400: invalid_grant: Invalid refresh token: xxxx...tN3NK)"
        );
        assert!(error.hint().unwrap().contains("My Account > API Tokens"));
        assert_eq!(error.code(), Some("540.120-340.800"));
        assert_eq!(error.request_id(), Some("0105e0f320064337"));
        assert!(!error.transient());
        assert!(error.source().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn reasons_are_told_apart() {
        for (message, expected) in [
            (
                "invalid_grant: Invalid refresh token: xxxx...",
                Refusal::Invalid,
            ),
            (
                "invalid_grant: the token is invalid or expired",
                Refusal::Invalid,
            ),
            ("invalid_grant: token has expired", Refusal::Expired),
            ("invalid_grant: token was revoked", Refusal::Revoked),
            ("API token is deactivated", Refusal::Revoked),
        ] {
            let body = format!(r#"{{"message":"{message}"}}"#);
            let error = error_of(api_token(), move |_| json(400, &body)).await;
            let Error::ApiTokenRefused { refusal, .. } = error else {
                panic!("{error:?}");
            };
            assert_eq!(refusal, expected, "{message}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_echoed_secret_is_taken_out() {
        let error = error_of(api_token(), |_| {
            json(
                400,
                r#"{"message":"invalid_grant: canary-api-token is wrong","requestId":"r"}"#,
            )
        })
        .await;
        assert!(error.to_string().contains("[redacted] is wrong"), "{error}");
        error_of(app(), |_| {
            json(401, r#"{"error":"invalid_client","x":"canary-app-secret"}"#)
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_app_uses_the_other_path_where_the_first_is_absent() {
        for status in [404, 405] {
            let fake = Fake::new(move |n, _| match n {
                1 => json(status, "{}"),
                _ => token("t1", 1799),
            });
            fake.csp().exchange(&app()).await.unwrap();
            assert_eq!(
                fake.seen(),
                [
                    "POST /csp/gateway/am/api/auth/authorize",
                    "POST /csp/gateway/am/api/auth/token"
                ]
            );
            assert_eq!(
                fake.header("authorization"),
                "Basic bXktYXBwOmNhbmFyeS1hcHAtc2VjcmV0"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_app_is_named() {
        for (status, body) in [
            (400, r#"{"message":"invalid_client"}"#),
            (401, ""),
            (403, "{}"),
        ] {
            let error = error_of(app(), move |_| json(status, body)).await;
            assert!(matches!(error, Error::AppRefused(_)), "{status}: {error:?}");
            assert!(error.hint().unwrap().contains("OAuth Apps"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_csp_is_named() {
        let page = "<!DOCTYPE html><p>Log in";
        for status in [200, 302, 401, 403, 404] {
            let error = error_of(api_token(), move |_| reply(status, "text/html", page)).await;
            assert!(matches!(error, Error::NotCsp { .. }), "{status}: {error:?}");
            assert!(error.hint().is_some() && !error.transient());
        }
        let error = error_of(app(), |_| json(404, r#"{"error":"no route"}"#)).await;
        assert!(matches!(error, Error::NotCsp { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "https://csp.example is not VMware Cloud Services (it answered 404 Not Found)"
        );
        // A 404 in CSP's own voice is CSP's.
        let error = error_of(api_token(), |_| {
            json(404, r#"{"message":"x","cspErrorCode":"1.2"}"#)
        })
        .await;
        assert!(matches!(error, Error::Failed(_)), "{error:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn outages_are_transient() {
        let throttled = error_of(api_token(), |_| {
            let mut answer = json(429, r#"{"message":"The user has sent too many requests"}"#)?;
            answer
                .headers_mut()
                .insert("retry-after", "900".parse().unwrap());
            Ok(answer)
        })
        .await;
        assert!(matches!(throttled, Error::Throttled(_)));
        assert_eq!(throttled.hint().unwrap(), "Try again in 900 s.");
        let broken = error_of(api_token(), |_| {
            reply(502, "text/html", "<html>bad gateway")
        })
        .await;
        assert!(matches!(broken, Error::Failed(_)), "{broken:?}");
        let unreachable = error_of(api_token(), |_| Err(Failure::new(FailureKind::Connect))).await;
        assert!(matches!(unreachable, Error::Unreachable { .. }));
        assert!(
            unreachable
                .to_string()
                .contains("https://csp.example could not be reached")
        );
        for error in [throttled, broken, unreachable] {
            assert!(error.transient(), "{error:?}");
        }
        let tls = error_of(api_token(), |_| Err(Failure::new(FailureKind::Certificate))).await;
        assert!(!tls.transient() && tls.hint().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn an_exchange_is_repeated_after_a_cut() {
        let fake = Fake::new(|n, _| match n {
            1 => Err(Failure::new(FailureKind::Cut)),
            2 => json(503, "{}"),
            _ => token("t1", 1799),
        });
        fake.csp().exchange(&api_token()).await.unwrap();
        assert_eq!(fake.count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn details_are_fetched() {
        let fake = Fake::new(|_, _| {
            json(
                200,
                r#"{"tokenName":"ci","orgId":"o","expiresAt":1800000000000}"#,
            )
        });
        let details = fake
            .csp()
            .token_details(&ApiToken::new("canary").unwrap())
            .await
            .unwrap();
        assert_eq!(details.token_name.as_deref(), Some("ci"));
        assert_eq!(details.expiry().unwrap().unix_timestamp(), 1_800_000_000);
        assert_eq!(
            fake.seen(),
            ["POST /csp/gateway/am/api/auth/api-tokens/details"]
        );
    }
}
