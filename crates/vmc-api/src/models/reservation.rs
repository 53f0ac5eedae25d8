//! Weekly maintenance windows: the older family, which the vendor deprecated.

use vmc_http::{model, open_enum};

use crate::{Int, Map, ReservationId, SddcId, Timestamp};

open_enum! {
    /// Day of a week.
    pub enum DayOfWeek {
        Sunday = "SUNDAY",
        Monday = "MONDAY",
        Tuesday = "TUESDAY",
        Wednesday = "WEDNESDAY",
        Thursday = "THURSDAY",
        Friday = "FRIDAY",
        Saturday = "SATURDAY",
    }
}

model! {
    /// An SDDC's maintenance window (vendor structure `MaintenanceWindowEntry`).
    pub struct MaintenanceWindowEntry {
        reservation_id: Option<ReservationId>,
        sddc_id: Option<SddcId>,
        /// Whether the window is open now.
        in_maintenance_window: Option<bool>,
        /// Whether work is being done now.
        in_maintenance_mode: Option<bool>,
        reservation_schedule: Option<ReservationSchedule>,
    }
}

model! {
    /// When maintenance may happen (vendor structure `ReservationSchedule`).
    pub struct ReservationSchedule {
        day_of_week: Option<DayOfWeek>,
        /// 0 to 23.
        hour_of_day: Option<Int>,
        /// Minutes.
        duration_min: Option<Int>,
        version: Option<Int>,
        /// Planned outside the window.
        reservations: Option<Vec<Reservation>>,
        /// Planned inside the window.
        reservations_mw: Option<Vec<ReservationInMw>>,
    }
}

model! {
    /// A time kept for maintenance (vendor structure `Reservation`).
    pub struct Reservation {
        rid: Option<String>,
        start_time: Option<Timestamp>,
        duration: Option<Int>,
        /// Free text, not a date-time.
        create_time: Option<String>,
        metadata: Option<Map<String>>,
    }
}

model! {
    /// A week whose window is kept for maintenance (vendor structure `ReservationInMw`).
    pub struct ReservationInMw {
        rid: Option<String>,
        week_of: Option<String>,
        create_time: Option<Timestamp>,
        metadata: Option<Map<String>>,
    }
}

model! {
    /// A weekly window as read (vendor structure `MaintenanceWindowGet`).
    pub struct MaintenanceWindowGet {
        day_of_week: Option<DayOfWeek>,
        /// 0 to 23.
        hour_of_day: Option<Int>,
        /// Minutes.
        duration_min: Option<Int>,
        version: Option<Int>,
    }
}

model! {
    /// A weekly window as wanted (vendor structure `MaintenanceWindow`).
    pub struct MaintenanceWindow {
        day_of_week: Option<DayOfWeek>,
        /// 0 to 23.
        hour_of_day: Option<Int>,
    }
}
