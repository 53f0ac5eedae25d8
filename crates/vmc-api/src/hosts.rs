//! Hosts of an SDDC. They are listed in the SDDC itself.

use vmc_http::operation;

use crate::models::{EsxConfig, HostAction, Task};
use crate::{OrgId, SddcId};

operation! {
    /// Adds or removes hosts: removal is a `POST` too. See [`Change::add`] and [`Change::remove`].
    // Once: each arrival adds or removes so many hosts.
    pub struct Change => "orgs.sddcs.esxs.create", POST "/vmc/api/orgs/{org}/sddcs/{sddc}/esxs", Once -> Task {
        path { org: OrgId, sddc: SddcId }
        query {
            /// The service adds unless told.
            action: HostAction = "action",
        }
        body config: EsxConfig
    }
}

impl Change {
    /// Adds hosts: paid for from then on.
    pub fn add(org: impl Into<OrgId>, sddc: impl Into<SddcId>, config: EsxConfig) -> Self {
        Self::new(org, sddc, config).action(HostAction::Add)
    }

    /// Removes hosts, once their data and workloads are elsewhere.
    pub fn remove(org: impl Into<OrgId>, sddc: impl Into<SddcId>, config: EsxConfig) -> Self {
        Self::new(org, sddc, config).action(HostAction::Remove)
    }
}

operation! {
    /// Lets the service check whether hosts can be added, without adding any.
    // Once: each arrival may start a task.
    pub struct Precheck => "orgs.sddcs.add_hosts_precheck.add_host_precheck_task",
        POST "/vmc/api/orgs/{org}/sddcs/{sddc}/add-hosts-precheck", Once -> Task
    {
        path { org: OrgId, sddc: SddcId }
        body config: EsxConfig
    }
}
