//! The stack that made the roles.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::finding::{Check, Finding, few};
use super::link::relink;
use super::observe::{Observation, RoleSeen};
use crate::aws::stack::{Stack, StackPhase};
use crate::aws::stack_health::{StackHealth, StackResource};

/// The stack of a linked account.
pub(super) fn judge(seen: &Observation) -> Vec<Finding> {
    let account = seen.account.name();
    let stack = &seen.stack;
    let (Some(name), Some(found)) = (&stack.name, &stack.health) else {
        return vec![Check::StackPresent.not_made(account, "VMware Cloud names no stack")];
    };
    match found {
        Err(why) => vec![Check::StackPresent.not_made(name, why)],
        Ok(None) => vec![missing(seen, name)],
        Ok(Some(health)) => {
            if matches!(health.stack.phase(), StackPhase::Deleted) {
                return vec![gone(seen, name)];
            }
            let region = &health.stack.region;
            vec![
                Check::StackPresent.passed(name, format!("it is in {region}")),
                status(seen, &health.stack),
                drift(seen, health),
                protection(health),
            ]
        }
    }
}

/// Regions are guessed, so a stack that is not found is gone only if its roles are.
fn missing(seen: &Observation, name: &str) -> Finding {
    if seen.roles.iter().any(RoleSeen::is_gone) {
        return gone(seen, name);
    }
    Check::StackPresent
        .not_made(name, format!("not found in {}", few(&seen.stack.regions)))
        .advice("Tell the region that it was made in: --stack-region REGION.")
}

fn gone(seen: &Observation, name: &str) -> Finding {
    let regions = few(&seen.stack.regions);
    let finding = Check::StackPresent.failed(
        name,
        format!("there is no stack of that name in {regions}; deleting it deletes its roles"),
    );
    relink(finding, seen)
}

fn status(seen: &Observation, stack: &Stack) -> Finding {
    let text = match &stack.reason {
        Some(reason) => format!("{}: {reason}", stack.status),
        None => stack.status.clone(),
    };
    let show = format!("To see why: {}", stack.show_command());
    match stack.phase() {
        StackPhase::Live if stack.status.ends_with("_COMPLETE") => {
            Check::StackStatus.passed(&stack.name, text)
        }
        StackPhase::Live => Check::StackStatus
            .warned(&stack.name, text)
            .advice(format!("An update of the stack is not through. {show}")),
        StackPhase::Creating => Check::StackStatus
            .warned(&stack.name, text)
            .advice("Wait for the stack, then check again."),
        StackPhase::Deleting
        | StackPhase::Broken
        | StackPhase::RolledBack
        | StackPhase::RollingBack => relink(Check::StackStatus.failed(&stack.name, text), seen),
        _ => Check::StackStatus.warned(&stack.name, text).advice(show),
    }
}

fn drift(seen: &Observation, health: &StackHealth) -> Finding {
    let Stack { name, region, .. } = &health.stack;
    let again = format!("vmc link verify {} --detect-drift", seen.account.name());
    if let Some(why) = &seen.stack.detection {
        return Check::StackDrift.not_made(name, why);
    }
    let Some(drift) = &health.drift else {
        return Check::StackDrift
            .not_made(name, "CloudFormation says nothing about drift")
            .fix(again);
    };
    let when = drift
        .at
        .map_or(String::new(), |at| format!(" on {}", day(at)));
    match drift.status.as_str() {
        "IN_SYNC" => Check::StackDrift.passed(name, format!("IN_SYNC when last looked at{when}")),
        "DRIFTED" => {
            let show = format!(
                "To see what changed: aws cloudformation describe-stack-resource-drifts --region {region} \
                 --stack-name {name}"
            );
            let Some(Ok(resources)) = &seen.stack.resources else {
                let text = format!("DRIFTED{when}; which resources is not known");
                return Check::StackDrift.warned(name, text).advice(show);
            };
            let drifted = resources.iter().filter(|one| has_drifted(one));
            let (spent, used): (Vec<_>, Vec<_>) = drifted.partition(|one| is_spent(one));
            let of = |status: &str| ids(&used, status);
            let (deleted, modified) = (of("DELETED"), of("MODIFIED"));
            if !deleted.is_empty() {
                let text = format!("DRIFTED{when}: deleted is {}", few(&deleted));
                return relink(Check::StackDrift.failed(name, text), seen);
            }
            if modified.is_empty() && spent.is_empty() {
                let text = format!("DRIFTED{when}; CloudFormation marks no resource");
                return Check::StackDrift.warned(name, text).advice(show);
            }
            if modified.is_empty() {
                let text = format!(
                    "only the function that reported the link has changed{when}, which is not needed any more"
                );
                return Check::StackDrift.passed(name, text);
            }
            let text = format!("DRIFTED{when}: changed is {}", few(&modified));
            Check::StackDrift.warned(name, text).advice(show)
        }
        _ => Check::StackDrift
            .not_made(name, "CloudFormation has not looked for drift yet")
            .fix(again),
    }
}

fn has_drifted(resource: &StackResource) -> bool {
    matches!(resource.drift.as_deref(), Some("DELETED" | "MODIFIED"))
}

/// The function and its call: of no use once the account is linked, they may go.
fn is_spent(resource: &StackResource) -> bool {
    resource.kind.starts_with("AWS::Lambda::") || resource.kind.starts_with("Custom::")
}

fn ids<'a>(resources: &[&'a StackResource], status: &str) -> Vec<&'a str> {
    let of = resources
        .iter()
        .filter(|one| one.drift.as_deref() == Some(status));
    of.map(|one| one.id.as_str()).collect()
}

fn protection(health: &StackHealth) -> Finding {
    let Stack { name, region, .. } = &health.stack;
    match health.protected {
        Some(true) => Check::StackProtection.passed(name, "termination protection is on"),
        Some(false) => Check::StackProtection
            .warned(name, "termination protection is off")
            .advice("Deleting the stack deletes the roles that SDDCs depend on.")
            .fix(format!(
                "aws cloudformation update-termination-protection --enable-termination-protection --region {region} \
                 --stack-name {name}"
            )),
        None => Check::StackProtection
            .not_made(name, "CloudFormation says nothing about termination protection"),
    }
}

fn day(at: OffsetDateTime) -> String {
    let text = at.format(&Rfc3339).unwrap_or_default();
    text.chars().take(10).collect()
}

/// A stack that is there although the account is not linked.
pub(super) fn left(seen: &Observation) -> Vec<Finding> {
    let stack = &seen.stack;
    let (Some(name), Some(found)) = (&stack.name, &stack.health) else {
        return Vec::new();
    };
    let stack = match found {
        Err(why) => return vec![Check::StackLeft.not_made(name, why)],
        Ok(Some(health)) if health.stack.phase() != StackPhase::Deleted => &health.stack,
        Ok(_) => return Vec::new(),
    };
    let text = format!("{} in {}", stack.status, stack.region);
    let finding = match stack.phase() {
        StackPhase::Creating => Check::StackLeft
            .warned(name, text)
            .advice("The account is being linked: wait for it.")
            .fix("vmc link up"),
        StackPhase::Broken if stack.status.starts_with("DELETE_") => {
            let finding = Check::StackLeft.failed(name, text).advice(format!(
                "Its deletion failed. To see why: {}",
                stack.show_command()
            ));
            match &seen.account.number {
                Some(number) => finding.fix(format!("vmc link unlink {number}")),
                None => finding,
            }
        }
        StackPhase::RollingBack | StackPhase::RolledBack | StackPhase::Broken => Check::StackLeft
            .failed(name, text)
            .advice(format!(
                "Linking failed. To see why: {}",
                stack.show_command()
            ))
            .fix("vmc link up --replace-stack"),
        StackPhase::Deleting => Check::StackLeft
            .warned(name, text)
            .advice("Wait until it is gone."),
        _ => Check::StackLeft.warned(name, text).advice(
            "A stack without a link: of a link that is not through yet, or of one that was unlinked. \
             'vmc link up --dry-run' tells which.",
        ),
    };
    vec![finding]
}
