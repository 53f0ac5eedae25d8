//! Cells that look the same in every table.

use time::{OffsetDateTime, UtcOffset};
use vmc_api::Timestamp;

use super::Cell;
use super::style::{BAD, FAINT, GOOD, WATCH};

/// A state, in the colour of how good it is.
pub(crate) fn state(text: Option<&str>) -> Cell {
    let Some(text) = text else {
        return Cell::default();
    };
    let style = match text.to_ascii_uppercase().as_str() {
        "READY" | "FINISHED" | "ACTIVE" | "LINKED" | "ENABLED" | "CREATED" | "YES"
        | "ACTIVATED" | "AVAILABLE" | "COMPLETED" | "RESOLVED" => GOOD,
        "FAILED" | "BROKEN" | "CANCELED" | "DISABLED" | "DENIED" | "ERROR" => BAD,
        "DELETED" | "UNLINKED" | "NO" | "EXPIRED" | "TERMINATED" => FAINT,
        _ => WATCH,
    };
    Cell::new(text).styled(style)
}

/// A word that is known to be good or bad, or is neither.
pub(crate) fn verdict(text: &str, good: Option<bool>) -> Cell {
    Cell::new(text).styled(match good {
        Some(true) => GOOD,
        Some(false) => BAD,
        None => FAINT,
    })
}

/// Yes or no.
pub(crate) fn yes(it: Option<bool>) -> Cell {
    Cell::maybe(it.map(|it| if it { "yes" } else { "no" }))
}

/// A moment to the minute, in UTC; what cannot be read stays as it came.
pub(crate) fn when(at: Option<&Timestamp>) -> Cell {
    Cell::maybe(at.map(|at| at.parse().map_or_else(|| at.as_str().to_owned(), minute)))
}

/// A moment to the minute, in UTC.
pub(crate) fn minute(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_in_utc_and_oddities_stay() {
        assert_eq!(
            when(Some(&"2019-07-01T22:31:07.000000Z".into())).text(),
            "2019-07-01 22:31"
        );
        assert_eq!(
            when(Some(&"2019-07-01T23:31:07+02:00".into())).text(),
            "2019-07-01 21:31"
        );
        assert_eq!(when(Some(&"soon".into())).text(), "soon");
        assert_eq!(when(None).text(), "");
    }
}
