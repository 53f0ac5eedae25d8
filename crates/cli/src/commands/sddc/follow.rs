//! Finds the task behind something that may have been started, and follows it.

use vmc_api::models::Task;
use vmc_api::{Running, SddcId, sddcs};

use crate::context::Context;
use crate::error::Error;
use crate::mutate::{BETWEEN_LOOKS, LOOKS, tasks_of};

/// The newest task of a kind on an SDDC, to be followed.
pub(super) async fn task_of(
    context: &Context,
    sddc: &SddcId,
    kind: &str,
) -> Result<Option<Running>, Error> {
    let mut tasks = tasks_of(context, sddc).await?;
    tasks.retain(|task| task.task_type.as_deref() == Some(kind));
    let newest = tasks.into_iter().max_by(|a, b| a.created.cmp(&b.created));
    Ok(match newest {
        Some(task) => Some(context.vmc()?.task(context.org().await?, &task.id)),
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
