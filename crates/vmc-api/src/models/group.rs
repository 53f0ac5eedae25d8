//! SDDC groups as the inventory shows them.

use vmc_http::{model, open_enum};

use crate::{Int, Json, Map, OrgId, SddcId, Timestamp};

open_enum! {
    /// How far the inventory has got with something.
    pub enum InventoryPhase {
        Pending = "PENDING",
        Ready = "READY",
        Deleted = "DELETED",
        Failed = "FAILED",
        Canceled = "CANCELED",
    }
}

model! {
    /// One page of groups (vendor structure `DeploymentGroupPage`).
    pub struct DeploymentGroupPage {
        content: Option<Vec<DeploymentGroup>>,
        pageable: Option<Json>,
        first: Option<bool>,
        last: Option<bool>,
        total_pages: Option<Int>,
        total_elements: Option<Int>,
        number_of_elements: Option<Int>,
        size: Option<Int>,
        /// Of this page, from 0.
        number: Option<Int>,
    }
}

model! {
    /// SDDCs that share a transit gateway (vendor structure `DeploymentGroup`).
    pub struct DeploymentGroup {
        id: Option<String>,
        name: Option<String>,
        description: Option<String>,
        org_id: Option<OrgId>,
        deleted: Option<bool>,
        membership: Option<Membership>,
        creator: Option<Creator>,
        updater: Option<Creator>,
        internal_creator: Option<Creator>,
        state: Option<InventoryState>,
        deployment_type: Option<Json>,
        tags: Option<Map<String>>,
        properties: Option<Map<String>>,
        resource_version: Option<Int>,
    }
}

impl DeploymentGroup {
    /// Whether it is there no more.
    pub fn is_deleted(&self) -> bool {
        let phase = self.state.as_ref().and_then(|state| state.phase.as_ref());
        self.deleted == Some(true) || phase == Some(&InventoryPhase::Deleted)
    }

    /// The SDDCs in it.
    pub fn members(&self) -> impl Iterator<Item = &SddcId> {
        let included = self.membership.iter().flat_map(|all| all.included.iter());
        included
            .flatten()
            .filter_map(|member| member.deployment_id.as_ref())
    }
}

model! {
    /// Who is in a group (vendor structure `Membership`).
    pub struct Membership {
        included: Option<Vec<GroupMember>>,
        excluded: Option<Vec<GroupMember>>,
    }
}

model! {
    /// A member of a group (vendor structure `GroupMember`).
    pub struct GroupMember {
        /// The SDDC.
        deployment_id: Option<SddcId>,
    }
}

model! {
    /// Who made or changed something, and when (vendor structure `Creator`).
    pub struct Creator {
        user_name: Option<String>,
        user_id: Option<String>,
        client_id: Option<String>,
        timestamp: Option<Timestamp>,
    }
}

model! {
    /// Where something stands in the inventory (vendor structure `InventoryState`).
    pub struct InventoryState {
        phase: Option<InventoryPhase>,
        sub_phase: Option<String>,
        display_name: Option<String>,
        error_msg: Option<String>,
        error_code: Option<String>,
        provider: Option<String>,
    }
}
