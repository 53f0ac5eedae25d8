//! vCenters: who may log in, who has, and what is linked to what.

use super::{
    Sddc, World,
    table::{Table, row},
};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// The user of a simulated cloud vCenter.
pub const CLOUD_VCENTER_USER: &str = "cloudadmin@vmc.local";
/// Its password; easy to search for in logs.
pub const CLOUD_VCENTER_PASSWORD: &str = "CANARY-cloud-vcenter-password";
/// The user of other simulated vCenters.
pub const VCENTER_USER: &str = "Administrator@vsphere.local";
/// The password of that user; easy to search for in logs.
pub const VCENTER_PASSWORD: &str = "CANARY-on-premises-vcenter-password";

/// A vCenter, or a vCenter Cloud Gateway.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VCenter {
    /// The name it has in tests and in the journal.
    pub id: String,
    /// The SDDC it belongs to, by name or id. A cloud vCenter without one is the vCenter of every
    /// SDDC that has no other.
    pub sddc: Option<String>,
    /// The host name it calls itself; nothing resolves it.
    pub host: String,
    /// Where it listens, once it does.
    pub address: Option<IpAddr>,
    /// Its port. 0 before the start: a free one, or 443 in process.
    pub port: u16,
    /// What it is, and so what it offers in `/rest` and `/api`.
    pub version: Version,
    /// From which end it links.
    pub flavour: Flavour,
    /// The domain of its single sign-on, such as `vsphere.local`.
    pub sso_domain: String,
    /// Who may log in.
    pub users: Vec<VCenterUser>,
    /// The groups of its identity sources; empty: whatever group is named exists.
    pub groups: Vec<String>,
    /// Open sessions, and expired ones that nobody has looked at since.
    pub sessions: Table<VCenterSession>,
    /// How many sessions were opened.
    pub sessions_opened: u64,
    /// Links made here.
    pub links: Table<VCenterLink>,
    /// Groups with the rights of cloud administrators.
    pub administrators: Vec<String>,
    /// What is wrong with its certificate.
    pub certificate: Certificate,
    /// Number of its certificate: another number, another certificate.
    pub certificate_number: u64,
    /// How many TLS handshakes it has seen, with or without a request after.
    pub handshakes: u64,
    /// How far its clock, shown in the `Date` header, is ahead of the real time.
    pub clock_offset_seconds: i64,
    /// The next link stays half-made: an error is answered, and an UNHEALTHY link with this
    /// message is there.
    pub half_made: Option<String>,
}
row!(VCenter, id);

/// Which end of a link a vCenter is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flavour {
    /// The vCenter of an SDDC: links want a thumbprint, unlinking wants credentials.
    #[default]
    Cloud,
    /// A vCenter Cloud Gateway on premises: links want no thumbprint.
    Gateway,
    /// Any other vCenter: can be linked to, and makes no links.
    OnPremises,
}

/// What is wrong with a certificate, if anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Certificate {
    /// Nothing: signed by the simulator's authority, for its names.
    #[default]
    Valid,
    /// Ended yesterday.
    Expired,
    /// Starts tomorrow.
    NotYetValid,
    /// Is for somebody else.
    WrongName,
    /// Has its name in the subject only, where nobody looks any more.
    CommonName,
    /// Is signed by nobody but itself.
    SelfSigned,
    /// Is another one in each handshake.
    Rotating,
}

/// Who may log in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VCenterUser {
    /// `name@domain`.
    pub name: String,
    /// Password.
    pub password: String,
    /// Locked by an administrator.
    pub locked: bool,
    /// Wrong passwords since the last right one.
    pub failures: u32,
    /// Locked until then, after too many wrong passwords.
    pub locked_until: Option<Time>,
    /// `HLM.Manage`, `System.Read`.
    pub privileges: Vec<String>,
}

impl Default for VCenterUser {
    fn default() -> Self {
        Self {
            name: String::new(),
            password: String::new(),
            locked: false,
            failures: 0,
            locked_until: None,
            privileges: vec!["HLM.Manage".into(), "System.Read".into()],
        }
    }
}

/// A session.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VCenterSession {
    /// What the client shows.
    pub id: String,
    /// The how-many-th of this vCenter; in the journal.
    pub number: u64,
    /// Name of the user.
    pub user: String,
    /// Login.
    pub created: Time,
    /// Last use.
    pub accessed: Time,
    /// When it ends, unless it is used before.
    pub expires: Time,
}
row!(VCenterSession, id);

/// A link from one vCenter to another.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VCenterLink {
    /// UUID.
    pub id: String,
    /// The vCenter at the other end.
    pub peer: String,
    /// Its domain; also the name that is shown.
    pub domain: String,
    /// Number of the certificate it had.
    pub certificate_number: u64,
    /// Why it is UNHEALTHY.
    pub unhealthy: Option<String>,
    /// What is copied from the other end.
    pub providers: Table<SyncProvider>,
    /// Creation.
    pub created: Time,
}
row!(VCenterLink, id);

/// One kind of thing that a link copies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyncProvider {
    /// Its id.
    pub id: String,
    /// The next run fails with this message.
    pub fails: Option<String>,
    /// The last run, perhaps still on its way.
    pub run: Option<SyncRun>,
    /// The run before.
    pub before: Option<SyncRun>,
}
row!(SyncProvider, id);

/// A run of a provider.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyncRun {
    /// Start.
    pub started: Time,
    /// How long it takes.
    pub seconds: u64,
    /// Why it fails in the end.
    pub error: Option<String>,
}

impl SyncRun {
    pub(crate) fn ends(&self) -> Time {
        self.started.plus(Duration::from_secs(self.seconds))
    }
}

impl VCenter {
    /// The vCenter of an SDDC, 8.0.3, with [`CLOUD_VCENTER_USER`].
    pub fn cloud(id: impl Into<String>) -> Self {
        let user = (CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD);
        Self::new(id.into(), Flavour::Cloud, "vmc.local", user)
    }

    /// A vCenter Cloud Gateway, 8.0.3, with [`VCENTER_USER`].
    pub fn gateway(id: impl Into<String>) -> Self {
        let user = (VCENTER_USER, VCENTER_PASSWORD);
        Self::new(id.into(), Flavour::Gateway, "vsphere.local", user)
    }

    /// A vCenter on premises, 8.0.3, with [`VCENTER_USER`].
    pub fn on_premises(id: impl Into<String>) -> Self {
        let user = (VCENTER_USER, VCENTER_PASSWORD);
        Self::new(id.into(), Flavour::OnPremises, "vsphere.local", user)
    }

    fn new(id: String, flavour: Flavour, domain: &str, (name, password): (&str, &str)) -> Self {
        Self {
            host: format!("{id}.vmc-mock.test"),
            id,
            flavour,
            sso_domain: domain.into(),
            users: vec![VCenterUser {
                name: name.into(),
                password: password.into(),
                ..VCenterUser::default()
            }],
            ..Self::default()
        }
    }

    /// Another version.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Another certificate.
    #[must_use]
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificate = certificate;
        self
    }

    /// Its base URL, without a trailing slash.
    pub fn url(&self) -> String {
        match (self.address, self.port) {
            (Some(address), port) => format!("https://{}", SocketAddr::new(address, port)),
            (None, 443) => format!("https://{}", self.host),
            (None, port) => format!("https://{}:{port}", self.host),
        }
    }

    /// How many sessions are open.
    pub fn open_sessions(&self, now: Time) -> usize {
        let open = self.sessions.iter().filter(|row| row.expires > now);
        open.count()
    }

    /// A user, as people write it: `name@domain` in any case, `DOMAIN\name`, or the bare name.
    pub(crate) fn user_mut(&mut self, given: &str) -> Option<&mut VCenterUser> {
        let domain = self.sso_domain.clone();
        let full = match (given.split_once('\\'), given.contains('@')) {
            (Some((domain, name)), _) => format!("{name}@{domain}"),
            (None, true) => given.to_owned(),
            (None, false) => format!("{given}@{domain}"),
        };
        let mut users = self.users.iter_mut();
        users.find(|user| user.name.eq_ignore_ascii_case(&full))
    }

    /// Whether a group exists, as far as is known.
    pub(crate) fn knows_group(&self, group: &str) -> bool {
        self.groups.is_empty()
            || (self.groups.iter()).any(|known| known.eq_ignore_ascii_case(group))
    }

    /// Whether it is what somebody calls `host` and `port`.
    pub(crate) fn is_at(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']);
        let listening = |address: IpAddr| {
            host.eq_ignore_ascii_case("localhost")
                || host.parse().is_ok_and(|ip: IpAddr| ip == address)
        };
        self.port == port
            && (self.host.eq_ignore_ascii_case(host) || self.address.is_some_and(listening))
    }
}

impl World {
    /// The simulated vCenter of an SDDC, if there is one.
    pub(crate) fn vcenter_of(&self, sddc: &Sddc) -> Option<&VCenter> {
        let mut clouds = self
            .vcenters
            .iter()
            .filter(|row| row.flavour == Flavour::Cloud);
        let is_its = |row: &&VCenter| {
            let owner = row.sddc.as_ref();
            owner.is_some_and(|owner| *owner == sddc.id || *owner == sddc.name)
        };
        let its = clouds.clone().find(is_its);
        its.or_else(|| clouds.find(|row| row.sddc.is_none()))
    }
}

/// The version of a vCenter, such as 8.0.3. Parts that are not named are 0: `7.0` is older than
/// `7.0.2`, where `/api` begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version([u16; 4]);

impl Version {
    /// From its parts.
    pub const fn new(major: u16, minor: u16, update: u16) -> Self {
        Self([major, minor, update, 0])
    }

    /// Reads `8`, `8.0`, `8.0.3` or `8.0.3.0`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 4];
        let mut given = text.split('.');
        let first = given.next()?;
        for (place, part) in parts
            .iter_mut()
            .zip(std::iter::once(first).chain(given.by_ref()))
        {
            *place = part.parse().ok()?;
        }
        given.next().is_none().then_some(Self(parts))
    }

    /// Only the first `count` parts.
    pub(crate) fn to(self, count: usize) -> Self {
        let mut parts = self.0;
        parts.iter_mut().skip(count).for_each(|part| *part = 0);
        Self(parts)
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::new(8, 0, 3)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, update, build] = self.0;
        write!(f, "{major}.{minor}.{update}")?;
        match build {
            0 => Ok(()),
            _ => write!(f, ".{build}"),
        }
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not a version like 8.0.3: {text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let version = |text: &str| Version::parse(text).unwrap();
        assert_eq!(version("8.0"), version("8.0.0.0"));
        assert!(version("7.0") < version("7.0.2") && version("8.0.3") < version("9.0"));
        assert_eq!(version("8.0.3.1").to(3).to_string(), "8.0.3");
        for wrong in ["", "8.x", "8.0.0.0.0", "8."] {
            assert_eq!(Version::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn users_have_many_spellings() {
        let mut vcenter = VCenter::on_premises("a");
        for name in [
            "administrator@vsphere.local",
            "ADMINISTRATOR",
            "vsphere.local\\administrator",
        ] {
            assert!(vcenter.user_mut(name).is_some(), "{name}");
        }
        assert!(vcenter.user_mut("administrator@vmc.local").is_none());
    }
}
