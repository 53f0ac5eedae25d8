//! Whom to believe that a vCenter is what its address says.

use std::path::PathBuf;
use std::time::Duration;

use vcenter_hlm::{Chain, Hash, HlmError, HostPort, KnownHosts, Problem, Thumbprint, Trust};

use crate::args::{LARGEST, limited};
use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::exit::Class;
use crate::settings::{keys, shown};

/// For the certificate of a server.
const FETCH_LIMIT: Duration = Duration::from_secs(10);

/// How certificates are judged that are not pinned: by the system's
/// authorities, and those of the bundle.
pub(crate) fn by_authority(context: &Context) -> Result<Trust, Error> {
    let bundle = match context.ca_bundle()? {
        Some(pem) => Some(pem),
        None => govc_bundle(context)?,
    };
    Ok(bundle.map_or(Trust::System, Trust::Bundle))
}

/// The files that govc takes authorities from.
fn govc_bundle(context: &Context) -> Result<Option<Vec<u8>>, Error> {
    let Some(list) = context.settings().env().path("GOVC_TLS_CA_CERTS") else {
        return Ok(None);
    };
    let mut all = Vec::new();
    for path in std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()) {
        let name = format!("{} (GOVC_TLS_CA_CERTS)", shown(&path));
        let file = std::fs::File::open(&path)
            .map_err(|error| Error::config(format!("{name} cannot be read")).because(error))?;
        all.extend(limited(file, LARGEST, &name)?);
        all.push(b'\n');
    }
    Ok(Some(all).filter(|all| !all.is_empty()))
}

/// How the certificate of a server is judged: by the thumbprint that was
/// given, else by the one that is pinned, else by its authority.
pub(crate) fn of(
    context: &Context,
    address: &HostPort,
    given: Option<Thumbprint>,
) -> Result<Trust, Error> {
    let pin = match given {
        Some(thumbprint) => Some(thumbprint),
        None => known_hosts(context)?.get(address)?,
    };
    pin.map_or_else(|| by_authority(context), |pin| Ok(Trust::Pinned(pin)))
}

/// The file of pinned certificates.
pub(crate) fn known_hosts(context: &Context) -> Result<KnownHosts, Error> {
    let Some(found) = context.settings().text(&keys::KNOWN_HOSTS) else {
        return Ok(KnownHosts::at(context.settings().dirs().known_hosts_file()));
    };
    // govc reads several; pins are written to one.
    let mut paths = std::env::split_paths(&found.value).filter(|path| !path.as_os_str().is_empty());
    match (paths.next(), paths.next()) {
        (Some(path), None) => Ok(KnownHosts::at(home(context, path))),
        _ => Err(Error::config(format!(
            "{:?} from {} is not the name of one file",
            found.value, found.source
        ))),
    }
}

/// As a shell reads `~/`: the value may never have seen one.
fn home(context: &Context, path: PathBuf) -> PathBuf {
    match (
        path.strip_prefix("~"),
        context.settings().env().path("HOME"),
    ) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

/// The certificates that a server presents. Nothing is sent to it.
pub(crate) async fn fetch(address: &HostPort) -> Result<Chain, Error> {
    let chain = vcenter_hlm::certificate::fetch(address, FETCH_LIMIT).await;
    Ok(chain.map_err(HlmError::from)?)
}

/// An address from the command line.
pub(crate) fn address(text: &str) -> Result<HostPort, Error> {
    text.parse()
        .map_err(|error: vcenter_hlm::NotAHost| Error::usage(error.to_string()))
}

/// A thumbprint from the command line.
pub(crate) fn thumbprint(text: &str) -> Result<Thumbprint, String> {
    text.parse()
        .map_err(|error: vcenter_hlm::NotAThumbprint| error.to_string())
}

/// The certificate is not to be trusted; nothing was sent.
pub(crate) fn unverified(address: &HostPort, problems: Vec<Problem>) -> Error {
    HlmError::UnverifiedPeer {
        peer: address.clone(),
        problems,
    }
    .into()
}

/// Where a certificate was not accepted, adds which one it is, and the
/// commands that deal with it. `address` is whom we spoke to.
pub(crate) async fn explain(error: Error, address: &HostPort) -> Error {
    let crate::error::What::Hlm(hlm) = error.what() else {
        return error;
    };
    if Class::of(&error) != Some(Class::Certificate) {
        return error;
    }
    let (whose, seen) = match hlm {
        HlmError::UnverifiedPeer { peer, .. } => (peer.clone(), None),
        // The vCenter itself has looked at the other side.
        HlmError::Refused { error: said, .. } => match said.peer() {
            Some(seen) => {
                return error.hint(format!("The vCenter was shown {seen} ({}).", seen.hash()));
            }
            None => return error,
        },
        _ => (address.clone(), hlm.pin_mismatch().map(|pin| pin.found)),
    };
    let seen = match seen {
        Some(seen) => Some(seen),
        None => fetch(&whose)
            .await
            .ok()
            .map(|chain| chain.leaf().thumbprint(Hash::Sha256)),
    };
    let host = shell_word(&whose.to_string());
    let error = match seen {
        Some(seen) => error.hint(format!("{whose} presents {seen} ({}).", seen.hash())),
        None => error,
    };
    error.hint(format!(
        "To look at it: vmc cert show {host}. To trust it: vmc cert pin {host}, or --ca-bundle FILE."
    ))
}
