//! `cargo xtask spec`: client and simulator against the facts in `spec/`.
//!
//! The check is a test, so `cargo xtask test` makes it too.

use std::fs;
use std::process::ExitCode;

use crate::{Done, project};

/// Checks; `write` writes `docs/coverage.md` anew before.
pub(crate) fn run(write: bool) -> Done<ExitCode> {
    if write {
        fs::create_dir_all(project::root().join("docs"))?;
        contract(true)?;
    }
    contract(false)?;
    Ok(ExitCode::SUCCESS)
}

fn contract(write: bool) -> Done {
    let mut cargo = project::cargo();
    cargo.args(["test", "-p", "integration-tests", "--test", "contract"]);
    if write {
        cargo.env("VMC_WRITE_COVERAGE", "1").arg("coverage");
    }
    project::run(&mut cargo)
}
