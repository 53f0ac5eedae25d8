//! Request bodies: from a file, from flags, or both.

use std::fmt;

use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use vmc_http::{Shape, Shaped};

use crate::args::Input;
use crate::error::Error;

/// The fields of a request as far as they are known.
pub(crate) struct Draft {
    /// What the request describes, as in `a cluster`.
    what: &'static str,
    /// Where the fields come from, for messages.
    from: String,
    /// The file as it is written; empty where there is none.
    text: String,
    fields: Map<String, Value>,
}

impl Draft {
    /// Begins with the fields of a file, JSON or TOML, if there is one. A field
    /// that `T` does not have is refused: the service would ignore it, and do
    /// something else than was meant.
    pub(crate) fn read<T: Shaped>(what: &'static str, file: Option<&Input>) -> Result<Self, Error> {
        let (from, (text, fields)) = match file {
            Some(file) => (file.name(), parse(file, what, &T::shape())?),
            None => ("the flags".to_owned(), Default::default()),
        };
        Ok(Self {
            what,
            from,
            text,
            fields,
        })
    }

    /// Overrides a field, if there is something to override it with.
    pub(crate) fn set(&mut self, field: &str, value: Option<impl Into<Value>>) {
        put(&mut self.fields, field, value);
    }

    /// As [`Draft::set`], for a field of an object that is a field itself.
    pub(crate) fn set_in(&mut self, object: &str, field: &str, value: Option<impl Into<Value>>) {
        let Some(value) = value else { return };
        let inner = self.fields.entry(object).or_insert(Value::Null);
        if inner.is_null() {
            *inner = Value::Object(Map::new());
        }
        if let Value::Object(inner) = inner {
            put(inner, field, Some(value));
        }
    }

    /// Sets a field that neither file nor flags have.
    pub(crate) fn default(&mut self, field: &str, value: impl Into<Value>) {
        let value = value.into();
        let there = self.fields.entry(field).or_insert(Value::Null);
        if there.is_null() {
            *there = value;
        }
    }

    /// A field as text; empty where there is none.
    pub(crate) fn text(&self, field: &str) -> String {
        match self.fields.get(field) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        }
    }

    /// Refuses to go on without these fields, each with the flag that sets it.
    pub(crate) fn needs(&self, required: &[(&str, &str)]) -> Result<(), Error> {
        let missing: Vec<_> = required
            .iter()
            .filter(|(field, _)| {
                let value = self.fields.get(*field);
                value.is_none_or(|value| value.is_null() || value == "")
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (fields, flags): (Vec<&str>, Vec<&str>) = missing.into_iter().copied().unzip();
        Err(
            Error::usage(format!("{} needs {}", self.what, fields.join(", ")))
                .hint(format!("Give {}.", flags.join(" and "))),
        )
    }

    /// The request.
    pub(crate) fn finish<T: DeserializeOwned>(self) -> Result<T, Error> {
        // One field to a line, so that the line of a mistake tells its field.
        let lines = format!("{:#}", Value::Object(self.fields));
        serde_json::from_str(&lines).map_err(|error| {
            let (what, from) = (self.what, self.from);
            let cause = error.to_string();
            let cause = cause.split(" at line ").next().unwrap_or_default();
            let message = match field_at(&lines, error.line()) {
                Some(field) if self.text.contains(field) => {
                    let line = line_of_key(&self.text, field);
                    format!("{from}:{line}: {field:?} is not usable")
                }
                Some(field) => format!("{field:?} of {what} is not usable"),
                None => format!("what is said of {what} in {from} is not usable"),
            };
            Error::usage(message).because(cause.to_owned())
        })
    }
}

/// The field on a line, counted from 1, of JSON with one field to a line; for
/// an item of an array, the field that holds the array.
fn field_at(lines: &str, line: usize) -> Option<&str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let upwards: Vec<&str> = lines.lines().take(line).collect();
    let most = indent(upwards.last()?);
    upwards
        .into_iter()
        .rev()
        .filter(|line| indent(line) <= most)
        .find_map(|line| line.trim_start().strip_prefix('"')?.split_once("\":"))
        .map(|(field, _)| field)
}

/// An empty text is no value: servers refuse those.
fn put(fields: &mut Map<String, Value>, field: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value.map(Into::into).filter(|value| value != "") {
        fields.insert(field.to_owned(), value);
    }
}

fn parse(file: &Input, what: &str, shape: &Shape) -> Result<(String, Map<String, Value>), Error> {
    let bytes = file.read()?;
    let name = file.name();
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| Error::usage(format!("{name} is not UTF-8 text")).because(error))?;
    let text = text.trim_start_matches('\u{feff}');
    let value = if file.is_toml(text) {
        toml::from_str::<Value>(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            Error::usage(format!("{name}:{line}: {}", error.message()))
        })?
    } else {
        serde_json::from_str::<Strict>(text)
            .map_err(|error| {
                Error::usage(format!("{name}:{}: not valid JSON", error.line())).because(error)
            })?
            .0
    };
    if !value.is_object() {
        return Err(Error::usage(format!(
            "{name} must have one object with the fields of {what}"
        )));
    }
    refuse_unknown(&value, shape, text, &name)?;
    let fields = match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    Ok((text.to_owned(), fields))
}

/// JSON in which no object has a field twice, of which the last would count in
/// silence. TOML refuses that by itself.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(it.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if all.contains_key(&name) {
                return Err(A::Error::custom(format!("{name:?} is there twice")));
            }
            all.insert(name, fields.next_value::<Strict>()?.0);
        }
        Ok(Value::Object(all))
    }
}

fn refuse_unknown(value: &Value, shape: &Shape, text: &str, file: &str) -> Result<(), Error> {
    match (value, shape) {
        (Value::Object(given), Shape::Object(_, known)) => {
            let of = |key: &str| known.iter().find(|field| field.name == key);
            if let Some(wrong) = given.keys().find(|key| of(key).is_none()) {
                let known: Vec<&str> = known.iter().map(|field| field.name).collect();
                let line = line_of_key(text, wrong);
                return Err(
                    Error::usage(format!("{file}:{line}: unknown field {wrong:?}"))
                        .hint(format!("Known fields: {}.", known.join(", "))),
                );
            }
            given.iter().try_for_each(|(key, value)| match of(key) {
                Some(field) => refuse_unknown(value, &(field.shape)(), text, file),
                None => Ok(()),
            })
        }
        (Value::Array(items), Shape::List(item)) => items
            .iter()
            .try_for_each(|value| refuse_unknown(value, item, text, file)),
        (Value::Object(items), Shape::Map(item)) => items
            .values()
            .try_for_each(|value| refuse_unknown(value, item, text, file)),
        _ => Ok(()),
    }
}

/// The line where a key stands, which may stand elsewhere as a value.
fn line_of_key(text: &str, key: &str) -> usize {
    let is_key = |at: usize| {
        let before = text[..at].chars().next_back();
        let after = text[at + key.len()..].trim_start_matches(['"', '\'']);
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
            && after.trim_start().starts_with([':', '=', ']', '.'])
    };
    text.match_indices(key)
        .find(|(at, _)| is_key(*at))
        .map_or(1, |(at, _)| line_of(text, at))
}

fn line_of(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte.min(text.len())]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use vmc_api::models::AwsSddcConfig;

    fn draft(text: &str) -> Result<Draft, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("it.json");
        std::fs::write(&path, text).unwrap();
        let file = Input::from(path.into_os_string());
        Draft::read::<AwsSddcConfig>("an SDDC", Some(&file)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_unknown_field_is_told_by_its_line_at_any_depth() {
        for (text, says) in [
            (
                "{\"name\": \"num_host\",\n\"num_host\": 3}",
                "it.json:2: unknown field \"num_host\"",
            ),
            (
                "{\n\"account_link_sddc_config\": [\n{\"subnet\": 1}]}",
                "it.json:3: unknown field \"subnet\"",
            ),
        ] {
            let error = draft(text).err().unwrap();
            assert!(error.ends_with(says), "{error}");
        }
        assert!(draft("{\"name\": null, \"account_link_config\": null}").is_ok());
    }

    #[test]
    fn a_field_that_is_said_twice_is_refused() {
        for text in [
            "{\"num_hosts\": 2,\n\"num_hosts\": 16}",
            "{\"account_link_sddc_config\": [{\"customer_subnet_ids\": [],\n\"customer_subnet_ids\": [\"s\"]}]}",
        ] {
            let error = draft(text).err().unwrap();
            assert!(error.ends_with("it.json:2: not valid JSON"), "{error}");
        }
        let all =
            "{\"num_hosts\": 2, \"name\": null, \"availability_zones\": [true, -1, 1.5, \"a\"]}";
        let strict: Strict = serde_json::from_str(all).unwrap();
        assert_eq!(strict.0, serde_json::from_str::<Value>(all).unwrap());
    }

    #[test]
    fn an_unusable_value_is_told_by_its_field_and_line() {
        for (text, says) in [
            (
                "{\"name\": \"x\",\n\"num_hosts\": 2.5}",
                "it.json:2: \"num_hosts\" is",
            ),
            ("{\"name\":\n[1]}", "it.json:1: \"name\" is"),
            (
                "{\"account_link_sddc_config\": [{\n\"customer_subnet_ids\": [\"a\", {}]}]}",
                "it.json:2: \"customer_subnet_ids\" is",
            ),
        ] {
            let mut draft = draft(text).ok().unwrap();
            draft.default("name", "x");
            draft.default("num_hosts", 2);
            draft.default("provider", "AWS");
            draft.default("region", "US_WEST_2");
            let error = draft.finish::<AwsSddcConfig>().unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn flags_override_a_file_down_to_an_inner_object() {
        let mut draft = draft("{\"account_link_config\": null, \"name\": \"x\"}")
            .ok()
            .unwrap();
        draft.set_in("account_link_config", "delay_account_link", Some(true));
        draft.set_in("msft_license_config", "mssql_licensing", None::<String>);
        draft.set("name", Some(""));
        draft.default("provider", "AWS");
        let missing = draft.needs(&[
            ("name", "--name"),
            ("num_hosts", "--hosts"),
            ("size", "--size"),
        ]);
        assert_eq!(
            missing.unwrap_err().to_string(),
            "an SDDC needs num_hosts, size"
        );
        draft.set("num_hosts", Some(2));
        let config: AwsSddcConfig = draft.finish().unwrap();
        assert_eq!(
            serde_json::to_value(config).unwrap(),
            serde_json::json!({
                "name": "x", "provider": "AWS", "num_hosts": 2,
                "account_link_config": {"delay_account_link": true}
            })
        );
    }
}
