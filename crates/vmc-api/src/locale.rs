//! The language of messages.

use vmc_http::operation;

use crate::models::VmcLocale;

operation! {
    /// Sets the language that the service writes its messages in.
    // Converges: carries the whole setting, and starts no task.
    pub struct Set => "locale.set", POST "/vmc/api/locale", Converges -> VmcLocale {
        body locale: VmcLocale
    }
}
