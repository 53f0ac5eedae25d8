//! Subscriptions and what is on offer.

use vmc_http::operation;

use crate::models::{
    OfferInstancesHolder, OfferType, SubscriptionDetails, SubscriptionProducts,
    SubscriptionRequest, Task,
};
use crate::{OrgId, SubscriptionId};

operation! {
    /// Lists the subscriptions of an organization.
    pub struct List => "orgs.subscriptions.get_0",
        GET "/vmc/api/orgs/{org}/subscriptions", Safe -> Vec<SubscriptionDetails>
    {
        path { org: OrgId }
        query { offer_type: OfferType = "offer_type" }
    }
}

operation! {
    /// One subscription.
    pub struct Get => "orgs.subscriptions.get",
        GET "/vmc/api/orgs/{org}/subscriptions/{subscription}", Safe -> SubscriptionDetails
    {
        path { org: OrgId, subscription: SubscriptionId }
    }
}

operation! {
    /// Buys a subscription: it is paid for to the end of its term.
    pub struct Create => "orgs.subscriptions.create",
        POST "/vmc/api/orgs/{org}/subscriptions", Once -> Task
    {
        path { org: OrgId }
        body request: SubscriptionRequest
    }
}

operation! {
    /// What is on offer in a region.
    pub struct OfferInstances => "orgs.subscriptions.offer_instances.list",
        GET "/vmc/api/orgs/{org}/subscriptions/offer-instances", Safe -> OfferInstancesHolder
    {
        path { org: OrgId }
        required { region: String = "region", product_type: String = "product_type" }
        query {
            product: String = "product",
            /// Of the product: such as the kind of host.
            kind: String = "type",
        }
    }
}

operation! {
    /// The products that subscriptions are for.
    pub struct Products => "orgs.subscriptions.products.list",
        GET "/vmc/api/orgs/{org}/subscriptions/products", Safe -> Vec<SubscriptionProducts>
    {
        path { org: OrgId }
    }
}
