//! Linking and unlinking: look, decide, act, confirm.

use std::time::Duration;

use time::OffsetDateTime;
use vmc_http::tls::Hash;
use vmc_http::{Error, Outcome};

use crate::about::Version;
use crate::certificate::{self, Certificate};
use crate::error::HlmError;
use crate::flavour::Flavour;
use crate::host_port::HostPort;
use crate::links::{Health, LinkCredentials, LinkInfo, LinkSpec, LinkSummary};
use crate::trust::Trust;
use crate::vapi_error::{ErrorType, LocalizableMessage};
use crate::vcenter::VCenter;

/// From here on a certificate stands in a link's place of a thumbprint.
const CERTIFICATES_SINCE: Version = Version::new(9, 0, 0);

/// For the certificate of the other side.
const FETCH_LIMIT: Duration = Duration::from_secs(10);

/// Hybrid Linked Mode as seen from one vCenter or gateway.
///
/// Each step looks at what is there before and after, so that it may be run
/// again at any time. Nothing logs out: use [`VCenter::with_session`] around it.
#[derive(Debug, Clone)]
pub struct Hlm {
    vcenter: VCenter,
    flavour: Flavour,
}

/// A link and how it is.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkState {
    /// The link.
    pub summary: LinkSummary,
    /// How it is. `None` where the vCenter does not tell, for one because
    /// older ones have no such call; the reason is a line in the log.
    pub info: Option<LinkInfo>,
}

impl LinkState {
    /// Whether the two sides reach each other, where the vCenter tells.
    pub fn health(&self) -> Option<&Health> {
        self.info.as_ref()?.connection_health_status.as_ref()
    }

    /// Whether the vCenter says that the two sides do not reach each other: a
    /// link that was made by half, or broke.
    pub fn is_unhealthy(&self) -> bool {
        self.health() == Some(&Health::Unhealthy)
    }

    /// What the vCenter says about it.
    pub fn message(&self) -> Option<String> {
        let message = self.info.as_ref()?.health_status_message.as_ref();
        message.and_then(LocalizableMessage::text)
    }
}

/// What linking would do.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// Nothing: the link is there.
    Nothing(LinkState),
    /// Send this, as [`Links::create`](crate::Links::create) does. The other
    /// side's certificate was judged and is named in it where it has to be.
    Make(LinkSpec),
}

/// What came of linking. In both cases there is a link; see
/// [`LinkState::is_unhealthy`] for whether it works.
#[derive(Debug, Clone, PartialEq)]
pub enum Linked {
    /// It was made just now.
    Made(LinkState),
    /// It was there already, and nothing was done.
    Already(LinkState),
}

impl Linked {
    /// The link.
    pub fn link(&self) -> &LinkState {
        match self {
            Self::Made(link) | Self::Already(link) => link,
        }
    }
}

/// What came of unlinking.
#[derive(Debug, Clone, PartialEq)]
pub struct Unlinked {
    /// The link that was removed; `None` when there was none, and nothing was done.
    pub removed: Option<LinkSummary>,
    /// What unlinking does not take away.
    pub left_behind: Vec<LeftBehind>,
}

/// What unlinking does not take away.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftBehind {
    /// These groups keep the rights of a cloud administrator.
    AdminGroups(Vec<String>),
    /// Such groups, if there are any: they could not be listed.
    UnseenAdminGroups,
    /// Tags and categories that came over the link: copies stay.
    Tags,
    /// Certificates of the other side's authorities, still trusted.
    TrustedCertificates,
    /// The identity source of the groups, where one was added for the link.
    IdentitySource,
}

impl std::fmt::Display for LeftBehind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AdminGroups(groups) => write!(
                f,
                "groups with the rights of a cloud administrator: {}",
                groups.join(", ")
            ),
            Self::UnseenAdminGroups => f.write_str(
                "groups with the rights of a cloud administrator, if there are any: they could not be listed",
            ),
            Self::Tags => f.write_str("tags and categories that were copied over the link"),
            Self::TrustedCertificates => {
                f.write_str("certificates of the other side's authorities, still trusted")
            }
            Self::IdentitySource => {
                f.write_str("the identity source of the groups, if one was added for the link")
            }
        }
    }
}

impl Hlm {
    /// Hybrid Linked Mode from `vcenter`, which is a gateway or not. No I/O.
    pub fn new(vcenter: &VCenter, flavour: Flavour) -> Self {
        Self {
            vcenter: vcenter.clone(),
            flavour,
        }
    }

    /// All links, and how they are.
    ///
    /// # Errors
    /// As [`Links::list`](crate::Links::list).
    pub async fn links(&self) -> Result<Vec<LinkState>, HlmError> {
        let mut links = Vec::new();
        for summary in self.vcenter.links().list().await? {
            links.push(self.state(summary).await?);
        }
        Ok(links)
    }

    /// The link with a domain or of an id, if there is one.
    ///
    /// # Errors
    /// As [`Links::list`](crate::Links::list).
    pub async fn find(&self, name: &str) -> Result<Option<LinkSummary>, HlmError> {
        let links = self.vcenter.links().list().await?;
        Ok(links.into_iter().find(|link| is_called(link, name)))
    }

    /// Links with another side, unless that is done already.
    ///
    /// From the cloud vCenter, the certificate of the other side is fetched
    /// and judged by `peer`, and handed over in the form that the vCenter's
    /// version takes, unless the spec has one already. A pinned SHA-1
    /// thumbprint does without fetching where the other side cannot be reached
    /// from this machine. A gateway needs none.
    ///
    /// # Errors
    /// [`HlmError::UnverifiedPeer`] when the certificate is not to be trusted;
    /// nothing was sent then. With [`HlmError::outcome`] unknown, running it
    /// again finds out.
    pub async fn link(&self, spec: LinkSpec, peer: &Trust) -> Result<Linked, HlmError> {
        let spec = match self.plan(spec, peer).await? {
            Plan::Nothing(link) => return Ok(Linked::Already(link)),
            Plan::Make(spec) => spec,
        };
        let domain = spec.domain_name.clone();
        match self.vcenter.links().create(spec).await {
            Ok(link) => {
                // It is made, whether it can be looked at or not.
                let found = self.find(link.as_str()).await.ok().flatten();
                let summary = found.unwrap_or_else(|| {
                    let mut summary = LinkSummary::new(link);
                    summary.display_name = Some(domain);
                    summary
                });
                Ok(Linked::Made(self.state_if_told(summary).await))
            }
            Err(error) => {
                let made = match error.outcome() {
                    Outcome::Unknown | Outcome::Done => true,
                    _ if error.kind() == Some(&ErrorType::AlreadyExists) => false,
                    _ => return Err(error),
                };
                // The live state has the last word.
                match self.find(&domain).await {
                    Ok(Some(link)) => {
                        let link = self.state_if_told(link).await;
                        Ok(if made {
                            Linked::Made(link)
                        } else {
                            Linked::Already(link)
                        })
                    }
                    Ok(None) => Err(error.after_a_look()),
                    Err(_) => Err(error),
                }
            }
        }
    }

    /// What [`Hlm::link`] would do. Looks, and changes nothing.
    ///
    /// # Errors
    /// As [`Hlm::link`].
    pub async fn plan(&self, mut spec: LinkSpec, peer: &Trust) -> Result<Plan, HlmError> {
        let address = spec.address()?;
        let own: HostPort = self.vcenter.client().origin().parse()?;
        if own == address {
            return Err(HlmError::ToItself { address });
        }
        if let Some(link) = self.find(&spec.domain_name).await? {
            return Ok(Plan::Nothing(self.state(link).await?));
        }
        if self.flavour == Flavour::CloudVcenter {
            self.introduce(&mut spec, &address, peer).await?;
        }
        Ok(Plan::Make(spec))
    }

    /// Removes the link with a domain or of an id, unless there is none.
    /// From the cloud vCenter, with credentials of the other side.
    ///
    /// # Errors
    /// [`HlmError::NeedsCredentials`], and those of
    /// [`Links::delete`](crate::Links::delete).
    pub async fn unlink(
        &self,
        name: &str,
        credentials: Option<LinkCredentials>,
    ) -> Result<Unlinked, HlmError> {
        let Some(link) = self.find(name).await? else {
            return Ok(Unlinked {
                removed: None,
                left_behind: Vec::new(),
            });
        };
        let links = self.vcenter.links();
        let removal = match (self.flavour, credentials) {
            (Flavour::Gateway, _) => links.delete(&link.link).await,
            (Flavour::CloudVcenter, Some(credentials)) => {
                links.delete_with_credentials(&link.link, credentials).await
            }
            (Flavour::CloudVcenter, None) => return Err(HlmError::NeedsCredentials),
        };
        if let Err(error) = removal {
            let gone = matches!(error.outcome(), Outcome::Unknown | Outcome::Done)
                || error.kind() == Some(&ErrorType::NotFound)
                || matches!(error, HlmError::Removed { .. });
            // The live state has the last word.
            match self.vcenter.links().list().await {
                Ok(links) if gone && links.iter().all(|other| other.link != link.link) => {}
                Ok(_) => return Err(error.after_a_look()),
                Err(_) => return Err(error),
            }
        }
        Ok(Unlinked {
            left_behind: self.left_behind().await,
            removed: Some(link),
        })
    }

    async fn left_behind(&self) -> Vec<LeftBehind> {
        let mut left = Vec::new();
        match self.vcenter.administrators().get().await {
            Ok(groups) if groups.is_empty() => {}
            Ok(groups) => left.push(LeftBehind::AdminGroups(groups)),
            Err(error) => {
                tracing::debug!(%error, "the groups cannot be seen");
                left.push(LeftBehind::UnseenAdminGroups);
            }
        }
        left.extend([
            LeftBehind::IdentitySource,
            LeftBehind::Tags,
            LeftBehind::TrustedCertificates,
        ]);
        left
    }

    /// For a link that is there, whether it can be looked at or not.
    async fn state_if_told(&self, summary: LinkSummary) -> LinkState {
        let unseen = LinkState {
            summary: summary.clone(),
            info: None,
        };
        self.state(summary).await.unwrap_or(unseen)
    }

    async fn state(&self, summary: LinkSummary) -> Result<LinkState, HlmError> {
        let info = match self.vcenter.links().get(&summary.link).await {
            Ok(info) => Some(info),
            Err(HlmError::Removed { .. }) => None,
            // A link that is broken may be one that cannot be looked at: it is
            // there all the same, and so are the others.
            Err(error) if error.vapi().is_some() => {
                tracing::warn!(%error, link = %summary.link, "the vCenter does not tell how the link is");
                None
            }
            Err(error) => return Err(error),
        };
        Ok(LinkState { summary, info })
    }

    /// Adds what the vCenter is to know the other side by.
    async fn introduce(
        &self,
        spec: &mut LinkSpec,
        address: &HostPort,
        peer: &Trust,
    ) -> Result<(), HlmError> {
        if spec.ssl_thumbprint.is_some() || spec.ssl_certificate.is_some() {
            return Ok(());
        }
        let chain = match certificate::fetch(address, FETCH_LIMIT).await {
            Ok(chain) => chain,
            // Something answers there, and it is not what is pinned.
            Err(error) if error.connected() => return Err(error.into()),
            Err(error) => {
                return match peer {
                    Trust::Pinned(pin) if pin.hash() == Hash::Sha1 => {
                        spec.ssl_thumbprint = Some(pin.to_string());
                        Ok(())
                    }
                    Trust::Pinned(_) => Err(HlmError::NeedsSha1 {
                        peer: address.clone(),
                        source: Box::new(error),
                    }),
                    _ => Err(error.into()),
                };
            }
        };
        let problems = chain.problems(OffsetDateTime::now_utc(), address.host(), peer)?;
        if !problems.is_empty() {
            return Err(HlmError::UnverifiedPeer {
                peer: address.clone(),
                problems,
            });
        }
        let version = self.version().await;
        name_peer(spec, chain.leaf(), version);
        Ok(())
    }

    async fn version(&self) -> Option<Version> {
        match self.vcenter.about().await {
            Ok(about) => about.version,
            Err(error) => {
                log_unknown_version(&error);
                None
            }
        }
    }
}

fn log_unknown_version(error: &Error) {
    tracing::debug!(%error, "the version of the vCenter is not known");
}

/// Where the version is not known, the form that all versions take.
fn name_peer(spec: &mut LinkSpec, certificate: &Certificate, version: Option<Version>) {
    if version.is_some_and(|version| version >= CERTIFICATES_SINCE) {
        spec.ssl_certificate = Some(certificate.pem());
    } else {
        spec.ssl_thumbprint = Some(certificate.thumbprint(Hash::Sha1).to_string());
    }
}

fn is_called(link: &LinkSummary, name: &str) -> bool {
    link.link.as_str() == name
        || link
            .display_name
            .as_ref()
            .is_some_and(|domain| domain.eq_ignore_ascii_case(name))
}
