#![doc = include_str!("../README.md")]

mod aws;
mod aws_error;
mod follow;
mod names;
mod pace;
mod review;
mod stack;
mod template_host;
#[cfg(test)]
mod testing;

pub use aws::{Aws, AwsKeys, AwsSettings, DEFAULT_REGION, Identity};
pub use aws_error::{AwsError, AwsErrorKind, NEEDED_ACTIONS};
pub use names::stack_name;
pub use pace::Pace;
pub use review::{Resource, Review, Role};
pub use stack::{Stack, StackEvent, StackPhase, Stacks};
pub use template_host::{AllowedHosts, HostRefused};
