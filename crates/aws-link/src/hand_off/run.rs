//! The second part of a hand-off: from somebody's link request to a stack.
//! Needs no access to VMware Cloud.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;
use vmc_api::TaskId;
use vmc_http::TransportBuilder;

use crate::aws::stack::{Stack, StackPhase, Stacks};
use crate::aws::{Aws, Identity};
use crate::error::{Error, Started};
use crate::hand_off::error::HandOffError;
use crate::hand_off::file::{HandOff, LinkedBefore};
use crate::journal::memory::MemoryJournal;
use crate::journal::{Journal, JournalError, LinkKey, Record, StackRecord};
use crate::link_up::blocked::Blocked;
use crate::link_up::events::LinkUpEvent;
use crate::link_up::make::{
    Made, create_stack, made, maker_of, note_template, remove, tell_review,
};
use crate::link_up::plan::{Maker, Observation, Plan, RoleUsers, SeenStack, Wanted, decide};
use crate::names;
use crate::notes::Notes;
use crate::pace::Pace;
use crate::stream::{Events, Reporter, within};
use crate::template::change_set::{ChangeSet, PlannedChange};
use crate::template::fetch::Templates;
use crate::template::host::AllowedHosts;
use crate::template::review::Review;
use crate::template::seen::SeenTemplates;

/// Surprises that make the state be read anew, at most.
const ROUNDS: usize = 6;

/// So long before a link request a stack has to be made, for the list of links
/// in the request to tell whether it is one.
const KNOWN_AFTER: time::Duration = time::Duration::hours(1);

/// Makes the stack of a link request that somebody else has asked for.
///
/// It may be stopped at any moment and run again: there will be one stack, and
/// [`LinkUp`](crate::LinkUp) takes it for its own.
#[derive(Clone)]
pub struct LinkRun {
    aws: Aws,
    hand_off: HandOff,
    wanted: Wanted,
    told_account: Option<String>,
    journal: Arc<dyn Journal>,
    templates: Templates,
    seen: SeenTemplates,
    pace: Pace,
    timeout: Option<Duration>,
    no_wait: bool,
    now: fn() -> OffsetDateTime,
}

/// How a run ended.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
#[non_exhaustive]
pub enum RunOutcome {
    /// The stack is complete. VMware Cloud lists the account soon.
    Complete {
        /// The stack.
        stack: Stack,
        /// It was complete before: nothing was done.
        already: bool,
    },
    /// The account was linked already when the request was made.
    Linked {
        /// Account number.
        account: String,
    },
    /// The stack is being made; nobody waits for it (`no_wait`).
    Started(Started),
}

impl LinkRun {
    /// Makes the stack of this request in the account behind `aws`, with a
    /// journal in memory. No I/O.
    pub fn new(aws: &Aws, hand_off: HandOff) -> Self {
        Self {
            wanted: hand_off.about.wanted(),
            hand_off,
            told_account: None,
            journal: Arc::new(MemoryJournal::default()),
            // A simulator on this machine serves its templates from here too.
            templates: Templates::new(AllowedHosts::default().and_loopback(aws.is_here())),
            aws: aws.clone(),
            pace: Pace::default(),
            timeout: None,
            no_wait: false,
            seen: SeenTemplates::default(),
            now: OffsetDateTime::now_utc,
        }
    }

    /// Refuse any other AWS account than this (12 digits), besides what the
    /// request says.
    #[must_use]
    pub fn expect_account(mut self, account: impl Into<String>) -> Self {
        let account = account.into();
        let asked = self.hand_off.about.account.clone();
        self.wanted.expect_account = asked.or_else(|| Some(account.clone()));
        self.told_account = Some(account);
        self
    }

    /// The stack's name, in the place of the request's.
    #[must_use]
    pub fn stack_name(mut self, name: impl Into<String>) -> Self {
        self.wanted.stack_name = Some(name.into());
        self
    }

    /// Delete a failed or left-over stack that is in the way. A stack whose
    /// roles a link used when the request was made is never deleted, and neither
    /// is a complete one that was made later than an hour before the request:
    /// what became of that, only VMware Cloud knows.
    #[must_use]
    pub fn replace_stack(mut self, allowed: bool) -> Self {
        self.wanted.replace_stack = allowed;
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

    #[cfg(test)]
    pub(crate) fn templates(&mut self) -> &mut Templates {
        &mut self.templates
    }

    #[cfg(test)]
    pub(crate) fn now(&mut self, now: fn() -> OffsetDateTime) {
        self.now = now;
    }

    /// Reads the live state at AWS and says what a run would do. Changes nothing
    /// anywhere.
    ///
    /// # Errors
    /// When the request is of no use, or AWS cannot be asked.
    pub async fn plan(&self) -> Result<Plan, Error> {
        self.check()?;
        let plan = async {
            let identity = self.aws.whoami().await?;
            let seen = self.look(&identity).await?;
            self.decide(&seen)
        };
        self.in_time(plan).await
    }

    /// A look within the time of the run. Nothing is started by one.
    async fn in_time<T>(&self, look: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        within(self.timeout, &Reporter::<LinkUpEvent>::default(), look).await
    }

    /// The requests that a plan of this run starts with, for a dry run. Reads are
    /// left out.
    pub fn requests(&self, plan: &Plan) -> Vec<String> {
        // The link was asked for already.
        let reads = |request: &String| !request.starts_with("GET ");
        let all = plan.requests(&self.hand_off.about.org_id);
        all.into_iter().filter(reads).collect()
    }

    /// A plan of this run in words.
    pub fn describe(&self, plan: &Plan) -> String {
        match plan {
            Plan::Create {
                stack_name, region, ..
            } => format!("create the stack {stack_name} in {region}"),
            Plan::Request {
                stack_name,
                region,
                replaces: Some(old),
            } => format!(
                "delete the stack {} ({}) and create the stack {stack_name} in {region}",
                old.name, old.status
            ),
            other => other.to_string(),
        }
    }

    /// Fetches the template and reads what it would create.
    ///
    /// # Errors
    /// When it cannot be had, or is not the one of the request.
    pub async fn review(&self) -> Result<Review, Error> {
        self.in_time(self.read_template()).await
    }

    async fn read_template(&self) -> Result<Review, Error> {
        let stacks = Stacks::new(&self.aws, &self.wanted.region);
        let request = self.hand_off.pending("");
        let review = match self.templates.review(&request, Some(&stacks)).await {
            Err(Error::Template { source, .. })
                if source
                    .status()
                    .is_some_and(|status| status.is_client_error()) =>
            {
                return Err(HandOffError::TemplateGone(source).into());
            }
            review => review?,
        };
        if review.sha256 != self.hand_off.template_sha256 {
            return Err(HandOffError::OtherTemplate {
                expected: vmc_http::redact::printable(&self.hand_off.template_sha256, 64),
                actual: review.sha256,
            }
            .into());
        }
        Ok(review)
    }

    /// Lets CloudFormation say what the template would do, with a change set on a
    /// stack name of its own, and takes that away again. Who stops it calls
    /// [`discard_change_set`](Self::discard_change_set); the next one takes away
    /// what a killed one has left.
    ///
    /// # Errors
    /// When CloudFormation refuses it, or the account is not the one expected.
    pub async fn change_set(&self) -> Result<Vec<PlannedChange>, Error> {
        self.check()?;
        let own = self.in_time(async { Ok(self.aws.whoami().await?) }).await?;
        if let Some(expected) = &self.wanted.expect_account
            && *expected != own.account
        {
            return Err(Error::Blocked(Box::new(Blocked::WrongAccount {
                expected: expected.clone(),
                actual: own.account,
                arn: own.arn,
            })));
        }
        self.hand_off.check_time((self.now)())?;
        let set = self.change_set_of();
        let computing = set.compute(self.hand_off.template_url.expose());
        let computed = self.in_time(computing).await;
        let discarded = set.discard().await;
        let changes = computed?;
        discarded.map(|()| changes)
    }

    /// Takes away the change set of a look that was stopped.
    ///
    /// # Errors
    /// When CloudFormation refuses it or is not reached.
    pub async fn discard_change_set(&self) -> Result<(), Error> {
        self.change_set_of().discard().await
    }

    fn change_set_of(&self) -> ChangeSet {
        let stacks = Stacks::new(&self.aws, &self.wanted.region);
        ChangeSet::new(stacks, &self.hand_off.about.org_id, self.pace)
    }

    /// Runs the request. Nothing happens until the result is polled.
    pub fn events(&self) -> Events<LinkUpEvent, RunOutcome> {
        let reporter = Reporter::default();
        let (run, inner) = (self.clone(), reporter.clone());
        let flow = async move {
            run.check()?;
            within(run.timeout, &inner, run.to_the_end(&inner)).await
        };
        Events::new(reporter, Box::pin(flow))
    }

    /// Runs the request to its end.
    ///
    /// # Errors
    /// See [`Error`]; running it again goes on from the live state.
    pub async fn wait(&self) -> Result<RunOutcome, Error> {
        self.events().wait().await
    }

    fn check(&self) -> Result<(), Error> {
        self.wanted.check()?;
        if let Some(told) = &self.told_account {
            names::check_account(told)?;
        }
        match (&self.told_account, &self.hand_off.about.account) {
            (Some(wanted), Some(asked)) if wanted != asked => Err(Error::Setting(format!(
                "the link request is for AWS account {}, not for {wanted}",
                vmc_http::redact::printable(asked, 20)
            ))),
            _ => Ok(()),
        }
    }

    /// What there is to see from here: the links as the request lists them, and
    /// the stack.
    async fn look(&self, identity: &Identity) -> Result<Observation, Error> {
        let about = &self.hand_off.about;
        let name = self.wanted.stack_name.clone().unwrap_or_default();
        let mut seen = Observation {
            identity: identity.clone(),
            accounts: about
                .linked_accounts
                .iter()
                .map(LinkedBefore::listed)
                .collect(),
            stack: None,
            record: Record {
                request: Some(self.hand_off.pending(&name)),
                ..Record::default()
            },
            request_task: None,
            // Nobody can be asked here: a stack that failed has no users, and of one
            // that was complete `decide` judges by its age.
            users: RoleUsers::Read(Vec::new()),
            at: (self.now)(),
        };
        if matches!(
            decide(&seen, &self.wanted),
            Plan::NothingToDo { .. } | Plan::Blocked { .. }
        ) {
            return Ok(seen);
        }
        let stacks = Stacks::new(&self.aws, &self.wanted.region);
        if let Some(stack) = stacks.find(&name).await? {
            let maker = maker_of(&stacks, &stack.id, &about.org_id).await?;
            seen.stack = Some(SeenStack {
                stack,
                maker,
                task: None,
            });
        }
        Ok(seen)
    }

    /// As `link up` decides, from what can be known on this side.
    fn decide(&self, seen: &Observation) -> Result<Plan, Error> {
        let plan = match decide(seen, &self.wanted) {
            Plan::Blocked { reason } => {
                return Err(match *reason {
                    Blocked::BrokenLink { .. } => HandOffError::Broken {
                        account: seen.identity.account.clone(),
                    }
                    .into(),
                    _ => Error::Blocked(reason),
                });
            }
            // Only VMware Cloud knows what became of another request.
            Plan::Follow {
                stack,
                tracking_task: Some(task),
            } if stack.phase() == StackPhase::Live && task != self.task() => {
                if !(self.wanted.replace_stack && self.is_older(&stack)) {
                    let why = format!(
                        "it was made for another link request (task {}); if the account is linked with it \
                         (vmc link status), nothing is left to do",
                        vmc_http::redact::printable(task.as_str(), 80)
                    );
                    return Err(Error::Blocked(Box::new(Blocked::LeftOver { stack, why })));
                }
                Plan::Request {
                    stack_name: stack.name.clone(),
                    region: stack.region.clone(),
                    replaces: Some(stack),
                }
            }
            // It was complete once, and a deletion of it has failed.
            Plan::Request {
                replaces: Some(stack),
                ..
            } if stack.status == "DELETE_FAILED"
                && !self.is_older(&stack)
                && !self.is_own(seen) =>
            {
                return Err(Error::Blocked(Box::new(Blocked::FailedStack { stack })));
            }
            plan => plan,
        };
        if matches!(plan, Plan::Create { .. } | Plan::Request { .. }) {
            self.hand_off.check_time(seen.at)?;
        }
        Ok(plan)
    }

    /// Whether whoever made the request could see what became of this stack.
    fn is_older(&self, stack: &Stack) -> bool {
        stack
            .created
            .is_some_and(|made| self.hand_off.about.created - made >= KNOWN_AFTER)
    }

    /// Whether the stack was made for this request.
    fn is_own(&self, seen: &Observation) -> bool {
        let maker = seen.stack.as_ref().map(|seen| &seen.maker);
        matches!(maker, Some(Maker::ThisFlow(Some(task))) if *task == self.task())
    }

    fn task(&self) -> TaskId {
        TaskId::from(&self.hand_off.about.tracking_task)
    }

    async fn to_the_end(&self, reporter: &Reporter<LinkUpEvent>) -> Result<RunOutcome, Error> {
        let identity = self.aws.whoami().await?;
        let key = LinkKey {
            org: self.hand_off.about.org_id.clone(),
            account: identity.account.clone(),
        };
        // From here to the end no other run on this machine touches this link.
        let _lock = self.journal.lock(&key)?;
        let mut name = String::new();
        // A token is good for one stack; one that was replaced has used it up.
        let mut spent = 0;
        let mut refused = false;
        for round in 0..ROUNDS {
            let seen = self.look(&identity).await?;
            reporter
                .tell(LinkUpEvent::Observed {
                    identity: identity.clone(),
                    accounts: seen.accounts.len(),
                    stack: seen.stack.as_ref().map(|seen| seen.stack.clone()),
                })
                .await;
            if std::mem::take(&mut refused) && seen.stack.is_none() {
                spent += 1;
            }
            let plan = self.decide(&seen)?;
            reporter.tell(LinkUpEvent::Decided(plan.clone())).await;
            let (stack_name, replaces) = match plan {
                Plan::NothingToDo { .. } => {
                    return Ok(RunOutcome::Linked {
                        account: identity.account,
                    });
                }
                Plan::Blocked { reason } => return Err(Error::Blocked(reason)),
                Plan::Follow {
                    stack,
                    tracking_task,
                } => {
                    let already = round == 0 && stack.phase() == StackPhase::Live;
                    if let Err(error) = self.adopt(&key, &stack, tracking_task.as_ref()) {
                        // It is there, whether or not that is noted down.
                        let message = error.to_string();
                        reporter.tell(LinkUpEvent::NotRemembered { message }).await;
                    }
                    return self.finish(stack, tracking_task, already, reporter).await;
                }
                Plan::Create { stack_name, .. } => (stack_name, None),
                Plan::Request {
                    stack_name,
                    replaces,
                    ..
                } => (stack_name, replaces),
            };
            name.clone_from(&stack_name);
            match self
                .create(&key, stack_name, replaces, &mut spent, reporter)
                .await?
            {
                Some(stack) => {
                    let task = Some(self.task());
                    return self.finish(stack, task, false, reporter).await;
                }
                // Made by an earlier try of ours, or by somebody else: its first
                // event tells.
                None => refused = true,
            }
        }
        Err(Error::Contended { name })
    }

    /// Remembers a stack that was made before it could be remembered.
    fn adopt(
        &self,
        key: &LinkKey,
        stack: &Stack,
        task: Option<&TaskId>,
    ) -> Result<(), JournalError> {
        let record = self.journal.read(key)?.unwrap_or_default();
        match record.adopt(stack, task) {
            Some(adopted) => self.journal.write(key, &adopted),
            None => Ok(()),
        }
    }

    /// Reviews the template, removes what is in the way and creates the stack.
    async fn create(
        &self,
        key: &LinkKey,
        stack_name: String,
        replaces: Option<Stack>,
        spent: &mut u32,
        reporter: &Reporter<LinkUpEvent>,
    ) -> Result<Option<Stack>, Error> {
        let review = self.read_template().await?;
        tell_review(&self.seen, &key.org, &review, reporter).await?;
        let request = self.hand_off.pending(&stack_name);
        // Remembered before anything is done. An unlinking that has not come to
        // its end keeps its stack until there is a new one.
        let record = self.journal.read(key)?.unwrap_or_default();
        let pending = Record {
            request: Some(request.clone()),
            ..record
        };
        self.journal.write(key, &pending)?;
        if let Some(stack) = replaces {
            remove(&self.aws, stack, self.pace, reporter).await?;
            *spent = (*spent).max(1);
        }
        // Deleting may have taken long, and so may the person who reads.
        self.hand_off.check_time((self.now)())?;
        let stacks = Stacks::new(&self.aws, &request.region);
        reporter.start(|started| {
            started.stack = Some(request.stack_name.clone());
            started.region = Some(request.region.clone());
            started.tracking_task = Some(request.tracking_task.clone());
        });
        let token = names::request_token(&key.org, &request.tracking_task, *spent);
        let made = create_stack(&stacks, &key.account, &token, &request, self.pace, reporter);
        let Some(id) = made.await? else {
            return Ok(None);
        };
        let stack = Stack {
            id,
            name: request.stack_name,
            region: request.region,
            status: "CREATE_IN_PROGRESS".into(),
            reason: None,
            created: None,
            termination_protection: false,
        };
        let record = Record {
            request: None,
            stack: Some(StackRecord {
                id: stack.id.clone(),
                name: stack.name.clone(),
                region: stack.region.clone(),
                tracking_task: Some(request.tracking_task),
                template_sha256: Some(review.sha256.clone()),
            }),
            ..Record::default()
        };
        self.journal.write(key, &record)?;
        note_template(&self.seen, &key.org, &review, reporter).await;
        reporter
            .tell(LinkUpEvent::StackCreating {
                stack: stack.id.clone(),
                region: stack.region.clone(),
            })
            .await;
        Ok(Some(stack))
    }

    /// Follows the stack to its end.
    async fn finish(
        &self,
        stack: Stack,
        task: Option<TaskId>,
        already: bool,
        reporter: &Reporter<LinkUpEvent>,
    ) -> Result<RunOutcome, Error> {
        reporter.start(|started| {
            started.stack = Some(stack.id.clone());
            started.accepted = true;
            started.region = Some(stack.region.clone());
            started.tracking_task = task.as_ref().map(ToString::to_string);
        });
        if already {
            return Ok(RunOutcome::Complete { stack, already });
        }
        if self.no_wait {
            return Ok(RunOutcome::Started(reporter.started().unwrap_or_default()));
        }
        match made(&self.aws, stack, self.pace, reporter).await? {
            Made::Live(stack) => Ok(RunOutcome::Complete { stack, already }),
            Made::Not(failure) => Err(failure),
        }
    }
}

impl fmt::Debug for LinkRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkRun")
            .field("hand_off", &self.hand_off)
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}
