//! Clusters and hosts.

use vmc_http::{model, open_enum};

use super::{EniInfo, Provider, SddcPublicIp};
use crate::{ClusterId, EsxId, Int, Map, Timestamp};

open_enum! {
    /// Spread over zones, as answers spell it.
    pub enum DeploymentType {
        SingleAz = "SINGLE_AZ",
        MultiAz = "MULTI_AZ",
    }
}

open_enum! {
    /// State of a cluster.
    pub enum ClusterState {
        Deploying = "DEPLOYING",
        AddingHosts = "ADDING_HOSTS",
        Ready = "READY",
        Failed = "FAILED",
    }
}

open_enum! {
    /// State of a host.
    pub enum EsxState {
        Deploying = "DEPLOYING",
        Initializing = "INITIALIZING",
        Provisioned = "PROVISIONED",
        Ready = "READY",
        Deleting = "DELETING",
        Deleted = "DELETED",
        Failed = "FAILED",
        AddingToVcenter = "ADDING_TO_VCENTER",
        DeletingFromVcenter = "DELETING_FROM_VCENTER",
        PendingCloudDeletion = "PENDING_CLOUD_DELETION",
    }
}

open_enum! {
    /// State of a witness host.
    pub enum WitnessState {
        Deploying = "DEPLOYING",
        Provisioned = "PROVISIONED",
        Deleting = "DELETING",
        Ready = "READY",
        Failed = "FAILED",
    }
}

open_enum! {
    /// State of the workload control plane.
    pub enum WcpStatus {
        CertificateRevokeFailed = "CERTIFICATE_REVOKE_FAILED",
        CertificateRevokeInProgress = "CERTIFICATE_REVOKE_IN_PROGRESS",
        CertificateUpdateFailed = "CERTIFICATE_UPDATE_FAILED",
        CertificateUpdateInProgress = "CERTIFICATE_UPDATE_IN_PROGRESS",
        CertificateUpdatePending = "CERTIFICATE_UPDATE_PENDING",
        Disabled = "DISABLED",
        DisableFailed = "DISABLE_FAILED",
        DisableInProgress = "DISABLE_IN_PROGRESS",
        DisablePending = "DISABLE_PENDING",
        Enabled = "ENABLED",
        EnableFailed = "ENABLE_FAILED",
        EnableInProgress = "ENABLE_IN_PROGRESS",
        EnablePending = "ENABLE_PENDING",
    }
}

open_enum! {
    /// Who brings the Microsoft licences.
    pub enum MsftLicensing {
        Disabled = "DISABLED",
        CustomerSupplied = "CUSTOMER_SUPPLIED",
        Enabled = "ENABLED",
    }
}

model! {
    /// A cluster of hosts (vendor structure `Cluster`).
    pub struct Cluster {
        cluster_id: Option<ClusterId>,
        cluster_name: Option<String>,
        cluster_state: Option<ClusterState>,
        availability_type: Option<DeploymentType>,
        availability_zones: Option<Vec<String>>,
        aws_kms_info: Option<AwsKmsInfo>,
        cluster_capacity: Option<EntityCapacity>,
        compute_rp_name: Option<String>,
        custom_properties: Option<Map<String>>,
        esx_host_info: Option<EsxHostInfo>,
        esx_host_list: Option<Vec<AwsEsxHost>>,
        host_cpu_cores_count: Option<Int>,
        hyper_threading_enabled: Option<bool>,
        mgmt_rp_name: Option<String>,
        msft_license_config: Option<MsftLicensingConfig>,
        partition_placement_group_info: Option<Vec<PartitionPlacementGroupInfo>>,
        vsan_version: Option<String>,
        vsan_witness: Option<AwsWitnessEsx>,
        wcp_details: Option<WcpDetails>,
    }
}

model! {
    /// Capacity of a cluster (vendor structure `EntityCapacity`).
    pub struct EntityCapacity {
        cpu_capacity_ghz: Option<f64>,
        memory_capacity_gib: Option<Int>,
        number_of_sockets: Option<Int>,
        number_of_ssds: Option<Int>,
        storage_capacity_gib: Option<Int>,
        total_number_of_cores: Option<Int>,
    }
}

model! {
    /// A host (vendor structure `AwsEsxHost`).
    pub struct AwsEsxHost {
        esx_id: Option<EsxId>,
        name: Option<String>,
        hostname: Option<String>,
        esx_state: Option<EsxState>,
        instance_type: Option<String>,
        availability_zone: Option<String>,
        provider: Option<Provider>,
        capacity_pool: Option<String>,
        custom_properties: Option<Map<String>>,
        durable_host_name: Option<String>,
        ec2_instance_running_status_count: Option<Int>,
        eni_list: Option<Vec<EniInfo>>,
        esx_nic_info: Option<EsxNicInfo>,
        internal_public_ip_pool: Option<Vec<SddcPublicIp>>,
        mac_address: Option<String>,
        partition_number: Option<Int>,
        state_last_updated: Option<Timestamp>,
        xeni_info: Option<XEniInfo>,
    }
}

model! {
    /// A cross-account network interface (vendor structure `XEniInfo`).
    pub struct XEniInfo {
        association_id: Option<String>,
        trunk_eni_id: Option<String>,
        x_eni_id: Option<String>,
    }
}

model! {
    /// A host's network card (vendor structure `EsxNicInfo`).
    pub struct EsxNicInfo {
        gateway: Option<String>,
        ip: Option<String>,
        mac: Option<String>,
        net_stack: Option<String> = "net-stack",
        vlan: Option<String>,
    }
}

model! {
    /// Workload control plane (Tanzu) of a cluster (vendor structure `WcpDetails`).
    pub struct WcpDetails {
        egress_cidr: Option<String>,
        ingress_cidr: Option<String>,
        pod_cidr: Option<String>,
        service_cidr: Option<String>,
        wcp_status: Option<WcpStatus>,
    }
}

model! {
    /// Microsoft licences of a cluster (vendor structure `MsftLicensingConfig`).
    pub struct MsftLicensingConfig {
        academic_license: Option<bool>,
        mssql_licensing: Option<MsftLicensing>,
        windows_licensing: Option<MsftLicensing>,
    }
}

model! {
    /// Kind of host in a cluster (vendor structure `EsxHostInfo`).
    pub struct EsxHostInfo {
        instance_type: Option<String>,
    }
}

model! {
    /// Placement groups of a zone (vendor structure `PartitionPlacementGroupInfo`).
    pub struct PartitionPlacementGroupInfo {
        availability_zone: Option<String>,
        partition_group_names: Option<Vec<String>>,
    }
}

model! {
    /// A key of the key service (vendor structure `AwsKmsInfo`).
    pub struct AwsKmsInfo {
        amazon_resource_name: Option<String>,
    }
}

model! {
    /// The witness host of a stretched cluster (vendor structure `AwsWitnessEsx`).
    pub struct AwsWitnessEsx {
        eni_info: Option<EniInfo>,
        enum_state: Option<WitnessState>,
        esx_id: Option<EsxId>,
        hostname: Option<String>,
        instance_id: Option<String>,
        mac_address: Option<String>,
        name: Option<String>,
        provider: Option<Provider>,
    }
}
