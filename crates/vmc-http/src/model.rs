//! JSON objects of which the known fields are typed and the others kept.

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

        impl $crate::Shaped for $name {
            fn shape() -> $crate::Shape {
                $crate::Shape::Object(stringify!($name), &[
                    $($crate::Field {
                        name: $crate::model!(@wire $rf $($rwire)?),
                        required: true,
                        shape: <$rty as $crate::Shaped>::shape,
                    },)*
                    $($crate::Field {
                        name: $crate::model!(@wire $f $($wire)?),
                        required: false,
                        shape: <$ty as $crate::Shaped>::shape,
                    },)*
                ])
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
                        while let Some(key) = map.next_key::<$crate::Key<'de>>()? {
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

#[cfg(test)]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the macros make whole public items"
)]
mod tests {
    use serde_json::json;

    use crate::Secret;

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
