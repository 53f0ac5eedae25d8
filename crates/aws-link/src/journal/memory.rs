//! A journal without a file.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::journal::{Journal, JournalError, LinkKey, Record, busy};

/// Records for the life of the process, where no folder is to be had.
#[derive(Debug, Clone, Default)]
pub struct MemoryJournal(Arc<Mutex<HashMap<LinkKey, Shelf>>>);

#[derive(Debug, Default)]
struct Shelf {
    record: Option<Record>,
    lock: Arc<()>,
}

impl MemoryJournal {
    fn with<T>(&self, key: &LinkKey, work: impl FnOnce(&mut Shelf) -> T) -> T {
        let mut shelves = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        work(shelves.entry(key.clone()).or_default())
    }
}

impl Journal for MemoryJournal {
    fn lock(&self, key: &LinkKey) -> Result<Box<dyn Any + Send>, JournalError> {
        self.with(key, |shelf| {
            if Arc::strong_count(&shelf.lock) > 1 {
                return Err(busy(key));
            }
            Ok(Box::new(shelf.lock.clone()) as Box<dyn Any + Send>)
        })
    }

    fn read(&self, key: &LinkKey) -> Result<Option<Record>, JournalError> {
        Ok(self.with(key, |shelf| shelf.record.clone()))
    }

    fn write(&self, key: &LinkKey, record: &Record) -> Result<(), JournalError> {
        self.with(key, |shelf| shelf.record = Some(record.clone()));
        Ok(())
    }
}
