//! `vmc sddc create`.

use clap::Args;
use vmc_api::models::Sddc;
use vmc_api::tasks::Origin;
use vmc_api::{Running, SddcId, sddcs};

use super::config::ConfigArgs;
use super::follow::{new_sddc, sddc_of, task_of};
use super::{called, columns};
use crate::args::{DryRunArg, OrgArg, RevealArg, StartArgs};
use crate::commands::task;
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;
use crate::mutate::{may_have_acted, show_done, show_started};
use crate::resolve::usable_name;
use crate::wait::{follow, resume};

const EXAMPLES: &str = "\
Examples:
  vmc sddc create --name lab --region us-west-2 --type 1node \\
      --delay-account-link
  vmc sddc create --name prod --region us-west-2 --hosts 3 \\
      --account 123456789012 --subnet subnet-0a1b2c3d --vpc-cidr 10.2.0.0/16
  vmc sddc create --file sddc.json --name prod-2 --dry-run

Hosts are paid for from the moment they are there; --dry-run lets the service \
check the configuration and creates nothing. Creation takes about two hours.";

/// Arguments of `vmc sddc create`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Create {
    /// Create it although there is an SDDC of this name
    #[arg(long)]
    allow_duplicate_name: bool,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    reveal: RevealArg,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    config: ConfigArgs,

    #[command(flatten)]
    start: StartArgs,
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        // What is wrong here is told before anything is asked over the network.
        let draft = self.config.read()?;
        usable_name(&draft.name)?;
        let org = context.org().await?;
        let config = self.config.complete(draft, context).await?;
        let name = config.name.clone();
        let vmc = context.vmc()?;

        if self.dry_run.dry_run {
            dry_run::show(context, &sddcs::Create::new(org, config.clone()))?;
            vmc.send(sddcs::Validate::new(org, config)).await?;
            context.say("The service accepts this configuration. Nothing was created.");
            return Ok(());
        }
        let before = vmc.send(sddcs::List::new(org)).await?;
        if !self.allow_duplicate_name {
            refuse_twins(&before, &name, context).await?;
        }
        let before: Vec<SddcId> = before.into_iter().map(|sddc| sddc.id).collect();

        let find_out = format!("vmc sddc list{}", context.resume_flags());
        let request = vmc.start(sddcs::Create::new(org, config));
        let running = match context.act("the creation", &find_out, request).await {
            Ok(running) => running,
            Err(error) if may_have_acted(&error) => {
                let look = look_for_it(context, error, &name, &before);
                // Ctrl-C meanwhile still leaves it unknown.
                let look = context.interrupt.acting("the creation", &find_out, look);
                look.await?
            }
            Err(error) => return Err(error),
        };
        if self.start.no_wait {
            return show_started(context, &running, Origin::Vmc).await;
        }
        let progress = context.progress()?;
        let ended = follow(
            context,
            running,
            Origin::Vmc,
            &format!("SDDC {name}"),
            &progress,
        )
        .await?;
        progress.clear();
        let Some(id) = sddc_of(&ended) else {
            return context.printer()?.show(&ended, &task::columns());
        };
        show_done(context, &ended, async {
            let sddc = vmc.send(sddcs::Get::new(org, id)).await?;
            let mut printer = context.printer()?;
            printer.reveal = self.reveal.reveal;
            printer.show(&sddc, &columns())
        })
        .await
    }
}

/// Two SDDCs of one name are nearly always a command that was run twice.
async fn refuse_twins(sddcs: &[Sddc], name: &str, context: &Context) -> Result<(), Error> {
    let Some(twin) = sddcs.iter().find(|sddc| sddc.name.as_deref() == Some(name)) else {
        return Ok(());
    };
    let state = twin
        .sddc_state
        .as_ref()
        .map_or("in an unknown state", |state| state.as_str());
    let mut error = Error::conflict(format!(
        "there is an SDDC {} already, {state}; nothing was created",
        called(twin)
    ));
    if state == "DEPLOYING"
        && let Ok(Some(running)) = task_of(context, &twin.id, "SDDC-PROVISION").await
    {
        error = error.hint(format!(
            "To follow its creation: {}",
            resume(context, &[running.id().as_str()], Origin::Vmc)
        ));
    }
    if state == "FAILED" {
        error = error.hint(format!(
            "To remove what failed: vmc sddc delete {}{}",
            twin.id,
            context.resume_flags()
        ));
    }
    Err(error.hint("To create another one of the same name: --allow-duplicate-name"))
}

/// The creation may have been carried out: if there is a new SDDC of this
/// name, that is ours.
async fn look_for_it(
    context: &Context,
    error: Error,
    name: &str,
    before: &[SddcId],
) -> Result<Running, Error> {
    context.say("It is not known whether the SDDC is being created; looking for it.");
    let Ok(found) = new_sddc(context, name, before).await else {
        return Err(error.hint("It could not be looked for. Look before another try."));
    };
    let Some(id) = found else {
        return Err(error.hint(format!(
            "No new SDDC {name:?} is listed so far. Look again before another try."
        )));
    };
    match task_of(context, &id, "SDDC-PROVISION").await {
        Ok(Some(running)) => {
            context.say(&format!("It is: {id}."));
            Ok(running)
        }
        Ok(None) | Err(_) => Err(error.hint(format!(
            "SDDC {id} is there, so the creation was started. Do not try again."
        ))),
    }
}
