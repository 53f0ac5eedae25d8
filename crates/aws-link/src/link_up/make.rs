//! Steps on the stack of a link, the same for all flows that make one.

use crate::aws::error::{AwsError, AwsErrorKind};
use crate::aws::follow::{End, Goal, Stopped, follow};
use crate::aws::session::Session;
use crate::aws::stack::{Stack, StackPhase, Stacks};
use crate::aws::{self, Aws};
use crate::error::Error;
use crate::error::Work;
use crate::journal::PendingRequest;
use crate::link_up::events::LinkUpEvent;
use crate::link_up::plan::Maker;
use crate::names;
use crate::pace::{Beat, Pace};
use crate::stream::{Reporter, Watcher};
use crate::template::review::Review;
use crate::template::seen::SeenTemplates;

/// Who made a stack, told by its first event.
pub(crate) async fn maker_of(stacks: &Stacks, id: &str, org: &str) -> Result<Maker, AwsError> {
    let token = stacks.creation_token(id).await?;
    Ok(token
        .and_then(|token| names::task_of_token(org, &token))
        .map_or(Maker::SomebodyElse, |task| {
            Maker::ThisFlow(Some(task.into()))
        }))
}

/// Tells what is in a template, and what is different from the last one.
pub(crate) async fn tell_review(
    seen: &SeenTemplates,
    org: &str,
    review: &Review,
    reporter: &Reporter<LinkUpEvent>,
) -> Result<(), Error> {
    let reviewed = LinkUpEvent::TemplateReviewed(review.clone());
    reporter.tell(reviewed).await;
    let changes = match seen.changes(org, review) {
        Ok(changes) => changes,
        // Only who wants to refuse a change has to know what was there before.
        Err(error) if !seen.refuses() => {
            let message = format!("the template is not compared with the last one: {error}");
            reporter.tell(LinkUpEvent::NotRemembered { message }).await;
            Vec::new()
        }
        Err(error) => return Err(error.into()),
    };
    if !changes.is_empty() {
        let changed = LinkUpEvent::TemplateChanged(changes.clone());
        reporter.tell(changed).await;
    }
    seen.judge(changes)
}

/// Remembers a template that CloudFormation has taken. The stack is there
/// whether or not that works.
pub(crate) async fn note_template(
    seen: &SeenTemplates,
    org: &str,
    review: &Review,
    reporter: &Reporter<LinkUpEvent>,
) {
    if let Err(error) = seen.keep(org, review) {
        let message = error.to_string();
        reporter.tell(LinkUpEvent::NotRemembered { message }).await;
    }
}

/// Creates the stack, for as long as it takes to get a clear answer: with
/// the same token it is created once however often it is asked for. `None`
/// when a stack of that name is there.
pub(crate) async fn create_stack(
    stacks: &Stacks,
    account: &str,
    token: &str,
    request: &PendingRequest,
    pace: Pace,
    reporter: &Reporter<LinkUpEvent>,
) -> Result<Option<String>, Error> {
    let mut beat = Beat::new(pace);
    let mut session = Session::of(account);
    let mut unclear = false;
    loop {
        let url = request.template_url.expose();
        let tried = match session.ready(stacks).await {
            Ok(()) => stacks.create(&request.stack_name, url, token).await,
            Err(error) => Err(error),
        };
        let error = match tried {
            Ok(id) => return Ok(Some(id)),
            Err(error) => error,
        };
        unclear |= error.kind() == AwsErrorKind::Unclear;
        match error.code() {
            Some("AlreadyExistsException" | "TokenAlreadyExistsException") => return Ok(None),
            _ if session.has_ended(&error) => continue,
            // After an unclear try, one of ours may have been carried out.
            _ if !error.retryable() && unclear => return Err(Error::Aws(error)),
            _ if !error.retryable() => {
                reporter.stop();
                return Err(Error::CreateRefused(error));
            }
            _ => {}
        }
        let Some(lasting) = beat.failed() else {
            if !unclear {
                reporter.stop();
            }
            return Err(Stopped::Outage(error, pace.outage).into());
        };
        reporter
            .tell(LinkUpEvent::NotCreatedYet {
                message: error.to_string(),
                lasting,
            })
            .await;
        beat.rest().await;
    }
}

/// What became of a stack that was followed.
pub(crate) enum Made {
    /// It is there.
    Live(Stack),
    /// It is not, for this reason.
    Not(Error),
}

/// Follows a stack until it is made.
pub(crate) async fn made(
    aws: &Aws,
    stack: Stack,
    pace: Pace,
    reporter: &Reporter<LinkUpEvent>,
) -> Result<Made, Error> {
    let stacks = Stacks::new(aws, &stack.region);
    let mut watcher = Watcher::new(reporter);
    let end = follow(&stacks, &stack.id, Goal::Made, pace, &mut watcher).await;
    Ok(match end? {
        End::Settled(stack) if stack.phase() == StackPhase::Live => Made::Live(stack),
        End::Settled(stack) => Made::Not(Error::StackFailed {
            stack: Box::new(stack),
            failures: watcher.failures,
        }),
        End::Gone => Made::Not(Error::StackGone { name: stack.name }),
    })
}

/// Deletes a stack that is in the way and waits until it is gone.
pub(crate) async fn remove(
    aws: &Aws,
    stack: Stack,
    pace: Pace,
    reporter: &Reporter<LinkUpEvent>,
) -> Result<(), Error> {
    let stacks = Stacks::new(aws, &stack.region);
    reporter
        .tell(LinkUpEvent::StackDeleting(stack.clone()))
        .await;
    reporter.start(|started| {
        started.work = Work::Replacing;
        started.stack = Some(stack.id.clone());
        started.region = Some(stack.region.clone());
        started.accepted = stack.phase() == StackPhase::Deleting;
    });
    let mut watcher = Watcher::new(reporter);
    let past = match aws::remove::start(&stacks, &stack, pace, &mut watcher).await {
        Err(stopped @ Stopped::Refused(_)) => {
            reporter.stop();
            return Err(stopped.into());
        }
        past => past?,
    };
    reporter.start(|started| started.accepted = true);
    let end = follow(&stacks, &stack.id, Goal::Gone(past), pace, &mut watcher).await?;
    reporter.stop();
    match end {
        End::Gone => Ok(()),
        End::Settled(stack) => Err(Error::DeleteFailed {
            stack: Box::new(stack),
            events: watcher.failures,
        }),
    }
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Refused(error) => Self::Aws(error),
            Stopped::Outage(error, lasted) => Self::Outage {
                lasted,
                source: Box::new(Self::Aws(error)),
            },
        }
    }
}
