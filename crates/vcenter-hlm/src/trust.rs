//! Whom to believe that a server is what its address says.

use vmc_http::tls::Thumbprint;
use vmc_http::{SetupError, TransportBuilder};

/// How a server's certificate is judged. There is no way to judge none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// By the authorities that the system trusts.
    #[default]
    System,
    /// By the authorities in this PEM bundle, and those of the system.
    Bundle(Vec<u8>),
    /// By its thumbprint and nothing else: who signed it, its names and its
    /// dates do not matter.
    Pinned(Thumbprint),
}

impl Trust {
    /// The same trust for a client's connections: each is judged before a byte
    /// of a request, and so a password, goes over it.
    ///
    /// # Errors
    /// When the bundle has no readable certificate.
    pub fn apply(&self, transport: TransportBuilder) -> Result<TransportBuilder, SetupError> {
        match self {
            Self::System => Ok(transport),
            Self::Bundle(pem) => transport.extra_ca_pem(pem),
            Self::Pinned(thumbprint) => Ok(transport.pin(*thumbprint)),
        }
    }
}
