//! Cloud Services identity, `/csp/gateway`. A new operation is one function and one row here.

mod details;
mod error;
mod jwt;
mod orgs;
mod tokens;

use crate::handler::Handler;
pub(crate) use error::{document, error};
pub(crate) use orgs::authenticate;

/// Operation id in `spec/csp.json` and the code for it.
pub(crate) const OPERATIONS: &[(&str, Handler)] = &[
    ("csp.authorize", tokens::authorize),
    ("csp.client_credentials", tokens::client_credentials),
    ("csp.token", tokens::client_credentials),
    ("csp.api_token_details", details::get),
    ("csp.orgs", orgs::list),
    ("csp.orgs_v2", orgs::page),
];

pub(crate) fn handler(id: &str) -> Option<Handler> {
    OPERATIONS
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, handler)| *handler)
}

/// Whether an operation wants an access token.
pub(crate) fn needs_token(id: &str) -> bool {
    matches!(id, "csp.orgs" | "csp.orgs_v2")
}
