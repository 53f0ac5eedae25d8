//! Elastic DRS: clusters that grow and shrink by themselves. Part of the
//! autoscaler, which keeps its own tasks ([`tasks::autoscaler`](crate::tasks::autoscaler)).

use vmc_http::operation;

use crate::models::{EdrsClusterInfo, EdrsPolicy, EdrsProvisioningSpec, Task};
use crate::{ClusterId, OrgId, SddcId};

operation! {
    /// The policies of all clusters of an SDDC.
    pub struct OfSddc => "orgs.sddcs.edrs_policy.get",
        GET "/vmc/autoscaler/api/orgs/{org}/sddcs/{sddc}/edrs-policy", Safe -> Vec<EdrsClusterInfo>
    {
        path { org: OrgId, sddc: SddcId }
    }
}

operation! {
    /// A cluster's policy.
    pub struct Get => "orgs.sddcs.clusters.edrs_policy.get",
        GET "/vmc/autoscaler/api/orgs/{org}/sddcs/{sddc}/clusters/{cluster}/edrs-policy", Safe -> EdrsPolicy
    {
        path { org: OrgId, sddc: SddcId, cluster: ClusterId }
    }
}

operation! {
    /// Sets a cluster's policy: the cluster may then grow by itself, and hosts cost.
    // Once: carries the whole policy, but each arrival may start a task.
    pub struct Set => "orgs.sddcs.clusters.edrs_policy.post",
        POST "/vmc/autoscaler/api/orgs/{org}/sddcs/{sddc}/clusters/{cluster}/edrs-policy", Once -> Task
    {
        path { org: OrgId, sddc: SddcId, cluster: ClusterId }
        body policy: EdrsPolicy
    }
}

operation! {
    /// What a cluster's policy can be.
    pub struct ProvisioningSpec => "orgs.sddcs.clusters.edrs_provisioning_spec.get",
        GET "/vmc/autoscaler/api/orgs/{org}/sddcs/{sddc}/clusters/{cluster}/edrs-provisioning-spec",
        Safe -> EdrsProvisioningSpec
    {
        path { org: OrgId, sddc: SddcId, cluster: ClusterId }
    }
}
