//! VMware Cloud's half of a link, as a script in memory.

use std::future::ready;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tower::service_fn;
use vmc_http::bytes::Bytes;
use vmc_http::http::{Request, Response};

const TASK: &str = "00000000-0000-4000-8000-000000000001";

/// One organization. Its account counts as linked once somebody has looked at
/// the tracking task, which the flow does when the stack is complete.
#[derive(Clone)]
pub(crate) struct Vmc {
    org: String,
    template_url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    link_requests: usize,
    linked: bool,
}

impl Vmc {
    pub(crate) fn new(org: &str, template_url: &str) -> Self {
        Self {
            org: org.to_owned(),
            template_url: template_url.to_owned(),
            state: Arc::default(),
        }
    }

    /// How many link requests were made.
    pub(crate) fn link_requests(&self) -> usize {
        self.state.lock().unwrap().link_requests
    }

    pub(crate) fn client(&self) -> vmc_api::Client {
        let vmc = self.clone();
        // An address of this machine, so that templates may come from it too.
        vmc_api::Client::builder("http://127.0.0.1:1")
            .http(|http| http.service(service_fn(move |request| ready(Ok(vmc.answer(&request))))))
            .build()
            .unwrap()
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let prefix = format!("/vmc/api/orgs/{}", self.org);
        let path = request
            .uri()
            .path()
            .strip_prefix(&prefix)
            .unwrap_or_default();
        let mut state = self.state.lock().unwrap();
        let document = match path {
            "/account-link" => {
                state.link_requests += 1;
                json!({"tracking_task": TASK, "template_url": self.template_url})
            }
            "/account-link/connected-accounts" if state.linked => json!([{
                "id": "link-1", "account_number": "123456789012", "state": "ACTIVE",
            }]),
            "/account-link/connected-accounts" => json!([]),
            "/account-link/compatible-subnets" => json!({"vpc_map": {}}),
            task if task == format!("/tasks/{TASK}") => {
                let status = if state.linked { "FINISHED" } else { "STARTED" };
                state.linked = true;
                json!({"id": TASK, "status": status})
            }
            _ => Value::Null,
        };
        let status = if document.is_null() { 404 } else { 200 };
        let body = Bytes::from(document.to_string());
        Response::builder().status(status).body(body).unwrap()
    }
}
