//! `vmc cert`: the certificates of vCenters, and which of them are pinned.

mod look;
mod pin;

use clap::{Args, Subcommand};
use serde::Serialize;
use vcenter_hlm::{KnownHost, Thumbprint};

use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column};
use crate::trust;

/// Verbs of `vmc cert`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the certificate of a server, and what is wrong with it
    ///
    /// Shakes hands and hangs up: nothing is sent to the server.
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc cert show vcenter.example.com
  vmc cert show '[2001:db8::5]:8443' -o json
  vmc cert show vcenter.example.com --pem > vcenter.pem"
    )]
    Show(look::Show),
    /// Check that the certificate of a server is to be trusted
    ///
    /// By the thumbprint that is given, else by the one that is pinned, else by
    /// the authorities of the system and of --ca-bundle.
    #[command(after_help = "\
Examples:
  vmc cert verify vcenter.example.com
  vmc cert verify vcenter.example.com --ca-bundle corp-ca.pem
  vmc cert verify vcenter.example.com --thumbprint f91c2be7…

Exit code 0 when it is verified, 60 when it is not.")]
    Verify(look::Verify),
    /// Trust the certificate that a server presents now, and no other
    ///
    /// Where no authority vouches for it, you are asked: compare its thumbprint
    /// with the one shown on the server itself.
    #[command(after_help = "\
Examples:
  vmc cert pin vcenter.example.com
  vmc cert pin vcenter.example.com --thumbprint F9:1C:2B:E7:…

With --no-input or without a terminal, a certificate that is not verified needs \
--thumbprint. The file is govc's: GOVC_TLS_KNOWN_HOSTS, else known_hosts beside \
config.toml.")]
    Pin(pin::Pin),
    /// List pinned certificates
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc cert list
  vmc cert list -o json"
    )]
    List(List),
    /// Trust a pinned certificate no longer
    #[command(after_help = "\
Examples:
  vmc cert forget vcenter.example.com

One that is not pinned is left alone, with exit code 0.")]
    Forget(Forget),
}

/// Arguments of `vmc cert list`.
#[derive(Debug, Args)]
pub(crate) struct List {}

/// Arguments of `vmc cert forget`.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// Server: HOST or HOST:PORT
    #[arg(value_name = "HOST")]
    host: String,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Show(command) => command.run(context).await,
            Self::Verify(command) => command.run(context).await,
            Self::Pin(command) => command.run(context).await,
            Self::List(_) => {
                let pins = trust::known_hosts(context)?.list()?;
                let pins: Vec<Pinned> = pins.into_iter().map(Pinned::from).collect();
                context.printer()?.list(&pins, &columns())
            }
            Self::Forget(command) => command.run(context),
        }
    }
}

impl Forget {
    fn run(self, context: &Context) -> Result<(), Error> {
        let address = trust::address(&self.host)?;
        match trust::known_hosts(context)?.forget(&address)? {
            Some(thumbprint) => {
                context.say(&format!("{address} is not pinned any more."));
                let pinned = Pinned::new(address.to_string(), thumbprint);
                context.printer()?.show(&pinned, &columns())
            }
            None => {
                context.say(&format!("{address} is not pinned. Nothing to do."));
                Ok(())
            }
        }
    }
}

/// A pinned certificate, as it is shown.
#[derive(Debug, Serialize)]
struct Pinned {
    host: String,
    hash: &'static str,
    thumbprint: String,
}

impl Pinned {
    fn new(host: String, thumbprint: Thumbprint) -> Self {
        Self {
            host,
            hash: thumbprint.hash().as_str(),
            thumbprint: thumbprint.to_string(),
        }
    }
}

impl From<KnownHost> for Pinned {
    fn from(known: KnownHost) -> Self {
        Self::new(known.address.to_string(), known.thumbprint)
    }
}

fn columns() -> Vec<Column<Pinned>> {
    vec![
        Column::new("Host", |pinned: &Pinned| Cell::new(&pinned.host)).id(),
        Column::new("Hash", |pinned: &Pinned| Cell::new(pinned.hash)),
        Column::new("Thumbprint", |pinned: &Pinned| {
            Cell::new(&pinned.thumbprint)
        }),
    ]
}
