//! Everything that is remembered, of whatever link.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{FileJournal, Journal as _, JournalError, LinkKey, Record, io_error};

impl FileJournal {
    /// All records, by organization and account. What cannot be read is among
    /// them as its error; where nothing was ever written, there are none.
    pub fn records(&self) -> Vec<Result<(LinkKey, Record), JournalError>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            entries => entries
                .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
                .map_err(io_error(&self.folder, "read")),
        };
        let mut paths: Vec<PathBuf> = match entries {
            Ok(paths) => paths,
            Err(error) => return vec![Err(error)],
        };
        paths.retain(|path| is_record(path));
        paths.sort();
        let read = |path: &PathBuf| {
            let key = key_of(path)?;
            // Between the two looks it may have gone.
            Ok(self.read(&key)?.map(|record| (key, record)))
        };
        paths
            .iter()
            .filter_map(|path| read(path).transpose())
            .collect()
    }
}

fn is_record(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("link-") && name.ends_with(".json"))
}

/// Which link a file is about, as it says itself: its name may be a hash.
fn key_of(path: &Path) -> Result<LinkKey, JournalError> {
    let torn = |why: &str| JournalError::Torn {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let text = fs::read(path).map_err(io_error(path, "read"))?;
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|_| torn("not JSON"))?;
    let word = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    match (word("org"), word("account")) {
        (Some(org), Some(account)) => Ok(LinkKey { org, account }),
        _ => Err(torn("it does not say which link it is about")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_records_are_found_and_a_torn_one_hides_no_other() {
        let home = tempfile::tempdir().unwrap();
        let journal = FileJournal::new(home.path().join("link"));
        assert!(journal.records().is_empty());
        let key = |org: &str| LinkKey {
            org: org.into(),
            account: "123456789012".into(),
        };
        for org in ["org-b", "org-a", "no plain name"] {
            let _lock = journal.lock(&key(org)).unwrap();
            journal.write(&key(org), &Record::default()).unwrap();
        }
        fs::write(home.path().join("link/link-x-1.json"), "{").unwrap();
        let found = journal.records();
        let mut orgs: Vec<&str> = found
            .iter()
            .filter_map(|one| Some(one.as_ref().ok()?.0.org.as_str()))
            .collect();
        orgs.sort_unstable();
        assert_eq!(orgs, ["no plain name", "org-a", "org-b"]);
        assert_eq!(found.iter().filter(|one| one.is_err()).count(), 1);
    }
}
