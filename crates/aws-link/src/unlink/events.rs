//! What a running unlinking tells.

use std::time::Duration;

use serde::Serialize;
use vmc_api::models::AwsCustomerConnectedAccount;

use crate::aws::stack::{Stack, StackEvent};
use crate::error::Started;
use crate::stream::{Events, Item, StackTale};
use crate::unlink::plan::{StackFate, UnlinkPlan};

/// Something that happened on the way.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum UnlinkEvent {
    /// What is going to be done. Nothing has been done yet: dropping the stream
    /// here leaves everything as it is.
    Decided(Box<UnlinkPlan>),
    /// The task of this stack's link has just finished, and the link is not listed.
    /// It may turn up: that is waited for before anything is decided.
    Settling {
        /// The stack.
        stack: Stack,
        /// For how long.
        rest: Duration,
    },
    /// VMware Cloud has not taken the unlinking yet; it is asked again.
    NotUnlinkedYet {
        /// What it said.
        message: String,
        /// How long it has been asked.
        lasting: Duration,
    },
    /// The account is not listed as linked any more.
    Unlinked(Box<AwsCustomerConnectedAccount>),
    /// SDDCs still use the roles, so the stack stays after all.
    StackKept {
        /// The stack.
        stack: Stack,
        /// Why.
        why: String,
    },
    /// CloudFormation is deleting the stack.
    StackDeleting(Stack),
    /// Something happened in the stack.
    StackEvent(StackEvent),
    /// A look failed; the wait goes on.
    Hiccup {
        /// What failed.
        message: String,
        /// How long looks have been failing.
        lasting: Duration,
    },
    /// What was done could not be noted down. It is done all the same.
    NotRemembered {
        /// Why.
        message: String,
    },
}

impl StackTale for UnlinkEvent {
    fn happened(event: StackEvent) -> Self {
        Self::StackEvent(event)
    }

    fn hiccup(message: String, lasting: Duration) -> Self {
        Self::Hiccup { message, lasting }
    }
}

/// How an unlinking ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum UnlinkOutcome {
    /// What was to go is gone.
    Unlinked(Box<Unlinked>),
    /// The account is unlinked and its stack is being deleted; nobody waits for
    /// it (`no_wait`).
    Started(Started),
}

/// What became of everything.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Unlinked {
    /// There was nothing to do.
    pub nothing_to_do: bool,
    /// AWS account number.
    pub aws_account: String,
    /// The link as it was, if there was one.
    pub account: Option<Box<AwsCustomerConnectedAccount>>,
    /// What became of the stack.
    pub stack: StackFate,
    /// What is left of the link's roles.
    pub roles: RolesLeft,
}

/// Which roles of a link are still there, by their names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct RolesLeft {
    /// Still there.
    pub there: Vec<String>,
    /// Gone.
    pub gone: Vec<String>,
    /// Not looked at, and why.
    pub not_checked: Vec<(String, String)>,
}

/// One item of [`UnlinkEvents`].
pub type UnlinkItem = Item<UnlinkEvent, UnlinkOutcome>;

/// A running unlinking.
pub type UnlinkEvents = Events<UnlinkEvent, UnlinkOutcome>;
