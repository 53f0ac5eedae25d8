//! `vmc version`.

use clap::Args;
use serde_json::json;

use super::Offline;
use crate::error::Error;
use crate::output::Format;

const EXAMPLES: &str = "\
Examples:
  vmc version
  vmc version -o json";

/// Arguments of `vmc version`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Version {}

impl Version {
    pub(super) fn run(&self, offline: &Offline) -> Result<(), Error> {
        let version = env!("CARGO_PKG_VERSION");
        match offline.format {
            Format::Json | Format::Jsonl | Format::Yaml => offline.printer().document(json!({
                "version": version,
                "os": std::env::consts::OS,
                "arch": std::env::consts::ARCH,
            })),
            _ => offline.printer().raw(&format!("vmc {version}\n")),
        }
    }
}
