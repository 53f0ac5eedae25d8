//! A certificate authority for one run.

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// An acceptor for `localhost`, `127.0.0.1` and `::1`, and the authority's certificate.
pub(crate) fn acceptor() -> Result<(TlsAcceptor, String), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let mut params = CertificateParams::new(Vec::<String>::new()).map_err(|error| text(&error))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "vmc-mock");
    let ca_key = KeyPair::generate().map_err(|error| text(&error))?;
    let ca = params.self_signed(&ca_key).map_err(|error| text(&error))?;
    let issuer = Issuer::new(params, ca_key);
    let names = ["localhost", "127.0.0.1", "::1"].map(String::from);
    let mut leaf = CertificateParams::new(names).map_err(|error| text(&error))?;
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate().map_err(|error| text(&error))?;
    let certificate = leaf
        .signed_by(&key, &issuer)
        .map_err(|error| text(&error))?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| text(&error))?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .map_err(|error| text(&error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), ca.pem()))
}
