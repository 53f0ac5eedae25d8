#![doc = include_str!("../README.md")]

mod aws;
mod aws_error;
mod blocked;
mod confirm;
mod create;
mod error;
mod events;
mod flow;
mod follow;
mod journal;
mod link_up;
mod memory_journal;
mod names;
mod pace;
mod plan;
mod review;
mod rights;
mod stack;
mod template;
mod template_host;

#[cfg(test)]
mod error_tests;
#[cfg(test)]
mod flow_tests;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod test_world;
#[cfg(test)]
mod testing;

pub use aws::{Aws, AwsKeys, AwsSettings, DEFAULT_REGION, Identity};
pub use aws_error::{AwsError, AwsErrorKind};
pub use blocked::Blocked;
pub use error::{Error, ErrorClass, Started};
pub use events::{LinkUpEvent, LinkUpEvents, LinkUpItem, LinkUpOutcome, Linked};
pub use journal::{
    FileJournal, Journal, JournalError, LinkKey, PendingRequest, Record, StackRecord, TemplateUrl,
};
pub use link_up::{LinkStatus, LinkSummary, LinkUp};
pub use memory_journal::MemoryJournal;
pub use names::stack_name;
pub use pace::Pace;
pub use plan::{Maker, Observation, Plan, SeenStack, Wanted, decide, link_of};
pub use review::{Resource, Review, Role};
pub use rights::NEEDED_ACTIONS;
pub use stack::{Stack, StackEvent, StackPhase, Stacks};
pub use template_host::{AllowedHosts, HostRefused};
