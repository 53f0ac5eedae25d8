//! Log lines on stderr, for `-v` and `--debug`.

use std::fmt;

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

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
    let filter = Targets::new().with_targets(OURS.iter().map(|target| (*target, level.filter())));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry();
    // A second start, in tests, changes nothing.
    let _ = if level.filter() >= LevelFilter::DEBUG {
        registry.with(lines.with_filter(filter)).try_init()
    } else {
        registry
            .with(lines.event_format(Plain).with_filter(filter))
            .try_init()
    };
}

impl Level {
    fn filter(self) -> LevelFilter {
        match self {
            Self::Quiet => LevelFilter::ERROR,
            Self::Normal => LevelFilter::WARN,
            Self::Steps => LevelFilter::INFO,
            Self::Requests => LevelFilter::DEBUG,
            Self::Everything => LevelFilter::TRACE,
        }
    }
}

/// `warning: what happened`, for people who did not ask for a log.
struct Plain;

impl<S, N> FormatEvent<S, N> for Plain
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let word = match *event.metadata().level() {
            tracing::Level::ERROR => "error",
            tracing::Level::WARN => "warning",
            _ => "info",
        };
        write!(writer, "{word}: ")?;
        context
            .field_format()
            .format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
