//! Calls of the programming guide that the vendor's newer bindings dropped.
//!
//! Whether the service still answers them is not known; each says which
//! versions of the bindings had it and what came after it. All public
//! addresses below belong to NSX-V: in an SDDC with NSX-T they are NSX's own
//! (`public-ips` of its AWS integration).

use vmc_http::operation;

use crate::models::{
    OfferInstancesHolder, PublicIpAction, SddcAllocatePublicIpSpec, SddcPublicIp, Task,
};
use crate::{OrgId, PublicIpId, SddcId, SubscriptionId};

operation! {
    /// Lists the public addresses for workloads. Bindings 1.0.0 to 1.26.0; now NSX's own.
    pub struct ListPublicIps => "orgs.sddcs.publicips.list",
        GET "/vmc/api/orgs/{org}/sddcs/{sddc}/publicips", Safe -> Vec<SddcPublicIp>
    {
        path { org: OrgId, sddc: SddcId }
    }
}

operation! {
    /// Allocates public addresses. Bindings 1.0.0 to 1.26.0; now NSX's own.
    pub struct AllocatePublicIps => "orgs.sddcs.publicips.create",
        POST "/vmc/api/orgs/{org}/sddcs/{sddc}/publicips", Once -> Task
    {
        path { org: OrgId, sddc: SddcId }
        body spec: SddcAllocatePublicIpSpec
    }
}

operation! {
    /// One public address. Bindings 1.0.0 to 1.26.0; now NSX's own.
    pub struct GetPublicIp => "orgs.sddcs.publicips.get",
        GET "/vmc/api/orgs/{org}/sddcs/{sddc}/publicips/{id}", Safe -> SddcPublicIp
    {
        path { org: OrgId, sddc: SddcId, ip: PublicIpId = "id" }
    }
}

operation! {
    /// Attaches, detaches, moves or renames a public address. Bindings 1.0.0 to
    /// 1.26.0; now NSX's own.
    // Once: each arrival may start a task.
    pub struct UpdatePublicIp => "orgs.sddcs.publicips.update",
        PATCH "/vmc/api/orgs/{org}/sddcs/{sddc}/publicips/{id}", Once -> Task
    {
        path { org: OrgId, sddc: SddcId, ip: PublicIpId = "id" }
        required { action: PublicIpAction = "action" }
        body change: SddcPublicIp
    }
}

operation! {
    /// Gives a public address back. Bindings 1.0.0 to 1.26.0; now NSX's own.
    // Once: each arrival may start a task.
    pub struct DeletePublicIp => "orgs.sddcs.publicips.delete",
        DELETE "/vmc/api/orgs/{org}/sddcs/{sddc}/publicips/{id}", Once -> Task
    {
        path { org: OrgId, sddc: SddcId, ip: PublicIpId = "id" }
    }
}

operation! {
    /// Lists the public addresses of the management gateway. Bindings 1.0.0 to
    /// 1.2.0; now in the SDDC as `resource_config.mgw_public_ip_pool`.
    pub struct ListMgwPublicIps => "orgs.sddcs.mgw.publicips.list",
        GET "/vmc/api/orgs/{org}/sddcs/{sddc}/mgw/publicips", Safe -> Vec<SddcPublicIp>
    {
        path { org: OrgId, sddc: SddcId }
    }
}

operation! {
    /// One public address of the management gateway. Bindings 1.0.0 to 1.2.0;
    /// now in the SDDC as `resource_config.mgw_public_ip_pool`.
    pub struct GetMgwPublicIp => "orgs.sddcs.mgw.publicips.get",
        GET "/vmc/api/orgs/{org}/sddcs/{sddc}/mgw/publicips/{id}", Safe -> SddcPublicIp
    {
        path { org: OrgId, sddc: SddcId, ip: PublicIpId = "id" }
    }
}

operation! {
    /// Ends a subscription. Bindings 1.0.0 to 1.2.0; nothing came after it.
    // Once: each arrival may start a task.
    pub struct DeleteSubscription => "orgs.subscriptions.delete",
        DELETE "/vmc/api/orgs/{org}/subscriptions/{subscription}", Once -> Task
    {
        path { org: OrgId, subscription: SubscriptionId }
    }
}

operation! {
    /// What is on offer in a region. Bindings 1.0.0 to 1.3.0; now
    /// [`subscriptions::OfferInstances`](crate::subscriptions::OfferInstances).
    pub struct ListOfferInstances => "orgs.offer_instances.list",
        GET "/vmc/api/orgs/{org}/offer-instances", Safe -> OfferInstancesHolder
    {
        path { org: OrgId }
        required { region: String = "region", product_type: String = "product_type" }
    }
}
