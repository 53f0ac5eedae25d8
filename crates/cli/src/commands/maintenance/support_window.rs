//! `vmc maintenance support-windows` and `set-support-window`.

use clap::Args;
use vmc_api::models::{DayOfWeek, SddcIdBody, SupportWindow, SupportWindowIdBody};
use vmc_api::{SddcId, SupportWindowId, maintenance};

use crate::args::{DryRunArg, OrgArg, SddcArg};
use crate::context::Context;
use crate::dry_run;
use crate::error::Error;
use crate::output::{Cell, Column};
use crate::resolve::{or_see, sddc_told};

/// Arguments of `vmc maintenance support-windows`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vmc maintenance support-windows
  vmc maintenance support-windows --seats 1 -o json")]
pub(crate) struct List {
    /// Only those with room for so many more SDDCs
    #[arg(long, value_name = "N")]
    seats: Option<u32>,

    /// Only those that this user made
    #[arg(long, value_name = "USER")]
    created_by: Option<String>,

    #[command(flatten)]
    org: OrgArg,
}

/// Arguments of `vmc maintenance set-support-window`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vmc maintenance set-support-window 0a1b2c3d --sddc lab
  vmc maintenance set-support-window 0a1b2c3d --sddc lab --dry-run")]
pub(crate) struct Set {
    /// Id of the window to move to
    #[arg(value_name = "WINDOW")]
    window: String,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    sddc: SddcArg,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut list = maintenance::SupportWindows::new(context.org().await?);
        if let Some(seats) = self.seats {
            list = list.minimum_seats_available(seats);
        }
        if let Some(user) = self.created_by {
            list = list.created_by(user);
        }
        let mut windows = context.vmc()?.send(list).await?;
        windows.sort_by(|a, b| a.support_window_id.cmp(&b.support_window_id));
        context.printer()?.list(&windows, &columns())
    }
}

impl Set {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = sddc_told(context).await?;
        let org = context.org().await?;
        let body = SddcIdBody::of(&sddc.id);
        let set = maintenance::SetSupportWindow::new(org, self.window, body);
        if self.dry_run.dry_run {
            return dry_run::show(context, &set);
        }
        let find_out = format!("vmc maintenance support-windows{}", context.resume_flags());
        let request = context.vmc()?.send(set);
        let moved = context.act("the move", &find_out, request).await;
        let moved = moved.map_err(|error| or_see(error, &find_out))?;
        let columns = [Column::new("Window", |moved: &SupportWindowIdBody| {
            Cell::maybe(moved.window_id.as_ref().map(SupportWindowId::as_str))
        })
        .id()];
        context.printer()?.show(&moved, &columns)
    }
}

fn columns() -> Vec<Column<SupportWindow>> {
    vec![
        Column::new("Id", |window: &SupportWindow| {
            Cell::maybe(
                window
                    .support_window_id
                    .as_ref()
                    .map(SupportWindowId::as_str),
            )
        })
        .id(),
        Column::new("Day", |window: &SupportWindow| {
            Cell::maybe(window.start_day.as_ref().map(DayOfWeek::as_str))
        }),
        Column::new("From", |window: &SupportWindow| {
            super::hour(window.start_hour.as_ref())
        }),
        Column::new("Hours", |window: &SupportWindow| {
            super::number(window.duration_hours.as_ref())
        }),
        Column::new("Seats", |window: &SupportWindow| {
            super::number(window.seats.as_ref())
        }),
        Column::new("SDDCs", |window: &SupportWindow| {
            let sddcs = window.sddcs.iter().flatten().map(SddcId::as_str);
            Cell::new(sddcs.collect::<Vec<_>>().join(" "))
        })
        .wrap(16),
    ]
}
