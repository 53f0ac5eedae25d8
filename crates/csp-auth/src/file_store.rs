//! Access tokens in files of the user's cache folder.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use vmc_http::{BoxFuture, private_file};

use crate::store::{StoreError, StoreGuard, StoreKey, StoredToken, TokenStore};

const PREFIX: &str = "access-token-";

/// Longest wait for another process's exchange. After that both make one.
const LONGEST_TURN: Duration = Duration::from_secs(30);

/// Between two looks at a lock. Locks of the operating system end with their
/// process, so a crash never leaves one behind.
const LOCK_POLL: Duration = Duration::from_millis(25);

/// No token file is larger.
const LARGEST: u64 = 64 * 1024;

/// Keeps each access token in a file of its own, `access-token-<key>.json`.
///
/// On Unix the files have mode 0600 and a new folder 0700. Files that others
/// may read or write, links, and folders that others may write to are not
/// used. On other systems the folder's own permissions protect the files.
/// Files are replaced as a whole, so a reader never sees half a token.
#[derive(Debug, Clone)]
pub struct FileStore {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Content<'a> {
    access_token: std::borrow::Cow<'a, str>,
    obtained_at: u64,
    life_seconds: u64,
}

impl FileStore {
    /// Keeps tokens in `folder`, which is made when the first token is saved.
    /// No I/O.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Removes the tokens of all credentials and addresses, and gives their
    /// number.
    ///
    /// # Errors
    /// When the folder cannot be read or a token cannot be removed.
    pub fn clear(&self) -> Result<usize, StoreError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(io_error(&self.folder, "read", error)),
        };
        let mut removed = 0;
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if !name.starts_with(PREFIX) {
                continue;
            }
            let path = entry.path();
            fs::remove_file(&path).map_err(|error| io_error(&path, "removed", error))?;
            removed += usize::from(name.ends_with(".json"));
        }
        Ok(removed)
    }

    fn path(&self, key: &StoreKey, ending: &str) -> PathBuf {
        self.folder
            .join(format!("{PREFIX}{}.{ending}", key.as_str()))
    }

    /// Makes the folder, and refuses one that others can write to.
    fn prepare(&self) -> Result<(), StoreError> {
        if !self.folder.is_dir() {
            private_file::make_folder(&self.folder)
                .map_err(|error| io_error(&self.folder, "written", error))?;
        }
        self.check_folder()
    }

    fn check_folder(&self) -> Result<(), StoreError> {
        let meta =
            fs::metadata(&self.folder).map_err(|error| io_error(&self.folder, "read", error))?;
        if open_to(&meta, 0o022) {
            return Err(insecure(
                &self.folder,
                "others can write to this folder (chmod 700)",
            ));
        }
        Ok(())
    }

    async fn lock(&self, key: &StoreKey) -> Result<StoreGuard, StoreError> {
        self.prepare()?;
        let path = self.path(key, "lock");
        let file =
            private_file::open_lock(&path).map_err(|error| io_error(&path, "written", error))?;
        let end = Instant::now() + LONGEST_TURN;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(StoreGuard::new(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < end => sleep(LOCK_POLL).await,
                Err(error) => return Err(io_error(&path, "locked", error.into())),
            }
        }
    }
}

impl TokenStore for FileStore {
    fn load(&self, key: &StoreKey) -> Result<Option<StoredToken>, StoreError> {
        let path = self.path(key, "json");
        let failed = |error| io_error(&path, "read", error);
        // The link itself, not what it points to.
        match fs::symlink_metadata(&path) {
            Ok(meta) if !meta.is_file() => return Err(insecure(&path, "it is not a plain file")),
            Ok(_) => self.check_folder()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        let file = File::open(&path).map_err(failed)?;
        if open_to(&file.metadata().map_err(failed)?, 0o077) {
            return Err(insecure(&path, "others can read it (chmod 600)"));
        }
        let mut text = Vec::new();
        file.take(LARGEST).read_to_end(&mut text).map_err(failed)?;
        let content: Content<'_> =
            serde_json::from_slice(&text).map_err(|_| StoreError::Malformed(path.clone()))?;
        let obtained_at = UNIX_EPOCH
            .checked_add(Duration::from_secs(content.obtained_at))
            .ok_or(StoreError::Malformed(path))?;
        Ok(Some(StoredToken {
            secret: SecretString::from(content.access_token.into_owned()),
            obtained_at,
            life: Duration::from_secs(content.life_seconds),
        }))
    }

    fn save(&self, key: &StoreKey, token: &StoredToken) -> Result<(), StoreError> {
        self.prepare()?;
        let path = self.path(key, "json");
        let failed = |error| io_error(&path, "written", error);
        let seconds = |time: SystemTime| {
            time.duration_since(UNIX_EPOCH)
                .map_or(0, |age| age.as_secs())
        };
        let content = Content {
            access_token: token.secret.expose_secret().into(),
            obtained_at: seconds(token.obtained_at),
            life_seconds: token.life.as_secs(),
        };
        let text = serde_json::to_vec(&content).map_err(|error| failed(error.into()))?;
        private_file::write(&path, &text).map_err(failed)
    }

    fn forget(&self, key: &StoreKey) -> Result<(), StoreError> {
        let path = self.path(key, "json");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_error(&path, "removed", error))
            }
            _ => Ok(()),
        }
    }

    fn turn<'a>(&'a self, key: &'a StoreKey) -> BoxFuture<'a, Option<StoreGuard>> {
        Box::pin(async {
            match self.lock(key).await {
                Ok(guard) => Some(guard),
                Err(error) => {
                    tracing::debug!(%error, "exchanging without a turn");
                    None
                }
            }
        })
    }
}

fn io_error(path: &Path, doing: &'static str, source: io::Error) -> StoreError {
    StoreError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

fn insecure(path: &Path, problem: &'static str) -> StoreError {
    StoreError::Insecure {
        path: path.to_owned(),
        problem,
    }
}

#[cfg(unix)]
fn open_to(meta: &fs::Metadata, bits: u32) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & bits != 0
}

#[cfg(not(unix))]
fn open_to(_: &fs::Metadata, _: u32) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::ApiToken;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn key() -> StoreKey {
        StoreKey::new("https://csp", &ApiToken::new("k").unwrap().into())
    }

    fn stored(secret: &str) -> StoredToken {
        StoredToken {
            secret: secret.into(),
            obtained_at: UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            life: Duration::from_secs(1799),
        }
    }

    fn place() -> (tempfile::TempDir, FileStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path().join("a/b"));
        (folder, store)
    }

    #[test]
    fn a_token_comes_back_as_it_was_saved() {
        let (_folder, store) = place();
        assert!(store.load(&key()).unwrap().is_none());
        store.save(&key(), &stored("one")).unwrap();
        store.save(&key(), &stored("two")).unwrap();
        let loaded = store.load(&key()).unwrap().unwrap();
        assert_eq!(loaded.secret.expose_secret(), "two");
        assert_eq!(loaded.obtained_at, stored("").obtained_at);
        assert_eq!(loaded.life, stored("").life);
        let other = StoreKey::new("https://csp", &ApiToken::new("l").unwrap().into());
        assert!(store.load(&other).unwrap().is_none());
        store.forget(&key()).unwrap();
        store.forget(&key()).unwrap();
        assert!(store.load(&key()).unwrap().is_none());
    }

    #[test]
    fn clearing_takes_all_tokens_and_nothing_else() {
        let (_folder, store) = place();
        assert_eq!(store.clear().unwrap(), 0);
        store.save(&key(), &stored("one")).unwrap();
        fs::write(store.folder.join("other.json"), "x").unwrap();
        assert_eq!(store.clear().unwrap(), 1);
        let left: Vec<_> = fs::read_dir(&store.folder).unwrap().collect();
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn broken_files_are_malformed_not_panics() {
        let (_folder, store) = place();
        store.save(&key(), &stored("one")).unwrap();
        let path = store.path(&key(), "json");
        for text in [
            "".to_owned(),
            "{".to_owned(),
            "[]".to_owned(),
            r#"{"access_token":"canary","obtained_at":-1,"life_seconds":1}"#.to_owned(),
            format!(
                r#"{{"access_token":"canary","obtained_at":{},"life_seconds":1}}"#,
                u64::MAX
            ),
            "x".repeat(200_000),
        ] {
            fs::write(&path, &text).unwrap();
            let error = store.load(&key()).unwrap_err();
            assert!(
                matches!(error, StoreError::Malformed(_)),
                "{text:.40}: {error:?}"
            );
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_their_owner_only_and_refused_otherwise() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let (folder, store) = place();
        store.save(&key(), &stored("one")).unwrap();
        let path = store.path(&key(), "json");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&store.folder), 0o700);

        for open in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            let error = store.load(&key()).unwrap_err();
            assert!(
                matches!(error, StoreError::Insecure { .. }),
                "{open:o}: {error:?}"
            );
        }
        // Saving puts a fresh file in the place of the open one.
        store.save(&key(), &stored("two")).unwrap();
        assert_eq!(mode(&path), 0o600);

        let target = folder.path().join("target");
        fs::rename(&path, &target).unwrap();
        symlink(&target, &path).unwrap();
        assert!(matches!(
            store.load(&key()),
            Err(StoreError::Insecure { .. })
        ));
        store.save(&key(), &stored("three")).unwrap();
        assert!(fs::read_to_string(&target).unwrap().contains("two"));
        assert!(store.load(&key()).unwrap().is_some());

        fs::set_permissions(&store.folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(
            store.load(&key()),
            Err(StoreError::Insecure { .. })
        ));
        assert!(matches!(
            store.save(&key(), &stored("x")),
            Err(StoreError::Insecure { .. })
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn one_has_the_turn_at_a_time() {
        let (_folder, store) = place();
        let inside = AtomicUsize::new(0);
        let key = key();
        let visit = || async {
            let _turn = store.turn(&key).await.unwrap();
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
            sleep(Duration::from_millis(40)).await;
            inside.fetch_sub(1, Ordering::SeqCst);
        };
        tokio::join!(visit(), visit(), visit());
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_never_comes_is_not_waited_for() {
        let (_folder, store) = place();
        let _held = store.turn(&key()).await.unwrap();
        assert!(store.turn(&key()).await.is_none());
    }
}
