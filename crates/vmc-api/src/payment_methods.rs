//! Ways to pay.

use vmc_http::operation;

use crate::OrgId;
use crate::models::PaymentMethodInfo;

operation! {
    /// Lists the ways an organization can pay.
    pub struct List => "orgs.payment_methods.get_org_payment_methods",
        GET "/vmc/api/orgs/{org}/payment-methods", Safe -> Vec<PaymentMethodInfo>
    {
        path { org: OrgId }
        query {
            /// Only the one that is used unless told.
            default_only: bool = "defaultFlag",
        }
    }
}
