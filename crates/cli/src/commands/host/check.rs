//! `vmc host check`.

use clap::Args;
use vmc_api::hosts;

use super::MoreArgs;
use crate::args::SddcArg;
use crate::commands::cluster::{find_or_only, name};
use crate::commands::task;
use crate::context::Context;
use crate::error::{Error, What};
use crate::exit::Class;
use crate::mutate::{Mutation, TaskArgs};
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc host check --sddc my-sddc --count 2
  vmc host check --sddc my-sddc --cluster Cluster-2 --count 1 -o json

Nothing is added. Exit code 0 when hosts can be added, 9 when the check found \
that they cannot.";

/// Arguments of `vmc host check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    #[command(flatten)]
    more: MoreArgs,

    #[command(flatten)]
    sddc: SddcArg,

    #[command(flatten)]
    task: TaskArgs,
}

impl Check {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc_told(context).await?;
        let cluster = find_or_only(&sddc, self.more.cluster.as_deref())?;
        let config = self.more.config(cluster)?;
        let check = hosts::Precheck::new(context.org().await?, &sddc.id, config);
        let label = format!("Checking {}", name(cluster));
        let find_out = format!("vmc task list --resource {}", sddc.id);
        let ended = Mutation::new(context, "the check", label, find_out)
            .on(&sddc)
            .run(&self.task, check)
            .await
            .map_err(problem)?;
        match ended {
            Some(task) => {
                context.say("Hosts can be added.");
                context.printer()?.show(&task, &task::columns())
            }
            None => Ok(()),
        }
    }
}

/// A check that was carried out and failed has found something, and so has one
/// that the service refuses because of what it was asked.
fn problem(error: Error) -> Error {
    const CANNOT: &str = "hosts cannot be added";
    match error.what() {
        What::Vmc(vmc_api::Error::TaskFailed(failure)) => {
            let why = failure.task.failure_message();
            let why = vmc_http::redact::printable(why.unwrap_or("no reason is given"), 500);
            Error::said(Class::Problems, format!("{CANNOT}: {why}"))
                .hint(format!("All about it: vmc task show {}", failure.task.id))
        }
        What::Vmc(vmc_api::Error::Call(call))
            if call.status().is_some_and(|status| status == 400) =>
        {
            Error::said(Class::Problems, CANNOT).because(call.to_string())
        }
        _ => error,
    }
}
