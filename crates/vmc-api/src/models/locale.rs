//! The language of messages.

use vmc_http::model;

model! {
    /// The language of the service's messages (vendor structure `VmcLocale`).
    pub struct VmcLocale {
        /// Such as `en_US`.
        locale: Option<String>,
    }
}

impl VmcLocale {
    /// A locale, such as `en_US`.
    pub fn of(locale: impl Into<String>) -> Self {
        let mut wanted = Self::new();
        wanted.locale = Some(locale.into());
        wanted
    }
}
