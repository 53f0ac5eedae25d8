//! Verifiers that do without authorities: of a pin, and of nothing at all.

use std::fmt;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::{Thumbprint, provider};

/// A server presented another certificate than the pinned one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinMismatch {
    /// The pinned thumbprint.
    pub expected: Thumbprint,
    /// The presented certificate's, in the same hash.
    pub found: Thumbprint,
}

impl fmt::Display for PinMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        let hash = expected.hash();
        write!(
            f,
            "the pinned {hash} thumbprint is {expected}, the server's certificate has {found}"
        )
    }
}

impl std::error::Error for PinMismatch {}

/// Accepts one certificate, or any where there is no pin; in both cases only
/// from a server that signs the handshake with the certificate's key.
#[derive(Debug)]
pub(super) struct LeafVerifier {
    pin: Option<Thumbprint>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl LeafVerifier {
    pub(super) fn new(pin: Option<Thumbprint>) -> Self {
        Self {
            pin,
            algorithms: provider().signature_verification_algorithms,
        }
    }
}

impl ServerCertVerifier for LeafVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(expected) = self.pin {
            let found = Thumbprint::of(leaf, expected.hash());
            if found != expected {
                let mismatch = PinMismatch { expected, found };
                let error = CertificateError::Other(OtherError(std::sync::Arc::new(mismatch)));
                return Err(Error::InvalidCertificate(error));
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, leaf, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, leaf, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
