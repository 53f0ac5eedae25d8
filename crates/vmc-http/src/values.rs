//! Macros for the values that travel: ids, open enumerations, models, secrets.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::redact::REDACTED;

/// Declares an id: a string that cannot be mixed up with another one.
///
/// ```
/// vmc_http::id! {
///     /// An organization.
///     pub struct OrgId;
/// }
/// let id = OrgId::from("0a1b");
/// assert_eq!(id.as_str(), "0a1b");
/// ```
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $vis:vis struct $name:ident;) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis struct $name(String);

        impl $name {
            /// The id as the service writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::convert::From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl ::std::convert::From<&String> for $name {
            fn from(id: &String) -> Self {
                Self(id.clone())
            }
        }

        impl ::std::convert::From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                <String as $crate::serde::Deserialize>::deserialize(from).map(Self)
            }
        }
    };
}

/// Text of an enumeration value that this version does not know.
///
/// Opaque on purpose: a value may become a known variant later, so it must be
/// compared through `as_str()` of the enumeration, not matched here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownValue(String);

impl UnknownValue {
    #[doc(hidden)]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    #[doc(hidden)]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Declares an enumeration that keeps values it does not know.
///
/// ```
/// vmc_http::open_enum! {
///     /// State of a lamp.
///     pub enum Lamp {
///         /// It shines.
///         On = "ON",
///         /// It does not.
///         Off = "OFF",
///     }
/// }
/// assert_eq!(Lamp::from("ON"), Lamp::On);
/// let new: Lamp = serde_json::from_str("\"DIMMED\"").unwrap();
/// assert_eq!(new.as_str(), "DIMMED");
/// assert!(!new.is_known());
/// ```
#[macro_export]
macro_rules! open_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        $vis enum $name {
            $($(#[$vmeta])* #[doc = concat!("`", $text, "`.")] $variant,)+
            /// A value that this version does not know.
            Unknown($crate::UnknownValue),
        }

        impl $name {
            /// The texts of the known values.
            pub const KNOWN: &'static [&'static str] = &[$($text),+];

            /// The value as the service writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(value) => value.as_str(),
                }
            }

            /// Whether this version knows the value.
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Unknown(_))
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Unknown($crate::UnknownValue::new(other)),
                }
            }
        }

        impl ::std::convert::From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let key = <$crate::private::Key<'de> as $crate::serde::Deserialize>::deserialize(from)?;
                Ok(Self::from(key.as_str()))
            }
        }
    };
}

/// Declares a model: a JSON object of which the known fields are typed and the
/// others are kept.
///
/// Fields in `required` must be present; all others are `Option`, and an
/// absent field and `null` are the same. Unknown fields land in `extra`, so
/// that writing the model gives back what the server sent. `Debug` shows the
/// names of unknown fields, not their values, which may be secret.
///
/// ```
/// vmc_http::model! {
///     /// A book.
///     pub struct Book {
///         required {
///             /// Shelf mark.
///             id: String,
///         }
///         /// Title on the cover.
///         title: Option<String>,
///         kind: Option<String> = "type",
///     }
/// }
/// let json = r#"{"id":"b1","title":null,"type":"novel","pages":320}"#;
/// let book: Book = serde_json::from_str(json).unwrap();
/// assert_eq!(book.title, None);
/// assert_eq!(book.extra["pages"], 320);
/// assert_eq!(
///     serde_json::to_string(&book).unwrap(),
///     r#"{"id":"b1","type":"novel","pages":320}"#,
/// );
/// assert_eq!(Book::FIELDS, ["id", "title", "type"]);
/// ```
#[macro_export]
macro_rules! model {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        required { $($(#[$rmeta:meta])* $rf:ident: $rty:ty $(= $rwire:literal)?),* $(,)? }
        $($(#[$fmeta:meta])* $f:ident: Option<$ty:ty> $(= $wire:literal)?),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        $vis struct $name {
            $($(#[$rmeta])* #[doc = concat!("Field `", $crate::model!(@wire $rf $($rwire)?), "`.")] pub $rf: $rty,)*
            $($(#[$fmeta])* #[doc = concat!("Field `", $crate::model!(@wire $f $($wire)?), "`.")] pub $f: Option<$ty>,)*
            /// Fields that this version does not know, as they came.
            pub extra: $crate::serde_json::Map<String, $crate::serde_json::Value>,
        }

        impl $name {
            /// Names of the known fields.
            pub const FIELDS: &'static [&'static str] = &[
                $($crate::model!(@wire $rf $($rwire)?),)*
                $($crate::model!(@wire $f $($wire)?),)*
            ];

            /// The model with its required fields set and nothing else.
            #[allow(clippy::new_without_default, reason = "models are made of their required fields")]
            pub fn new($($rf: impl Into<$rty>,)*) -> Self {
                Self {
                    $($rf: $rf.into(),)*
                    $($f: None,)*
                    extra: $crate::serde_json::Map::new(),
                }
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Fields;
                impl<'de> $crate::serde::de::Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(concat!("a JSON object (", stringify!($name), ")"))
                    }

                    fn visit_map<A: $crate::serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name, A::Error> {
                        $(let mut $rf: Option<$rty> = None;)*
                        $(let mut $f: Option<$ty> = None;)*
                        let mut extra = $crate::serde_json::Map::new();
                        while let Some(key) = map.next_key::<$crate::private::Key<'de>>()? {
                            match key.as_str() {
                                $($crate::model!(@wire $rf $($rwire)?) => $rf = Some(map.next_value()?),)*
                                $($crate::model!(@wire $f $($wire)?) => $f = map.next_value()?,)*
                                _ => {
                                    extra.insert(key.into_owned(), map.next_value()?);
                                }
                            }
                        }
                        Ok($name {
                            $($rf: $rf.ok_or_else(|| {
                                <A::Error as $crate::serde::de::Error>::missing_field(
                                    $crate::model!(@wire $rf $($rwire)?))
                            })?,)*
                            $($f,)*
                            extra,
                        })
                    }
                }
                from.deserialize_map(Fields)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                use $crate::serde::ser::SerializeMap as _;
                let mut map = to.serialize_map(None)?;
                $(map.serialize_entry($crate::model!(@wire $rf $($rwire)?), &self.$rf)?;)*
                $(if let Some(value) = &self.$f {
                    map.serialize_entry($crate::model!(@wire $f $($wire)?), value)?;
                })*
                for (name, value) in &self.extra {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut out = f.debug_struct(stringify!($name));
                $(out.field(stringify!($rf), &self.$rf);)*
                $(if let Some(value) = &self.$f {
                    out.field(stringify!($f), value);
                })*
                if !self.extra.is_empty() {
                    out.field("extra", &self.extra.keys().collect::<Vec<_>>());
                }
                out.finish()
            }
        }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($fields:tt)* }) => {
        $crate::model! { $(#[$meta])* $vis struct $name { required {} $($fields)* } }
    };
    (@wire $f:ident) => { stringify!($f) };
    (@wire $f:ident $wire:literal) => { $wire };
}

/// A secret inside a model.
///
/// `Debug` and `Display` hide it. Serializing writes it as it is, because
/// request bodies need it: whoever prints a serialized model must redact it
/// first (see [`redact_json`](crate::redact::redact_json)).
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The secret in the clear.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<SecretString> for Secret {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

#[doc(hidden)]
pub mod private {
    //! What the macros expand to.

    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error, Visitor};

    /// A field name, borrowed from the document where it can be.
    #[derive(Debug)]
    pub enum Key<'de> {
        Borrowed(&'de str),
        Owned(String),
    }

    impl Key<'_> {
        pub fn as_str(&self) -> &str {
            match self {
                Self::Borrowed(text) => text,
                Self::Owned(text) => text,
            }
        }

        pub fn into_owned(self) -> String {
            match self {
                Self::Borrowed(text) => text.to_owned(),
                Self::Owned(text) => text,
            }
        }
    }

    impl<'de> Deserialize<'de> for Key<'de> {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            struct Text;
            impl<'de> Visitor<'de> for Text {
                type Value = Key<'de>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a string")
                }

                fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                    Ok(Key::Borrowed(text))
                }

                fn visit_str<E: Error>(self, text: &str) -> Result<Key<'de>, E> {
                    Ok(Key::Owned(text.to_owned()))
                }

                fn visit_string<E: Error>(self, text: String) -> Result<Key<'de>, E> {
                    Ok(Key::Owned(text))
                }
            }
            from.deserialize_str(Text)
        }
    }
}

#[cfg(test)]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the macros make whole public items"
)]
mod tests {
    use super::*;
    use serde_json::json;

    model! {
        /// A device.
        struct Device {
            required { id: String }
            password: Option<Secret>,
            count: Option<i64>,
            parts: Option<Vec<Device>>,
            kind: Option<String> = "type",
        }
    }

    #[test]
    fn null_absent_and_unknown_never_fail() {
        let all_null = json!({"id": "1", "password": null, "count": null, "parts": null, "type": null, "new": {"a": [1]}});
        let device: Device = serde_json::from_value(all_null).unwrap();
        assert_eq!(device.extra["new"], json!({"a": [1]}));
        assert_eq!(
            serde_json::to_value(&device).unwrap(),
            json!({"id": "1", "new": {"a": [1]}})
        );
    }

    #[test]
    fn a_missing_id_is_named() {
        let error = serde_json::from_str::<Device>(r#"{"count":1}"#).unwrap_err();
        assert!(error.to_string().contains("missing field `id`"), "{error}");
    }

    #[test]
    fn escaped_names_are_still_found() {
        let device: Device = serde_json::from_str(r#"{"i\u0064":"1","co\u0075nt":2}"#).unwrap();
        assert_eq!(device.count, Some(2));
    }

    #[test]
    fn debug_hides_secrets_known_and_unknown() {
        let device: Device = serde_json::from_value(
            json!({"id": "1", "password": "canary", "new_password": "canary"}),
        )
        .unwrap();
        let text = format!("{device:?}");
        assert!(!text.contains("canary"), "{text}");
        assert!(text.contains("new_password"), "{text}");
        assert_eq!(serde_json::to_value(&device).unwrap()["password"], "canary");
    }
}
