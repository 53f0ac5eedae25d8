//! Subscriptions and what is on offer.

use vmc_http::{model, open_enum};

use crate::{Int, SubscriptionId, Text};

open_enum! {
    /// How a subscription is paid.
    pub enum OfferType {
        /// For a term.
        Term = "TERM",
        OnDemand = "ON_DEMAND",
    }
}

open_enum! {
    /// State of a subscription.
    pub enum SubscriptionStatus {
        Created = "CREATED",
        Activated = "ACTIVATED",
        Failed = "FAILED",
        Cancelled = "CANCELLED",
        Expired = "EXPIRED",
        PendingProvisioning = "PENDING_PROVISIONING",
        OrderSubmitted = "ORDER_SUBMITTED",
        Suspended = "SUSPENDED",
        Terminated = "TERMINATED",
        /// Spelt so by the service.
        UnknownToService = "UKNOWN",
    }
}

open_enum! {
    /// When a subscription is paid. The vendor's list is an example.
    pub enum BillingFrequency {
        Upfront = "Upfront",
        Monthly = "Monthly",
    }
}

model! {
    /// A subscription (vendor structure `SubscriptionDetails`).
    ///
    /// Dates and numbers are text of no fixed form.
    pub struct SubscriptionDetails {
        csp_subscription_id: Option<SubscriptionId>,
        billing_subscription_id: Option<String>,
        status: Option<SubscriptionStatus>,
        offer_type: Option<OfferType>,
        offer_name: Option<String>,
        offer_version: Option<Text>,
        description: Option<String>,
        product_id: Option<String>,
        product_name: Option<String>,
        region: Option<String>,
        /// Hosts.
        quantity: Option<Text>,
        /// Length of the term, in `commitment_term_uom`.
        commitment_term: Option<Text>,
        commitment_term_uom: Option<String>,
        billing_frequency: Option<BillingFrequency>,
        start_date: Option<Text>,
        end_date: Option<Text>,
        anniversary_billing_date: Option<Text>,
        auto_renewed_allowed: Option<Text>,
    }
}

model! {
    /// The subscription to buy (vendor structure `SubscriptionRequest`).
    pub struct SubscriptionRequest {
        required {
            /// Deprecated by the vendor, and yet demanded.
            product_type: String,
            region: String,
            offer_name: String,
            offer_version: Text,
            /// Length of the term, as an offer gives it.
            commitment_term: Text,
            /// Hosts.
            quantity: Int,
        }
        product: Option<String>,
        product_id: Option<String>,
        product_charge_id: Option<String>,
        /// Of the product: such as the kind of host.
        kind: Option<String> = "type",
        billing_frequency: Option<BillingFrequency>,
        offer_context_id: Option<String>,
        price: Option<Int>,
    }
}

model! {
    /// What is on offer in a region (vendor structure `OfferInstancesHolder`).
    pub struct OfferInstancesHolder {
        on_demand: Option<OnDemandOfferInstance>,
        /// For a term.
        offers: Option<Vec<TermOfferInstance>>,
    }
}

model! {
    /// An offer without a term (vendor structure `OnDemandOfferInstance`).
    pub struct OnDemandOfferInstance {
        name: Option<String>,
        version: Option<Text>,
        description: Option<String>,
        product: Option<String>,
        /// Deprecated by the vendor.
        product_type: Option<String>,
        kind: Option<String> = "type",
        region: Option<String>,
        currency: Option<String>,
        /// A number as text.
        unit_price: Option<Text>,
        /// A number as text.
        monthly_cost: Option<Text>,
    }
}

model! {
    /// An offer for a term (vendor structure `TermOfferInstance`).
    pub struct TermOfferInstance {
        name: Option<String>,
        version: Option<Text>,
        description: Option<String>,
        product: Option<String>,
        /// Deprecated by the vendor.
        product_type: Option<String>,
        product_id: Option<String>,
        product_charge_id: Option<String>,
        kind: Option<String> = "type",
        region: Option<String>,
        currency: Option<String>,
        /// Length of the term.
        commitment_term: Option<Int>,
        billing_options: Option<Vec<TermBillingOptions>>,
        offer_context_id: Option<String>,
        /// Deprecated by the vendor: see `billing_options`.
        unit_price: Option<Text>,
    }
}

model! {
    /// A way to pay for a term (vendor structure `TermBillingOptions`).
    pub struct TermBillingOptions {
        billing_frequency: Option<BillingFrequency>,
        /// A number as text.
        unit_price: Option<Text>,
    }
}

model! {
    /// A product and its kinds (vendor structure `SubscriptionProducts`).
    pub struct SubscriptionProducts {
        product: Option<String>,
        types: Option<Vec<String>>,
    }
}
