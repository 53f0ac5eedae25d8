//! What this machine remembers of an organization's links, without secrets.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vmc_http::private_file;

use crate::hand_off::file::RequestNote;
use crate::journal::{JournalError, file_part, io_error};
use crate::template::review::Review;

const VERSION: u64 = 1;
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Notes in files of one folder, readable by their owner only and replaced in
/// one step. Losing one costs a warning or a typed id, never a link.
#[derive(Debug, Clone)]
pub struct Notes {
    folder: PathBuf,
}

/// What the notes are about; the beginning of their file's name.
#[derive(Debug, Clone, Copy)]
enum Topic {
    Request,
    Template,
}

#[derive(Serialize, Deserialize)]
struct Note<T> {
    version: u64,
    org: String,
    content: T,
}

impl Notes {
    /// Uses this folder; it is made when something is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The last link request of an organization that was handed off from here.
    ///
    /// # Errors
    /// When there is a note and it cannot be read.
    pub fn request(&self, org: &str) -> Result<Option<RequestNote>, JournalError> {
        self.read(Topic::Request, org)
    }

    /// Remembers a link request in the place of the last one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_request(&self, note: &RequestNote) -> Result<(), JournalError> {
        self.keep(Topic::Request, &note.org_id, note)
    }

    /// What was in the last template of an organization that CloudFormation took,
    /// or that somebody accepted.
    ///
    /// # Errors
    /// When there is a note and it cannot be read.
    pub fn template(&self, org: &str) -> Result<Option<Review>, JournalError> {
        self.read(Topic::Template, org)
    }

    /// Remembers what is in a template, in the place of the last one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_template(&self, org: &str, review: &Review) -> Result<(), JournalError> {
        self.keep(Topic::Template, org, review)
    }

    fn path(&self, topic: Topic, org: &str) -> PathBuf {
        let topic = match topic {
            Topic::Request => "request",
            Topic::Template => "template",
        };
        self.folder.join(format!("{topic}-{}.json", file_part(org)))
    }

    fn read<T: DeserializeOwned>(
        &self,
        topic: Topic,
        org: &str,
    ) -> Result<Option<T>, JournalError> {
        let path = self.path(topic, org);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(io_error(&path, "read"))?,
        };
        let mut text = Vec::new();
        file.take(MOST_BYTES)
            .read_to_end(&mut text)
            .map_err(io_error(&path, "read"))?;
        let torn = |why: &str| JournalError::Torn {
            path: path.clone(),
            why: why.into(),
        };
        let value: serde_json::Value =
            serde_json::from_slice(&text).map_err(|_| torn("it is not JSON"))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version > VERSION => {
                return Err(JournalError::Newer { path, version });
            }
            Some(_) => {}
            None => return Err(torn("it has no version")),
        }
        let note: Note<T> = serde_json::from_value(value)
            .map_err(|_| torn("a field is missing or of another kind"))?;
        if note.org != org {
            return Err(torn("it is about another organization"));
        }
        Ok(Some(note.content))
    }

    fn keep<T: Serialize>(&self, topic: Topic, org: &str, content: T) -> Result<(), JournalError> {
        private_file::make_folder(&self.folder)
            .map_err(io_error(&self.folder, "make the folder"))?;
        let path = self.path(topic, org);
        let note = Note {
            version: VERSION,
            org: org.to_owned(),
            content,
        };
        let text = serde_json::to_vec_pretty(&note).map_err(|error| JournalError::Torn {
            path: path.clone(),
            why: error.to_string(),
        })?;
        private_file::write(&path, &text).map_err(io_error(&path, "write"))
    }
}
