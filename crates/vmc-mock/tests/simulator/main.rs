//! The simulator over real sockets, spoken to in plain HTTP.

// Helpers of tests are tests, which clippy does not see.
#![allow(clippy::unwrap_used, clippy::panic)]

mod addons;
mod aws;
mod change_sets;
mod clusters;
mod connectivity;
mod control;
mod convert;
mod dns;
mod drift;
mod edrs;
mod faults;
mod groups;
mod iam;
mod link;
mod link_states;
mod maintenance;
mod networks;
mod organization;
mod public_ips;
mod sddcs;
mod stacks;
mod subscriptions;
mod templates;
mod tokens;
mod vcenters;
mod wire;
