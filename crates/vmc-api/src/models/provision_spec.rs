//! What can be created.

use vmc_http::{model, open_enum};

use crate::{Int, Map};

open_enum! {
    /// Whose hardware hosts run on.
    pub enum PoweredByType {
        Outpost = "OUTPOST",
    }
}

model! {
    /// What can be created (vendor structure `ProvisionSpec`).
    pub struct ProvisionSpec {
        /// By provider, such as `AWS`.
        provider: Option<Map<SddcConfigSpec>>,
    }
}

model! {
    /// What can be created at a provider (vendor structure `SddcConfigSpec`).
    pub struct SddcConfigSpec {
        /// By region.
        region_display_names: Option<Map<String>>,
        /// By kind of SDDC.
        sddc_type_config_spec: Option<Map<ConfigSpec>>,
    }
}

model! {
    /// What a kind of SDDC can be (vendor structure `ConfigSpec`).
    pub struct ConfigSpec {
        /// By region.
        availability: Option<Map<Vec<InstanceTypeConfig>>>,
        expiry_in_days: Option<Int>,
        /// By region.
        powered_by: Option<Map<Vec<PoweredByInstanceTypeConfig>>>,
        powered_by_outpost_available: Option<bool>,
        sddc_sizes: Option<Vec<String>>,
    }
}

model! {
    /// A kind of host (vendor structure `InstanceTypeConfig`).
    pub struct InstanceTypeConfig {
        cpu_cores: Option<Vec<Int>>,
        description: Option<String>,
        display_name: Option<String>,
        entity_capacity: Option<InstanceEntityCapacity>,
        hosts: Option<Vec<Int>>,
        hyper_threading_supported: Option<bool>,
        instance_provisioning_error_cause: Option<String>,
        instance_type: Option<String>,
        label: Option<String>,
        supported_cpu_cores: Option<Map<Vec<Int>>>,
        vsan_esa_supported: Option<bool>,
    }
}

model! {
    /// Capacity of a kind of host (vendor structure `InstanceEntityCapacity`).
    pub struct InstanceEntityCapacity {
        cpu_capacity_ghz: Option<f64>,
        esa_storage_capacity_gib: Option<Int>,
        memory_capacity_gib: Option<Int>,
        number_of_sockets: Option<Int>,
        number_of_ssds: Option<Int>,
        storage_capacity_gib: Option<Int>,
        total_number_of_cores: Option<Int>,
    }
}

model! {
    /// A kind of host on hardware at the customer's (vendor structure `PoweredByInstanceTypeConfig`).
    pub struct PoweredByInstanceTypeConfig {
        cpu_cores: Option<Vec<Int>>,
        description: Option<String>,
        display_name: Option<String>,
        entity_capacity: Option<InstanceEntityCapacity>,
        hosts: Option<Vec<Int>>,
        hyper_threading_supported: Option<bool>,
        instance_provisioning_error_cause: Option<String>,
        instance_type: Option<String>,
        label: Option<String>,
        powered_by_id: Option<String>,
        powered_by_type: Option<PoweredByType>,
        supported_cpu_cores: Option<Map<Vec<Int>>>,
        vsan_esa_supported: Option<bool>,
    }
}
