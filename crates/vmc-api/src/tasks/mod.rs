//! Tasks of an organization.

pub mod autoscaler;
mod core;
pub mod draas;
mod origin;

pub use self::origin::Origin;

use vmc_http::operation;

use crate::models::Task;
use crate::{OrgId, TaskId};

operation! {
    /// Lists tasks, the newest and the finished ones among them.
    pub struct List => "orgs.tasks.list", GET "/vmc/api/orgs/{org}/tasks", Safe -> Vec<Task> {
        path { org: OrgId }
        query {
            /// See [`Filter`](crate::Filter).
            filter: String = "$filter",
        }
    }
}

operation! {
    /// One task as it is now.
    pub struct Get => "orgs.tasks.get", GET "/vmc/api/orgs/{org}/tasks/{task}", Safe -> Task {
        path { org: OrgId, task: TaskId }
    }
}

operation! {
    /// Asks the service to cancel a task. Advisory: not every task can be
    /// canceled and some take their time, so watch the status.
    // Converges: a task that is canceling already goes on canceling.
    pub struct Cancel => "orgs.tasks.update", POST "/vmc/api/orgs/{org}/tasks/{task}", Converges -> Task {
        path { org: OrgId, task: TaskId }
        always { "action" = "cancel" }
    }
}
