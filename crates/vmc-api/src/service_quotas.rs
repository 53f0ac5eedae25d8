//! Requests for larger quotas at AWS.

use vmc_http::operation;

use crate::models::ServiceQuotaRequest;
use crate::{OrgId, ServiceQuotaRequestId};

operation! {
    /// Lists the requests of an organization.
    pub struct List => "orgs.aws.resources.servicequotas.requests.list",
        GET "/vmc/api/orgs/{org}/aws/resources/servicequotas/requests", Safe -> Vec<ServiceQuotaRequest>
    {
        path { org: OrgId }
    }
}

operation! {
    /// One request.
    pub struct Get => "orgs.aws.resources.servicequotas.requests.get",
        GET "/vmc/api/orgs/{org}/aws/resources/servicequotas/requests/{serviceQuotaRequestId}",
        Safe -> ServiceQuotaRequest
    {
        path { org: OrgId, request: ServiceQuotaRequestId = "serviceQuotaRequestId" }
    }
}
