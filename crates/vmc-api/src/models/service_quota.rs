//! Requests for larger quotas at AWS.

use vmc_http::{model, open_enum};

use super::entity;
use crate::{Int, Map, OrgId, ServiceQuotaRequestId, TaskId, Timestamp};

open_enum! {
    /// How far a request for a larger quota got.
    pub enum QuotaRequestStatus {
        New = "NEW",
        Pending = "PENDING",
        Resolved = "RESOLVED",
        Denied = "DENIED",
        Error = "ERROR",
    }
}

open_enum! {
    /// How far one quota of a request got.
    pub enum QuotaDetailStatus {
        New = "NEW",
        PendingSubmit = "PENDINGSUBMIT",
        Submitted = "SUBMITTED",
        /// Spelt so by the service.
        PendingVerification = "PENDINGVERFICATION",
        Resolved = "RESOLVED",
        Denied = "DENIED",
        Error = "ERROR",
    }
}

entity! {
    /// A request for larger quotas at AWS (vendor structure `ServiceQuotaRequest`).
    pub struct ServiceQuotaRequest (ServiceQuotaRequestId) {
        org_id: Option<OrgId>,
        region: Option<String>,
        aws_account_number: Option<String>,
        requester_email: Option<String>,
        reason: Option<String>,
        request_status: Option<QuotaRequestStatus>,
        /// By quota.
        request_details: Option<Map<RequestDetail>>,
        task_id: Option<TaskId>,
    }
}

model! {
    /// One quota of a request (vendor structure `RequestDetail`).
    pub struct RequestDetail {
        aws_quota_request_id: Option<String>,
        aws_support_case_id: Option<String>,
        aws_support_case_status: Option<String>,
        desired_value: Option<Int>,
        detail_status: Option<QuotaDetailStatus>,
        resolved_at: Option<Timestamp>,
    }
}
