//! Which addresses the names of management appliances resolve to.

use vmc_http::operation;

use crate::models::{IpType, Task};
use crate::{ManagementVmId, OrgId, SddcId};

operation! {
    /// Makes the appliances' names resolve to private addresses.
    // Once: carries the whole setting, but each arrival may start a task.
    pub struct UsePrivate => "orgs.sddcs.dns.private.update",
        PUT "/vmc/api/orgs/{org}/sddcs/{sddc}/dns/private", Once -> Task
    {
        path { org: OrgId, sddc: SddcId }
    }
}

operation! {
    /// Makes the appliances' names resolve to public addresses.
    // Once: carries the whole setting, but each arrival may start a task.
    pub struct UsePublic => "orgs.sddcs.dns.public.update",
        PUT "/vmc/api/orgs/{org}/sddcs/{sddc}/dns/public", Once -> Task
    {
        path { org: OrgId, sddc: SddcId }
    }
}

operation! {
    /// Sets which address one appliance's name resolves to.
    // Once: carries the whole setting, but each arrival may start a task.
    pub struct SetManagementVm => "orgs.sddcs.management_vms.dns.update",
        PUT "/vmc/api/orgs/{org}/sddcs/{sddc}/management-vms/{managementVmId}/dns/{ipType}", Once -> Task
    {
        path { org: OrgId, sddc: SddcId, vm: ManagementVmId = "managementVmId", ip_type: IpType = "ipType" }
    }
}
