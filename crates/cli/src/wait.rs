//! Follows a task to its end, with progress, and says how to come back to it.

use vmc_api::models::Task;
use vmc_api::tasks::Origin;
use vmc_api::{Meter, Running, TaskEvent};

use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::progress::{Progress, Update, short};

/// Follows one task, known to `origin`. `name` is what people call it.
pub(crate) async fn follow(
    context: &Context,
    running: Running,
    origin: Origin,
    name: &str,
    progress: &Progress,
) -> Result<Task, Error> {
    let id = running.id().to_string();
    let resume = resume(context, &[&id], origin);
    let work = follow_quietly(context, running, origin, name, progress);
    context
        .interrupt
        .following(format!("task {id}"), resume, work)
        .await
}

/// Follows one of several tasks; Ctrl-C is the caller's business.
pub(crate) async fn follow_quietly(
    context: &Context,
    running: Running,
    origin: Origin,
    name: &str,
    progress: &Progress,
) -> Result<Task, Error> {
    let resume = resume(context, &[running.id().as_str()], origin);
    match drain(&running.watch(context.watch()?), name, progress).await {
        Err(error @ (vmc_api::Error::StillRunning { .. } | vmc_api::Error::WatchLost { .. })) => {
            Err(Error::from(error).hint(format!("To resume: {resume}")))
        }
        result => Ok(result?),
    }
}

/// The command that waits for tasks again.
pub(crate) fn resume(context: &Context, ids: &[&str], origin: Origin) -> String {
    let ids: Vec<String> = ids.iter().map(|id| shell_word(id)).collect();
    let service = service_flag(origin);
    format!(
        "vmc task wait {}{service}{}",
        ids.join(" "),
        context.resume_flags()
    )
}

/// The flag that tells `vmc task` where a task is known, with a blank before.
pub(crate) fn service_flag(origin: Origin) -> &'static str {
    match origin {
        Origin::Draas => " --service draas",
        Origin::Autoscaler => " --service autoscaler",
        // No command here starts one of the newer APIs.
        Origin::Vmc | Origin::Operations => "",
    }
}

async fn drain(running: &Running, name: &str, progress: &Progress) -> Result<Task, vmc_api::Error> {
    let mut events = running.events();
    let mut meter = Meter::default();
    let mut troubled = false;
    while let Some(event) = events.next().await {
        match event? {
            TaskEvent::Finished(task) => {
                progress.update(name, &update(&task, &mut meter));
                return Ok(*task);
            }
            TaskEvent::Progress(task) => {
                if std::mem::take(&mut troubled) {
                    progress.note(&format!("{name}: the service answers again"));
                }
                progress.update(name, &update(&task, &mut meter));
            }
            TaskEvent::Hiccup {
                error,
                since,
                next_in,
            } => {
                // Once per outage, then only when it gets long.
                if !troubled || since.as_secs() >= 300 {
                    progress.note(&format!(
                        "{name}: looking failed ({error}); the task goes on, next look in {}",
                        short(next_in)
                    ));
                }
                troubled = true;
            }
            TaskEvent::Stalled { unchanged_for, .. } => {
                progress.note(&format!("{name}: no change for {}", short(unchanged_for)));
            }
            _ => {}
        }
    }
    // The stream ends with an error or a finished task; see `Running::wait`.
    running.wait().await
}

/// Where a task stands.
pub(crate) fn update(task: &Task, meter: &mut Meter) -> Update {
    Update {
        status: task
            .status
            .as_ref()
            .map(|status| status.as_str().to_owned()),
        phase: task.phase().map(str::to_owned),
        percent: meter.show(task),
        remaining: task.remaining(),
    }
}
