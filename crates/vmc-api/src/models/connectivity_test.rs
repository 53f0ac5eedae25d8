//! Tests of the way from an SDDC to the customer's site.

use vmc_http::{model, open_enum};

use crate::Text;

open_enum! {
    /// What a group of tests is for.
    pub enum ConnectivityGroupId {
        /// Hybrid Linked Mode.
        Hlm = "HLM",
        /// Site recovery.
        Draas = "DRAAS",
    }
}

open_enum! {
    /// What is reached at the customer's site.
    pub enum ConnectivitySubGroupId {
        PrimaryDns = "PRIMARY_DNS",
        SecondaryDns = "SECONDARY_DNS",
        OnpremVcenter = "ONPREM_VCENTER",
        OnpremPsc = "ONPREM_PSC",
        ActiveDirectory = "ACTIVE_DIRECTORY",
        OnpremEsx = "ONPREM_ESX",
        DraasOnpremVcenter = "DRAAS_ONPREM_VCENTER",
        DraasOnpremPsc = "DRAAS_ONPREM_PSC",
        DraasOnpremSrm = "DRAAS_ONPREM_SRM",
        DraasOnpremVr = "DRAAS_ONPREM_VR",
    }
}

open_enum! {
    /// What a test asks for.
    pub enum ConnectivityInputId {
        Hostname = "HOSTNAME",
        HostIp = "HOST_IP",
        HostnameOrIp = "HOSTNAME_OR_IP",
    }
}

open_enum! {
    /// Where in the SDDC a test starts.
    pub enum ConnectivitySource {
        Vcenter = "VCENTER",
        Srm = "SRM",
        Vr = "VR",
    }
}

open_enum! {
    /// How a test is done.
    pub enum ConnectivityTestType {
        Ping = "PING",
        Traceroute = "TRACEROUTE",
        Dns = "DNS",
        Connectivity = "CONNECTIVITY",
        Curl = "CURL",
    }
}

model! {
    /// All tests there are (vendor structure `ConnectivityValidationGroups`).
    pub struct ConnectivityValidationGroups {
        groups: Option<Vec<ConnectivityValidationGroup>>,
    }
}

model! {
    /// A group of tests, as listed and as started (vendor structure `ConnectivityValidationGroup`).
    pub struct ConnectivityValidationGroup {
        id: Option<ConnectivityGroupId>,
        name: Option<String>,
        sub_groups: Option<Vec<ConnectivityValidationSubGroup>>,
    }
}

model! {
    /// Tests of one thing at the customer's site (vendor structure `ConnectivityValidationSubGroup`).
    pub struct ConnectivityValidationSubGroup {
        id: Option<ConnectivitySubGroupId>,
        label: Option<String>,
        help: Option<String>,
        inputs: Option<Vec<ConnectivityValidationInput>>,
        tests: Option<Vec<ConnectivityAgentValidation>>,
    }
}

model! {
    /// What tests are told (vendor structure `ConnectivityValidationInput`).
    pub struct ConnectivityValidationInput {
        id: Option<ConnectivityInputId>,
        label: Option<String>,
        /// A name or an address; `#primary-dns` and `#secondary-dns` stand for
        /// what the SDDC uses.
        value: Option<String>,
    }
}

model! {
    /// One test (vendor structure `ConnectivityAgentValidation`).
    pub struct ConnectivityAgentValidation {
        source: Option<ConnectivitySource>,
        kind: Option<ConnectivityTestType> = "type",
        ports: Option<Vec<Text>>,
        path: Option<String>,
        /// Bytes, as text.
        pktsize: Option<Text>,
    }
}
