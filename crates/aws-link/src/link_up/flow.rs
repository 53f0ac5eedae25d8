//! One run: observe, decide, act, confirm.

use vmc_api::TaskId;
use vmc_api::models::{AwsCustomerConnectedAccount, ConnectionState};

use crate::aws::Identity;
use crate::aws::stack::Stack;
use crate::error::Error;
use crate::journal::{PendingRequest, Record};
use crate::link_up::LinkUp;
use crate::link_up::events::{LinkUpEvent, LinkUpOutcome};
use crate::link_up::make::{Made, made, remove};
use crate::link_up::plan::{Plan, link_of};
use crate::stream::{Reporter, within};

/// Surprises that make the state be read anew, at most.
const ROUNDS: usize = 6;

/// Runs a link within its time.
pub(crate) async fn run(
    link: LinkUp,
    reporter: Reporter<LinkUpEvent>,
) -> Result<LinkUpOutcome, Error> {
    link.wanted.check()?;
    let run = Run {
        link: &link,
        reporter: &reporter,
    };
    within(link.timeout, &reporter, run.to_the_end()).await
}

pub(crate) struct Run<'a> {
    pub(crate) link: &'a LinkUp,
    pub(crate) reporter: &'a Reporter<LinkUpEvent>,
}

/// What a step leads to.
pub(crate) enum Next {
    End(LinkUpOutcome),
    /// Something is not as it was: look again.
    Again,
}

impl Run<'_> {
    async fn to_the_end(&self) -> Result<LinkUpOutcome, Error> {
        let link = self.link;
        let (identity, accounts) =
            futures_util::future::join(link.aws.whoami(), link.org.accounts()).await;
        let (identity, mut accounts) = (identity?, accounts?);
        let mut lock = None;
        let mut name = String::new();
        let mut asked_anew = false;
        for round in 0..ROUNDS {
            let (mut seen, enough) = link.glance(&identity, accounts);
            if !enough {
                // From here to the end no other run on this machine touches this link.
                if lock.is_none() {
                    lock = Some(link.journal.lock(&link.key(&identity))?);
                }
                seen = link.look_closer(seen).await?;
            }
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
                    return self.linked(&identity, *account, already).await;
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
                    // A journal that cannot be written is found out before anything
                    // is started.
                    link.journal.write(&link.key(&identity), &record)?;
                    if let Some(stack) = replaces {
                        remove(&link.aws, stack, link.pace, self.reporter).await?;
                    }
                    name.clone_from(&stack_name);
                    asked_anew = true;
                    let (request, record) = self.ask(&identity, stack_name, region).await?;
                    self.create(&identity, request, record, false).await?
                }
            };
            match next {
                Next::End(outcome) => return Ok(outcome),
                Next::Again => accounts = link.org.accounts().await?,
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
        let made = link.org.request().await?;
        let request = PendingRequest {
            tracking_task: made.tracking_task.to_string(),
            template_url: made.template_url,
            template_sha256: None,
            expires: made.expires,
            stack_name,
            region,
        };
        let record = Record {
            request: Some(request.clone()),
            ..Record::default()
        };
        // Remembered before anything is made of it.
        link.journal.write(&link.key(identity), &record)?;
        self.reporter
            .tell(LinkUpEvent::LinkRequested {
                tracking_task: made.tracking_task,
                expires: made.expires,
            })
            .await;
        Ok((request, record))
    }

    /// Follows stack and task and waits for the account to show up.
    pub(crate) async fn finish(
        &self,
        identity: &Identity,
        stack: Stack,
        tracking_task: Option<TaskId>,
        record: Record,
    ) -> Result<Next, Error> {
        let link = self.link;
        self.reporter.start(|started| {
            started.stack = Some(stack.id.clone());
            started.accepted = true;
            started.region = Some(stack.region.clone());
            started.tracking_task = tracking_task.as_ref().map(ToString::to_string);
        });
        if let Some(adopted) = record.adopt(&stack, tracking_task.as_ref()) {
            link.journal.write(&link.key(identity), &adopted)?;
        }
        if link.no_wait {
            let started = self.reporter.started().unwrap_or_default();
            return Ok(Next::End(LinkUpOutcome::Started(started)));
        }
        let failure = match made(&link.aws, stack, link.pace, self.reporter).await? {
            Made::Live(stack) => {
                let account = self.confirm(identity, &stack, tracking_task).await?;
                return self.linked(identity, account, false).await.map(Next::End);
            }
            Made::Not(failure) => failure,
        };
        // Somebody else may have linked the account meanwhile.
        let accounts = link.org.accounts().await;
        match accounts
            .as_deref()
            .ok()
            .and_then(|all| link_of(all, &identity.account))
        {
            Some(account) if is_active(Some(account)) => self
                .linked(identity, account.clone(), false)
                .await
                .map(Next::End),
            _ => Err(failure),
        }
    }
}

pub(crate) fn is_active(account: Option<&AwsCustomerConnectedAccount>) -> bool {
    account.is_some_and(|account| account.state == Some(ConnectionState::Active))
}
