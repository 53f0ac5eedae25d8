//! `vmc link verify`.

use aws_link::Verify as Checks;
use aws_link::verify::{self as library, Severity, State};
use clap::Args;

use super::{aws, journal, pace};
use crate::args::OrgArg;
use crate::commands::doctor::account;
use crate::context::Context;
use crate::error::Error;
use crate::findings::{self, Finding};

const EXAMPLES: &str = "\
Examples:
  vmc link verify
  vmc link verify 123456789012 --aws-profile lab-admin
  vmc link verify --subnet subnet-0123456789abcdef0 --region us-west-2
  vmc link verify --detect-drift -o json

Looks at the link and all it rests on: the stack, the roles with their trust and \
rights, zones, subnets, network interfaces, quotas, and at your token. Changes nothing and asks for \
no link; with --detect-drift the stack remembers that look. Without AWS credentials the AWS side is not checked, all else is.

Exit code 0 when no check has failed, 9 when one has. A check that could not be \
made is no failure; it says why, such as 'needs ec2:DescribeSubnets'.";

/// Arguments of `vmc link verify`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    /// Linked account, by id, 12-digit number or ARN [default: that of the AWS
    /// credentials, else the only one]
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,

    /// Profile of the AWS configuration [env: AWS_PROFILE]
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,

    /// Zones and subnets of this region only, as in us-west-2 or US_WEST_2
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Subnet that an SDDC is to be linked to; can be repeated
    #[arg(long = "subnet", value_name = "SUBNET")]
    subnets: Vec<String>,

    /// AWS region to look for the stack in first
    #[arg(long, value_name = "REGION")]
    stack_region: Option<String>,

    /// Let CloudFormation compare the stack's resources with its template now;
    /// what it finds stays with the stack
    #[arg(long)]
    detect_drift: bool,

    #[command(flatten)]
    org: OrgArg,
}

impl Verify {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let org = context.org().await?;
        let mut checks = Checks::new(context.vmc()?, &aws(context)?, org)
            .journal(journal(context))
            .pace(pace(context)?)
            .detect_drift(self.detect_drift);
        if let Some(account) = self.account {
            checks = checks.account(account);
        }
        if let Some(region) = self.region {
            checks = checks.sddc_region(region);
        }
        if let Some(region) = self.stack_region {
            checks = checks.stack_region(region);
        }
        for subnet in self.subnets {
            checks = checks.subnet(subnet);
        }
        let report = checks.run().await?;
        let mut findings: Vec<Finding> = report.findings.into_iter().map(shown).collect();
        findings.extend(login(account::in_use(context).await));
        findings::end(context, &findings)
    }
}

/// What the login says of itself. What was found before must not be lost for
/// lack of it.
fn login(found: Result<Vec<Finding>, Error>) -> Vec<Finding> {
    found.unwrap_or_else(|error| {
        vec![Finding::not_made("roles", "CSP", findings::words(&error)).advised()]
    })
}

/// A finding of the library's, as it is shown.
fn shown(finding: library::Finding) -> Finding {
    let library::Finding {
        id,
        target,
        evidence,
        reason,
        ..
    } = finding;
    let on = word(id.as_str(), &target).to_owned();
    let evidence = evidence.unwrap_or_default();
    let mut shown = match finding.state {
        State::Passed => Finding::passed(id.as_str(), target, evidence),
        State::Warned => Finding::warned(id.as_str(), target, evidence),
        State::Failed => Finding::failed(id.as_str(), target, evidence),
        // Of a state that is not known here nothing is claimed.
        _ => Finding::not_made(id.as_str(), target, reason.unwrap_or_default()),
    };
    if finding.severity == Severity::Advised {
        shown = shown.advised();
    }
    if let Some(advice) = finding.advice {
        shown = shown.advice(advice);
    }
    if let Some(fix) = finding.fix {
        shown = shown.fix(fix);
    }
    shown.on(on)
}

/// A short word for a target: roles are called after their stack, and all
/// begin alike.
fn word<'a>(id: &str, target: &'a str) -> &'a str {
    match id.split_once('.') {
        Some(("stack", _)) => "stack",
        // vmware-sddc-formation-4c517b6f-1e2-RemoteRole-SD4OX7YN3MNU
        Some(("role", _)) => target.rsplit('-').nth(1).unwrap_or(target),
        Some(("connection", _)) => target.split('-').next().unwrap_or(target),
        _ => target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_cannot_be_read_is_a_check_that_was_not_made() {
        let told = login(Err(Error::failed("the token service is away")));
        assert_eq!(told.len(), 1);
        let told = serde_json::to_value(&told[0]).unwrap();
        assert_eq!(told["state"], "not-made");
        assert_eq!(told["reason"], "the token service is away");
    }

    #[test]
    fn targets_have_short_words() {
        for (id, target, expected) in [
            (
                "role.trust",
                "vmware-sddc-formation-4c517b6f-1e2-RemoteRole-SD4OX7YN3MNU",
                "RemoteRole",
            ),
            ("role.trust", "odd", "odd"),
            ("stack.drift", "vmware-sddc-formation-1", "stack"),
            (
                "connection.state",
                "2dd0d2a6-7a9b-4b35-9f3c-0123456789ab",
                "2dd0d2a6",
            ),
            ("subnet.free", "subnet-1", "subnet-1"),
            ("link.listed", "123456789012", "123456789012"),
        ] {
            assert_eq!(word(id, target), expected);
        }
    }
}
