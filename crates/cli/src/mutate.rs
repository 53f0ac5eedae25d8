//! Changes that the service carries out as a task: told, sent once, followed
//! to the end.

use std::time::Duration;

use clap::Args;
use vmc_api::models::{Sddc, Task};
use vmc_api::tasks::Origin;
use vmc_api::{Filter, Running, SddcId, StartsTask, TaskId, tasks};

use crate::args::{DryRunArg, StartArgs, YesArg};
use crate::commands::{sddc::called, task};
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;
use crate::exit::Class;
use crate::wait::{follow, resume};

/// Flags of a command that starts a task.
#[derive(Debug, Clone, Args)]
pub(crate) struct TaskArgs {
    #[command(flatten)]
    pub(crate) dry_run: DryRunArg,

    #[command(flatten)]
    pub(crate) start: StartArgs,
}

/// As [`TaskArgs`], for changes that an SDDC goes through one at a time.
#[derive(Debug, Clone, Args)]
pub(crate) struct ChangeArgs {
    /// Send it although another task of the SDDC is under way
    #[arg(long)]
    pub(crate) while_busy: bool,

    #[command(flatten)]
    pub(crate) task: TaskArgs,
}

/// A change that the service carries out as a task.
///
/// ```text
/// Mutation::new(context, "the creation", "Cluster of lab", "vmc cluster list")
///     .alone_on(&sddc, self.change.while_busy)
///     .show(&self.change.task, create, async |_| show_again(context, &sddc).await)
///     .await
/// ```
pub(crate) struct Mutation<'a> {
    context: &'a Context,
    what: &'a str,
    name: String,
    find_out: String,
    target: Option<SddcId>,
    alone: Option<String>,
    question: Option<(&'a YesArg, String, String)>,
}

impl<'a> Mutation<'a> {
    /// `what` completes "the answer to …", `name` stands before its progress,
    /// and `find_out` is the command that shows whether it was carried out,
    /// without the flags for profile and organization.
    pub(crate) fn new(
        context: &'a Context,
        what: &'a str,
        name: impl Into<String>,
        find_out: impl AsRef<str>,
    ) -> Self {
        Self {
            context,
            what,
            name: name.into(),
            find_out: format!("{}{}", find_out.as_ref(), context.resume_flags()),
            target: None,
            alone: None,
            question: None,
        }
    }

    /// Its task is one of the VMC API's, listed as one of this SDDC: where the
    /// answer gets lost, it is looked for there.
    pub(crate) fn on(mut self, sddc: &Sddc) -> Self {
        self.target = Some(sddc.id.clone());
        self
    }

    /// As [`on`](Self::on), and refused while a task of the SDDC is under way:
    /// that is nearly always the same command run twice.
    pub(crate) fn alone_on(mut self, sddc: &Sddc, while_busy: bool) -> Self {
        self.alone = (!while_busy).then(|| called(sddc));
        self.on(sddc)
    }

    /// Asks before it is sent. `what_goes` says what will happen, as a
    /// sentence; to go on, `name` has to be typed.
    pub(crate) fn ask(
        mut self,
        yes: &'a YesArg,
        what_goes: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        self.question = Some((yes, what_goes.into(), name.into()));
        self
    }

    /// Starts it and follows it to its end. Gives the task as it ended;
    /// nothing where it was not sent or is not waited for, which is told then.
    pub(crate) async fn run<O: StartsTask>(
        self,
        args: &TaskArgs,
        operation: O,
    ) -> Result<Option<Task>, Error> {
        let context = self.context;
        if args.dry_run.dry_run {
            dry_run::show(context, &operation)?;
            return Ok(None);
        }
        let origin = Origin::of_path(O::PATH);
        let before = self.before().await?;
        if let Some((yes, what_goes, name)) = &self.question {
            let what_goes = vmc_http::redact::printable(what_goes, 400);
            yes.confirm(context.no_input()?)
                .by_name(&what_goes, name)
                .await?;
        }
        let request = context.vmc()?.start(operation);
        let running = match context.act(self.what, &self.find_out, request).await {
            Ok(running) => running,
            Err(error) if may_have_acted(&error) => {
                let look = self.look_for_it(error, &before);
                // Ctrl-C meanwhile still leaves it unknown.
                let look = context.interrupt.acting(self.what, &self.find_out, look);
                look.await?
            }
            Err(error) => return Err(error),
        };
        if args.start.no_wait {
            show_started(context, &running, origin).await?;
            return Ok(None);
        }
        let progress = context.progress()?;
        let ended = follow(context, running, origin, &self.name, &progress).await;
        progress.clear();
        ended.map(Some).map_err(|error| match Class::of(&error) {
            // The task goes on: its error says how to come back to it.
            Some(Class::Pending) => error,
            _ => error.hint(format!("To see what there is now: {}", self.find_out)),
        })
    }

    /// As [`run`](Self::run); at the end shows what has become of the thing, or
    /// else the task: see [`show_done`].
    pub(crate) async fn show<O: StartsTask>(
        self,
        args: &TaskArgs,
        operation: O,
        again: impl AsyncFnOnce(&Task) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let context = self.context;
        let Some(ended) = self.run(args, operation).await? else {
            return Ok(());
        };
        show_done(context, &ended, again(&ended)).await
    }

    /// The tasks there are before ours.
    async fn before(&self) -> Result<Vec<TaskId>, Error> {
        let Some(sddc) = &self.target else {
            return Ok(Vec::new());
        };
        let tasks = tasks_of(self.context, sddc).await?;
        if let Some(name) = &self.alone
            && let Some(busy) = tasks.iter().find(|task| !task.is_final())
        {
            let kind = busy.task_type.as_deref().unwrap_or("a task");
            return Err(Error::conflict(format!(
                "SDDC {name} is busy with {kind} ({}); nothing was sent",
                busy.id
            ))
            .hint(format!(
                "To follow it: {}",
                resume(self.context, &[busy.id.as_str()], Origin::Vmc)
            ))
            .hint("To send it all the same: --while-busy"));
        }
        Ok(tasks.into_iter().map(|task| task.id).collect())
    }

    /// The change may have been carried out: if there is one new task, that is
    /// ours.
    async fn look_for_it(&self, error: Error, before: &[TaskId]) -> Result<Running, Error> {
        let Some(sddc) = &self.target else {
            return Err(error);
        };
        let context = self.context;
        context.say(&format!(
            "There was no clear answer to {}; looking for its task.",
            self.what
        ));
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
            let Ok(mut tasks) = tasks_of(context, sddc).await else {
                return Err(error.hint("It could not be looked for. Look before another try."));
            };
            tasks.retain(|task| !before.contains(&task.id));
            match &tasks[..] {
                [] => {}
                [ours] => {
                    let kind = ours.task_type.as_deref().unwrap_or("of unknown type");
                    context.say(&format!("It is {} ({kind}).", ours.id));
                    return Ok(context.vmc()?.task(context.org().await?, &ours.id));
                }
                several => {
                    let ids: Vec<&str> = several.iter().map(|task| task.id.as_str()).collect();
                    return Err(error.hint(format!(
                        "It may be one of these tasks: {}. Do not try again before you know.",
                        ids.join(", ")
                    )));
                }
            }
        }
        Err(error.hint("No new task is listed so far. Look again before another try."))
    }
}

/// How often and how far apart we look for what may have been started: a list
/// may lag behind.
pub(crate) const LOOKS: u32 = 4;
/// See [`LOOKS`].
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// Whether the server may have acted although the call failed.
pub(crate) fn may_have_acted(error: &Error) -> bool {
    Class::of(error) == Some(Class::Unknown)
}

/// The tasks of an SDDC.
pub(crate) async fn tasks_of(context: &Context, sddc: &SddcId) -> Result<Vec<Task>, Error> {
    let filter = Filter::eq("resource_id", sddc.as_str());
    let list = tasks::List::new(context.org().await?).filter(filter.to_string());
    Ok(context.vmc()?.send(list).await?)
}

/// Shows what has become of something that a task has changed. Where that cannot
/// be read, the task is shown: the change is done, and an error would invite to
/// do it again.
pub(crate) async fn show_done(
    context: &Context,
    ended: &Task,
    again: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    match again.await {
        Err(error) if error.call().is_some() => {
            context.warn(&format!("it is done, but cannot be shown: {error}"));
            context.printer()?.show(ended, &task::columns())
        }
        result => result,
    }
}

/// Prints the task of something that was started and is not waited for.
pub(crate) async fn show_started(
    context: &Context,
    running: &Running,
    origin: Origin,
) -> Result<(), Error> {
    let task = match running.first() {
        Some(task) => task.clone(),
        None => task::look(context, running.id(), origin).await?,
    };
    context.printer()?.show(&task, &task::columns())?;
    let resume = resume(context, &[task.id.as_str()], origin);
    context.say(&format!("Next: {resume}"));
    Ok(())
}
