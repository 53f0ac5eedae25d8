//! `vmc link up`: the main job.

use aws_link::{Blocked, LinkUp, LinkUpOutcome, Plan};
use clap::Args;
use serde_json::json;

use super::teller::follow;
use super::wait::show_linked;
use super::{Made, account_number, aws_region, link, made_columns};
use crate::args::{DryRunArg, OrgArg, StartArgs};
use crate::commands::subnet::service_region;
use crate::context::Context;
use crate::error::Error;
use crate::output::Format;
use crate::resume::Resume;

const EXAMPLES: &str = "\
Examples:
  vmc link up
  vmc link up --account 123456789012 --aws-profile lab-admin
  vmc link up --dry-run

Asks VMware Cloud for a link request, shows what its CloudFormation template would \
create, creates the stack, waits for it and for VMware Cloud, and lists the subnets \
that an SDDC can be linked to. Where the account is linked already there is nothing \
to do. It may be interrupted at any time and run again: there will be one stack and \
one link.

AWS credentials come from the usual chain (environment, profiles, SSO, roles).";

/// Arguments of `vmc link up`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Up {
    /// Refuse to link any other AWS account than this (12 digits or ARN)
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// Profile of the AWS configuration [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,

    /// List the subnets of this region only, as in us-west-2 or US_WEST_2
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// AWS region of the stack; its roles are valid in all regions [default: us-west-2]
    #[arg(long, value_name = "REGION")]
    stack_region: Option<String>,

    /// Name of the stack [default: made from the organization]
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,

    /// Delete a failed or left-over stack that is in the way
    #[arg(long)]
    replace_stack: bool,

    /// Make a broken link anew, with new roles; existing SDDCs keep the old ones
    #[arg(long)]
    relink_broken: bool,

    /// Accept templates from this host too
    #[arg(long, value_name = "HOST")]
    allow_template_host: Vec<String>,

    /// Refuse a template that differs from the one used before on this machine
    #[arg(long)]
    refuse_changed_template: bool,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    start: StartArgs,
}

impl Up {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        if self.dry_run.dry_run {
            context.needs_document_format()?;
        }
        let link = self.settings(link(context).await?)?;
        if self.dry_run.dry_run {
            return dry_run(context, &link).await;
        }
        let events = link.no_wait(self.start.no_wait).events();
        let outcome = follow(context, events, "the linking", &self.again(context)).await?;
        self.report(context, outcome)
    }

    fn settings(&self, mut link: LinkUp) -> Result<LinkUp, Error> {
        if let Some(account) = &self.account {
            link = link.expect_account(account_number(account)?);
        }
        if let Some(region) = &self.region {
            link = link.sddc_region(service_region(region));
        }
        if let Some(region) = &self.stack_region {
            link = link.region(aws_region(region));
        }
        if let Some(name) = &self.stack_name {
            link = link.stack_name(name);
        }
        for host in &self.allow_template_host {
            link = link.allow_template_host(host);
        }
        Ok(link
            .replace_stack(self.replace_stack)
            .refuse_changed_template(self.refuse_changed_template)
            .relink_broken(self.relink_broken))
    }

    /// The command that goes on from where this one was stopped.
    fn again(&self, context: &Context) -> String {
        // Not --replace-stack: what was in the way is gone, and should the new
        // stack fail, its reasons must not go with it.
        Resume::new("vmc link up")
            .value("--account", self.account.as_deref())
            .value("--aws-profile", self.aws_profile.as_deref())
            .value("--region", self.region.as_deref())
            .value("--stack-region", self.stack_region.as_deref())
            .value("--stack-name", self.stack_name.as_deref())
            .values("--allow-template-host", &self.allow_template_host)
            .switch("--relink-broken", self.relink_broken)
            .switch("--refuse-changed-template", self.refuse_changed_template)
            .line(context)
    }

    fn report(&self, context: &Context, outcome: LinkUpOutcome) -> Result<(), Error> {
        let printer = context.printer()?;
        let documents = matches!(printer.format, Format::Json | Format::Jsonl | Format::Yaml);
        match outcome {
            LinkUpOutcome::Linked(linked) if documents => printer.document(json!({
                "already_linked": linked.already,
                "aws_account": linked.identity.account,
                "account": linked.account,
                "subnets": linked.subnets,
            })),
            LinkUpOutcome::Linked(linked) => {
                if linked.already && printer.format == Format::Table {
                    context.say("Nothing to do: the AWS account is linked.");
                }
                show_linked(context, &linked.account, linked.subnets.as_ref())
            }
            LinkUpOutcome::Started(started) if documents => {
                printer.document(json!({"started": started}))
            }
            LinkUpOutcome::Started(started) => {
                context.say(&format!(
                    "The link is being made. To follow it: {}",
                    self.again(context)
                ));
                printer.show(&Made::started(&started), &made_columns())
            }
            _ => Err(Error::bug(
                "the linking ended in a way that is not known here",
            )),
        }
    }
}

async fn dry_run(context: &Context, link: &LinkUp) -> Result<(), Error> {
    let seen = link.observe().await?;
    let plan = link.decide(&seen);
    if let Plan::Blocked { reason } = plan {
        return Err(blocked(reason));
    }
    let requests = plan.requests(context.org().await?.as_str());
    let printer = context.printer()?;
    if matches!(printer.format, Format::Json | Format::Jsonl | Format::Yaml) {
        return printer.document(json!({"plan": plan, "requests": requests}));
    }
    let mut text = format!(
        "Plan: {}\n",
        vmc_http::redact::printable(&plan.to_string(), 500)
    );
    for request in requests {
        text.push_str(&format!(
            "  {}\n",
            vmc_http::redact::printable(&request, 500)
        ));
    }
    printer.raw(&text)
}

fn blocked(reason: Box<Blocked>) -> Error {
    aws_link::Error::Blocked(reason).into()
}
