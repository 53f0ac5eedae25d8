//! The real transport against servers that misbehave on the wire.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use vmc_http::{Client, Deadlines, Error, Fixed, Outcome, Retries, Scheme, Transport};

use crate::{Create, Read};

/// A server that reads one request, writes these bytes and hangs up.
struct Tiny {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Tiny {
    async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::start(answer.into(), false).await
    }

    /// Writes the bytes and keeps the connection open in silence.
    async fn then_silent(answer: impl Into<Vec<u8>>) -> Self {
        Self::start(answer.into(), true).await
    }

    async fn start(answer: Vec<u8>, silent: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = requests.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answer, counter) = (answer.clone(), counter.clone());
                tokio::spawn(async move {
                    if read_request(&mut stream).await {
                        counter.fetch_add(1, Ordering::SeqCst);
                        let _ = stream.write_all(&answer).await;
                        if silent {
                            std::future::pending::<()>().await;
                        }
                    }
                });
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn client(&self) -> Client {
        client(&format!("http://{}", self.address), &Transport::default())
    }
}

async fn read_request(stream: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(n) => seen.extend_from_slice(&buffer[..n]),
        }
        let text = String::from_utf8_lossy(&seen);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length:")?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return true;
            }
        }
    }
}

pub(crate) fn client(base: &str, transport: &Transport) -> Client {
    Client::builder(base)
        .transport(transport)
        .credentials(
            Arc::new(Fixed::new("canary-token")),
            Scheme::Header("x-token".parse().unwrap()),
        )
        .deadlines(Deadlines {
            attempt: Duration::from_millis(300),
            overall: Duration::from_secs(5),
        })
        .retries(Retries {
            max_attempts: 2,
            first_wait: Duration::from_millis(1),
            ..Retries::default()
        })
        .build()
        .unwrap()
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Every error of these tests must be free of the token.
pub(crate) fn assert_clean(error: &Error) {
    let mut text = format!("{error} {error:?}");
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        text.push_str(&error.to_string());
        next = error.source();
    }
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn a_whole_answer_is_read() {
    let server = Tiny::answering(ok("{\"a\":1}")).await;
    let value = server.client().send(Read::new("1")).await.unwrap();
    assert_eq!(value["a"], 1);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_cut_after_the_request_is_unclear() {
    for answer in ["", "HTTP/1.1 20"] {
        let server = Tiny::answering(answer).await;
        let error = server
            .client()
            .send(Create::new("x".into()))
            .await
            .unwrap_err();
        assert_clean(&error);
        assert_eq!(server.requests(), 1, "{error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");

        let server = Tiny::answering(answer).await;
        server.client().send(Read::new("1")).await.unwrap_err();
        assert_eq!(server.requests(), 2);
    }
}

#[tokio::test]
async fn silence_and_dripping_end_with_the_attempt() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\""] {
        let server = Tiny::then_silent(answer).await;
        let error = server
            .client()
            .send(Create::new("x".into()))
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{error:?}");
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn a_success_whose_body_is_lost_was_still_a_success() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\":1",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\"",
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope",
    ] {
        let server = Tiny::answering(answer).await;
        let error = server
            .client()
            .send(Create::new("x".into()))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
        assert_eq!(error.outcome(), Outcome::Done);
        assert_eq!(server.requests(), 1);

        let server = Tiny::answering(answer).await;
        let error = server.client().send(Read::new("1")).await.unwrap_err();
        assert_eq!(server.requests(), 2, "a read is tried again");
        assert!(error.retryable());
    }
}

#[tokio::test]
async fn an_error_whose_body_is_lost_keeps_its_status() {
    let half = "HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\n{";
    for server in [Tiny::answering(half).await, Tiny::then_silent(half).await] {
        let error = server
            .client()
            .send(Create::new("x".into()))
            .await
            .unwrap_err();
        assert_eq!(error.status().unwrap(), 404, "{error:?}");
        assert_eq!(error.outcome(), Outcome::Refused);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = Tiny::answering(ok("{}")).await;
    for code in [301, 302, 303, 307, 308] {
        let server = Tiny::answering(format!(
            "HTTP/1.1 {code} Moved\r\nlocation: http://{}/x?t=secret\r\ncontent-length: 0\r\n\r\n",
            other.address
        ))
        .await;
        let error = server.client().send(Read::new("1")).await.unwrap_err();
        assert_clean(&error);
        let hint = error.hint().unwrap();
        assert!(hint.contains(&other.address.to_string()), "{hint}");
        assert!(!hint.contains("secret"), "{hint}");
        assert_eq!(server.requests(), 1);
    }
    assert_eq!(other.requests(), 0, "the token must not travel");
}

#[tokio::test]
async fn what_is_not_http_is_not_tried_again() {
    for answer in [
        "SSH-2.0-OpenSSH_9.6\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(600_000)),
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned(),
    ] {
        let server = Tiny::answering(answer).await;
        let error = server.client().send(Read::new("1")).await.unwrap_err();
        assert_clean(&error);
        assert_eq!(server.requests(), 1, "{error:?}");
    }
    let server =
        Tiny::answering("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab")
            .await;
    let error = server
        .client()
        .send(Create::new("x".into()))
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "the request was read");
}

#[tokio::test]
async fn answers_over_the_limit_are_given_up() {
    let transport = || Transport::builder().max_body(1000).build();
    let announced = ok(&"x".repeat(1001));
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
        "x".repeat(1001)
    );
    for answer in [announced, chunked] {
        let server = Tiny::answering(answer).await;
        let client = client(&format!("http://{}", server.address), &transport());
        let error = client.send(Read::new("1")).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
        assert_eq!(server.requests(), 1, "a larger answer does not get smaller");
    }
}

#[tokio::test]
async fn a_refused_connection_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = client(&format!("http://{address}"), &Transport::default());
    let error = client.send(Create::new("x".into())).await.unwrap_err();
    assert_clean(&error);
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(error.attempts(), 2);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn tls_trouble_is_told_apart_and_nothing_is_sent() {
    // Plain HTTP on the port: answers before it has read anything.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let client = client(&format!("https://{address}"), &Transport::default());
    let error = client.send(Create::new("x".into())).await.unwrap_err();
    assert_clean(&error);
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(error.attempts(), 1, "{error:?}");
    let Error::Unreachable { source, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(!source.is_certificate(), "{error:?}");
}

#[tokio::test]
async fn a_stalled_handshake_was_not_sent() {
    let server = Tiny::then_silent("").await;
    let transport = Transport::builder()
        .connect_timeout(Duration::from_millis(100))
        .build();
    let client = client(&format!("https://{}", server.address), &transport);
    let error = client.send(Create::new("x".into())).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error:?}");
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_client_outlives_the_runtime_it_was_used_in() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    // The server has a runtime of its own, so that both clients reach it.
    let home = tokio::runtime::Runtime::new().unwrap();
    let server = home.block_on(Tiny::answering(ok("{}")));
    let client = server.client();
    runtime().block_on(client.send(Read::new("1"))).unwrap();
    runtime().block_on(client.send(Read::new("2"))).unwrap();
    assert_eq!(server.requests(), 2);
}
