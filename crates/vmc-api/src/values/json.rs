//! Documents of no fixed form.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use vmc_http::redact::redact_json;
use vmc_http::{Shape, Shaped};

/// A JSON document of no fixed form. `Debug` hides what looks like a secret.
///
/// It keeps its text and is taken apart when it is looked at: most tasks of a
/// list never are, and a document taken apart is ten times its text.
#[derive(Clone)]
pub struct Json {
    text: Option<Box<RawValue>>,
    value: OnceLock<Box<Value>>,
}

impl Json {
    /// The document itself.
    pub fn into_inner(mut self) -> Value {
        let _ = &*self;
        self.value.take().map_or(Value::Null, |value| *value)
    }
}

impl Deref for Json {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.value.get_or_init(|| {
            let text = self.text.as_ref().map_or("null", |text| text.get());
            // Text that nothing can hold, such as half a character, costs nobody
            // the rest. It is not shown: nothing could take a secret out of it.
            let value = serde_json::from_str(text);
            Box::new(value.unwrap_or_else(|error| format!("unreadable: {error}").into()))
        })
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self {
            text: None,
            value: OnceLock::from(Box::new(value)),
        }
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = (**self).clone();
        redact_json(&mut shown);
        fmt::Display::fmt(&shown, f)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self {
            text: Some(Box::<RawValue>::deserialize(from)?),
            value: OnceLock::new(),
        })
    }
}

impl Shaped for Json {
    fn shape() -> Shape {
        Shape::Anything
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, from_value, json, to_value};

    use super::*;

    #[test]
    fn documents_hide_their_secrets() {
        let document = Json::from(json!({"a": [{"password": "canary", "name": "shown"}]}));
        let shown = format!("{document:?}");
        assert!(
            !shown.contains("canary") && shown.contains("shown"),
            "{shown}"
        );
        assert_eq!(document["a"][0]["password"], "canary");
    }

    #[test]
    fn documents_are_what_they_were_read_from() {
        let value = json!({"a": [1, null, "é"], "b": {"c": 1.5}});
        let read: Json = from_str(&value.to_string()).unwrap();
        assert_eq!(read["a"][2], "é");
        assert_eq!(to_value(&read).unwrap(), value);
        assert_eq!(read, from_value(value.clone()).unwrap());
        assert_eq!(read.clone().into_inner(), value);
        assert_eq!(
            from_str::<Json>(" null ").unwrap().into_inner(),
            Value::Null
        );
        assert!(from_str::<Json>("{\"a\":").is_err());
    }

    #[test]
    fn an_unreadable_document_costs_nobody_the_rest() {
        let read: Vec<Json> = from_str(r#"[{"password":"canary\ud800"}, {}]"#).unwrap();
        assert!(read[0].as_str().unwrap().starts_with("unreadable: "));
        assert!(!format!("{read:?}").contains("canary"));
        assert_eq!(*read[1], json!({}));
    }
}
