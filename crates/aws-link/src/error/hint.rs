//! What to do next.

use time::OffsetDateTime;

use super::Error;
use crate::aws::error::AwsErrorKind;
use crate::aws::rights::denied_hint;
use crate::aws::stack::StackEvent;

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let again = "Run the same command again: it goes on from the live state.";
        Some(match self {
            Self::Vmc(error) => error.hint()?.into_owned(),
            Self::Aws(error) | Self::CreateRefused(error) => error.hint()?,
            Self::Journal(error) => error.hint(),
            Self::Blocked(blocked) => blocked.next(),
            Self::RequestUnclear(_) => {
                "No stack was created. Run the same command again; if the request was made all the same, \
                 it expires unused."
                    .into()
            }
            Self::RequestIncomplete { .. } => {
                "Nothing was created. Run the same command again; if that does not help, use the link page \
                 of the VMware Cloud console and report this."
                    .into()
            }
            Self::TemplateHost(refused) => match &refused.origin {
                Some(origin) => format!(
                    "Nothing was created. If {origin} is really where your VMware Cloud keeps its templates, allow that host."
                ),
                None => "Nothing was created.".into(),
            },
            Self::Template { expires, source } => {
                let end = expires.map_or(String::new(), |end| format!(" (it ends at {} UTC)", minute(end)));
                match source.status() {
                    Some(status) if status.is_client_error() => format!(
                        "Nothing was created. The link request may have expired{end}; run the same command again \
                         for a new one, and check this machine's clock."
                    ),
                    Some(_) => "Nothing was created. Run the same command again.".into(),
                    None => format!(
                        "Nothing was created. {} Then run the same command again.",
                        source.hint().unwrap_or_default()
                    ),
                }
            }
            Self::DeleteFailed { stack, events } => format!(
                "{} Then run the same command again: it deletes what is left. All events: {}",
                cure(events),
                stack.show_command()
            ),
            Self::StackFailed { stack, failures } => format!(
                "{} Then delete the stack ({}) or allow its replacement, and run the same command again. \
                 All events: {}",
                cure(failures),
                stack.delete_command(),
                stack.show_command()
            ),
            Self::TaskFailed { stack, .. } => format!(
                "The stack is there but not linked. Delete it ({}) or allow its replacement, and run the same command again.",
                stack.delete_command()
            ),
            Self::NotConfirmed { stack, .. } => format!(
                "{again} If the account was unlinked since the stack was made, the stack is a left-over: delete it \
                 ({}) or allow its replacement.",
                stack.delete_command()
            ),
            Self::HandOff(refused) => refused.hint(),
            Self::TemplateChanged { .. } => {
                "No stack was created. See what is in it (vmc link review); if that is right, run the same command \
                 without --refuse-changed-template."
                    .into()
            }
            Self::ChangeSetFailed { .. } => {
                "Nothing was created, and the change set is gone again.".into()
            }
            Self::RequestFailed { .. } => {
                "Ask for a new link request (vmc link request). A stack that was made from this one is in its way: \
                 the AWS administrator deletes it, or replaces it with --replace-stack."
                    .into()
            }
            Self::NotListed { .. } => format!(
                "{again} If that does not help, see which accounts are linked (vmc link status) and ask for a new \
                 link request."
            ),
            Self::UnlinkRefused(refused) => refused.next(),
            Self::NotUnlinked { .. } => "Nothing was done. SDDCs that use the link have to go first, also those that \
                 are just being deployed or deleted."
                .into(),
            Self::UnlinkUnclear { .. } => format!("It may have been carried out. {again}"),
            Self::StillListed { .. } => again.into(),
            Self::StackNotDeleted { stack, source } => {
                let cure = match source.kind() {
                    AwsErrorKind::Denied => format!(
                        "Ask for cloudformation:DeleteStack and the rights to delete what is in the stack, or have \
                         it deleted: {}.",
                        stack.delete_command()
                    ),
                    _ => source.hint().unwrap_or_default(),
                };
                format!("{cure} {again}").trim_start().to_owned()
            }
            Self::StackStays { stack, .. } => format!(
                "Remove the cause and run the same command again: it deletes what is left. All events: {}",
                stack.show_command()
            ),
            Self::LostSight { source, .. } => match source.hint() {
                Some(hint) => format!("{hint} {again}"),
                None => again.into(),
            },
            Self::Contended { .. }
            | Self::StackGone { .. }
            | Self::Pending { .. }
            | Self::TimeUp { .. }
            | Self::Outage { .. } => again.into(),
            Self::Setting(_) => return None,
        })
    }
}

/// What has to be done before a stack that failed can be tried again.
fn cure(failures: &[StackEvent]) -> String {
    let denied = failures.iter().find_map(|event| {
        let reason = event.reason.as_deref()?;
        reason.contains("not authorized").then_some(reason)
    });
    match denied {
        Some(reason) => denied_hint(
            action_in(reason).unwrap_or("an action of the template"),
            reason,
        ),
        None => "Remove the cause.".into(),
    }
}

/// `iam:CreateRole` in "… is not authorized to perform: iam:CreateRole on resource …".
fn action_in(reason: &str) -> Option<&str> {
    let (_, after) = reason.split_once("to perform: ")?;
    after
        .split(|c: char| c.is_whitespace() || c == ',')
        .next()
        .filter(|action| action.contains(':'))
}

/// To the minute: nobody needs the rest.
pub(crate) fn minute(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
}
