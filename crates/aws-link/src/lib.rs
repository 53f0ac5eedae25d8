#![doc = include_str!("../README.md")]

mod aws;
mod error;
mod hand_off;
mod journal;
mod link_up;
mod linked;
mod names;
mod notes;
mod organization;
mod pace;
mod stream;
mod template;
mod unlink;
pub mod verify;

#[cfg(test)]
mod test_world;
#[cfg(test)]
mod testing;

pub use aws::error::{AwsError, AwsErrorKind};
pub use aws::policy::{Purpose, policy};
pub use aws::rights::{DRIFT_ACTIONS, NEEDED_ACTIONS, VERIFY_ACTIONS};
pub use aws::service::AwsService;
pub use aws::stack::{Stack, StackEvent, StackPhase, Stacks};
pub use aws::{Aws, AwsKeys, AwsSettings, DEFAULT_REGION, Identity};
pub use error::{Error, ErrorClass, Started, Work};
pub use hand_off::error::HandOffError;
pub use hand_off::file::{HandOff, LinkedBefore, RequestNote};
pub use hand_off::request::{Asking, LinkRequest, RequestPlan};
pub use hand_off::run::{LinkRun, RunOutcome};
pub use hand_off::wait::{LinkConfirmed, LinkWait};
pub use journal::memory::MemoryJournal;
pub use journal::{
    FileJournal, Journal, JournalError, LinkKey, PendingRequest, Record, StackRecord, TemplateUrl,
    UnlinkRecord,
};
pub use link_up::blocked::Blocked;
pub use link_up::events::{LinkUpEvent, LinkUpEvents, LinkUpItem, LinkUpOutcome, Linked};
pub use link_up::plan::{Maker, Observation, Plan, RoleUsers, SeenStack, Wanted, decide, link_of};
pub use link_up::{LinkStatus, LinkSummary, LinkUp};
pub use linked::LinkUser;
pub use names::{creation_token, stack_name};
pub use notes::Notes;
pub use pace::Pace;
pub use stream::{Events, Item};
pub use template::change_set::PlannedChange;
pub use template::changes::{ChangeKind, TemplateChange};
pub use template::host::{AllowedHosts, HostRefused};
pub use template::review::{Resource, Review, Role};
pub use unlink::Unlink;
pub use unlink::events::{
    RolesLeft, UnlinkEvent, UnlinkEvents, UnlinkItem, UnlinkOutcome, Unlinked,
};
pub use unlink::plan::{StackFate, UnlinkPlan, UnlinkStep, UnlinkWanted, decide_unlink};
pub use unlink::refused::UnlinkRefused;
pub use unlink::seen::{FoundStack, Proof, StackSight, UnlinkObservation, UserGroup};
pub use verify::{Report, Verify};
