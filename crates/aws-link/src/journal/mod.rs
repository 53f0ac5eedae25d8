//! What was started, remembered across a crash.
//!
//! The truth is the live state. A record only keeps what cannot be read back:
//! the template address of a link request that has no stack yet, and where an
//! earlier run put its stack. Losing it costs at most one spare link request,
//! which expires unused.

mod all;
pub(crate) mod memory;

use std::any::Any;
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;
use vmc_api::TaskId;
use vmc_http::private_file;

use crate::aws::stack::Stack;

const VERSION: u32 = 1;
const MOST_BYTES: u64 = 1024 * 1024;

/// Which link a record is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkKey {
    /// Organization id.
    pub org: String,
    /// AWS account number.
    pub account: String,
}

/// What is remembered about one link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// A link request whose stack is not known to exist yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<PendingRequest>,
    /// The stack of the last run that made one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<StackRecord>,
    /// When that link was seen to be there.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub linked_at: Option<OffsetDateTime>,
    /// An unlinking that was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlink: Option<UnlinkRecord>,
}

impl Record {
    /// The record of a stack that was made before it could be remembered, if this
    /// one does not know it.
    pub(crate) fn adopt(&self, stack: &Stack, task: Option<&TaskId>) -> Option<Self> {
        if self
            .stack
            .as_ref()
            .is_some_and(|known| known.id == stack.id)
        {
            return None;
        }
        let task = task.map(ToString::to_string);
        let request = self.request.as_ref();
        let request = request.filter(|request| Some(&request.tracking_task) == task.as_ref());
        Some(Self {
            stack: Some(StackRecord {
                id: stack.id.clone(),
                name: stack.name.clone(),
                region: stack.region.clone(),
                template_sha256: request.and_then(|request| request.template_sha256.clone()),
                tracking_task: task,
            }),
            ..Self::default()
        })
    }
}

/// An unlinking. While it goes on, [`Record::stack`] is the stack that goes last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlinkRecord {
    /// The service's id of the link.
    pub connected_account: String,
    /// When nothing was left to do.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub done_at: Option<OffsetDateTime>,
}

/// A link request that can still be made into a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRequest {
    /// The task that tracks it.
    pub tracking_task: String,
    /// Where the template is.
    pub template_url: TemplateUrl,
    /// The template's SHA-256, once it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_sha256: Option<String>,
    /// After this the template is of no use.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires: Option<OffsetDateTime>,
    /// Name of the stack it is meant for.
    pub stack_name: String,
    /// Region of that stack.
    pub region: String,
}

/// Where a stack is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackRecord {
    /// ARN.
    pub id: String,
    /// Name.
    pub name: String,
    /// Region.
    pub region: String,
    /// The task of its link request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_task: Option<String>,
    /// The template's SHA-256, if it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_sha256: Option<String>,
}

/// A template's address. Whoever has it can link an account of theirs to the
/// organization, so it is not shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TemplateUrl(String);

impl TemplateUrl {
    pub(crate) fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The address, for use and not for show.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TemplateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TemplateUrl([redacted])")
    }
}

/// Why the journal cannot be used. Nothing was started then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another run has it.
    #[error(
        "another run works on the link of organization {org} to AWS account {account} right now"
    )]
    Busy {
        /// Organization id.
        org: String,
        /// Account number.
        account: String,
    },
    /// The file is not one of ours, or was cut.
    #[error("the record {} cannot be read: {why}", path.display())]
    Torn {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file was written by a newer version.
    #[error("the record {} was written by a newer version (format {version})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        version: u64,
    },
    /// The file system said no.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: "write", "read", "lock".
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
}

impl JournalError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Busy { .. } => {
                "Wait for it to end; a second run at the same time would only get in its way."
                    .into()
            }
            Self::Torn { path, .. } => format!(
                "Move the file away (mv {0} {0}.bad) and run again: the stack is found by its name, \
                 at worst one link request expires unused.",
                path.display()
            ),
            Self::Newer { .. } => "Use the newer version that wrote it.".into(),
            Self::Io { .. } => "Check the folder's owner, rights and free space.".into(),
        }
    }
}

/// Keeps records.
pub trait Journal: Send + Sync + fmt::Debug {
    /// Takes a link for this run alone, until the guard is dropped or the process dies.
    ///
    /// # Errors
    /// [`JournalError::Busy`] when another run has it.
    fn lock(&self, key: &LinkKey) -> Result<Box<dyn Any + Send>, JournalError>;

    /// The record of a link.
    ///
    /// # Errors
    /// When there is one and it cannot be read; nothing is guessed.
    fn read(&self, key: &LinkKey) -> Result<Option<Record>, JournalError>;

    /// Replaces the record of a link, for good when this returns.
    ///
    /// # Errors
    /// When it cannot be written; the old record is there then.
    fn write(&self, key: &LinkKey, record: &Record) -> Result<(), JournalError>;
}

/// Records in files of one folder: `link-<organization>-<account>.json`, readable
/// by their owner only, replaced in one step.
#[derive(Debug, Clone)]
pub struct FileJournal {
    folder: PathBuf,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    org: &'a str,
    account: &'a str,
    #[serde(flatten)]
    record: &'a Record,
}

impl FileJournal {
    /// Uses this folder; it is made when something is written.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The file of a link.
    pub fn path(&self, key: &LinkKey) -> PathBuf {
        self.folder.join(format!(
            "link-{}-{}.json",
            file_part(&key.org),
            file_part(&key.account)
        ))
    }

    fn make_folder(&self) -> Result<(), JournalError> {
        private_file::make_folder(&self.folder).map_err(io_error(&self.folder, "make the folder"))
    }
}

impl Journal for FileJournal {
    fn lock(&self, key: &LinkKey) -> Result<Box<dyn Any + Send>, JournalError> {
        self.make_folder()?;
        let path = self.path(key).with_extension("lock");
        let file = private_file::open_lock(&path).map_err(io_error(&path, "open"))?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(file)),
            Err(TryLockError::WouldBlock) => Err(busy(key)),
            Err(TryLockError::Error(source)) => Err(io_error(&path, "lock")(source)),
        }
    }

    fn read(&self, key: &LinkKey) -> Result<Option<Record>, JournalError> {
        let path = self.path(key);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(io_error(&path, "read"))?,
        };
        let mut text = Vec::new();
        file.take(MOST_BYTES)
            .read_to_end(&mut text)
            .map_err(io_error(&path, "read"))?;
        parse(&path, key, &text).map(Some)
    }

    fn write(&self, key: &LinkKey, record: &Record) -> Result<(), JournalError> {
        self.make_folder()?;
        let path = self.path(key);
        let written = Written {
            version: VERSION,
            org: &key.org,
            account: &key.account,
            record,
        };
        let text = serde_json::to_vec_pretty(&written).map_err(|error| JournalError::Torn {
            path: path.clone(),
            why: error.to_string(),
        })?;
        private_file::write_durably(&path, &text).map_err(io_error(&path, "write"))
    }
}

fn parse(path: &Path, key: &LinkKey, text: &[u8]) -> Result<Record, JournalError> {
    let torn = |why: String| JournalError::Torn {
        path: path.to_owned(),
        why,
    };
    // serde's own words may quote the template's address.
    let value: serde_json::Value = serde_json::from_slice(text)
        .map_err(|error| torn(format!("not JSON at line {}", error.line())))?;
    match value.get("version").and_then(serde_json::Value::as_u64) {
        Some(version) if version > u64::from(VERSION) => {
            return Err(JournalError::Newer {
                path: path.to_owned(),
                version,
            });
        }
        Some(_) => {}
        None => return Err(torn("it has no version".into())),
    }
    let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str);
    if text("org") != Some(&key.org) || text("account") != Some(&key.account) {
        return Err(torn("it is about another link".into()));
    }
    serde_json::from_value(value).map_err(|_| torn("a field is missing or of another kind".into()))
}

/// An id as a part of a file's name. Odd ones stay in the folder, too.
pub(crate) fn file_part(text: &str) -> String {
    let fits = !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fits {
        text.to_owned()
    } else {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
    }
}

pub(crate) fn busy(key: &LinkKey) -> JournalError {
    JournalError::Busy {
        org: key.org.clone(),
        account: key.account.clone(),
    }
}

pub(crate) fn io_error(path: &Path, doing: &'static str) -> impl Fn(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io {
        path: path.clone(),
        doing,
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::MemoryJournal;

    fn key() -> LinkKey {
        LinkKey {
            org: "org-1".into(),
            account: "123456789012".into(),
        }
    }

    fn record() -> Record {
        Record {
            request: Some(PendingRequest {
                tracking_task: "task-1".into(),
                template_url: TemplateUrl::new("https://s3.amazonaws.com/t?sig=canary"),
                template_sha256: None,
                expires: Some(OffsetDateTime::UNIX_EPOCH),
                stack_name: "name".into(),
                region: "us-west-2".into(),
            }),
            ..Record::default()
        }
    }

    #[test]
    fn what_is_written_is_read_back_and_the_address_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let journal = FileJournal::new(folder.path().join("a/b"));
        assert_eq!(journal.read(&key()).unwrap(), None);
        journal.write(&key(), &record()).unwrap();
        assert_eq!(journal.read(&key()).unwrap(), Some(record()));
        assert!(!format!("{:?}", record()).contains("canary"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&journal.path(&key())), 0o600);
            assert_eq!(mode(&folder.path().join("a/b")), 0o700);
        }
    }

    #[test]
    fn every_cut_of_a_record_is_refused_not_guessed() {
        let folder = tempfile::tempdir().unwrap();
        let journal = FileJournal::new(folder.path());
        journal.write(&key(), &record()).unwrap();
        let path = journal.path(&key());
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() - 1 {
            fs::write(&path, &whole[..length]).unwrap();
            let error = journal.read(&key()).unwrap_err();
            assert!(
                matches!(error, JournalError::Torn { .. }),
                "cut at {length}"
            );
            assert!(!format!("{error}{error:?}").contains("canary"), "{error}");
        }
        for odd in [
            "[]",
            "5",
            "{}",
            r#"{"version":1}"#,
            r#"{"version":1,"org":"org-1","account":"123456789012","request":{"template_url":"canary"}}"#,
        ] {
            fs::write(&path, odd).unwrap();
            let error = journal.read(&key()).unwrap_err();
            assert!(matches!(error, JournalError::Torn { .. }), "{odd}");
            assert!(!format!("{error}{error:?}").contains("canary"), "{error}");
        }
        fs::write(&path, r#"{"version":2,"anything":1}"#).unwrap();
        assert!(matches!(
            journal.read(&key()),
            Err(JournalError::Newer { version: 2, .. })
        ));
        journal.write(&key(), &record()).unwrap();
        assert_eq!(journal.read(&key()).unwrap(), Some(record()));
    }

    #[test]
    fn one_run_at_a_time_for_each_link() {
        let folder = tempfile::tempdir().unwrap();
        let other = LinkKey {
            account: "999999999999".into(),
            ..key()
        };
        let journals: [&dyn Journal; 2] =
            [&FileJournal::new(folder.path()), &MemoryJournal::default()];
        for journal in journals {
            let held = journal.lock(&key()).unwrap();
            assert!(matches!(
                journal.lock(&key()),
                Err(JournalError::Busy { .. })
            ));
            assert!(journal.lock(&other).is_ok());
            drop(held);
            assert!(journal.lock(&key()).is_ok());
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = FileJournal::new(&file)
            .write(&key(), &record())
            .unwrap_err();
        assert!(matches!(error, JournalError::Io { .. }), "{error:?}");
        assert!(error.to_string().contains("file"), "{error}");
    }

    #[test]
    fn odd_ids_stay_in_the_folder() {
        let journal = FileJournal::new("/state");
        let odd = LinkKey {
            org: "../../etc/passwd".into(),
            account: String::new(),
        };
        assert_eq!(journal.path(&odd).parent(), Some(Path::new("/state")));
        assert_eq!(journal.path(&odd), journal.path(&odd));
    }
}
