//! The names that make a second run recognise the first one's work.
//!
//! Both are functions of what VMware Cloud calls things, so they survive the
//! loss of every local file: the stack's name holds the organization, and the
//! token in the stack's first event holds organization and tracking task.
//!
//! Tags would do the same, but CloudFormation copies a stack's tags onto the
//! roles and functions it makes, and that takes rights (`iam:TagRole`,
//! `lambda:TagResource`) which the documented minimum does not include.

use uuid::Uuid;

use crate::error::Error;

/// What the VMware Cloud console's own stacks start with.
pub(crate) const PREFIX: &str = "vmware-sddc-formation-";
/// What the stacks start with that only hold a change set.
pub(crate) const REVIEW_PREFIX: &str = "vmc-link-review-";
const TOKEN: &str = "vmc-link-";
/// Before the number of a stack that takes the place of one with the same task.
const AGAIN: &str = "--";
const SPACE: Uuid = Uuid::from_u128(0x6f0c_5d0e_8a5b_4c55_9d13_2f1b_77a0_c1d4);

/// The stack name for an organization: `vmware-sddc-formation-<organization id>`.
///
/// `replaces` is the stack of a broken link that is being made anew. Its roles
/// are still used by existing SDDCs, so the new stack needs a name of its own,
/// and the same one on every run.
pub fn stack_name(org: &str, replaces: Option<&str>) -> String {
    let org_part = if fits(org, 90) {
        org.to_owned()
    } else {
        digest(org)
    };
    match replaces {
        None => format!("{PREFIX}{org_part}"),
        Some(old) => format!("{PREFIX}{org_part}-{}", &digest(old)[..8]),
    }
}

/// The name of the stack that holds a change set of an organization's template:
/// never the name of a link's stack.
pub(crate) fn review_stack_name(org: &str) -> String {
    format!("{REVIEW_PREFIX}{}", digest(org))
}

/// The client request token of the stack that a link request is made into. By
/// it any later run knows the stack for its own, whatever became of the journal.
pub fn creation_token(org: &str, tracking_task: &str) -> String {
    request_token(org, tracking_task, 0)
}

/// The client request token for one link request's stack. A token is good for
/// one stack: `spent` counts those that were made with it and deleted again.
pub(crate) fn request_token(org: &str, task: &str, spent: u32) -> String {
    let task = if fits(task, 80) {
        task.to_owned()
    } else {
        digest(task)
    };
    let again = match spent {
        0 => String::new(),
        spent => format!("{AGAIN}{spent}"),
    };
    format!("{TOKEN}{}-{task}{again}", digest(org))
}

/// The tracking task a stack was made for, if its token is ours and of this
/// organization.
pub(crate) fn task_of_token(org: &str, token: &str) -> Option<String> {
    let task = token
        .strip_prefix(TOKEN)?
        .strip_prefix(&digest(org))?
        .strip_prefix('-')?;
    let task = task
        .rsplit_once(AGAIN)
        .filter(|(_, spent)| spent.bytes().all(|b| b.is_ascii_digit()))
        .map_or(task, |(task, _)| task);
    (!task.is_empty()).then(|| task.to_owned())
}

/// Whether CloudFormation would take this as a stack name.
pub(crate) fn is_stack_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && fits(name, 128)
}

/// Refuses what is no AWS region.
pub(crate) fn check_region(region: &str) -> Result<(), Error> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if region.is_empty() || region.len() > 40 || !region.bytes().all(plain) {
        return Err(Error::Setting(format!(
            "{region:?} is not an AWS region (expected the form us-west-2)"
        )));
    }
    Ok(())
}

/// Refuses what is no AWS account number.
pub(crate) fn check_account(account: &str) -> Result<(), Error> {
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::Setting(format!(
            "{account:?} is not an AWS account number (12 digits)"
        )));
    }
    Ok(())
}

/// Refuses what is no stack name.
pub(crate) fn check_stack_name(name: &str) -> Result<(), Error> {
    if !is_stack_name(name) {
        return Err(Error::Setting(format!(
            "{name:?} is not a stack name: letters, digits and hyphens, at most 128, the first a letter"
        )));
    }
    Ok(())
}

fn fits(text: &str, most: usize) -> bool {
    !text.is_empty()
        && text.len() <= most
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn digest(text: &str) -> String {
    Uuid::new_v5(&SPACE, text.as_bytes()).simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: &str = "2a1f0c5e-98d7-4e0f-9d7c-0d3c3d7f2b11";
    const TASK: &str = "8a7d3f5c-1111-4222-8333-444455556666";

    #[test]
    fn the_token_tells_the_task_to_its_organization_only() {
        for spent in [0, 1, 12] {
            let token = request_token(ORG, TASK, spent);
            assert_eq!(task_of_token(ORG, &token).as_deref(), Some(TASK));
            assert_eq!(task_of_token("another-org", &token), None);
            assert!(fits(&token, 128), "{token}");
        }
        assert_eq!(task_of_token(ORG, "console-made"), None);
        assert_ne!(request_token(ORG, TASK, 0), request_token(ORG, TASK, 1));
    }

    #[test]
    fn names_are_valid_and_the_same_on_each_run() {
        assert_eq!(stack_name(ORG, None), format!("{PREFIX}{ORG}"));
        assert_eq!(stack_name(ORG, Some("old")), stack_name(ORG, Some("old")));
        assert_ne!(stack_name(ORG, Some("old")), stack_name(ORG, Some("older")));
        for odd in ["org/with space", "", &"x".repeat(500)] {
            assert!(is_stack_name(&stack_name(odd, Some("x"))), "{odd:?}");
            assert!(fits(&request_token(odd, odd, u32::MAX), 128), "{odd:?}");
        }
        for bad in ["", "1abc", "a_b", "a b", &"x".repeat(129)] {
            assert!(!is_stack_name(bad), "{bad:?}");
        }
    }
}
