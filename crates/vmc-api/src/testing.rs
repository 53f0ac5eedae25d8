//! A service in a closure: tests script answers and count what arrived.

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use tower::service_fn;
use vmc_http::bytes::Bytes;
use vmc_http::{Failure, Fixed};

use crate::{Client, ClientBuilder, DEFAULT_URL};

pub(crate) type Requests = Arc<Mutex<Vec<Request<Bytes>>>>;

/// A service with one answer per request, in order.
pub(crate) fn scripted(answers: &[(u16, &'static str)]) -> (ClientBuilder, Requests) {
    let requests = Requests::default();
    let seen = requests.clone();
    let answers: Arc<[_]> = answers.into();
    let service = service_fn(move |request: Request<Bytes>| {
        let mut seen = seen.lock().unwrap();
        let (status, body) = answers[seen.len()];
        seen.push(request);
        let mut response = Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = status.try_into().unwrap();
        std::future::ready(Ok::<_, Failure>(response))
    });
    let client = Client::builder(DEFAULT_URL)
        .credentials(Arc::new(Fixed::new("canary")))
        .http(|http| http.service(service));
    (client, requests)
}

/// The requests that arrived, one line each.
pub(crate) fn lines(requests: &Requests) -> Vec<String> {
    let requests = requests.lock().unwrap();
    requests
        .iter()
        .map(|r| format!("{} {}", r.method(), r.uri()))
        .collect()
}
