//! When SDDCs are maintained: by a calendar, so nothing has to be kept but the hour.

use super::{Sddc, derived_id, seconds, table::row};
use crate::clock::Time;
use serde::{Deserialize, Serialize};

/// Days of the week, as the API spells them; the first is day 0.
pub(crate) const DAYS: [&str; 7] = [
    "SUNDAY",
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
];

/// The hour of the week when an SDDC may be maintained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaintenanceHour {
    /// `SUNDAY` to `SATURDAY`.
    pub day: String,
    /// 0 to 23.
    pub hour: u64,
    /// Grows with each change.
    pub version: u64,
}

impl Default for MaintenanceHour {
    fn default() -> Self {
        Self {
            day: "WEDNESDAY".into(),
            hour: 4,
            version: 1,
        }
    }
}

/// A window in which the vendor's support works, with seats for SDDCs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SupportWindow {
    /// UUID.
    pub id: String,
    /// `SUNDAY` to `SATURDAY`.
    pub day: String,
    /// 0 to 23.
    pub hour: u64,
    /// Length.
    pub hours: u64,
    /// How many SDDCs it has room for.
    pub seats: u64,
    /// Who made it.
    pub created_by: String,
}
row!(SupportWindow, id);

/// One maintenance of an SDDC.
pub(crate) struct Maintenance {
    pub(crate) id: String,
    pub(crate) start: Time,
    /// `SCHEDULED`, `RUNNING` or `COMPLETED`.
    pub(crate) state: &'static str,
}

const DAY: u64 = 86_400;

impl Sddc {
    /// The latest and the next maintenance, one every so many days since the SDDC was created.
    pub(crate) fn maintenances(&self, every_days: u64, hours: u64, now: Time) -> Vec<Maintenance> {
        if every_days == 0 {
            return Vec::new();
        }
        let latest = now.since(self.created).as_secs() / (every_days * DAY);
        (latest..=latest + 1)
            .filter(|count| *count > 0)
            .map(|count| {
                let start = self
                    .window
                    .after(self.created.plus(seconds(count * every_days * DAY)));
                let state = match now {
                    now if now < start => "SCHEDULED",
                    now if now < start.plus(seconds(hours * 3600)) => "RUNNING",
                    _ => "COMPLETED",
                };
                Maintenance {
                    id: derived_id(&self.id, &format!("maintenance-{count}")),
                    start,
                    state,
                }
            })
            .collect()
    }
}

impl MaintenanceHour {
    /// The first time it comes after `at`.
    fn after(&self, at: Time) -> Time {
        let days = at.unix().div_euclid(86_400);
        // 1970 began on a Thursday.
        let today = (days + 4).rem_euclid(7);
        let wanted = DAYS.iter().position(|day| *day == self.day);
        let wanted = i64::try_from(wanted.unwrap_or(0)).unwrap_or(0);
        let ahead = (wanted - today).rem_euclid(7);
        let hour = i64::try_from(self.hour.min(23)).unwrap_or(0);
        let found = Time::from_unix((days + ahead) * 86_400 + hour * 3600);
        match found < at {
            true => found.plus(seconds(7 * DAY)),
            false => found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_of_the_week() {
        let hour = MaintenanceHour::default();
        let after = |text: &str| hour.after(Time::parse(text).unwrap()).micros();
        assert_eq!(after("2026-01-01T00:00:00Z"), "2026-01-07T04:00:00.000000Z");
        assert_eq!(after("2026-01-07T04:00:00Z"), "2026-01-07T04:00:00.000000Z");
        assert_eq!(after("2026-01-07T04:00:01Z"), "2026-01-14T04:00:00.000000Z");
    }

    #[test]
    fn maintenance_follows_from_the_time() {
        let sddc = Sddc {
            created: Time::parse("2026-01-01T00:00:00Z").unwrap(),
            ..Sddc::default()
        };
        let states = |text: &str| {
            let now = Time::parse(text).unwrap();
            let all = sddc.maintenances(90, 6, now);
            all.iter().map(|one| one.state).collect::<Vec<_>>()
        };
        // 90 days later is 2026-04-01, a Wednesday.
        assert_eq!(states("2026-01-02T00:00:00Z"), ["SCHEDULED"]);
        assert_eq!(states("2026-04-01T05:00:00Z"), ["RUNNING", "SCHEDULED"]);
        assert_eq!(states("2026-04-01T10:00:00Z"), ["COMPLETED", "SCHEDULED"]);
    }
}
