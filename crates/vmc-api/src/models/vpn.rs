//! VPNs of a gateway.

use vmc_http::{Secret, model, open_enum};

use crate::Text;

open_enum! {
    /// Encryption of a VPN.
    pub enum VpnEncryption {
        Aes = "AES",
        Aes256 = "AES256",
        AesGcm = "AES_GCM",
        TripleDes = "TRIPLE_DES",
        /// The service's own word.
        UnknownToService = "UNKNOWN",
    }
}

open_enum! {
    /// State of a VPN.
    pub enum VpnState {
        Connected = "CONNECTED",
        Disconnected = "DISCONNECTED",
        PartiallyConnected = "PARTIALLY_CONNECTED",
        /// The service's own word.
        UnknownToService = "UNKNOWN",
    }
}

open_enum! {
    /// State of a VPN's channel or tunnel.
    pub enum VpnLinkStatus {
        Connected = "CONNECTED",
        Disconnected = "DISCONNECTED",
        /// The service's own word.
        UnknownToService = "UNKNOWN",
    }
}

open_enum! {
    /// Diffie-Hellman group.
    pub enum DhGroup {
        Dh2 = "DH2",
        Dh5 = "DH5",
        Dh14 = "DH14",
        Dh15 = "DH15",
        Dh16 = "DH16",
        /// The service's own word.
        UnknownToService = "UNKNOWN",
    }
}

open_enum! {
    /// How the ends of a VPN prove who they are.
    pub enum VpnAuthentication {
        /// A key that both have.
        Psk = "PSK",
        /// The service's own word.
        UnknownToService = "UNKNOWN",
    }
}

open_enum! {
    /// Version of the key exchange.
    pub enum IkeOption {
        IkeV1 = "IKEV1",
        IkeV2 = "IKEV2",
    }
}

open_enum! {
    /// Digest of a VPN.
    pub enum DigestAlgorithm {
        Sha1 = "SHA1",
        Sha256 = "SHA_256",
    }
}

model! {
    /// A VPN to the customer's site (vendor structure `Vpn`).
    pub struct Vpn {
        id: Option<String>,
        name: Option<String>,
        version: Option<String>,
        enabled: Option<bool>,
        state: Option<VpnState>,
        channel_status: Option<VpnChannelStatus>,
        tunnel_statuses: Option<Vec<VpnTunnelStatus>>,
        on_prem_gateway_ip: Option<String>,
        on_prem_network_cidr: Option<String>,
        on_prem_nat_ip: Option<String>,
        internal_network_ids: Option<Vec<String>>,
        authentication: Option<VpnAuthentication>,
        pre_shared_key: Option<Secret>,
        encryption: Option<VpnEncryption>,
        digest_algorithm: Option<DigestAlgorithm>,
        dh_group: Option<DhGroup>,
        ike_option: Option<IkeOption>,
        /// Perfect forward secrecy.
        pfs_enabled: Option<bool>,
    }
}

model! {
    /// State of a VPN's channel (vendor structure `VpnChannelStatus`).
    pub struct VpnChannelStatus {
        channel_status: Option<VpnLinkStatus>,
        channel_state: Option<String>,
        last_info_message: Option<String>,
        failure_message: Option<String>,
    }
}

model! {
    /// State of one of a VPN's tunnels (vendor structure `VpnTunnelStatus`).
    pub struct VpnTunnelStatus {
        tunnel_status: Option<VpnLinkStatus>,
        tunnel_state: Option<String>,
        local_subnet: Option<String>,
        on_prem_subnet: Option<String>,
        traffic_stats: Option<VpnTunnelTrafficStats>,
        last_info_message: Option<String>,
        failure_message: Option<String>,
    }
}

model! {
    /// Counters of a tunnel, which the service writes as text (vendor structure `VpnTunnelTrafficStats`).
    pub struct VpnTunnelTrafficStats {
        packets_in: Option<Text>,
        packets_out: Option<Text>,
        rx_bytes_on_local_subnet: Option<Text>,
        tx_bytes_from_local_subnet: Option<Text>,
        packet_received_errors: Option<Text>,
        packet_sent_errors: Option<Text>,
        replay_errors: Option<Text>,
        sequence_number_over_flow_errors: Option<Text>,
        integrity_errors: Option<Text>,
        encryption_failures: Option<Text>,
        decryption_failures: Option<Text>,
    }
}
