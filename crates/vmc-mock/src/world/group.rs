//! SDDC groups: SDDCs that a gateway of AWS connects with each other.

use super::{USER_ID, USER_NAME, World, table::row};
use crate::clock::Time;
use serde::{Deserialize, Serialize};

/// An SDDC group. Deleted ones stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SddcGroup {
    /// UUID.
    pub id: String,
    /// Organization.
    pub org: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Ids of its SDDCs.
    pub members: Vec<String>,
    /// It is deleted.
    pub deleted: bool,
    /// User id of the creator.
    pub user: String,
    /// User name of the creator.
    pub user_name: String,
    /// Creation.
    pub created: Time,
}
row!(SddcGroup, id);

impl World {
    /// For tests: a group made some other day. Answers its id.
    pub fn add_group(&mut self, org: &str, name: &str, members: &[&str]) -> String {
        let id = self.new_id();
        self.groups.insert(SddcGroup {
            id: id.clone(),
            org: org.into(),
            name: name.into(),
            members: members.iter().map(|member| (*member).into()).collect(),
            user: USER_ID.into(),
            user_name: USER_NAME.into(),
            ..SddcGroup::default()
        });
        id
    }

    /// The group that an SDDC is in.
    pub(crate) fn group_of(&self, sddc: &str) -> Option<&SddcGroup> {
        let mut groups = self.groups.iter();
        groups.find(|group| !group.deleted && group.members.iter().any(|member| member == sddc))
    }
}
