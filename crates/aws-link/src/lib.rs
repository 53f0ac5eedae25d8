#![doc = include_str!("../README.md")]

mod aws;
mod aws_error;
mod error;
mod events;
mod flow;
#[cfg(test)]
mod flow_tests;
mod follow;
mod journal;
mod link_up;
mod names;
mod pace;
mod plan;
mod review;
mod stack;
mod template;
mod template_host;
#[cfg(test)]
mod testing;

pub use aws::{Aws, AwsKeys, AwsSettings, DEFAULT_REGION, Identity};
pub use aws_error::{AwsError, AwsErrorKind, NEEDED_ACTIONS};
pub use error::{Error, ErrorClass, Started};
pub use events::{LinkUpEvent, LinkUpEvents, LinkUpItem, LinkUpOutcome, Linked};
pub use journal::{
    FileJournal, Journal, JournalError, LinkKey, MemoryJournal, PendingRequest, Record,
    StackRecord, TemplateUrl,
};
pub use link_up::{LinkStatus, LinkSummary, LinkUp};
pub use names::stack_name;
pub use pace::Pace;
pub use plan::{Blocked, Maker, Observation, Plan, SeenStack, Wanted, decide, link_of};
pub use review::{Resource, Review, Role};
pub use stack::{Stack, StackEvent, StackPhase, Stacks};
pub use template_host::{AllowedHosts, HostRefused};
