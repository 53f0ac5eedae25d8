//! Elastic DRS: clusters that grow and shrink by themselves.

use vmc_http::{model, open_enum};

use crate::{ClusterId, Int};

open_enum! {
    /// What a cluster is kept at.
    pub enum EdrsPolicyType {
        /// As few hosts as will do.
        Cost = "cost",
        /// Room for the workloads to run fast.
        Performance = "performance",
        /// Grows for storage alone.
        StorageScaleup = "storage-scaleup",
        /// Grows by several hosts at once.
        RapidScaleup = "rapid-scaleup",
    }
}

open_enum! {
    /// Why a cluster does not grow or shrink.
    pub enum EdrsStatusKey {
        MinHosts = "skyscraper.autoscaler.elastic.drs.min.hosts",
        MaxHosts = "skyscraper.autoscaler.elastic.drs.max.hosts",
        FailedHosts = "skyscraper.autoscaler.elastic.drs.failed.hosts",
    }
}

model! {
    /// How a cluster grows and shrinks by itself (vendor structure `EdrsPolicy`).
    ///
    /// A request always says whether it is enabled ([`with`](Self::with)).
    pub struct EdrsPolicy {
        enable_edrs: Option<bool>,
        policy_type: Option<EdrsPolicyType>,
        min_hosts: Option<Int>,
        max_hosts: Option<Int>,
        edrs_policy_options_overrides: Option<EdrsPolicyOptionsOverrides>,
    }
}

impl EdrsPolicy {
    /// What a request needs.
    pub fn with(enabled: bool) -> Self {
        let mut policy = Self::new();
        policy.enable_edrs = Some(enabled);
        policy
    }
}

model! {
    /// Finer settings of a policy (vendor structure `EdrsPolicyOptionsOverrides`).
    pub struct EdrsPolicyOptionsOverrides {
        /// Hosts to add at once.
        scale_up_host_increment: Option<Int>,
    }
}

model! {
    /// A cluster and its policy (vendor structure `EdrsClusterInfo`).
    pub struct EdrsClusterInfo {
        cluster_id: Option<ClusterId>,
        edrs_policy: Option<EdrsPolicy>,
        status_key: Option<EdrsStatusKey>,
        status_message: Option<String>,
    }
}

model! {
    /// What a cluster's policy can be (vendor structure `EdrsProvisioningSpec`).
    pub struct EdrsProvisioningSpec {
        edrs_cluster_info: Option<EdrsClusterInfo>,
        policies: Option<Vec<EdrsPolicySpec>>,
    }
}

model! {
    /// A policy and what can be set in it (vendor structure `EdrsPolicySpec`).
    pub struct EdrsPolicySpec {
        policy_type: Option<EdrsPolicyType>,
        cluster_eligible_for_policy: Option<bool>,
        configurable: Option<bool>,
        configurable_scaleup_increment: Option<bool>,
        /// The least and the most hosts.
        min_max_host_range: Option<Vec<Int>>,
        /// The least and the most hosts to add at once.
        scaleup_host_increment_range: Option<Vec<Int>>,
    }
}
