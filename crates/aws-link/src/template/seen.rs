//! The template an organization's link was made with before.

use crate::error::Error;
use crate::journal::JournalError;
use crate::notes::Notes;
use crate::template::changes::TemplateChange;
use crate::template::review::Review;

/// Compares templates with the last one that CloudFormation took.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenTemplates {
    notes: Option<Notes>,
    refuse: bool,
}

impl SeenTemplates {
    pub(crate) fn remember(&mut self, notes: Notes) {
        self.notes = Some(notes);
    }

    pub(crate) fn refuse_changed(&mut self, refuse: bool) {
        self.refuse = refuse;
    }

    /// Whether what was seen before has to be known.
    pub(crate) fn refuses(&self) -> bool {
        self.refuse
    }

    /// What is different now; nothing where none was seen before.
    pub(crate) fn changes(
        &self,
        org: &str,
        review: &Review,
    ) -> Result<Vec<TemplateChange>, JournalError> {
        let before = match &self.notes {
            Some(notes) => notes.template(org)?,
            None => None,
        };
        Ok(before.map_or_else(Vec::new, |before| review.changes_since(&before)))
    }

    /// Refuses changes, if they are not wanted.
    pub(crate) fn judge(&self, changes: Vec<TemplateChange>) -> Result<(), Error> {
        if self.refuse && !changes.is_empty() {
            return Err(Error::TemplateChanged { changes });
        }
        Ok(())
    }

    /// CloudFormation has taken it.
    pub(crate) fn keep(&self, org: &str, review: &Review) -> Result<(), JournalError> {
        match &self.notes {
            Some(notes) => notes.keep_template(org, review),
            None => Ok(()),
        }
    }
}
