//! What the checks of a link found.

use std::fmt;

use serde::{Serialize, Serializer};
use vmc_http::redact::printable;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Check {
    /// The organization lists the account.
    LinkListed,
    /// It lists it once.
    LinkOnce,
    /// The link is active.
    LinkState,
    /// The AWS credentials are those of the account.
    AwsAccount,
    /// The stack that made the roles is there.
    StackPresent,
    /// The stack is complete.
    StackStatus,
    /// Its template can be read: what roles should be is compared with it.
    StackTemplate,
    /// Its resources are as it made them.
    StackDrift,
    /// It cannot be deleted by mistake.
    StackProtection,
    /// A stack of an account that is not linked.
    StackLeft,
    /// A role that the account names is there.
    RolePresent,
    /// It trusts whom it should.
    RoleTrust,
    /// It has its managed policies.
    RolePolicies,
    /// Its own policies allow what they should.
    RoleActions,
    /// Nothing limits what its policies allow.
    RoleBoundary,
    /// The service knows zones of the account.
    ZoneMapped,
    /// It knows all of them that have subnets.
    ZoneNew,
    /// There is a subnet that an SDDC can be linked to.
    ZoneSubnet,
    /// A subnet is there.
    SubnetPresent,
    /// It has room.
    SubnetFree,
    /// It is large enough.
    SubnetSize,
    /// It belongs to the account.
    SubnetOwner,
    /// It uses the main route table of its VPC.
    SubnetRouteTable,
    /// One of the compatible subnets passes all of that.
    SubnetChoice,
    /// The region has room for network interfaces.
    QuotaInterfaces,
    /// The connection of an SDDC works.
    ConnectionState,
    /// Its network interfaces are there and in use.
    ConnectionInterfaces,
    /// No policy forbids a call outright.
    PolicyDeny,
}

impl Check {
    /// A word for scripts, such as `role.trust`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LinkListed => "link.listed",
            Self::LinkOnce => "link.once",
            Self::LinkState => "link.state",
            Self::AwsAccount => "aws.account",
            Self::StackPresent => "stack.present",
            Self::StackStatus => "stack.status",
            Self::StackTemplate => "stack.template",
            Self::StackDrift => "stack.drift",
            Self::StackProtection => "stack.protection",
            Self::StackLeft => "stack.left",
            Self::RolePresent => "role.present",
            Self::RoleTrust => "role.trust",
            Self::RolePolicies => "role.policies",
            Self::RoleActions => "role.actions",
            Self::RoleBoundary => "role.boundary",
            Self::ZoneMapped => "zone.mapped",
            Self::ZoneNew => "zone.new",
            Self::ZoneSubnet => "zone.subnet",
            Self::SubnetPresent => "subnet.present",
            Self::SubnetFree => "subnet.free",
            Self::SubnetSize => "subnet.size",
            Self::SubnetOwner => "subnet.owner",
            Self::SubnetRouteTable => "subnet.route-table",
            Self::SubnetChoice => "subnet.choice",
            Self::QuotaInterfaces => "quota.interfaces",
            Self::ConnectionState => "connection.state",
            Self::ConnectionInterfaces => "connection.interfaces",
            Self::PolicyDeny => "policy.deny",
        }
    }

    /// How much depends on it.
    pub fn severity(self) -> Severity {
        match self {
            Self::LinkOnce
            | Self::StackTemplate
            | Self::StackDrift
            | Self::StackProtection
            | Self::StackLeft
            | Self::RoleBoundary
            | Self::ZoneNew
            | Self::ZoneSubnet
            | Self::SubnetSize
            | Self::SubnetChoice
            | Self::PolicyDeny => Severity::Advised,
            _ => Severity::Required,
        }
    }

    fn found(self, target: &str, state: State, evidence: &str) -> Finding {
        Finding {
            id: self,
            target: printable(target, 200),
            severity: self.severity(),
            state,
            evidence: Some(printable(evidence, 1000)),
            reason: None,
            advice: None,
            fix: None,
        }
    }

    pub(super) fn passed(self, target: &str, evidence: impl AsRef<str>) -> Finding {
        self.found(target, State::Passed, evidence.as_ref())
    }

    pub(super) fn warned(self, target: &str, evidence: impl AsRef<str>) -> Finding {
        self.found(target, State::Warned, evidence.as_ref())
    }

    pub(super) fn failed(self, target: &str, evidence: impl AsRef<str>) -> Finding {
        self.found(target, State::Failed, evidence.as_ref())
    }

    pub(super) fn not_made(self, target: &str, why: impl AsRef<str>) -> Finding {
        Finding {
            evidence: None,
            reason: Some(printable(why.as_ref(), 1000)),
            ..self.found(target, State::NotMade, "")
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// How much depends on a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// Without it things may go badly one day.
    Advised,
    /// Without it the link or an SDDC's use of it does not work.
    Required,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// All is well.
    Passed,
    /// It may become a problem.
    Warned,
    /// It is a problem.
    Failed,
    /// It could not be made.
    NotMade,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Which check.
    pub id: Check,
    /// What it is about: an account, a stack, a role, a subnet, an IAM action.
    pub target: String,
    /// How much depends on it.
    pub severity: Severity,
    /// What came of it.
    pub state: State,
    /// What was seen; `None` where the check was not made.
    pub evidence: Option<String>,
    /// Why it could not be made, such as `needs ec2:DescribeSubnets`.
    pub reason: Option<String>,
    /// What to do, as a sentence.
    pub advice: Option<String>,
    /// The command that mends it, or makes the check possible.
    pub fix: Option<String>,
}

impl Finding {
    pub(super) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(printable(&advice.into(), 1000));
        self
    }

    pub(super) fn fix(mut self, command: impl Into<String>) -> Self {
        self.fix = Some(printable(&command.into(), 500));
        self
    }

    /// Whether there is something to do.
    pub fn is_bad(&self) -> bool {
        matches!(self.state, State::Warned | State::Failed)
    }
}

/// All that the checks of one link found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The organization.
    pub org_id: String,
    /// The AWS account, 12 digits; `None` where none was named and none is listed.
    pub account_number: Option<String>,
    /// The service's id of the link.
    pub connected_account_id: Option<String>,
    /// What was found, in the order of the link: account, stack, roles, zones,
    /// connections, subnets, quotas.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings have this state.
    pub fn count(&self, state: State) -> usize {
        let of = |finding: &&Finding| finding.state == state;
        self.findings.iter().filter(of).count()
    }

    /// Whether nothing failed. Checks that could not be made are not failures.
    pub fn is_healthy(&self) -> bool {
        self.count(State::Failed) == 0
    }
}

/// A few of many words: `a, b and 3 more`.
pub(super) fn few<S: AsRef<str>>(words: &[S]) -> String {
    const MOST: usize = 5;
    let shown: Vec<&str> = words.iter().take(MOST).map(AsRef::as_ref).collect();
    match words.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
