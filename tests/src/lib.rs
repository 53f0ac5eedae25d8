//! A bench: one simulated world and the program `vmc` beside it, in a clean
//! environment of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once"
)]

mod program;

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use vmc_mock::{Fault, Mock};

pub use program::{Ran, Running, Vmc, binary};

/// A simulated world and a home folder for the program.
pub struct Bench {
    /// The world.
    pub mock: Mock,
    home: TempDir,
    // Last, so that the simulator goes before its runtime.
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    /// The simulator's default world, in which two hours pass in two seconds.
    pub fn new() -> Self {
        Self::with(Mock::builder().speed(3600.0))
    }

    /// As [`Bench::new`], with an SDDC `lab` of one cluster with two hosts.
    pub fn lab() -> Self {
        Self::with(Mock::builder().speed(3600.0).world(|world| {
            world.add_sddc(vmc_mock::world::ORG_ID, "lab");
        }))
    }

    /// A world of your own.
    pub fn with(builder: vmc_mock::Builder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mock = runtime.block_on(builder.start()).unwrap();
        Self {
            mock,
            home: tempfile::tempdir().unwrap(),
            runtime,
        }
    }

    /// The program with these arguments, pointed at this world and logged in.
    pub fn vmc<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Vmc {
        let mut vmc = Vmc::new(self.home.path());
        for (name, value) in self.mock.env() {
            vmc = vmc.env(name, &value);
        }
        if let Some(pem) = self.mock.ca_pem() {
            let file = self.home.path().join("ca.pem");
            std::fs::write(&file, pem).unwrap();
            vmc = vmc.env("VMC_CA_BUNDLE", file.to_str().unwrap());
        }
        vmc.args(arguments)
    }

    /// Runs the program with words split at spaces.
    pub fn run(&self, line: &str) -> Ran {
        self.vmc(line.split_whitespace()).run()
    }

    /// The program's home folder: configuration, state and cache are below it.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Orders a fault.
    pub fn order(&self, fault: Fault) {
        self.mock.fault(fault).unwrap();
    }

    /// Whether every rule that was ordered has struck.
    pub fn assert_struck(&self) {
        for rule in self.mock.faults() {
            assert!(rule.fired > 0, "{rule:?} never struck");
        }
    }

    /// How often this happened in the world.
    pub fn effects(&self, kind: &str) -> usize {
        self.mock.effects(kind).len()
    }

    /// How many requests the world has seen.
    pub fn requests(&self) -> usize {
        self.mock.journal().requests.len()
    }

    /// Waits until the world looks as wanted.
    ///
    /// # Panics
    /// When it does not within a minute.
    pub fn until(&self, what: &str, mut seen: impl FnMut(&Mock) -> bool) {
        let give_up = Instant::now() + Duration::from_secs(60);
        while !seen(&self.mock) {
            assert!(Instant::now() < give_up, "{what} did not come");
            // Another process is awaited, which paused time cannot reach.
            self.runtime
                .block_on(async { tokio::time::sleep(Duration::from_millis(5)).await });
        }
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}
