//! What a login shows: rights, links, groups.

use super::{Check, Finding, Side, State, Targets};
use crate::administrators::group_problem;
use crate::error::HlmError;
use crate::flavour::Flavour;
use crate::hlm::{Hlm, LinkState};
use crate::host_port::HostPort;
use crate::login::LoginError;
use crate::vapi_error::ErrorType;
use crate::vcenter::VCenter;

/// Logs in. Gives the reason where that is refused.
pub(super) async fn log_in(
    host: &HostPort,
    vcenter: &VCenter,
    bare_psc: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), String> {
    match vcenter.login().await {
        Ok(()) => {
            let evidence = format!("{} can log in", vcenter.user());
            findings.push(Check::Credentials.finding(host, State::Passed, evidence));
            Ok(())
        }
        Err(LoginError::NotVCenter { .. }) if bare_psc => {
            let why = "this is no vCenter; a Platform Services Controller of its own has no \
                       login that could be tried";
            findings.push(Check::Credentials.not_made(host, why));
            Err("there is no session".into())
        }
        Err(error) => {
            findings.push(Check::Credentials.finding(host, State::Failed, error.to_string()));
            Err("there is no session".into())
        }
    }
}

/// What the side where the link is to be made shows to its user.
pub(super) async fn local(targets: &Targets, entered: Result<(), String>) -> Vec<Finding> {
    let host = &targets.local.address;
    let vcenter = match (&targets.local.vcenter, entered) {
        (Some(vcenter), Ok(())) => vcenter,
        (_, entered) => {
            let why = entered.err().unwrap_or_default();
            return [Check::Privilege, Check::Links]
                .map(|check| check.not_made(host, &why))
                .into();
        }
    };
    let privilege = match vcenter.administrators().get().await {
        // There is no call that tells; a change would.
        Ok(_) => Check::Privilege.not_made(
            host,
            "reading works (System.Read); HLM.Manage shows only when something is changed",
        ),
        Err(error) if error.kind() == Some(&ErrorType::Unauthorized) => {
            Check::Privilege.finding(host, State::Failed, error.to_string())
        }
        Err(error) => Check::Privilege.not_made(host, error.to_string()),
    };
    let links = match Hlm::new(vcenter, targets.flavour).links().await {
        Ok(links) => {
            let (state, evidence) = judge_links(&links, &targets.domain_name);
            Check::Links.finding(host, state, evidence)
        }
        Err(error @ HlmError::Removed { .. }) => {
            Check::Links.finding(host, State::Failed, error.to_string())
        }
        Err(error) => Check::Links.not_made(host, error.to_string()),
    };
    vec![privilege, links]
}

fn judge_links(links: &[LinkState], domain: &str) -> (State, String) {
    let wanted = links.iter().find(|link| {
        let name = link.summary.display_name.as_deref();
        name.is_some_and(|name| name.eq_ignore_ascii_case(domain))
    });
    if let Some(link) = wanted {
        if link.is_unhealthy() {
            let message = link
                .message()
                .unwrap_or_else(|| "it gives no reason".into());
            return (
                State::Failed,
                format!("the link with {domain} is unhealthy: {message}"),
            );
        }
        return (State::Warned, format!("it is linked with {domain} already"));
    }
    if links.is_empty() {
        return (State::Passed, "there is no link".into());
    }
    let names: Vec<_> = links.iter().map(|link| name(&link.summary)).collect();
    (
        State::Failed,
        format!(
            "it is linked with {}, and one domain on premises is all there can be",
            names.join(", ")
        ),
    )
}

fn name(link: &crate::links::LinkSummary) -> &str {
    let name = link.display_name.as_deref();
    name.unwrap_or_else(|| link.link.as_str())
}

/// The flavour that must not be in use.
pub(super) fn other(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::CloudVcenter => "gateway",
        Flavour::Gateway => "cloud vCenter",
    }
}

/// Whether there are links on the side of the other flavour.
pub(super) async fn only_flavour(other: &Side, entered: Result<(), String>) -> Finding {
    let host = &other.address;
    let vcenter = match (&other.vcenter, entered) {
        (Some(vcenter), Ok(())) => vcenter,
        (_, entered) => return Check::Flavour.not_made(host, entered.err().unwrap_or_default()),
    };
    match vcenter.links().list().await {
        Ok(links) if links.is_empty() => {
            Check::Flavour.finding(host, State::Passed, "there is no link on that side")
        }
        Ok(links) => {
            let names: Vec<_> = links.iter().map(name).collect();
            let evidence = format!("that side is linked with {}", names.join(", "));
            Check::Flavour.finding(host, State::Failed, evidence)
        }
        Err(HlmError::Removed { .. }) => {
            Check::Flavour.finding(host, State::Passed, "that side cannot have links")
        }
        Err(error) => Check::Flavour.not_made(host, error.to_string()),
    }
}

/// Whether the groups are written with their domain. Whether they exist is
/// seen when they are used.
pub(super) fn groups(targets: &Targets) -> Finding {
    let host = &targets.local.address;
    if targets.admin_groups.is_empty() {
        return Check::AdminGroups.not_made(host, "no group was given");
    }
    let wrong: Vec<_> = targets
        .admin_groups
        .iter()
        .filter_map(|group| Some(format!("{group:?}: {}", group_problem(group)?)))
        .collect();
    if wrong.is_empty() {
        let evidence = format!("{} (their form only)", targets.admin_groups.join(", "));
        return Check::AdminGroups.finding(host, State::Passed, evidence);
    }
    Check::AdminGroups.finding(host, State::Failed, wrong.join("; "))
}
