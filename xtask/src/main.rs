//! `cargo xtask <verb>`: the project's chores. Small on purpose: everybody who
//! runs the demo compiles it first.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that talks to people"
)]

mod bench;
mod ci;
mod demo;
mod guard;
mod loopback;
mod moto;
mod project;
mod scratch;
mod simulator;
mod spec;
mod test;

#[cfg(test)]
mod layers;

use std::process::ExitCode;

/// What a chore ends with; the error is printed as it is.
type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
cargo xtask <verb>

  demo           the whole job against the simulator, in seconds
  test [--moto]  every test there is; --moto adds CloudFormation as moto
                 implements it (needs Python, installs into target/)
  spec [--check] client and simulator against spec/, by name and by mutation;
                 writes docs/coverage.md, or checks that it is current
  bench          start-up, requests, memory and size, then criterion
  ci             what .ci/run runs: formatting, lints, documentation, licences,
                 demo, and every test
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["demo"] => demo::run(),
        ["test"] => test::run(false),
        ["test", "--moto"] => test::run(true),
        ["spec"] => spec::run(true),
        ["spec", "--check"] => spec::run(false),
        ["bench"] => bench::run(),
        ["ci"] => ci::run(),
        [guard::VERB, program, args @ ..] => guard::keep(program, args),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprint!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}
