//! Path and query of a call, percent-encoded as they are put together.

use std::fmt::{self, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986 "unreserved" is encoded inside a segment or value.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where a call goes below the base URL: never a host, so an operation cannot
/// point the credentials somewhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    path: String,
    /// The template from its first open place on.
    open: &'static str,
    query: String,
    problem: Option<String>,
}

impl Target {
    /// Starts from a template such as `/orgs/{org}/tasks`.
    pub fn new(template: &'static str) -> Self {
        let mut target = Self {
            // Room for two ids.
            path: String::with_capacity(template.len() + 64),
            open: template,
            query: String::new(),
            problem: None,
        };
        target.copy_to_next_place();
        target
    }

    fn copy_to_next_place(&mut self) {
        let (done, open) = self
            .open
            .split_at(self.open.find('{').unwrap_or(self.open.len()));
        self.path.push_str(done);
        self.open = open;
    }

    /// Takes path and query as they are, for raw calls and links that a server
    /// handed out. Must start with one `/`.
    pub fn verbatim(path_and_query: &str) -> Self {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let mut target = Self {
            path: path.to_owned(),
            open: "",
            query: query.to_owned(),
            problem: None,
        };
        if !path.starts_with('/') || path.starts_with("//") {
            target.complain(format!("the path {path:?} must start with a single /"));
        } else if path.split('/').any(is_dots) {
            target.complain(format!(
                "the path {path:?} must not contain . or .. segments"
            ));
        } else if path.contains('{') {
            target.complain("a path variable was left unset".into());
        } else if path_and_query
            .bytes()
            .any(|b| b <= b' ' || b == 0x7f || b == b'#' || b == b'\\')
        {
            target.complain(
                "the path must be percent-encoded: no spaces, #, \\ or control characters".into(),
            );
        }
        target
    }

    /// Puts a value in the place of `{name}`, which must be the first open one.
    #[must_use]
    pub fn segment(mut self, name: &str, value: &(impl fmt::Display + ?Sized)) -> Self {
        let rest = self.open.strip_prefix('{').and_then(|open| {
            let rest = open.strip_prefix(name)?;
            rest.strip_prefix('}')
        });
        let Some(rest) = rest else {
            self.complain(format!("the path has no place for {name} here"));
            return self;
        };
        let start = self.path.len();
        encode(&mut self.path, value);
        match &self.path[start..] {
            "" => self.complain(format!("{name} must not be empty")),
            // An encoded dot is still a dot segment to a URL parser.
            dots if is_dots(dots) => {
                self.complain(format!("{name} must not be \"{value}\""));
            }
            _ => {}
        }
        self.open = rest;
        self.copy_to_next_place();
        self
    }

    /// Adds a query parameter that must not be empty.
    #[must_use]
    pub fn required(mut self, name: &str, value: &impl fmt::Display) -> Self {
        if !self.push_query(name, value) {
            self.complain(format!("{name} must not be empty"));
        }
        self
    }

    /// Adds a query parameter, unless it is unset or empty.
    #[must_use]
    pub fn query(mut self, name: &str, value: Option<impl fmt::Display>) -> Self {
        if let Some(value) = value {
            self.push_query(name, &value);
        }
        self
    }

    /// Whether the value was worth adding.
    fn push_query(&mut self, name: &str, value: &impl fmt::Display) -> bool {
        let before = self.query.len();
        if before > 0 {
            self.query.push('&');
        }
        encode(&mut self.query, name);
        self.query.push('=');
        let start = self.query.len();
        encode(&mut self.query, value);
        let filled = self.query.len() > start;
        if !filled {
            self.query.truncate(before);
        }
        filled
    }

    /// The path, encoded.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query without its `?`, encoded.
    pub fn query_string(&self) -> &str {
        &self.query
    }

    /// Why this target cannot be sent, if so.
    pub(crate) fn problem(&self) -> Option<&str> {
        let unset = (!self.open.is_empty()).then_some("a path variable was left unset");
        self.problem.as_deref().or(unset)
    }

    fn complain(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }
}

/// Path and query as they are sent.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        f.write_str(self.open)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        Ok(())
    }
}

/// Appends a value, percent-encoded.
fn encode(text: &mut String, value: &(impl fmt::Display + ?Sized)) {
    // Writing to a string fails only when the value's `Display` does.
    let _ = write!(Encoded(text), "{value}");
}

struct Encoded<'a>(&'a mut String);

impl fmt::Write for Encoded<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        // Ids mostly are unreserved, and that is quick to see.
        let unreserved =
            |b| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~');
        if part.bytes().all(unreserved) {
            self.0.push_str(part);
        } else {
            self.0.extend(utf8_percent_encode(part, ENCODED));
        }
        Ok(())
    }
}

/// `.` and `..`, also with dots that are encoded once or twice.
fn is_dots(segment: &str) -> bool {
    if !segment.starts_with(['.', '%']) {
        return false;
    }
    let plain = segment
        .replace("%25", "%")
        .replace("%2e", ".")
        .replace("%2E", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_segment() {
        let target = Target::new("/orgs/{org}/x").segment("org", "a/../b?c=d#e");
        assert_eq!(target.to_string(), "/orgs/a%2F..%2Fb%3Fc%3Dd%23e/x");
        assert_eq!(target.problem(), None);
    }

    #[test]
    fn a_value_that_would_change_the_path_is_refused() {
        for value in ["", ".", "..", "%2e%2E"] {
            let target = Target::new("/orgs/{org}").segment("org", value);
            assert!(target.problem().is_some(), "{value:?} was accepted");
        }
        assert!(Target::new("/orgs/{org}").problem().is_some());
    }

    #[test]
    fn values_that_look_like_templates_stay_values() {
        let target = Target::new("/{a}/{b}")
            .segment("a", "{b}")
            .segment("b", "x");
        assert_eq!(target.to_string(), "/%7Bb%7D/x");
    }

    #[test]
    fn empty_query_values_are_left_out() {
        let target = Target::new("/x")
            .query("a", Some(""))
            .query("b", None::<&str>)
            .query("$c", Some("1 2"));
        assert_eq!(target.to_string(), "/x?%24c=1%202");
    }

    #[test]
    fn verbatim_paths_stay_on_the_host() {
        for bad in [
            "x",
            "//evil.example/x",
            "/a/../b",
            "/a/%2e%2e/b",
            "/a b",
            "/a\r\nb",
            "/a#b",
            "/\\evil",
            "/orgs/{org}",
        ] {
            assert!(
                Target::verbatim(bad).problem().is_some(),
                "{bad:?} was accepted"
            );
        }
        let good = Target::verbatim("/a/b?c=d&e=%20");
        assert_eq!(good.problem(), None);
        assert_eq!(good.to_string(), "/a/b?c=d&e=%20");
    }
}
