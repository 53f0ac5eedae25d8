//! Results on stdout: the same value as a table, JSON, YAML, CSV or names.

pub(crate) mod cells;
pub(crate) mod style;
pub(crate) mod table;

use std::io::Write as _;

use serde::Serialize;
use serde_json::Value;
use vmc_http::redact::{is_control, redact_json};

use crate::error::Error;
use crate::settings::Env;
use style::{HEADING, Paint};
pub(crate) use table::{Cell, Fit};
use table::{Lane, render};

/// `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// Everything the service sent.
    Json,
    /// One JSON document per line.
    Jsonl,
    /// As JSON, easier to read.
    Yaml,
    /// The table's columns, for spreadsheets.
    Csv,
    /// The table's columns, separated by tabs, without headers.
    Text,
    /// Ids, one per line.
    Name,
}

impl Format {
    /// Refuses formats made of columns, where the result is one document.
    pub(crate) fn for_document(self) -> Result<(), Error> {
        let name = match self {
            Self::Csv => "csv",
            Self::Text => "text",
            Self::Name => "name",
            Self::Table | Self::Json | Self::Jsonl | Self::Yaml => return Ok(()),
        };
        Err(Error::usage(format!(
            "this result has no columns, so there is no {name} of it"
        ))
        .hint("Formats for it: -o json, jsonl or yaml."))
    }
}

/// A column of a list, or a line of a single thing.
pub(crate) struct Column<T> {
    label: &'static str,
    fit: Fit,
    list: bool,
    id: bool,
    cell: Box<dyn Fn(&T) -> Cell>,
}

impl<T> Column<T> {
    /// A column that is always shown whole.
    pub(crate) fn new(label: &'static str, cell: impl Fn(&T) -> Cell + 'static) -> Self {
        Self {
            label,
            fit: Fit::Whole,
            list: true,
            id: false,
            cell: Box::new(cell),
        }
    }

    /// What stands above it, or before it.
    pub(crate) fn label(&self) -> &'static str {
        self.label
    }

    /// What stands in it.
    pub(crate) fn cell(&self, item: &T) -> Cell {
        (self.cell)(item)
    }

    /// What `-o name` prints.
    #[must_use]
    pub(crate) fn id(mut self) -> Self {
        self.id = true;
        self
    }

    /// May be shortened to this many characters.
    #[must_use]
    pub(crate) fn shorten(mut self, least: usize) -> Self {
        self.fit = Fit::Shorten(least);
        self
    }

    /// May be wrapped at this many characters. The last column only.
    #[must_use]
    pub(crate) fn wrap(mut self, least: usize) -> Self {
        self.fit = Fit::Wrap(least);
        self
    }

    /// Left out where it does not fit.
    #[must_use]
    pub(crate) fn optional(mut self) -> Self {
        self.fit = Fit::Optional;
        self
    }

    /// Shown for a single thing, not in lists.
    #[must_use]
    pub(crate) fn detail(mut self) -> Self {
        self.list = false;
        self
    }
}

/// Writes results.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    /// How.
    pub(crate) format: Format,
    /// Colour of the table.
    pub(crate) paint: Paint,
    /// Columns of the terminal; none where there is no limit.
    pub(crate) width: Option<usize>,
    /// Whether secrets are shown.
    pub(crate) reveal: bool,
}

impl Printer {
    /// Prints a list.
    pub(crate) fn list<T: Serialize>(
        &self,
        items: &[T],
        columns: &[Column<T>],
    ) -> Result<(), Error> {
        let text = self.list_text(items, columns)?;
        self.raw(&text)
    }

    /// Prints one thing.
    pub(crate) fn show<T: Serialize>(&self, item: &T, columns: &[Column<T>]) -> Result<(), Error> {
        let text = self.show_text(item, columns)?;
        self.raw(&text)
    }

    /// Prints a document of which tables show rows.
    pub(crate) fn rows<T>(
        &self,
        whole: &impl Serialize,
        rows: &[T],
        columns: &[Column<T>],
    ) -> Result<(), Error> {
        let text = match self.format {
            Format::Json | Format::Jsonl | Format::Yaml => self.tree(value(whole)?, self.format)?,
            _ => self.columns_text(rows, columns),
        };
        self.raw(&text)
    }

    /// Prints a document that has no columns: JSON, where a table was asked for.
    pub(crate) fn document(&self, value: Value) -> Result<(), Error> {
        let format = match self.format {
            Format::Table | Format::Csv | Format::Text | Format::Name => Format::Json,
            format => format,
        };
        let text = self.tree(value, format)?;
        self.raw(&text)
    }

    /// Prints text as it is. It must be harmless.
    pub(crate) fn raw(&self, text: &str) -> Result<(), Error> {
        // Styles are only in the text if they are wanted; Windows consoles
        // of old still need a translation.
        let choice = if self.paint.on() {
            anstream::ColorChoice::Always
        } else {
            anstream::ColorChoice::Never
        };
        let mut out = anstream::AutoStream::new(std::io::stdout().lock(), choice);
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    fn list_text<T: Serialize>(&self, items: &[T], columns: &[Column<T>]) -> Result<String, Error> {
        Ok(match self.format {
            Format::Json | Format::Jsonl | Format::Yaml => self.tree(value(items)?, self.format)?,
            _ => self.columns_text(items, columns),
        })
    }

    /// A list in one of the formats that are made of columns.
    pub(crate) fn columns_text<T>(&self, items: &[T], columns: &[Column<T>]) -> String {
        let listed = || columns.iter().filter(|column| column.list);
        let cells = || {
            items.iter().map(|item| {
                listed()
                    .map(|column| (column.cell)(item))
                    .collect::<Vec<_>>()
            })
        };
        match self.format {
            Format::Csv => {
                let header = listed()
                    .map(|column| Cell::new(snake(column.label)))
                    .collect();
                std::iter::once(header)
                    .chain(cells())
                    .map(|row: Vec<Cell>| separated(&row, ","))
                    .collect()
            }
            Format::Text => cells().map(|row| separated(&row, "\t")).collect(),
            Format::Name => items.iter().map(|item| name(item, columns)).collect(),
            _ => {
                let lanes: Vec<Lane> = listed()
                    .map(|column| Lane {
                        header: column.label.to_uppercase(),
                        fit: column.fit,
                    })
                    .collect();
                let rows: Vec<_> = cells().collect();
                render(&lanes, &rows, self.width, self.paint)
            }
        }
    }

    fn show_text<T: Serialize>(&self, item: &T, columns: &[Column<T>]) -> Result<String, Error> {
        Ok(match self.format {
            Format::Table => {
                let lines: Vec<(&str, Cell)> = columns
                    .iter()
                    .map(|column| (column.label, (column.cell)(item)))
                    .filter(|(_, cell)| !cell.text().is_empty())
                    .collect();
                self.lines(&lines)
            }
            Format::Csv | Format::Text => self.list_text(std::slice::from_ref(item), columns)?,
            Format::Name => name(item, columns),
            Format::Json | Format::Jsonl | Format::Yaml => self.tree(value(item)?, self.format)?,
        })
    }

    /// `Label:  value`, aligned.
    pub(crate) fn lines(&self, lines: &[(&str, Cell)]) -> String {
        let widest = lines
            .iter()
            .map(|(label, _)| label.len())
            .max()
            .unwrap_or(0);
        lines
            .iter()
            .map(|(label, cell)| {
                let blanks = " ".repeat(widest - label.len() + 2);
                let label = self.paint.with(HEADING, &format!("{label}:"));
                format!("{label}{blanks}{}\n", cell.painted(self.paint))
            })
            .collect()
    }

    fn tree(&self, mut value: Value, format: Format) -> Result<String, Error> {
        if !self.reveal {
            redact_json(&mut value);
        }
        Ok(match (format, value) {
            (Format::Yaml, value) => {
                let text = serde_saphyr::to_string(&value)
                    .map_err(|error| Error::bug("the result has no YAML form").because(error))?;
                // YAML escapes less than JSON, and JSON is YAML as well.
                if text.chars().any(|c| c != '\n' && is_control(c)) {
                    return self.tree(value, Format::Json);
                }
                format!("{}\n", text.trim_end_matches('\n'))
            }
            (Format::Jsonl, Value::Array(items)) => items
                .iter()
                .map(|item| format!("{}\n", harmless(&item.to_string())))
                .collect(),
            (Format::Jsonl, value) => format!("{}\n", harmless(&value.to_string())),
            (_, value) => format!("{}\n", harmless(&format!("{value:#}"))),
        })
    }
}

/// JSON without characters that drive a terminal, and still the same value:
/// serde_json itself escapes no more than the first 32.
pub(crate) fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_control(c) {
            // Controls outside of strings are line breaks alone, and all are in
            // the first plane.
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

fn value(item: &(impl Serialize + ?Sized)) -> Result<Value, Error> {
    serde_json::to_value(item)
        .map_err(|error| Error::bug("the result has no JSON form").because(error))
}

fn name<T>(item: &T, columns: &[Column<T>]) -> String {
    let column = columns.iter().find(|column| column.id).or(columns.first());
    column.map_or_else(String::new, |column| {
        format!("{}\n", (column.cell)(item).text())
    })
}

fn separated(row: &[Cell], separator: &str) -> String {
    let fields: Vec<String> = row
        .iter()
        .map(|cell| match cell.text() {
            text if separator == "," && text.contains([',', '"']) => {
                format!("\"{}\"", text.replace('"', "\"\""))
            }
            text => text.to_owned(),
        })
        .collect();
    fields.join(separator) + "\n"
}

fn snake(label: &str) -> String {
    label.to_lowercase().replace([' ', '-'], "_")
}

/// Columns to lay out text on stderr for: a table there is for people.
pub(crate) fn error_width(env: &Env) -> usize {
    let set = env.get("COLUMNS").and_then(|text| text.parse().ok());
    set.filter(|width| *width > 0).unwrap_or(80)
}

/// Columns to lay out for: `COLUMNS`, else the terminal's. Without a terminal
/// there is no limit: a pipe gets everything.
pub(crate) fn width(env: &Env) -> Option<usize> {
    use std::io::IsTerminal as _;
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let set = env.get("COLUMNS").and_then(|text| text.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    set.or_else(terminal).filter(|width| *width > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn printer(format: Format, reveal: bool) -> Printer {
        Printer {
            format,
            paint: Paint::OFF,
            width: None,
            reveal,
        }
    }

    fn columns() -> Vec<Column<Value>> {
        let text = |field: &'static str| move |item: &Value| Cell::maybe(item[field].as_str());
        vec![
            Column::new("Name", text("name")),
            Column::new("Id", text("id")).id(),
            Column::new("Owner's note", text("note")).detail(),
        ]
    }

    fn items() -> Vec<Value> {
        vec![
            json!({"id": "1", "name": "a, \"b\"", "cloud_password": "canary", "extra": {"x": [1, null]}}),
            json!({"id": "2", "name": "c", "note": "n"}),
        ]
    }

    fn list(format: Format) -> String {
        printer(format, false)
            .list_text(&items(), &columns())
            .unwrap()
    }

    #[test]
    fn one_list_in_every_format() {
        assert_eq!(list(Format::Table), "NAME    ID\na, \"b\"  1\nc       2\n");
        assert_eq!(list(Format::Csv), "name,id\n\"a, \"\"b\"\"\",1\nc,2\n");
        assert_eq!(list(Format::Text), "a, \"b\"\t1\nc\t2\n");
        assert_eq!(list(Format::Name), "1\n2\n");
        assert_eq!(list(Format::Jsonl).lines().count(), 2);
        let json: Value = serde_json::from_str(&list(Format::Json)).unwrap();
        assert_eq!(json[0]["extra"], json!({"x": [1, null]}), "nothing is lost");
        assert!(list(Format::Yaml).contains("- "), "{}", list(Format::Yaml));
    }

    #[test]
    fn an_empty_list_is_a_header_or_an_empty_array() {
        let empty = |format| printer(format, false).list_text(&[], &columns()).unwrap();
        assert_eq!(empty(Format::Json), "[]\n");
        assert_eq!(empty(Format::Jsonl), "");
        assert_eq!(empty(Format::Name), "");
        assert_eq!(empty(Format::Table), "NAME  ID\n");
    }

    #[test]
    fn one_thing_in_every_format() {
        let show = |format| {
            printer(format, false)
                .show_text(&items()[1], &columns())
                .unwrap()
        };
        assert_eq!(
            show(Format::Table),
            "Name:          c\nId:            2\nOwner's note:  n\n"
        );
        assert_eq!(show(Format::Name), "2\n");
        assert!(show(Format::Json).starts_with("{\n"));
        assert!(
            show(Format::Yaml).contains("name: c"),
            "{}",
            show(Format::Yaml)
        );
    }

    #[test]
    fn documents_cannot_drive_a_terminal_and_lose_nothing() {
        let odd = json!([{"id": "a\u{9b}31m\u{1b}[2J\u{202e}\u{feff}\u{7f}é\n"}]);
        for format in [Format::Json, Format::Jsonl, Format::Yaml] {
            let text = printer(format, false).tree(odd.clone(), format).unwrap();
            assert!(
                !text.chars().any(|c| c != '\n' && is_control(c)),
                "{format:?}: {text:?}"
            );
        }
        let text = printer(Format::Json, false)
            .tree(odd.clone(), Format::Json)
            .unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), odd);
    }

    #[test]
    fn secrets_are_shown_on_request_only() {
        for format in [
            Format::Table,
            Format::Json,
            Format::Jsonl,
            Format::Yaml,
            Format::Csv,
            Format::Text,
            Format::Name,
        ] {
            assert!(!list(format).contains("canary"), "{format:?}");
        }
        let revealed = printer(Format::Json, true)
            .list_text(&items(), &columns())
            .unwrap();
        assert!(revealed.contains("canary"));
    }
}
