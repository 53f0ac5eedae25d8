//! SDDC templates: the configuration of an SDDC, kept when it is deleted.

use super::{World, table::row};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// An SDDC template. Deleted ones stay, with state DELETED.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Template {
    /// UUID.
    pub id: String,
    /// Organization.
    pub org: String,
    /// Name.
    pub name: String,
    /// `INITIALIZATION`, `AVAILABLE`, `INUSE`, `APPLIED`, `DELETING`, `DELETED`, `FAILED`.
    pub state: String,
    /// The SDDC it was made from.
    pub source: String,
    /// User id of who kept it.
    pub user: String,
    /// User name of who kept it.
    pub user_name: String,
    /// Creation.
    pub created: Time,
    /// Last change.
    pub updated: Time,
    /// Grows with each change.
    pub version: u64,
}
row!(Template, id);

impl World {
    pub(crate) fn set_template(&mut self, id: &str, state: &str, at: Time) {
        let Some(template) = self.templates.get_mut(id) else {
            return;
        };
        template.state = state.into();
        template.updated = at;
        template.version += 1;
        let details = json!({"id": id, "name": template.name});
        self.effect(at, &format!("template.{}", state.to_lowercase()), details);
    }

    /// An SDDC came to rest in `state`: what that means for the template it leaves behind or was
    /// made from.
    pub(crate) fn settle_templates(&mut self, sddc: &str, state: &str, at: Time) {
        let used = self
            .sddcs
            .get(sddc)
            .map(|sddc| sddc.text("sddc_template_id", "").to_owned());
        let of = |template: &Template| match template.state.as_str() {
            "INITIALIZATION" if template.source == sddc => match state {
                "DELETED" => Some("AVAILABLE"),
                _ => Some("FAILED"),
            },
            "INUSE" if used.as_ref() == Some(&template.id) => match state {
                "READY" => Some("APPLIED"),
                _ => Some("AVAILABLE"),
            },
            _ => None,
        };
        let rows = self.templates.iter();
        let changes: Vec<(String, &str)> = rows
            .filter_map(|row| Some((row.id.clone(), of(row)?)))
            .collect();
        for (id, state) in changes {
            self.set_template(&id, state, at);
        }
    }
}
