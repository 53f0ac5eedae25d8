//! Ways to pay.

use vmc_http::model;

model! {
    /// A way to pay (vendor structure `PaymentMethodInfo`).
    pub struct PaymentMethodInfo {
        payment_method_id: Option<String>,
        kind: Option<String> = "type",
        default_flag: Option<bool>,
    }
}
