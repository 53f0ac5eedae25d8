//! Certificates of servers, looked at before anything is sent.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;
use tokio::net::TcpStream;
use tokio::time::timeout;
use vmc_http::redact::printable;
use vmc_http::tls::{self, CertificateDer, Hash, PinMismatch, Thumbprint};
use vmc_http::{Failure, SetupError};
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

use crate::host_port::HostPort;
use crate::problem::Problem;
use crate::trust::Trust;

/// Fetches the certificates that a server presents: shakes hands, sends
/// nothing else, and hangs up. Goes straight to the server, through no proxy.
/// `limit` is for name resolution, connection and handshake together.
///
/// Nothing is verified yet but that the server has the key that belongs to its
/// certificate; see [`Chain::problems`].
///
/// # Errors
/// [`CertificateError`] says how far it got.
pub async fn fetch(address: &HostPort, limit: Duration) -> Result<Chain, CertificateError> {
    let failed = |why| CertificateError {
        address: address.clone(),
        why,
    };
    let fetching = async {
        let found = tokio::net::lookup_host((address.host(), address.port())).await;
        let addresses: Vec<_> = found.map_err(Why::Unresolved)?.collect();
        let stream = TcpStream::connect(addresses.as_slice())
            .await
            .map_err(Why::Unreachable)?;
        let found = tls::presented_certificates(stream, address.host()).await;
        Chain::read(&found.map_err(Why::NoHandshake)?)
    };
    match timeout(limit, fetching).await {
        Ok(fetched) => fetched.map_err(failed),
        Err(_) => Err(failed(Why::TimeUp(limit))),
    }
}

/// The certificates that a server presented, its own first.
#[derive(Debug, Clone)]
pub struct Chain {
    leaf: Certificate,
    issuers: Vec<Certificate>,
}

impl Chain {
    fn read(presented: &[CertificateDer<'static>]) -> Result<Self, Why> {
        let mut certificates = presented
            .iter()
            .map(|der| Certificate::from_der(der))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Why::Unreadable)?
            .into_iter();
        let nothing = || Why::Unreadable(NotACertificate("none was presented".into()));
        Ok(Self {
            leaf: certificates.next().ok_or_else(nothing)?,
            issuers: certificates.collect(),
        })
    }

    /// The server's own certificate.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// All of them, the server's own first.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.leaf).chain(&self.issuers)
    }

    /// What speaks against the server being `host`, judged like a connection
    /// with this trust at the time `now`: with none, such a connection is made.
    /// Reads the system's certificates, unless one is pinned.
    ///
    /// # Errors
    /// When the bundle has no readable certificate.
    pub fn problems(
        &self,
        now: OffsetDateTime,
        host: &str,
        trust: &Trust,
    ) -> Result<Vec<Problem>, SetupError> {
        let extra = match trust {
            Trust::System => Vec::new(),
            Trust::Bundle(pem) => tls::read_bundle(pem)?,
            Trust::Pinned(expected) => {
                let found = self.leaf.thumbprint(expected.hash());
                let expected = *expected;
                let differs = expected != found;
                let mismatch = PinMismatch { expected, found };
                return Ok(differs
                    .then_some(Problem::WrongPin(mismatch))
                    .into_iter()
                    .collect());
            }
        };
        let chain: Vec<_> = self.certificates().map(|one| one.der.clone()).collect();
        let Err(refused) = tls::verify(&chain, host, extra.clone(), now.into()) else {
            return Ok(Vec::new());
        };
        let mut problems = self.leaf.problems(now, host);
        // Would it be trusted, were it for this host and for now?
        let end = self.leaf.not_after.max(self.leaf.not_before);
        let at = now.clamp(self.leaf.not_before, end);
        let untrusted = |failure: &Failure| Problem::Untrusted {
            issuer: self.leaf.issuer.clone(),
            reason: cause(failure),
        };
        match tls::verify_issuer(&chain, extra, at.into()) {
            Ok(()) => problems.retain(|problem| *problem != Problem::SelfSigned),
            // Says it all.
            Err(_) if problems.contains(&Problem::SelfSigned) => {}
            Err(failure) => problems.push(untrusted(&failure)),
        }
        if problems.is_empty() {
            problems.push(untrusted(&refused));
        }
        Ok(problems)
    }
}

/// A failure's own cause, in words.
fn cause(failure: &Failure) -> String {
    let source = std::error::Error::source(failure);
    let text = source.map_or_else(|| failure.to_string(), ToString::to_string);
    let text = text
        .strip_prefix("invalid peer certificate: ")
        .unwrap_or(&text);
    printable(text, 300)
}

/// A certificate, read for people.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    names: Vec<String>,
    common_name: Option<String>,
    subject: String,
    issuer: String,
    serial: String,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    self_issued: bool,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// When it is no X.509 certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, NotACertificate> {
        let refused =
            |error: &dyn fmt::Display| NotACertificate(printable(&error.to_string(), 200));
        let parsed = x509_cert::Certificate::from_der(der).map_err(|error| refused(&error))?;
        let facts = parsed.tbs_certificate();
        let alternatives = facts.get_extension::<SubjectAltName>().ok().flatten();
        let names = alternatives.map(|(_, list)| list.0).unwrap_or_default();
        let common_name = facts.subject().common_name().ok().flatten();
        Ok(Self {
            der: CertificateDer::from(der.to_vec()),
            names: names.iter().filter_map(alternative).collect(),
            common_name: common_name.map(|name| printable(&name.value(), 300)),
            subject: printable(&facts.subject().to_string(), 300),
            issuer: printable(&facts.issuer().to_string(), 300),
            serial: facts.serial_number().to_string(),
            not_before: moment(facts.validity().not_before),
            not_after: moment(facts.validity().not_after),
            self_issued: facts.subject() == facts.issuer(),
        })
    }

    /// The hash of the certificate.
    pub fn thumbprint(&self, hash: Hash) -> Thumbprint {
        Thumbprint::of(&self.der, hash)
    }

    /// The certificate as a PEM block, with a line break at its end.
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = more;
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The DNS names and IP addresses it is made out to.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name in its subject: for people, nobody verifies a host by it.
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// Its subject, such as `CN=vc.example,C=US`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Who issued it, as it says itself.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The issuer's number for it, in hexadecimal.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// When it begins to be valid.
    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// When it ceases to be valid.
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// What can be seen to be wrong with it, for `host` at the time `now`,
    /// without asking whom to trust. [`Chain::problems`] asks that too.
    pub fn problems(&self, now: OffsetDateTime, host: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if now > self.not_after {
            problems.push(Problem::Expired {
                since: self.not_after,
            });
        }
        if now < self.not_before {
            problems.push(Problem::NotYetValid {
                until: self.not_before,
            });
        }
        if !tls::names_host(&self.der, host) {
            problems.push(Problem::WrongName {
                host: host.to_owned(),
                names: self.names.clone(),
            });
        }
        if self.self_issued {
            problems.push(Problem::SelfSigned);
        }
        problems
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject)
            .field("thumbprint", &self.thumbprint(Hash::Sha256))
            .finish_non_exhaustive()
    }
}

fn alternative(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(printable(name.as_str(), 300)),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
            let ip = v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
            ip.ok().map(|ip| ip.to_string())
        }
        _ => None,
    }
}

fn moment(time: Time) -> OffsetDateTime {
    OffsetDateTime::from(SystemTime::UNIX_EPOCH + time.to_unix_duration())
}

/// Bytes that are no certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotACertificate(String);

impl fmt::Display for NotACertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotACertificate {}

/// A server whose certificate could not be had.
#[derive(Debug)]
pub struct CertificateError {
    address: HostPort,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Unresolved(io::Error),
    Unreachable(io::Error),
    NoHandshake(Failure),
    TimeUp(Duration),
    Unreadable(NotACertificate),
}

impl CertificateError {
    /// The server.
    pub fn address(&self) -> &HostPort {
        &self.address
    }

    /// Whether there was a connection, so that something answers there.
    pub fn connected(&self) -> bool {
        matches!(self.why, Why::NoHandshake(_) | Why::Unreadable(_))
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self.why {
            Why::Unresolved(_) => "Check the spelling of the name and this machine's DNS.",
            Why::Unreachable(_) | Why::TimeUp(_) => {
                "Check the address and the port, and that the firewalls on the way let this machine through."
            }
            Why::NoHandshake(_) | Why::Unreadable(_) => {
                "Check the port: something else than HTTPS may answer there, or a server that knows no TLS 1.2."
            }
        }
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, why } = self;
        match why {
            Why::Unresolved(_) => write!(f, "the name {} is unknown", address.host()),
            Why::Unreachable(_) => write!(f, "{address} could not be reached"),
            Why::NoHandshake(_) => write!(f, "{address} does not speak TLS as it should"),
            Why::TimeUp(limit) => write!(
                f,
                "{address} gave no certificate within {} s",
                limit.as_secs_f32()
            ),
            Why::Unreadable(_) => write!(f, "the certificate of {address} cannot be read"),
        }
    }
}

impl std::error::Error for CertificateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Unresolved(error) | Why::Unreachable(error) => Some(error),
            Why::NoHandshake(failure) => std::error::Error::source(failure),
            Why::Unreadable(error) => Some(error),
            Why::TimeUp(_) => None,
        }
    }
}
