//! From a complete stack to a linked account.

use std::time::Duration;

use tokio::time::Instant;
use vmc_api::models::{AwsCompatibleSubnets, AwsCustomerConnectedAccount, Task, TaskStatus};
use vmc_api::{TaskId, account_link};

use crate::aws::Identity;
use crate::aws::stack::Stack;
use crate::error::Error;
use crate::journal::JournalError;
use crate::link_up::events::{LinkUpEvent, LinkUpOutcome, Linked};
use crate::link_up::flow::{Run, is_active};
use crate::link_up::plan::link_of;
use crate::pace::Beat;

impl Run<'_> {
    /// Waits until the account is listed as active. The list is the truth; the
    /// task tells how it is going and when to stop hoping.
    pub(crate) async fn confirm(
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
    pub(crate) async fn linked(
        &self,
        identity: &Identity,
        account: AwsCustomerConnectedAccount,
        already: bool,
    ) -> Result<LinkUpOutcome, Error> {
        if let Err(error) = self.remember(identity, &account) {
            // The link is there; that it is not noted down must not hide it.
            let message = error.to_string();
            self.reporter
                .tell(LinkUpEvent::NotRemembered { message })
                .await;
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

    /// Notes the link down where there is a record of its making, and drops a
    /// request that is of no use any more.
    fn remember(
        &self,
        identity: &Identity,
        account: &AwsCustomerConnectedAccount,
    ) -> Result<(), JournalError> {
        let link = self.link;
        let key = link.key(identity);
        let Some(mut record) = link.journal.read(&key)? else {
            return Ok(());
        };
        let made = record.stack.as_ref().is_some_and(|stack| {
            account
                .cf_stack_name
                .as_ref()
                .is_none_or(|name| *name == stack.name)
        });
        if record.request.is_none() && (record.linked_at.is_some() || !made) {
            return Ok(());
        }
        record.request = None;
        if made {
            record.linked_at.get_or_insert_with(link.now);
        }
        link.journal.write(&key, &record)
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
