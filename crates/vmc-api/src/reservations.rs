//! Weekly maintenance windows: the older family, which the vendor deprecated
//! in favour of [`maintenance`](crate::maintenance).

use vmc_http::operation;

use crate::models::{MaintenanceWindow, MaintenanceWindowEntry, MaintenanceWindowGet};
use crate::{OrgId, ReservationId};

operation! {
    /// Lists the maintenance windows of an organization's SDDCs. Deprecated by the vendor.
    pub struct List => "orgs.reservations.list",
        GET "/vmc/api/orgs/{org}/reservations", Safe -> Vec<MaintenanceWindowEntry>
    {
        path { org: OrgId }
    }
}

operation! {
    /// One maintenance window. Deprecated by the vendor.
    pub struct GetMaintenanceWindow => "orgs.reservations.mw.get",
        GET "/vmc/api/orgs/{org}/reservations/{reservation}/mw", Safe -> MaintenanceWindowGet
    {
        path { org: OrgId, reservation: ReservationId }
    }
}

operation! {
    /// Moves a maintenance window. Deprecated by the vendor.
    // Converges: carries the whole window, and starts no task.
    pub struct SetMaintenanceWindow => "orgs.reservations.mw.put",
        PUT "/vmc/api/orgs/{org}/reservations/{reservation}/mw", Converges -> MaintenanceWindow
    {
        path { org: OrgId, reservation: ReservationId }
        body window: MaintenanceWindow
    }
}
