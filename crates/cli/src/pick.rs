//! The one of a list that a word means.

use vmc_api::resolve::{Candidate, Unresolved};

use crate::error::Error;

/// Things of one kind, each with an id and perhaps a name.
pub(crate) struct Pick<'a, T> {
    kind: &'static str,
    items: &'a [T],
    id: fn(&T) -> &str,
    other_id: fn(&T) -> &str,
    name: fn(&T) -> &str,
}

impl<'a, T> Pick<'a, T> {
    /// `kind` is what people call one of them. A name may be empty.
    pub(crate) fn new(
        kind: &'static str,
        items: &'a [T],
        id: fn(&T) -> &str,
        name: fn(&T) -> &str,
    ) -> Self {
        Self {
            kind,
            items,
            id,
            other_id: id,
            name,
        }
    }

    /// Something else that tells them apart; may be empty.
    pub(crate) fn or(mut self, other_id: fn(&T) -> &str) -> Self {
        self.other_id = other_id;
        self
    }

    /// The one of this id or name. An id beats a name, and a name in the same
    /// letters beats one in other case.
    pub(crate) fn one(&self, wanted: &str) -> Result<&'a T, Error> {
        let tries: [&dyn Fn(&T) -> bool; 3] = [
            &|item| self.is(item, wanted),
            &|item| (self.name)(item) == wanted,
            &|item| (self.name)(item).to_lowercase() == wanted.to_lowercase(),
        ];
        let fitting = tries
            .iter()
            .map(|fits| self.items.iter().filter(|item| fits(item)).collect())
            .find(|fitting: &Vec<&T>| !fitting.is_empty())
            .unwrap_or_default();
        if let [one] = fitting[..] {
            return Ok(one);
        }
        let ambiguous = !fitting.is_empty();
        let named = if ambiguous {
            fitting
        } else {
            self.items.iter().collect()
        };
        let candidate = |item: &T| Candidate {
            id: (self.id)(item).to_owned(),
            name: (self.name)(item).to_owned(),
        };
        Err(vmc_api::Error::from(Unresolved {
            kind: self.kind,
            wanted: wanted.to_owned(),
            candidates: named.into_iter().map(candidate).collect(),
            ambiguous,
        })
        .into())
    }

    /// One to be changed or destroyed: by id, or by its name letter for letter.
    pub(crate) fn exactly(&self, wanted: &str) -> Result<&'a T, Error> {
        let item = self.one(wanted)?;
        let (id, name) = ((self.id)(item), (self.name)(item));
        if self.is(item, wanted) || name == wanted {
            return Ok(item);
        }
        Err(Error::not_found(format!(
            "no {} is called exactly {wanted:?}; nothing was done",
            self.kind
        ))
        .hint(format!(
            "There is {name:?} ({id}). Write its name letter for letter, or give the id."
        )))
    }

    fn is(&self, item: &T, wanted: &str) -> bool {
        !wanted.is_empty()
            && [self.id, self.other_id]
                .iter()
                .any(|id| id(item).eq_ignore_ascii_case(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Class;

    const ITEMS: &[(&str, &str)] = &[
        ("1", "lab"),
        ("2", "Lab"),
        ("3", "prod"),
        ("4", "prod"),
        ("5", "Plant"),
    ];

    fn pick() -> Pick<'static, (&'static str, &'static str)> {
        Pick::new("thing", ITEMS, |item| item.0, |item| item.1)
    }

    #[test]
    fn the_nearest_match_counts() {
        for (word, id) in [("1", "1"), ("Lab", "2"), ("lab", "1"), ("PLANT", "5")] {
            assert_eq!(pick().one(word).unwrap().0, id, "{word}");
        }
        for (word, class) in [("prod", Class::Usage), ("no", Class::NotFound)] {
            let error = pick().one(word).unwrap_err();
            assert_eq!(Class::of(&error), Some(class), "{word}");
        }
    }

    #[test]
    fn nothing_is_changed_by_a_name_in_other_letters() {
        assert_eq!(pick().exactly("Plant").unwrap().0, "5");
        let error = pick().exactly("plant").unwrap_err();
        assert_eq!(Class::of(&error), Some(Class::NotFound));
    }
}
