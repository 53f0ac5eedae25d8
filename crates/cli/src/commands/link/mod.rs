//! `vmc link`.

mod rescan;
mod status;
mod up;

use aws_link::{Aws, AwsSettings, FileJournal, LinkUp};
use clap::Subcommand;

use crate::context::Context;
use crate::error::Error;
use crate::settings::{Source, keys};

/// Verbs of `vmc link`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Link the organization to the AWS account behind your AWS credentials
    Up(up::Up),
    /// Show the links of the organization, and the stack of yours
    Status(status::Status),
    /// Let the service look at a linked account anew, for new zones and subnets
    Rescan(rescan::Rescan),
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Up(command) => command.run(context).await,
            Self::Status(command) => command.run(context).await,
            Self::Rescan(command) => command.run(context).await,
        }
    }
}

/// The AWS side. Made by the commands that need it and by no other.
fn aws(context: &Context) -> Result<Aws, Error> {
    aws_settings(context).map(Aws::new)
}

/// Where AWS is and who asks.
pub(super) fn aws_settings(context: &Context) -> Result<AwsSettings, Error> {
    let mut settings = AwsSettings::from_env().map_err(aws_link::Error::from)?;
    if let Some(found) = context.settings().text(&keys::AWS_PROFILE) {
        // Named on the command line, it wins over keys in the environment.
        settings.only_profile = matches!(found.source, Source::Flag(_));
        settings.profile = Some(found.value);
    }
    if settings.extra_ca_pem.is_none()
        && let Some(pem) = context.ca_bundle()?
    {
        settings.extra_ca_pem = Some(pem);
    }
    Ok(settings)
}

/// A link between the organization and the account behind the AWS credentials.
async fn link(context: &Context) -> Result<LinkUp, Error> {
    let org = context.org().await?;
    let journal = FileJournal::new(context.settings().dirs().state.join("link"));
    let mut link = LinkUp::new(context.vmc()?, &aws(context)?, org)
        .journal(journal)
        .timeout(
            context
                .watch()?
                .deadline
                .unwrap_or(crate::context::DEFAULT_TIMEOUT),
        );
    if let Some(pem) = context.ca_bundle()? {
        link = link.template_transport(vmc_http::Transport::builder().extra_ca_pem(&pem)?);
    }
    Ok(link)
}
