//! What a value looks like as JSON, read off its type.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::secret::Secret;

/// What a value looks like as JSON.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A string.
    Text,
    /// A string that is one of these, or one of tomorrow.
    Words(&'static [&'static str]),
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Any JSON.
    Anything,
    /// An array.
    List(Box<Shape>),
    /// An object with keys of any name.
    Map(Box<Shape>),
    /// An object with these fields, and the name of its structure.
    Object(&'static str, &'static [Field]),
}

/// A field of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name as sent.
    pub name: &'static str,
    /// Whether the object is incomplete without it.
    pub required: bool,
    /// What it holds. A function, because a structure may hold itself.
    pub shape: fn() -> Shape,
}

/// Types that know what they look like. Models, ids and enumerations do.
pub trait Shaped {
    /// What a value of this type looks like.
    fn shape() -> Shape;
}

impl Shape {
    /// Name of the structure, as in `list<Task>` for a list of tasks.
    pub fn name(&self) -> String {
        match self {
            Self::Text | Self::Words(_) => "string".into(),
            Self::Integer => "integer".into(),
            Self::Number => "double".into(),
            Self::Boolean => "boolean".into(),
            Self::Anything => "any".into(),
            Self::List(item) => format!("list<{}>", item.name()),
            Self::Map(item) => format!("map<string,{}>", item.name()),
            Self::Object(name, _) => (*name).into(),
        }
    }

    /// A document to fill in: every field, with its kind or its known words as the value.
    pub fn skeleton(&self) -> Value {
        self.filled(4)
    }

    fn filled(&self, depth: u8) -> Value {
        match self {
            Self::Text => json!("string"),
            Self::Words(words) => json!(words.join("|")),
            Self::Integer => json!(0),
            Self::Number => json!(0.5),
            Self::Boolean => json!(false),
            Self::Anything => json!({}),
            Self::List(item) => json!([item.filled(depth)]),
            Self::Map(item) => json!({"string": item.filled(depth)}),
            Self::Object(_, fields) if depth > 0 => {
                let filled = fields
                    .iter()
                    .map(|field| (field.name.to_owned(), (field.shape)().filled(depth - 1)));
                Value::Object(filled.collect::<Map<_, _>>())
            }
            Self::Object(..) => json!({}),
        }
    }
}

macro_rules! shaped {
    ($($ty:ty => $shape:ident),+ $(,)?) => {
        $(impl Shaped for $ty {
            fn shape() -> Shape {
                Shape::$shape
            }
        })+
    };
}

shaped! {
    String => Text,
    Secret => Text,
    bool => Boolean,
    i32 => Integer,
    i64 => Integer,
    u32 => Integer,
    u64 => Integer,
    f64 => Number,
    Value => Anything,
}

impl<T: Shaped> Shaped for Option<T> {
    fn shape() -> Shape {
        T::shape()
    }
}

impl<T: Shaped> Shaped for Box<T> {
    fn shape() -> Shape {
        T::shape()
    }
}

impl<T: Shaped> Shaped for Vec<T> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }
}

impl<T: Shaped> Shaped for BTreeMap<String, T> {
    fn shape() -> Shape {
        Shape::Map(Box::new(T::shape()))
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

    crate::open_enum! {
        /// Colour.
        pub enum Colour { Red = "RED", Blue = "BLUE" }
    }

    crate::model! {
        /// A tree.
        pub struct Tree {
            required { name: String }
            height: Option<f64>,
            colour: Option<Colour> = "Colour",
            rings: Option<Vec<i64>>,
            parent: Option<Box<Tree>>,
        }
    }

    #[test]
    fn a_skeleton_has_every_field_and_ends() {
        let skeleton = Tree::shape().skeleton();
        assert_eq!(skeleton["name"], "string");
        assert_eq!(skeleton["height"], 0.5);
        assert_eq!(skeleton["Colour"], "RED|BLUE");
        assert_eq!(skeleton["rings"], json!([0]));
        assert_eq!(skeleton["parent"]["parent"]["name"], "string");
        assert_eq!(Vec::<Tree>::shape().name(), "list<Tree>");
    }
}
