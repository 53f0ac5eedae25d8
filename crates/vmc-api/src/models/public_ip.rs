//! Public addresses of SDDCs with NSX-V.

use vmc_http::{model, open_enum};

use crate::Int;

open_enum! {
    /// What is done with a public address.
    pub enum PublicIpAction {
        /// To the workload at `associated_private_ip`.
        Attach = "attach",
        Detach = "detach",
        /// From one workload to another.
        Reattach = "reattach",
        Rename = "rename",
    }
}

model! {
    /// Public addresses to allocate (vendor structure `SddcAllocatePublicIpSpec`).
    pub struct SddcAllocatePublicIpSpec {
        required {
            count: Int,
        }
        /// Workloads to attach them to, in order.
        private_ips: Option<Vec<String>>,
        /// Names, in order.
        names: Option<Vec<String>>,
    }
}
