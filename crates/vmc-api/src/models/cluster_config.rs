//! What a cluster is asked to be, and what it can be.

use vmc_http::model;

use super::{HostInstanceType, MsftLicensingConfig};
use crate::{Int, Map};

model! {
    /// The cluster to create (vendor structure `ClusterConfig`).
    pub struct ClusterConfig {
        required {
            num_hosts: Int,
        }
        /// The kind of the first cluster unless told.
        host_instance_type: Option<HostInstanceType>,
        /// Cores per host that are switched on; all unless told.
        host_cpu_cores_count: Option<Int>,
        /// GiB per host, for kinds of hosts without disks of their own.
        storage_capacity: Option<Int>,
        availability_zones: Option<Vec<String>>,
        msft_license_config: Option<MsftLicensingConfig>,
    }
}

model! {
    /// What a cluster is to become (vendor structure `ClusterReconfigureParams`).
    pub struct ClusterReconfigureParams {
        required {
            num_hosts: Int,
        }
        /// GiB per host.
        storage_capacity: Option<Int>,
        /// Id of one of [`VsanClusterReconfigConstraints::reconfig_biases`].
        bias: Option<String>,
    }
}

model! {
    /// What a cluster's storage can become (vendor structure `VsanClusterReconfigConstraints`).
    pub struct VsanClusterReconfigConstraints {
        hosts: Option<Int>,
        default_reconfig_bias_id: Option<String>,
        reconfig_biases: Option<Vec<VsanClusterReconfigBias>>,
        /// By bias.
        default_capacities: Option<Map<VsanAvailableCapacity>>,
        /// By bias.
        available_capacities: Option<Map<Vec<VsanAvailableCapacity>>>,
    }
}

model! {
    /// What a change of storage favours (vendor structure `VsanClusterReconfigBias`).
    pub struct VsanClusterReconfigBias {
        id: Option<String>,
        short_description: Option<String>,
        full_description: Option<String>,
    }
}

model! {
    /// A size of storage (vendor structure `VsanAvailableCapacity`).
    pub struct VsanAvailableCapacity {
        /// GiB per host.
        size: Option<Int>,
        cost: Option<String>,
        quality: Option<String>,
    }
}

model! {
    /// Storage that a cluster of some hosts can have (vendor structure `VsanConfigConstraints`).
    pub struct VsanConfigConstraints {
        num_hosts: Option<Int>,
        /// GiB.
        min_capacity: Option<Int>,
        /// GiB.
        max_capacity: Option<Int>,
        /// GiB.
        recommended_capacities: Option<Vec<Int>>,
        /// GiB.
        supported_capacity_increment: Option<Int>,
    }
}
