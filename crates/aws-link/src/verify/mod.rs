//! Whether a link and all it rests on are in order, looked at without changing
//! anything.
//!
//! A run observes and then judges. Each thing is read on its own: one that
//! cannot be read makes the checks that need it "not made", and no others.

mod connection;
mod finding;
mod link;
mod managed;
mod network;
mod observe;
mod policy;
mod reader;
mod region;
mod role;
mod select;
mod stack;
mod trust;
mod zone;

#[cfg(test)]
mod judge_cases;
#[cfg(test)]
mod judge_tests;
#[cfg(test)]
mod run_tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use vmc_api::{Client, OrgId};

pub use self::finding::{Check, Finding, Report, Severity, State};
use self::observe::Observation;
use crate::aws::Aws;
use crate::error::Error;
use crate::journal::Journal;
use crate::journal::memory::MemoryJournal;
use crate::pace::Pace;

/// How long CloudFormation may look for drift, if nobody says.
const LONGEST_DETECTION: Duration = Duration::from_secs(10 * 60);

/// Checks the link between an organization and an AWS account.
///
/// Nothing is changed at either side, and no link is asked for. Without AWS
/// credentials the checks of the AWS side are not made, all others are.
#[derive(Clone)]
pub struct Verify {
    vmc: Client,
    aws: Aws,
    org: OrgId,
    account: Option<String>,
    sddc_region: Option<String>,
    stack_region: Option<String>,
    subnets: Vec<String>,
    detect_drift: bool,
    journal: Arc<dyn Journal>,
    pace: Pace,
    timeout: Duration,
}

impl Verify {
    /// The link between `org` and the account behind `aws`, else the only one
    /// that is listed. No I/O.
    pub fn new(vmc: &Client, aws: &Aws, org: impl Into<OrgId>) -> Self {
        Self {
            vmc: vmc.clone(),
            aws: aws.clone(),
            org: org.into(),
            account: None,
            sddc_region: None,
            stack_region: None,
            subnets: Vec::new(),
            detect_drift: false,
            journal: Arc::new(MemoryJournal::default()),
            pace: Pace::default(),
            timeout: LONGEST_DETECTION,
        }
    }

    /// The account: 12 digits, an ARN in it, or the service's id of the link.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Zones, subnets and connections of this region only, as in `us-west-2` or
    /// `US_WEST_2`.
    #[must_use]
    pub fn sddc_region(mut self, region: impl Into<String>) -> Self {
        self.sddc_region = Some(region.into());
        self
    }

    /// Where to look for the stack first. Else where the journal remembers it,
    /// in `us-west-2`, and in the regions whose zones the service knows.
    #[must_use]
    pub fn stack_region(mut self, region: impl Into<String>) -> Self {
        self.stack_region = Some(region.into());
        self
    }

    /// A subnet that an SDDC is to be linked to. Else the subnets in use are
    /// checked, and where none is, the compatible ones.
    #[must_use]
    pub fn subnet(mut self, subnet: impl Into<String>) -> Self {
        self.subnets.push(subnet.into());
        self
    }

    /// Let CloudFormation look for drift now, and wait for it. It changes no
    /// resource, and takes [`DRIFT_ACTIONS`](crate::DRIFT_ACTIONS) besides
    /// [`VERIFY_ACTIONS`](crate::VERIFY_ACTIONS).
    #[must_use]
    pub fn detect_drift(mut self, detect: bool) -> Self {
        self.detect_drift = detect;
        self
    }

    /// What runs of [`LinkUp`](crate::LinkUp) remembered. Only read.
    #[must_use]
    pub fn journal(mut self, journal: impl Journal + 'static) -> Self {
        self.journal = Arc::new(journal);
        self
    }

    /// How often to look for the end of a look for drift.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// How long CloudFormation may look for drift [default: 10 minutes].
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes all checks.
    ///
    /// # Errors
    /// When a setting cannot be used, several accounts are listed and none is
    /// told, or VMware Cloud does not list the accounts: all else rests on that.
    pub async fn run(&self) -> Result<Report, Error> {
        let seen = observe::observe(self).await?;
        Ok(Report {
            org_id: self.org.to_string(),
            account_number: seen.account.number.clone(),
            connected_account_id: seen.account.link().map(|link| link.id.to_string()),
            findings: judge(&seen),
        })
    }
}

/// From what was seen to what it means: pure.
fn judge(seen: &Observation) -> Vec<Finding> {
    let mut findings = link::judge(seen);
    if seen.account.link().is_some() {
        findings.extend(stack::judge(seen));
        findings.extend(role::judge(seen));
        findings.extend(zone::judge(seen));
        findings.extend(connection::judge(seen));
        findings.extend(network::judge(seen));
    } else {
        findings.extend(stack::left(seen));
    }
    findings.extend(link::forbidden(seen));
    link::mend_first(&mut findings);
    findings
}

impl fmt::Debug for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify")
            .field("org", &self.org)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
