//! Cloud providers of an organization.

use vmc_http::operation;

use crate::OrgId;
use crate::models::AwsCloudProvider;

operation! {
    /// Lists the providers with the regions that the organization can use.
    pub struct List => "orgs.providers.list", GET "/vmc/api/orgs/{org}/providers", Safe -> Vec<AwsCloudProvider> {
        path { org: OrgId }
    }
}
