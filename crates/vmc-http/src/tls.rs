//! Which certificates are trusted. The only place that builds a TLS configuration.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use crate::error::SetupError;

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

/// System roots plus the extra ones.
pub(crate) fn verified(extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig, SetupError> {
    let provider = provider();
    let verifier = Verifier::new_with_extra_roots(extra, provider.clone()).map_err(|error| {
        SetupError::because("the trusted certificates could not be loaded", error)
    })?;
    with_verifier(provider, Arc::new(verifier))
}

/// Trusts nothing: for clients that only speak plain HTTP to this machine.
pub(crate) fn none() -> Result<ClientConfig, SetupError> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::because("TLS could not be set up", error))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

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
