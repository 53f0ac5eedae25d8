//! The end of a link from the caller's side: settings, a look without touching,
//! a run.

pub(crate) mod events;
mod flow;
mod observe;
pub(crate) mod plan;
pub(crate) mod refused;
pub(crate) mod seen;

#[cfg(test)]
mod flow_tests;
#[cfg(test)]
mod other_tests;
#[cfg(test)]
mod plan_tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use vmc_api::{Client, OrgId};

use crate::aws::Aws;
use crate::error::Error;
use crate::journal::Journal;
use crate::journal::memory::MemoryJournal;
use crate::names;
use crate::organization::Organization;
use crate::pace::Pace;
use crate::stream::Reporter;
use crate::unlink::events::{UnlinkEvents, UnlinkOutcome};
use crate::unlink::plan::{UnlinkPlan, UnlinkWanted, decide_unlink};
use crate::unlink::seen::UnlinkObservation;

/// Takes the link between an organization and an AWS account away: first the
/// connected account at VMware Cloud, then the stack that made its roles.
///
/// Nothing is done while SDDCs use the link. A run may be stopped at any moment
/// and run again: in the end the account is unlinked once and the stack deleted
/// once.
#[derive(Clone)]
pub struct Unlink {
    pub(crate) org: Organization,
    pub(crate) aws: Aws,
    pub(crate) wanted: UnlinkWanted,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) pace: Pace,
    pub(crate) timeout: Option<Duration>,
    pub(crate) no_wait: bool,
    pub(crate) now: fn() -> OffsetDateTime,
}

impl Unlink {
    /// The end of the link between `org` and `account`: its number, an ARN with
    /// it, or the service's id of the link. With a journal in memory. No I/O.
    pub fn new(vmc: &Client, aws: &Aws, org: impl Into<OrgId>, account: impl Into<String>) -> Self {
        let org = Organization::new(vmc, org);
        Self {
            aws: aws.clone(),
            wanted: UnlinkWanted {
                org: org.id.to_string(),
                account: account.into(),
                ..UnlinkWanted::default()
            },
            org,
            journal: Arc::new(MemoryJournal::default()),
            pace: Pace::default(),
            timeout: None,
            no_wait: false,
            now: OffsetDateTime::now_utc,
        }
    }

    /// Unlink although SDDCs use the link, if VMware Cloud agrees. Their stack is
    /// left alone even then: without its roles they cannot be changed any more.
    #[must_use]
    pub fn force_even_when_sddc_present(mut self, force: bool) -> Self {
        self.wanted.force = force;
        self
    }

    /// Leave the stack to somebody else. AWS is not asked for anything.
    #[must_use]
    pub fn keep_stack(mut self, keep: bool) -> Self {
        self.wanted.keep_stack = keep;
        self
    }

    /// The stack's name; the one the link names unless told.
    #[must_use]
    pub fn stack_name(mut self, name: impl Into<String>) -> Self {
        self.wanted.stack_name = Some(name.into());
        self
    }

    /// The stack's region. Unless told it is looked for where an earlier run put
    /// it, then in `us-west-2`, then in the regions the link has zones in.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.wanted.region = Some(region.into());
        self
    }

    /// Where to remember what was started, across processes.
    #[must_use]
    pub fn journal(mut self, journal: impl Journal + 'static) -> Self {
        self.journal = Arc::new(journal);
        self
    }

    /// How waits look for news.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Stop waiting after this time. What was started goes on.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Stop as soon as the stack is being deleted.
    #[must_use]
    pub fn no_wait(mut self, stop: bool) -> Self {
        self.no_wait = stop;
        self
    }

    /// Reads the live state. Changes nothing anywhere. Where the link of the stack
    /// may show up any moment, that is waited for ([`Pace::settle`]).
    ///
    /// # Errors
    /// When something that the decision needs cannot be read.
    pub async fn observe(&self) -> Result<UnlinkObservation, Error> {
        self.check()?;
        self.look(None).await
    }

    /// What a run would do now. Pure.
    pub fn decide(&self, seen: &UnlinkObservation) -> UnlinkPlan {
        decide_unlink(seen, &self.wanted)
    }

    /// Runs the unlinking. Nothing happens until the result is polled.
    pub fn events(&self) -> UnlinkEvents {
        let reporter = Reporter::default();
        let flow = flow::run(self.clone(), reporter.clone());
        UnlinkEvents::new(reporter, Box::pin(flow))
    }

    /// Runs the unlinking to its end.
    ///
    /// # Errors
    /// See [`Error`]; running it again goes on from the live state.
    pub async fn wait(&self) -> Result<UnlinkOutcome, Error> {
        self.events().wait().await
    }

    /// Settings that cannot work, before anything is sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(region) = &self.wanted.region {
            names::check_region(region)?;
        }
        if let Some(name) = &self.wanted.stack_name {
            names::check_stack_name(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Unlink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unlink")
            .field("org", &self.org.id)
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}
