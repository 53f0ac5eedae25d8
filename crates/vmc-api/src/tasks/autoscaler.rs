//! Tasks that the autoscaler started: they are known here and nowhere else.

use vmc_http::operation;

use crate::models::Task;
use crate::{OrgId, TaskId};

operation! {
    /// Lists the autoscaler's tasks.
    pub struct List => "autoscaler.list", GET "/vmc/autoscaler/api/orgs/{org}/tasks", Safe -> Vec<Task> {
        path { org: OrgId }
        query {
            /// See [`Filter`](crate::Filter).
            filter: String = "$filter",
        }
    }
}

operation! {
    /// One task of the autoscaler as it is now.
    pub struct Get => "autoscaler.get", GET "/vmc/autoscaler/api/orgs/{org}/tasks/{task}", Safe -> Task {
        path { org: OrgId, task: TaskId }
    }
}

operation! {
    /// Asks the autoscaler to cancel a task. Advisory, as [`tasks::Cancel`](crate::tasks::Cancel).
    // Converges: a task that is canceling already goes on canceling.
    pub struct Cancel => "autoscaler.update", POST "/vmc/autoscaler/api/orgs/{org}/tasks/{task}", Converges -> Task {
        path { org: OrgId, task: TaskId }
        always { "action" = "cancel" }
    }
}
