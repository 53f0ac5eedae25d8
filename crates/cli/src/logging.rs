//! Log lines on stderr, for `-v` and `--debug`.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

/// Our crates. Others may log what must not be shown.
const OURS: &[&str] = &[
    "vmc",
    "vmc_http",
    "vmc_api",
    "csp_auth",
    "aws_link",
    "vcenter_hlm",
];

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Errors only.
    Quiet,
    /// Warnings.
    Normal,
    /// Steps: `-v`.
    Steps,
    /// A line per request: `-vv`.
    Requests,
    /// Headers and bodies, without secrets: `--debug`.
    Everything,
}

/// Starts logging.
pub(crate) fn start(level: Level) {
    let level = match level {
        Level::Quiet => LevelFilter::ERROR,
        Level::Normal => LevelFilter::WARN,
        Level::Steps => LevelFilter::INFO,
        Level::Requests => LevelFilter::DEBUG,
        Level::Everything => LevelFilter::TRACE,
    };
    let filter = Targets::new().with_targets(OURS.iter().map(|target| (*target, level)));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(level >= LevelFilter::DEBUG)
        .with_writer(std::io::stderr);
    // A second start, in tests, changes nothing.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .try_init();
}
