//! Keeps a server alive for exactly as long as the chore that wants it.
//!
//! The chore starts itself again as `xtask guard PROGRAM ARGS…`, which runs the
//! program and kills it when its own standard input closes. That happens
//! however the chore ends: by returning, by an error, by Ctrl-C, by SIGKILL.

use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

use crate::Done;

/// The verb of the guarding process; not for people.
pub(crate) const VERB: &str = "guard";

const LOOK: Duration = Duration::from_millis(20);

/// A running server. Dropping it kills the server and waits for its end.
pub(crate) struct Guard {
    child: Child,
}

impl Guard {
    /// Starts a program whose output goes to the file `log`.
    pub(crate) fn start(program: &Path, args: &[&str], log: &Path) -> Done<Self> {
        let output = fs::File::create(log)?;
        let child = Command::new(env::current_exe()?)
            .arg(VERB)
            .arg(program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()?;
        Ok(Self { child })
    }

    /// Waits until `ready` has something; an error if the program ends before.
    pub(crate) fn wait_for<T>(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Done<T> {
        let start = Instant::now();
        loop {
            if let Some(found) = ready() {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("it ended before it was ready ({status})").into());
            }
            if start.elapsed() > limit {
                return Err(format!("it was not ready after {limit:?}").into());
            }
            thread::sleep(LOOK);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The guarding process.
pub(crate) fn keep(program: &str, args: &[&str]) -> Done<ExitCode> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program} did not start: {error}"))?;
    let (sender, closed) = mpsc::channel::<()>();
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        drop(sender);
    });
    loop {
        if let Some(status) = child.try_wait()? {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            return Ok(ExitCode::from(code.unwrap_or(1)));
        }
        if closed.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Disconnected) {
            child.kill()?;
            child.wait()?;
            return Ok(ExitCode::SUCCESS);
        }
    }
}
