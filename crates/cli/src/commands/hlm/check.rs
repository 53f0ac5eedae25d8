//! `vmc hlm check`.

use clap::Args;
use serde::Serialize;
use vcenter_hlm::Flavour;
use vcenter_hlm::precheck::{Finding, Prechecks, Side, State, Targets};
use vmc_api::models::Sddc;

use super::credentials_help;
use super::here::{HereArgs, login, vcenter};
use super::peer::PeerArgs;
use crate::args::{DryRunArg, StartArgs, WaitArgs};
use crate::commands::conn_test::{self, Verdict};
use crate::context::Context;
use crate::error::Error;
use crate::exit::Class;
use crate::mutate::TaskArgs;
use crate::output::{Cell, Column, cells};
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
        let mut rows: Vec<Row> = findings?
            .into_iter()
            .map(|one| Row::of(one, &targets))
            .collect();
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
            rows.extend(tests(context, peer.address.host(), &self.inputs, &args).await);
        }
        context.printer()?.list(&rows, &columns())?;
        let count = |state: &str| rows.iter().filter(|row| row.state == state).count();
        let (failed, not_made) = (count("failed"), count("not-made"));
        if failed > 0 {
            let text = format!("{failed} of {} checks found a problem", rows.len());
            return Err(
                Error::said(Class::Problems, text).hint("-o json has the advice to each of them.")
            );
        }
        context.say(&format!(
            "Nothing found that stands in the way; {not_made} of {} checks could not be made.",
            rows.len()
        ));
        Ok(())
    }
}

/// The connectivity tests of the SDDC. What goes wrong with them is a check
/// that could not be made: the others have been.
async fn tests(context: &Context, host: &str, inputs: &[String], args: &TaskArgs) -> Vec<Row> {
    let sddc = match resolve::sddc_told(context).await {
        Ok(sddc) => sddc,
        Err(error) => return vec![Row::no_tests(&error)],
    };
    let found = match conn_test::hlm(context, &sddc, host, inputs, args).await {
        Ok(found) => found,
        Err(error) => return vec![Row::no_tests(&error)],
    };
    let made = found.findings.iter().map(|one| Row::of_test(one, &sddc));
    let not_made = found.not_run.into_iter().map(|(test, why)| Row {
        target: test,
        reason: Some(why),
        ..Row::test(&inside(&sddc))
    });
    made.chain(not_made).collect()
}

/// A finding, as it is shown.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    /// The server, or the test.
    target: String,
    /// From which end it was made.
    from: String,
    severity: &'static str,
    state: &'static str,
    evidence: Option<String>,
    /// Why it could not be made.
    reason: Option<String>,
    advice: Option<String>,
    /// What people call the target.
    #[serde(skip)]
    side: &'static str,
}

impl Row {
    fn of(finding: Finding, targets: &Targets) -> Self {
        let (here, other) = sides(targets.flavour);
        let side = match &finding.target {
            target if *target == targets.local.address => here,
            target if *target == targets.remote.address => "other side",
            _ => other,
        };
        let reason = match &finding.state {
            State::NotMade(why) => Some(why.clone()),
            _ => None,
        };
        Self {
            id: finding.id.as_str().to_owned(),
            target: finding.target.to_string(),
            from: "this machine".to_owned(),
            severity: finding.severity.as_str(),
            state: finding.state.as_str(),
            evidence: Some(finding.evidence).filter(|text| !text.is_empty()),
            reason,
            advice: finding.advice.map(str::to_owned),
            side,
        }
    }

    /// A connectivity test that was not made.
    fn test(from: &str) -> Self {
        Self {
            id: "conn-test".to_owned(),
            target: String::new(),
            from: from.to_owned(),
            severity: "required",
            state: "not-made",
            evidence: None,
            reason: None,
            advice: None,
            side: "SDDC",
        }
    }

    fn no_tests(error: &Error) -> Self {
        let mut reason = vec![error.to_string()];
        reason.extend(error.causes());
        Self {
            reason: Some(reason.join(": ")),
            advice: Some("To run them alone: vmc conn-test run HLM".to_owned()),
            ..Self::test("inside the SDDC")
        }
    }

    fn of_test(finding: &conn_test::Finding, sddc: &Sddc) -> Self {
        let (kind, source) = match finding.check.split_once(" from ") {
            Some((kind, source)) => (kind, Some(source)),
            None => (finding.check.as_str(), None),
        };
        let from = match source {
            Some(source) => format!("{source} {}", inside(sddc)),
            None => inside(sddc),
        };
        let state = match finding.verdict() {
            Verdict::Good => "passed",
            Verdict::None => "not-made",
            Verdict::Bad => "failed",
        };
        // A word of its own for good and bad stands in another column.
        let result = if state == "not-made" {
            finding.result.as_str()
        } else {
            ""
        };
        let words = [kind, result, &finding.message];
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let text = Some(words.join(": "));
        let (evidence, reason) = if state == "not-made" {
            (None, text)
        } else {
            (text, None)
        };
        let advice = "Look at firewall rules, routes and DNS on both sides.";
        Self {
            target: finding.test.clone(),
            state,
            evidence,
            reason,
            advice: (state == "failed").then(|| advice.to_owned()),
            ..Self::test(&from)
        }
    }

    /// What was found, and what to do.
    fn text(&self) -> String {
        let found = self
            .evidence
            .as_deref()
            .or(self.reason.as_deref())
            .unwrap_or_default();
        let found = match self.side {
            "SDDC" if !self.target.is_empty() => {
                format!("{} from {}: {found}", self.target, self.from)
            }
            _ => found.to_owned(),
        };
        match (&self.advice, self.state) {
            (Some(advice), "failed" | "warned") => {
                format!("{}. {advice}", found.trim_end_matches('.'))
            }
            _ => found,
        }
    }
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

fn columns() -> Vec<Column<Row>> {
    vec![
        Column::new("State", |row: &Row| {
            cells::verdict(
                row.state,
                match row.state {
                    "passed" => Some(true),
                    "failed" => Some(false),
                    _ => None,
                },
            )
        }),
        Column::new("Check", |row: &Row| Cell::new(&row.id)).id(),
        Column::new("On", |row: &Row| Cell::new(row.side)),
        Column::new("Finding", |row: &Row| Cell::new(row.text())).wrap(30),
    ]
}
