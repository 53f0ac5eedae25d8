//! Which certificates are trusted. The only place that builds a TLS configuration.

mod pinned;
mod thumbprint;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::client::danger::ServerCertVerifier;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{ServerName, UnixTime};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use crate::error::SetupError;
use crate::failure::{Failure, FailureKind};

use pinned::LeafVerifier;

pub use pinned::PinMismatch;
pub use rustls_pki_types::CertificateDer;
pub use thumbprint::{Hash, NotAThumbprint, Thumbprint};

/// The one crypto provider of the workspace, handed over explicitly so that
/// nothing depends on a process-wide default.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Reads the certificates of a PEM bundle.
///
/// # Errors
/// When the text has no certificate, or a broken one.
pub fn read_bundle(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| SetupError::because("the CA bundle is not valid PEM", error))?;
    if certificates.is_empty() {
        return Err(SetupError::new(
            "the CA bundle has no certificate (expected -----BEGIN CERTIFICATE-----)",
        ));
    }
    Ok(certificates)
}

/// The certificates that the server at the other end of `stream` presents, its
/// own first: shakes hands and ends the connection without another byte.
///
/// Nothing is verified but that the server has the key of its certificate, so
/// the answer is for looking at. The connection is not handed out, because
/// nothing may be sent over it.
///
/// # Errors
/// A failure of kind [`FailureKind::Tls`] when there is no handshake, and
/// [`FailureKind::Unbuilt`] when `host` is neither a name nor an address.
pub async fn presented_certificates<S>(
    stream: S,
    host: &str,
) -> Result<Vec<CertificateDer<'static>>, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let name = server_name(host)?;
    let failed = |reason: String| Failure::because(FailureKind::Tls, reason);
    let config = without_authorities(None).map_err(|error| failed(error.to_string()))?;
    let connection = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let (_, session) = connection.get_ref();
    let chain = session.peer_certificates().unwrap_or_default();
    Ok(chain.iter().map(|one| one.clone().into_owned()).collect())
}

/// Verifies a chain of certificates, the server's own first, as a connection
/// to `host` at the time `at` would: with the system's roots plus the extra
/// ones. Reads the system's certificates.
///
/// # Errors
/// A failure of kind [`FailureKind::Certificate`] whose source says why.
pub fn verify(
    chain: &[CertificateDer<'_>],
    host: &str,
    extra: Vec<CertificateDer<'static>>,
    at: SystemTime,
) -> Result<(), Failure> {
    judge(chain, &server_name(host)?, extra, at).map_err(not_accepted)
}

/// As [`verify`], whoever the certificate is made out to.
///
/// # Errors
/// As [`verify`].
pub fn verify_issuer(
    chain: &[CertificateDer<'_>],
    extra: Vec<CertificateDer<'static>>,
    at: SystemTime,
) -> Result<(), Failure> {
    use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
    // The name is looked at last, so nothing else is wrong then.
    match judge(chain, &server_name("nobody.invalid")?, extra, at) {
        Err(rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => {
            Ok(())
        }
        judged => judged.map_err(not_accepted),
    }
}

fn judge(
    chain: &[CertificateDer<'_>],
    name: &ServerName<'_>,
    extra: Vec<CertificateDer<'static>>,
    at: SystemTime,
) -> Result<(), rustls::Error> {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let verifier = Verifier::new_with_extra_roots(extra, provider())?;
    let [leaf, intermediates @ ..] = chain else {
        return Err(rustls::Error::NoCertificatesPresented);
    };
    let at = UnixTime::since_unix_epoch(since);
    verifier
        .verify_server_cert(leaf, intermediates, name, &[], at)
        .map(drop)
}

fn not_accepted(error: rustls::Error) -> Failure {
    Failure::because(FailureKind::Certificate, error)
}

/// Whether a certificate is made out to `host`, a name or an address.
pub fn names_host(certificate: &CertificateDer<'_>, host: &str) -> bool {
    let Ok(name) = server_name(host) else {
        return false;
    };
    ParsedCertificate::try_from(certificate)
        .is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
}

fn server_name(host: &str) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(host.to_owned())
        .map_err(|error| Failure::because(FailureKind::Unbuilt, error))
}

/// System roots plus the extra ones.
pub(crate) fn verified(extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig, SetupError> {
    let provider = provider();
    let verifier = Verifier::new_with_extra_roots(extra, provider.clone()).map_err(|error| {
        SetupError::because("the trusted certificates could not be loaded", error)
    })?;
    with_verifier(provider, Arc::new(verifier))
}

/// The pinned certificate and no other.
pub(crate) fn pinned(pin: Thumbprint) -> Result<ClientConfig, SetupError> {
    without_authorities(Some(pin))
}

/// Trusts nothing: for clients that only speak plain HTTP to this machine.
pub(crate) fn none() -> Result<ClientConfig, SetupError> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::because("TLS could not be set up", error))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

/// Without a pin it may be used for one purpose: looking at certificates.
fn without_authorities(pin: Option<Thumbprint>) -> Result<ClientConfig, SetupError> {
    with_verifier(provider(), Arc::new(LeafVerifier::new(pin)))
}

#[expect(clippy::disallowed_methods, reason = "the one place")]
fn with_verifier(
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<ClientConfig, SetupError> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::because("TLS could not be set up", error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    // A configuration of our own brings no ALPN along.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
