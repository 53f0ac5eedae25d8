//! `cargo xtask test`: every test there is, and one line that sums them up.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use crate::moto::Moto;
use crate::{Done, project};

/// Runs all tests; the last line printed is the summary.
pub(crate) fn run(with_moto: bool) -> Done<ExitCode> {
    Ok(run_all(with_moto)?.conclude())
}

/// Runs all tests and counts them.
pub(crate) fn run_all(with_moto: bool) -> Done<Tally> {
    let mut tally = Tally::default();
    // Alive until the tests are over.
    let moto = match with_moto.then(Moto::start).transpose() {
        Ok(moto) => moto,
        Err(error) => {
            println!("failed: no moto, so its tests are left out: {error}");
            tally.failed += 1;
            None
        }
    };

    let start = Instant::now();
    let mut cargo = project::cargo();
    // The programs too: the integration tests run them.
    cargo.args(["build", "--workspace", "--bins", "--tests"]);
    features(&mut cargo, moto.is_some());
    if !cargo.status()?.success() {
        println!("failed: the tests do not build; see above");
        tally.failed += 1;
        return Ok(tally);
    }
    let built = start.elapsed();

    let start = Instant::now();
    let mut cargo = project::cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    features(&mut cargo, moto.is_some());
    if let Some(moto) = &moto {
        cargo.env("VMC_MOTO_ENDPOINT", moto.endpoint());
    }
    let known = tally.failed;
    let passed = stream(&mut cargo, &mut tally)?;
    if !passed && tally.failed == known {
        println!("failed: a test program did not come to its end; see above");
        tally.failed += 1;
    }
    println!("built in {built:.0?}, ran in {:.0?}", start.elapsed());
    Ok(tally)
}

fn features(cargo: &mut Command, with_moto: bool) {
    if with_moto {
        cargo.args(["--features", "integration-tests/moto"]);
    }
}

/// Shows what the command prints and adds up what it says of tests.
fn stream(command: &mut Command, tally: &mut Tally) -> Done<bool> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            tally.read(&line);
            println!("{line}");
        }
    }
    Ok(child.wait()?.success())
}

/// Tests counted over all test programs.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tally {
    passed: u64,
    pub(crate) failed: u64,
    skipped: u64,
}

impl Tally {
    /// Prints the summary; gives the exit code that goes with it.
    pub(crate) fn conclude(&self) -> ExitCode {
        println!("{self}");
        ExitCode::from(u8::from(self.failed > 0))
    }

    /// Counts `test result: ok. 5 passed; 0 failed; 1 ignored; …`.
    fn read(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let words: Vec<&str> = result.split_whitespace().collect();
        for pair in words.windows(2) {
            let [number, what] = pair else { continue };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match *what {
                "passed;" => self.passed += number,
                "failed;" => self.failed += number,
                "ignored;" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed_and_other_lines_are_not() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s",
            "test works ... ok",
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "it printed: test result: ok. 9 passed; 9 failed;",
        ] {
            tally.read(line);
        }
        assert_eq!(tally.to_string(), "7 passed, 3 failed, 1 skipped");
        tally.skipped = 0;
        assert_eq!(tally.to_string(), "7 passed, 3 failed");
    }
}
