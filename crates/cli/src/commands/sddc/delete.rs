//! `vmc sddc delete`.

use clap::Args;
use serde_json::json;
use vmc_api::models::{Sddc, SddcState};
use vmc_api::tasks::Origin;
use vmc_api::{Running, sddcs};

use super::follow::task_of;
use super::goes_with::GoesWith;
use super::{called, columns, hosts};
use crate::args::{DryRunArg, OrgArg, StartArgs, YesArg};
use crate::commands::cluster::hosts_and_all;
use crate::commands::task;
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;
use crate::mutate::{may_have_acted, show_started};
use crate::resolve;
use crate::wait::follow;

const EXAMPLES: &str = "\
Examples:
  vmc sddc delete lab
  vmc sddc delete lab --keep-template lab-template
  vmc sddc delete 2dd0d2a6-7a9b-4b35-9f3c-0123456789ab --yes --no-wait

Shows first what goes with the SDDC and what stays. An SDDC in an SDDC group is \
left alone, because the service does not delete it.

An SDDC that is being deleted already is followed to its end; one that is \
deleted already is left alone, with exit code 0.";

const KIND: &str = "SDDC-DELETE";

/// Arguments of `vmc sddc delete`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Delete {
    /// SDDC, by id, or by its name letter for letter
    #[arg(value_name = "SDDC")]
    target: String,

    /// Keep its configuration as a template of this name; see 'vmc template'
    #[arg(long, value_name = "NAME")]
    keep_template: Option<String>,

    /// The service's own words for the same, without a name if need be
    #[arg(long, hide = true, conflicts_with = "keep_template")]
    retain_configuration: bool,

    /// See --retain-configuration
    #[arg(
        long,
        hide = true,
        value_name = "NAME",
        requires = "retain_configuration"
    )]
    template_name: Option<String>,

    #[command(flatten)]
    yes: YesArg,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    start: StartArgs,
}

impl Delete {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let org = context.org().await?;
        let vmc = context.vmc()?;
        let sddc = resolve::sddc_exactly(context, &self.target).await?;
        if sddc.sddc_state == Some(SddcState::Deleted) {
            context.say(&format!(
                "SDDC {} is deleted already. Nothing to do.",
                called(&sddc)
            ));
            return context.printer()?.show(&sddc, &columns());
        }
        let mut delete = sddcs::Delete::new(org, &sddc.id);
        if self.retain_configuration || self.keep_template.is_some() {
            delete = delete.retain_configuration(true);
        }
        if let Some(name) = self.keep_template.or(self.template_name) {
            resolve::usable_name(&name)?;
            delete = delete.template_name(name);
        }
        if self.dry_run.dry_run {
            context.needs_document_format()?;
            let around = GoesWith::read(context, &sddc).await?;
            let requests = [dry_run::request_of(&delete)?];
            let document = json!({"requests": requests, "goes_with_it": around.document()});
            context.printer()?.document(document)?;
            return around.free();
        }
        let underway = if sddc.sddc_state == Some(SddcState::Deleting) {
            task_of(context, &sddc.id, KIND).await?
        } else {
            None
        };
        let running = match underway {
            Some(running) => {
                context.say("It is being deleted already.");
                running
            }
            None => {
                let name = sddc.name.as_deref().unwrap_or(sddc.id.as_str());
                let confirm = self.yes.confirm(context.no_input()?);
                confirm.possible()?;
                let around = GoesWith::read(context, &sddc).await?;
                for line in around.lines(context) {
                    context.say(&line);
                }
                around.free()?;
                confirm.by_name(&what_goes(&sddc), name).await?;
                let find_out = format!("vmc sddc show {}{}", sddc.id, context.resume_flags());
                match context
                    .act("the deletion", &find_out, vmc.start(delete))
                    .await
                {
                    Ok(running) => running,
                    Err(error) if may_have_acted(&error) => {
                        let look = look_for_it(context, error, &sddc);
                        // Ctrl-C meanwhile still leaves it unknown.
                        let look = context.interrupt.acting("the deletion", &find_out, look);
                        look.await?
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        if self.start.no_wait {
            return show_started(context, &running, Origin::Vmc).await;
        }
        let progress = context.progress()?;
        let name = sddc.name.as_deref().unwrap_or(sddc.id.as_str());
        let ended = follow(
            context,
            running,
            Origin::Vmc,
            &format!("Deleting SDDC {name}"),
            &progress,
        )
        .await?;
        progress.clear();
        // A deleted SDDC can normally still be read; its task tells as much.
        match vmc.send(sddcs::Get::new(org, &sddc.id)).await {
            Ok(sddc) => context.printer()?.show(&sddc, &columns()),
            Err(_) => context.printer()?.show(&ended, &task::columns()),
        }
    }
}

/// What will be gone, as a sentence.
fn what_goes(sddc: &Sddc) -> String {
    let size = hosts_and_all(hosts(sddc));
    vmc_http::redact::printable(
        &format!(
            "This deletes SDDC {} {size}. It cannot be undone.",
            called(sddc)
        ),
        400,
    )
}

/// The deletion may have been carried out: its task tells.
async fn look_for_it(context: &Context, error: Error, sddc: &Sddc) -> Result<Running, Error> {
    context.say("It is not known whether the SDDC is being deleted; looking for the task.");
    match task_of(context, &sddc.id, KIND).await {
        Ok(Some(running)) => Ok(running),
        Ok(None) => Err(error.hint("No deletion is listed so far. Look again before another try.")),
        Err(_) => Err(error.hint("It could not be looked for. Look before another try.")),
    }
}
