//! Clusters of an SDDC. They are listed in the SDDC itself.
//!
//! The service works on one cluster of an SDDC at a time: two creations at once fail.

use vmc_http::operation;

use crate::models::{
    Cluster, ClusterConfig, ClusterReconfigureParams, MsftLicensingConfig, Task,
    VsanClusterReconfigConstraints,
};
use crate::{ClusterId, OrgId, SddcId};

operation! {
    /// Creates a cluster: hosts are paid for from then on.
    ///
    /// The finished task has the new id in `params.clusterId`.
    pub struct Create => "orgs.sddcs.clusters.create",
        POST "/vmc/api/orgs/{org}/sddcs/{sddc}/clusters", Once -> Task
    {
        path { org: OrgId, sddc: SddcId }
        body config: ClusterConfig
    }
}

operation! {
    /// Deletes a cluster with everything on it. The primary one stays as long as the SDDC.
    // Once: each arrival may start a task.
    pub struct Delete => "orgs.sddcs.clusters.delete",
        DELETE "/vmc/api/orgs/{org}/sddcs/{sddc}/clusters/{cluster}", Once -> Task
    {
        path { org: OrgId, sddc: SddcId, cluster: ClusterId }
    }
}

operation! {
    /// What a cluster's storage can become.
    pub struct Constraints => "orgs.sddcs.clusters.config.constraints.get",
        GET "/vmc/api/orgs/{org}/sddcs/{sddc}/clusters/{cluster}/config/constraints",
        Safe -> VsanClusterReconfigConstraints
    {
        path { org: OrgId, sddc: SddcId, cluster: ClusterId }
        query {
            /// With so many hosts, rather than as many as it has.
            expected_num_hosts: u32 = "expected_num_hosts",
        }
    }
}

operation! {
    /// Sets who brings the Microsoft licences of a cluster.
    // Once: carries the whole setting, but each arrival may start a task.
    pub struct PublishMsftLicensing => "orgs.sddcs.clusters.msft_licensing.publish.post",
        POST "/vmc/api/orgs/{org}/sddcs/{sddc}/clusters/{cluster}/msft-licensing/publish", Once -> Task
    {
        path { org: OrgId, sddc: SddcId, cluster: ClusterId }
        body config: MsftLicensingConfig
    }
}

operation! {
    /// Changes a cluster's number of hosts and its storage.
    // Once: carries the whole setting, but each arrival may start a task.
    pub struct Reconfigure => "orgs.sddcs.clusters.reconfigure.cluster_reconfig",
        POST "/vmc/api/orgs/{org}/sddcs/{sddc}/clusters/{cluster}/reconfigure", Once -> Task
    {
        path { org: OrgId, sddc: SddcId, cluster: ClusterId }
        body params: ClusterReconfigureParams
    }
}

operation! {
    /// The first cluster of an SDDC, which holds its management appliances.
    pub struct Primary => "orgs.sddcs.primarycluster.get",
        GET "/vmc/api/orgs/{org}/sddcs/{sddc}/primarycluster", Safe -> Cluster
    {
        path { org: OrgId, sddc: SddcId }
    }
}
