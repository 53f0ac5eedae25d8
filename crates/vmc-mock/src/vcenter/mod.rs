//! Simulated vCenters, `/rest` and `/api`: sessions and Hybrid Linked Mode. A new operation is one
//! function and one row here.

use crate::handler::Handler;

/// Operation id in `spec/cis-session.json` and `spec/hvc.json`, and the code for it.
pub(crate) const OPERATIONS: &[(&str, Handler)] = &[];

pub(crate) fn handler(id: &str) -> Option<Handler> {
    OPERATIONS
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, handler)| *handler)
}
