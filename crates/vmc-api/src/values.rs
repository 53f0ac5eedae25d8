//! Values that the wire spells in more than one way.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vmc_http::redact::redact_json;
use vmc_http::{Shape, Shaped};

/// An instant as the service wrote it.
///
/// The text is kept, so that a form never seen before costs nobody the rest of
/// the document; [`parse`](Self::parse) reads it when asked.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instant, if the text is RFC 3339 with any number of fraction digits,
    /// has an offset without a colon (`+0000`), or is a count of milliseconds
    /// since 1970.
    pub fn parse(&self) -> Option<OffsetDateTime> {
        let text = self.0.trim();
        // Since 1973 a count of milliseconds has at least twelve digits.
        if text.len() >= 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            let millis: i64 = text.parse().ok()?;
            return OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok();
        }
        OffsetDateTime::parse(&canonical(text), &Rfc3339).ok()
    }
}

/// Cuts the fraction to nine digits and puts a colon into the offset.
fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut fraction = None;
    for c in text.chars() {
        fraction = match (fraction, c) {
            (None, '.') => Some(0),
            (Some(n), '0'..='9') => Some(n + 1),
            _ => None,
        };
        if fraction.is_none_or(|n| n <= 9) {
            out.push(c);
        }
    }
    let offset = out.len().saturating_sub(5);
    if out.is_char_boundary(offset)
        && out[offset..].starts_with(['+', '-'])
        && out[offset + 1..].bytes().all(|b| b.is_ascii_digit())
    {
        out.insert(offset + 3, ':');
    }
    out
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// In UTC, to the second.
impl From<OffsetDateTime> for Timestamp {
    fn from(at: OffsetDateTime) -> Self {
        let at = at.to_offset(time::UtcOffset::UTC);
        Self(format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        ))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }

            fn visit_str<E>(self, text: &str) -> Result<Timestamp, E> {
                Ok(text.into())
            }

            fn visit_string<E>(self, text: String) -> Result<Timestamp, E> {
                Ok(text.into())
            }

            fn visit_i64<E>(self, millis: i64) -> Result<Timestamp, E> {
                Ok(Timestamp(millis.to_string()))
            }

            fn visit_u64<E>(self, millis: u64) -> Result<Timestamp, E> {
                Ok(Timestamp(millis.to_string()))
            }
        }
        from.deserialize_any(Text)
    }
}

/// A whole number, read from `40`, `40.0` and `"40"` alike.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Int(i64);

impl Int {
    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl From<i64> for Int {
    fn from(n: i64) -> Self {
        Self(n)
    }
}

impl From<i32> for Int {
    fn from(n: i32) -> Self {
        Self(n.into())
    }
}

impl From<u32> for Int {
    fn from(n: u32) -> Self {
        Self(n.into())
    }
}

impl PartialEq<i64> for Int {
    fn eq(&self, other: &i64) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Int {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Int;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E>(self, n: i64) -> Result<Int, E> {
                Ok(Int(n))
            }

            fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Int, E> {
                i64::try_from(n).map(Int).map_err(E::custom)
            }

            fn visit_f64<E: serde::de::Error>(self, n: f64) -> Result<Int, E> {
                // Beyond 2^53 a double no longer holds every whole number.
                if n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0 {
                    Ok(Int(n as i64))
                } else {
                    Err(E::custom("not a whole number"))
                }
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Int, E> {
                text.trim().parse().map(Int).map_err(E::custom)
            }
        }
        from.deserialize_any(Number)
    }
}

/// Text that the service writes as a number or a truth value at times.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(String);

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a number or a truth value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(text.into())
            }

            fn visit_string<E>(self, text: String) -> Result<Text, E> {
                Ok(Text(text))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Text, E> {
                Ok(Text(truth.to_string()))
            }

            fn visit_i64<E>(self, n: i64) -> Result<Text, E> {
                Ok(Text(n.to_string()))
            }

            fn visit_u64<E>(self, n: u64) -> Result<Text, E> {
                Ok(Text(n.to_string()))
            }

            fn visit_f64<E>(self, n: f64) -> Result<Text, E> {
                Ok(Text(n.to_string()))
            }
        }
        from.deserialize_any(Scalar)
    }
}

/// A JSON object used as a table. Entries that are `null` are absent.
#[derive(Clone, PartialEq)]
pub struct Map<T>(BTreeMap<String, T>);

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Map<T> {
    /// The table itself.
    pub fn into_inner(self) -> BTreeMap<String, T> {
        self.0
    }
}

impl<T> Deref for Map<T> {
    type Target = BTreeMap<String, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K: Into<String>, T> FromIterator<(K, T)> for Map<T> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(entries: I) -> Self {
        Self(
            entries
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        )
    }
}

impl<T: fmt::Debug> fmt::Debug for Map<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<T: Serialize> Serialize for Map<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Map<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Map<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Map<T>, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Option<T>>()? {
                    if let Some(value) = value {
                        entries.insert(name, value);
                    }
                }
                Ok(Map(entries))
            }
        }
        from.deserialize_map(Entries(std::marker::PhantomData))
    }
}

/// A JSON document of no fixed form. `Debug` hides what looks like a secret.
#[derive(Clone, PartialEq)]
pub struct Json(Value);

impl Json {
    /// The document itself.
    pub fn into_inner(self) -> Value {
        self.0
    }
}

impl Deref for Json {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        redact_json(&mut shown);
        fmt::Display::fmt(&shown, f)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(Self)
    }
}

impl Shaped for Timestamp {
    fn shape() -> Shape {
        Shape::Text
    }
}

impl Shaped for Text {
    fn shape() -> Shape {
        Shape::Text
    }
}

impl Shaped for Int {
    fn shape() -> Shape {
        Shape::Integer
    }
}

impl<T: Shaped> Shaped for Map<T> {
    fn shape() -> Shape {
        Shape::Map(Box::new(T::shape()))
    }
}

impl Shaped for Json {
    fn shape() -> Shape {
        Shape::Anything
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};
    use time::macros::datetime;

    #[test]
    fn times_of_every_known_form_are_read() {
        for (text, instant) in [
            (
                "2019-07-01T22:31:07.000000Z",
                datetime!(2019-07-01 22:31:07 UTC),
            ),
            ("2019-07-01T22:31:07Z", datetime!(2019-07-01 22:31:07 UTC)),
            (
                "2020-01-02T17:11:01.223+0000",
                datetime!(2020-01-02 17:11:01.223 UTC),
            ),
            (
                "2020-01-02T17:11:01.5-0130",
                datetime!(2020-01-02 17:11:01.5 -01:30),
            ),
            (
                "2020-01-02T17:11:01.123456789123Z",
                datetime!(2020-01-02 17:11:01.123456789 UTC),
            ),
            ("1577985061223", datetime!(2020-01-02 17:11:01.223 UTC)),
        ] {
            assert_eq!(Timestamp::from(text).parse(), Some(instant), "{text}");
        }
    }

    #[test]
    fn other_times_keep_their_text() {
        for text in ["", "soon", "2020-13-01T00:00:00Z", "é-0000", "+0000"] {
            let time: Timestamp = from_value(json!(text)).unwrap();
            assert_eq!(time.parse(), None, "{text}");
            assert_eq!(serde_json::to_value(&time).unwrap(), json!(text));
        }
    }

    #[test]
    fn numbers_come_in_three_spellings() {
        for spelling in [json!(-40), json!(-40.0), json!("-40"), json!(" -40 ")] {
            assert_eq!(from_value::<Int>(spelling).unwrap(), -40);
        }
        for wrong in [json!(1.5), json!("many"), json!(1e300), json!(true)] {
            assert!(from_value::<Int>(wrong).is_err());
        }
    }

    #[test]
    fn free_documents_hide_their_secrets() {
        let document = Json::from(json!({"a": [{"password": "canary", "name": "shown"}]}));
        let shown = format!("{document:?}");
        assert!(
            !shown.contains("canary") && shown.contains("shown"),
            "{shown}"
        );
        assert_eq!(document["a"][0]["password"], "canary");
    }

    #[test]
    fn text_comes_as_numbers_and_truth_values_too() {
        for (spelling, text) in [
            (json!("12"), "12"),
            (json!(12), "12"),
            (json!(-12), "-12"),
            (json!(1.5), "1.5"),
            (json!(true), "true"),
        ] {
            let read: Text = from_value(spelling).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), json!(text));
        }
        assert!(from_value::<Text>(json!([])).is_err());
    }

    #[test]
    fn null_entries_are_absent() {
        let map: Map<Map<String>> =
            from_value(json!({"a": {"b": "c", "d": null}, "e": null})).unwrap();
        assert_eq!(
            serde_json::to_value(&map).unwrap(),
            json!({"a": {"b": "c"}})
        );
    }
}
