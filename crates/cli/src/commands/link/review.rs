//! `vmc link review`: what is in a template, and what is different in it.

use aws_link::{LinkRun, PlannedChange, Review as Reviewed, TemplateChange};
use clap::Args;
use serde_json::json;

use super::{aws, hand_off, notes, pace, same_org, template, template_transport};
use crate::args::{Input, OrgArg};
use crate::context::Context;
use crate::error::Error;
use crate::output::Format;
use crate::resolve::looks_like_an_id;
use crate::settings::keys;

const EXAMPLES: &str = "\
Examples:
  vmc link review --from lab-link.json
  vmc link review --from lab-link.json --change-set --aws-profile lab-admin
  vmc link review --template template.json -o json

Shows what a CloudFormation template would create: its resources, whom its roles \
trust and under what conditions, what they may do, and what a careful reader \
would stop at. Then what is different from the template that was used last for \
the organization on this machine, or accepted with --accept. The code of \
functions is not compared.

With --change-set CloudFormation is asked too. It takes AWS credentials and a \
stack name of its own, and is taken away again ('vmc link policy --for review').";

/// Arguments of `vmc link review`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Review {
    /// The file of 'vmc link request'; - for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "template")]
    from: Option<Input>,

    /// A template in JSON; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "change_set"])]
    template: Option<Input>,

    /// Remember it as the template that was seen
    #[arg(long)]
    accept: bool,

    /// Let CloudFormation compute what it would do, without doing it
    #[arg(long)]
    change_set: bool,

    /// Profile of the AWS configuration, for --change-set [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,

    /// Accept templates from this host too
    #[arg(long, value_name = "HOST")]
    allow_template_host: Vec<String>,

    #[command(flatten)]
    org: OrgArg,
}

impl Review {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        // From here on Ctrl-C is ours: there may be something to take away.
        context.interrupt.arm();
        let (review, org, run) = match (&self.from, &self.template) {
            (Some(from), _) => {
                let file = hand_off(context, from)?;
                if self.org.org.is_some() {
                    same_org(file.about(), context.org().await?)?;
                }
                let org = file.about().org_id.clone();
                let mut run = LinkRun::new(&aws(context)?, file).pace(pace(context)?);
                for host in &self.allow_template_host {
                    run = run.allow_template_host(host);
                }
                if let Some(transport) = template_transport(context)? {
                    run = run.template_transport(transport);
                }
                (run.review().await?, Some(org), Some(run))
            }
            (None, Some(file)) => {
                // Whose it is matters for nothing but the comparison; nobody is
                // asked for that alone.
                let told = context.settings().text(&keys::ORG);
                let known = told.is_some_and(|told| looks_like_an_id(&told.value));
                let org = match known || self.org.org.is_some() || self.accept {
                    true => Some(context.org().await?.to_string()),
                    false => None,
                };
                (Reviewed::read(&file.read()?), org, None)
            }
            (None, None) => return Err(Error::usage("give --from or --template")),
        };
        let before = match &org {
            Some(org) => notes(context)
                .template(org)
                .map_err(aws_link::Error::from)?,
            None => None,
        };
        let changes = before
            .as_ref()
            .map(|before| review.changes_since(before))
            .unwrap_or_default();
        let planned = match &run {
            Some(run) if self.change_set => Some(change_set(context, run).await?),
            _ => None,
        };
        show(
            context,
            &review,
            org.as_ref().map(|_| before.is_some()),
            &changes,
            planned.as_deref(),
        )?;
        if let (true, Some(why)) = (self.accept, &review.not_reviewed) {
            return Err(Error::failed(format!(
                "it was not accepted, because it was not read: {why}"
            ))
            .hint("What was accepted before still counts."));
        }
        if let (true, Some(org)) = (self.accept, &org) {
            notes(context)
                .keep_template(org, &review)
                .map_err(aws_link::Error::from)?;
            context.say("Accepted: the next template is compared with this one.");
        }
        Ok(())
    }
}

/// Lets CloudFormation compute a change set. Ctrl-C takes it away first.
pub(super) async fn change_set(
    context: &Context,
    run: &LinkRun,
) -> Result<Vec<PlannedChange>, Error> {
    let orderly = context.interrupt.orderly();
    tokio::select! {
        biased;
        stopped = orderly.stopped() => {
            run.discard_change_set().await?;
            Err(stopped)
        }
        changes = run.change_set() => Ok(changes?),
    }
}

fn show(
    context: &Context,
    review: &Reviewed,
    seen_before: Option<bool>,
    changes: &[TemplateChange],
    planned: Option<&[PlannedChange]>,
) -> Result<(), Error> {
    let printer = context.printer()?;
    let mut lines = template::lines(review);
    lines.extend(template::concerns(review));
    if printer.format != Format::Table {
        lines.extend(changes.iter().map(template::changed));
        lines.extend(planned.into_iter().flatten().map(template::planned));
        let document = json!({
            "template": review,
            "seen_before": seen_before,
            "changes": changes,
            "change_set": planned,
        });
        return printer.rows(&document, &lines, &template::columns());
    }
    let table = |lines| printer.columns_text(&template::grouped(lines), &template::columns());
    let mut text = format!("SHA-256 {}, {} bytes\n\n", review.sha256, review.bytes);
    text.push_str(&table(lines));
    if let Some(why) = &review.not_reviewed {
        let why = vmc_http::redact::printable(why, 200);
        text.push_str(&format!("\nIts roles could not be read: {why}\n"));
    }
    match (seen_before, changes) {
        (None, _) => text.push_str("\nNot compared with an earlier one: give --org.\n"),
        (Some(false), _) => text.push_str("\nNo template of the organization was seen before.\n"),
        (Some(true), []) => {
            text.push_str("\nNothing is different from the template seen before.\n");
        }
        (Some(true), changes) => {
            text.push_str("\nDifferent from the template seen before:\n\n");
            text.push_str(&table(changes.iter().map(template::changed).collect()));
        }
    }
    if let Some(planned) = planned {
        text.push_str("\nCloudFormation would:\n\n");
        text.push_str(&table(planned.iter().map(template::planned).collect()));
    }
    printer.raw(&text)
}
