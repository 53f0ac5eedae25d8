//! Files, settings and folders of this machine.

use std::path::{Path, PathBuf};

use vmc_http::{Transport, private_file};

use crate::context::Context;
use crate::error::Error;
use crate::findings::{Finding, words};
use crate::settings::keys::{self, Key};
use crate::settings::{CredentialsFile, Found, Source, shown};
use crate::trust;

/// What files are about, in the table: their paths are long.
const HERE: &str = "this machine";

/// All checks that need no network.
pub(super) fn look(context: &Context) -> Vec<Finding> {
    let mut findings = vec![config_file(context), profile(context)];
    let problems = context.setup_problems().iter();
    findings.extend(
        problems.map(|error| wrong(Finding::failed("settings", HERE, words(error)), error)),
    );
    findings.extend(settings(context));
    findings.extend(govc_insecure(context));
    findings.push(ca_bundle(context));
    findings.push(credentials_file(context));
    findings.push(known_hosts(context));
    findings.extend(readable_by_others(context));
    findings.extend(folders(context));
    findings
}

/// With what the error advises.
pub(super) fn wrong(finding: Finding, error: &Error) -> Finding {
    match error.hints() {
        hints if hints.is_empty() => finding,
        hints => finding.advice(hints.join(" ")),
    }
}

fn config_file(context: &Context) -> Finding {
    let path = context.settings().dirs().config_file();
    let evidence = match path.exists() {
        true => "it is there",
        false => "there is none; flags, variables and defaults hold",
    };
    Finding::passed("config-file", shown(&path), evidence).on(HERE)
}

fn profile(context: &Context) -> Finding {
    let settings = context.settings();
    let (name, source) = (settings.profile(), settings.profile_source());
    let evidence = match source {
        Source::Default => "nothing names another one".to_owned(),
        source => format!("named by {source}"),
    };
    Finding::passed("profile", name, evidence)
}

/// Every value that somebody has set, and who.
fn settings(context: &Context) -> Vec<Finding> {
    let set = keys::ALL.iter().filter_map(|key| {
        let found = context.settings().text(key)?;
        (found.source != Source::Default).then_some((*key, found))
    });
    set.map(|(key, found)| {
        let value = harmless(key, &found);
        let evidence = format!("{value} ({})", found.source);
        match usable(context, key) {
            Ok(()) => Finding::passed("setting", key.name, evidence),
            Err(error) => wrong(Finding::failed("setting", key.name, words(&error)), &error),
        }
    })
    .collect()
}

/// A value as it may be shown: addresses may have a password in them.
fn harmless(key: &Key, found: &Found<String>) -> String {
    let value = match [&keys::VCENTER, &keys::VMC_URL, &keys::CSP_URL]
        .iter()
        .any(|address| address.name == key.name)
    {
        true => {
            let host = found.value.rsplit('@').next().unwrap_or_default();
            host.split(['?', '#']).next().unwrap_or_default()
        }
        false => &found.value,
    };
    vmc_http::redact::printable(value, 200)
}

/// Whether a value is one that the setting takes. What is looked at elsewhere
/// is taken as it is.
fn usable(context: &Context, key: &Key) -> Result<(), Error> {
    match key.name {
        name if name == keys::OUTPUT.name => context.format().map(drop),
        name if name == keys::PROGRESS.name => context.progress().map(drop),
        name if name == keys::NO_INPUT.name => context.no_input().map(drop),
        name if name == keys::MAX_ATTEMPTS.name => context.retries().map(drop),
        name if name == keys::TIMEOUT.name || name == keys::POLL_INTERVAL.name => {
            context.settings().duration(key).map(drop)
        }
        _ => Ok(()),
    }
}

fn govc_insecure(context: &Context) -> Option<Finding> {
    let on = context.settings().env().on("GOVC_INSECURE");
    on.then(|| {
        let evidence = "it is set, so 'vmc hlm' refuses to log in to a vCenter";
        Finding::warned("setting", "GOVC_INSECURE", evidence)
            .advice("Unset it; to trust a vCenter's certificate, pin it: 'vmc cert pin'.")
    })
}

fn ca_bundle(context: &Context) -> Finding {
    let id = "ca-bundle";
    let Some(Found { value, source }) = context.settings().text(&keys::CA_BUNDLE) else {
        return Finding::passed(id, HERE, "none; the system's authorities are trusted");
    };
    let file = vmc_http::redact::printable(&value, 200);
    let read = context.ca_bundle().and_then(|pem| match pem {
        Some(pem) => Ok(Transport::builder().extra_ca_pem(&pem).map(drop)?),
        None => Ok(()),
    });
    match read {
        Ok(()) => {
            let evidence = format!("{file} ({source}), trusted besides the system's authorities");
            Finding::passed(id, &file, evidence)
        }
        Err(error) => wrong(Finding::failed(id, &file, words(&error)), &error),
    }
    .on(HERE)
}

fn credentials_file(context: &Context) -> Finding {
    let path = context.settings().dirs().credentials_file();
    let (id, target) = ("credentials-file", shown(&path));
    match CredentialsFile::read(&path) {
        Err(error) => wrong(Finding::failed(id, target, words(&error)), &error),
        Ok(_) if !path.exists() => Finding::passed(id, target, "there is none"),
        Ok(file) => {
            let profiles: Vec<&str> = file.names().collect();
            let evidence = format!("its owner's alone; profiles: {}", profiles.join(", "));
            Finding::passed(id, target, evidence)
        }
    }
    .on(HERE)
}

fn known_hosts(context: &Context) -> Finding {
    let id = "known-hosts";
    let hosts = match trust::known_hosts(context) {
        Ok(hosts) => hosts,
        Err(error) => return wrong(Finding::failed(id, HERE, words(&error)), &error),
    };
    let target = shown(hosts.path());
    match hosts.list() {
        Ok(pins) => Finding::passed(id, target, format!("{} pinned certificates", pins.len())),
        Err(error) => Finding::failed(id, target, words(&error.into())),
    }
    .on(HERE)
}

/// What we keep for the owner alone, and others can read all the same: tokens
/// and journals.
#[cfg(unix)]
fn readable_by_others(context: &Context) -> Vec<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let dirs = context.settings().dirs();
    let mut files: Vec<PathBuf> = [dirs.cache.join("tokens"), dirs.state.join("link")]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .collect();
    files.sort();
    let finding = |path: &Path| {
        let meta = std::fs::metadata(path).ok()?;
        let mode = meta.permissions().mode();
        (meta.is_file() && mode & 0o077 != 0).then(|| {
            let file = shown(path);
            let evidence = format!("others can read it (mode {:04o})", mode & 0o7777);
            Finding::failed("private-file", &file, evidence)
                .fix(format!("chmod 600 {}", crate::context::shell_word(&file)))
        })
    };
    files.iter().filter_map(|path| finding(path)).collect()
}

#[cfg(not(unix))]
fn readable_by_others(_: &Context) -> Vec<Finding> {
    Vec::new()
}

fn folders(context: &Context) -> [Finding; 3] {
    let dirs = context.settings().dirs();
    [
        ("config", &dirs.config),
        ("cache", &dirs.cache),
        ("state", &dirs.state),
    ]
    .map(|(on, path)| {
        let target = shown(path);
        match private_file::try_folder(path) {
            Ok(()) if path.exists() => Finding::passed("folder", target, "can be written to"),
            Ok(()) => Finding::passed("folder", target, "not there yet; it can be made"),
            Err(error) => {
                Finding::failed("folder", &target, format!("cannot be written to: {error}"))
                    .advice("Check its owner, its rights and the free space.")
            }
        }
        .on(on)
    })
}
