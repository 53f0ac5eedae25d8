//! A change of an SDDC by a task: one at a time.

use super::{error, sddcs, tasks};
use crate::{
    answer::{Answer, Outcome},
    handler::Call,
    world::{Estate, Sddc, Task, Then, phases},
};
use serde_json::{Value, json};

/// A change: what the SDDC consists of meanwhile, afterwards, and if nothing comes of it.
pub(crate) struct Change {
    pub(crate) task_type: &'static str,
    pub(crate) seconds: u64,
    pub(crate) phases: &'static [(&'static str, u64)],
    pub(crate) params: Value,
    pub(crate) during: Estate,
    pub(crate) done: Estate,
    pub(crate) failed: Estate,
    pub(crate) effect: &'static str,
    pub(crate) details: Value,
}

impl Change {
    /// A short change, complete when everything under way in `during` is done.
    pub(crate) fn new(
        call: &Call<'_>,
        task_type: &'static str,
        effect: &'static str,
        during: Estate,
    ) -> Self {
        Self {
            task_type,
            seconds: call.settings.short_task_seconds,
            phases: &[("Working", 1)],
            params: json!({}),
            done: during.completed(),
            failed: during.abandoned(),
            during,
            effect,
            details: json!({}),
        }
    }

    /// Starts its task; answers as the operation does.
    pub(crate) fn start(self, call: &mut Call<'_>, sddc: &str) -> Outcome {
        let mut details = self.details;
        details["sddc"] = json!(sddc);
        let task = Task {
            task_type: self.task_type.into(),
            resource_id: sddc.into(),
            resource_type: "sddc".into(),
            phases: phases(self.seconds, self.phases),
            params: self.params,
            then: Then::SddcChanged {
                done: Box::new(self.done),
                failed: Box::new(self.failed),
                effect: self.effect.into(),
                details,
            },
            ..Task::default()
        };
        let task = tasks::run(call, task);
        if let Some(row) = call.world.sddcs.get_mut(sddc) {
            row.estate = Some(self.during);
            row.busy = Some(task.clone());
            row.touch(call.now);
        }
        let details = json!({"id": sddc, "task": task, "task_type": self.task_type});
        call.world.effect(call.now, "sddc.changing", details);
        call.world.settle(call.now, call.settings);
        tasks::started(call, &task, call.success)
    }
}

/// The SDDC of the path, if it can be changed now: its id and what it consists of.
pub(crate) fn begin(call: &Call<'_>) -> Result<(String, Estate), Answer> {
    let sddc = sddcs::find(call)?;
    check_idle(call, sddc)?;
    check_ready(call, sddc)?;
    Ok((sddc.id.clone(), sddc.estate().into_owned()))
}

/// One task at a time works on an SDDC.
pub(crate) fn check_idle(call: &Call<'_>, sddc: &Sddc) -> Result<(), Answer> {
    let Some(task) = &sddc.busy else {
        return Ok(());
    };
    let text = format!(
        "SDDC {} is {}: task {task} is working on it.",
        sddc.id, sddc.state
    );
    Err(error(call, call.settings.busy_status, &text))
}

pub(crate) fn check_ready(call: &Call<'_>, sddc: &Sddc) -> Result<(), Answer> {
    match sddc.state.as_str() {
        "READY" => Ok(()),
        state => {
            let text = format!("SDDC {} is {state}, not READY.", sddc.id);
            Err(error(call, 400, &text))
        }
    }
}
