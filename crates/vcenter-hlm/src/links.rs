//! Links of Hybrid Linked Mode.

use vmc_http::{Secret, id, model, open_enum, operation};

use crate::certificate::Certificate;
use crate::dialect::{Wrapped, in_both_dialects};
use crate::error::HlmError;
use crate::host_port::HostPort;
use crate::vapi_error::{LocalizableMessage, Reply};
use crate::vcenter::VCenter;
use vmc_http::tls::Thumbprint;

id! {
    /// A link between this vCenter's domain and another one.
    pub struct LinkId;
}

open_enum! {
    /// Whether the two sides of a link reach each other.
    pub enum Health {
        /// They do.
        Healthy = "HEALTHY",
        /// They do not; the message says why.
        Unhealthy = "UNHEALTHY",
    }
}

model! {
    /// A link as lists show it.
    pub struct LinkSummary {
        required {
            link: LinkId,
        }
        /// Usually the name of the linked domain.
        display_name: Option<String>,
    }
}

model! {
    /// How a link is.
    pub struct LinkInfo {
        /// Whether the two sides reach each other.
        connection_health_status: Option<Health>,
        /// Why they do not.
        health_status_message: Option<LocalizableMessage>,
    }
}

model! {
    /// What to link with. The names are those of a Platform Services
    /// Controller; since vCenter 6.7 it is part of the vCenter.
    pub struct LinkSpec {
        required {
            /// Host name or address of the other side.
            psc_hostname: String,
            /// Its single sign-on domain, such as `vsphere.local`.
            domain_name: String,
            /// An administrator there, such as `administrator@vsphere.local`.
            username: String,
            password: Secret,
        }
        /// Its port, as text; 443 unless given.
        port: Option<String>,
        /// SHA-1 of its certificate, upper case with colons. Deprecated in 9.0.
        ssl_thumbprint: Option<String>,
        /// Its certificate in PEM, since 9.0.
        ssl_certificate: Option<String>,
        /// Groups of its identity source that get the rights of a cloud administrator.
        admin_groups: Option<Vec<String>>,
    }
}

impl LinkSpec {
    /// Links with the vCenter at `address`.
    pub fn with(
        address: &HostPort,
        domain: impl Into<String>,
        user: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        let mut spec = Self::new(address.host(), domain, user, password);
        spec.port = Some(address.port().to_string());
        spec
    }

    /// Tells the vCenter which certificate to expect there: up to 8.0.
    #[must_use]
    pub fn thumbprint(mut self, thumbprint: Thumbprint) -> Self {
        self.ssl_thumbprint = Some(thumbprint.to_string());
        self
    }

    /// Tells the vCenter which certificate to expect there: since 9.0.
    #[must_use]
    pub fn certificate(mut self, certificate: &Certificate) -> Self {
        self.ssl_certificate = Some(certificate.pem());
        self
    }

    /// Adds a group of administrators.
    #[must_use]
    pub fn admin_group(mut self, group: impl Into<String>) -> Self {
        self.admin_groups.get_or_insert_default().push(group.into());
        self
    }

    /// Where the other side is.
    ///
    /// # Errors
    /// When host or port is none.
    pub fn address(&self) -> Result<HostPort, HlmError> {
        let text = match &self.port {
            Some(port) if self.psc_hostname.contains(':') => {
                let host = self.psc_hostname.trim_matches(['[', ']']);
                format!("[{host}]:{port}")
            }
            Some(port) => format!("{}:{port}", self.psc_hostname),
            None => self.psc_hostname.clone(),
        };
        text.parse().map_err(HlmError::Address)
    }
}

model! {
    /// An administrator of the other side.
    pub struct LinkCredentials {
        required {
            /// Such as `administrator@vsphere.local`.
            user_name: String,
            password: Secret,
        }
    }
}

model! {
    /// Credentials as some calls take them.
    pub struct CredentialsBody {
        credentials: Option<LinkCredentials>,
    }
}

impl From<LinkCredentials> for CredentialsBody {
    fn from(credentials: LinkCredentials) -> Self {
        let mut body = Self::new();
        body.credentials = Some(credentials);
        body
    }
}

model! {
    /// A [`LinkSpec`] as the `/rest` dialect takes it.
    pub struct LinkSpecRest {
        required {
            spec: LinkSpec,
        }
    }
}

in_both_dialects! {
    /// Lists the links.
    ListLinks "/api/hvc/links", ListLinksRest "/rest/hvc/links" =>
    "hvc.links.list", GET, Safe -> Vec<LinkSummary> {}
}

in_both_dialects! {
    /// Shows how a link is.
    GetLink "/api/hvc/links/{link}", GetLinkRest "/rest/hvc/links/{link}" =>
    "hvc.links.get", GET, Safe -> LinkInfo { path { link: LinkId } }
}

operation! {
    /// Makes a link (`POST /api/hvc/links`).
    pub struct CreateLink => "hvc.links.create", POST "/api/hvc/links", Once -> Reply<LinkId> {
        body spec: LinkSpec
    }
}

operation! {
    /// Makes a link (`POST /rest/hvc/links`).
    pub struct CreateLinkRest => "hvc.links.create", POST "/rest/hvc/links", Once -> Reply<Wrapped<LinkId>> {
        body spec: LinkSpecRest
    }
}

// A second arrival finds nothing left to remove.
in_both_dialects! {
    /// Removes a link, from the side of a gateway.
    DeleteLink "/api/hvc/links/{link}", DeleteLinkRest "/rest/hvc/links/{link}" =>
    "hvc.links.delete", DELETE, Converges { path { link: LinkId } }
}

// `Once` for the password in it: a server that words a wrong one as a fault of
// its own must not be asked again, because accounts get locked.
in_both_dialects! {
    /// Removes a link, from the side of the cloud vCenter.
    DeleteLinkWithCredentials "/api/hvc/links/{link}",
    DeleteLinkWithCredentialsRest "/rest/hvc/links/{link}" =>
    "hvc.links.delete_with_credentials", POST, Once {
        path { link: LinkId }
        always { "action" = "delete" }
        body credentials: CredentialsBody
    }
}

/// The links of a vCenter. Single calls; [`Hlm`](crate::Hlm) puts them
/// together with looking before and after.
#[derive(Debug, Clone, Copy)]
pub struct Links<'a>(pub(crate) &'a VCenter);

impl Links<'_> {
    /// All links. None is an empty list.
    ///
    /// # Errors
    /// [`HlmError::Call`] with a [`LoginError`](crate::LoginError) inside when
    /// there is no session; [`HlmError::Removed`] where the vCenter has no
    /// Hybrid Linked Mode.
    pub async fn list(&self) -> Result<Vec<LinkSummary>, HlmError> {
        let (api, rest) = (ListLinks::new(), ListLinksRest::new());
        self.0.call(api, rest, Wrapped::into_value).await
    }

    /// How a link is.
    ///
    /// # Errors
    /// As [`Links::list`]; [`HlmError::Refused`] when there is no such link.
    pub async fn get(&self, link: &LinkId) -> Result<LinkInfo, HlmError> {
        let (api, rest) = (GetLink::new(link), GetLinkRest::new(link));
        self.0.call(api, rest, Wrapped::into_value).await
    }

    /// Makes a link and gives its id.
    ///
    /// # Errors
    /// As [`Links::list`]; [`HlmError::Refused`] with the reason.
    pub async fn create(&self, spec: LinkSpec) -> Result<LinkId, HlmError> {
        let rest = CreateLinkRest::new(LinkSpecRest::new(spec.clone()));
        let api = CreateLink::new(spec);
        self.0.call(api, rest, Wrapped::into_value).await
    }

    /// Removes a link, as [`Flavour::Gateway`](crate::Flavour::Gateway) does.
    ///
    /// # Errors
    /// As [`Links::get`].
    pub async fn delete(&self, link: &LinkId) -> Result<(), HlmError> {
        let (api, rest) = (DeleteLink::new(link), DeleteLinkRest::new(link));
        self.0.call(api, rest, |done| done).await.map(drop)
    }

    /// Removes a link, as [`Flavour::CloudVcenter`](crate::Flavour::CloudVcenter)
    /// does: with the credentials of an administrator of the other side.
    ///
    /// # Errors
    /// As [`Links::get`].
    pub async fn delete_with_credentials(
        &self,
        link: &LinkId,
        credentials: LinkCredentials,
    ) -> Result<(), HlmError> {
        let body = CredentialsBody::from(credentials);
        let api = DeleteLinkWithCredentials::new(link, body.clone());
        let rest = DeleteLinkWithCredentialsRest::new(link, body);
        self.0.call(api, rest, |done| done).await.map(drop)
    }
}
