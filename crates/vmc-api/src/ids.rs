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
