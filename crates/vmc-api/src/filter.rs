//! Builds `$filter` expressions.

use std::fmt;

use time::OffsetDateTime;

use crate::Timestamp;

/// A condition on the fields of tasks or SDDCs, in the service's OData-like grammar.
///
/// Field names are fixed text and values are quoted, so no value can become
/// part of the grammar.
///
/// ```
/// use vmc_api::Filter;
///
/// let filter = Filter::eq("status", "STARTED").and(Filter::eq("resource_id", "o'brien"));
/// assert_eq!(filter.to_string(), "(status eq 'STARTED') and (resource_id eq 'o''brien')");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    text: String,
    /// Whether it must be bracketed before it becomes part of another one.
    joined: bool,
}

/// A value in a [`Filter`], as the grammar writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal(String);

macro_rules! comparisons {
    ($($(#[$meta:meta])* $name:ident = $word:literal),+ $(,)?) => {
        impl Filter {
            $($(#[$meta])*
            pub fn $name(field: &'static str, value: impl Into<Literal>) -> Self {
                Self::compare(field, $word, &value.into())
            })+
        }
    };
}

comparisons! {
    /// The field has this value.
    eq = "eq",
    /// The field has another value.
    ne = "ne",
    /// The field is less.
    lt = "lt",
    /// The field is less or has this value.
    le = "le",
    /// The field is more.
    gt = "gt",
    /// The field is more or has this value.
    ge = "ge",
}

impl Filter {
    fn compare(field: &str, word: &str, value: &Literal) -> Self {
        Self {
            text: format!("({field} {word} {})", value.0),
            joined: false,
        }
    }

    /// Both conditions hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.join("and", other)
    }

    /// One of the conditions holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.join("or", other)
    }

    fn join(self, word: &str, other: Self) -> Self {
        Self {
            text: format!("{} {word} {}", self.bracketed(), other.bracketed()),
            joined: true,
        }
    }

    fn bracketed(self) -> String {
        if self.joined {
            format!("({})", self.text)
        } else {
            self.text
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> Self {
        filter.text
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self(format!("'{}'", text.replace('\'', "''")))
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<i64> for Literal {
    fn from(n: i64) -> Self {
        Self(n.to_string())
    }
}

impl From<bool> for Literal {
    fn from(yes: bool) -> Self {
        Self(yes.to_string())
    }
}

/// Dates stand without quotes.
impl From<OffsetDateTime> for Literal {
    fn from(at: OffsetDateTime) -> Self {
        Self(Timestamp::from(at).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn values_stay_values() {
        let hostile = Filter::eq("name", "x') or (name ne '");
        assert_eq!(hostile.to_string(), "(name eq 'x'') or (name ne ''')");
    }

    #[test]
    fn joined_conditions_keep_their_grouping() {
        let filter = Filter::eq("a", 1)
            .or(Filter::eq("b", true))
            .and(Filter::gt("created", datetime!(2024-02-01 03:04:05.6 +1)));
        assert_eq!(
            String::from(filter),
            "((a eq 1) or (b eq true)) and (created gt 2024-02-01T02:04:05Z)"
        );
    }
}
