//! Tests of the way from an SDDC to the customer's site.

use vmc_http::operation;

use crate::models::{ConnectivityValidationGroup, ConnectivityValidationGroups, Task};
use crate::{OrgId, SddcId};

operation! {
    /// The tests there are, and what each asks for.
    pub struct Get => "orgs.sddcs.networking.connectivity_tests.get",
        GET "/vmc/api/orgs/{org}/sddcs/{sddc}/networking/connectivity-tests", Safe -> ConnectivityValidationGroups
    {
        path { org: OrgId, sddc: SddcId }
    }
}

operation! {
    /// Runs the tests of a group. The finished task has the result in `params.test_result`.
    // Once: each arrival starts a task.
    pub struct Start => "orgs.sddcs.networking.connectivity_tests.post",
        POST "/vmc/api/orgs/{org}/sddcs/{sddc}/networking/connectivity-tests", Once -> Task
    {
        path { org: OrgId, sddc: SddcId }
        always { "action" = "start" }
        body group: ConnectivityValidationGroup
    }
}
