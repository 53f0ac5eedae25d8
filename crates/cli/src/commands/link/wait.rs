//! `vmc link wait`: the end of a hand-off.

use aws_link::{LinkWait, RequestNote};
use clap::Args;
use serde_json::json;
use vmc_api::models::{AwsCompatibleSubnets, AwsCustomerConnectedAccount, ConnectionState};

use super::teller::follow;
use super::{account_number, file_name, hand_off, notes, pace, same_org, timeout};
use crate::args::{Input, OrgArg, WaitArgs};
use crate::commands::subnet::{self, service_region};
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Format, cells};
use crate::resume::Resume;
use crate::settings::keys;

const EXAMPLES: &str = "\
Examples:
  vmc link wait
  vmc link wait --from lab-link.json
  vmc link wait --task 8a7d3f5c-1111-4222-8333-444455556666

Waits until VMware Cloud lists the AWS account of a link request as linked, and \
lists the subnets that an SDDC can be linked to. Takes no AWS rights. Without \
--from and --task it waits for the last 'vmc link request' of the organization on \
this machine.

Exit code 1 when the link request failed or expired, 8 when it is still open \
after --timeout.";

/// Arguments of `vmc link wait`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Wait {
    /// The file of 'vmc link request'; - for standard input
    #[arg(long, value_name = "FILE")]
    from: Option<Input>,

    /// The tracking task of the link request
    #[arg(long, value_name = "ID", conflicts_with = "from")]
    task: Option<String>,

    /// AWS account to wait for (12 digits or ARN) [default: the request's, else a new one]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// List the subnets of this region only, as in us-west-2 or US_WEST_2
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    wait: WaitArgs,
}

impl Wait {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let note = self.note(context).await?;
        let vmc = context.vmc()?;
        let mut wait = match (&note, &self.task) {
            (Some(note), _) => LinkWait::of(vmc, note),
            (None, Some(task)) => LinkWait::new(vmc, context.org().await?, task.as_str()),
            (None, None) => {
                return Err(Error::usage("which link request?").hint(
                    "None was made on this machine for this organization: give --from FILE or --task ID.",
                ));
            }
        };
        if let Some(account) = &self.account {
            wait = wait.account(account_number(account)?);
        }
        if let Some(region) = &self.region {
            wait = wait.sddc_region(service_region(region));
        }
        let wait = wait.pace(pace(context)?).timeout(timeout(context)?);
        context.printer()?;
        let again = self.again(context);
        let linked = follow(context, wait.events(), "the link request", &again).await?;
        show_linked(context, &linked.account, linked.subnets.as_ref())
    }

    /// What is known of the link request.
    async fn note(&self, context: &Context) -> Result<Option<RequestNote>, Error> {
        if let Some(from) = &self.from {
            let note = hand_off(context, from)?.about().clone();
            // The file knows its organization; the profile's may be another one.
            if context.settings().text(&keys::ORG).is_some() {
                same_org(&note, context.org().await?)?;
            }
            return Ok(Some(note));
        }
        let org = context.org().await?;
        let known = notes(context)
            .request(org.as_str())
            .map_err(aws_link::Error::from);
        match &self.task {
            // The note says which accounts are new; without it there is still the task.
            Some(task) => Ok(known
                .ok()
                .flatten()
                .filter(|note| note.tracking_task == *task)),
            None => Ok(known?),
        }
    }

    fn again(&self, context: &Context) -> String {
        Resume::new("vmc link wait")
            .value("--from", self.from.as_ref().map(file_name).as_deref())
            .value("--task", self.task.as_deref())
            .value("--account", self.account.as_deref())
            .value("--region", self.region.as_deref())
            .line(context)
    }
}

/// Shows a link that is there, and the subnets that can be used.
pub(super) fn show_linked(
    context: &Context,
    account: &AwsCustomerConnectedAccount,
    subnets: Option<&AwsCompatibleSubnets>,
) -> Result<(), Error> {
    let printer = context.printer()?;
    if matches!(printer.format, Format::Json | Format::Jsonl | Format::Yaml) {
        return printer.document(json!({"account": account, "subnets": subnets}));
    }
    let subnets = subnets.map(subnet::sorted);
    if printer.format != Format::Table {
        return printer.list(&subnets.unwrap_or_default(), &subnet::columns());
    }
    printer.raw(&printer.lines(&[
        (
            "AWS account",
            Cell::maybe(account.account_number.as_deref()),
        ),
        ("Id", Cell::new(account.id.as_str())),
        (
            "State",
            cells::state(account.state.as_ref().map(ConnectionState::as_str)),
        ),
        ("Stack", Cell::maybe(account.cf_stack_name.as_deref())),
    ]))?;
    let Some(subnets) = subnets else {
        return Ok(());
    };
    let usable: Vec<_> = subnets
        .into_iter()
        .filter(|subnet| subnet.compatible == Some(true))
        .collect();
    if usable.is_empty() {
        context.warn("no subnet of the account can be used for an SDDC yet; see 'vmc subnet list'");
        return Ok(());
    }
    printer.raw("\n")?;
    printer.list(&usable, &subnet::columns())
}
