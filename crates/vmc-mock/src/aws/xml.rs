//! XML text, as much of it as the Query protocol needs.

/// `<name>text</name>`, escaped.
pub(crate) fn leaf(name: &str, text: &str) -> String {
    node(name, &escape(text))
}

/// Text between tags.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#xD;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// `<name>inner</name>`, where `inner` is XML already.
pub(crate) fn node(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// `<name><member>…</member>…</name>`.
pub(crate) fn members(name: &str, items: impl IntoIterator<Item = String>) -> String {
    let inner: String = items
        .into_iter()
        .map(|item| node("member", &item))
        .collect();
    node(name, &inner)
}

/// A leaf if there is a text, else nothing.
pub(crate) fn optional(name: &str, text: Option<&str>) -> String {
    text.map(|text| leaf(name, text)).unwrap_or_default()
}
