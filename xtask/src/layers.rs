//! Who may know whom: the map in `ARCHITECTURE.md`, checked.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::project;

/// One package of the workspace and what its manifest names, for any purpose.
struct Package {
    name: String,
    manifest: String,
    /// Without those that only tests and benches use.
    uses: BTreeSet<String>,
}

fn packages() -> Vec<Package> {
    let mut cargo = project::cargo();
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
    let text = project::output(&mut cargo).unwrap();
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependencies = package["dependencies"].as_array().unwrap();
    Package {
        name: text(&package["name"]),
        manifest: std::fs::read_to_string(text(&package["manifest_path"])).unwrap(),
        uses: dependencies
            .iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| text(&dependency["name"]))
            .collect(),
    }
}

/// The packages that use a crate whose name satisfies `is`.
fn users(packages: &[Package], is: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut users: Vec<_> = packages
        .iter()
        .filter(|package| package.uses.iter().any(|name| is(name)))
        .map(|package| package.name.as_str())
        .collect();
    users.sort_unstable();
    users
}

#[test]
fn each_crate_knows_only_those_below_it() {
    let packages = packages();
    let ours: BTreeSet<_> = packages.iter().map(|p| p.name.as_str()).collect();
    let allowed: &[(&str, &[&str])] = &[
        ("vmc-http", &[]),
        ("csp-auth", &["vmc-http"]),
        ("vmc-api", &["vmc-http"]),
        ("vcenter-hlm", &["vmc-http"]),
        ("aws-link", &["vmc-api", "vmc-http"]),
        (
            "vmc-cli",
            &["aws-link", "csp-auth", "vcenter-hlm", "vmc-api", "vmc-http"],
        ),
        ("vmc-mock", &[]),
        ("xtask", &[]),
    ];
    for package in packages.iter().filter(|p| p.name != "integration-tests") {
        let known: BTreeSet<_> = package.uses.iter().map(String::as_str).collect();
        let known: Vec<_> = known.intersection(&ours).collect();
        let may = allowed.iter().find(|(name, _)| *name == package.name);
        let (_, may) = may.unwrap_or_else(|| panic!("{} is not on the map", package.name));
        for other in known {
            assert!(
                may.contains(other),
                "{} must not know {other}",
                package.name
            );
        }
    }
}

#[test]
fn some_crates_are_named_in_one_place() {
    let packages = packages();
    assert_eq!(users(&packages, |name| name == "reqwest"), ["vmc-http"]);
    // The simulator's program has arguments too; it is no client.
    assert_eq!(
        users(&packages, |name| name == "clap"),
        ["vmc-cli", "vmc-mock"]
    );
    assert_eq!(
        users(&packages, |name| name.starts_with("aws-sdk-")),
        ["aws-link"]
    );
}

#[test]
fn every_package_takes_the_workspace_lints() {
    for package in packages() {
        let lines: Vec<_> = package.manifest.lines().map(str::trim).collect();
        let takes = lines
            .windows(2)
            .any(|pair| pair == ["[lints]", "workspace = true"]);
        assert!(takes, "{} has its own lints", package.name);
    }
}

/// Two of these in one program are two TLS stacks or two HTTP stacks.
#[test]
fn the_program_has_one_tls_and_one_http_stack() {
    let mut cargo = project::cargo();
    cargo.args(["tree", "--package", "vmc-cli", "--edges", "normal"]);
    cargo.args(["--prefix", "none", "--format", "{p}"]);
    let tree = project::output(&mut cargo).unwrap();
    let crates: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?))
        })
        .collect();
    for once in ["rustls", "ring", "hyper", "h2", "tokio", "reqwest"] {
        let versions: Vec<_> = crates.iter().filter(|(name, _)| *name == once).collect();
        assert_eq!(versions.len(), 1, "{once}: {versions:?}");
    }
    for never in ["aws-lc-rs", "aws-lc-sys", "openssl", "native-tls"] {
        assert!(!crates.iter().any(|(name, _)| *name == never), "{never}");
    }
}
