//! The link from the caller's side: settings, a look without touching, a run.

pub(crate) mod blocked;
pub(crate) mod confirm;
mod create;
pub(crate) mod events;
pub(crate) mod flow;
pub(crate) mod make;
pub(crate) mod plan;

#[cfg(test)]
pub(crate) mod flow_tests;
#[cfg(test)]
mod plan_tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;
use vmc_api::models::{AwsCustomerConnectedAccount, ConnectionState};
use vmc_api::{Client, OrgId, TaskId};
use vmc_http::TransportBuilder;

use crate::aws::error::AwsError;
use crate::aws::stack::{Stack, StackPhase, Stacks};
use crate::aws::{Aws, DEFAULT_REGION, Identity};
use crate::error::Error;
use crate::journal::memory::MemoryJournal;
use crate::journal::{Journal, LinkKey, Record};
use crate::link_up::events::{LinkUpEvents, LinkUpOutcome};
use crate::link_up::make::maker_of;
use crate::link_up::plan::{
    Maker, Observation, Plan, RoleUsers, SeenStack, Wanted, decide, link_of,
};
use crate::notes::Notes;
use crate::organization::Organization;
use crate::pace::Pace;
use crate::stream::Reporter;
use crate::template::fetch::Templates;
use crate::template::host::AllowedHosts;
use crate::template::seen::SeenTemplates;

/// Links an organization to the AWS account behind the credentials, whatever
/// state both are in.
///
/// A run observes, decides, acts and confirms. It may be stopped at any moment
/// and run again: there will be one stack and one link.
#[derive(Clone)]
pub struct LinkUp {
    pub(crate) org: Organization,
    pub(crate) aws: Aws,
    pub(crate) wanted: Wanted,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) pace: Pace,
    pub(crate) timeout: Option<Duration>,
    pub(crate) no_wait: bool,
    pub(crate) sddc_region: Option<String>,
    pub(crate) templates: Templates,
    pub(crate) seen: SeenTemplates,
    pub(crate) now: fn() -> OffsetDateTime,
}

/// What there is to see about a link, whether or not all of it could be read.
#[derive(Debug)]
#[non_exhaustive]
pub struct LinkStatus {
    /// All accounts the organization lists.
    pub accounts: Vec<AwsCustomerConnectedAccount>,
    /// Who the AWS credentials belong to, or why that is not known.
    pub identity: Result<Identity, AwsError>,
    /// The stack of this link, or why it cannot be looked for.
    pub stack: Result<Option<SeenStack>, Error>,
    /// What earlier runs on this machine remembered.
    pub record: Option<Record>,
    /// Who uses the roles of a stack that makes no link any more.
    pub users: RoleUsers,
}

/// One line of [`LinkStatus::links`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LinkSummary {
    /// AWS account number.
    pub account_number: Option<String>,
    /// The service's id of the link, which other commands take.
    pub id: String,
    /// `ACTIVE`, `BROKEN`, `DELETED` or what the service says.
    pub state: Option<String>,
    /// The stack that made it.
    pub stack: Option<String>,
    /// The account behind the current AWS credentials.
    pub current: bool,
}

impl LinkStatus {
    /// A stack of this link that may go, if there is one: its account was
    /// unlinked, or its link request has come to nothing, and no SDDC uses its
    /// roles.
    pub fn left_over(&self) -> Option<&Stack> {
        let unused = |stack: &&Stack| match &self.users {
            RoleUsers::Read(users) => users.is_empty(),
            RoleUsers::NotAsked | RoleUsers::Unread(_) => !has_roles(stack),
        };
        self.without_link().filter(unused)
    }

    /// A stack of this link that makes no link any more, and that has to stay:
    /// SDDCs use its roles, or nobody knows whether any do.
    pub fn still_used(&self) -> Option<&Stack> {
        match self.left_over() {
            Some(_) => None,
            None => self.without_link(),
        }
    }

    fn without_link(&self) -> Option<&Stack> {
        let own = self.identity.as_ref().ok()?;
        let seen = self.stack.as_ref().ok()?.as_ref()?;
        let there = link_of(&self.accounts, &own.account)
            .is_some_and(|link| link.state != Some(ConnectionState::Deleted));
        let waited_for = match seen.stack.phase() {
            StackPhase::Live => {
                let task = seen.task.as_ref();
                let linked = self.record.as_ref().is_some_and(|record| {
                    let known = record.stack.as_ref();
                    record.linked_at.is_some()
                        && known.is_some_and(|known| known.id == seen.stack.id)
                });
                !linked && task.is_some_and(|task| !task.is_final())
            }
            StackPhase::RolledBack | StackPhase::Broken => false,
            _ => true,
        };
        let ours = matches!(seen.maker, Maker::ThisFlow(_));
        (ours && !there && !waited_for).then_some(&seen.stack)
    }

    /// The account whose unlinking was begun on this machine and has not come to
    /// its end.
    pub fn unlinking(&self) -> Option<&str> {
        let unlink = self.record.as_ref()?.unlink.as_ref()?;
        let own = self.identity.as_ref().ok()?;
        unlink.done_at.is_none().then_some(own.account.as_str())
    }

    /// The links in words, in the order of their account numbers.
    pub fn links(&self) -> Vec<LinkSummary> {
        let current = self.identity.as_ref().ok().map(|own| own.account.as_str());
        let mut links: Vec<LinkSummary> = self
            .accounts
            .iter()
            .map(|link| LinkSummary {
                account_number: link.account_number.clone(),
                id: link.id.to_string(),
                state: link.state.as_ref().map(ToString::to_string),
                stack: link.cf_stack_name.clone(),
                current: current.is_some() && link.account_number.as_deref() == current,
            })
            .collect();
        links.sort_by(|a, b| (&a.account_number, &a.id).cmp(&(&b.account_number, &b.id)));
        links
    }
}

impl LinkUp {
    /// A link between `org` and the account behind `aws`, in `us-west-2`, with a
    /// journal in memory. No I/O.
    pub fn new(vmc: &Client, aws: &Aws, org: impl Into<OrgId>) -> Self {
        let org = Organization::new(vmc, org);
        Self {
            aws: aws.clone(),
            wanted: Wanted {
                org: org.id.to_string(),
                region: DEFAULT_REGION.into(),
                ..Wanted::default()
            },
            journal: Arc::new(MemoryJournal::default()),
            pace: Pace::default(),
            timeout: None,
            no_wait: false,
            sddc_region: None,
            // A simulator on this machine serves its templates from here too.
            templates: Templates::new(AllowedHosts::default().and_loopback(org.is_here())),
            seen: SeenTemplates::default(),
            now: OffsetDateTime::now_utc,
            org,
        }
    }

    /// The stack's region; `us-west-2` unless told, as the vendor documents.
    /// The roles are valid in all regions, so `AWS_REGION`, which is about other
    /// work, is not asked.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.wanted.region = region.into();
        self
    }

    /// The stack's name; [`stack_name`](crate::stack_name) of the organization
    /// unless told.
    #[must_use]
    pub fn stack_name(mut self, name: impl Into<String>) -> Self {
        self.wanted.stack_name = Some(name.into());
        self
    }

    /// Refuse to link any other AWS account than this (12 digits).
    #[must_use]
    pub fn expect_account(mut self, account: impl Into<String>) -> Self {
        self.wanted.expect_account = Some(account.into());
        self
    }

    /// Accept templates from this host too, by its exact name.
    #[must_use]
    pub fn allow_template_host(mut self, host: &str) -> Self {
        self.templates.allow(host);
        self
    }

    /// Fetch templates through connections with these settings: for a CA of
    /// one's own. The size limit stays.
    #[must_use]
    pub fn template_transport(mut self, transport: TransportBuilder) -> Self {
        self.templates.transport(transport);
        self
    }

    /// Delete a failed or left-over stack that is in the way. A stack whose
    /// roles a link still uses is never deleted.
    #[must_use]
    pub fn replace_stack(mut self, allowed: bool) -> Self {
        self.wanted.replace_stack = allowed;
        self
    }

    /// Make a broken link anew, with new roles and a stack beside the old one.
    /// Existing SDDCs keep the old roles.
    #[must_use]
    pub fn relink_broken(mut self, allowed: bool) -> Self {
        self.wanted.relink_broken = allowed;
        self
    }

    /// Where to remember what was started, across processes.
    #[must_use]
    pub fn journal(mut self, journal: impl Journal + 'static) -> Self {
        self.journal = Arc::new(journal);
        self
    }

    /// Where to remember what was in templates, to tell what is different the
    /// next time.
    #[must_use]
    pub fn notes(mut self, notes: Notes) -> Self {
        self.seen.remember(notes);
        self
    }

    /// Refuse a template that differs from the one used before. Without notes,
    /// and the first time, there is nothing to compare.
    #[must_use]
    pub fn refuse_changed_template(mut self, refuse: bool) -> Self {
        self.seen.refuse_changed(refuse);
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

    /// Stop as soon as the stack is being created.
    #[must_use]
    pub fn no_wait(mut self, stop: bool) -> Self {
        self.no_wait = stop;
        self
    }

    /// List the subnets of this region at the end, named as VMware Cloud does
    /// (`US_WEST_2`); of all regions unless told.
    #[must_use]
    pub fn sddc_region(mut self, region: impl Into<String>) -> Self {
        self.sddc_region = Some(region.into());
        self
    }

    /// Reads the live state. Changes nothing anywhere.
    ///
    /// # Errors
    /// When something that the decision needs cannot be read.
    pub async fn observe(&self) -> Result<Observation, Error> {
        self.check()?;
        let (identity, accounts) =
            futures_util::future::join(self.aws.whoami(), self.org.accounts()).await;
        let (identity, accounts) = (identity?, accounts?);
        let (seen, enough) = self.glance(&identity, accounts);
        if enough {
            return Ok(seen);
        }
        self.look_closer(seen).await
    }

    /// What a run would do now. Pure.
    pub fn decide(&self, seen: &Observation) -> Plan {
        decide(seen, &self.wanted)
    }

    /// Runs the link. Nothing happens until the result is polled.
    pub fn events(&self) -> LinkUpEvents {
        let reporter = Reporter::default();
        let flow = flow::run(self.clone(), reporter.clone());
        LinkUpEvents::new(reporter, Box::pin(flow))
    }

    /// Runs the link to its end.
    ///
    /// # Errors
    /// See [`Error`]; running it again goes on from the live state.
    pub async fn wait(&self) -> Result<LinkUpOutcome, Error> {
        self.events().wait().await
    }

    /// Reads what there is to see, and says of each part why it could not be
    /// read. Changes nothing anywhere.
    ///
    /// # Errors
    /// When VMware Cloud does not list the accounts, or the journal is torn.
    pub async fn status(&self) -> Result<LinkStatus, Error> {
        self.check()?;
        let (identity, accounts) =
            futures_util::future::join(self.aws.whoami(), self.org.accounts()).await;
        let accounts = accounts?;
        let Ok(own) = &identity else {
            return Ok(LinkStatus {
                accounts,
                identity,
                stack: Ok(None),
                record: None,
                users: RoleUsers::NotAsked,
            });
        };
        let record = self.journal.read(&self.key(own))?;
        let known = record.clone().unwrap_or_default();
        let linked_by =
            link_of(&accounts, &own.account).and_then(|link| link.cf_stack_name.clone());
        // An unlinking that has not come to its end knows what is left.
        let left = known.unlink.as_ref().and(known.stack.as_ref());
        let name = linked_by.or_else(|| left.map(|stack| stack.name.clone()));
        let name = name.unwrap_or_else(|| self.wanted.stack_name(&accounts, &own.account));
        let stack = self.find_stack(&known, &name).await;
        let mut status = LinkStatus {
            accounts,
            identity,
            stack,
            record,
            users: RoleUsers::NotAsked,
        };
        if let (Ok(own), Some(stack)) = (&status.identity, status.without_link())
            && has_roles(stack)
        {
            status.users = self.role_users(&status.accounts, own).await;
        }
        Ok(status)
    }

    /// Settings that cannot work, before anything is sent.
    fn check(&self) -> Result<(), Error> {
        self.wanted.check()
    }

    pub(crate) fn key(&self, own: &Identity) -> LinkKey {
        LinkKey {
            org: self.org.id.to_string(),
            account: own.account.clone(),
        }
    }

    /// What the first two answers tell, and whether they decide it already:
    /// whoever needs nothing done needs no right to look at stacks, and no journal.
    pub(crate) fn glance(
        &self,
        identity: &Identity,
        accounts: Vec<AwsCustomerConnectedAccount>,
    ) -> (Observation, bool) {
        let seen = Observation {
            identity: identity.clone(),
            accounts,
            stack: None,
            record: Record::default(),
            request_task: None,
            users: RoleUsers::NotAsked,
            at: (self.now)(),
        };
        let plan = self.decide(&seen);
        let enough = matches!(plan, Plan::NothingToDo { .. } | Plan::Blocked { .. });
        (seen, enough)
    }

    /// Adds what a glance does not show.
    pub(crate) async fn look_closer(&self, mut seen: Observation) -> Result<Observation, Error> {
        let key = self.key(&seen.identity);
        seen.record = self.journal.read(&key)?.unwrap_or_default();
        let name = self
            .wanted
            .stack_name(&seen.accounts, &seen.identity.account);
        seen.stack = self.find_stack(&seen.record, &name).await?;
        if self.would_replace_roles(&seen) {
            seen.users = self.role_users(&seen.accounts, &seen.identity).await;
        }
        if seen.stack.is_none()
            && let Some(request) = &seen.record.request
        {
            let task = TaskId::from(&request.tracking_task);
            seen.request_task = self.org.task(&task).await?;
        }
        Ok(seen)
    }

    /// Whether a stack with roles would go, if it may and nobody uses them.
    fn would_replace_roles(&self, seen: &Observation) -> bool {
        let mut unused = seen.clone();
        unused.users = RoleUsers::Read(Vec::new());
        let wanted = Wanted {
            replace_stack: true,
            ..self.wanted.clone()
        };
        let plan = decide(&unused, &wanted);
        matches!(plan, Plan::Request { replaces: Some(stack), .. } if has_roles(&stack))
    }

    async fn role_users(
        &self,
        accounts: &[AwsCustomerConnectedAccount],
        own: &Identity,
    ) -> RoleUsers {
        match self.org.users(accounts, None, &own.account).await {
            Ok(users) => RoleUsers::Read(users),
            Err(error) => RoleUsers::Unread(error.to_string()),
        }
    }

    /// The stack that an earlier run remembered, if it is still of use, else the
    /// one of this name.
    async fn find_stack(&self, record: &Record, name: &str) -> Result<Option<SeenStack>, Error> {
        let remembered = record
            .stack
            .as_ref()
            .map(|stack| (stack.id.as_str(), stack.region.as_str()));
        // Its creation may have been sent just before a crash.
        let attempted = record
            .request
            .as_ref()
            .map(|request| (request.stack_name.as_str(), request.region.as_str()));
        for (id, region) in remembered.into_iter().chain(attempted) {
            let stacks = Stacks::new(&self.aws, region);
            let Some(stack) = stacks.find(id).await? else {
                continue;
            };
            let elsewhere = stack.name != name || stack.region != self.wanted.region;
            let alive = matches!(stack.phase(), StackPhase::Creating | StackPhase::Live);
            // A failed one under another name is nobody's business any more,
            // and neither is one whose link was seen.
            let over = !alive || record.linked_at.is_some();
            if stack.phase() == StackPhase::Deleted || (elsewhere && over) {
                continue;
            }
            let seen = self.with_maker(&stacks, stack, record).await?;
            if elsewhere && seen.maker == Maker::SomebodyElse {
                continue;
            }
            return Ok(Some(seen));
        }
        let stacks = Stacks::new(&self.aws, &self.wanted.region);
        match stacks.find(name).await? {
            Some(stack) => Ok(Some(self.with_maker(&stacks, stack, record).await?)),
            None => Ok(None),
        }
    }

    async fn with_maker(
        &self,
        stacks: &Stacks,
        stack: Stack,
        record: &Record,
    ) -> Result<SeenStack, Error> {
        let remembered = record.stack.as_ref().filter(|known| known.id == stack.id);
        let maker = match remembered {
            Some(known) => Maker::ThisFlow(known.tracking_task.as_ref().map(TaskId::from)),
            None => maker_of(stacks, &stack.id, self.org.id.as_str()).await?,
        };
        let task = match &maker {
            Maker::ThisFlow(Some(task)) => self.org.task(task).await?,
            _ => None,
        };
        Ok(SeenStack { stack, maker, task })
    }
}

/// Whether roles may be left in a stack.
fn has_roles(stack: &Stack) -> bool {
    matches!(stack.phase(), StackPhase::Live | StackPhase::Broken)
}

impl fmt::Debug for LinkUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkUp")
            .field("org", &self.org.id)
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}
