//! `vmc maintenance list`.

use clap::Args;
use vmc_api::models::{
    ReservationState, ReservationWindow, ReservationWindowMaintenanceProperties, SddcStateRequest,
};
use vmc_api::{Int, SddcId, maintenance};

use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve::sddc_id;

const EXAMPLES: &str = "\
Examples:
  vmc maintenance list
  vmc maintenance list --sddc lab --state SCHEDULED
  vmc maintenance list -o json";

/// Arguments of `vmc maintenance list`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// Only that of this SDDC, by name or id; may be repeated
    #[arg(long = "sddc", value_name = "SDDC")]
    sddcs: Vec<String>,

    /// Only that in this state: SCHEDULED, RUNNING, CANCELED, COMPLETED; may be repeated
    #[arg(long = "state", value_name = "STATE")]
    states: Vec<String>,

    #[command(flatten)]
    org: OrgArg,
}

impl List {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut ask = maintenance::Windows::new(context.org().await?);
        if !self.sddcs.is_empty() || !self.states.is_empty() {
            let mut only = SddcStateRequest::new();
            let mut sddcs = Vec::new();
            for sddc in &self.sddcs {
                sddcs.push(sddc_id(context, sddc).await?);
            }
            let states = self.states.iter().map(|state| state.to_uppercase().into());
            only.sddcs = (!sddcs.is_empty()).then_some(sddcs);
            only.states = (!self.states.is_empty()).then(|| states.collect());
            ask = ask.only(only);
        }
        let planned = context.vmc()?.send(ask).await?;
        let mut rows: Vec<(&str, &ReservationWindow)> = planned
            .iter()
            .flat_map(|(sddc, windows)| windows.iter().map(move |window| (sddc.as_str(), window)))
            .collect();
        rows.sort_by_key(|(sddc, window)| {
            let hour = window.start_hour.map(Int::get);
            (window.start_date.as_deref(), hour, *sddc)
        });
        context.printer()?.rows(&planned, &rows, &columns())
    }
}

/// What is planned, and the SDDC it is listed under.
type Row<'a> = (&'a str, &'a ReservationWindow);

fn columns<'a>() -> Vec<Column<Row<'a>>> {
    vec![
        Column::new("SDDC", |(listed, window): &Row<'_>| {
            Cell::new(window.sddc_id.as_ref().map_or(*listed, SddcId::as_str))
        }),
        Column::new("State", |(_, window): &Row<'_>| {
            cells::state(
                window
                    .reservation_state
                    .as_ref()
                    .map(ReservationState::as_str),
            )
        }),
        Column::new("Begins", |(_, window): &Row<'_>| begins(window)),
        Column::new("Hours", |(_, window): &Row<'_>| {
            super::number(window.duration_hours.as_ref())
        }),
        Column::new("Urgent", |(_, window): &Row<'_>| {
            cells::yes(window.emergency)
        })
        .optional(),
        Column::new("Work", |(_, window): &Row<'_>| {
            let work = window.maintenance_properties.as_ref();
            let status = |work: &ReservationWindowMaintenanceProperties| work.status.clone();
            Cell::maybe(work.and_then(status))
        })
        .optional(),
        Column::new("Id", |(_, window): &Row<'_>| {
            Cell::maybe(window.reserve_id.as_deref())
        })
        .id()
        .optional(),
    ]
}

/// `2027-02-24 04:00`
fn begins(window: &ReservationWindow) -> Cell {
    let hour = window
        .start_hour
        .as_ref()
        .map(|hour| format!("{:02}:00", hour.get()));
    let words = [window.start_date.as_deref(), hour.as_deref()];
    Cell::new(words.into_iter().flatten().collect::<Vec<_>>().join(" "))
}
