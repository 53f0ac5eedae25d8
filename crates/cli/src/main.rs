//! `vmc`: VMware Cloud on AWS from the command line.
//!
//! Thin on purpose: parses, asks the libraries, prints, and exits. What is
//! worth reusing is in the crates below.

mod args;
mod body;
mod commands;
mod confirm;
mod context;
mod dry_run;
mod error;
mod exit;
mod findings;
mod interrupt;
mod logging;
mod mutate;
mod output;
mod pick;
mod progress;
mod report;
mod resolve;
mod resume;
mod secret;
mod settings;
mod start;
mod trust;
mod wait;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    start::run(&words, settings::Env::system())
}
