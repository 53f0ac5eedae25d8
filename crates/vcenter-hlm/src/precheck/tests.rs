//! All checks against servers on this machine.

use super::*;
use crate::login::Login;
use crate::testing_tls::{Kind, Secure, vcenter};

fn side(server: &Secure, password: Option<&str>) -> Side {
    let trust = Trust::Bundle(server.bundle.clone());
    let login = password.map(|password| Login::new("admin", password).unwrap());
    let vcenter = login.map(|login| VCenter::at(&server.address, &trust, login).unwrap());
    Side {
        address: server.address.clone(),
        trust,
        vcenter,
    }
}

fn targets(local: Side, remote: Side) -> Targets {
    Targets {
        local,
        flavour: Flavour::CloudVcenter,
        remote,
        domain_name: "vsphere.local".into(),
        admin_groups: vec!["admins@corp.local".into()],
        other_flavour: None,
    }
}

fn states(findings: &[Finding]) -> Vec<(Check, &'static str)> {
    findings
        .iter()
        .map(|finding| (finding.id, finding.state.as_str()))
        .collect()
}

#[tokio::test]
async fn all_checks_are_made_and_nothing_is_changed() {
    let cloud = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("8.0.1.0")).await;
    let onprem = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("7.0.3.0")).await;
    let targets = targets(side(&cloud, Some("a")), side(&onprem, Some("b")));
    let findings = Prechecks::run(&targets).await;
    for finding in &findings {
        let fine = match finding.id {
            Check::ReverseName => true,
            Check::Privilege | Check::Flavour => matches!(finding.state, State::NotMade(_)),
            _ => finding.state == State::Passed,
        };
        assert!(fine, "{finding:?}");
        assert_eq!(finding.advice.is_none(), finding.state == State::Passed);
        assert_eq!(
            finding.evidence.is_empty(),
            matches!(finding.state, State::NotMade(_))
        );
    }
    assert_eq!(findings.len(), 19);
    for server in [cloud, onprem] {
        let requests = server.seen().requests;
        let count = |start: &str| {
            requests
                .iter()
                .filter(|request| request.starts_with(start))
                .count()
        };
        assert_eq!(count("POST"), 1, "only the login");
        assert_eq!(count("DELETE /api/session"), 1);
        assert_eq!(count("PUT") + count("DELETE"), 1);
    }
}

#[tokio::test]
async fn a_services_controller_of_its_own_is_no_wrong_password() {
    let cloud = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("6.7.0.0")).await;
    let psc = Secure::at("127.0.0.1:0", Kind::Valid, |_: &str| (404, String::new())).await;
    let mut targets = targets(side(&cloud, Some("a")), side(&psc, Some("b")));
    let login = |findings: Vec<Finding>| {
        let there = psc.address.to_string();
        let login = |finding: &&Finding| {
            finding.id == Check::Credentials && finding.target.to_string() == there
        };
        findings.iter().find(login).unwrap().state.as_str()
    };
    assert_eq!(login(Prechecks::run(&targets).await), "not-made");
    targets.flavour = Flavour::Gateway;
    assert_eq!(login(Prechecks::run(&targets).await), "failed");
}

#[tokio::test]
async fn no_password_is_sent_where_the_certificate_fails() {
    let cloud = Secure::at("127.0.0.1:0", Kind::Expired, vcenter("8.0.1.0")).await;
    let onprem = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("7.0.3.0")).await;
    let findings = Prechecks::run(&targets(side(&cloud, Some("a")), side(&onprem, None))).await;
    let states = states(&findings);
    for expected in [
        (Check::Certificate, "failed"),
        (Check::Certificate, "passed"),
        (Check::Credentials, "not-made"),
        (Check::Clock, "not-made"),
        (Check::Links, "not-made"),
    ] {
        assert!(states.contains(&expected), "{expected:?}: {findings:?}");
    }
    assert_eq!(cloud.seen().bytes, 0);
}

#[tokio::test]
async fn what_is_in_the_way_is_found() {
    let cloud = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("9.1.0.0")).await;
    let gone = Side {
        address: "no-such-host.invalid".parse().unwrap(),
        trust: Trust::System,
        vcenter: None,
    };
    let local = side(&cloud, Some("a"));
    let spec = crate::LinkSpec::new("x", "vsphere.local", "a", "b");
    local
        .vcenter
        .as_ref()
        .unwrap()
        .links()
        .create(spec)
        .await
        .unwrap();
    let mut targets = targets(local, gone);
    targets.admin_groups.push("admins".into());
    targets.other_flavour = Some(side(&cloud, Some("a")));
    let findings = Prechecks::run(&targets).await;
    let states = states(&findings);
    for expected in [
        (Check::Name, "failed"),
        (Check::Tcp, "not-made"),
        (Check::Version, "failed"),
        (Check::Links, "warned"),
        (Check::Flavour, "failed"),
        (Check::AdminGroups, "failed"),
    ] {
        assert!(states.contains(&expected), "{expected:?}: {findings:?}");
    }
}

#[tokio::test]
async fn interrupted_checks_leave_no_session() {
    let cloud = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("8.0.1.0")).await;
    let onprem = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("7.0.3.0")).await;
    let sessions = |server: &Secure, start: &str| {
        let requests = server.seen().requests;
        let of = |request: &&String| request.starts_with(start);
        requests.iter().filter(of).count()
    };
    // As soon as either has got a password: its answer is still on the way.
    for first in [&cloud, &onprem] {
        let targets = targets(side(&cloud, Some("a")), side(&onprem, Some("b")));
        let before = sessions(first, "POST /api/session");
        let stop = async {
            while sessions(first, "POST /api/session") == before {
                tokio::task::yield_now().await;
            }
            "interrupted"
        };
        assert_eq!(
            Prechecks::run_until(&targets, stop).await,
            Err("interrupted")
        );
        for server in [&cloud, &onprem] {
            let opened = sessions(server, "POST /api/session");
            assert_eq!(opened, sessions(server, "DELETE /api/session"));
        }
        assert!(sessions(first, "POST /api/session") > before);
    }
}
