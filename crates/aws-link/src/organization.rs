//! An organization at VMware Cloud: what the flows of a link ask it.

use futures_util::future::join;
use time::OffsetDateTime;
use vmc_api::models::{AwsCompatibleSubnets, AwsCustomerConnectedAccount, Task};
use vmc_api::{Client, ConnectedAccountId, OrgId, TaskId, account_link, sddcs, tasks};
use vmc_http::Outcome;

use crate::error::Error;
use crate::journal::TemplateUrl;
use crate::linked::{LinkUser, users};

/// An organization and the client that reaches it.
#[derive(Clone)]
pub(crate) struct Organization {
    pub(crate) vmc: Client,
    pub(crate) id: OrgId,
}

/// A link request as the service made it.
pub(crate) struct Requested {
    pub(crate) tracking_task: TaskId,
    pub(crate) template_url: TemplateUrl,
    pub(crate) expires: Option<OffsetDateTime>,
}

impl Organization {
    pub(crate) fn new(vmc: &Client, id: impl Into<OrgId>) -> Self {
        Self {
            vmc: vmc.clone(),
            id: id.into(),
        }
    }

    /// Whether the service is a simulator on this machine.
    pub(crate) fn is_here(&self) -> bool {
        url::Url::parse(self.vmc.origin()).is_ok_and(|url| vmc_http::is_loopback(&url))
    }

    pub(crate) async fn accounts(
        &self,
    ) -> Result<Vec<AwsCustomerConnectedAccount>, vmc_api::Error> {
        self.vmc
            .send(account_link::ConnectedAccounts::new(&self.id))
            .await
    }

    /// The SDDCs that use `link`, or may use the roles of the account `number`;
    /// `accounts` are those that were listed.
    pub(crate) async fn users(
        &self,
        accounts: &[AwsCustomerConnectedAccount],
        link: Option<&ConnectedAccountId>,
        number: &str,
    ) -> Result<Vec<LinkUser>, vmc_api::Error> {
        let connections = self.vmc.send(account_link::SddcConnections::new(&self.id));
        let sddcs = self.vmc.send(sddcs::List::new(&self.id));
        let (connections, sddcs) = join(connections, sddcs).await;
        Ok(users(accounts, link, number, &connections?, &sddcs?))
    }

    /// A task; `None` where the service does not know it.
    pub(crate) async fn task(&self, id: &TaskId) -> Result<Option<Task>, vmc_api::Error> {
        match self.vmc.send(tasks::Get::new(&self.id, id)).await {
            Ok(task) => Ok(Some(task)),
            Err(error) if error.status().is_some_and(|status| status == 404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Subnets that an SDDC can be linked to; of all regions where none is named.
    pub(crate) async fn subnets(
        &self,
        account: &ConnectedAccountId,
        region: Option<&str>,
    ) -> Result<AwsCompatibleSubnets, vmc_api::Error> {
        let list = account_link::CompatibleSubnets::new(&self.id, account)
            .region(region.unwrap_or_default());
        self.vmc.send(list).await
    }

    /// Asks for a link request. Once: each arrival makes another one.
    pub(crate) async fn request(&self) -> Result<Requested, Error> {
        let answer = self.vmc.send(account_link::Request::new(&self.id)).await;
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
        Ok(Requested {
            tracking_task: TaskId::from(task),
            template_url: TemplateUrl::new(url),
            expires: answer.expiration_date.and_then(|date| date.parse()),
        })
    }
}
