//! One run: observe, decide, act, confirm.

use std::time::Duration;

use tokio::time::Instant;
use vmc_api::TaskId;
use vmc_api::account_link;
use vmc_api::models::{
    AwsCompatibleSubnets, AwsCustomerConnectedAccount, ConnectionState, Task, TaskStatus,
};
use vmc_http::Outcome;

use crate::aws::Identity;
use crate::aws_error::{AwsError, AwsErrorKind};
use crate::error::Error;
use crate::events::{LinkUpEvent, LinkUpOutcome, Linked, Reporter};
use crate::follow::{End, Listener, News, Stopped, follow};
use crate::journal::{PendingRequest, Record, StackRecord, TemplateUrl};
use crate::link_up::LinkUp;
use crate::names;
use crate::pace::Beat;
use crate::plan::{Plan, link_of};
use crate::stack::{Stack, StackEvent, StackPhase, Stacks};

/// Surprises that make the state be read anew, at most.
const ROUNDS: usize = 6;

/// Runs a link within its time.
pub(crate) async fn run(link: LinkUp, reporter: Reporter) -> Result<LinkUpOutcome, Error> {
    link.check()?;
    let begun = Instant::now();
    let run = Run {
        link: &link,
        reporter: &reporter,
    };
    let end = match link.timeout {
        None => Some(run.to_the_end().await),
        Some(limit) => tokio::time::timeout(limit, run.to_the_end()).await.ok(),
    };
    let waited = begun.elapsed();
    match (end, reporter.started()) {
        (None, Some(started)) => Err(Error::Pending { started, waited }),
        (None, None) => Err(Error::TimeUp { waited }),
        // What was started goes on, whatever kept us from watching it.
        (
            Some(Err(
                error @ (Error::Vmc(_) | Error::Aws(_) | Error::Journal(_) | Error::Outage { .. }),
            )),
            Some(started),
        ) => Err(Error::LostSight {
            started,
            source: Box::new(error),
        }),
        (Some(end), _) => end,
    }
}

struct Run<'a> {
    link: &'a LinkUp,
    reporter: &'a Reporter,
}

/// What a step leads to.
enum Next {
    End(LinkUpOutcome),
    /// Something is not as it was: look again.
    Again,
}

impl Run<'_> {
    async fn to_the_end(&self) -> Result<LinkUpOutcome, Error> {
        let link = self.link;
        let (identity, accounts) =
            futures_util::future::join(link.aws.whoami(), link.accounts()).await;
        let (identity, mut accounts) = (identity?, accounts?);
        // From here to the end no other run on this machine touches this link.
        let _lock = link.journal.lock(&link.key(&identity))?;
        let mut name = String::new();
        let mut asked_anew = false;
        for round in 0..ROUNDS {
            let seen = link.observe_rest(identity.clone(), accounts).await?;
            self.reporter
                .tell(LinkUpEvent::Observed {
                    identity: identity.clone(),
                    accounts: seen.accounts.len(),
                    stack: seen.stack.as_ref().map(|seen| seen.stack.clone()),
                })
                .await;
            let plan = link.decide(&seen);
            self.reporter.tell(LinkUpEvent::Decided(plan.clone())).await;
            let record = seen.record;
            let next = match plan {
                Plan::Blocked { reason } => return Err(Error::Blocked(reason)),
                Plan::NothingToDo { account } => {
                    let already = round == 0;
                    return self.linked(&identity, *account, record, already).await;
                }
                Plan::Follow {
                    stack,
                    tracking_task,
                } => {
                    name.clone_from(&stack.name);
                    self.finish(&identity, stack, tracking_task, record).await?
                }
                Plan::Create {
                    stack_name,
                    request,
                    ..
                } => {
                    name = stack_name;
                    let fallback = !std::mem::replace(&mut asked_anew, true);
                    self.create(&identity, *request, record, fallback).await?
                }
                Plan::Request {
                    stack_name,
                    region,
                    replaces,
                } => {
                    if let Some(stack) = replaces {
                        self.remove(stack).await?;
                    }
                    name.clone_from(&stack_name);
                    asked_anew = true;
                    let (request, record) = self.ask(&identity, stack_name, region).await?;
                    self.create(&identity, request, record, false).await?
                }
            };
            match next {
                Next::End(outcome) => return Ok(outcome),
                Next::Again => accounts = link.accounts().await?,
            }
        }
        Err(Error::Contended { name })
    }

    /// Asks for a link request. Once: each arrival makes another one.
    async fn ask(
        &self,
        identity: &Identity,
        stack_name: String,
        region: String,
    ) -> Result<(PendingRequest, Record), Error> {
        let link = self.link;
        let answer = link.vmc.send(account_link::Request::new(&link.org)).await;
        let answer = answer.map_err(|error| match error.outcome() {
            Outcome::Unknown | Outcome::Done => Error::RequestUnclear(error),
            Outcome::NotSent | Outcome::Refused => Error::Vmc(error),
        })?;
        let some = |value: Option<String>| value.filter(|text| !text.trim().is_empty());
        let Some(url) = some(answer.template_url) else {
            return Err(Error::RequestIncomplete {
                missing: "template_url",
            });
        };
        let Some(task) = some(answer.tracking_task.map(|task| task.to_string())) else {
            return Err(Error::RequestIncomplete {
                missing: "tracking_task",
            });
        };
        let expires = answer.expiration_date.and_then(|date| date.parse());
        let record = Record {
            request: Some(PendingRequest {
                tracking_task: task.clone(),
                template_url: TemplateUrl::new(url),
                template_sha256: None,
                expires,
                stack_name,
                region,
            }),
            ..Record::default()
        };
        // Remembered before anything is made of it.
        link.journal.write(&link.key(identity), &record)?;
        self.reporter
            .tell(LinkUpEvent::LinkRequested {
                tracking_task: TaskId::from(task),
                expires,
            })
            .await;
        match record.request.clone() {
            Some(request) => Ok((request, record)),
            None => Err(Error::RequestIncomplete {
                missing: "template_url",
            }),
        }
    }

    /// Reviews the template and creates the stack. `fallback`: the request is an
    /// old one, so if it turns out to be of no use a new one may be asked for.
    async fn create(
        &self,
        identity: &Identity,
        mut request: PendingRequest,
        mut record: Record,
        fallback: bool,
    ) -> Result<Next, Error> {
        let link = self.link;
        let key = link.key(identity);
        let stacks = Stacks::new(&link.aws, &request.region);
        let review = match link.templates.review(&request, &stacks).await {
            Ok(review) => review,
            Err(Error::Template { source, .. })
                if fallback
                    && source
                        .status()
                        .is_some_and(|status| status.is_client_error()) =>
            {
                // Expired, though its date does not say so.
                link.journal.write(
                    &key,
                    &Record {
                        request: None,
                        ..record
                    },
                )?;
                return Ok(Next::Again);
            }
            Err(error) => return Err(error),
        };
        request.template_sha256 = Some(review.sha256.clone());
        record.request = Some(request.clone());
        link.journal.write(&key, &record)?;
        self.reporter
            .tell(LinkUpEvent::TemplateReviewed(review))
            .await;

        // Reading the template, or reading about it, may have taken a while.
        let accounts = link.accounts().await?;
        if is_active(link_of(&accounts, &identity.account)) {
            return Ok(Next::Again);
        }
        self.reporter.start(|started| {
            started.stack = Some(request.stack_name.clone());
            started.region = Some(request.region.clone());
            started.tracking_task = Some(request.tracking_task.clone());
        });
        let id = match self.create_stack(&stacks, &request).await {
            Ok(Some(id)) => id,
            // Made by an earlier try of ours, or by somebody else: its first
            // event tells.
            Ok(None) => return Ok(Next::Again),
            Err(error) => {
                if let Error::CreateRefused(refused) = &error
                    && refused.kind() == AwsErrorKind::Refused
                {
                    // Perhaps the template's fault: the next run asks for a new one.
                    link.journal.write(
                        &key,
                        &Record {
                            request: None,
                            ..record
                        },
                    )?;
                }
                return Err(error);
            }
        };
        record = Record {
            request: None,
            stack: Some(StackRecord {
                id: id.clone(),
                name: request.stack_name.clone(),
                region: request.region.clone(),
                tracking_task: Some(request.tracking_task.clone()),
                template_sha256: request.template_sha256.clone(),
            }),
            linked_at: None,
        };
        link.journal.write(&key, &record)?;
        self.reporter
            .tell(LinkUpEvent::StackCreating {
                stack: id.clone(),
                region: request.region.clone(),
            })
            .await;
        let stack = Stack {
            id,
            name: request.stack_name,
            region: request.region,
            status: "CREATE_IN_PROGRESS".into(),
            reason: None,
            created: None,
        };
        let task = TaskId::from(request.tracking_task);
        self.finish(identity, stack, Some(task), record).await
    }

    /// Creates the stack, for as long as it takes to get a clear answer: with
    /// the same token it is created once however often it is asked for. `None`
    /// when a stack of that name is there.
    async fn create_stack(
        &self,
        stacks: &Stacks,
        request: &PendingRequest,
    ) -> Result<Option<String>, Error> {
        let link = self.link;
        let token = names::request_token(link.org.as_str(), &request.tracking_task);
        let mut beat = Beat::new(link.pace);
        let mut renewed = false;
        let mut unclear = false;
        loop {
            let tried = stacks
                .create(&request.stack_name, request.template_url.expose(), &token)
                .await;
            let error = match tried {
                Ok(id) => return Ok(Some(id)),
                Err(error) => error,
            };
            unclear |= error.kind() == AwsErrorKind::Unclear;
            match error.code() {
                Some("AlreadyExistsException" | "TokenAlreadyExistsException") => return Ok(None),
                _ if error.kind() == AwsErrorKind::ExpiredCredentials && !renewed => {
                    renewed = true;
                    stacks.renew_credentials().await;
                    continue;
                }
                // After an unclear try, one of ours may have been carried out.
                _ if !error.retryable() && unclear => return Err(Error::Aws(error)),
                _ if !error.retryable() => {
                    self.reporter.stop();
                    return Err(Error::CreateRefused(error));
                }
                _ => {}
            }
            let Some(lasting) = beat.failed() else {
                if !unclear {
                    self.reporter.stop();
                }
                return Err(self.outage(Error::Aws(error)));
            };
            self.hiccup(error.to_string(), lasting).await;
            beat.rest().await;
        }
    }

    /// Follows stack and task and waits for the account to show up.
    async fn finish(
        &self,
        identity: &Identity,
        stack: Stack,
        tracking_task: Option<TaskId>,
        mut record: Record,
    ) -> Result<Next, Error> {
        let link = self.link;
        self.reporter.start(|started| {
            started.stack = Some(stack.id.clone());
            started.region = Some(stack.region.clone());
            started.tracking_task = tracking_task.as_ref().map(ToString::to_string);
        });
        if record
            .stack
            .as_ref()
            .is_none_or(|known| known.id != stack.id)
        {
            // Adopted: a stack that was made before it could be remembered.
            let task = tracking_task.as_ref().map(ToString::to_string);
            let request = record
                .request
                .filter(|request| Some(&request.tracking_task) == task.as_ref());
            record = Record {
                request: None,
                stack: Some(StackRecord {
                    id: stack.id.clone(),
                    name: stack.name.clone(),
                    region: stack.region.clone(),
                    tracking_task: task,
                    template_sha256: request.and_then(|request| request.template_sha256),
                }),
                linked_at: None,
            };
            link.journal.write(&link.key(identity), &record)?;
        }
        if link.no_wait {
            let started = self.reporter.started().unwrap_or_default();
            return Ok(Next::End(LinkUpOutcome::Started(started)));
        }
        let stacks = Stacks::new(&link.aws, &stack.region);
        let mut watcher = Watcher {
            reporter: self.reporter,
            failures: Vec::new(),
        };
        let end = follow(&stacks, &stack.id, link.pace, &mut watcher).await;
        let failure = match end {
            Ok(End::Settled(stack)) if stack.phase() == StackPhase::Live => {
                let account = self.confirm(identity, &stack, tracking_task).await?;
                return self
                    .linked(identity, account, record, false)
                    .await
                    .map(Next::End);
            }
            Ok(End::Settled(stack)) => Error::StackFailed {
                stack: Box::new(stack),
                failures: watcher.failures,
            },
            Ok(End::Gone) => Error::StackGone { name: stack.name },
            Err(stopped) => return Err(stopped.into()),
        };
        // Somebody else may have linked the account meanwhile.
        let accounts = link.accounts().await;
        match accounts
            .as_deref()
            .ok()
            .and_then(|all| link_of(all, &identity.account))
        {
            Some(account) if is_active(Some(account)) => self
                .linked(identity, account.clone(), record, false)
                .await
                .map(Next::End),
            _ => Err(failure),
        }
    }

    /// Waits until the account is listed as active. The list is the truth; the
    /// task tells how it is going and when to stop hoping.
    async fn confirm(
        &self,
        identity: &Identity,
        stack: &Stack,
        tracking_task: Option<TaskId>,
    ) -> Result<AwsCustomerConnectedAccount, Error> {
        let link = self.link;
        let mut beat = Beat::new(link.pace);
        let mut last: Option<Task> = None;
        // Counts from the moment nothing is left to wait for but the list.
        let mut settling: Option<Instant> = None;
        loop {
            match self.look(identity, tracking_task.as_ref()).await {
                Ok((Some(account), _)) => return Ok(account),
                Ok((None, task)) => {
                    beat.seen();
                    let over = task.as_ref().is_none_or(Task::is_final);
                    if let Some(task) = task
                        && last.as_ref() != Some(&task)
                    {
                        beat.news();
                        let told = LinkUpEvent::Task(Box::new(task.clone()));
                        self.reporter.tell(told).await;
                        last = Some(task);
                    }
                    if over {
                        let since = *settling.get_or_insert_with(Instant::now);
                        let waited = since.elapsed();
                        if failed(last.as_ref()) || waited >= link.pace.settle {
                            return Err(not_linked(identity, stack, last, waited));
                        }
                    } else {
                        settling = None;
                    }
                }
                Err(error) if is_passing(&error) => match beat.failed() {
                    Some(lasting) => self.hiccup(error.to_string(), lasting).await,
                    None => return Err(self.outage(Error::Vmc(error))),
                },
                Err(error) => return Err(Error::Vmc(error)),
            }
            beat.rest().await;
        }
    }

    /// The task first and the list after it: a task that failed before the list
    /// was read cannot hide an account that is there.
    async fn look(
        &self,
        identity: &Identity,
        task: Option<&TaskId>,
    ) -> Result<(Option<AwsCustomerConnectedAccount>, Option<Task>), vmc_api::Error> {
        let task = match task {
            Some(task) => self.link.task(task).await?,
            None => None,
        };
        let accounts = self.link.accounts().await?;
        let account = link_of(&accounts, &identity.account)
            .filter(|account| is_active(Some(account)))
            .cloned();
        Ok((account, task))
    }

    /// The account is there: remember it, list its subnets.
    async fn linked(
        &self,
        identity: &Identity,
        account: AwsCustomerConnectedAccount,
        mut record: Record,
        already: bool,
    ) -> Result<LinkUpOutcome, Error> {
        let link = self.link;
        if record.linked_at.is_none() || record.request.is_some() {
            record.request = None;
            record.linked_at = Some((link.now)());
            link.journal.write(&link.key(identity), &record)?;
        }
        let confirmed = LinkUpEvent::Confirmed(Box::new(account.clone()));
        self.reporter.tell(confirmed).await;
        let subnets = match self.subnets(&account).await {
            Ok(subnets) => Some(subnets),
            Err(error) => {
                let message = error.to_string();
                self.reporter
                    .tell(LinkUpEvent::SubnetsUnread { message })
                    .await;
                None
            }
        };
        Ok(LinkUpOutcome::Linked(Box::new(Linked {
            already,
            identity: identity.clone(),
            account,
            subnets,
        })))
    }

    async fn subnets(
        &self,
        account: &AwsCustomerConnectedAccount,
    ) -> Result<AwsCompatibleSubnets, vmc_api::Error> {
        let link = self.link;
        let list = account_link::CompatibleSubnets::new(&link.org, &account.id)
            .region(link.sddc_region.clone().unwrap_or_default());
        link.vmc.send(list).await
    }

    /// Deletes a stack that is in the way and waits until it is gone.
    async fn remove(&self, stack: Stack) -> Result<(), Error> {
        let link = self.link;
        let stacks = Stacks::new(&link.aws, &stack.region);
        self.reporter
            .tell(LinkUpEvent::StackDeleting(stack.clone()))
            .await;
        if stack.phase() != StackPhase::Deleting {
            stacks.delete(&stack.id).await?;
        }
        let mut watcher = Watcher {
            reporter: self.reporter,
            failures: Vec::new(),
        };
        match follow(&stacks, &stack.id, link.pace, &mut watcher).await {
            Ok(End::Gone) => Ok(()),
            Ok(End::Settled(stack)) => Err(Error::DeleteFailed {
                stack: Box::new(stack),
                events: watcher.failures,
            }),
            Err(stopped) => Err(stopped.into()),
        }
    }

    async fn hiccup(&self, message: String, lasting: Duration) {
        self.reporter
            .tell(LinkUpEvent::Hiccup { message, lasting })
            .await;
    }

    fn outage(&self, source: Error) -> Error {
        Error::Outage {
            lasted: self.link.pace.outage,
            source: Box::new(source),
        }
    }
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Refused(error) => Self::Aws(error),
            Stopped::Outage(error, lasted) => Self::Outage {
                lasted,
                source: Box::new(Self::Aws(error)),
            },
        }
    }
}

/// Passes stack news on and keeps the failures.
struct Watcher<'a> {
    reporter: &'a Reporter,
    failures: Vec<StackEvent>,
}

impl Listener for Watcher<'_> {
    async fn tell(&mut self, news: News) {
        match news {
            News::Event(event) => {
                if event.status.ends_with("_FAILED") {
                    self.failures.push(event.clone());
                }
                self.reporter.tell(LinkUpEvent::StackEvent(event)).await;
            }
            News::Hiccup(error, lasting) => {
                let message = AwsError::to_string(&error);
                self.reporter
                    .tell(LinkUpEvent::Hiccup { message, lasting })
                    .await;
            }
        }
    }
}

fn is_active(account: Option<&AwsCustomerConnectedAccount>) -> bool {
    account.is_some_and(|account| account.state == Some(ConnectionState::Active))
}

fn failed(task: Option<&Task>) -> bool {
    let status = task.and_then(|task| task.status.as_ref());
    matches!(status, Some(TaskStatus::Failed | TaskStatus::Canceled))
}

fn not_linked(identity: &Identity, stack: &Stack, task: Option<Task>, waited: Duration) -> Error {
    let stack = Box::new(stack.clone());
    match task {
        Some(task) if failed(Some(&task)) => Error::TaskFailed {
            status: task
                .status
                .as_ref()
                .map_or(String::new(), ToString::to_string),
            message: vmc_http::redact::printable(
                task.failure_message().unwrap_or("no reason given"),
                500,
            ),
            task: task.id.to_string(),
            stack,
        },
        _ => Error::NotConfirmed {
            account: identity.account.clone(),
            stack,
            waited,
        },
    }
}

/// Whether a failed look says nothing about the next one.
fn is_passing(error: &vmc_api::Error) -> bool {
    let unreadable = error.status().is_some_and(|status| status.is_success());
    error.retryable() || unreadable
}
