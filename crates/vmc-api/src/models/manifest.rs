//! The software an SDDC is built from.

use vmc_http::{model, open_enum};

use crate::{Map, Timestamp};

open_enum! {
    /// System of the service's agent.
    pub enum PopOsType {
        Centos = "CENTOS",
        Photon = "PHOTON",
        Amazon = "AMAZON",
    }
}

open_enum! {
    /// Kind of the agent's image.
    pub enum PopAmiType {
        Centos = "CENTOS",
        Pop = "POP",
    }
}

model! {
    /// The software an SDDC is built from (vendor structure `SddcManifest`).
    pub struct SddcManifest {
        ebs_backed_vsan_config: Option<EbsBackedVsanConfig>,
        esx_ami: Option<AmiInfo>,
        esx_nsxt_ami: Option<AmiInfo>,
        glcm_bundle: Option<GlcmBundle>,
        metadata: Option<Metadata>,
        pop_info: Option<PopInfo>,
        vmc_internal_version: Option<String>,
        vmc_version: Option<String>,
        vsan_witness_ami: Option<AmiInfo>,
    }
}

model! {
    /// Where the life-cycle bundle lies (vendor structure `GlcmBundle`).
    pub struct GlcmBundle {
        id: Option<String>,
        s3_bucket: Option<String> = "s3Bucket",
    }
}

model! {
    /// The service's agent in an SDDC (vendor structure `PopInfo`).
    pub struct PopInfo {
        ami_infos: Option<Map<PopAmiInfo>>,
        created_at: Option<Timestamp>,
        id: Option<String>,
        manifest_version: Option<String>,
        os_type: Option<PopOsType>,
        service_infos: Option<Map<PopServiceInfo>>,
    }
}

model! {
    /// An image of the agent (vendor structure `PopAmiInfo`).
    pub struct PopAmiInfo {
        id: Option<String>,
        instance_type: Option<String>,
        name: Option<String>,
        region: Option<String>,
        kind: Option<PopAmiType> = "type",
    }
}

model! {
    /// A service in the agent (vendor structure `PopServiceInfo`).
    pub struct PopServiceInfo {
        build: Option<String>,
        cln: Option<String>,
        service: Option<String>,
        version: Option<String>,
    }
}

model! {
    /// vSAN on EBS volumes (vendor structure `EbsBackedVsanConfig`).
    pub struct EbsBackedVsanConfig {
        instance_type: Option<String>,
    }
}

model! {
    /// An image (vendor structure `AmiInfo`).
    pub struct AmiInfo {
        id: Option<String>,
        instance_type: Option<String>,
        name: Option<String>,
        region: Option<String>,
    }
}

model! {
    /// When a manifest was made (vendor structure `Metadata`).
    pub struct Metadata {
        cycle_id: Option<String>,
        /// Free text, not a date-time.
        timestamp: Option<String>,
    }
}
