//! Groups with the rights of a cloud administrator.

use vmc_http::model;

use crate::dialect::{Wrapped, in_both_dialects};
use crate::error::HlmError;
use crate::vcenter::VCenter;

model! {
    /// A group.
    pub struct AdministratorBody {
        required {
            /// `group@domain` or `DOMAIN\group`.
            group_name: String,
        }
    }
}

model! {
    /// Groups.
    pub struct AdministratorsSetBody {
        required {
            /// Each as `group@domain` or `DOMAIN\group`.
            group_names: Vec<String>,
        }
    }
}

in_both_dialects! {
    /// Lists the groups.
    GetAdministrators "/api/hvc/management/administrators",
    GetAdministratorsRest "/rest/hvc/management/administrators" =>
    "hvc.management.administrators.get", GET, Safe -> Vec<String> {}
}

in_both_dialects! {
    /// Replaces all groups.
    SetAdministrators "/api/hvc/management/administrators",
    SetAdministratorsRest "/rest/hvc/management/administrators" =>
    "hvc.management.administrators.set", PUT, Converges { body groups: AdministratorsSetBody }
}

// A set: adding and removing twice is the same as once.
in_both_dialects! {
    /// Adds a group.
    AddAdministrator "/api/hvc/management/administrators",
    AddAdministratorRest "/rest/hvc/management/administrators" =>
    "hvc.management.administrators.add", POST, Converges {
        always { "action" = "add" }
        body group: AdministratorBody
    }
}

in_both_dialects! {
    /// Removes a group.
    RemoveAdministrator "/api/hvc/management/administrators",
    RemoveAdministratorRest "/rest/hvc/management/administrators" =>
    "hvc.management.administrators.remove", POST, Converges {
        always { "action" = "remove" }
        body group: AdministratorBody
    }
}

/// The groups with the rights of a cloud administrator, beyond one link.
#[derive(Debug, Clone, Copy)]
pub struct Administrators<'a>(pub(crate) &'a VCenter);

impl Administrators<'_> {
    /// All groups, sorted.
    ///
    /// # Errors
    /// As [`Links::list`](crate::Links::list).
    pub async fn get(&self) -> Result<Vec<String>, HlmError> {
        let (api, rest) = (GetAdministrators::new(), GetAdministratorsRest::new());
        let mut groups = self.0.call(api, rest, Wrapped::into_value).await?;
        groups.sort_unstable();
        Ok(groups)
    }

    /// Replaces all groups by these.
    ///
    /// # Errors
    /// As [`Administrators::get`].
    pub async fn set(&self, groups: impl IntoIterator<Item = String>) -> Result<(), HlmError> {
        let groups: Vec<_> = groups.into_iter().collect();
        let body = AdministratorsSetBody::new(groups);
        let api = SetAdministrators::new(body.clone());
        let rest = SetAdministratorsRest::new(body);
        self.0.call(api, rest, |done| done).await.map(drop)
    }

    /// Adds a group.
    ///
    /// # Errors
    /// As [`Administrators::get`].
    pub async fn add(&self, group: &str) -> Result<(), HlmError> {
        let body = AdministratorBody::new(group);
        let api = AddAdministrator::new(body.clone());
        let rest = AddAdministratorRest::new(body);
        self.0.call(api, rest, |done| done).await.map(drop)
    }

    /// Removes a group.
    ///
    /// # Errors
    /// As [`Administrators::get`].
    pub async fn remove(&self, group: &str) -> Result<(), HlmError> {
        let body = AdministratorBody::new(group);
        let api = RemoveAdministrator::new(body.clone());
        let rest = RemoveAdministratorRest::new(body);
        self.0.call(api, rest, |done| done).await.map(drop)
    }
}

/// What is wrong with the form of a group's name, if anything: a vCenter finds
/// no group without its domain.
pub fn group_problem(group: &str) -> Option<&'static str> {
    let parts = match (group.split_once('@'), group.split_once('\\')) {
        (Some(parts), None) => parts,
        (None, Some(parts)) => parts,
        (None, None) => return Some("the domain is missing (group@domain or DOMAIN\\group)"),
        (Some(_), Some(_)) => return Some("it has both @ and \\"),
    };
    let (left, right) = parts;
    if left.trim().is_empty() || right.trim().is_empty() {
        return Some("the group or the domain is empty");
    }
    if right.contains(['@', '\\']) {
        return Some("it has two domains");
    }
    let odd = |c: char| c.is_control();
    if group != group.trim() || group.contains(odd) {
        return Some("it has blanks around it or control characters in it");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_has_a_name_and_a_domain() {
        for good in ["admins@corp.local", "CORP\\Cloud Admins", "a b@c"] {
            assert_eq!(group_problem(good), None, "{good}");
        }
        for bad in [
            "admins", "", "@corp", "admins@", "\\x", "a@b@c", "a\\b@c", " a@b", "a@b\n",
        ] {
            assert!(group_problem(bad).is_some(), "{bad}");
        }
    }
}
