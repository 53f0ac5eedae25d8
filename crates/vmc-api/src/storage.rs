//! Storage of clusters that are not there yet.

use vmc_http::operation;

use crate::OrgId;
use crate::models::{Provider, VsanConfigConstraints};

operation! {
    /// Storage that a cluster of so many hosts can have.
    pub struct ClusterConstraints => "orgs.storage.cluster_constraints.get",
        GET "/vmc/api/orgs/{org}/storage/cluster-constraints", Safe -> VsanConfigConstraints
    {
        path { org: OrgId }
        required { provider: Provider = "provider", num_hosts: u32 = "num_hosts" }
    }
}
