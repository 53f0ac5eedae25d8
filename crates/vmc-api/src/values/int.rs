//! Whole numbers in three spellings.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use vmc_http::{Shape, Shaped};

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

impl Shaped for Int {
    fn shape() -> Shape {
        Shape::Integer
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn numbers_come_in_three_spellings() {
        for spelling in [json!(-40), json!(-40.0), json!("-40"), json!(" -40 ")] {
            assert_eq!(from_value::<Int>(spelling).unwrap(), -40);
        }
        for wrong in [json!(1.5), json!("many"), json!(1e300), json!(true)] {
            assert!(from_value::<Int>(wrong).is_err());
        }
    }
}
