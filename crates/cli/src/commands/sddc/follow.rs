//! Finds the task behind something that may have been started, and follows it.

use std::time::Duration;

use vmc_api::models::Task;
use vmc_api::{Filter, Running, SddcId, sddcs, tasks};

use crate::commands::task;
use crate::context::Context;
use crate::error::Error;
use crate::exit::Class;
use crate::wait::resume;

/// Prints the task of something that was started and is not waited for.
pub(super) async fn show_started(context: &Context, running: &Running) -> Result<(), Error> {
    let task = match running.first() {
        Some(task) => task.clone(),
        None => {
            let get = tasks::Get::new(context.org().await?, running.id());
            context.vmc()?.send(get).await?
        }
    };
    context.printer()?.show(&task, &task::columns())?;
    context.say(&format!("Next: {}", resume(context, &[task.id.as_str()])));
    Ok(())
}

/// How often and how far apart we look for what may have been started.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// Whether the server may have acted although the call failed.
pub(super) fn may_have_acted(error: &Error) -> bool {
    Class::of(error) == Some(Class::Unknown)
}

/// The newest task of a kind on an SDDC, to be followed.
pub(super) async fn task_of(
    context: &Context,
    sddc: &SddcId,
    kind: &str,
) -> Result<Option<Running>, Error> {
    let org = context.org().await?;
    let filter = Filter::eq("resource_id", sddc.as_str());
    let mut tasks = context
        .vmc()?
        .send(tasks::List::new(org).filter(filter.to_string()))
        .await?;
    tasks.retain(|task| task.task_type.as_deref() == Some(kind));
    let newest = tasks.into_iter().max_by(|a, b| a.created.cmp(&b.created));
    Ok(match newest {
        Some(task) => Some(context.vmc()?.task(org, &task.id)),
        None => None,
    })
}

/// Looks for an SDDC of this name that was not there before, a few times: a
/// list may lag behind.
pub(super) async fn new_sddc(
    context: &Context,
    name: &str,
    before: &[SddcId],
) -> Result<Option<SddcId>, Error> {
    let org = context.org().await?;
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        let now = context.vmc()?.send(sddcs::List::new(org)).await?;
        let new = now
            .into_iter()
            .find(|sddc| sddc.name.as_deref() == Some(name) && !before.contains(&sddc.id));
        if let Some(sddc) = new {
            return Ok(Some(sddc.id));
        }
    }
    Ok(None)
}

/// The SDDC a task works on.
pub(super) fn sddc_of(task: &Task) -> Option<SddcId> {
    task.resource_id
        .as_deref()
        .filter(|id| !id.is_empty())
        .map(SddcId::from)
}
