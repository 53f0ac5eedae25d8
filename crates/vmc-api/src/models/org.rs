//! Organizations and the cloud providers they can use.

use vmc_http::{model, open_enum};

use super::{Provider, entity};
use crate::{Map, OrgId};

open_enum! {
    /// Life of an organization.
    pub enum ProjectState {
        Created = "CREATED",
        Deleted = "DELETED",
    }
}

entity! {
    /// An organization (vendor structure `Organization`).
    pub struct Organization (OrgId) {
        /// Short, generated name.
        name: Option<String>,
        /// Name that people gave it.
        display_name: Option<String>,
        org_type: Option<String>,
        project_state: Option<ProjectState>,
        properties: Option<OrgProperties>,
        org_seller_info: Option<OrgSellerInfo>,
    }
}

impl Organization {
    /// The name that people know: `display_name`, else `name`, else the id.
    pub fn label(&self) -> &str {
        [&self.display_name, &self.name]
            .into_iter()
            .find_map(|name| name.as_deref().filter(|name| !name.is_empty()))
            .unwrap_or(self.id.as_str())
    }
}

model! {
    /// Free properties of an organization (vendor structure `OrgProperties`).
    pub struct OrgProperties {
        values: Option<Map<String>>,
    }
}

model! {
    /// Who sold the subscription (vendor structure `OrgSellerInfo`).
    pub struct OrgSellerInfo {
        seller: Option<String>,
        seller_account_id: Option<String>,
    }
}

model! {
    /// A cloud provider and its regions (vendor structure `AwsCloudProvider`).
    pub struct AwsCloudProvider {
        provider: Option<Provider>,
        regions: Option<Vec<String>>,
    }
}
