//! Lays out rows in columns, within a width.

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;
use vmc_http::redact::printable;

use super::style::{HEADING, Paint};

/// Text of one field, and its style.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Plain text; made harmless, because it comes from a server.
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: printable(text.as_ref(), 2000),
            style: Style::new(),
        }
    }

    /// Text, or nothing.
    pub(crate) fn maybe(text: Option<impl AsRef<str>>) -> Self {
        text.map_or_else(Self::default, Self::new)
    }

    /// With a style.
    #[must_use]
    pub(crate) fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// The text in its style.
    pub(crate) fn painted(&self, paint: Paint) -> String {
        paint.with(self.style, &self.text)
    }

    /// The text alone.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// What happens to a column when the table is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Always shown whole: ids must survive copy and paste.
    Whole,
    /// May be cut to this many characters, with an ellipsis.
    Shorten(usize),
    /// As `Shorten`, but goes on below. The last column only.
    Wrap(usize),
    /// Left out first, the last column before the others.
    Optional,
}

/// A column to lay out.
#[derive(Debug)]
pub(crate) struct Lane {
    /// Its header.
    pub(crate) header: String,
    /// What happens to it when there is not enough room.
    pub(crate) fit: Fit,
}

const GAP: usize = 2;

/// The table, each line ended. Lines have no trailing blanks.
pub(crate) fn render(
    lanes: &[Lane],
    rows: &[Vec<Cell>],
    width: Option<usize>,
    paint: Paint,
) -> String {
    let widths = widths(lanes, rows, width);
    let mut out = String::new();
    let header: Vec<Cell> = lanes
        .iter()
        .map(|lane| Cell::new(&lane.header).styled(HEADING))
        .collect();
    for row in std::iter::once(&header).chain(rows) {
        let mut line = String::new();
        let mut blanks = 0;
        let mut column = 0;
        let mut below: Vec<(usize, Style, String)> = Vec::new();
        for ((cell, width), lane) in row.iter().zip(&widths).zip(lanes) {
            let Some(width) = width else { continue };
            let text = match lane.fit {
                Fit::Wrap(_) => {
                    let mut lines = wrap(&cell.text, *width).into_iter();
                    let first = lines.next().unwrap_or_default();
                    below.extend(lines.map(|text| (column, cell.style, text)));
                    first
                }
                _ => cut(&cell.text, *width),
            };
            column += width + GAP;
            let used = text.width();
            if !text.is_empty() {
                line.extend(std::iter::repeat_n(' ', blanks));
                blanks = 0;
                line.push_str(&paint.with(cell.style, &text));
            }
            blanks += width - used.min(*width) + GAP;
        }
        out.push_str(&line);
        out.push('\n');
        for (column, style, text) in below {
            out.push_str(&" ".repeat(column));
            out.push_str(&paint.with(style, &text));
            out.push('\n');
        }
    }
    out
}

/// The width of each column; none for those left out.
fn widths(lanes: &[Lane], rows: &[Vec<Cell>], limit: Option<usize>) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = lanes
        .iter()
        .enumerate()
        .map(|(index, lane)| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(index))
                .map(|cell| cell.text.width());
            Some(cells.chain([lane.header.width()]).max().unwrap_or(0))
        })
        .collect();
    let Some(limit) = limit else { return widths };
    loop {
        let shown = widths.iter().flatten().count();
        let total = widths.iter().flatten().sum::<usize>() + GAP * shown.saturating_sub(1);
        let Some(excess) = total.checked_sub(limit).filter(|excess| *excess > 0) else {
            return widths;
        };
        // The widest column that still gives way.
        let shrinkable = (0..lanes.len())
            .filter_map(|index| match (lanes[index].fit, widths[index]) {
                (Fit::Shorten(least) | Fit::Wrap(least), Some(width)) => {
                    let least = least.max(lanes[index].header.width());
                    (width > least).then_some((width, index, least))
                }
                _ => None,
            })
            .max_by_key(|(width, index, _)| (*width, std::cmp::Reverse(*index)));
        let droppable = (0..lanes.len())
            .rev()
            .find(|index| lanes[*index].fit == Fit::Optional && widths[*index].is_some());
        match (droppable, shrinkable) {
            (Some(index), _) => widths[index] = None,
            (None, Some((width, index, least))) => {
                widths[index] = Some(width.saturating_sub(excess).max(least));
            }
            (None, None) => return widths,
        }
    }
}

/// The words in lines of at most this many columns of a terminal. A word that
/// is longer stands whole: it may be an id.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The text in at most this many columns of a terminal.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        if out.width() + 1 > width {
            out.pop();
            break;
        }
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(list: &[(&str, Fit)]) -> Vec<Lane> {
        list.iter()
            .map(|(header, fit)| Lane {
                header: (*header).to_owned(),
                fit: *fit,
            })
            .collect()
    }

    fn rows(list: &[&[&str]]) -> Vec<Vec<Cell>> {
        list.iter()
            .map(|row| row.iter().map(Cell::new).collect())
            .collect()
    }

    #[test]
    fn columns_align_by_what_the_terminal_shows() {
        let table = render(
            &lanes(&[
                ("NAME", Fit::Shorten(8)),
                ("ID", Fit::Whole),
                ("STATE", Fit::Whole),
            ]),
            &rows(&[&["東京", "1", "READY"], &["a", "22", ""]]),
            None,
            Paint::OFF,
        );
        assert_eq!(table, "NAME  ID  STATE\n東京  1   READY\na     22\n");
    }

    #[test]
    fn a_narrow_terminal_drops_then_shortens_and_never_cuts_ids() {
        let lanes = lanes(&[
            ("NAME", Fit::Shorten(6)),
            ("ID", Fit::Whole),
            ("CREATED", Fit::Optional),
        ]);
        let rows = rows(&[&["a-rather-long-name", "0123456789", "2026-11-21"]]);
        let line = |width| {
            render(&lanes, &rows, Some(width), Paint::OFF)
                .lines()
                .nth(1)
                .unwrap()
                .to_owned()
        };
        assert_eq!(line(42), "a-rather-long-name  0123456789  2026-11-21");
        assert_eq!(line(41), "a-rather-long-name  0123456789");
        assert_eq!(line(20), "a-rathe…  0123456789");
        assert_eq!(line(5), "a-rat…  0123456789");
    }

    #[test]
    fn reasons_go_on_below() {
        let lanes = lanes(&[("ID", Fit::Whole), ("WHY", Fit::Wrap(8))]);
        let rows = rows(&[&["1", "no room in this zone"], &["2", ""]]);
        let table = |width| render(&lanes, &rows, width, Paint::OFF);
        assert_eq!(
            table(Some(15)),
            "ID  WHY\n1   no room in\n    this zone\n2\n"
        );
        assert_eq!(table(None), "ID  WHY\n1   no room in this zone\n2\n");
    }

    #[test]
    fn server_text_cannot_break_the_layout() {
        let table = render(
            &lanes(&[("A", Fit::Whole)]),
            &rows(&[&["x\ny\x1b[2J\u{202e}z"]]),
            None,
            Paint::OFF,
        );
        assert_eq!(table, "A\nx y[2Jz\n");
    }
}
