//! The last part of a hand-off: until VMware Cloud lists the account. Needs no
//! AWS credentials.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;
use vmc_api::models::{AwsCompatibleSubnets, AwsCustomerConnectedAccount, Task, TaskStatus};
use vmc_api::{Client, OrgId, TaskId, tasks};

use crate::error::Error;
use crate::hand_off::file::{LinkedBefore, RequestNote};
use crate::link_up::confirm::{Listed, reason_of, status_of, subnets, until_listed};
use crate::link_up::events::LinkUpEvent;
use crate::link_up::flow::is_active;
use crate::linked::moment;
use crate::names;
use crate::organization::Organization;
use crate::pace::Pace;
use crate::stream::{Events, Reporter, within};

/// Waits for the link that a link request is for.
#[derive(Clone)]
pub struct LinkWait {
    org: Organization,
    task: TaskId,
    account: Option<String>,
    before: Option<Vec<LinkedBefore>>,
    pace: Pace,
    timeout: Option<Duration>,
    sddc_region: Option<String>,
}

/// The link that was waited for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LinkConfirmed {
    /// The link.
    pub account: AwsCustomerConnectedAccount,
    /// Subnets that an SDDC can be linked to, where they could be listed.
    pub subnets: Option<AwsCompatibleSubnets>,
}

impl LinkWait {
    /// Waits for the link request that this task tracks. No I/O.
    pub fn new(vmc: &Client, org: impl Into<OrgId>, task: impl Into<TaskId>) -> Self {
        Self {
            org: Organization::new(vmc, org),
            task: task.into(),
            account: None,
            before: None,
            pace: Pace::default(),
            timeout: None,
            sddc_region: None,
        }
    }

    /// Waits for the link request that this note is about.
    pub fn of(vmc: &Client, note: &RequestNote) -> Self {
        Self {
            account: note.account.clone(),
            before: Some(note.linked_accounts.clone()),
            ..Self::new(vmc, note.org_id.as_str(), note.tracking_task.as_str())
        }
    }

    /// The AWS account to wait for (12 digits). Without it, the one that has
    /// been linked since the request was made.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// How the wait looks for news.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Stop waiting after this time.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// List the subnets of this region at the end, named as VMware Cloud does
    /// (`US_WEST_2`); of all regions unless told.
    #[must_use]
    pub fn sddc_region(mut self, region: impl Into<String>) -> Self {
        self.sddc_region = Some(region.into());
        self
    }

    /// Waits. Nothing happens until the result is polled; stopping it stops
    /// nothing but the wait.
    pub fn events(&self) -> Events<LinkUpEvent, LinkConfirmed> {
        let reporter = Reporter::default();
        let (wait, inner) = (self.clone(), reporter.clone());
        let flow = async move { within(wait.timeout, &inner, wait.to_the_end(&inner)).await };
        Events::new(reporter, Box::pin(flow))
    }

    /// Waits to the end.
    ///
    /// # Errors
    /// See [`Error`]; waiting again goes on from the live state.
    pub async fn wait(&self) -> Result<LinkConfirmed, Error> {
        self.events().wait().await
    }

    async fn to_the_end(&self, reporter: &Reporter<LinkUpEvent>) -> Result<LinkConfirmed, Error> {
        if let Some(account) = &self.account {
            names::check_account(account)?;
        }
        self.check_task().await?;
        reporter.start(|started| {
            started.accepted = true;
            started.tracking_task = Some(self.task.to_string());
        });
        let pick = |accounts: &[AwsCustomerConnectedAccount], task: Option<&Task>| {
            self.pick(accounts, task).cloned()
        };
        let listed = until_listed(&self.org, Some(&self.task), self.pace, reporter, pick).await?;
        let account = match listed {
            Listed::Active(account) => *account,
            Listed::TaskFailed(task) => {
                return Err(Error::RequestFailed {
                    status: status_of(&task),
                    message: reason_of(&task),
                    task: task.id.to_string(),
                });
            }
            Listed::Not(waited) => {
                return Err(Error::NotListed {
                    task: self.task.to_string(),
                    account: self.account.clone(),
                    waited,
                });
            }
        };
        let confirmed = LinkUpEvent::Confirmed(Box::new(account.clone()));
        reporter.tell(confirmed).await;
        let subnets = subnets(&self.org, &account, self.sddc_region.as_deref(), reporter).await;
        Ok(LinkConfirmed { account, subnets })
    }

    /// A task that nobody knows is told at once, unless the account is there.
    async fn check_task(&self) -> Result<(), Error> {
        let task = self.org.vmc.send(tasks::Get::new(&self.org.id, &self.task));
        match task.await {
            Err(error) if error.status().is_some_and(|status| status == 404) => {
                let accounts = self.org.accounts().await?;
                match self.pick(&accounts, None) {
                    Some(_) => Ok(()),
                    None => Err(Error::Vmc(error)),
                }
            }
            // Anything else the wait meets again, and knows what to do about it.
            _ => Ok(()),
        }
    }

    /// The account that the request has linked, if it is there.
    fn pick<'a>(
        &self,
        accounts: &'a [AwsCustomerConnectedAccount],
        task: Option<&Task>,
    ) -> Option<&'a AwsCustomerConnectedAccount> {
        let mut active = accounts.iter().filter(|link| is_active(Some(link)));
        if let Some(number) = &self.account {
            return active.find(|link| link.account_number.as_ref() == Some(number));
        }
        // Whose account it will be is not known, so that it is there is not enough.
        let finished = task.is_none_or(|task| matches!(task.status, Some(TaskStatus::Finished)));
        let since = task.and_then(|task| moment(task.created.as_ref()));
        active
            .filter(|link| {
                let changed = changed(link);
                let after = since.is_some_and(|since| changed.is_some_and(|at| at >= since));
                // What was linked before tells it alone, where that is known: a link
                // that was there is no new one, though it may have been touched.
                finished && self.is_new(link).unwrap_or(after)
            })
            .max_by_key(|link| changed(link))
    }

    fn is_new(&self, link: &AwsCustomerConnectedAccount) -> Option<bool> {
        self.before.as_ref().map(|before| {
            !before
                .iter()
                .any(|old| old.id == link.id.as_str() && old.state.as_deref() == Some("ACTIVE"))
        })
    }
}

fn changed(link: &AwsCustomerConnectedAccount) -> Option<OffsetDateTime> {
    moment(link.updated.as_ref().or(link.created.as_ref()))
}

impl fmt::Debug for LinkWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkWait")
            .field("org", &self.org.id)
            .field("task", &self.task)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
