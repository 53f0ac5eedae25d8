//! Organizations.

use vmc_http::operation;

use crate::OrgId;
use crate::models::Organization;

operation! {
    /// Lists the organizations that the token can see.
    pub struct List => "orgs.list", GET "/vmc/api/orgs", Safe -> Vec<Organization> {}
}

operation! {
    /// One organization.
    pub struct Get => "orgs.get", GET "/vmc/api/orgs/{org}", Safe -> Organization {
        path { org: OrgId }
    }
}
