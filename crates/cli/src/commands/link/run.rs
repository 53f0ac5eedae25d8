//! `vmc link run`: the second half of a hand-off.

use aws_link::{HandOff, LinkRun, Plan, RunOutcome};
use clap::Args;
use serde_json::json;

use super::review::change_set;
use super::teller::follow;
use super::{
    Made, account_number, aws, file_name, hand_off, journal, made_columns, notes, pace, template,
    template_transport, timeout,
};
use crate::args::{DryRunArg, Input, StartArgs};
use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::output::{Format, cells};
use crate::resume::Resume;

const EXAMPLES: &str = "\
Examples:
  vmc link run --from lab-link.json --fingerprint 0a1b-2c3d-4e5f-6071
  vmc link run --from lab-link.json --aws-profile lab-admin --dry-run
  gpg -d lab-link.gpg | vmc link run --from -

For the person with the AWS account. It takes AWS credentials and no access to \
VMware Cloud: the file is the link request that 'vmc link request' wrote. It shows \
what the CloudFormation template would create, creates the stack and follows it to \
its end. It may be interrupted at any time and run again: there will be one stack.

AWS credentials come from the usual chain (environment, profiles, SSO, roles).";

/// Arguments of `vmc link run`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Run {
    /// The file of 'vmc link request'; - for standard input
    #[arg(long, value_name = "FILE")]
    from: Input,

    /// Fingerprint that the VMware Cloud administrator told; another file is refused
    #[arg(long, value_name = "FINGERPRINT")]
    fingerprint: Option<String>,

    /// Refuse to link any other AWS account than this (12 digits or ARN)
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// Profile of the AWS configuration [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,

    /// Name of the stack [default: as the request says]
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,

    /// Delete a failed or left-over stack that is in the way
    #[arg(long)]
    replace_stack: bool,

    /// Accept templates from this host too
    #[arg(long, value_name = "HOST")]
    allow_template_host: Vec<String>,

    /// Refuse a template that differs from the one used before on this machine
    #[arg(long)]
    refuse_changed_template: bool,

    #[command(flatten)]
    dry_run: DryRunArg,

    /// With --dry-run: let CloudFormation compute what it would do
    #[arg(long, requires = "dry_run")]
    change_set: bool,

    #[command(flatten)]
    start: StartArgs,
}

impl Run {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        if self.dry_run.dry_run {
            context.needs_document_format()?;
        }
        let file = hand_off(context, &self.from)?;
        if let Some(told) = &self.fingerprint {
            file.check_fingerprint(told)
                .map_err(aws_link::Error::from)?;
        }
        tell_request(context, &file);
        let run = self.settings(context, file.clone())?;
        context.printer()?;
        // From here on, what is broken off may have been started.
        context.interrupt.arm();
        if self.dry_run.dry_run {
            return self.show_plan(context, &run).await;
        }
        let events = run.no_wait(self.start.no_wait).events();
        let again = self.again(context);
        let outcome = follow(context, events, "the stack", &again).await?;
        self.report(context, &file, &outcome, &again)
    }

    fn settings(&self, context: &Context, file: HandOff) -> Result<LinkRun, Error> {
        let mut run = LinkRun::new(&aws(context)?, file)
            .journal(journal(context))
            .notes(notes(context))
            .refuse_changed_template(self.refuse_changed_template)
            .pace(pace(context)?)
            .timeout(timeout(context)?)
            .replace_stack(self.replace_stack);
        if let Some(account) = &self.account {
            run = run.expect_account(account_number(account)?);
        }
        if let Some(name) = &self.stack_name {
            run = run.stack_name(name);
        }
        for host in &self.allow_template_host {
            run = run.allow_template_host(host);
        }
        if let Some(transport) = template_transport(context)? {
            run = run.template_transport(transport);
        }
        Ok(run)
    }

    /// The command that goes on from where this one was stopped.
    fn again(&self, context: &Context) -> String {
        // Not --replace-stack, as with 'vmc link up'.
        Resume::new("vmc link run")
            .value("--from", Some(&file_name(&self.from)))
            .value("--fingerprint", self.fingerprint.as_deref())
            .value("--account", self.account.as_deref())
            .value("--aws-profile", self.aws_profile.as_deref())
            .value("--stack-name", self.stack_name.as_deref())
            .values("--allow-template-host", &self.allow_template_host)
            .switch("--refuse-changed-template", self.refuse_changed_template)
            .line(context)
    }

    fn report(
        &self,
        context: &Context,
        file: &HandOff,
        outcome: &RunOutcome,
        again: &str,
    ) -> Result<(), Error> {
        let printer = context.printer()?;
        let wait = format!(
            "vmc link wait --task {}",
            shell_word(&vmc_http::redact::printable(
                &file.about().tracking_task,
                80
            ))
        );
        match outcome {
            RunOutcome::Complete { already: true, .. } => {
                context.say("Nothing to do: the stack is complete.");
            }
            RunOutcome::Linked { account } => context.say(&format!(
                "Nothing to do: AWS account {account} was linked when the request was made."
            )),
            RunOutcome::Started(_) => {
                context.say(&format!("The stack is being made. To follow it: {again}"));
            }
            _ => {}
        }
        if matches!(outcome, RunOutcome::Complete { .. }) {
            context.say(&format!("Next, the VMware Cloud administrator:  {wait}"));
        }
        let (task, org) = (&file.about().tracking_task, &file.about().org_id);
        if matches!(printer.format, Format::Json | Format::Jsonl | Format::Yaml) {
            // Of a link that nobody waits for, 'vmc link up' tells the same.
            let (key, told) = match outcome {
                RunOutcome::Started(started) => ("started", json!(started)),
                _ => ("run", json!(outcome)),
            };
            return printer.document(json!({key: told, "tracking_task": task, "org_id": org}));
        }
        let made = match outcome {
            RunOutcome::Complete { stack, .. } => Made {
                stack: Some(stack.id.clone()),
                region: Some(stack.region.clone()),
                status: Some(stack.status.clone()),
                tracking_task: Some(task.clone()),
            },
            RunOutcome::Started(started) => Made {
                tracking_task: Some(task.clone()),
                ..Made::started(started)
            },
            _ if printer.format == Format::Table => return Ok(()),
            _ => return printer.list::<Made>(&[], &made_columns()),
        };
        printer.show(&made, &made_columns())
    }

    async fn show_plan(&self, context: &Context, run: &LinkRun) -> Result<(), Error> {
        let plan = run.plan().await?;
        let progress = context.progress()?;
        let review = match &plan {
            Plan::Create { .. } | Plan::Request { .. } => {
                let review = run.review().await?;
                template::tell(context, &progress, &review);
                Some(review)
            }
            _ => None,
        };
        let changes = match review {
            Some(_) if self.change_set => Some(change_set(context, run).await?),
            _ => None,
        };
        let requests = run.requests(&plan);
        let printer = context.printer()?;
        if printer.format != Format::Table {
            return printer.document(json!({"plan": plan, "requests": requests, "template": review, "change_set": changes}));
        }
        let mut text = format!(
            "Plan: {}\n",
            vmc_http::redact::printable(&run.describe(&plan), 500)
        );
        for request in requests {
            text.push_str(&format!(
                "  {}\n",
                vmc_http::redact::printable(&request, 500)
            ));
        }
        if let Some(changes) = changes {
            let lines = changes.iter().map(template::planned).collect();
            text.push('\n');
            text.push_str(&printer.columns_text(&template::grouped(lines), &template::columns()));
        }
        printer.raw(&text)
    }
}

/// Whose request it is, for the person who is about to run it.
fn tell_request(context: &Context, file: &HandOff) {
    let about = file.about();
    let by = about
        .requested_by
        .as_ref()
        .map_or_else(String::new, |who| format!(" by {who}"));
    context.say(&format!(
        "Link request of organization {} ({}), made {} UTC{by}, {}",
        about.org_name.as_deref().unwrap_or("(no name)"),
        about.org_id,
        cells::minute(about.created),
        about.expires.map_or_else(
            || "without an end".to_owned(),
            |end| format!("valid until {} UTC", cells::minute(end)),
        )
    ));
    context.say(&format!("Fingerprint {}", file.fingerprint()));
}
