//! `vmc maintenance windows`, `show` and `set-window`.

use clap::{Args, ValueEnum};
use vmc_api::models::{DayOfWeek, MaintenanceWindow, MaintenanceWindowEntry, MaintenanceWindowGet};
use vmc_api::{Int, ReservationId, SddcId, reservations};

use crate::args::{DryRunArg, OrgArg};
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve::sddc_id;

/// Arguments of `vmc maintenance windows`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vmc maintenance windows
  vmc maintenance windows -o json

The vendor calls these windows deprecated in favour of support windows: \
vmc maintenance support-windows")]
pub(crate) struct List {
    #[command(flatten)]
    org: OrgArg,
}

/// Arguments of `vmc maintenance show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vmc maintenance show lab
  vmc maintenance show lab -o json")]
pub(crate) struct Show {
    /// SDDC, by name or id, or the reservation's id
    #[arg(value_name = "SDDC")]
    target: String,

    #[command(flatten)]
    org: OrgArg,
}

/// Arguments of `vmc maintenance set-window`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vmc maintenance set-window lab --day sunday --hour 2
  vmc maintenance set-window lab --day sunday --hour 2 --dry-run

Hours are those that the service counts in; its documentation names no zone.")]
pub(crate) struct Set {
    /// SDDC, by name or id, or the reservation's id
    #[arg(value_name = "SDDC")]
    target: String,

    /// Day of the week
    #[arg(long, value_name = "DAY", ignore_case = true)]
    day: Day,

    /// Hour of the day at which it begins, 0 to 23
    #[arg(long, value_name = "HOUR", value_parser = clap::value_parser!(u32).range(0..24))]
    hour: u32,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    org: OrgArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut windows = entries(context).await?;
        windows.sort_by(|a, b| a.sddc_id.cmp(&b.sddc_id));
        context.printer()?.list(&windows, &entry_columns())
    }
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let reservation = reservation(context, &self.target).await?;
        let get = reservations::GetMaintenanceWindow::new(context.org().await?, reservation);
        let window = context.vmc()?.send(get).await?;
        context.printer()?.show(&window, &columns())
    }
}

impl Set {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let reservation = reservation(context, &self.target).await?;
        let org = context.org().await?;
        let mut window = MaintenanceWindow::new();
        window.day_of_week = Some(match self.day {
            Day::Monday => DayOfWeek::Monday,
            Day::Tuesday => DayOfWeek::Tuesday,
            Day::Wednesday => DayOfWeek::Wednesday,
            Day::Thursday => DayOfWeek::Thursday,
            Day::Friday => DayOfWeek::Friday,
            Day::Saturday => DayOfWeek::Saturday,
            Day::Sunday => DayOfWeek::Sunday,
        });
        window.hour_of_day = Some(self.hour.into());
        let set = reservations::SetMaintenanceWindow::new(org, &reservation, window.clone());
        if self.dry_run.dry_run {
            return dry_run::show(context, &set);
        }
        let find_out = format!(
            "vmc maintenance show {reservation}{}",
            context.resume_flags()
        );
        let vmc = context.vmc()?;
        context.act("the change", &find_out, vmc.send(set)).await?;
        let get = reservations::GetMaintenanceWindow::new(org, &reservation);
        let now = vmc.send(get).await.unwrap_or_else(|error| {
            context.warn(&format!("it is done, but cannot be shown: {error}"));
            let mut asked = MaintenanceWindowGet::new();
            asked.day_of_week = window.day_of_week;
            asked.hour_of_day = window.hour_of_day;
            asked
        });
        context.printer()?.show(&now, &columns())
    }
}

async fn entries(context: &Context) -> Result<Vec<MaintenanceWindowEntry>, Error> {
    let list = reservations::List::new(context.org().await?);
    Ok(context.vmc()?.send(list).await?)
}

/// The reservation of this id, or of the SDDC of this id or name.
async fn reservation(context: &Context, wanted: &str) -> Result<ReservationId, Error> {
    let entries = entries(context).await?;
    let is = |id: &str| id.eq_ignore_ascii_case(wanted);
    let named = entries
        .iter()
        .filter_map(|entry| entry.reservation_id.as_ref())
        .find(|id| is(id.as_str()));
    if let Some(id) = named {
        return Ok(id.clone());
    }
    let sddc = sddc_id(context, wanted).await?;
    entries
        .into_iter()
        .find(|entry| entry.sddc_id.as_ref() == Some(&sddc))
        .and_then(|entry| entry.reservation_id)
        .ok_or_else(|| {
            Error::not_found(format!("no maintenance window is listed for SDDC {sddc}"))
                .hint("To see the windows: vmc maintenance windows")
        })
}

fn columns() -> Vec<Column<MaintenanceWindowGet>> {
    vec![
        Column::new("Day", |window: &MaintenanceWindowGet| {
            Cell::maybe(window.day_of_week.as_ref().map(DayOfWeek::as_str))
        }),
        Column::new("From", |window: &MaintenanceWindowGet| {
            super::hour(window.hour_of_day.as_ref())
        }),
        Column::new("Minutes", |window: &MaintenanceWindowGet| {
            super::number(window.duration_min.as_ref())
        }),
        Column::new("Version", |window: &MaintenanceWindowGet| {
            super::number(window.version.as_ref())
        }),
    ]
}

fn entry_columns() -> Vec<Column<MaintenanceWindowEntry>> {
    type Entry = MaintenanceWindowEntry;
    fn number(
        entry: &Entry,
        of: fn(&vmc_api::models::ReservationSchedule) -> Option<Int>,
    ) -> Option<Int> {
        entry.reservation_schedule.as_ref().and_then(of)
    }
    vec![
        Column::new("SDDC", |entry: &Entry| {
            Cell::maybe(entry.sddc_id.as_ref().map(SddcId::as_str))
        }),
        Column::new("Day", |entry: &Entry| {
            let schedule = entry.reservation_schedule.as_ref();
            let day = schedule.and_then(|schedule| schedule.day_of_week.as_ref());
            Cell::maybe(day.map(DayOfWeek::as_str))
        }),
        Column::new("From", |entry: &Entry| {
            super::hour(number(entry, |schedule| schedule.hour_of_day).as_ref())
        }),
        Column::new("Minutes", |entry: &Entry| {
            super::number(number(entry, |schedule| schedule.duration_min).as_ref())
        }),
        Column::new("Open", |entry: &Entry| {
            cells::yes(entry.in_maintenance_window)
        }),
        Column::new("Work", |entry: &Entry| {
            cells::yes(entry.in_maintenance_mode)
        }),
        Column::new("Id", |entry: &Entry| {
            Cell::maybe(entry.reservation_id.as_ref().map(ReservationId::as_str))
        })
        .id()
        .optional(),
    ]
}
