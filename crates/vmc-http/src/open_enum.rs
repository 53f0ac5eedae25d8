//! Enumerations that keep values they do not know.

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

        impl $crate::Shaped for $name {
            fn shape() -> $crate::Shape {
                $crate::Shape::Words(Self::KNOWN)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let key = <$crate::Key<'de> as $crate::serde::Deserialize>::deserialize(from)?;
                Ok(Self::from(key.as_str()))
            }
        }
    };
}
