//! Instants as the service writes them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
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

impl Shaped for Timestamp {
    fn shape() -> Shape {
        Shape::Text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};
    use time::macros::datetime;

    use super::*;

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
}
