//! Faults that can be ordered: rules that match requests and say what goes wrong.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// A rule: which request, how often, what happens.
///
/// ```
/// use vmc_mock::Fault;
/// // The second creation is carried out, then the connection is cut.
/// let fault = Fault::on("orgs.sddcs.create").nth(2).cut_after();
/// # let _ = fault;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Operation id (`orgs.sddcs.create`, `cfn.CreateStack`, `csp.authorize`, `template.get`),
    /// a beginning (`cfn.*`), or `*`.
    #[serde(default = "any")]
    on: String,
    /// Only the request with this number in the journal (and those after it, up to `times`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_request: Option<u64>,
    /// From the nth matching request on, counted since the rule was set; 1 is the first.
    #[serde(default = "one")]
    nth: u64,
    /// How many requests it hits; 0: all.
    #[serde(default = "one")]
    times: u64,
    #[serde(flatten)]
    action: Action,
}

/// When a fault strikes: before the operation is carried out, or after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Nothing is done.
    #[default]
    Before,
    /// It is done, and the caller does not learn it.
    After,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Answers with a status. Without `body`: the service's usual error document.
    Status {
        /// The status, 100 to 999.
        status: u16,
        /// Extra headers, such as `retry-after`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        /// JSON document, or a string sent as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
        /// Before (default) or after the operation is carried out.
        #[serde(default)]
        when: When,
    },
    /// The service's own 401, whatever the token.
    Unauthorized,
    /// Closes the connection without an answer.
    Cut {
        /// Before (default) or after the operation is carried out.
        #[serde(default)]
        when: When,
        /// With a reset (RST) instead of an orderly close (FIN).
        #[serde(default)]
        reset: bool,
    },
    /// Sends this text instead of an answer and closes: half a status line, two lengths, no HTTP
    /// at all. Not encrypted, even where the connection is.
    Raw {
        /// What is sent.
        text: String,
        /// Before (default) or after the operation is carried out.
        #[serde(default)]
        when: When,
    },
    /// Keeps the connection open and never answers.
    Hang {
        /// Before (default) or after the operation is carried out.
        #[serde(default)]
        when: When,
    },
    /// A proxy's or login page's HTML.
    Html {
        /// The status.
        #[serde(default = "bad_gateway")]
        status: u16,
        /// Before (default) or after the operation is carried out.
        #[serde(default)]
        when: When,
    },
    /// Carries out, promises the whole body, sends only the first half of it and closes.
    Truncate,
    /// Carries out, then sends the body in small pieces.
    Slow {
        /// Bytes in a piece.
        #[serde(default = "one_byte")]
        bytes: usize,
        /// Milliseconds (of the caller's time) between pieces.
        #[serde(default = "slow_ms")]
        every_ms: u64,
    },
    /// Carries out, then answers with JSON text that is not UTF-8.
    NonUtf8,
    /// Carries out, then answers with this many bytes of valid JSON.
    Huge {
        /// Size of the body.
        bytes: usize,
    },
    /// Redirects, without carrying out.
    Redirect {
        /// The `Location` header.
        location: String,
        /// The status.
        #[serde(default = "temporary")]
        status: u16,
    },
    /// Carries out, then puts `value` at a JSON pointer of the answer (`/status`, `/0/id`, "" for
    /// the whole). A missing last name is added.
    Set {
        /// RFC 6901.
        pointer: String,
        /// The value; `null` by default.
        #[serde(default)]
        value: Value,
    },
    /// Waits before carrying out.
    Delay {
        /// Milliseconds (of the caller's time).
        ms: u64,
    },
}

fn any() -> String {
    "*".into()
}
fn one() -> u64 {
    1
}
fn one_byte() -> usize {
    1
}
fn slow_ms() -> u64 {
    300
}
fn temporary() -> u16 {
    307
}
fn bad_gateway() -> u16 {
    502
}

impl Fault {
    /// A rule for an operation (see [`Fault`] for the forms); it does nothing until one of the
    /// methods below says what.
    pub fn on(operation: impl Into<String>) -> Self {
        Self {
            on: operation.into(),
            at_request: None,
            nth: 1,
            times: 1,
            action: Action::Delay { ms: 0 },
        }
    }

    /// A rule for the request with this number in the journal, whatever it is.
    pub fn at_request(seq: u64) -> Self {
        Self {
            at_request: Some(seq),
            ..Self::on("*")
        }
    }

    /// From the nth match on (1 is the first).
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        Self { nth, ..self }
    }

    /// How many matches it hits; 0 is all.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times, ..self }
    }

    /// Any [`Action`].
    #[must_use]
    pub fn action(self, action: Action) -> Self {
        Self { action, ..self }
    }

    /// Answers `status` without carrying out.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.action(Action::Status {
            status,
            headers: BTreeMap::new(),
            body: None,
            when: When::Before,
        })
    }

    /// Carries out, then answers `status`.
    #[must_use]
    pub fn status_after(self, status: u16) -> Self {
        self.action(Action::Status {
            status,
            headers: BTreeMap::new(),
            body: None,
            when: When::After,
        })
    }

    /// Adds a header to a [`Fault::status`] answer.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Action::Status { headers, .. } = &mut self.action {
            headers.insert(name.into(), value.into());
        }
        self
    }

    /// Sets the body of a [`Fault::status`] answer: JSON, or a string sent as it is.
    #[must_use]
    pub fn body(mut self, document: impl Into<Value>) -> Self {
        if let Action::Status { body, .. } = &mut self.action {
            *body = Some(document.into());
        }
        self
    }

    /// The service's own 401.
    #[must_use]
    pub fn unauthorized(self) -> Self {
        self.action(Action::Unauthorized)
    }

    /// Cuts the connection without carrying out.
    #[must_use]
    pub fn cut_before(self) -> Self {
        self.action(Action::Cut {
            when: When::Before,
            reset: false,
        })
    }

    /// Carries out, then cuts the connection.
    #[must_use]
    pub fn cut_after(self) -> Self {
        self.action(Action::Cut {
            when: When::After,
            reset: false,
        })
    }

    /// Never answers, never carries out.
    #[must_use]
    pub fn hang_before(self) -> Self {
        self.action(Action::Hang { when: When::Before })
    }

    /// Carries out, then never answers.
    #[must_use]
    pub fn hang_after(self) -> Self {
        self.action(Action::Hang { when: When::After })
    }

    /// A proxy's 502 in HTML, without carrying out.
    #[must_use]
    pub fn html(self, status: u16) -> Self {
        self.action(Action::Html {
            status,
            when: When::Before,
        })
    }

    /// Redirects without carrying out.
    #[must_use]
    pub fn redirect(self, status: u16, location: impl Into<String>) -> Self {
        self.action(Action::Redirect {
            location: location.into(),
            status,
        })
    }

    /// Carries out and changes one value of the JSON answer.
    #[must_use]
    pub fn set(self, pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        self.action(Action::Set {
            pointer: pointer.into(),
            value: value.into(),
        })
    }

    /// Waits this long (of the caller's time) before carrying out.
    #[must_use]
    pub fn delay(self, span: Duration) -> Self {
        self.action(Action::Delay {
            ms: u64::try_from(span.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// Reads a rule from JSON; a misspelt name is refused, not ignored.
    pub(crate) fn from_json(document: &Value) -> Result<Self, String> {
        let fault: Self = serde_json::from_value(document.clone()).map_err(|e| e.to_string())?;
        let known = serde_json::to_value(&fault).map_err(|e| e.to_string())?;
        let optional = ["at_request", "headers", "body"];
        let unknown = document
            .as_object()
            .into_iter()
            .flat_map(serde_json::Map::keys)
            .find(|name| known.get(name.as_str()).is_none() && !optional.contains(&name.as_str()));
        match unknown {
            Some(name) => Err(format!("unknown field '{name}' in a fault")),
            None => Ok(fault),
        }
    }

    fn matches(&self, operation: &str, seq: u64) -> bool {
        self.at_request.is_none_or(|at| seq >= at)
            && match self.on.strip_suffix('*') {
                Some(prefix) => operation.starts_with(prefix),
                None => self.on == operation,
            }
    }

    fn check(&self) -> Result<(), String> {
        let status = match &self.action {
            Action::Status { status, .. }
            | Action::Html { status, .. }
            | Action::Redirect { status, .. } => *status,
            _ => 200,
        };
        if !(200..1000).contains(&status) {
            return Err(format!("a final status is 200 to 999, not {status}"));
        }
        if let Action::Set { pointer, .. } = &self.action
            && !pointer.is_empty()
            && !pointer.starts_with('/')
        {
            return Err(format!(
                "a JSON pointer is empty or starts with '/': {pointer}"
            ));
        }
        Ok(())
    }
}

/// A rule and how often it fired.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rule {
    /// Number of the rule, from 1.
    pub id: u64,
    /// The rule.
    #[serde(flatten)]
    pub fault: Fault,
    /// How many requests matched.
    pub matched: u64,
    /// How many requests were hit.
    pub fired: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    last: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) -> Result<u64, String> {
        fault.check()?;
        self.last += 1;
        self.rules.push(Rule {
            id: self.last,
            fault,
            matched: 0,
            fired: 0,
        });
        Ok(self.last)
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    /// Counts the request for every rule; the first rule that is due fires.
    pub(crate) fn pick(&mut self, operation: &str, seq: u64) -> Option<(u64, Action)> {
        let mut picked = None;
        for rule in &mut self.rules {
            if !rule.fault.matches(operation, seq) {
                continue;
            }
            rule.matched += 1;
            let due = rule.matched >= rule.fault.nth
                && (rule.fault.times == 0 || rule.fired < rule.fault.times);
            if due && picked.is_none() {
                rule.fired += 1;
                picked = Some((rule.id, rule.fault.action.clone()));
            }
        }
        picked
    }
}

/// Puts `value` at `pointer`; says whether there was a place for it.
pub(crate) fn set_pointer(document: &mut Value, pointer: &str, value: &Value) -> bool {
    if let Some(place) = document.pointer_mut(pointer) {
        *place = value.clone();
        return true;
    }
    let Some((parent, name)) = pointer.rsplit_once('/') else {
        return false;
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent).and_then(Value::as_object_mut) {
        Some(map) => {
            map.insert(name, value.clone());
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nth_and_times() {
        let mut faults = Faults::default();
        faults
            .add(Fault::on("a.*").nth(2).times(2).status(503))
            .unwrap();
        let hits: Vec<bool> = (1..=5)
            .map(|seq| faults.pick("a.b", seq).is_some())
            .collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert!(faults.pick("b", 6).is_none());
        assert_eq!((faults.rules()[0].matched, faults.rules()[0].fired), (5, 2));
    }

    #[test]
    fn by_request_number_and_for_ever() {
        let mut faults = Faults::default();
        faults.add(Fault::at_request(3).cut_after()).unwrap();
        faults.add(Fault::on("*").times(0).status(500)).unwrap();
        let ids: Vec<u64> = (1..=4)
            .map(|seq| faults.pick("x", seq).unwrap().0)
            .collect();
        assert_eq!(ids, [2, 2, 1, 2]);
    }

    #[test]
    fn json_form() {
        let text = r#"{"on":"cfn.CreateStack","do":"cut","when":"after"}"#;
        let fault: Fault = serde_json::from_str(text).unwrap();
        assert_eq!(fault, Fault::on("cfn.CreateStack").cut_after());
        let fault: Fault = serde_json::from_value(
            json!({"on": "*", "times": 0, "do": "status", "status": 503, "headers": {"retry-after": "7"}}),
        )
        .unwrap();
        assert_eq!(
            fault,
            Fault::on("*")
                .times(0)
                .status(503)
                .header("retry-after", "7")
        );
        assert!(Fault::from_json(&json!({"on": "*", "do": "explode"})).is_err());
        assert!(Fault::from_json(&json!({"on": "*", "do": "cut", "wen": "after"})).is_err());
        assert!(Faults::default().add(Fault::on("*").status(99)).is_err());
    }

    #[test]
    fn pointers() {
        let mut document = json!({"a": [{"b": 1}]});
        assert!(set_pointer(&mut document, "/a/0/b", &Value::Null));
        assert!(set_pointer(&mut document, "/a/0/new", &json!(2)));
        assert!(!set_pointer(&mut document, "/z/0/new", &json!(2)));
        assert_eq!(document, json!({"a": [{"b": null, "new": 2}]}));
    }
}
