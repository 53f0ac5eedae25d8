//! Path and query of a call, percent-encoded as they are put together.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

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
    query: String,
    problem: Option<String>,
}

impl Target {
    /// Starts from a template such as `/orgs/{org}/tasks`.
    pub fn new(template: &str) -> Self {
        Self {
            path: template.to_owned(),
            query: String::new(),
            problem: None,
        }
    }

    /// Takes path and query as they are, for raw calls and links that a server
    /// handed out. Must start with one `/`.
    pub fn verbatim(path_and_query: &str) -> Self {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let mut target = Self {
            path: path.to_owned(),
            query: query.to_owned(),
            problem: None,
        };
        if !path.starts_with('/') || path.starts_with("//") {
            target.complain(format!("the path {path:?} must start with a single /"));
        } else if path.split('/').any(is_dots) {
            target.complain(format!(
                "the path {path:?} must not contain . or .. segments"
            ));
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

    /// Puts a value in the place of `{name}`.
    #[must_use]
    pub fn segment(mut self, name: &str, value: &(impl fmt::Display + ?Sized)) -> Self {
        let value = value.to_string();
        if value.is_empty() {
            self.complain(format!("{name} must not be empty"));
        } else if is_dots(&value) {
            // An encoded dot is still a dot segment to a URL parser.
            self.complain(format!("{name} must not be {value:?}"));
        }
        match self.place_of(name) {
            Some(place) => {
                self.path.replace_range(place, &encode(&value));
            }
            None => self.complain(format!("the path has no place for {name}")),
        }
        self
    }

    /// Where `{name}` stands in the path.
    fn place_of(&self, name: &str) -> Option<Range<usize>> {
        self.path.match_indices('{').find_map(|(open, _)| {
            let rest = self.path[open + 1..].strip_prefix(name)?;
            rest.starts_with('}').then_some(open..open + name.len() + 2)
        })
    }

    /// Adds a query parameter that must not be empty.
    #[must_use]
    pub fn required(mut self, name: &str, value: &impl fmt::Display) -> Self {
        let value = value.to_string();
        if value.is_empty() {
            self.complain(format!("{name} must not be empty"));
        }
        self.query(name, Some(value))
    }

    /// Adds a query parameter, unless it is unset or empty.
    #[must_use]
    pub fn query(mut self, name: &str, value: Option<impl fmt::Display>) -> Self {
        let Some(value) = value.map(|v| v.to_string()).filter(|v| !v.is_empty()) else {
            return self;
        };
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(&encode(name));
        self.query.push('=');
        self.query.push_str(&encode(&value));
        self
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
        self.problem.as_deref().or_else(|| {
            // Only templates have braces: values are encoded.
            self.path
                .contains('{')
                .then_some("a path variable was left unset")
        })
    }

    fn complain(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }
}

/// Path and query as they are sent.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        Ok(())
    }
}

/// Ids are mostly unreserved as they are, and that is quick to see.
fn encode(value: &str) -> Cow<'_, str> {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if value.bytes().all(unreserved) {
        return Cow::Borrowed(value);
    }
    utf8_percent_encode(value, ENCODED).into()
}

/// `.` and `..`, also with encoded dots.
fn is_dots(segment: &str) -> bool {
    if !segment.starts_with(['.', '%']) {
        return false;
    }
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
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
