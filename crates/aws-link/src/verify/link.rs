//! Whether the organization lists the account, and who asks at AWS.

use vmc_api::models::{AwsCustomerConnectedAccount as Account, ConnectionState};

use super::finding::{Check, Finding, State, few};
use super::observe::Observation;
use crate::aws::stack::StackPhase;
use crate::linked::is_there;

pub(super) fn judge(seen: &Observation) -> Vec<Finding> {
    let mut findings = vec![listed(seen)];
    if let Some(link) = seen.account.link() {
        findings.push(once(seen));
        findings.push(state(seen, link));
    }
    findings.push(credentials(seen));
    findings
}

fn listed(seen: &Observation) -> Finding {
    let account = &seen.account;
    let name = account.name();
    if account.link().is_some() {
        return Check::LinkListed.passed(name, "the organization lists the account");
    }
    let failed = |text: String| {
        let finding = Check::LinkListed.failed(name, text);
        // Where a failed stack is in the way, that comes first.
        match &account.number {
            _ if in_the_way(seen) => {
                finding.advice("A stack of an earlier try is in the way: see stack.left.")
            }
            Some(number) => finding.fix(format!("vmc link up --account {number}")),
            None => finding.fix("vmc link up"),
        }
    };
    let others = match &account.others[..] {
        [] => String::new(),
        others => format!("; linked is {}", few(others)),
    };
    if !account.rows.is_empty() {
        return failed(format!("the account was unlinked (DELETED){others}"));
    }
    match (&account.number, &account.called) {
        (Some(_), _) => failed(format!("the account is not linked{others}")),
        (None, Some(called)) => failed(format!(
            "the organization lists no account called {called}{others}"
        )),
        (None, None) => failed("no AWS account is linked to the organization".into()),
    }
}

fn once(seen: &Observation) -> Finding {
    let name = seen.account.name();
    let alive: Vec<String> = seen
        .account
        .rows
        .iter()
        .filter(|row| is_there(row))
        .map(|row| format!("{} ({})", row.id, word(row)))
        .collect();
    if alive.len() == 1 {
        return Check::LinkOnce.passed(name, "there is one link");
    }
    Check::LinkOnce
        .warned(name, format!("the account is listed {} times: {}", alive.len(), few(&alive)))
        .advice("SDDCs may depend on the roles of either. Unlink one only if no SDDC uses it: 'vmc link unlink' says so.")
}

fn state(seen: &Observation, link: &Account) -> Finding {
    let name = seen.account.name();
    match &link.state {
        Some(ConnectionState::Active) => Check::LinkState.passed(name, "ACTIVE"),
        Some(ConnectionState::Broken) => Check::LinkState
            .failed(name, "BROKEN: its roles in the AWS account no longer work")
            .advice(
                "Hosts can neither be added nor replaced. Mend the roles that are named here; if they are gone, make \
                 new ones (existing SDDCs keep the old).",
            )
            .fix("vmc link up --relink-broken"),
        Some(_) => Check::LinkState
            .failed(name, format!("the link is {}", word(link)))
            .advice("This version does not know that state; ask VMware support."),
        None => Check::LinkState.not_made(name, "VMware Cloud names no state"),
    }
}

/// Whether what is left of a stack keeps the account from being linked.
fn in_the_way(seen: &Observation) -> bool {
    match &seen.stack.health {
        Some(Ok(Some(health))) => matches!(
            health.stack.phase(),
            StackPhase::RollingBack | StackPhase::RolledBack | StackPhase::Broken
        ),
        _ => false,
    }
}

fn word(row: &Account) -> &str {
    row.state
        .as_ref()
        .map_or("no state", ConnectionState::as_str)
}

fn credentials(seen: &Observation) -> Finding {
    let name = seen.account.name();
    match &seen.identity {
        Ok(own) => Check::AwsAccount.passed(name, &own.arn),
        Err(why) => {
            // Credentials that are given and refused are nobody's intention.
            let finding = match seen.identity_refused {
                true => Check::AwsAccount.failed(name, why),
                false => Check::AwsAccount.not_made(name, why),
            };
            match &seen.identity_hint {
                Some(hint) => finding.advice(hint),
                None => finding.advice(format!(
                    "Give credentials of account {name}: --aws-profile or AWS_PROFILE. Without, the AWS side is not \
                     checked."
                )),
            }
        }
    }
}

/// Calls that a policy forbids outright. Each may stand in the way of the
/// service's own roles as well.
pub(super) fn forbidden(seen: &Observation) -> Vec<Finding> {
    let refusals = seen.refusals.iter();
    let findings = refusals.map(|refusal| {
        let advice = match refusal.by_organization {
            true => {
                "A service control policy of the AWS organization binds the roles of the link too. No right in this \
                 account can help: ask for an exception."
            }
            false => "Adding rights does not help: the policy that denies it must change.",
        };
        Check::PolicyDeny
            .warned(&refusal.action, &refusal.message)
            .advice(advice)
    });
    findings.collect()
}

/// What to do about roles or a stack that are gone.
pub(super) fn relink(finding: Finding, seen: &Observation) -> Finding {
    let broken = seen
        .account
        .link()
        .is_some_and(|link| link.state == Some(ConnectionState::Broken));
    let in_use = !matches!(&seen.connections, Ok(rows) if rows.is_empty());
    match (broken, in_use) {
        (true, _) => finding
            .advice("New roles serve new SDDCs; existing ones keep the old, so ask VMware support about them.")
            .fix("vmc link up --relink-broken"),
        (false, true) => finding.advice(
            "SDDCs may use the link: do not unlink. VMware Cloud will find it BROKEN; then make new roles with \
             'vmc link up --relink-broken', and ask VMware support about the SDDCs.",
        ),
        (false, false) => finding
            .advice("No SDDC uses the link: unlink the account, then link it again with 'vmc link up'.")
            .fix(format!("vmc link unlink {}", seen.account.name())),
    }
}

/// Roles that are there and wrong can be mended, which helps existing SDDCs too:
/// then nobody is told to make new ones.
pub(super) fn mend_first(findings: &mut [Finding]) {
    let failed = |ids: &[Check]| {
        findings
            .iter()
            .any(|one| one.state == State::Failed && ids.contains(&one.id))
    };
    let wrong = [Check::RoleTrust, Check::RolePolicies, Check::RoleActions];
    if failed(&[Check::RolePresent]) || !failed(&wrong) {
        return;
    }
    for finding in findings.iter_mut().filter(|one| one.id == Check::LinkState) {
        finding.fix = None;
    }
}
