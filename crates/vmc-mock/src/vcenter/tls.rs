//! The certificate that a vCenter shows in a handshake.

use crate::{pipeline::Core, world::Certificate};
use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{fmt, sync::Arc};

/// Shows the certificate that the vCenter has at this moment, and counts the handshake.
pub(crate) struct Shown {
    pub(crate) core: Arc<Core>,
    pub(crate) vcenter: String,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shown").field(&self.vcenter).finish()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut state = self.core.lock();
        let vcenter = state.world.vcenters.get_mut(&self.vcenter)?;
        vcenter.handshakes += 1;
        if vcenter.certificate == Certificate::Rotating {
            vcenter.certificate_number += 1;
        }
        self.core.authority.key_of(vcenter).ok()
    }
}
