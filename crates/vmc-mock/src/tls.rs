//! A certificate authority for one run, and what it signs.

use crate::world::{Certificate, VCenter};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::ResolvesServerCert,
    sign::{CertifiedKey, SingleCertAndKey},
};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

/// Signs certificates, each once: who asks for the same one again gets it again.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
    issued: Mutex<HashMap<Wanted, Issued>>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Wanted {
    host: Option<String>,
    kind: Certificate,
    number: u64,
}

/// A certificate.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) pem: String,
    der: CertificateDer<'static>,
    key: Arc<CertifiedKey>,
}

impl Issued {
    pub(crate) fn sha1(&self) -> String {
        colons(&Sha1::digest(&self.der))
    }

    pub(crate) fn sha256(&self) -> String {
        colons(&Sha256::digest(&self.der))
    }
}

/// Upper case with colons, as vCenter shows thumbprints.
fn colons(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}

impl Authority {
    pub(crate) fn new() -> Result<Self, String> {
        let mut params = CertificateParams::new(Vec::<String>::new()).map_err(text)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "vmc-mock");
        let key = KeyPair::generate().map_err(text)?;
        let own = params.self_signed(&key).map_err(text)?;
        Ok(Self {
            issuer: Issuer::new(params, key),
            der: own.der().clone(),
            pem: own.pem(),
            issued: Mutex::default(),
        })
    }

    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// An acceptor for `localhost`, `127.0.0.1` and `::1`.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let own = self.issue(Wanted {
            host: None,
            kind: Certificate::Valid,
            number: 0,
        })?;
        acceptor(Arc::new(SingleCertAndKey::from(own.key)))
    }

    /// The certificate that a vCenter shows now.
    pub(crate) fn of(&self, vcenter: &VCenter) -> Result<Issued, String> {
        self.issue(Wanted {
            host: Some(vcenter.host.clone()),
            kind: vcenter.certificate,
            number: vcenter.certificate_number,
        })
    }

    /// The key pair of a certificate, for a handshake.
    pub(crate) fn key_of(&self, vcenter: &VCenter) -> Result<Arc<CertifiedKey>, String> {
        Ok(self.of(vcenter)?.key)
    }

    fn issue(&self, wanted: Wanted) -> Result<Issued, String> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = issued.get(&wanted) {
            return Ok(known.clone());
        }
        let new = self.sign(&wanted)?;
        issued.insert(wanted, new.clone());
        Ok(new)
    }

    fn sign(&self, wanted: &Wanted) -> Result<Issued, String> {
        let own_name = wanted.host.clone();
        let mut names: Vec<String> = own_name.iter().cloned().collect();
        names.extend(["localhost", "127.0.0.1", "::1"].map(String::from));
        match wanted.kind {
            Certificate::WrongName => names = vec!["somebody-else.vmc-mock.test".into()],
            Certificate::CommonName => names.clear(),
            _ => {}
        }
        let mut leaf = CertificateParams::new(names).map_err(text)?;
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if let Some(name) = own_name {
            leaf.distinguished_name.push(DnType::CommonName, name);
        }
        // Clients look at their own clock, so this is the real time.
        let days = |count: i64| OffsetDateTime::now_utc() + Duration::days(count);
        (leaf.not_before, leaf.not_after) = match wanted.kind {
            Certificate::Expired => (days(-400), days(-1)),
            Certificate::NotYetValid => (days(1), days(400)),
            _ => (days(-30), days(370)),
        };
        let key = KeyPair::generate().map_err(text)?;
        let certificate = match wanted.kind {
            Certificate::SelfSigned => leaf.self_signed(&key),
            _ => leaf.signed_by(&key, &self.issuer),
        }
        .map_err(text)?;
        let der = certificate.der().clone();
        let chain = match wanted.kind {
            Certificate::SelfSigned => vec![der.clone()],
            _ => vec![der.clone(), self.der.clone()],
        };
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing = ring::sign::any_supported_type(&private).map_err(text)?;
        Ok(Issued {
            pem: certificate.pem(),
            der,
            key: Arc::new(CertifiedKey::new(chain, signing)),
        })
    }
}

/// An acceptor that asks which certificate to show.
pub(crate) fn acceptor(shown: Arc<dyn ResolvesServerCert>) -> Result<TlsAcceptor, String> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(text)?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
