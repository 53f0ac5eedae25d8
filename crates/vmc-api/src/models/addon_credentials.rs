//! Credentials that add-ons of an SDDC use.

use vmc_http::{Secret, model, open_enum};

open_enum! {
    /// An add-on that has credentials.
    pub enum AddonType {
        /// HCX, which moves workloads.
        Hcx = "HCX",
    }
}

model! {
    /// An add-on's credentials (vendor structure `NewCredentials`).
    pub struct NewCredentials {
        required {
            /// What they are called; part of their address.
            name: String,
            username: String,
            password: Secret,
        }
    }
}

model! {
    /// What an add-on's credentials become (vendor structure `UpdateCredentials`).
    pub struct UpdateCredentials {
        required {
            username: String,
            password: Secret,
        }
    }
}
