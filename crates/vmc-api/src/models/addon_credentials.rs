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
    ///
    /// A request needs all of it ([`with`](Self::with)); an answer may leave
    /// something out.
    pub struct NewCredentials {
        /// What they are called; part of their address.
        name: Option<String>,
        username: Option<String>,
        password: Option<Secret>,
    }
}

impl NewCredentials {
    /// What a request needs.
    pub fn with(
        name: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        let mut new = Self::new();
        new.name = Some(name.into());
        new.username = Some(username.into());
        new.password = Some(password.into());
        new
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
