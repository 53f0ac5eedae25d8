//! What customer support asks for.

use vmc_http::operation;

use crate::OrgId;
use crate::models::SddcInput;

operation! {
    /// The form for a support request: its fields and the values to choose.
    pub struct GetInputs => "customer_support.inputs.get",
        GET "/vmc/api/customer-support/inputs", Safe -> SddcInput
    {
        required { user: String = "userId", org: OrgId = "orgId" }
    }
}
