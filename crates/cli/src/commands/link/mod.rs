//! `vmc link`.

mod policy;
mod request;
mod rescan;
mod review;
mod run;
mod status;
mod teller;
mod template;
mod unlink;
mod up;
mod verify;
mod wait;

use std::time::Duration;

use aws_link::{Aws, AwsSettings, FileJournal, HandOff, LinkUp, Notes, Pace, RequestNote, Started};
use clap::Subcommand;
use vmc_api::{OrgId, resolve};

use crate::args::Input;
use crate::commands::Offline;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column};
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
    /// Ask for a link request that somebody with AWS rights runs
    Request(request::Request),
    /// Run somebody's link request in the AWS account behind your credentials
    Run(run::Run),
    /// Show what a link's template would create, and what is different in it
    Review(review::Review),
    /// Print the smallest IAM policy for a job, without a network
    Policy(policy::Policy),
    /// Wait until the account of a link request is linked
    Wait(wait::Wait),
    /// Check a link and all it rests on
    Verify(verify::Verify),
    /// Unlink an AWS account, and delete the stack that linked it
    Unlink(unlink::Unlink),
}

impl Command {
    /// Runs a command that needs neither settings nor network, if this is one.
    pub(super) fn run_offline(&self, offline: &Offline) -> Option<Result<(), Error>> {
        match self {
            Self::Policy(command) => Some(command.run(offline)),
            _ => None,
        }
    }

    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Up(command) => command.run(context).await,
            Self::Status(command) => command.run(context).await,
            Self::Rescan(command) => command.run(context).await,
            Self::Request(command) => command.run(context).await,
            Self::Run(command) => command.run(context).await,
            Self::Wait(command) => command.run(context).await,
            Self::Review(command) => command.run(context).await,
            Self::Policy(_) => Err(Error::bug("an offline command was run online")),
            Self::Verify(command) => command.run(context).await,
            Self::Unlink(command) => command.run(context).await,
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
    let mut link = LinkUp::new(context.vmc()?, &aws(context)?, org)
        .journal(journal(context))
        .notes(notes(context))
        .pace(pace(context)?)
        .timeout(timeout(context)?);
    if let Some(transport) = template_transport(context)? {
        link = link.template_transport(transport);
    }
    Ok(link)
}

/// What runs on this machine have started.
fn journal(context: &Context) -> FileJournal {
    FileJournal::new(context.settings().dirs().state.join("link"))
}

/// What this machine remembers of organizations.
fn notes(context: &Context) -> Notes {
    Notes::new(context.settings().dirs().state.join("link"))
}

fn timeout(context: &Context) -> Result<Duration, Error> {
    let deadline = context.watch()?.deadline;
    Ok(deadline.unwrap_or(crate::context::DEFAULT_TIMEOUT))
}

fn pace(context: &Context) -> Result<Pace, Error> {
    let mut pace = Pace::default();
    if let Some(interval) = context.watch()?.poll_interval {
        pace.interval = interval;
    }
    Ok(pace)
}

/// For templates behind a CA of one's own.
fn template_transport(context: &Context) -> Result<Option<vmc_http::TransportBuilder>, Error> {
    Ok(match context.ca_bundle()? {
        Some(pem) => Some(vmc_http::Transport::builder().extra_ca_pem(&pem)?),
        None => None,
    })
}

/// Twelve digits, out of those or an ARN.
fn account_number(account: &str) -> Result<String, Error> {
    resolve::account_number(account).ok_or_else(|| {
        Error::usage(format!(
            "{account:?} is not an AWS account number (12 digits) or ARN"
        ))
    })
}

/// Reads a link request that was handed over.
fn hand_off(context: &Context, from: &Input) -> Result<HandOff, Error> {
    let text = from.read()?;
    let file = HandOff::read(&text).map_err(aws_link::Error::from)?;
    if from.is_open_to_others() {
        // It may have come by a way that kept no rights; no reason to stop.
        context.warn(&format!(
            "{0} is a secret and can be read by others: chmod 600 {0}",
            from.name()
        ));
    }
    Ok(file)
}

/// A link request of another organization than the one that is meant.
fn same_org(about: &RequestNote, org: &OrgId) -> Result<(), Error> {
    if org.as_str() == about.org_id {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the link request is of organization {}",
        vmc_http::redact::printable(&about.org_id, 80)
    ))
    .hint("Choose its profile, or give --org."))
}

/// The name of a file in a command that is to be typed.
fn file_name(from: &Input) -> String {
    if from.is_stdin() {
        "FILE".to_owned()
    } else {
        from.name()
    }
}

/// Columns of a stack that a command has made, or left in the making.
fn made_columns() -> Vec<Column<Made>> {
    vec![
        Column::new("Stack", |made: &Made| Cell::maybe(made.stack.as_deref())).id(),
        Column::new("Region", |made: &Made| Cell::maybe(made.region.as_deref())),
        Column::new("Status", |made: &Made| Cell::maybe(made.status.as_deref())),
        Column::new("Tracking task", |made: &Made| {
            Cell::maybe(made.tracking_task.as_deref())
        }),
    ]
}

/// A stack that a command has made, or left in the making.
#[derive(serde::Serialize)]
struct Made {
    stack: Option<String>,
    region: Option<String>,
    status: Option<String>,
    tracking_task: Option<String>,
}

impl Made {
    /// Nobody waits for it: its status is not known.
    fn started(started: &Started) -> Self {
        Self {
            stack: started.stack.clone(),
            region: started.region.clone(),
            status: None,
            tracking_task: started.tracking_task.clone(),
        }
    }
}

/// An AWS region, however it is spelt: `us-west-2`, `US_WEST_2`.
fn aws_region(region: &str) -> String {
    region.to_lowercase().replace('_', "-")
}
