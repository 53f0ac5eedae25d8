//! Progress for people.

use crate::models::Task;

/// Progress that never goes back, whatever the service says meanwhile.
#[derive(Debug, Clone, Default)]
pub struct Meter(Option<u8>);

impl Meter {
    /// The percentage to show after having seen `task`: 0 to 100, never less
    /// than before, and 100 not before the task is finished.
    pub fn show(&mut self, task: &Task) -> Option<u8> {
        let finished = task.status == Some(crate::models::TaskStatus::Finished);
        let now = if finished {
            Some(100)
        } else {
            task.percent().map(|percent| percent.min(99))
        };
        self.0 = self.0.max(now);
        self.0
    }
}
