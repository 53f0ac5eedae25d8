//! The template of a link request: where it may come from, and what it would create.

pub(crate) mod change_set;
pub(crate) mod changes;
pub(crate) mod fetch;
pub(crate) mod host;
pub(crate) mod review;
pub(crate) mod seen;
