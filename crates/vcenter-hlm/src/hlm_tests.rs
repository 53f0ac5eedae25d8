//! Linking and unlinking, with scripted vCenters and real certificates.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vmc_http::tls::Hash;
use vmc_http::{Failure, FailureKind, Outcome};

use crate::testing::{Fake, Reply, api, not_found, reply};
use crate::testing_tls::{Kind, Secure, vcenter};
use crate::*;

fn spec() -> LinkSpec {
    LinkSpec::with(
        &"onprem.example".parse().unwrap(),
        "vsphere.local",
        "administrator",
        "canary",
    )
}

fn onprem(server: &Secure) -> LinkSpec {
    LinkSpec::with(&server.address, "vsphere.local", "administrator", "canary")
}

fn gateway(fake: &Fake) -> Hlm {
    Hlm::new(&fake.vcenter(Some(Dialect::Api)), Flavour::Gateway)
}

fn count(fake: &Fake, start: &str) -> usize {
    fake.seen()
        .iter()
        .filter(|line| line.starts_with(start))
        .count()
}

/// One whose creation answers as told and does or does not happen.
fn creating(answer: fn() -> Reply, happens: bool) -> Fake {
    let linked = Arc::new(AtomicBool::new(false));
    Fake::new(
        move |n, line| match line.split(' ').collect::<Vec<_>>()[..2] {
            ["GET", "/api/hvc/links"] if linked.load(Ordering::SeqCst) => {
                reply(200, r#"[{"link":"l9","display_name":"VSPHERE.local"}]"#)
            }
            ["GET", "/api/hvc/links"] => reply(200, "[]"),
            ["GET", "/api/hvc/links/l9"] => reply(
                200,
                r#"{"connection_health_status":"UNHEALTHY","health_status_message":{"default_message":"no route"}}"#,
            ),
            ["POST", "/api/hvc/links"] => {
                linked.store(happens, Ordering::SeqCst);
                answer()
            }
            _ => api(n, line),
        },
    )
}

#[tokio::test(start_paused = true)]
async fn linking_what_is_linked_does_nothing() {
    let fake = creating(|| reply(201, "\"l9\""), true);
    let hlm = gateway(&fake);
    let made = hlm.link(spec(), &Trust::System).await.unwrap();
    let Linked::Made(link) = &made else {
        panic!("{made:?}");
    };
    // Made by half is said.
    assert!(link.is_unhealthy());
    assert_eq!(link.message().as_deref(), Some("no route"));
    let again = hlm.link(spec(), &Trust::System).await.unwrap();
    assert_eq!(again, Linked::Already(link.clone()));
    assert_eq!(count(&fake, "POST /api/hvc/links"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_up_and_the_link_is_made_once() {
    let lost = || Err(Failure::new(FailureKind::Cut));
    let fake = creating(lost, true);
    let made = gateway(&fake).link(spec(), &Trust::System).await.unwrap();
    assert!(matches!(made, Linked::Made(_)));
    assert_eq!(count(&fake, "POST /api/hvc/links"), 1);
    let fake = creating(lost, false);
    let error = gateway(&fake)
        .link(spec(), &Trust::System)
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(count(&fake, "POST /api/hvc/links"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_link_that_was_made_is_not_called_undone() {
    // The answer is lost, the link is there, and cannot be looked at.
    let linked = creating(|| Err(Failure::new(FailureKind::Cut)), true);
    let fake = Fake::new(move |n, line| match line {
        _ if line.starts_with("GET /api/hvc/links/l9") => {
            reply(500, r#"{"error_type":"ERROR","messages":[]}"#)
        }
        _ => linked.answer(n, line),
    });
    let hlm = gateway(&fake);
    let made = hlm.link(spec(), &Trust::System).await.unwrap();
    assert!(
        matches!(&made, Linked::Made(link) if link.info.is_none()),
        "{made:?}"
    );
    assert_eq!(hlm.links().await.unwrap(), [made.link().clone()]);
}

#[tokio::test(start_paused = true)]
async fn only_the_vcenters_own_no_settles_it() {
    for (status, body, outcome) in [
        (504, "", Outcome::Unknown),
        (502, "", Outcome::Unknown),
        (
            504,
            r#"{"error_type":"TIMED_OUT","messages":[]}"#,
            Outcome::Unknown,
        ),
        (
            500,
            r#"{"error_type":"ERROR","messages":[]}"#,
            Outcome::Refused,
        ),
    ] {
        let fake = Fake::new(move |n, line| match line {
            _ if line.starts_with("GET /api/hvc/links") => reply(200, "[]"),
            _ if line.starts_with("POST /api/hvc/links") => reply(status, body),
            _ => api(n, line),
        });
        let error = gateway(&fake)
            .link(spec(), &Trust::System)
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), outcome, "{status} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_are_typed() {
    let exists = || reply(400, r#"{"error_type":"ALREADY_EXISTS","messages":[]}"#);
    let fake = creating(exists, true);
    let linked = gateway(&fake).link(spec(), &Trust::System).await.unwrap();
    assert!(matches!(linked, Linked::Already(_)), "somebody was quicker");
    let error = gateway(&creating(exists, false))
        .link(spec(), &Trust::System)
        .await;
    assert_eq!(error.unwrap_err().kind(), Some(&ErrorType::AlreadyExists));
    let peer = || reply(400, r#"{"error_type":"UNVERIFIED_PEER","messages":[]}"#);
    let error = gateway(&creating(peer, false))
        .link(spec(), &Trust::System)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Some(&ErrorType::UnverifiedPeer));
    assert!(error.hint().unwrap().contains("thumbprint"));
    assert!(!format!("{error:?}").contains("canary"));
    let page = || reply(200, "<html>log in");
    let error = gateway(&creating(page, false))
        .link(spec(), &Trust::System)
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_link_to_itself_is_not_sent() {
    let fake = Fake::new(api);
    let spec = LinkSpec::with(&"VC.example".parse().unwrap(), "vsphere.local", "a", "b");
    let error = gateway(&fake).link(spec, &Trust::System).await.unwrap_err();
    assert!(matches!(error, HlmError::ToItself { .. }), "{error:?}");
    assert!(fake.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn unlinking_tells_what_stays() {
    let linked = Arc::new(AtomicBool::new(true));
    let fake = Fake::new(
        move |n, line| match line.split(' ').collect::<Vec<_>>()[..2] {
            ["GET", "/api/hvc/links"] if !linked.load(Ordering::SeqCst) => reply(200, "[]"),
            ["GET", "/api/hvc/management/administrators"] => reply(200, r#"["b@c","a@c"]"#),
            // Done, and the answer is lost: the next one finds nothing.
            ["DELETE", "/api/hvc/links/l1"] => match linked.swap(false, Ordering::SeqCst) {
                true => Err(Failure::new(FailureKind::Cut)),
                false => reply(404, r#"{"error_type":"NOT_FOUND","messages":[]}"#),
            },
            _ => api(n, line),
        },
    );
    let hlm = gateway(&fake);
    let done = hlm.unlink("ONPREM.local", None).await.unwrap();
    assert_eq!(done.removed.unwrap().link, "l1".into());
    let groups = LeftBehind::AdminGroups(vec!["a@c".into(), "b@c".into()]);
    assert_eq!(done.left_behind[0], groups);
    let again = hlm.unlink("onprem.local", None).await.unwrap();
    assert_eq!((again.removed, again.left_behind), (None, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn what_is_unlinked_is_not_called_a_failure() {
    let linked = Arc::new(AtomicBool::new(true));
    let fake = Fake::new(
        move |n, line| match line.split(' ').collect::<Vec<_>>()[..2] {
            ["GET", "/api/hvc/links"] if !linked.load(Ordering::SeqCst) => reply(200, "[]"),
            ["DELETE", "/api/hvc/links/l1"] => {
                linked.store(false, Ordering::SeqCst);
                let large = FailureKind::TooLarge(http::StatusCode::OK, 1);
                Err(Failure::new(large))
            }
            _ => api(n, line),
        },
    );
    let done = gateway(&fake).unlink("l1", None).await.unwrap();
    assert!(done.removed.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_cloud_side_unlinks_with_credentials_only() {
    let fake = Fake::new(|n, line| match line {
        _ if line.starts_with("POST /api/hvc/links/l1") => reply(204, ""),
        _ if line.contains("administrators") => not_found(),
        _ => api(n, line),
    });
    let hlm = Hlm::new(&fake.vcenter(None), Flavour::CloudVcenter);
    let error = hlm.unlink("l1", None).await.unwrap_err();
    assert!(matches!(error, HlmError::NeedsCredentials));
    let credentials = LinkCredentials::new("administrator", "canary");
    let done = hlm.unlink("l1", Some(credentials)).await.unwrap();
    assert_eq!(done.left_behind[0], LeftBehind::UnseenAdminGroups);
    assert_eq!(count(&fake, "POST /api/hvc/links/l1"), 1);
    assert_eq!(count(&fake, "DELETE /api/hvc"), 0);
}

/// The body of the one link that was asked for.
async fn sent(version: &'static str, peer: impl Fn(&Secure) -> Trust) -> (Secure, String) {
    let cloud = Secure::at("127.0.0.1:0", Kind::Valid, vcenter(version)).await;
    let other = Secure::start(Kind::SelfSigned).await;
    let trust = Trust::Bundle(cloud.bundle.clone());
    let login = Login::new("admin", "secret").unwrap();
    let at = VCenter::at(&cloud.address, &trust, login).unwrap();
    let hlm = Hlm::new(&at, Flavour::CloudVcenter);
    let linked = hlm.link(onprem(&other), &peer(&other)).await.unwrap();
    assert!(matches!(linked, Linked::Made(_)) && !linked.link().is_unhealthy());
    assert_eq!(other.seen().bytes, 0);
    let requests = cloud.seen().requests;
    let create = requests
        .iter()
        .find(|request| request.starts_with("POST /api/hvc/links "));
    let (_, body) = create.unwrap().split_once("\r\n\r\n").unwrap();
    (other, body.to_owned())
}

#[tokio::test]
async fn the_cloud_vcenter_is_told_the_certificate_in_its_versions_form() {
    let pin = |server: &Secure| Trust::Pinned(server.leaf().thumbprint(Hash::Sha256));
    let (other, body) = sent("8.0.1.0", pin).await;
    let sha1 = other.leaf().thumbprint(Hash::Sha1).to_string();
    assert!(
        body.contains(&format!("\"ssl_thumbprint\":\"{sha1}\"")),
        "{body}"
    );
    assert!(!body.contains("ssl_certificate"));
    let bundle = |server: &Secure| Trust::Bundle(server.leaf().pem().into_bytes());
    let (other, body) = sent("9.0.0.0", bundle).await;
    let pem = serde_json::to_string(&other.leaf().pem()).unwrap();
    assert!(
        body.contains(&format!("\"ssl_certificate\":{pem}")),
        "{body}"
    );
    assert!(
        !body.contains("ssl_thumbprint"),
        "SHA-1 only where it is asked for"
    );
}

#[tokio::test]
async fn no_password_goes_to_the_cloud_for_an_unverified_peer() {
    let cloud = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("8.0.1.0")).await;
    let trust = Trust::Bundle(cloud.bundle.clone());
    let login = Login::new("admin", "secret").unwrap();
    let at = VCenter::at(&cloud.address, &trust, login).unwrap();
    let hlm = Hlm::new(&at, Flavour::CloudVcenter);
    for kind in [Kind::Expired, Kind::WrongName, Kind::SelfSigned] {
        let other = Secure::start(kind).await;
        let trust = Trust::Bundle(other.bundle.clone());
        let error = hlm.link(onprem(&other), &trust).await.unwrap_err();
        assert!(
            matches!(error, HlmError::UnverifiedPeer { .. }),
            "{kind:?}: {error:?}"
        );
        assert!(error.is_certificate());
    }
    // Changed since it was looked at.
    let other = Secure::start(Kind::Valid).await;
    let pin = Trust::Pinned(other.leaf().thumbprint(Hash::Sha1));
    other.rotate(Kind::Valid);
    let error = hlm.link(onprem(&other), &pin).await.unwrap_err();
    assert_eq!(
        error.pin_mismatch().unwrap().found,
        other.leaf().thumbprint(Hash::Sha1)
    );
    // It shows the right one, and does not have the key.
    let other = Secure::start(Kind::Stolen).await;
    let pin = Trust::Pinned(other.leaf().thumbprint(Hash::Sha1));
    let error = hlm.link(onprem(&other), &pin).await.unwrap_err();
    assert!(matches!(error, HlmError::Certificate(_)), "{error:?}");
    assert!(
        cloud
            .seen()
            .requests
            .iter()
            .all(|request| !request.contains("canary"))
    );
}

#[tokio::test]
async fn a_peer_out_of_reach_is_named_by_its_pin() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: HostPort = closed.local_addr().unwrap().to_string().parse().unwrap();
    drop(closed);
    let spec = || LinkSpec::with(&address, "vsphere.local", "administrator", "canary");
    let cloud = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("8.0.1.0")).await;
    let trust = Trust::Bundle(cloud.bundle.clone());
    let at = VCenter::at(&cloud.address, &trust, Login::new("a", "b").unwrap()).unwrap();
    let hlm = Hlm::new(&at, Flavour::CloudVcenter);
    let sha256 = Trust::Pinned(cloud.leaf().thumbprint(Hash::Sha256));
    let error = hlm.link(spec(), &sha256).await.unwrap_err();
    assert!(matches!(error, HlmError::NeedsSha1 { .. }), "{error:?}");
    let error = hlm.link(spec(), &Trust::System).await.unwrap_err();
    assert!(matches!(error, HlmError::Certificate(_)), "{error:?}");
    let sha1 = Trust::Pinned(cloud.leaf().thumbprint(Hash::Sha1));
    assert!(matches!(
        hlm.link(spec(), &sha1).await.unwrap(),
        Linked::Made(_)
    ));
}
