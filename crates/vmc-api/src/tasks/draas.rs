//! Tasks that site recovery started: they are known here and nowhere else.

use vmc_http::operation;

use crate::models::Task;
use crate::{OrgId, TaskId};

operation! {
    /// One task of site recovery as it is now.
    pub struct Get => "task.get", GET "/vmc/draas/api/orgs/{org}/tasks/{task}", Safe -> Task {
        path { org: OrgId, task: TaskId }
    }
}
