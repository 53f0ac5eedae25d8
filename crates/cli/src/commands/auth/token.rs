//! `vmc auth token`.

use clap::Args;
use secrecy::ExposeSecret as _;

use crate::context::Context;
use crate::error::Error;
use crate::output::Format;

const EXAMPLES: &str = "\
Examples:
  TOKEN=$(vmc auth token)
  curl -H @<(vmc auth token | sed 's/^/csp-auth-token: /') \\
      https://vmc.vmware.com/vmc/api/orgs

Prints a secret, on purpose. It is valid for half an hour at most.";

/// Arguments of `vmc auth token`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Token {}

impl Token {
    #[allow(clippy::unused_self, reason = "the same shape as all commands")]
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let token = context.identity()?.token().await?;
        let mut printer = context.printer()?;
        printer.reveal = true;
        match printer.format {
            Format::Json | Format::Jsonl | Format::Yaml => {
                printer.document(serde_json::json!({"access_token": token.expose_secret()}))
            }
            _ => printer.raw(&format!("{}\n", token.expose_secret())),
        }
    }
}
