//! Add-ons that are on or off.

use vmc_http::{model, open_enum};

open_enum! {
    /// An add-on of an SDDC. The vendor's list is an example.
    pub enum EnablementName {
        Hcx = "hcx",
        Draas = "draas",
        Skynet = "skynet",
        Default = "default",
    }
}

open_enum! {
    /// What is done with an add-on.
    pub enum EnablementAction {
        Enable = "enable",
        Disable = "disable",
    }
}

model! {
    /// An add-on and whether it is on (vendor structure `EnablementInfo`).
    pub struct EnablementInfo {
        name: Option<EnablementName>,
        enabled: Option<bool>,
    }
}
