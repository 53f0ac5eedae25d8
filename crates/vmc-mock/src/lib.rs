#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
// One JSON document of the API has more fields than `json!` can nest by default.
#![recursion_limit = "256"]

mod answer;
mod arrange;
mod aws;
mod builder;
mod cidr;
mod clock;
#[cfg(test)]
mod contract;
mod control;
mod coverage;
mod csp;
mod execute;
mod faults;
mod handler;
mod identify;
mod journal;
mod mock;
mod pipeline;
mod refusal;
mod route;
mod server;
mod settings;
mod spec;
mod tls;
mod vcenter;
mod vmc;
pub mod world;

pub use builder::{Builder, StartError};
pub use clock::Time;
pub use coverage::{simulated, unsimulated};
pub use faults::{Action, Fault, Rule, When};
pub use journal::{Effect, Journal, Request};
pub use mock::{ClockHandle, Cut, Mock, Router};
pub use route::Service;
pub use settings::Settings;
