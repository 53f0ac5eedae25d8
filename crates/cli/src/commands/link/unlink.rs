//! `vmc link unlink`.

use aws_link::{
    RolesLeft, StackFate, UnlinkEvent, UnlinkItem, UnlinkOutcome, UnlinkPlan, UnlinkRefused,
    UnlinkStep, Unlinked,
};
use clap::Args;
use futures_util::StreamExt as _;
use serde_json::json;
use vmc_api::models::{AwsSddcConnection, ConnectionState};
use vmc_http::redact::printable;

use super::teller::StackTold;
use super::{aws, aws_region, journal, pace, timeout};
use crate::args::{DryRunArg, OrgArg, StartArgs, YesArg};
use crate::confirm::Confirm;
use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::output::{Cell, Column, Format};
use crate::progress::{Progress, short};

const EXAMPLES: &str = "\
Examples:
  vmc link unlink 123456789012 --dry-run
  vmc link unlink 123456789012
  vmc link unlink 123456789012 --yes --aws-profile lab-admin
  vmc link unlink 123456789012 --keep-stack

Shows what goes and in which order, then unlinks the account and deletes the stack \
that made its roles. Nothing is done while SDDCs use the link. It may be interrupted \
at any time and run again.

With --keep-stack no AWS credentials are needed; the command that deletes the stack \
is printed for whoever has them.";

/// Arguments of `vmc link unlink`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Unlink {
    /// AWS account: 12 digits, ARN, or the service's id of the link
    #[arg(value_name = "ACCOUNT")]
    account: String,

    /// Unlink although SDDCs use the link; their stack is left alone even then
    #[arg(long)]
    force_even_when_sddc_present: bool,

    /// Leave the stack to somebody else
    #[arg(long)]
    keep_stack: bool,

    /// Profile of the AWS configuration [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,

    /// AWS region of the stack [default: looked for, first in us-west-2]
    #[arg(long, value_name = "REGION")]
    stack_region: Option<String>,

    /// Name of the stack [default: the one the link names]
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,

    #[command(flatten)]
    yes: YesArg,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    start: StartArgs,
}

impl Unlink {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let confirm = self.yes.confirm(context.no_input()?);
        if !self.dry_run.dry_run {
            confirm.possible()?;
            context.printer()?;
        }
        let unlink = self.settings(context).await?;
        if self.dry_run.dry_run {
            let plan = unlink.decide(&unlink.observe().await?);
            return dry_run(context, plan);
        }
        let progress = context.progress()?;
        let mut events = unlink.no_wait(self.start.no_wait).events();
        let mut told = StackTold::default();
        let mut stage = None;
        loop {
            // Looked at after each step, not each event: Ctrl-C may fall while
            // the answer to a request is awaited.
            let next = std::future::poll_fn(|cx| {
                let next = events.poll_next_unpin(cx);
                let now = events
                    .started()
                    .map(|started| (started.stack.is_some(), started.accepted));
                if stage != now {
                    stage = now;
                    self.on_interrupt(context, now);
                }
                next
            });
            let Some(item) = next.await else {
                return Err(Error::bug("the unlinking ended without a result"));
            };
            match item.map_err(|error| self.with_way_back(context, error))? {
                UnlinkItem::Event(UnlinkEvent::Decided(plan)) => {
                    agree(context, &progress, &plan, confirm).await?;
                }
                UnlinkItem::Event(event) => tell(context, &progress, &mut told, event),
                UnlinkItem::Done(outcome) => {
                    context.interrupt.over();
                    progress.clear();
                    return self.report(context, outcome);
                }
                _ => {}
            }
        }
    }

    async fn settings(&self, context: &Context) -> Result<aws_link::Unlink, Error> {
        let org = context.org().await?;
        let mut unlink = aws_link::Unlink::new(context.vmc()?, &aws(context)?, org, &self.account)
            .journal(journal(context))
            .pace(pace(context)?)
            .timeout(timeout(context)?)
            .force_even_when_sddc_present(self.force_even_when_sddc_present)
            .keep_stack(self.keep_stack);
        if let Some(region) = &self.stack_region {
            unlink = unlink.region(aws_region(region));
        }
        if let Some(name) = &self.stack_name {
            unlink = unlink.stack_name(name);
        }
        Ok(unlink)
    }

    /// What Ctrl-C means from now on: whether there is a stack under way, and
    /// whether the last request was taken.
    fn on_interrupt(&self, context: &Context, now: Option<(bool, bool)>) {
        let again = || self.again(context);
        let interrupt = &context.interrupt;
        match now {
            None => interrupt.over(),
            Some((false, false)) => interrupt.half_done(
                "the account may be unlinked, and its stack is still there",
                again(),
            ),
            Some((false, true)) => interrupt.half_done(
                "the account is unlinked, and its stack is still there",
                again(),
            ),
            Some((true, false)) => interrupt.half_done(
                "the account is unlinked, and its stack may be being deleted",
                again(),
            ),
            Some((true, true)) => interrupt.going("the deletion of the stack", again()),
        }
    }

    fn with_way_back(&self, context: &Context, error: aws_link::Error) -> Error {
        let goes_on = error.started().is_some();
        let users = match &error {
            aws_link::Error::UnlinkRefused(refused) => match &**refused {
                UnlinkRefused::InUse { users, .. } => users.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let mut error = Error::from(error);
        for user in users.iter().take(5) {
            error = error.hint(format!("Delete it: {}", sddc_delete(context, user.label())));
        }
        if goes_on {
            error.hint(format!("To resume: {}", self.again(context)))
        } else {
            error
        }
    }

    /// The command that goes on from where this one was stopped.
    fn again(&self, context: &Context) -> String {
        let account = shell_word(&self.account);
        let mut command = format!("vmc link unlink {account}{}", context.resume_flags());
        for (flag, value) in [
            ("--aws-profile", &self.aws_profile),
            ("--stack-region", &self.stack_region),
            ("--stack-name", &self.stack_name),
        ] {
            if let Some(value) = value {
                command.push_str(&format!(" {flag} {}", shell_word(value)));
            }
        }
        for (flag, set) in [
            ("--keep-stack", self.keep_stack),
            (
                "--force-even-when-sddc-present",
                self.force_even_when_sddc_present,
            ),
            ("--yes", self.yes.yes),
        ] {
            if set {
                command.push_str(&format!(" {flag}"));
            }
        }
        command
    }

    fn report(&self, context: &Context, outcome: UnlinkOutcome) -> Result<(), Error> {
        let printer = context.printer()?;
        match outcome {
            UnlinkOutcome::Unlinked(unlinked) => {
                if unlinked.nothing_to_do {
                    context.say(&format!(
                        "Nothing to do: AWS account {} is not linked.",
                        unlinked.aws_account
                    ));
                }
                if let StackFate::ByHand {
                    command,
                    guessed,
                    after,
                } = &unlinked.stack
                {
                    if !after.is_empty() {
                        context.warn(&format!(
                            "the stack has the roles of SDDC {}: delete it only when they are gone",
                            after.join(", ")
                        ));
                    }
                    context.say(&by_hand(command.as_deref(), guessed));
                }
                printer.show(&*unlinked, &columns())
            }
            UnlinkOutcome::Started(started) => {
                context.say(&format!(
                    "The account is unlinked, and its stack is being deleted. To follow it: {}",
                    self.again(context)
                ));
                match printer.format {
                    Format::Json | Format::Jsonl | Format::Yaml => {
                        printer.document(json!({"started": started}))
                    }
                    _ => printer.raw(&printer.lines(&[
                        ("Stack", Cell::maybe(started.stack.as_deref())),
                        ("Region", Cell::maybe(started.region.as_deref())),
                    ])),
                }
            }
            _ => Err(Error::bug(
                "the unlinking ended in a way that is not known here",
            )),
        }
    }
}

/// Shows the plan and has it agreed to, where there is something to do.
async fn agree(
    context: &Context,
    progress: &Progress,
    plan: &UnlinkPlan,
    confirm: Confirm,
) -> Result<(), Error> {
    // Told by the result.
    if plan.is_nothing() {
        return Ok(());
    }
    for line in lines(context, plan) {
        progress.note(&line);
    }
    if plan.refused.is_some() {
        return Ok(());
    }
    let what = format!("This will {plan}. It cannot be undone.");
    confirm
        .by_name(&printable(&what, 400), &plan.aws_account)
        .await
}

fn dry_run(context: &Context, plan: UnlinkPlan) -> Result<(), Error> {
    let printer = context.printer()?;
    if matches!(printer.format, Format::Json | Format::Jsonl | Format::Yaml) {
        printer.document(json!({
            "plan": plan,
            "steps": plan.steps(),
            "requests": plan.requests(),
        }))?;
    } else if plan.is_nothing() {
        printer.raw(&format!("Plan: {}\n", printable(&plan.to_string(), 500)))?;
    } else {
        let lines = lines(context, &plan).into_iter();
        let text: String = lines.map(|line| printable(&line, 500) + "\n").collect();
        printer.raw(&text)?;
    }
    match plan.refused {
        Some(refused) => Err(aws_link::Error::UnlinkRefused(refused).into()),
        None => Ok(()),
    }
}

/// The plan for people: what has to go, in its order, and what stays.
fn lines(context: &Context, plan: &UnlinkPlan) -> Vec<String> {
    let steps = plan.steps();
    let mut lines = match steps.is_empty() {
        true => Vec::new(),
        false => vec![format!(
            "To unlink AWS account {}, in this order:",
            plan.aws_account
        )],
    };
    // Where they are passed over, what uses the link is not a step.
    let passed_over = plan.forced && plan.refused.is_none();
    let mut number = 0;
    let label = |sddc: &vmc_api::SddcId| {
        let user = plan.sddcs.iter().find(|user| user.sddc_id == *sddc);
        user.map_or(sddc.as_str(), |user| user.label()).to_owned()
    };
    for step in steps {
        let uses = matches!(
            step,
            UnlinkStep::Group(_) | UnlinkStep::Sddc(_) | UnlinkStep::Connection(_)
        );
        let (what, how) = match step {
            UnlinkStep::Group(group) => {
                let members: Vec<String> = group.sddcs.iter().map(label).collect();
                (
                    format!("SDDC group {}", group.name),
                    format!("take {} out of it in the console", members.join(", ")),
                )
            }
            UnlinkStep::Sddc(user) => {
                let state = user.state.as_ref().map_or("", |state| state.as_str());
                (
                    format!("SDDC {} {state}", user.label())
                        .trim_end()
                        .to_owned(),
                    sddc_delete(context, user.label()),
                )
            }
            UnlinkStep::Connection(connection) => {
                (connected(connection), "goes with its SDDC".to_owned())
            }
            UnlinkStep::Link { request } => {
                let link = plan.account.as_ref();
                let state = link.and_then(|link| link.state.as_ref());
                let state = state.map_or("", ConnectionState::as_str);
                (format!("link {state}").trim_end().to_owned(), request)
            }
            UnlinkStep::Stack { request } => ("stack".to_owned(), request),
            _ => continue,
        };
        if uses && passed_over {
            lines.push(format!("Stays and uses the link: {what}"));
            continue;
        }
        number += 1;
        lines.push(format!("{number}. {what}: {how}"));
    }
    if let Err(why) = &plan.groups {
        lines.push(format!("SDDC groups are not known: {why}"));
    }
    if let Some(text) = stack_note(&plan.stack) {
        lines.push(text);
    }
    lines
}

fn connected(connection: &AwsSddcConnection) -> String {
    let place = [&connection.vpc_id, &connection.subnet_id];
    let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
    format!("connection to {}", place.join(", "))
}

fn sddc_delete(context: &Context, name: &str) -> String {
    format!(
        "vmc sddc delete {}{}",
        shell_word(name),
        context.resume_flags()
    )
}

/// What becomes of the stack, where it is not simply deleted.
fn stack_note(fate: &StackFate) -> Option<String> {
    Some(match fate {
        StackFate::Follow { stack } => {
            format!("The stack {} is being deleted already.", stack.name)
        }
        StackFate::Leave { stack, why } => {
            format!("The stack {} in {} stays: {why}.", stack.name, stack.region)
        }
        StackFate::ByHand {
            command, guessed, ..
        } => by_hand(command.as_deref(), guessed),
        StackFate::None {
            names,
            regions,
            not_looked,
        } => {
            let closed: String = not_looked
                .iter()
                .map(|(region, why)| format!("; not looked in {region} ({why})"))
                .collect();
            format!(
                "No stack {} in {}{closed}.",
                names.join(" or "),
                regions.join(", ")
            )
        }
        _ => return None,
    })
}

/// What to hand to whoever deletes the stack.
fn by_hand(command: Option<&str>, guessed: &[&str]) -> String {
    let Some(command) = command else {
        return "The stack is left to the AWS administrator. What the link names is no stack name: \
                look for the stack in CloudFormation."
            .into();
    };
    if guessed.is_empty() {
        return format!("For the AWS administrator: {command}");
    }
    format!(
        "For the AWS administrator, who looks first (the stack's {} {} not known here; probably): {command}",
        guessed.join(" and "),
        if guessed.len() == 1 { "is" } else { "are" },
    )
}

fn tell(context: &Context, progress: &Progress, told: &mut StackTold, event: UnlinkEvent) {
    let note = |text: String| progress.note(&text);
    match event {
        UnlinkEvent::Settling { stack, rest } => note(format!(
            "The task of the stack {} has just finished; its link may be listed within {}",
            stack.name,
            short(rest)
        )),
        UnlinkEvent::NotUnlinkedYet { message, lasting } => note(format!(
            "Not unlinked yet after {} ({message}); asking again",
            short(lasting)
        )),
        UnlinkEvent::Unlinked(link) => note(format!(
            "AWS account {} is not linked any more",
            link.account_number.as_deref().unwrap_or(link.id.as_str())
        )),
        UnlinkEvent::StackKept { stack, why } => {
            context.warn(&format!("the stack {} stays: {why}", stack.name));
        }
        UnlinkEvent::StackDeleting(stack) => note(format!(
            "Deleting the stack {} in {}",
            stack.name, stack.region
        )),
        UnlinkEvent::StackEvent(event) => {
            if let Some(line) = told.line(event) {
                note(line);
            }
        }
        UnlinkEvent::Hiccup { message, lasting } => note(format!(
            "Looking failed for {} ({message}); the unlinking goes on",
            short(lasting)
        )),
        UnlinkEvent::NotRemembered { message } => {
            context.warn(&format!(
                "it is done, but could not be noted down: {message}"
            ));
        }
        _ => {}
    }
}

fn columns() -> Vec<Column<Unlinked>> {
    vec![
        Column::new("AWS account", |done: &Unlinked| {
            Cell::new(&done.aws_account)
        }),
        Column::new("Id", |done: &Unlinked| {
            Cell::maybe(done.account.as_ref().map(|link| link.id.as_str()))
        })
        .id(),
        Column::new("Link", |done: &Unlinked| {
            Cell::new(if done.account.is_some() {
                "deleted"
            } else {
                "none"
            })
        }),
        Column::new("Stack", |done: &Unlinked| Cell::new(stack(&done.stack))),
        Column::new("Roles", |done: &Unlinked| {
            Cell::maybe(roles(&done.roles).as_deref())
        }),
    ]
}

fn stack(fate: &StackFate) -> String {
    match fate {
        StackFate::Delete { stack } | StackFate::Follow { stack } => {
            format!("{} in {}, deleted", stack.name, stack.region)
        }
        StackFate::Leave { stack, why } => {
            format!("{} in {}, stays: {why}", stack.name, stack.region)
        }
        StackFate::ByHand { .. } => "left".into(),
        StackFate::None { not_looked, .. } if !not_looked.is_empty() => {
            let regions: Vec<&str> = not_looked
                .iter()
                .map(|(region, _)| region.as_str())
                .collect();
            format!("none found; not looked in {}", regions.join(", "))
        }
        StackFate::None { .. } => "none".into(),
        _ => "not looked for".into(),
    }
}

/// What is left of the roles, where they were looked at.
fn roles(roles: &RolesLeft) -> Option<String> {
    let mut parts = Vec::new();
    if !roles.there.is_empty() {
        parts.push(format!("still there: {}", roles.there.join(", ")));
    }
    if let Some((_, why)) = roles.not_checked.first() {
        parts.push(format!("not checked ({why})"));
    }
    if parts.is_empty() && !roles.gone.is_empty() {
        parts.push("all gone".into());
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
