//! Maintenance that is planned, and the windows it is done in.

use vmc_http::operation;

use crate::models::{
    ReservationWindow, SddcIdBody, SddcStateRequest, SupportWindow, SupportWindowIdBody,
};
use crate::{Map, OrgId, SupportWindowId};

operation! {
    /// Lists planned maintenance by SDDC: all of it, or what the body asks for.
    // Safe: a question, although a `POST`.
    pub struct Windows => "orgs.tbrs.reservation.post",
        POST "/vmc/api/orgs/{org}/tbrs/reservation", Safe -> Map<Vec<ReservationWindow>>
    {
        path { org: OrgId }
        optional body { only: SddcStateRequest }
    }
}

operation! {
    /// Lists the windows that SDDCs can be maintained in.
    pub struct SupportWindows => "orgs.tbrs.support_window.get",
        GET "/vmc/api/orgs/{org}/tbrs/support-window", Safe -> Vec<SupportWindow>
    {
        path { org: OrgId }
        query {
            /// Only windows with room for so many SDDCs.
            minimum_seats_available: u32 = "minimumSeatsAvailable",
            created_by: String = "createdBy",
        }
    }
}

operation! {
    /// Moves an SDDC to a window.
    // Converges: says where the SDDC is to be, and starts no task.
    pub struct SetSupportWindow => "orgs.tbrs.support_window.put",
        PUT "/vmc/api/orgs/{org}/tbrs/support-window/{id}", Converges -> SupportWindowIdBody
    {
        path { org: OrgId, window: SupportWindowId = "id" }
        body sddc: SddcIdBody
    }
}
