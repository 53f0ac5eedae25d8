//! The request path beside plain reqwest: the same small requests to the same
//! server, sixteen at a time. (One at a time measures where the scheduler puts
//! the server.)
#![allow(clippy::unwrap_used, reason = "a bench may stop at once")]
#![allow(clippy::print_stdout, reason = "its result")]

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use futures_util::future::join_all;
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};
use tower::service_fn;
use vmc_http::bytes::Bytes;
use vmc_http::http::{HeaderName, Response};
use vmc_http::{Client, ClientBuilder, Fixed, Scheme, operation};

const HEADER: &str = "csp-auth-token";
const TOKEN: &str = "a-token-of-ordinary-length-a-token-of-ordinary-length";
const ORG: &str = "5f1c0d8e-5a8e-4d62-9d7c-1f3c8f2b6a11";
const TASK: &str = "9a2b6c1e-8a0f-4a52-8f6e-0a5f3a2d1c77";

/// A task as the service writes it.
const BODY: &str = r#"{
    "id": "9a2b6c1e-8a0f-4a52-8f6e-0a5f3a2d1c77", "version": 7,
    "created": "2019-07-01T22:31:07.000000Z", "updated": "2019-07-01T22:41:09.000000Z",
    "user_id": "2b1b7b5a-9f0e-4a57-9f4a-5f7f6cf0e1a1", "user_name": "somebody@example.com",
    "updated_by_user_id": "2b1b7b5a-9f0e-4a57-9f4a-5f7f6cf0e1a1", "updated_by_user_name": null,
    "status": "STARTED", "sub_status": "PREPARING", "task_type": "SDDC-PROVISION",
    "org_id": "5f1c0d8e-5a8e-4d62-9d7c-1f3c8f2b6a11", "resource_type": "SDDC",
    "resource_id": "c5a1f1de-8f8b-4a4e-9a55-0d6d1c1f2e33", "correlation_id": null,
    "params": {"sddcConfig": {"name": "lab", "num_hosts": 3, "region": "US_WEST_2"}},
    "progress_percent": 42, "estimated_remaining_minutes": 70,
    "phase_in_progress": "ESX_DEPLOY", "start_time": "2019-07-01T22:31:07.000000Z",
    "end_time": null, "error_message": null
}"#;

/// A part of a task.
#[derive(Deserialize)]
pub struct Task {
    id: String,
    status: Option<String>,
    progress_percent: Option<i64>,
    phase_in_progress: Option<String>,
}

impl Task {
    /// A number that needs every field.
    fn sum(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let percent = usize::try_from(self.progress_percent.unwrap_or(0)).unwrap();
        self.id.len() + length(&self.status) + length(&self.phase_in_progress) + percent
    }
}

operation! {
    /// Reads a task.
    pub struct GetTask => "orgs.tasks.get", GET "/vmc/api/orgs/{org}/tasks/{task}", Safe -> Task {
        path { org: String, task: String }
    }
}

/// A server that answers each request on a connection with the same text.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || answer(stream.unwrap()));
        }
    });
    format!("http://{address}")
}

/// Requests are GETs: each ends with its head and arrives in one piece.
fn answer(mut stream: TcpStream) {
    let text = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    stream.set_nodelay(true).unwrap();
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer), Ok(n) if n > 0) {
        if stream.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

#[derive(Clone)]
struct Plain {
    client: reqwest::Client,
    base: String,
}

impl Plain {
    fn new(base: &str) -> Self {
        // Plain HTTP only, but reqwest wants to know its TLS at once.
        let tls = rustls::ClientConfig::builder_with_provider(vmc_http::tls::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            client,
            base: base.to_owned(),
        }
    }

    async fn get(&self, org: &str, task: &str) -> usize {
        let url = format!("{}/vmc/api/orgs/{org}/tasks/{task}", self.base);
        let request = self.client.get(url).header(HEADER, TOKEN);
        let answer = request
            .timeout(Duration::from_secs(60))
            .send()
            .await
            .unwrap();
        let body = answer.error_for_status().unwrap().bytes().await.unwrap();
        serde_json::from_slice::<Task>(&body).unwrap().sum()
    }
}

async fn ours(client: &Client, org: &str, task: &str) -> usize {
    client.send(GetTask::new(org, task)).await.unwrap().sum()
}

const AT_ONCE: usize = 16;

struct Bench {
    runtime: Runtime,
    client: Client,
    plain: Plain,
}

impl Bench {
    fn new() -> Self {
        let base = serve();
        Self {
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
            client: build(Client::builder(&base)),
            plain: Plain::new(&base),
        }
    }

    fn ours(&self) {
        let requests = (0..AT_ONCE).map(|_| ours(&self.client, ORG, TASK));
        black_box(self.runtime.block_on(join_all(requests)));
    }

    fn theirs(&self) {
        let requests = (0..AT_ONCE).map(|_| self.plain.get(ORG, TASK));
        black_box(self.runtime.block_on(join_all(requests)));
    }

    /// Our throughput as a share of plain reqwest's: the median over pairs that
    /// are run turn by turn, so that a busy machine slows both.
    fn share(&self) -> f64 {
        let time = |run: &dyn Fn()| {
            let start = Instant::now();
            (0..8).for_each(|_| run());
            start.elapsed().as_secs_f64()
        };
        let mut shares: Vec<f64> = (0..500)
            .map(|_| {
                let ours = time(&|| self.ours());
                time(&|| self.theirs()) / ours
            })
            .collect();
        shares.sort_by(f64::total_cmp);
        shares[shares.len() / 2]
    }
}

fn build(builder: ClientBuilder) -> Client {
    let scheme = Scheme::Header(HeaderName::from_static(HEADER));
    builder
        .credentials(Arc::new(Fixed::new(TOKEN)), scheme)
        .build()
        .unwrap()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let bench = Bench::new();

    let mut group = criterion.benchmark_group("sixteen requests");
    group.throughput(Throughput::Elements(AT_ONCE as u64));
    group.bench_function("vmc-http", |b| b.iter(|| bench.ours()));
    group.bench_function("reqwest", |b| b.iter(|| bench.theirs()));
    group.finish();

    let ready = |_| std::future::ready(Ok(Response::new(Bytes::from_static(BODY.as_bytes()))));
    let client = build(Client::builder("https://service.example").service(service_fn(ready)));
    criterion.bench_function("vmc-http without a network", |b| {
        b.iter(|| bench.runtime.block_on(ours(&client, ORG, TASK)));
    });
    criterion.final_summary();

    println!(
        "vmc-http has {:.2} of reqwest's throughput (target: at least 0.95)",
        bench.share()
    );
}
