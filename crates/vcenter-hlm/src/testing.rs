//! Scripted vCenters.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use vmc_http::bytes::Bytes;
use vmc_http::http::{Request, Response};
use vmc_http::{Client, Failure};

use crate::dialect::Dialect;
use crate::login::Login;
use crate::vcenter::VCenter;

pub(crate) type Reply = Result<Response<Bytes>, Failure>;

type Script = dyn Fn(usize, &str) -> Reply + Send + Sync;

/// Answers the n-th request (from 1) as its script says, and keeps a line of
/// each: method, path, and what it identifies itself with.
#[derive(Clone)]
pub(crate) struct Fake {
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<String>>>,
    answers_after: Arc<Mutex<Duration>>,
}

impl Fake {
    pub(crate) fn new(script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            script: Arc::new(script),
            seen: Arc::default(),
            // As slow as a network, so that a herd piles up.
            answers_after: Arc::new(Mutex::new(Duration::from_millis(5))),
        }
    }

    /// What its script says.
    pub(crate) fn answer(&self, n: usize, line: &str) -> Reply {
        (self.script)(n, line)
    }

    pub(crate) fn answers_after(&self, time: Duration) {
        *self.answers_after.lock().unwrap() = time;
    }

    pub(crate) fn vcenter(&self, dialect: Option<Dialect>) -> VCenter {
        let client = || {
            let fake = self.clone();
            Client::builder("https://vc.example").service(tower::service_fn(
                move |request: Request<Bytes>| {
                    let fake = fake.clone();
                    async move {
                        let line = line(&request);
                        let n = {
                            let mut seen = fake.seen.lock().unwrap();
                            seen.push(line.clone());
                            seen.len()
                        };
                        let time = *fake.answers_after.lock().unwrap();
                        tokio::time::sleep(time).await;
                        (fake.script)(n, &line)
                    }
                },
            ))
        };
        VCenter::new(client, Login::new("admin", "canary").unwrap(), dialect).unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn line(request: &Request<Bytes>) -> String {
    let identity = ["authorization", "vmware-api-session-id"]
        .iter()
        .find_map(|name| request.headers().get(*name))
        .map_or("-", |value| value.to_str().unwrap());
    format!("{} {} {identity}", request.method(), request.uri().path())
}

pub(crate) fn reply(status: u16, body: &str) -> Reply {
    Ok(Response::builder()
        .status(status)
        .body(Bytes::from(body.to_owned()))
        .unwrap())
}

pub(crate) fn not_found() -> Reply {
    reply(404, "")
}

const LINKS: &str = r#"[{"link":"l1","display_name":"onprem.local","new":1}]"#;

/// A vCenter that speaks `/api` only. Session ids carry the request's number.
pub(crate) fn api(n: usize, line: &str) -> Reply {
    match line.split(' ').collect::<Vec<_>>()[..2] {
        ["POST", "/api/session"] => reply(201, &format!("\"s{n}\"")),
        ["DELETE", "/api/session"] => reply(204, ""),
        ["GET", "/api/hvc/links"] => reply(200, LINKS),
        _ => not_found(),
    }
}

/// A vCenter that speaks `/rest` only.
pub(crate) fn rest(n: usize, line: &str) -> Reply {
    match line.split(' ').collect::<Vec<_>>()[..2] {
        ["POST", "/rest/com/vmware/cis/session"] => reply(200, &format!(r#"{{"value":"s{n}"}}"#)),
        ["DELETE", "/rest/com/vmware/cis/session"] => reply(200, ""),
        ["GET", "/rest/hvc/links"] => reply(200, &format!(r#"{{"value":{LINKS}}}"#)),
        _ => not_found(),
    }
}
