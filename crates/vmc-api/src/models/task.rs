//! Tasks: what long operations are followed by.

use std::time::Duration;

use vmc_http::{model, open_enum};

use super::entity;
use crate::{Int, Json, OrgId, TaskId, Timestamp};

open_enum! {
    /// State of a task.
    pub enum TaskStatus {
        Started = "STARTED",
        /// A cancel was asked for and is under way.
        Canceling = "CANCELING",
        Finished = "FINISHED",
        Failed = "FAILED",
        Canceled = "CANCELED",
    }
}

impl TaskStatus {
    /// Whether the task is over. A value that this version does not know is not.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Canceled)
    }
}

entity! {
    /// A long-running piece of work of the service (vendor structure `Task`).
    pub struct Task (TaskId) {
        status: Option<TaskStatus>,
        sub_status: Option<String>,
        /// Kind of work, such as `SDDC-PROVISION`. The list of kinds is not published.
        task_type: Option<String>,
        task_version: Option<String>,
        org_id: Option<OrgId>,
        org_type: Option<String>,
        /// Id of what is worked on. For a creation, the new id from the first answer on.
        resource_id: Option<String>,
        resource_type: Option<String>,
        parent_task_id: Option<TaskId>,
        correlation_id: Option<String>,
        /// Input and result of the work, in a form of its own for each kind.
        params: Option<Json>,
        /// As sent; see [`Task::percent`].
        progress_percent: Option<Int>,
        /// As sent, below zero for "no estimate"; see [`Task::remaining`].
        estimated_remaining_minutes: Option<Int>,
        /// As sent, often empty; see [`Task::phase`].
        phase_in_progress: Option<String>,
        task_progress_phases: Option<Vec<TaskProgressPhase>>,
        start_time: Option<Timestamp>,
        end_time: Option<Timestamp>,
        start_resource_entity_version: Option<Int>,
        end_resource_entity_version: Option<Int>,
        /// Message for the service's operators.
        error_message: Option<String>,
        localized_error_message: Option<String>,
        /// Message for the customer.
        customer_error_message: Option<String>,
        service_errors: Option<Vec<ServiceError>>,
    }
}

impl Task {
    /// Whether the task is over, well or not.
    pub fn is_final(&self) -> bool {
        self.status.as_ref().is_some_and(TaskStatus::is_final)
    }

    /// Progress from 0 to 100.
    pub fn percent(&self) -> Option<u8> {
        let percent = self.progress_percent?.get().clamp(0, 100);
        u8::try_from(percent).ok()
    }

    /// The service's own estimate of the time that is left.
    pub fn remaining(&self) -> Option<Duration> {
        let minutes = u64::try_from(self.estimated_remaining_minutes?.get()).ok()?;
        // A year is as good as never, and multiplies without overflow.
        Some(Duration::from_secs(minutes.min(366 * 24 * 60) * 60))
    }

    /// Name of the phase in progress.
    pub fn phase(&self) -> Option<&str> {
        let phase = self
            .phase_in_progress
            .as_deref()
            .filter(|phase| !phase.is_empty())?;
        let named = self.task_progress_phases.iter().flatten();
        let name = named
            .filter(|known| known.id.as_deref() == Some(phase))
            .find_map(|known| known.name.as_deref());
        Some(name.filter(|name| !name.is_empty()).unwrap_or(phase))
    }

    /// Why it failed: the message for customers if there is one, else the next
    /// best that the service wrote.
    pub fn failure_message(&self) -> Option<&str> {
        let own = [
            &self.customer_error_message,
            &self.localized_error_message,
            &self.error_message,
        ];
        let of_services = self
            .service_errors
            .iter()
            .flatten()
            .flat_map(|error| [&error.localized_message, &error.default_message]);
        own.into_iter().chain(of_services).find_map(|message| {
            message
                .as_deref()
                .filter(|message| !message.trim().is_empty())
        })
    }
}

model! {
    /// One phase of a task (vendor structure `TaskProgressPhase`).
    pub struct TaskProgressPhase {
        id: Option<String>,
        name: Option<String>,
        progress_percent: Option<Int>,
    }
}

model! {
    /// An error of a service behind the API (vendor structure `ServiceError`).
    pub struct ServiceError {
        original_service: Option<String>,
        original_service_error_code: Option<String>,
        default_message: Option<String>,
        localized_message: Option<String>,
    }
}
