//! Terms of service.

use vmc_http::model;

model! {
    /// Whether terms of service were signed (vendor structure `TermsOfServiceResult`).
    pub struct TermsOfServiceResult {
        terms_id: Option<String>,
        signed: Option<bool>,
    }
}
