//! `vmc hlm check`.

use clap::Args;
use vcenter_hlm::Flavour;
use vcenter_hlm::precheck::{self, Prechecks, Severity, Side, State, Targets};
use vmc_api::models::Sddc;

use super::credentials_help;
use super::here::{HereArgs, login, vcenter};
use super::peer::PeerArgs;
use crate::args::{DryRunArg, StartArgs, WaitArgs};
use crate::commands::conn_test::{self, Verdict};
use crate::context::Context;
use crate::error::Error;
use crate::findings::{self, Finding, words};
use crate::mutate::TaskArgs;
use crate::resolve;
use crate::trust;

/// Arguments of `vmc hlm check`.
#[derive(Debug, Args)]
#[command(after_help = credentials_help!("\
Examples:
  vmc hlm check --sddc lab --psc vcenter.example.com \\
      --admin-group cloudadmins@example.com
  vmc hlm check --vcenter vcenter.example.com --psc 10.161.2.5 -o json

Exit code 0 when nothing stands in the way, 9 when something does. A check that \
could not be made says so. With --sddc the tests of 'vmc conn-test' for HLM are \
run too, from inside the SDDC; all others are made from this machine."))]
pub(crate) struct Check {
    /// Group that is to get the rights of a cloud administrator; can be repeated
    #[arg(long = "admin-group", value_name = "GROUP")]
    admin_groups: Vec<String>,

    /// Gateway that must not be linked too; its user is that of the other side
    #[arg(long, value_name = "HOST", conflicts_with = "gateway")]
    other_gateway: Option<String>,

    /// Do not run the connectivity tests of the SDDC
    #[arg(long)]
    no_conn_test: bool,

    /// What connectivity tests need to know, as in 'vmc conn-test run'
    #[arg(long = "input", value_name = "TEST.ID=VALUE")]
    inputs: Vec<String>,

    #[command(flatten)]
    peer: PeerArgs,

    #[command(flatten)]
    here: HereArgs,

    #[command(flatten)]
    wait: WaitArgs,
}

impl Check {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let peer = self.peer.read(context, &self.here).await?;
        let here = self.here.read(context).await?;
        let there = match peer.who.password_if_any(context).await? {
            None => None,
            Some(password) => Some(login(peer.who.user.clone(), password)?),
        };
        let remote = Side {
            vcenter: match &there {
                None => None,
                Some(login) => Some(vcenter(context, &peer.address, &peer.trust, login.clone())?),
            },
            address: peer.address.clone(),
            trust: peer.trust,
        };
        let other_flavour = match &self.other_gateway {
            Some(gateway) => {
                let address = trust::address(gateway)?;
                let trust = trust::of(context, &address, None)?;
                let vcenter = match there {
                    None => None,
                    Some(login) => Some(vcenter(context, &address, &trust, login)?),
                };
                Some(Side {
                    address,
                    trust,
                    vcenter,
                })
            }
            // The other side of a gateway's link is a cloud vCenter.
            None if here.flavour == Flavour::Gateway => Some(remote.clone()),
            None => None,
        };
        let targets = Targets {
            local: Side {
                address: here.address.clone(),
                trust: here.trust.clone(),
                vcenter: Some(here.vcenter(context)?),
            },
            flavour: here.flavour,
            remote,
            domain_name: peer.domain,
            admin_groups: self.admin_groups,
            other_flavour,
        };
        let (local, other) = (&targets.local.address, &targets.remote.address);
        context.say(&format!(
            "Looking from this machine at {local} ({}) and {other} (other side).",
            sides(targets.flavour).0
        ));
        let orderly = context.interrupt.orderly();
        let findings = Prechecks::run_until(&targets, orderly.stopped()).await;
        drop(orderly);
        let found = findings?;
        let mut findings: Vec<Finding> = found.into_iter().map(|one| of(one, &targets)).collect();
        if !self.no_conn_test
            && self.here.names_sddc(context)
            && here.flavour == Flavour::CloudVcenter
        {
            let args = TaskArgs {
                dry_run: DryRunArg { dry_run: false },
                start: StartArgs {
                    no_wait: false,
                    wait: self.wait,
                },
            };
            findings.extend(tests(context, peer.address.host(), &self.inputs, &args).await);
        }
        findings::end(context, &findings)
    }
}

/// The connectivity tests of the SDDC. What goes wrong with them is a check
/// that could not be made: the others have been.
async fn tests(context: &Context, host: &str, inputs: &[String], args: &TaskArgs) -> Vec<Finding> {
    let none = |error: &Error| {
        let finding = Finding::not_made(TEST, "", words(error)).from("inside the SDDC");
        vec![finding.on("SDDC").fix("vmc conn-test run HLM")]
    };
    let sddc = match resolve::sddc_told(context).await {
        Ok(sddc) => sddc,
        Err(error) => return none(&error),
    };
    let found = match conn_test::hlm(context, &sddc, host, inputs, args).await {
        Ok(found) => found,
        Err(error) => return none(&error),
    };
    let made = found.findings.iter().map(|one| of_test(one, &sddc));
    let not_made = found.not_run.into_iter().map(|(test, why)| {
        let finding = Finding::not_made(TEST, &test, why).from(inside(&sddc));
        finding.on(format!("SDDC, {test}"))
    });
    made.chain(not_made).collect()
}

/// What connectivity tests are called among the checks.
const TEST: &str = "conn-test";

/// A finding of the library's, as it is shown.
fn of(finding: precheck::Finding, targets: &Targets) -> Finding {
    let (here, other) = sides(targets.flavour);
    let side = match &finding.target {
        target if *target == targets.local.address => here,
        target if *target == targets.remote.address => "other side",
        _ => other,
    };
    let (id, target) = (finding.id.as_str(), finding.target.to_string());
    let shown = match finding.state {
        State::NotMade(why) => Finding::not_made(id, target, why),
        State::Passed => Finding::passed(id, target, finding.evidence),
        State::Warned => Finding::warned(id, target, finding.evidence),
        State::Failed => Finding::failed(id, target, finding.evidence),
    };
    let shown = match finding.severity {
        Severity::Required => shown,
        Severity::Advised => shown.advised(),
    };
    let shown = shown.on(side);
    match finding.advice {
        Some(advice) => shown.advice(advice),
        None => shown,
    }
}

fn of_test(finding: &conn_test::Finding, sddc: &Sddc) -> Finding {
    let (kind, source) = match finding.check.split_once(" from ") {
        Some((kind, source)) => (kind, Some(source)),
        None => (finding.check.as_str(), None),
    };
    let from = match source {
        Some(source) => format!("{source} {}", inside(sddc)),
        None => inside(sddc),
    };
    let verdict = finding.verdict();
    // A word of its own for good and bad stands in another column.
    let result = match verdict {
        Verdict::None => finding.result.as_str(),
        Verdict::Good | Verdict::Bad => "",
    };
    let words = [kind, result, &finding.message];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let text = words.join(": ");
    let shown = match verdict {
        Verdict::Good => Finding::passed(TEST, &finding.test, text),
        Verdict::None => Finding::not_made(TEST, &finding.test, text),
        Verdict::Bad => Finding::failed(TEST, &finding.test, text)
            .advice("Look at firewall rules, routes and DNS on both sides."),
    };
    shown.on(format!("SDDC, {}", finding.test)).from(from)
}

/// What people call the side where the link is made, and the one where it must
/// not be made too.
fn sides(flavour: Flavour) -> (&'static str, &'static str) {
    match flavour {
        Flavour::CloudVcenter => ("cloud", "gateway"),
        Flavour::Gateway => ("gateway", "cloud"),
    }
}

/// The end inside an SDDC.
fn inside(sddc: &Sddc) -> String {
    let name = sddc.name.as_deref();
    format!("inside SDDC {}", name.unwrap_or_else(|| sddc.id.as_str()))
}
