//! Where in a JSON document a byte lies.

use std::fmt::Write as _;

/// What is open at some point of a document.
enum Open<'a> {
    /// An array, and how many items came before.
    Array(usize),
    /// An object, and the name of the field that is being read.
    Object(Option<&'a [u8]>),
}

/// The path of the value that is being read at a line and column as serde_json
/// counts them: `items[3].created`, and nothing at the top.
///
/// The document is read as far as serde_json has read it, so that far it is
/// well-formed.
pub(crate) fn path_at(json: &[u8], line: usize, column: usize) -> String {
    let lines = json.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    let end = json.len().min(before.saturating_add(column));
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut at = 0;
    while at < end {
        match json[at] {
            b'[' => open.push(Open::Array(0)),
            b'{' => open.push(Open::Object(None)),
            b']' | b'}' => drop(open.pop()),
            b',' => match open.last_mut() {
                Some(Open::Array(items)) => *items += 1,
                Some(Open::Object(name)) => *name = None,
                None => {}
            },
            b'"' => {
                let text = string(&json[at + 1..]);
                if let Some(Open::Object(name @ None)) = open.last_mut() {
                    *name = Some(text);
                }
                at += text.len() + 1;
            }
            _ => {}
        }
        at += 1;
    }
    let mut path = String::new();
    for open in open {
        match open {
            // Writing to a string does not fail.
            Open::Array(item) => drop(write!(path, "[{item}]")),
            Open::Object(Some(name)) => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(&String::from_utf8_lossy(name));
            }
            Open::Object(None) => {}
        }
    }
    path
}

/// A string up to its closing quote, as it is written.
fn string(rest: &[u8]) -> &[u8] {
    let mut at = 0;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    &rest[..at.min(rest.len())]
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Row {
        n: u8,
        #[serde(default)]
        rows: Vec<Row>,
    }

    fn place<'a, T: Deserialize<'a> + std::fmt::Debug>(json: &'a str) -> String {
        let error = serde_json::from_str::<T>(json).unwrap_err();
        path_at(json.as_bytes(), error.line(), error.column())
    }

    #[test]
    fn values_of_an_unexpected_kind_are_found() {
        for (json, path) in [
            (r#"[{"n":1},{"n":"x"}]"#, "[1].n"),
            ("[\n {\"n\": 1},\n\n {\"n\": 900}]", "[1].n"),
            (
                r#"[{"rows":[{"n":1,"rows":[{"n":null}]}],"n":1}]"#,
                "[0].rows[0].rows[0].n",
            ),
            (r#"[{"n":{"a":1}}]"#, "[0].n"),
            (r#"[{"a\"]}":"\\\"","n":[]}]"#, "[0].n"),
            (r#"[{"n":1},{"rows":[]}]"#, "[1]"),
            (r#"[{"n":1},7]"#, "[1]"),
            (r#"{"n":1}"#, ""),
            (r#""x""#, ""),
        ] {
            assert_eq!(place::<Vec<Row>>(json), path, "{json}");
        }
        assert_eq!(place::<Row>(r#"{"n":1,"rows":[{"n":true}]}"#), "rows[0].n");
    }

    #[test]
    fn any_place_of_any_text_has_a_path() {
        for text in [
            &b"\"\\"[..],
            b"}]}]",
            b"{\"a",
            b"[[[[",
            b"\xff\xfe,{\"\xff\":1",
            b"",
        ] {
            for line in 0..3 {
                for column in 0..=text.len() + 2 {
                    path_at(text, line, column);
                }
            }
        }
    }
}
