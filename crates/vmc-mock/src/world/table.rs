//! Rows in the order of their creation, found by key in constant time.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;

/// Something with an identity.
pub trait Row {
    /// What it is found by.
    fn key(&self) -> &str;
}

/// Rows in the order of their creation. In JSON: an array.
#[derive(Clone, Debug)]
pub struct Table<T> {
    rows: Vec<T>,
    index: HashMap<String, usize>,
}

impl<T: Row> Table<T> {
    /// The row with this key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(*self.index.get(key)?)
    }

    /// The row with this key, to be changed. Its key must stay.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.rows.get_mut(*self.index.get(key)?)
    }

    /// Adds a row, or replaces the one with the same key.
    pub fn insert(&mut self, row: T) {
        match self
            .index
            .get(row.key())
            .copied()
            .and_then(|at| self.rows.get_mut(at))
        {
            Some(place) => *place = row,
            None => {
                self.index.insert(row.key().to_owned(), self.rows.len());
                self.rows.push(row);
            }
        }
    }

    /// Keeps the rows for which `keep` is true.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.rows.retain(keep);
        self.index = self
            .rows
            .iter()
            .enumerate()
            .map(|(at, row)| (row.key().to_owned(), at))
            .collect();
    }

    /// All rows, oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }

    /// All rows, to be changed. Their keys must stay.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.rows.iter_mut()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<'a, T: Row> IntoIterator for &'a Table<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            index: HashMap::new(),
        }
    }
}

impl<T: Row> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        let mut table = Self::default();
        rows.into_iter().for_each(|row| table.insert(row));
        table
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl<'de, T: Row + Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<T>::deserialize(deserializer)?.into_iter().collect())
    }
}

macro_rules! row {
    ($type:ty, $key:ident) => {
        impl $crate::world::table::Row for $type {
            fn key(&self) -> &str {
                &self.$key
            }
        }
    };
}
pub(crate) use row;
