//! The template of a link request: where it may come from, and what it would create.

pub(crate) mod fetch;
pub(crate) mod host;
pub(crate) mod review;
