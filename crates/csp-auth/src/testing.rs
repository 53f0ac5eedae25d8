//! A scripted CSP.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use vmc_http::bytes::Bytes;
use vmc_http::http::{Request, Response};
use vmc_http::{Client, Failure};

use crate::csp::Csp;

pub(crate) type Reply = Result<Response<Bytes>, Failure>;

type Script = dyn Fn(usize, &Request<Bytes>) -> Reply + Send + Sync;

/// Answers the n-th request (from 1) as its script says, and keeps all of them.
#[derive(Clone)]
pub(crate) struct Fake {
    script: Arc<Script>,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
    latency: Duration,
}

impl Fake {
    pub(crate) fn new(
        script: impl Fn(usize, &Request<Bytes>) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self {
            script: Arc::new(script),
            requests: Arc::default(),
            latency: Duration::ZERO,
        }
    }

    /// Each answer takes this long.
    pub(crate) fn slow(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    pub(crate) fn csp(&self) -> Csp {
        let fake = self.clone();
        let service = tower::service_fn(move |request: Request<Bytes>| {
            let fake = fake.clone();
            async move {
                let n = {
                    let mut requests = fake.requests.lock().unwrap();
                    requests.push(request.clone());
                    requests.len()
                };
                tokio::time::sleep(fake.latency).await;
                (fake.script)(n, &request)
            }
        });
        Csp::new(Client::builder("https://csp.example").service(service)).unwrap()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        let line =
            |r: &Request<Bytes>| format!("{} {}", r.method(), r.uri().path_and_query().unwrap());
        self.requests.lock().unwrap().iter().map(line).collect()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        let body = |r: &Request<Bytes>| String::from_utf8(r.body().to_vec()).unwrap();
        self.requests.lock().unwrap().iter().map(body).collect()
    }

    /// A header of the last request.
    pub(crate) fn header(&self, name: &str) -> String {
        let requests = self.requests.lock().unwrap();
        let value = &requests.last().unwrap().headers()[name];
        value.to_str().unwrap().to_owned()
    }
}

pub(crate) fn reply(status: u16, content_type: &str, body: &str) -> Reply {
    Ok(Response::builder()
        .status(status)
        .header("content-type", content_type)
        .body(Bytes::from(body.to_owned()))
        .unwrap())
}

pub(crate) fn json(status: u16, body: &str) -> Reply {
    reply(status, "application/json", body)
}

/// A successful exchange, with the API token echoed as the service does.
pub(crate) fn token(access_token: &str, expires_in: i64) -> Reply {
    json(
        200,
        &format!(
            r#"{{"token_type":"bearer","expires_in":{expires_in},"access_token":"{access_token}","refresh_token":"canary-api-token"}}"#
        ),
    )
}

pub(crate) fn invalid_grant() -> Reply {
    json(
        400,
        r#"{"metadata":null,"traceId":"abc71b186e364bc4","statusCode":400,"message":"invalid_grant: Invalid refresh token: xxxx...tN3NK",
           "requestId":"0105e0f320064337","moduleCode":"540","cspErrorCode":"540.120-340.800"}"#,
    )
}

/// An unsigned JWT with these claims.
pub(crate) fn jwt(claims: &serde_json::Value) -> String {
    format!(
        "e30.{}.x",
        BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}
