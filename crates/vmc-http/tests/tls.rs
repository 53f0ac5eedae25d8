//! What TLS and HTTP/2 add to how far a request got.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;
use vmc_http::bytes::Bytes;
use vmc_http::http::Response;
use vmc_http::{Client, Error, Outcome, Transport};

use crate::sockets::{assert_clean, client};
use crate::{Create, Read};

/// A server with a certificate of its own, and the bundle that trusts it.
struct Secure {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    address: SocketAddr,
    pem: String,
}

impl Secure {
    async fn speaking(protocol: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let mut config = ServerConfig::builder_with_provider(vmc_http::tls::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            listener,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            pem: made.cert.pem(),
        }
    }

    /// A client that trusts it.
    fn client(&self) -> Client {
        let transport = Transport::builder()
            .extra_ca_pem(self.pem.as_bytes())
            .unwrap()
            .build();
        client(
            &format!("https://localhost:{}", self.address.port()),
            &transport,
        )
    }

    async fn accept(&self) -> Option<TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await.ok()?;
        self.acceptor.accept(stream).await.ok()
    }
}

async fn read_some(stream: &mut TlsStream<TcpStream>) -> String {
    let mut buffer = [0; 4096];
    let n = stream.read(&mut buffer).await.unwrap();
    String::from_utf8_lossy(&buffer[..n]).into_owned()
}

#[tokio::test]
async fn a_bundle_is_trusted_besides_the_system() {
    let server = Secure::speaking("http/1.1").await;
    let client = server.client();
    let serve = async {
        let mut stream = server.accept().await.unwrap();
        assert!(read_some(&mut stream).await.contains("canary-token"));
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        stream.write_all(answer).await.unwrap();
        stream
    };
    let (answer, _open) = tokio::join!(client.send(Read::new("1")), serve);
    answer.unwrap();
}

#[tokio::test]
async fn a_certificate_of_nobody_gets_no_request() {
    let server = Secure::speaking("http/1.1").await;
    let url = format!("https://localhost:{}", server.address.port());
    let client = client(&url, &Transport::default());
    let (answer, accepted) = tokio::join!(client.send(Create::new("x".into())), server.accept());
    let error = answer.unwrap_err();
    assert_clean(&error);
    assert_eq!(error.outcome(), Outcome::NotSent);
    let Error::Unreachable { source, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(source.is_certificate(), "{error:?}");
    assert!(accepted.is_none(), "the client ended the handshake");
}

#[tokio::test]
async fn tls_trouble_after_the_request_is_unclear() {
    let server = Secure::speaking("http/1.1").await;
    let client = server.client();
    let serve = async {
        let mut stream = server.accept().await.unwrap();
        assert!(read_some(&mut stream).await.starts_with("POST /things"));
        // A record that nobody can decrypt.
        let (mut raw, _) = stream.into_inner();
        let mut damaged = vec![23, 3, 3, 0, 20];
        damaged.extend(1..=20);
        raw.write_all(&damaged).await.unwrap();
        raw
    };
    let (answer, _open) = tokio::join!(client.send(Create::new("x".into())), serve);
    assert_eq!(answer.unwrap_err().outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn a_refused_stream_is_sent_again() {
    let server = Secure::speaking("h2").await;
    let client = server.client();
    tokio::spawn(async move {
        let stream = server.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let mut refuse = true;
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            if std::mem::take(&mut refuse) {
                respond.send_reset(h2::Reason::REFUSED_STREAM);
                continue;
            }
            let mut body = respond.send_response(Response::new(()), false).unwrap();
            body.send_data(Bytes::from_static(b"{}"), true).unwrap();
        }
    });
    client.send(Create::new("x".into())).await.unwrap();
}
