//! What a running link tells.

use std::time::Duration;

use time::OffsetDateTime;
use vmc_api::TaskId;
use vmc_api::models::{AwsCompatibleSubnets, AwsCustomerConnectedAccount, Task};

use crate::aws::Identity;
use crate::aws::stack::{Stack, StackEvent};
use crate::error::Started;
use crate::link_up::plan::Plan;
use crate::stream::{Events, Item, StackTale};
use crate::template::changes::TemplateChange;
use crate::template::review::Review;

/// Something that happened on the way to a link.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LinkUpEvent {
    /// The live state was read.
    Observed {
        /// Who asks at AWS.
        identity: Identity,
        /// How many accounts the organization lists.
        accounts: usize,
        /// The stack of this link, where there is one.
        stack: Option<Stack>,
    },
    /// What is going to be done.
    Decided(Plan),
    /// A stack that is in the way is being deleted.
    StackDeleting(Stack),
    /// VMware Cloud made a link request.
    LinkRequested {
        /// The task that tracks it.
        tracking_task: TaskId,
        /// When it ends.
        expires: Option<OffsetDateTime>,
    },
    /// The template was read. Nothing has been created yet: dropping the stream
    /// here leaves no more than a link request that expires.
    TemplateReviewed(Review),
    /// The template differs from the one that was used before.
    TemplateChanged(Vec<TemplateChange>),
    /// CloudFormation has not taken the stack yet; it is asked again.
    NotCreatedYet {
        /// What it said.
        message: String,
        /// How long it has been asked.
        lasting: Duration,
    },
    /// CloudFormation accepted the stack.
    StackCreating {
        /// ARN.
        stack: String,
        /// Region.
        region: String,
    },
    /// Something happened in the stack.
    StackEvent(StackEvent),
    /// The tracking task moved.
    Task(Box<Task>),
    /// A look failed; the wait goes on.
    Hiccup {
        /// What failed.
        message: String,
        /// How long looks have been failing.
        lasting: Duration,
    },
    /// The account is linked.
    Confirmed(Box<AwsCustomerConnectedAccount>),
    /// The link, or its template, could not be noted down. It is there all the same.
    NotRemembered {
        /// Why.
        message: String,
    },
    /// The subnets could not be listed. The link is there all the same.
    SubnetsUnread {
        /// Why.
        message: String,
    },
}

/// How a link ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LinkUpOutcome {
    /// The account is linked.
    Linked(Box<Linked>),
    /// The stack is being made; nobody waits for it (`no_wait`).
    Started(Started),
}

/// A link that is there.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Linked {
    /// It was there before: nothing was done.
    pub already: bool,
    /// Who asked at AWS.
    pub identity: Identity,
    /// The link.
    pub account: AwsCustomerConnectedAccount,
    /// Subnets that an SDDC can be linked to, where they could be listed.
    pub subnets: Option<AwsCompatibleSubnets>,
}

/// One item of [`LinkUpEvents`].
pub type LinkUpItem = Item<LinkUpEvent, LinkUpOutcome>;

/// A running link.
pub type LinkUpEvents = Events<LinkUpEvent, LinkUpOutcome>;

impl StackTale for LinkUpEvent {
    fn happened(event: StackEvent) -> Self {
        Self::StackEvent(event)
    }

    fn hiccup(message: String, lasting: Duration) -> Self {
        Self::Hiccup { message, lasting }
    }
}
