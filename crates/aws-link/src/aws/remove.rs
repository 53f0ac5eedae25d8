//! Starts the deletion of a stack.

use std::collections::HashSet;

use crate::aws::follow::{Listener, News, Stopped};
use crate::aws::session::Session;
use crate::aws::stack::{Stack, StackPhase, Stacks};
use crate::pace::{Beat, Pace};

/// Starts the deletion, unless it goes on already. Gives the events that were
/// there before, which are no news.
///
/// It is asked for until there is a clear answer: a stack that is being deleted,
/// or is gone, may be deleted again.
pub(crate) async fn start(
    stacks: &Stacks,
    stack: &Stack,
    pace: Pace,
    listener: &mut impl Listener,
) -> Result<HashSet<String>, Stopped> {
    let mut beat = Beat::new(pace);
    let mut session = Session::of_stack(&stack.id);
    let mut past = None;
    loop {
        let begun = match session.ready(stacks).await {
            Ok(()) => begin(stacks, stack, &mut past).await,
            Err(error) => Err(error),
        };
        let error = match begun {
            Ok(()) => return Ok(past.unwrap_or_default()),
            Err(error) => error,
        };
        if session.has_ended(&error) {
            continue;
        }
        if !error.retryable() {
            return Err(Stopped::Refused(error));
        }
        let Some(lasting) = beat.failed() else {
            return Err(Stopped::Outage(error, pace.outage));
        };
        listener.tell(News::Hiccup(error, lasting)).await;
        beat.rest().await;
    }
}

async fn begin(
    stacks: &Stacks,
    stack: &Stack,
    past: &mut Option<HashSet<String>>,
) -> Result<(), crate::AwsError> {
    if past.is_none() {
        let events = stacks.events(&stack.id, &HashSet::new()).await?;
        *past = Some(events.into_iter().map(|event| event.id).collect());
    }
    match stack.phase() {
        StackPhase::Deleting => Ok(()),
        _ => stacks.delete(&stack.id).await,
    }
}
