//! Servers with certificates of their own, on this machine.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rcgen::{
    BasicConstraints, Certificate as Made, CertificateParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, date_time_ymd,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::ResolvesServerCert;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::version::TLS12;
use tokio_rustls::rustls::{ALL_VERSIONS, ServerConfig, SupportedProtocolVersion};

use crate::certificate::Certificate;
use crate::host_port::HostPort;

/// What is wrong with a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Valid,
    Expired,
    NotYetValid,
    WrongName,
    /// Made out to a whole domain, and expired.
    Wildcard,
    /// Only its subject has a name.
    Nameless,
    SelfSigned,
    /// The server does not have the key.
    Stolen,
    /// The same in TLS 1.2, which has a signature of another kind.
    StolenTls12,
}

type Answers = dyn Fn(&str) -> (u16, String) + Send + Sync;

/// A server that speaks HTTP/1.1 over TLS, one request a connection.
pub(crate) struct Secure {
    pub(crate) address: HostPort,
    /// Trusts all its certificates but the self-signed ones.
    pub(crate) bundle: Vec<u8>,
    authority: Issuer<'static, KeyPair>,
    shared: Arc<Shared>,
}

struct Shared {
    acceptor: Mutex<TlsAcceptor>,
    leaf: Mutex<Vec<u8>>,
    seen: Mutex<Seen>,
    answers: Box<Answers>,
}

/// What the server has seen.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) handshakes: usize,
    /// Bytes above TLS.
    pub(crate) bytes: usize,
    /// Head and body of each request.
    pub(crate) requests: Vec<String>,
}

impl Secure {
    pub(crate) async fn start(kind: Kind) -> Self {
        Self::at("127.0.0.1:0", kind, |_| (404, String::new())).await
    }

    pub(crate) async fn at(
        bind: &str,
        kind: Kind,
        answers: impl Fn(&str) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "test authority");
        let key = KeyPair::generate().unwrap();
        let bundle = params.self_signed(&key).unwrap().pem().into_bytes();
        let authority = Issuer::new(params, key);
        let listener = TcpListener::bind(bind).await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let (acceptor, leaf) = certify(&authority, kind);
        let shared = Arc::new(Shared {
            acceptor: Mutex::new(acceptor),
            leaf: Mutex::new(leaf),
            seen: Mutex::default(),
            answers: Box::new(answers),
        });
        tokio::spawn(serve(listener, shared.clone()));
        Self {
            address: address.to_string().parse().unwrap(),
            bundle,
            authority,
            shared,
        }
    }

    /// Takes a new certificate from now on.
    pub(crate) fn rotate(&self, kind: Kind) {
        let (acceptor, leaf) = certify(&self.authority, kind);
        *self.shared.acceptor.lock().unwrap() = acceptor;
        *self.shared.leaf.lock().unwrap() = leaf;
    }

    pub(crate) fn leaf(&self) -> Certificate {
        Certificate::from_der(&self.shared.leaf.lock().unwrap()).unwrap()
    }

    pub(crate) fn seen(&self) -> Seen {
        self.shared.seen.lock().unwrap().clone()
    }
}

fn certify(authority: &Issuer<'static, KeyPair>, kind: Kind) -> (TlsAcceptor, Vec<u8>) {
    let names = match kind {
        Kind::WrongName => vec!["other.example".to_owned(), "10.9.8.7".to_owned()],
        Kind::Wildcard => vec!["*.example".to_owned()],
        Kind::Nameless => Vec::new(),
        _ => ["localhost", "127.0.0.1", "::1"].map(String::from).into(),
    };
    let mut params = CertificateParams::new(names).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "vc.example");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2096, 1, 1);
    match kind {
        Kind::Expired | Kind::Wildcard => params.not_after = date_time_ymd(2021, 1, 1),
        Kind::NotYetValid => params.not_before = date_time_ymd(2095, 1, 1),
        _ => {}
    }
    let key = KeyPair::generate().unwrap();
    let made: Made = match kind {
        Kind::SelfSigned => params.self_signed(&key).unwrap(),
        _ => params.signed_by(&key, authority).unwrap(),
    };
    let key = match kind {
        Kind::Stolen | Kind::StolenTls12 => KeyPair::generate().unwrap(),
        _ => key,
    };
    let versions = match kind {
        Kind::StolenTls12 => &[&TLS12],
        _ => ALL_VERSIONS,
    };
    let acceptor = acceptor(made.der(), &key, versions);
    (acceptor, made.der().to_vec())
}

fn acceptor(
    leaf: &CertificateDer<'static>,
    key: &KeyPair,
    versions: &[&'static SupportedProtocolVersion],
) -> TlsAcceptor {
    let provider = vmc_http::tls::provider();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let key = provider.key_provider.load_private_key(key).unwrap();
    // Takes a key that does not belong to the certificate, too.
    let certified = CertifiedKey::new(vec![leaf.clone()], key);
    let resolver: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(certified));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            let acceptor = shared.acceptor.lock().unwrap().clone();
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            shared.seen.lock().unwrap().handshakes += 1;
            let mut request = String::new();
            let mut buffer = [0; 8192];
            while !is_whole(&request) {
                let Ok(n @ 1..) = stream.read(&mut buffer).await else {
                    return;
                };
                shared.seen.lock().unwrap().bytes += n;
                request.push_str(&String::from_utf8_lossy(&buffer[..n]));
            }
            shared.seen.lock().unwrap().requests.push(request.clone());
            let (status, body) = (shared.answers)(&request);
            let answer = format!(
                "HTTP/1.1 {status} -\r\ndate: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                httpdate::fmt_http_date(std::time::SystemTime::now()),
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        });
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse().unwrap())
    });
    body.len() >= length.unwrap_or(0)
}

/// A small vCenter of these versions' `/api`, that keeps its links.
pub(crate) fn vcenter(version: &'static str) -> impl Fn(&str) -> (u16, String) + Send + Sync {
    let links = Mutex::new(Vec::<String>::new());
    move |request: &str| {
        let mut words = request.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let mut links = links.lock().unwrap();
        let ok = |body: &str| (200, body.to_owned());
        match (method, path) {
            ("GET", "/sdk/vimServiceVersions.xml") => ok(&format!(
                "<namespace><name>urn:vim25</name><version>{version}</version></namespace>"
            )),
            ("POST", "/api/session") => (201, "\"s1\"".into()),
            ("DELETE", "/api/session") => (204, String::new()),
            ("GET", "/api/hvc/management/administrators") => ok(r#"["g@d"]"#),
            ("GET", "/api/hvc/links") => ok(&format!("[{}]", links.join(","))),
            ("POST", "/api/hvc/links") => {
                links.push(r#"{"link":"l1","display_name":"vsphere.local"}"#.into());
                (201, "\"l1\"".into())
            }
            ("GET", "/api/hvc/links/l1") => ok(r#"{"connection_health_status":"HEALTHY"}"#),
            ("DELETE", "/api/hvc/links/l1") | ("POST", "/api/hvc/links/l1?action=delete") => {
                links.clear();
                (204, String::new())
            }
            _ => (404, String::new()),
        }
    }
}
