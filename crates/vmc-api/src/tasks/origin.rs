//! Where a task is known.

use vmc_http::Client;

use super::{autoscaler, core, draas};
use crate::models::Task;
use crate::{OrgId, TaskId};

/// The part of the service that a task is known to. The others say that there
/// is no such task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The VMC API: `/vmc/api/orgs/{org}/tasks`.
    Vmc,
    /// Site recovery: `/vmc/draas/api/orgs/{org}/tasks`.
    Draas,
    /// The autoscaler: `/vmc/autoscaler/api/orgs/{org}/tasks`.
    Autoscaler,
    /// The newer APIs: `/api/operation/{org}/core/operations`, read as tasks.
    Operations,
}

impl Origin {
    /// Where a task is known that an operation of this path started.
    pub fn of_path(path: &str) -> Self {
        [
            ("/vmc/draas/", Self::Draas),
            ("/vmc/autoscaler/", Self::Autoscaler),
            ("/api/", Self::Operations),
        ]
        .into_iter()
        .find_map(|(start, origin)| path.starts_with(start).then_some(origin))
        .unwrap_or(Self::Vmc)
    }

    /// The task as it is now.
    pub(crate) async fn look(
        self,
        http: &Client,
        org: &OrgId,
        task: &TaskId,
    ) -> Result<Task, vmc_http::Error> {
        match self {
            Self::Vmc => http.send(super::Get::new(org, task)).await,
            Self::Draas => http.send(draas::Get::new(org, task)).await,
            Self::Autoscaler => http.send(autoscaler::Get::new(org, task)).await,
            Self::Operations => http.send(core::Get::new(org, task)).await.map(Task::from),
        }
    }
}
