//! Maintenance that is planned, and the windows it is done in.

use vmc_http::{model, open_enum};

use super::DayOfWeek;
use crate::{Int, Json, Map, SddcId, SupportWindowId};

open_enum! {
    /// How far a planned piece of maintenance got.
    pub enum ReservationState {
        Scheduled = "SCHEDULED",
        Running = "RUNNING",
        Canceled = "CANCELED",
        Completed = "COMPLETED",
        /// In answers only.
        Terminated = "TERMINATED",
    }
}

model! {
    /// A planned piece of maintenance (vendor structure `ReservationWindow`).
    pub struct ReservationWindow {
        reserve_id: Option<String>,
        sddc_id: Option<SddcId>,
        reservation_state: Option<ReservationState>,
        /// Free text, not a date-time.
        start_date: Option<String>,
        /// 0 to 23.
        start_hour: Option<Int>,
        duration_hours: Option<Int>,
        estimated_duration_hours_minimum: Option<Int>,
        estimated_duration_hours_maximum: Option<Int>,
        emergency: Option<bool>,
        /// The software that is brought in.
        manifest_id: Option<String>,
        maintenance_properties: Option<ReservationWindowMaintenanceProperties>,
        metadata: Option<Map<String>>,
    }
}

model! {
    /// State of the work itself (vendor structure `ReservationWindowMaintenanceProperties`).
    pub struct ReservationWindowMaintenanceProperties {
        status: Option<String>,
    }
}

model! {
    /// Which planned maintenance to list; all of it where nothing is said
    /// (vendor structure `SddcStateRequest`).
    pub struct SddcStateRequest {
        sddcs: Option<Vec<SddcId>>,
        states: Option<Vec<ReservationState>>,
    }
}

model! {
    /// A window that SDDCs can be maintained in (vendor structure `SupportWindow`).
    pub struct SupportWindow {
        support_window_id: Option<SupportWindowId>,
        start_day: Option<DayOfWeek>,
        /// 0 to 23.
        start_hour: Option<Int>,
        duration_hours: Option<Int>,
        /// How many SDDCs fit.
        seats: Option<Int>,
        sddcs: Option<Vec<SddcId>>,
        metadata: Option<Json>,
    }
}

model! {
    /// The window an SDDC was moved to (vendor structure `SupportWindowId`).
    pub struct SupportWindowIdBody {
        window_id: Option<SupportWindowId>,
    }
}

model! {
    /// The SDDC to move to a window (vendor structure `SddcId`).
    pub struct SddcIdBody {
        sddc_id: Option<SddcId>,
    }
}

impl SddcIdBody {
    /// This SDDC.
    pub fn of(sddc: impl Into<SddcId>) -> Self {
        let mut body = Self::new();
        body.sddc_id = Some(sddc.into());
        body
    }
}
