//! Terms of service.

use vmc_http::operation;

use crate::OrgId;
use crate::models::TermsOfServiceResult;

operation! {
    /// Whether an organization signed some terms of service.
    pub struct Get => "orgs.tos.get", GET "/vmc/api/orgs/{org}/tos", Safe -> TermsOfServiceResult {
        path { org: OrgId }
        required { terms: String = "termsId" }
    }
}
