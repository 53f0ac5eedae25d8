//! `cargo xtask ci`: every check, the tests last.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::{Done, demo, project, test};

/// Runs all checks, also after one has failed; the last line printed is the
/// summary, in which a failed check counts as one failure.
pub(crate) fn run() -> Done<ExitCode> {
    let mut checks = Checks::default();
    checks.check("formatting", || {
        project::run(project::cargo().args(["fmt", "--all", "--check"]))
    });
    checks.check("build of vmc and vmc-mock", build);
    checks.check("demo", demo::play);
    checks.check("lints", || {
        let mut cargo = project::cargo();
        cargo.args(["clippy", "--workspace", "--all-targets"]);
        cargo.args([
            "--features",
            "integration-tests/moto",
            "--",
            "-D",
            "warnings",
        ]);
        project::run(&mut cargo)
    });
    checks.check("documentation", || {
        let mut cargo = project::cargo();
        cargo.args(["doc", "--workspace", "--no-deps"]);
        project::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
    });
    checks.check("licences, bans and sources", deny);

    println!("\n== tests");
    let mut tally = test::run_all(true)?;
    for what in &checks.failed {
        println!("failed: {what}");
        tally.failed += 1;
    }
    Ok(tally.conclude())
}

#[derive(Default)]
struct Checks {
    failed: Vec<&'static str>,
}

impl Checks {
    fn check(&mut self, what: &'static str, run: impl FnOnce() -> Done) {
        println!("\n== {what}");
        let start = Instant::now();
        let done = run();
        println!("-- {what}: {:.0?}", start.elapsed());
        if let Err(error) = done {
            println!("-- {what}: {error}");
            self.failed.push(what);
        }
    }
}

fn build() -> Done {
    let cold = !project::program("debug", "vmc").exists();
    let time = project::timed(&mut demo::build())?;
    println!("{} build: {time:.0?}", if cold { "cold" } else { "warm" });
    Ok(())
}

/// Licences, bans and sources always; advisories where their database can be
/// fetched.
fn deny() -> Done {
    let program = cargo_deny()?;
    let deny = |args: &[&str]| {
        let mut deny = Command::new(&program);
        deny.current_dir(project::root()).args(args);
        deny
    };
    project::run(&mut deny(&["check", "licenses", "bans", "sources"]))?;
    if project::output(&mut deny(&["fetch", "db"])).is_ok() {
        project::run(&mut deny(&["check", "--disable-fetch", "advisories"]))
    } else {
        println!("advisories not checked: their database cannot be fetched from here");
        Ok(())
    }
}

/// The installed cargo-deny, or one installed under `target/`.
fn cargo_deny() -> Done<PathBuf> {
    let installed = PathBuf::from("cargo-deny");
    if project::output(Command::new(&installed).arg("--version")).is_ok() {
        return Ok(installed);
    }
    let tools = project::target().join("tools");
    let ours = tools.join("bin").join("cargo-deny");
    if !ours.exists() {
        fs::create_dir_all(&tools)?;
        let mut cargo = project::cargo();
        cargo.args(["install", "--quiet", "--locked", "cargo-deny", "--root"]);
        project::run(cargo.arg(&tools))?;
    }
    Ok(ours)
}
