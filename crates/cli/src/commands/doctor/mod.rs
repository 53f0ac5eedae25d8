//! `vmc doctor`: what could keep the other commands from working.

pub(super) mod account;
mod aws;
mod reach;
mod setup;

use clap::Args;

use crate::context::Context;
use crate::error::Error;
use crate::findings;

const EXAMPLES: &str = "\
Examples:
  vmc doctor
  vmc doctor --profile ci -o json

Looks at the files of settings and where each value came from, at credentials \
and their rights, at every server (way, proxy, certificate, clock), at the AWS \
credentials, and at the folders that are written to. Shows no secrets.

Exit code 0 when no check has failed, 9 when one has. A check that could not be \
made is no failure; it says why.";

/// Arguments of `vmc doctor`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {
    /// Profile of the AWS configuration [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,
}

impl Doctor {
    #[allow(clippy::unused_self, reason = "its flag is read as a setting")]
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (account, services, aws, vcenter) = tokio::join!(
            account::look(context),
            reach::services(context),
            aws::look(context),
            reach::vcenter(context),
        );
        let all = [setup::look(context), account, services, aws, vcenter].concat();
        findings::end(context, &all)
    }
}
