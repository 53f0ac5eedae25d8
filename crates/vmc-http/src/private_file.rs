//! Files that only their owner reads: tokens, journals, pins.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Makes a folder, and those above it, that only its owner enters.
///
/// # Errors
/// As the system says. A folder that is there already is left as it is.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.recursive(true).create(folder)
}

/// Writes a whole file that only its owner reads: a new one first, then moved
/// in place, so that a crash or a full disk leaves the old one.
///
/// Where `path` is a link, the file takes its place; see [`behind_link`].
///
/// # Errors
/// As the system says. The old file is there then.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    put(path, content, false)
}

/// As [`write()`], and on disk when it returns: for what a power cut must not
/// take.
///
/// # Errors
/// As [`write()`].
pub fn write_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    put(path, content, true)
}

/// As [`write_durably`], and never over a file that is there.
///
/// # Errors
/// As [`write()`]; with [`io::ErrorKind::AlreadyExists`] where there is one.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = part(path)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    let placed = file.persist_noclobber(path);
    placed.map_err(|error| error.error)?;
    sync_folder(path)
}

/// Whether a file could be written there, in a folder that exists: for what
/// can be had only once. Leaves nothing behind.
///
/// # Errors
/// As the system says.
pub fn try_write(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    part(path).map(drop)
}

/// What a link leads to; a path that is no link as it is. For files that
/// people keep elsewhere and link to.
///
/// # Errors
/// When the link leads nowhere.
pub fn behind_link(path: &Path) -> io::Result<PathBuf> {
    match path.is_symlink() {
        true => std::fs::canonicalize(path),
        false => Ok(path.to_owned()),
    }
}

/// Whether files can be written to a folder: tries it with one that is gone at
/// once. A folder that is not there yet is not made; the nearest one above it,
/// in which it would be made, is tried instead.
///
/// # Errors
/// As the system says: no right, a full disk, a read-only file system.
pub fn try_folder(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|folder| folder.exists());
    let there = there.filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::tempfile_in(there.unwrap_or(Path::new(".")))?;
    file.write_all(b"x")
}

fn put(path: &Path, content: &[u8], durable: bool) -> io::Result<()> {
    make_folder(folder_of(path))?;
    let mut file = part(path)?;
    file.write_all(content)?;
    if durable {
        file.as_file().sync_all()?;
    }
    file.persist(path).map_err(|error| error.error)?;
    match durable {
        true => sync_folder(path),
        false => Ok(()),
    }
}

/// A move survives a power cut only with the folder synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder_of(path))?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// A new file beside the one to be. Private to its owner from the start, and
/// gone when a step fails. Named after the file, so that who removes it finds
/// what a kill left.
fn part(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(path.file_name().unwrap_or_default())
        .suffix(".part")
        .tempfile_in(folder_of(path))
}

/// Opens a file to lock, and makes it where there is none. Its folder must be
/// there.
///
/// # Errors
/// As the system says.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.create(true).truncate(false).write(true).open(path)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn file_and_folder_are_the_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b/file");
        write(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }

    #[test]
    fn a_folder_is_tried_and_nothing_is_left_in_it() {
        let home = tempfile::tempdir().unwrap();
        try_folder(home.path()).unwrap();
        try_folder(&home.path().join("a/b")).unwrap();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        let file = home.path().join("file");
        fs::write(&file, "x").unwrap();
        try_folder(&file.join("a")).unwrap_err();
    }

    #[test]
    fn a_new_file_takes_no_other_ones_place() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        try_write(&path).unwrap();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        write_new(&path, b"one").unwrap();
        assert_eq!(mode(&path), 0o600);
        let error = write_new(&path, b"two").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        try_write(home.path()).unwrap_err();
        try_write(&home.path().join("no/file")).unwrap_err();
    }

    #[test]
    fn a_link_stays_one_and_a_failure_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let (target, link) = (home.path().join("target"), home.path().join("link"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write(&behind_link(&link).unwrap(), b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");

        let folder = home.path().join("folder");
        fs::create_dir(&folder).unwrap();
        write(&folder, b"x").unwrap_err();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 3);
    }
}
