//! From a complete stack to a linked account.

use std::time::Duration;

use tokio::time::Instant;
use vmc_api::TaskId;
use vmc_api::models::{AwsCompatibleSubnets, AwsCustomerConnectedAccount, Task, TaskStatus};

use crate::aws::Identity;
use crate::aws::stack::Stack;
use crate::error::Error;
use crate::journal::JournalError;
use crate::link_up::events::{LinkUpEvent, LinkUpOutcome, Linked};
use crate::link_up::flow::{Run, is_active};
use crate::link_up::plan::link_of;
use crate::organization::Organization;
use crate::pace::{Beat, Pace, is_passing};
use crate::stream::Reporter;

/// How a wait for the list of accounts ended.
pub(crate) enum Listed {
    /// The account is active.
    Active(Box<AwsCustomerConnectedAccount>),
    /// The task failed, and the account is not there.
    TaskFailed(Box<Task>),
    /// Nothing is left to wait for, and still the account is not there.
    Not(Duration),
}

/// Waits until an account is listed as active. The list is the truth; the task
/// tells how it is going and when to stop hoping. `pick` finds the account.
pub(crate) async fn until_listed(
    org: &Organization,
    task: Option<&TaskId>,
    pace: Pace,
    reporter: &Reporter<LinkUpEvent>,
    pick: impl Fn(&[AwsCustomerConnectedAccount], Option<&Task>) -> Option<AwsCustomerConnectedAccount>,
) -> Result<Listed, Error> {
    let mut beat = Beat::new(pace);
    let mut last: Option<Task> = None;
    // Counts from the moment nothing is left to wait for but the list.
    let mut settling: Option<Instant> = None;
    loop {
        match look(org, task).await {
            Ok((accounts, task)) => {
                if let Some(account) = pick(&accounts, task.as_ref()) {
                    return Ok(Listed::Active(Box::new(account)));
                }
                beat.seen();
                let over = task.as_ref().is_none_or(Task::is_final);
                if let Some(task) = task
                    && last.as_ref() != Some(&task)
                {
                    beat.news();
                    let told = LinkUpEvent::Task(Box::new(task.clone()));
                    reporter.tell(told).await;
                    last = Some(task);
                }
                if over {
                    let since = *settling.get_or_insert_with(Instant::now);
                    let waited = since.elapsed();
                    match last.take_if(|task| failed(task)) {
                        Some(task) => return Ok(Listed::TaskFailed(Box::new(task))),
                        None if waited >= pace.settle => return Ok(Listed::Not(waited)),
                        None => {}
                    }
                } else {
                    settling = None;
                }
            }
            Err(error) if is_passing(&error) => match beat.failed() {
                Some(lasting) => {
                    let message = error.to_string();
                    reporter
                        .tell(LinkUpEvent::Hiccup { message, lasting })
                        .await;
                }
                None => {
                    return Err(Error::Outage {
                        lasted: pace.outage,
                        source: Box::new(Error::Vmc(error)),
                    });
                }
            },
            Err(error) => return Err(Error::Vmc(error)),
        }
        beat.rest().await;
    }
}

/// The task first and the list after it: a task that failed before the list
/// was read cannot hide an account that is there.
async fn look(
    org: &Organization,
    task: Option<&TaskId>,
) -> Result<(Vec<AwsCustomerConnectedAccount>, Option<Task>), vmc_api::Error> {
    let task = match task {
        Some(task) => org.task(task).await?,
        None => None,
    };
    Ok((org.accounts().await?, task))
}

/// Lists the subnets of a link that is there; that they cannot be listed is
/// told and no failure.
pub(crate) async fn subnets(
    org: &Organization,
    account: &AwsCustomerConnectedAccount,
    region: Option<&str>,
    reporter: &Reporter<LinkUpEvent>,
) -> Option<AwsCompatibleSubnets> {
    match org.subnets(&account.id, region).await {
        Ok(subnets) => Some(subnets),
        Err(error) => {
            let message = error.to_string();
            reporter.tell(LinkUpEvent::SubnetsUnread { message }).await;
            None
        }
    }
}

impl Run<'_> {
    /// Waits until the account is listed as active.
    pub(crate) async fn confirm(
        &self,
        identity: &Identity,
        stack: &Stack,
        tracking_task: Option<TaskId>,
    ) -> Result<AwsCustomerConnectedAccount, Error> {
        let link = self.link;
        let task = tracking_task.as_ref();
        let own = |accounts: &[AwsCustomerConnectedAccount], _: Option<&Task>| {
            link_of(accounts, &identity.account)
                .filter(|account| is_active(Some(account)))
                .cloned()
        };
        let stack = || Box::new(stack.clone());
        match until_listed(&link.org, task, link.pace, self.reporter, own).await? {
            Listed::Active(account) => Ok(*account),
            Listed::TaskFailed(task) => Err(Error::TaskFailed {
                status: status_of(&task),
                message: reason_of(&task),
                task: task.id.to_string(),
                stack: stack(),
            }),
            Listed::Not(waited) => Err(Error::NotConfirmed {
                account: identity.account.clone(),
                stack: stack(),
                waited,
            }),
        }
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
        let (org, region) = (&self.link.org, self.link.sddc_region.as_deref());
        let subnets = subnets(org, &account, region, self.reporter).await;
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
}

fn failed(task: &Task) -> bool {
    matches!(task.status, Some(TaskStatus::Failed | TaskStatus::Canceled))
}

/// The status of a task as the service writes it.
pub(crate) fn status_of(task: &Task) -> String {
    task.status
        .as_ref()
        .map_or(String::new(), ToString::to_string)
}

/// Why a task failed, safe for a terminal.
pub(crate) fn reason_of(task: &Task) -> String {
    vmc_http::redact::printable(task.failure_message().unwrap_or("no reason given"), 500)
}
