//! What should be true before a link is made, looked at without changing
//! anything. Each check says what it saw; one that could not be made says why.

mod account;
mod network;
mod server;

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, pending};
use std::time::Duration;

use tokio::time::timeout;
use vmc_http::SetupError;

use crate::about::About;
use crate::flavour::Flavour;
use crate::host_port::HostPort;
use crate::trust::Trust;
use crate::vcenter::{VCenter, until};

/// For what a server tells without a login.
const LIMIT: Duration = Duration::from_secs(20);

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Check {
    /// The name has an address.
    Name,
    /// The address has that name.
    ReverseName,
    /// There is a way to the port.
    Tcp,
    /// The certificate is to be trusted, and valid.
    Certificate,
    /// A round trip takes 100 ms at most.
    RoundTrip,
    /// The version can be linked.
    Version,
    /// User and password are accepted.
    Credentials,
    /// The clocks of both sides are at most 10 minutes apart.
    Clock,
    /// The user may manage links.
    Privilege,
    /// There is no link yet.
    Links,
    /// Links are made from one side only: cloud vCenter or gateway.
    Flavour,
    /// The groups are written with their domain.
    AdminGroups,
}

impl Check {
    /// A word for scripts, such as `reverse-name`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::ReverseName => "reverse-name",
            Self::Tcp => "tcp",
            Self::Certificate => "certificate",
            Self::RoundTrip => "round-trip",
            Self::Version => "version",
            Self::Credentials => "credentials",
            Self::Clock => "clock",
            Self::Privilege => "privilege",
            Self::Links => "links",
            Self::Flavour => "flavour",
            Self::AdminGroups => "admin-groups",
        }
    }

    /// How much depends on it.
    pub fn severity(self) -> Severity {
        match self {
            Self::ReverseName | Self::RoundTrip => Severity::Advised,
            _ => Severity::Required,
        }
    }

    fn finding(self, target: &HostPort, state: State, evidence: impl Into<String>) -> Finding {
        Finding {
            id: self,
            target: target.clone(),
            severity: self.severity(),
            advice: match state {
                State::Passed => None,
                _ => Some(self.advice()),
            },
            state,
            evidence: evidence.into(),
        }
    }

    fn not_made(self, target: &HostPort, why: impl Into<String>) -> Finding {
        self.finding(target, State::NotMade(why.into()), String::new())
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Name => "Correct the name, or the DNS of this machine.",
            Self::ReverseName => {
                "Add a PTR record: the vCenters look each other up in both directions."
            }
            Self::Tcp => {
                "Open the port in the firewalls on the way, and check VPN or Direct Connect."
            }
            Self::Certificate => {
                "Compare the thumbprint with the server's own and pin it, give the bundle of its authority, \
                 or renew the certificate."
            }
            Self::RoundTrip => {
                "Measure again from a machine next to the other vCenter; 100 ms is the limit."
            }
            Self::Version => {
                "Links are made from vCenter 6.7 to 9.0, with one on premises of 6.0 U3c, 6.5d or later."
            }
            Self::Credentials => {
                "Check user, domain and password. Do not try often: vCenter locks accounts."
            }
            Self::Clock => "Set both sides to the same time source (NTP).",
            Self::Privilege => "Give the user the privileges HLM.Manage and System.Read.",
            Self::Links => "Unlink first, or leave the link as it is.",
            Self::Flavour => "Unlink on the other side first: only one of the two may be in use.",
            Self::AdminGroups => "Write each group as group@domain or DOMAIN\\group.",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How much depends on a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Without it a link may work badly.
    Advised,
    /// Without it there will be no link.
    Required,
}

impl Severity {
    /// `advised` or `required`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advised => "advised",
            Self::Required => "required",
        }
    }
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// All is well.
    Passed,
    /// It stands in the way of a link.
    Failed,
    /// It may become a problem.
    Warned,
    /// It could not be made, for this reason.
    NotMade(String),
}

impl State {
    /// `passed`, `failed`, `warned` or `not-made`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Warned => "warned",
            Self::NotMade(_) => "not-made",
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Which check.
    pub id: Check,
    /// The server it is about.
    pub target: HostPort,
    /// How much depends on it.
    pub severity: Severity,
    /// What came of it.
    pub state: State,
    /// What was seen, and from where. Empty where the check was not made.
    pub evidence: String,
    /// What to do, unless all is well.
    pub advice: Option<&'static str>,
}

/// One side of a link.
#[derive(Debug, Clone)]
pub struct Side {
    /// Where it is.
    pub address: HostPort,
    /// How its certificate is judged.
    pub trust: Trust,
    /// The login there, where there is one. Its connections are judged as it
    /// was made, so make it with the same trust.
    pub vcenter: Option<VCenter>,
}

impl Side {
    async fn about(&self) -> Result<About, String> {
        let asked = match &self.vcenter {
            Some(vcenter) => vcenter.about().await,
            None => {
                let client = self.client().map_err(|error| error.to_string())?;
                About::ask(&client).await
            }
        };
        asked.map_err(|error| error.to_string())
    }

    fn client(&self) -> Result<vmc_http::Client, SetupError> {
        let transport = self.trust.apply(vmc_http::Transport::builder())?.build();
        vmc_http::Client::builder(self.address.url())
            .transport(&transport)
            .build()
    }
}

/// What is to be linked.
#[derive(Debug, Clone)]
pub struct Targets {
    /// Where the link is to be made: the cloud vCenter or the gateway.
    pub local: Side,
    /// Which of the two that is.
    pub flavour: Flavour,
    /// What it is to be linked with.
    pub remote: Side,
    /// The single sign-on domain of the other side.
    pub domain_name: String,
    /// Groups that are to get the rights of a cloud administrator.
    pub admin_groups: Vec<String>,
    /// Where links of the other flavour would be: the gateway, if the link is
    /// to be made from the cloud vCenter, and the other way round.
    pub other_flavour: Option<Side>,
}

/// All checks.
#[derive(Debug, Clone, Copy)]
pub struct Prechecks;

impl Prechecks {
    /// Makes all checks, from this machine, and logs out of all vCenters.
    /// No password is sent where the certificate did not pass.
    pub async fn run(targets: &Targets) -> Vec<Finding> {
        let Ok(findings) = Self::run_until(targets, pending::<Infallible>()).await;
        findings
    }

    /// As [`Prechecks::run`], and ends when `stop` is ready: for Ctrl-C.
    ///
    /// # Errors
    /// What `stop` gives.
    pub async fn run_until<E>(
        targets: &Targets,
        stop: impl Future<Output = E>,
    ) -> Result<Vec<Finding>, E> {
        let sides = [
            Some(&targets.local),
            Some(&targets.remote),
            targets.other_flavour.as_ref(),
        ];
        let sides = sides.into_iter().flatten();
        let vcenters: Vec<_> = sides.filter_map(|side| side.vcenter.as_ref()).collect();
        let work = async { Ok(Self::all(targets).await) };
        until(&vcenters, work, stop).await
    }

    async fn all(targets: &Targets) -> Vec<Finding> {
        let Targets { local, remote, .. } = targets;
        // Before 6.7 that may be a Platform Services Controller of its own.
        let bare_psc = targets.flavour == Flavour::CloudVcenter;
        let (here, there) = tokio::join!(look_at(local, false), look_at(remote, bare_psc));
        let mut findings = here.findings;
        findings.extend(there.findings);
        findings.push(server::local_version(local, &here.about));
        findings.push(server::remote_version(remote, &there.about));
        findings.push(server::clocks(local, &here.about, remote, &there.about));
        findings.extend(account::local(targets, here.entered).await);
        findings.push(match &targets.other_flavour {
            Some(other) => account::only_flavour(other, look_at(other, false).await.entered).await,
            None => Check::Flavour.not_made(
                &local.address,
                format!("no {} was named", account::other(targets.flavour)),
            ),
        });
        findings.push(account::groups(targets));
        findings
    }
}

/// What one side looks like.
struct Seen {
    findings: Vec<Finding>,
    /// What it tells, or why it was not asked.
    about: Result<About, String>,
    /// Whether the login succeeded, or why there is none.
    entered: Result<(), String>,
}

/// Goes as far in as it gets; what lies beyond is not made. `bare_psc`: it need
/// not be a vCenter.
async fn look_at(side: &Side, bare_psc: bool) -> Seen {
    let mut findings = Vec::new();
    let reached = network::reach(&side.address, &mut findings).await;
    let trusted = match reached {
        Ok(()) => server::certificate(side, &mut findings).await,
        Err(why) => {
            findings.push(Check::Certificate.not_made(&side.address, &why));
            Err(why)
        }
    };
    let about = match &trusted {
        Ok(()) => timeout(LIMIT, side.about())
            .await
            .unwrap_or_else(|_| Err("the server does not answer".into())),
        Err(why) => Err(why.clone()),
    };
    let entered = match (trusted, &side.vcenter) {
        (Err(why), _) => {
            findings.push(
                Check::Credentials.not_made(&side.address, format!("{why}; no password was sent")),
            );
            Err(why)
        }
        (Ok(()), None) => {
            let why = "no credentials were given";
            findings.push(Check::Credentials.not_made(&side.address, why));
            Err(why.into())
        }
        (Ok(()), Some(vcenter)) => {
            account::log_in(&side.address, vcenter, bare_psc, &mut findings).await
        }
    };
    Seen {
        findings,
        about,
        entered,
    }
}

#[cfg(test)]
mod tests;
