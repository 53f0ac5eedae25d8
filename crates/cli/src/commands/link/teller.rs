//! A running link, told on stderr.

use std::collections::HashMap;

use aws_link::{Events, Item, LinkUpEvent, Plan, StackEvent, Work};
use futures_util::StreamExt as _;
use vmc_api::Meter;

use super::template;
use crate::context::Context;
use crate::error::Error;
use crate::output::cells;
use crate::progress::{Progress, short};
use crate::wait::update;

/// Runs a flow to its end, with progress. `what` completes "… goes on" once
/// something does; `again` is the command that goes on from there.
pub(super) async fn follow<T>(
    context: &Context,
    mut events: Events<LinkUpEvent, T>,
    what: &str,
    again: &str,
) -> Result<T, Error> {
    let progress = context.progress()?;
    let mut teller = Teller::new(&progress, context);
    let mut started = None;
    loop {
        // Looked at after each step, not each event: Ctrl-C may fall while
        // the answer to a request is awaited.
        let next = std::future::poll_fn(|cx| {
            let next = events.poll_next_unpin(cx);
            let now = events.started();
            let now = now.map(|started| (started.work, started.accepted));
            if started != now {
                started = now;
                let what = match now {
                    None => {
                        context.interrupt.over();
                        return next;
                    }
                    Some((Work::Replacing, true)) => "the deletion of the stack in the way",
                    Some((Work::Replacing, false)) => {
                        "the deletion of the stack in the way, if CloudFormation has taken it,"
                    }
                    Some((_, true)) => what,
                    Some((_, false)) => "the stack, if CloudFormation has taken it,",
                };
                context.interrupt.going(what, again);
            }
            next
        });
        let Some(item) = next.await else {
            return Err(Error::bug("the linking ended without a result"));
        };
        match item.map_err(|error| with_way_back(error, again))? {
            Item::Event(event) => teller.tell(event),
            Item::Done(outcome) => {
                context.interrupt.over();
                progress.clear();
                return Ok(outcome);
            }
            _ => {}
        }
    }
}

/// Where something goes on without us, the error says how to come back.
fn with_way_back(error: aws_link::Error, again: &str) -> Error {
    let goes_on = error.started().is_some();
    let error = Error::from(error);
    if goes_on {
        error.hint(format!("To resume: {again}"))
    } else {
        error
    }
}

/// Turns events into progress.
pub(super) struct Teller<'a> {
    progress: &'a Progress,
    context: &'a Context,
    meter: Meter,
    /// The link was there before.
    there: bool,
    told: StackTold,
}

impl<'a> Teller<'a> {
    pub(super) fn new(progress: &'a Progress, context: &'a Context) -> Self {
        Self {
            progress,
            context,
            meter: Meter::default(),
            there: false,
            told: StackTold::default(),
        }
    }

    pub(super) fn tell(&mut self, event: LinkUpEvent) {
        let note = |text: String| self.progress.note(&text);
        match event {
            LinkUpEvent::Observed { identity, .. } => {
                note(format!(
                    "AWS account {} as {}",
                    identity.account, identity.arn
                ));
            }
            // Told by the result.
            LinkUpEvent::Decided(Plan::NothingToDo { .. }) => self.there = true,
            LinkUpEvent::Decided(Plan::Blocked { .. }) => {}
            LinkUpEvent::Decided(plan) => note(format!("Plan: {plan}")),
            LinkUpEvent::StackDeleting(stack) => note(format!(
                "Deleting the stack {} ({})",
                stack.name, stack.status
            )),
            LinkUpEvent::LinkRequested {
                tracking_task,
                expires,
            } => note(match expires {
                Some(end) => format!(
                    "Link request made, tracked by task {tracking_task}, valid until {} UTC",
                    cells::minute(end)
                ),
                None => format!("Link request made, tracked by task {tracking_task}"),
            }),
            LinkUpEvent::TemplateReviewed(review) => {
                template::tell(self.context, self.progress, &review);
            }
            LinkUpEvent::TemplateChanged(changes) => {
                self.context
                    .warn("the template is not the one seen before:");
                for change in changes {
                    note(format!("- {change}"));
                }
            }
            LinkUpEvent::NotRemembered { message } => self.context.warn(&message),
            LinkUpEvent::StackCreating { stack, region } => {
                note(format!(
                    "Creating the stack {} in {region}",
                    stack_name(&stack)
                ));
            }
            LinkUpEvent::StackEvent(event) => {
                if let Some(line) = self.told.line(event) {
                    note(line);
                }
            }
            LinkUpEvent::Task(task) => self
                .progress
                .update("Linking", &update(&task, &mut self.meter)),
            LinkUpEvent::NotCreatedYet { message, lasting } => note(format!(
                "No stack yet after {} ({message}); asking again",
                short(lasting)
            )),
            LinkUpEvent::Hiccup { message, lasting } => {
                note(format!(
                    "Looking failed for {} ({message}); the linking goes on",
                    short(lasting)
                ));
            }
            LinkUpEvent::Confirmed(_) if self.there => {}
            LinkUpEvent::Confirmed(_) => note("VMware Cloud confirms the link".to_owned()),
            LinkUpEvent::SubnetsUnread { message } => {
                self.context.warn(&format!(
                    "linked, but the subnets could not be listed: {message}"
                ));
            }
            _ => {}
        }
    }
}

/// Tells what happens in a stack, once each: CloudFormation reports each start
/// twice. Holds the status last told of each resource.
#[derive(Debug, Default)]
pub(super) struct StackTold(HashMap<String, String>);

impl StackTold {
    /// The event as a line; nothing where it was told before.
    pub(super) fn line(&mut self, event: StackEvent) -> Option<String> {
        let last = self.0.insert(event.resource.clone(), event.status.clone());
        if last.as_ref() == Some(&event.status) {
            return None;
        }
        let reason = event
            .reason
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        let what = if event.whole_stack {
            "stack".to_owned()
        } else {
            named(&event.resource, &event.resource_type)
        };
        Some(format!("- {what} {}{reason}", event.status))
    }
}

/// `RemoteRole (AWS::IAM::Role)`
fn named(id: &str, kind: &str) -> String {
    if id.is_empty() {
        kind.to_owned()
    } else {
        format!("{id} ({kind})")
    }
}

/// The name in a stack's ARN.
fn stack_name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_called_by_their_name() {
        assert_eq!(
            stack_name("arn:aws:cloudformation:us-west-2:123456789012:stack/the-name/0a1b"),
            "the-name"
        );
        assert_eq!(stack_name("the-name"), "the-name");
    }
}
