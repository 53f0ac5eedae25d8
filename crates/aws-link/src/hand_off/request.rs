//! The first half of a hand-off: a link request, made without any right at AWS.

use std::fmt;

use time::OffsetDateTime;
use vmc_api::models::AwsCustomerConnectedAccount;
use vmc_api::{Client, OrgId, orgs};
use vmc_http::TransportBuilder;

use crate::aws::{DEFAULT_REGION, Identity};
use crate::error::Error;
use crate::hand_off::file::{HandOff, LinkedBefore, RequestNote};
use crate::journal::Record;
use crate::link_up::plan::{Observation, Plan, RoleUsers, Wanted, decide};
use crate::organization::Organization;
use crate::template::fetch::Templates;
use crate::template::host::AllowedHosts;
use crate::template::review::Review;

/// Asks for a link request for somebody else to run. Needs no AWS credentials.
#[derive(Clone)]
pub struct LinkRequest {
    org: Organization,
    wanted: Wanted,
    requested_by: Option<String>,
    templates: Templates,
    now: fn() -> OffsetDateTime,
}

/// What a [`LinkRequest`] would do now.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestPlan {
    /// The account is linked.
    NothingToDo(Box<AwsCustomerConnectedAccount>),
    /// Ask for a link.
    Ask(Asking),
}

/// What is known before a link is asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Asking {
    /// Organization, as people call it.
    pub org_name: String,
    /// Name of the stack that the request will be for.
    pub stack_name: String,
    /// Region of that stack.
    pub region: String,
    /// The accounts that are linked.
    pub linked_accounts: Vec<LinkedBefore>,
}

impl LinkRequest {
    /// A request of this organization, for a stack in `us-west-2`. No I/O.
    pub fn new(vmc: &Client, org: impl Into<OrgId>) -> Self {
        let org = Organization::new(vmc, org);
        Self {
            wanted: Wanted {
                org: org.id.to_string(),
                region: DEFAULT_REGION.into(),
                ..Wanted::default()
            },
            requested_by: None,
            templates: Templates::new(AllowedHosts::default().and_loopback(org.is_here())),
            now: OffsetDateTime::now_utc,
            org,
        }
    }

    /// The stack's region; `us-west-2` unless told, as the vendor documents.
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

    /// The AWS account it is for (12 digits). The other side refuses any other.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.wanted.expect_account = Some(account.into());
        self
    }

    /// Make a broken link of that account anew, with new roles.
    #[must_use]
    pub fn relink_broken(mut self, allowed: bool) -> Self {
        self.wanted.relink_broken = allowed;
        self
    }

    /// Who asks, for the other person to read.
    #[must_use]
    pub fn requested_by(mut self, who: Option<String>) -> Self {
        self.requested_by = who;
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

    #[cfg(test)]
    pub(crate) fn templates(&mut self) -> &mut Templates {
        &mut self.templates
    }

    /// Reads the organization and its links. Changes nothing anywhere.
    ///
    /// # Errors
    /// When they cannot be read, a setting cannot work, or the link of the
    /// account is broken and is not to be made anew.
    pub async fn plan(&self) -> Result<RequestPlan, Error> {
        self.wanted.check()?;
        if self.wanted.relink_broken && self.wanted.expect_account.is_none() {
            return Err(Error::Setting(
                "whose broken link is to be made anew? Name the AWS account (--account)".into(),
            ));
        }
        let name = self.org.vmc.send(orgs::Get::new(&self.org.id));
        let (name, accounts) = futures_util::future::join(name, self.org.accounts()).await;
        let (name, accounts) = (name?, accounts?);
        let linked_accounts = accounts.iter().map(LinkedBefore::of).collect();
        // As `link up` decides, for an account whose owner is not here.
        let account = self.wanted.expect_account.clone().unwrap_or_default();
        let nobody = Wanted {
            expect_account: None,
            ..self.wanted.clone()
        };
        let seen = Observation {
            identity: Identity {
                account,
                arn: String::new(),
                user_id: String::new(),
            },
            accounts,
            stack: None,
            record: Record::default(),
            request_task: None,
            users: RoleUsers::NotAsked,
            at: (self.now)(),
        };
        match decide(&seen, &nobody) {
            Plan::NothingToDo { account } => Ok(RequestPlan::NothingToDo(account)),
            Plan::Blocked { reason } => Err(Error::Blocked(reason)),
            Plan::Request {
                stack_name, region, ..
            }
            | Plan::Create {
                stack_name, region, ..
            } => Ok(RequestPlan::Ask(Asking {
                org_name: vmc_http::redact::printable(name.label(), 200),
                stack_name,
                region,
                linked_accounts,
            })),
            Plan::Follow { stack, .. } => Err(Error::Contended { name: stack.name }),
        }
    }

    /// Asks for the link request, once, and reads its template.
    ///
    /// # Errors
    /// When the request was not made, or nobody knows whether it was
    /// ([`Error::RequestUnclear`]), or its template cannot be had; what was
    /// made then expires unused.
    pub async fn ask(&self, asking: Asking) -> Result<(HandOff, Review), Error> {
        let made = self.org.request().await?;
        let about = RequestNote {
            org_id: self.org.id.to_string(),
            org_name: Some(asking.org_name),
            requested_by: self.requested_by.clone(),
            tracking_task: made.tracking_task.to_string(),
            created: to_the_second((self.now)()),
            expires: made.expires,
            stack_name: asking.stack_name,
            region: asking.region,
            account: self.wanted.expect_account.clone(),
            relink_broken: self.wanted.relink_broken,
            linked_accounts: asking.linked_accounts,
        };
        let mut made = HandOff {
            about,
            template_url: made.template_url,
            template_sha256: String::new(),
        };
        let pending = made.pending(&made.about.stack_name);
        let review = self.templates.review(&pending, None).await?;
        made.template_sha256.clone_from(&review.sha256);
        Ok((made, review))
    }
}

/// Fractions of a second tell people nothing.
fn to_the_second(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_nanosecond(0).unwrap_or(at)
}

impl fmt::Debug for LinkRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkRequest")
            .field("org", &self.org.id)
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}
