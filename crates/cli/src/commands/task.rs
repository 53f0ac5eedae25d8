//! `vmc task`.

use clap::{Args, Subcommand, ValueEnum};
use futures_util::future::join_all;
use vmc_api::models::{Task, TaskStatus};
use vmc_api::tasks::Origin;
use vmc_api::{Filter, StartsTask, TaskId, tasks};

use crate::args::{DryRunArg, OrgArg, StartArgs, WaitArgs};
use crate::context::{Context, shell_word};
use crate::dry_run;
use crate::error::{Error, What};
use crate::exit::Class;
use crate::output::{Cell, Column, cells};
use crate::progress::short;
use crate::resolve::{looks_like_an_id, sddc_id};
use crate::wait::{follow, follow_quietly, resume, service_flag};

/// Verbs of `vmc task`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List tasks, the newest first
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc task list --status STARTED
  vmc task list --resource my-sddc
  vmc task list --filter \"(created gt 2026-01-31) and (status eq 'FAILED')\""
    )]
    List(List),
    /// Show one task
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc task show 9f0c7a5e-1d7b-4a53-8f5e-0b8b9f3d2c11
  vmc task show 9f0c7a5e-1d7b-4a53-8f5e-0b8b9f3d2c11 -o json"
    )]
    Show(Show),
    /// Wait until tasks have ended
    #[command(after_help = "\
Exit code 0 when all finished, 1 when one failed or was canceled, 8 when one is \
still running after --timeout.

Examples:
  vmc task wait 9f0c7a5e-1d7b-4a53-8f5e-0b8b9f3d2c11
  vmc task wait $(vmc task list --status STARTED -o name) --timeout 90m")]
    Wait(Wait),
    /// Ask the service to cancel a task
    ///
    /// Not every task can be canceled, and some take their time: the command
    /// waits until it is known how the task ended.
    #[command(after_help = "\
Examples:
  vmc task cancel 9f0c7a5e-1d7b-4a53-8f5e-0b8b9f3d2c11
  vmc task cancel 9f0c7a5e-1d7b-4a53-8f5e-0b8b9f3d2c11 --no-wait")]
    Cancel(Cancel),
}

/// The service that knows a task.
#[derive(Debug, Args)]
struct ServiceArg {
    /// Which service has the task
    #[arg(long, value_name = "SERVICE", default_value = "vmc")]
    service: Service,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Service {
    /// VMware Cloud on AWS
    Vmc,
    /// Elastic DRS
    Autoscaler,
    /// Site recovery
    Draas,
}

impl ServiceArg {
    fn origin(&self) -> Origin {
        match self.service {
            Service::Vmc => Origin::Vmc,
            Service::Autoscaler => Origin::Autoscaler,
            Service::Draas => Origin::Draas,
        }
    }
}

/// What the service is known to say; it may say more one day.
const STATUSES: [&str; 5] = ["STARTED", "CANCELING", "FINISHED", "FAILED", "CANCELED"];

/// Arguments of `vmc task list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only tasks with this status: STARTED, CANCELING, FINISHED, FAILED, CANCELED
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,

    /// Only tasks of this SDDC (name or id) or of another thing (id)
    #[arg(long, value_name = "NAME|ID")]
    resource: Option<String>,

    /// Condition in the service's own grammar
    #[arg(long, value_name = "CONDITION", conflicts_with_all = ["status", "resource"])]
    filter: Option<String>,

    #[command(flatten)]
    service: ServiceArg,

    #[command(flatten)]
    org: OrgArg,
}

/// Arguments of `vmc task show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Task id
    task: String,

    #[command(flatten)]
    service: ServiceArg,

    #[command(flatten)]
    org: OrgArg,
}

/// Arguments of `vmc task wait`.
#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// Task ids
    #[arg(required = true)]
    tasks: Vec<String>,

    #[command(flatten)]
    service: ServiceArg,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    wait: WaitArgs,
}

/// Arguments of `vmc task cancel`.
#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// Task id
    task: String,

    #[command(flatten)]
    service: ServiceArg,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    start: StartArgs,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Show(command) => {
                let id = TaskId::from(command.task);
                let task = look(context, &id, command.service.origin()).await?;
                context.printer()?.show(&task, &columns())
            }
            Self::Wait(command) => command.run(context).await,
            Self::Cancel(command) => command.run(context).await,
        }
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let filter = match &self.filter {
            Some(filter) => Some(filter.clone()),
            None => self
                .condition(context)
                .await?
                .map(|filter| filter.to_string()),
        };
        let (org, vmc) = (context.org().await?, context.vmc()?);
        let mut tasks = match self.service.origin() {
            Origin::Autoscaler => {
                let mut list = tasks::autoscaler::List::new(org);
                list.filter = filter;
                vmc.send(list).await?
            }
            Origin::Vmc => {
                let mut list = tasks::List::new(org);
                list.filter = filter;
                vmc.send(list).await?
            }
            _ => return Err(raw_only("listed")),
        };
        tasks.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
        context.printer()?.list(&tasks, &columns())
    }

    async fn condition(&self, context: &Context) -> Result<Option<Filter>, Error> {
        let status = self.status.as_ref().map(|status| status.to_uppercase());
        if let Some(status) = &status
            && !STATUSES.contains(&status.as_str())
        {
            context.warn(&format!(
                "{status} is no status that is known; known are {}",
                STATUSES.join(", ")
            ));
        }
        let status = status.map(|status| Filter::eq("status", status.as_str()));
        let resource = match &self.resource {
            Some(word) if looks_like_an_id(word) => Some(word.clone()),
            Some(word) => Some(sddc_id(context, word).await?.to_string()),
            None => None,
        };
        let resource = resource.map(|id| Filter::eq("resource_id", id.as_str()));
        Ok(match (status, resource) {
            (Some(status), Some(resource)) => Some(status.and(resource)),
            (one, other) => one.or(other),
        })
    }
}

impl Wait {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let org = context.org().await?;
        let origin = self.service.origin();
        let progress = context.progress()?;
        let mut ids: Vec<TaskId> = Vec::new();
        for id in &self.tasks {
            let id = TaskId::from(id);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        if let [id] = &ids[..] {
            let result = follow(
                context,
                context.vmc()?.task_at(org, id, origin),
                origin,
                &format!("Task {id}"),
                &progress,
            )
            .await
            .map_err(|error| perhaps_elsewhere(error, origin));
            progress.clear();
            if let Some(task) = ended(&result) {
                context.printer()?.show(task, &columns())?;
            }
            return result.map(drop);
        }
        let words: Vec<&str> = ids.iter().map(TaskId::as_str).collect();
        let resume = resume(context, &words, origin);
        context
            .interrupt
            .going(format!("each of the {} tasks", ids.len()), &resume);
        let vmc = context.vmc()?;
        let progress_ref = &progress;
        let results = join_all(ids.iter().map(|id| async move {
            follow_quietly(
                context,
                vmc.task_at(org, id, origin),
                origin,
                &format!("Task {id}"),
                progress_ref,
            )
            .await
            .map_err(|error| perhaps_elsewhere(error, origin))
        }))
        .await;
        context.interrupt.over();
        progress.clear();
        let ended: Vec<Task> = results.iter().filter_map(ended).cloned().collect();
        context.printer()?.list(&ended, &columns())?;
        worst(results, ids.len())
    }
}

/// A task as it is now.
pub(crate) async fn look(context: &Context, id: &TaskId, origin: Origin) -> Result<Task, Error> {
    let (org, vmc) = (context.org().await?, context.vmc()?);
    let task = match origin {
        Origin::Vmc => vmc.send(tasks::Get::new(org, id)).await,
        Origin::Autoscaler => vmc.send(tasks::autoscaler::Get::new(org, id)).await,
        Origin::Draas => vmc.send(tasks::draas::Get::new(org, id)).await,
        Origin::Operations => return Err(raw_only("shown")),
    };
    task.map_err(|error| perhaps_elsewhere(error.into(), origin))
}

/// A task is known to the service that started it, and to no other.
fn perhaps_elsewhere(error: Error, origin: Origin) -> Error {
    if origin == Origin::Vmc && Class::of(&error) == Some(Class::NotFound) {
        return error.hint(
            "Tasks of Elastic DRS and of site recovery are known there alone: --service autoscaler, or draas.",
        );
    }
    error
}

fn raw_only(what: &str) -> Error {
    Error::usage(format!("tasks of this service cannot be {what} here"))
        .hint("'vmc api' reaches every call: vmc help api")
}

/// The task at its end, well or not.
fn ended(result: &Result<Task, Error>) -> Option<&Task> {
    match result {
        Ok(task) => Some(task),
        Err(error) => match error.what() {
            What::Vmc(vmc_api::Error::TaskFailed(failure)) => Some(&failure.task),
            _ => None,
        },
    }
}

/// One error for all that did not go well. A failure counts more than
/// something that goes on.
fn worst(results: Vec<Result<Task, Error>>, all: usize) -> Result<(), Error> {
    let mut errors: Vec<Error> = results.into_iter().filter_map(Result::err).collect();
    if errors.len() < 2 {
        return errors.pop().map_or(Ok(()), Err);
    }
    let classes: Vec<Class> = errors.iter().filter_map(Class::of).collect();
    let class = classes
        .iter()
        .copied()
        .find(|class| *class != Class::Pending)
        .or(classes.first().copied())
        .unwrap_or(Class::Failed);
    let mut error = Error::said(
        class,
        format!("{} of {all} tasks did not end well", errors.len()),
    );
    for one in errors {
        error = error.hint(one.to_string());
    }
    Err(error)
}

impl Cancel {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let org = context.org().await?;
        let origin = self.service.origin();
        match origin {
            Origin::Vmc => {
                let cancel = tasks::Cancel::new(org, self.task.as_str());
                self.send(context, cancel, origin).await
            }
            Origin::Autoscaler => {
                let cancel = tasks::autoscaler::Cancel::new(org, self.task.as_str());
                self.send(context, cancel, origin).await
            }
            _ => Err(raw_only("canceled")),
        }
    }

    async fn send<O: StartsTask>(
        self,
        context: &Context,
        cancel: O,
        origin: Origin,
    ) -> Result<(), Error> {
        if self.dry_run.dry_run {
            return dry_run::show(context, &cancel);
        }
        let find_out = format!(
            "vmc task show {}{}{}",
            shell_word(&self.task),
            service_flag(origin),
            context.resume_flags()
        );
        let vmc = context.vmc()?;
        let running = context
            .act("the cancellation", &find_out, vmc.start(cancel))
            .await
            .map_err(|error| perhaps_elsewhere(error, origin))?;
        if self.start.no_wait {
            return match running.first() {
                Some(task) => {
                    context.printer()?.show(task, &columns())?;
                    context.say(&format!(
                        "Next: {}",
                        resume(context, &[task.id.as_str()], origin)
                    ));
                    Ok(())
                }
                None => Ok(()),
            };
        }
        let progress = context.progress()?;
        let name = format!("Task {}", self.task);
        let result = follow(context, running, origin, &name, &progress).await;
        progress.clear();
        let task = match ended(&result) {
            Some(task) => task.clone(),
            None => return result.map(drop),
        };
        context.printer()?.show(&task, &columns())?;
        match task.status.as_ref().map(TaskStatus::as_str) {
            Some("CANCELED") => Ok(()),
            Some("FINISHED") => Err(Error::conflict(format!(
                "task {} finished before it could be canceled",
                task.id
            ))),
            _ => result.map(drop),
        }
    }
}

/// How tasks are shown.
pub(crate) fn columns() -> Vec<Column<Task>> {
    vec![
        Column::new("Id", |task: &Task| Cell::new(task.id.as_str())).id(),
        Column::new("Type", |task: &Task| Cell::maybe(task.task_type.as_deref())).shorten(12),
        Column::new("Status", |task: &Task| {
            cells::state(task.status.as_ref().map(TaskStatus::as_str))
        }),
        Column::new("Progress", |task: &Task| {
            Cell::maybe(task.percent().map(|percent| format!("{percent}%")))
        }),
        Column::new("Created", |task: &Task| cells::when(task.created.as_ref())).optional(),
        Column::new("Phase", |task: &Task| Cell::maybe(task.phase())).optional(),
        Column::new("Remaining", |task: &Task| {
            Cell::maybe(
                task.remaining()
                    .filter(|_| !task.is_final())
                    .map(|left| format!("about {}", short(left))),
            )
        })
        .detail(),
        Column::new("Resource", |task: &Task| {
            Cell::maybe(task.resource_id.as_deref())
        })
        .optional(),
        Column::new("Resource type", |task: &Task| {
            Cell::maybe(task.resource_type.as_deref())
        })
        .detail(),
        Column::new("By", |task: &Task| Cell::maybe(task.user_name.as_deref())).detail(),
        Column::new("Started", |task: &Task| {
            cells::when(task.start_time.as_ref())
        })
        .detail(),
        Column::new("Ended", |task: &Task| cells::when(task.end_time.as_ref())).detail(),
        Column::new("Error", |task: &Task| Cell::maybe(task.failure_message())).detail(),
    ]
}
