//! Ids: strings that cannot be mixed up with one another.

use vmc_http::id;

id! {
    /// An organization.
    pub struct OrgId;
}

id! {
    /// An SDDC.
    pub struct SddcId;
}

id! {
    /// A task.
    pub struct TaskId;
}

id! {
    /// A connected AWS account: the service's own id, not the 12-digit account number.
    pub struct ConnectedAccountId;
}

id! {
    /// A cluster of an SDDC.
    pub struct ClusterId;
}

id! {
    /// A host.
    pub struct EsxId;
}

id! {
    /// A template that a deleted SDDC left behind.
    pub struct SddcTemplateId;
}

id! {
    /// A subscription: the service's own id, not the one of the identity service.
    pub struct SubscriptionId;
}

id! {
    /// A reservation of a maintenance window.
    pub struct ReservationId;
}

id! {
    /// A support window.
    pub struct SupportWindowId;
}

id! {
    /// A public address: its `allocation_id`.
    pub struct PublicIpId;
}

id! {
    /// A management appliance of an SDDC, such as its vCenter.
    pub struct ManagementVmId;
}

id! {
    /// A request for a larger quota at AWS.
    pub struct ServiceQuotaRequestId;
}
