//! What is asked for when hosts come and go.

use vmc_http::{model, open_enum};

use crate::{ClusterId, EsxId, Int};

open_enum! {
    /// What is done with hosts.
    pub enum HostAction {
        /// What the service takes unless told.
        Add = "add",
        Remove = "remove",
        /// For the service's operators only.
        ForceRemove = "force-remove",
        /// For the service's operators only.
        AddToAll = "addToAll",
        /// For the service's operators only.
        RemoveFromAll = "removeFromAll",
        /// For the service's operators only.
        AttachDiskgroup = "attach-diskgroup",
        /// For the service's operators only.
        DetachDiskgroup = "detach-diskgroup",
    }
}

model! {
    /// Hosts to add or to remove (vendor structure `EsxConfig`).
    pub struct EsxConfig {
        required {
            num_hosts: Int,
        }
        /// The first cluster unless told.
        cluster_id: Option<ClusterId>,
        /// The very hosts to remove.
        esxs: Option<Vec<EsxId>>,
        /// Refuses rather than place hosts elsewhere.
        strict_placement: Option<bool>,
        /// For the service's operators only.
        availability_zone: Option<String>,
    }
}
