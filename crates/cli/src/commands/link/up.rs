//! `vmc link up`: the main job.

use std::collections::HashMap;

use aws_link::{Blocked, LinkUp, LinkUpEvent, LinkUpItem, LinkUpOutcome, Linked, Plan, Review};
use clap::Args;
use futures_util::StreamExt as _;
use serde_json::json;
use vmc_api::Meter;
use vmc_api::models::ConnectionState;
use vmc_api::resolve::account_number;

use super::link;
use crate::args::{DryRunArg, OrgArg, StartArgs};
use crate::commands::subnet::{self, service_region};
use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::output::{Cell, Format, cells};
use crate::progress::{Progress, short};
use crate::wait::update;

const EXAMPLES: &str = "\
Examples:
  vmc link up
  vmc link up --account 123456789012 --aws-profile lab-admin
  vmc link up --dry-run

Asks VMware Cloud for a link request, shows what its CloudFormation template would \
create, creates the stack, waits for it and for VMware Cloud, and lists the subnets \
that an SDDC can be linked to. Where the account is linked already there is nothing \
to do. It may be interrupted at any time and run again: there will be one stack and \
one link.

AWS credentials come from the usual chain (environment, profiles, SSO, roles).";

/// Arguments of `vmc link up`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Up {
    /// Refuse to link any other AWS account than this (12 digits or ARN)
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// Profile of the AWS configuration [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,

    /// List the subnets of this region only, as in us-west-2 or US_WEST_2
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// AWS region of the stack; its roles are valid in all regions [default: us-west-2]
    #[arg(long, value_name = "REGION")]
    stack_region: Option<String>,

    /// Name of the stack [default: made from the organization]
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,

    /// Delete a failed or left-over stack that is in the way
    #[arg(long)]
    replace_stack: bool,

    /// Make a broken link anew, with new roles; existing SDDCs keep the old ones
    #[arg(long)]
    relink_broken: bool,

    /// Accept templates from this host too
    #[arg(long, value_name = "HOST")]
    allow_template_host: Vec<String>,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    start: StartArgs,
}

impl Up {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let link = self.settings(link(context).await?)?;
        if self.dry_run.dry_run {
            return dry_run(context, &link).await;
        }
        let progress = context.progress()?;
        let mut events = link.no_wait(self.start.no_wait).events();
        let mut teller = Teller::new(&progress, context);
        let mut started = None;
        loop {
            // Looked at after each step, not each event: Ctrl-C may fall while
            // the answer to a request is awaited.
            let next = std::future::poll_fn(|cx| {
                let next = events.poll_next_unpin(cx);
                let now = events.started().map(|started| started.accepted);
                if started != now {
                    started = now;
                    match now {
                        Some(true) => context.interrupt.going("the linking", self.again(context)),
                        Some(false) => context.interrupt.going(
                            "the stack, if CloudFormation has taken it,",
                            self.again(context),
                        ),
                        None => context.interrupt.over(),
                    }
                }
                next
            });
            let Some(item) = next.await else {
                return Err(Error::bug("the linking ended without a result"));
            };
            match item.map_err(|error| self.with_way_back(context, error))? {
                LinkUpItem::Event(event) => teller.tell(event),
                LinkUpItem::Done(outcome) => {
                    context.interrupt.over();
                    progress.clear();
                    return self.report(context, outcome);
                }
                _ => {}
            }
        }
    }

    fn settings(&self, mut link: LinkUp) -> Result<LinkUp, Error> {
        if let Some(account) = &self.account {
            let number = account_number(account).ok_or_else(|| {
                Error::usage(format!(
                    "{account:?} is not an AWS account number (12 digits) or ARN"
                ))
            })?;
            link = link.expect_account(number);
        }
        if let Some(region) = &self.region {
            link = link.sddc_region(service_region(region));
        }
        if let Some(region) = &self.stack_region {
            link = link.region(region.to_lowercase().replace('_', "-"));
        }
        if let Some(name) = &self.stack_name {
            link = link.stack_name(name);
        }
        for host in &self.allow_template_host {
            link = link.allow_template_host(host);
        }
        Ok(link
            .replace_stack(self.replace_stack)
            .relink_broken(self.relink_broken))
    }

    /// Where something goes on without us, the error says how to come back.
    fn with_way_back(&self, context: &Context, error: aws_link::Error) -> Error {
        let goes_on = error.started().is_some();
        let error = Error::from(error);
        if goes_on {
            error.hint(format!("To resume: {}", self.again(context)))
        } else {
            error
        }
    }

    /// The command that goes on from where this one was stopped.
    fn again(&self, context: &Context) -> String {
        let mut command = format!("vmc link up{}", context.resume_flags());
        for (flag, value) in [
            ("--account", &self.account),
            ("--aws-profile", &self.aws_profile),
            ("--region", &self.region),
            ("--stack-region", &self.stack_region),
            ("--stack-name", &self.stack_name),
        ] {
            if let Some(value) = value {
                command.push_str(&format!(" {flag} {}", shell_word(value)));
            }
        }
        for host in &self.allow_template_host {
            command.push_str(&format!(" --allow-template-host {}", shell_word(host)));
        }
        command
    }

    fn report(&self, context: &Context, outcome: LinkUpOutcome) -> Result<(), Error> {
        let printer = context.printer()?;
        let documents = matches!(printer.format, Format::Json | Format::Jsonl | Format::Yaml);
        match outcome {
            LinkUpOutcome::Linked(linked) if documents => printer.document(json!({
                "already_linked": linked.already,
                "aws_account": linked.identity.account,
                "account": linked.account,
                "subnets": linked.subnets,
            })),
            LinkUpOutcome::Linked(linked) => self.tell_linked(context, &linked),
            LinkUpOutcome::Started(started) if documents => {
                printer.document(json!({"started": started}))
            }
            LinkUpOutcome::Started(started) => {
                context.say(&format!(
                    "The link is being made. To follow it: {}",
                    self.again(context)
                ));
                printer.raw(&printer.lines(&[
                    ("Stack", Cell::maybe(started.stack.as_deref())),
                    ("Region", Cell::maybe(started.region.as_deref())),
                    (
                        "Tracking task",
                        Cell::maybe(started.tracking_task.as_deref()),
                    ),
                ]))
            }
            _ => Err(Error::bug(
                "the linking ended in a way that is not known here",
            )),
        }
    }

    fn tell_linked(&self, context: &Context, linked: &Linked) -> Result<(), Error> {
        let printer = context.printer()?;
        let account = &linked.account;
        let subnets = linked.subnets.as_ref().map(subnet::sorted);
        if printer.format != Format::Table {
            return printer.list(&subnets.unwrap_or_default(), &subnet::columns());
        }
        if linked.already {
            context.say("Nothing to do: the AWS account is linked.");
        }
        printer.raw(&printer.lines(&[
            (
                "AWS account",
                Cell::maybe(account.account_number.as_deref()),
            ),
            ("Id", Cell::new(account.id.as_str())),
            (
                "State",
                cells::state(account.state.as_ref().map(ConnectionState::as_str)),
            ),
            ("Stack", Cell::maybe(account.cf_stack_name.as_deref())),
        ]))?;
        let Some(subnets) = subnets else {
            return Ok(());
        };
        let usable: Vec<_> = subnets
            .into_iter()
            .filter(|subnet| subnet.compatible == Some(true))
            .collect();
        if usable.is_empty() {
            context.warn(
                "no subnet of the account can be used for an SDDC yet; see 'vmc subnet list'",
            );
            return Ok(());
        }
        printer.raw("\n")?;
        printer.list(&usable, &subnet::columns())
    }
}

async fn dry_run(context: &Context, link: &LinkUp) -> Result<(), Error> {
    let seen = link.observe().await?;
    let plan = link.decide(&seen);
    if let Plan::Blocked { reason } = plan {
        return Err(blocked(reason));
    }
    let requests = plan.requests(context.org().await?.as_str());
    let printer = context.printer()?;
    if matches!(printer.format, Format::Json | Format::Jsonl | Format::Yaml) {
        return printer.document(json!({"plan": plan, "requests": requests}));
    }
    let mut text = format!(
        "Plan: {}\n",
        vmc_http::redact::printable(&plan.to_string(), 500)
    );
    for request in requests {
        text.push_str(&format!(
            "  {}\n",
            vmc_http::redact::printable(&request, 500)
        ));
    }
    printer.raw(&text)
}

fn blocked(reason: Box<Blocked>) -> Error {
    aws_link::Error::Blocked(reason).into()
}

/// Turns events into progress.
struct Teller<'a> {
    progress: &'a Progress,
    context: &'a Context,
    meter: Meter,
    /// The link was there before.
    there: bool,
    /// The status last told of each resource of the stack.
    told: HashMap<String, String>,
}

impl<'a> Teller<'a> {
    fn new(progress: &'a Progress, context: &'a Context) -> Self {
        Self {
            progress,
            context,
            meter: Meter::default(),
            there: false,
            told: HashMap::new(),
        }
    }

    fn tell(&mut self, event: LinkUpEvent) {
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
            LinkUpEvent::TemplateReviewed(review) => self.review(&review),
            LinkUpEvent::StackCreating { stack, region } => {
                note(format!(
                    "Creating the stack {} in {region}",
                    stack_name(&stack)
                ));
            }
            // CloudFormation reports each start twice.
            LinkUpEvent::StackEvent(event)
                if self.told.get(&event.resource) == Some(&event.status) => {}
            LinkUpEvent::StackEvent(event) => {
                self.told
                    .insert(event.resource.clone(), event.status.clone());
                let reason = event
                    .reason
                    .map(|reason| format!(": {reason}"))
                    .unwrap_or_default();
                let what = if event.whole_stack {
                    "stack".to_owned()
                } else {
                    named(&event.resource, &event.resource_type)
                };
                note(format!("- {what} {}{reason}", event.status));
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

    /// What the template would create, before it is created.
    fn review(&self, review: &Review) {
        self.progress.note(&format!(
            "Template from {}, SHA-256 {}…",
            review.origin,
            review.sha256.get(..16).unwrap_or_default()
        ));
        for resource in &review.resources {
            let role = review
                .roles
                .iter()
                .find(|role| role.id == resource.id && !role.id.is_empty());
            let trusts = role
                .map(|role| format!(", trusts {}", role.trusts.join(", ")))
                .unwrap_or_default();
            self.progress.note(&format!(
                "- {}{trusts}",
                named(&resource.id, &resource.kind)
            ));
        }
        if let Some(why) = &review.not_reviewed {
            self.progress
                .note(&format!("- its roles could not be read: {why}"));
        }
        for concern in &review.concerns {
            self.context.warn(&format!("template: {concern}"));
        }
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
