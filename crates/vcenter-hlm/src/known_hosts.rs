//! Pinned certificates, in a file that govc reads too.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use vmc_http::private_file;
use vmc_http::tls::{Hash, Thumbprint};

use crate::certificate::Certificate;
use crate::host_port::HostPort;

/// No such file is larger.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A file of pinned certificates, as govc keeps it (`GOVC_TLS_KNOWN_HOSTS`):
/// a line `host:port THUMBPRINT` each.
///
/// govc takes the last line of a host, ignores lines without a blank, and in
/// older versions knows SHA-1 only. So a certificate is written as two lines,
/// SHA-256 and below it SHA-1: every govc finds one that it knows, and this
/// crate compares the stronger one. Other lines are left as they are.
///
/// The file is replaced as a whole, with mode 0600. One that everybody can
/// write to is refused, because its pins could be anybody's.
#[derive(Debug, Clone)]
pub struct KnownHosts {
    path: PathBuf,
}

/// A pinned host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHost {
    /// Where it is.
    pub address: HostPort,
    /// What its certificate is compared with.
    pub thumbprint: Thumbprint,
}

impl KnownHosts {
    /// The pins in the file at `path`, which need not exist. No I/O.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All pinned hosts, sorted.
    ///
    /// # Errors
    /// When the file exists and cannot be read, or everybody can write to it.
    pub fn list(&self) -> Result<Vec<KnownHost>, KnownHostsError> {
        let text = self.read()?;
        let mut addresses: Vec<_> = text.lines().filter_map(pin).map(|(host, _)| host).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let known = |address: HostPort| {
            let thumbprint = effective(&text, &address)?;
            Some(KnownHost {
                address,
                thumbprint,
            })
        };
        Ok(addresses.into_iter().filter_map(known).collect())
    }

    /// The pin of a host.
    ///
    /// # Errors
    /// As [`KnownHosts::list`].
    pub fn get(&self, address: &HostPort) -> Result<Option<Thumbprint>, KnownHostsError> {
        Ok(effective(&self.read()?, address))
    }

    /// Pins a certificate, in place of the pin the host had, which is given back.
    ///
    /// # Errors
    /// As [`KnownHosts::list`], and when the file cannot be written.
    pub fn add(
        &self,
        address: &HostPort,
        certificate: &Certificate,
    ) -> Result<Option<Thumbprint>, KnownHostsError> {
        let both = [Hash::Sha256, Hash::Sha1].map(|hash| certificate.thumbprint(hash));
        self.replace(address, &both)
    }

    /// Pins a thumbprint where the certificate itself is not at hand. Older
    /// versions of govc cannot use a SHA-256 one.
    ///
    /// # Errors
    /// As [`KnownHosts::add`].
    pub fn add_thumbprint(
        &self,
        address: &HostPort,
        thumbprint: Thumbprint,
    ) -> Result<Option<Thumbprint>, KnownHostsError> {
        self.replace(address, &[thumbprint])
    }

    /// Removes the pin of a host and gives it back.
    ///
    /// # Errors
    /// As [`KnownHosts::add`].
    pub fn forget(&self, address: &HostPort) -> Result<Option<Thumbprint>, KnownHostsError> {
        self.replace(address, &[])
    }

    fn replace(
        &self,
        address: &HostPort,
        thumbprints: &[Thumbprint],
    ) -> Result<Option<Thumbprint>, KnownHostsError> {
        if thumbprints.is_empty() && self.get(address)?.is_none() {
            return Ok(None);
        }
        let _lock = self.lock().map_err(|error| self.failed("locked", error))?;
        let text = self.read()?;
        let before = effective(&text, address);
        let others = text
            .lines()
            .filter(|line| pin(line).is_none_or(|(host, _)| host != *address));
        let mut new: String = others.flat_map(|line| [line, "\n"]).collect();
        for thumbprint in thumbprints {
            new.push_str(&format!("{address} {thumbprint}\n"));
        }
        self.write(&new)?;
        Ok(before)
    }

    /// Keeps other programs of ours from writing at the same time, until it is
    /// dropped. Beside the file, which is replaced.
    fn lock(&self) -> io::Result<File> {
        let path = private_file::behind_link(&self.path)?;
        if let Some(folder) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
            private_file::make_folder(folder)?;
        }
        let mut path = path.into_os_string();
        path.push(".lock");
        let file = private_file::open_lock(Path::new(&path))?;
        match file.lock() {
            // Some network drives cannot: then there is none.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
            _ => Ok(file),
        }
    }

    fn read(&self) -> Result<String, KnownHostsError> {
        let failed = |error| self.failed("read", error);
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            Err(error) => return Err(failed(error)),
        };
        if open_to_everybody(&file.metadata().map_err(failed)?) {
            let problem = io::Error::other("everybody can write to it (chmod 600)");
            return Err(self.failed("trusted", problem));
        }
        let mut text = String::new();
        file.take(LARGEST + 1)
            .read_to_string(&mut text)
            .map_err(failed)?;
        // Half of it must not be written back.
        if text.len() as u64 > LARGEST {
            return Err(failed(io::Error::other("it is larger than 4 MiB")));
        }
        Ok(text)
    }

    fn write(&self, text: &str) -> Result<(), KnownHostsError> {
        private_file::behind_link(&self.path)
            .and_then(|path| private_file::write_durably(&path, text.as_bytes()))
            .map_err(|error| self.failed("written", error))
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> KnownHostsError {
        KnownHostsError {
            path: self.path.clone(),
            doing,
            source,
        }
    }
}

/// A line's host and thumbprint, if it has both.
fn pin(line: &str) -> Option<(HostPort, Thumbprint)> {
    let (host, thumbprint) = line.split_once(' ')?;
    // A URL is no host for govc.
    if host.contains('/') {
        return None;
    }
    Some((host.parse().ok()?, thumbprint.parse().ok()?))
}

/// The last line of a host counts, and a SHA-256 one right above a SHA-1 one
/// is the same certificate's.
fn effective(text: &str, address: &HostPort) -> Option<Thumbprint> {
    let mut above: Option<Thumbprint> = None;
    let mut found = None;
    for line in text.lines() {
        let here =
            pin(line).and_then(|(host, thumbprint)| (host == *address).then_some(thumbprint));
        if let Some(thumbprint) = here {
            found = match (above, thumbprint.hash()) {
                (Some(above), Hash::Sha1) if above.hash() == Hash::Sha256 => Some(above),
                _ => here,
            };
        }
        above = here;
    }
    found
}

#[cfg(unix)]
fn open_to_everybody(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o002 != 0
}

#[cfg(not(unix))]
fn open_to_everybody(_: &fs::Metadata) -> bool {
    false
}

/// A file of pins that could not be used. It is as it was.
#[derive(Debug)]
pub struct KnownHostsError {
    path: PathBuf,
    doing: &'static str,
    source: io::Error,
}

impl fmt::Display for KnownHostsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, doing, .. } = self;
        write!(
            f,
            "the pinned certificates in {} cannot be {doing}",
            path.display()
        )
    }
}

impl std::error::Error for KnownHostsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "F9:1C:2B:E7:C5:A0:CC:02:D3:37:33:04:B0:2D:2F:6C:77:50:EB:9C";

    fn place() -> (tempfile::TempDir, KnownHosts) {
        let folder = tempfile::tempdir().unwrap();
        let hosts = KnownHosts::at(folder.path().join("a/known_hosts"));
        (folder, hosts)
    }

    fn certificate() -> Certificate {
        let made = rcgen::generate_simple_self_signed(vec!["vc.example".into()]).unwrap();
        Certificate::from_der(made.cert.der()).unwrap()
    }

    fn address(text: &str) -> HostPort {
        text.parse().unwrap()
    }

    /// What govc makes of the file: the last line of each host, by the letter.
    fn govc(text: &str, host: &str) -> Option<String> {
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        let mut of_host = lines.filter(|(name, _)| *name == host);
        of_host
            .next_back()
            .map(|(_, thumbprint)| thumbprint.to_owned())
    }

    #[test]
    fn what_is_written_here_is_read_by_govc_and_here() {
        let (_folder, hosts) = place();
        let vc = address("VC.example");
        assert_eq!(hosts.list().unwrap(), []);
        assert_eq!(hosts.forget(&vc).unwrap(), None);
        assert!(!hosts.path().exists());
        let certificate = certificate();
        assert_eq!(hosts.add(&vc, &certificate).unwrap(), None);
        let text = fs::read_to_string(hosts.path()).unwrap();
        assert_eq!(
            govc(&text, "vc.example:443"),
            Some(certificate.thumbprint(Hash::Sha1).to_string())
        );
        let ours = certificate.thumbprint(Hash::Sha256);
        assert_eq!(hosts.get(&vc).unwrap(), Some(ours));
        let six = address("[2001:db8::1]:8443");
        hosts.add_thumbprint(&six, OLD.parse().unwrap()).unwrap();
        let text = fs::read_to_string(hosts.path()).unwrap();
        assert_eq!(govc(&text, "[2001:db8::1]:8443").as_deref(), Some(OLD));
        let listed: Vec<_> = hosts
            .list()
            .unwrap()
            .into_iter()
            .map(|known| known.address)
            .collect();
        assert_eq!(listed, [six, vc.clone()]);
        assert_eq!(hosts.forget(&vc).unwrap(), Some(ours));
        assert_eq!(hosts.get(&vc).unwrap(), None);
        let left = fs::read_dir(hosts.path().parent().unwrap()).unwrap();
        assert_eq!(left.count(), 2, "the file and its lock");
    }

    #[test]
    fn of_two_who_write_at_once_neither_is_lost() {
        let (_folder, hosts) = place();
        let thumbprint: Thumbprint = OLD.parse().unwrap();
        std::thread::scope(|scope| {
            for n in 1..=8 {
                let hosts = &hosts;
                scope.spawn(move || hosts.add_thumbprint(&address("vc").with_port(n), thumbprint));
            }
        });
        assert_eq!(hosts.list().unwrap().len(), 8);
    }

    #[test]
    fn what_govc_wrote_is_read_and_the_rest_is_kept() {
        let (_folder, hosts) = place();
        let vc = address("vc.example");
        let first = OLD.replace("F9", "00");
        let text = format!(
            "# mine\nvc.example:443 {first}\nold\r\nvc.example {}\nhttps://vc.example {first}\nb x\n",
            OLD.to_lowercase()
        );
        fs::create_dir_all(hosts.path().parent().unwrap()).unwrap();
        fs::write(hosts.path(), text).unwrap();
        assert_eq!(hosts.list().unwrap().len(), 1);
        assert_eq!(hosts.get(&vc).unwrap(), Some(OLD.parse().unwrap()));
        hosts.add_thumbprint(&vc, first.parse().unwrap()).unwrap();
        let text = fs::read_to_string(hosts.path()).unwrap();
        let kept =
            format!("# mine\nold\nhttps://vc.example {first}\nb x\nvc.example:443 {first}\n");
        assert_eq!(text, kept);
        // One that govc's user appends counts, whatever stands above.
        let certificate = certificate();
        hosts.add(&vc, &certificate).unwrap();
        let text = fs::read_to_string(hosts.path()).unwrap();
        fs::write(hosts.path(), format!("{text}vc.example:443 {OLD}\n")).unwrap();
        assert_eq!(hosts.get(&vc).unwrap(), Some(OLD.parse().unwrap()));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_and_a_link_stays_a_link() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let (folder, hosts) = place();
        let vc = address("vc");
        hosts.add(&vc, &certificate()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(hosts.path()), 0o600);
        let link = folder.path().join("link");
        symlink(hosts.path(), &link).unwrap();
        let linked = KnownHosts::at(&link);
        linked.forget(&vc).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(hosts.list().unwrap(), []);
        fs::set_permissions(hosts.path(), fs::Permissions::from_mode(0o666)).unwrap();
        let error = hosts.get(&vc).unwrap_err();
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert!(reason.contains("chmod 600"), "{reason}");
    }
}
