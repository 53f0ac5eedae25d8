//! The bottom of the stack: one request over reqwest, its answer read whole,
//! its failure classified.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response, StatusCode};
use rustls_pki_types::CertificateDer;
use tokio::time::{Instant, timeout};
use tower::Service;

use crate::error::SetupError;
use crate::failure::{Failure, FailureKind};
use crate::outgoing::{Attempt, Outgoing, after};
use crate::redact::printable;
use crate::retry::Quota;
use crate::tls::{PinMismatch, Thumbprint};
use crate::{tls, wire};

/// Connections, trust and limits, shared by any number of clients.
///
/// Building one does no I/O: the system's certificates are read at the first
/// request over TLS. Proxies come from `HTTPS_PROXY`, `ALL_PROXY` and
/// `NO_PROXY`; plain HTTP goes to this machine only and never through a proxy.
/// Redirects are never followed, because a redirect would carry the token's
/// header to another host.
#[derive(Debug, Clone)]
pub struct Transport(Arc<Shared>);

/// A client is built once; so is the reason why it could not be.
type Built = Result<reqwest::Client, Arc<SetupError>>;

#[derive(Debug)]
struct Shared {
    settings: TransportBuilder,
    secure: OnceLock<Built>,
    plain: OnceLock<Built>,
    quota: Quota,
}

/// Settings of a [`Transport`].
#[derive(Debug, Clone)]
pub struct TransportBuilder {
    extra_roots: Vec<CertificateDer<'static>>,
    pin: Option<Thumbprint>,
    connect_timeout: Duration,
    max_body: usize,
    secret_paths: bool,
    user_agent: String,
}

impl Transport {
    /// Starts from the defaults: 10 s to connect, answers up to 32 MiB.
    pub fn builder() -> TransportBuilder {
        TransportBuilder {
            extra_roots: Vec::new(),
            pin: None,
            connect_timeout: Duration::from_secs(10),
            max_body: 32 * 1024 * 1024,
            secret_paths: false,
            user_agent: concat!("vmc-http/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    pub(crate) fn quota(&self) -> Quota {
        self.0.quota.clone()
    }

    fn client(&self, secure: bool) -> Result<&reqwest::Client, Failure> {
        let settings = &self.0.settings;
        let built = if secure {
            self.0.secure.get_or_init(|| settings.secure_client())
        } else {
            self.0.plain.get_or_init(|| settings.plain_client())
        };
        built
            .as_ref()
            .map_err(|error| Failure::because(FailureKind::Tls, error.clone()))
    }
}

impl Default for Transport {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl TransportBuilder {
    /// Trusts the certificates of a PEM bundle besides the system's.
    ///
    /// # Errors
    /// When the bundle has no readable certificate.
    pub fn extra_ca_pem(mut self, pem: &[u8]) -> Result<Self, SetupError> {
        self.extra_roots.extend(tls::read_bundle(pem)?);
        Ok(self)
    }

    /// Trusts one certificate, whoever signed it, and no other: not the
    /// system's authorities, not a bundle, and no name or date in it. Each
    /// connection is checked before a byte of a request is sent over it, and
    /// plain HTTP is refused. A server with another certificate ends in a
    /// failure whose source is a [`PinMismatch`].
    #[must_use]
    pub fn pin(mut self, thumbprint: Thumbprint) -> Self {
        self.pin = Some(thumbprint);
        self
    }

    /// Time for name resolution, TCP and TLS together.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Largest answer in bytes, counted after decompression.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Keeps paths and bodies out of the logs: for addresses that open a door to
    /// whoever knows them.
    #[must_use]
    pub fn secret_paths(mut self) -> Self {
        self.secret_paths = true;
        self
    }

    /// The `User-Agent` header.
    #[must_use]
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// The transport. No I/O.
    pub fn build(self) -> Transport {
        Transport(Arc::new(Shared {
            settings: self,
            secure: OnceLock::new(),
            plain: OnceLock::new(),
            quota: Quota::default(),
        }))
    }

    fn secure_client(&self) -> Built {
        let config = match self.pin {
            Some(pin) => tls::pinned(pin)?,
            None => tls::verified(self.extra_roots.clone())?,
        };
        self.client(config, |builder| builder.https_only(true))
    }

    fn plain_client(&self) -> Built {
        if self.pin.is_some() {
            let what = "a certificate is pinned, and http:// has none; use https://";
            return Err(SetupError::new(what).into());
        }
        // A proxy would see the token.
        self.client(tls::none()?, reqwest::ClientBuilder::no_proxy)
    }

    fn client(
        &self,
        tls: rustls::ClientConfig,
        more: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Built {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .user_agent(self.user_agent.as_str());
        more(builder).build().map_err(|error| {
            SetupError::because("the HTTP client could not be set up", error).into()
        })
    }
}

/// For a [`Client`](crate::Client) whose transport is wrapped in layers of its
/// own; [`ClientBuilder::service`](crate::ClientBuilder::service) takes it.
impl Service<Request<Bytes>> for Transport {
    type Response = Response<Bytes>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let transport = self.clone();
        Box::pin(async move {
            let request = reqwest::Request::try_from(request)
                .map_err(|error| Failure::because(FailureKind::Unbuilt, error.without_url()))?;
            let end = after(Instant::now(), Duration::from_secs(60));
            transport.exchange(request, end).await
        })
    }
}

impl Transport {
    pub(crate) fn send(
        &self,
        attempt: Attempt,
        end: Instant,
    ) -> impl Future<Output = Result<Response<Bytes>, Failure>> + Send {
        let Outgoing { call, url, .. } = &*attempt.outgoing;
        let mut request = reqwest::Request::new(call.method.clone(), url.clone());
        let body = call.body.bytes();
        if !body.is_empty() {
            *request.body_mut() = Some(body.into());
        }
        *request.headers_mut() = attempt.into_headers();
        self.exchange(request, end)
    }

    /// Sends one request and reads its answer, which should be done by `end`.
    async fn exchange(
        &self,
        request: reqwest::Request,
        end: Instant,
    ) -> Result<Response<Bytes>, Failure> {
        let client = self.client(request.url().scheme() == "https")?;
        let secret = self.0.settings.secret_paths;
        wire::request(&request, secret);
        let started = wire::is_shown().then(Instant::now);
        let mut response = client
            .execute(request)
            .await
            .map_err(|error| classify(&error))?;
        let status = response.status();
        let reading = read(&mut response, status, self.0.settings.max_body);
        let body = if status.is_success() {
            reading.await?
        } else {
            // The status of an error is worth more than the rest of its body.
            timeout(time_for_error_body(end), reading)
                .await
                .unwrap_or_else(|_| Ok(Bytes::new()))
                .unwrap_or_default()
        };
        let mut answer = Response::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        wire::response(&answer, started.map(|at| at.elapsed()), secret);
        Ok(answer)
    }
}

/// Half of what is left of the attempt, and 5 s at most.
fn time_for_error_body(end: Instant) -> Duration {
    let left = end.saturating_duration_since(Instant::now());
    (left / 2).min(Duration::from_secs(5))
}

async fn read(
    response: &mut reqwest::Response,
    status: StatusCode,
    limit: usize,
) -> Result<Bytes, Failure> {
    let too_large = || Failure::new(FailureKind::TooLarge(status, limit));
    let expected = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
    if expected > limit {
        return Err(too_large());
    }
    let lost = |error: reqwest::Error| {
        Failure::because(FailureKind::BodyLost(status), Innermost::of(&error))
    };
    let Some(first) = response.chunk().await.map_err(lost)? else {
        return Ok(Bytes::new());
    };
    if response.content_length() == Some(0) {
        // Nothing is left: no copy for a small answer.
        return Ok(first);
    }
    let mut body = BytesMut::with_capacity(expected.max(first.len()));
    let mut next = Some(first);
    while let Some(chunk) = next {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
        next = response.chunk().await.map_err(lost)?;
    }
    Ok(body.freeze())
}

/// Tells by the chain of causes how far a request got.
///
/// reqwest reports certificate problems as failed connections, and a
/// connection cut *after* the request was read as a failed request, so its
/// own flags are not enough.
fn classify(error: &reqwest::Error) -> Failure {
    let reason = Innermost::of(error);
    let kind = if error.is_connect() {
        if let Some(mismatch) = cause::<rustls::Error>(error).and_then(mismatch) {
            return Failure::because(FailureKind::Certificate, mismatch);
        }
        if let Some(tls) = cause::<rustls::Error>(error) {
            match tls {
                rustls::Error::InvalidCertificate(_) => FailureKind::Certificate,
                _ => FailureKind::Tls,
            }
        } else if let Some(tunnel) = tunnel_error(error) {
            FailureKind::Proxy {
                credentials: tunnel.contains("authorization"),
            }
        } else {
            FailureKind::Connect
        }
    } else if error.is_timeout() {
        FailureKind::Timeout
    } else if error.is_builder() {
        FailureKind::Unbuilt
    } else if reason.0.contains("refused stream before processing") {
        // RFC 9113 §8.7. The error's type is out of reach here.
        FailureKind::RefusedStream
    } else {
        match cause::<hyper::Error>(error) {
            Some(hyper) if hyper.is_parse() => FailureKind::Protocol,
            _ => FailureKind::Cut,
        }
    };
    Failure::because(kind, reason)
}

/// The two thumbprints, where a pin was the reason.
fn mismatch(error: &rustls::Error) -> Option<PinMismatch> {
    match error {
        rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)) => {
            other.0.downcast_ref().copied()
        }
        _ => None,
    }
}

/// What hyper-util says about a proxy that opened no tunnel: text is all it offers.
fn tunnel_error(error: &reqwest::Error) -> Option<String> {
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if text.contains("tunnel error") {
            return Some(text);
        }
        cause = error.source();
    }
    None
}

/// The first cause of this type, also inside of `io::Error`s.
fn cause<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        if let Some(inner) = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
        {
            // An io::Error's `source` skips the error it wraps.
            let inner: &'a (dyn StdError + 'static) = inner;
            return cause(inner);
        }
        next = error.source();
    }
    None
}

/// The innermost reason of a reqwest error: the outer layers only repeat that
/// a request failed, and name the URL.
#[derive(Debug)]
struct Innermost(String);

impl Innermost {
    fn of(error: &reqwest::Error) -> Self {
        let mut innermost: &dyn StdError = error;
        while let Some(next) = innermost.source() {
            innermost = next;
        }
        Self(printable(&innermost.to_string(), 300))
    }
}

impl std::fmt::Display for Innermost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Innermost {}
