//! `vmc sddc convert`.

use clap::Args;
use vmc_api::models::SddcConvertRequest;
use vmc_api::sddcs;

use super::{called, columns, hosts};
use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::mutate::{ChangeArgs, Mutation};
use crate::resolve;

const EXAMPLES: &str = "\
Examples:
  vmc sddc convert lab --dry-run
  vmc sddc convert lab

Its hosts are paid for from the moment they are there, and it no longer ends. \
The SDDC has to be linked to an AWS account first.";

/// Arguments of `vmc sddc convert`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Convert {
    /// SDDC, by name or id
    #[arg(value_name = "SDDC")]
    target: String,

    /// Number of hosts it is to have [default: as the service decides, 3]
    #[arg(long, value_name = "N")]
    hosts: Option<u32>,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    change: ChangeArgs,
}

impl Convert {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = resolve::sddc(context, &self.target).await?;
        let single = sddc.sddc_type.as_deref() == Some("1NODE");
        let there = hosts(&sddc).unwrap_or(0);
        if !single && there > 1 {
            let wanted = self.hosts.and_then(|hosts| usize::try_from(hosts).ok());
            let what = format!(
                "SDDC {} is no one-host SDDC: it has {there} hosts",
                called(&sddc)
            );
            if let Some(wanted) = wanted.filter(|wanted| *wanted != there) {
                let verb = if wanted > there { "add" } else { "remove" };
                return Err(
                    Error::conflict(format!("{what}; nothing was sent")).hint(format!(
                        "To have {wanted}: vmc host {verb} --count {} --sddc {}{}",
                        wanted.abs_diff(there),
                        sddc.id,
                        context.resume_flags()
                    )),
                );
            }
            context.say(&format!("{what}. Nothing to do."));
            return context.printer()?.show(&sddc, &columns());
        }
        let mut convert = sddcs::Convert::new(context.org().await?, &sddc.id);
        if let Some(hosts) = self.hosts {
            let mut request = SddcConvertRequest::new();
            request.num_hosts = Some(i64::from(hosts).into());
            convert = convert.request(request);
        }
        let wanted = self.hosts.unwrap_or(3);
        context.say(&format!(
            "SDDC {} is to have {wanted} hosts, paid for from the moment they are there.",
            called(&sddc)
        ));
        let label = format!("Converting {}", sddc.name.as_deref().unwrap_or_default());
        let find_out = format!("vmc sddc show {}", sddc.id);
        Mutation::new(context, "the conversion", label, find_out)
            .alone_on(&sddc, self.change.while_busy)
            .show(&self.change.task, convert, async |_| {
                let sddc = resolve::sddc(context, sddc.id.as_str()).await?;
                context.printer()?.show(&sddc, &columns())
            })
            .await
    }
}
