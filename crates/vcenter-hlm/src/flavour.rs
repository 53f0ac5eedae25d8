//! From which side a link is made.

/// From which side a link is made. Only one of the two may be in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// From the vCenter of the SDDC. It has to trust the certificate of the
    /// vCenter on premises, and unlinks with the credentials of that side.
    CloudVcenter,
    /// From a vCenter Cloud Gateway on premises. Needs no thumbprint, and
    /// unlinks without credentials.
    Gateway,
}

impl Flavour {
    /// `cloud-vcenter` or `gateway`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudVcenter => "cloud-vcenter",
            Self::Gateway => "gateway",
        }
    }
}
