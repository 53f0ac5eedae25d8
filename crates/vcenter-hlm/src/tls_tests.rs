//! Certificates, trust and pins against real sockets.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::net::TcpListener;
use vmc_http::tls::{Hash, Thumbprint};

use crate::certificate::{self, Chain};
use crate::host_port::HostPort;
use crate::login::Login;
use crate::problem::Problem;
use crate::testing_tls::{Kind, Secure, vcenter};
use crate::trust::Trust;
use crate::vcenter::VCenter;
use crate::{HlmError, LoginError};

const LIMIT: Duration = Duration::from_secs(10);

fn login() -> Login {
    Login::new("admin", "canary").unwrap()
}

async fn links(address: &HostPort, trust: &Trust) -> Result<(), HlmError> {
    let vcenter = VCenter::at(address, trust, login()).unwrap();
    let work = |vcenter: VCenter| async move { vcenter.links().list().await.map(drop) };
    vcenter.with_session(work).await
}

async fn fetched(server: &Secure) -> Chain {
    certificate::fetch(&server.address, LIMIT).await.unwrap()
}

fn problems(chain: &Chain, trust: &Trust, host: &str) -> Vec<Problem> {
    let now = OffsetDateTime::now_utc();
    chain.problems(now, host, trust).unwrap()
}

/// "canary" and its user in Basic.
const PASSWORD: &str = "YWRtaW46Y2FuYXJ5";

#[tokio::test]
async fn the_right_pin_passes_in_either_hash() {
    let server = Secure::at("127.0.0.1:0", Kind::SelfSigned, vcenter("8.0.1.0")).await;
    let leaf = fetched(&server).await.leaf().clone();
    assert_eq!(leaf, server.leaf());
    for hash in [Hash::Sha1, Hash::Sha256] {
        let pin: Thumbprint = leaf
            .thumbprint(hash)
            .to_string()
            .to_lowercase()
            .parse()
            .unwrap();
        links(&server.address, &Trust::Pinned(pin)).await.unwrap();
    }
    let logins = server.seen().requests;
    assert_eq!(
        logins
            .iter()
            .filter(|request| request.contains(PASSWORD))
            .count(),
        2
    );
}

#[tokio::test]
async fn a_wrong_pin_lets_no_byte_out_and_names_both() {
    let server = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("8.0.1.0")).await;
    let other = Secure::start(Kind::Valid).await;
    for hash in [Hash::Sha1, Hash::Sha256] {
        let (expected, found) = (
            other.leaf().thumbprint(hash),
            server.leaf().thumbprint(hash),
        );
        let error = links(&server.address, &Trust::Pinned(expected))
            .await
            .unwrap_err();
        assert!(error.is_certificate(), "{error:?}");
        let mismatch = error.pin_mismatch().unwrap();
        assert_eq!((mismatch.expected, mismatch.found), (expected, found));
        let source = std::error::Error::source(error.login().unwrap().call().unwrap());
        let text = std::error::Error::source(source.unwrap())
            .unwrap()
            .to_string();
        assert!(
            text.contains(&expected.to_string()) && text.contains(&found.to_string()),
            "{text}"
        );
        assert!(error.hint().unwrap().contains("pin"), "{:?}", error.hint());
    }
    assert_eq!(server.seen().bytes, 0);
}

#[tokio::test]
async fn a_certificate_that_changes_after_the_look_is_refused() {
    let server = Secure::at("127.0.0.1:0", Kind::Valid, vcenter("8.0.1.0")).await;
    let pin = fetched(&server).await.leaf().thumbprint(Hash::Sha256);
    server.rotate(Kind::Valid);
    let error = links(&server.address, &Trust::Pinned(pin))
        .await
        .unwrap_err();
    assert!(error.is_certificate());
    assert_eq!(server.seen().bytes, 0);
    // And in the middle of a session: each connection is judged anew.
    let pin = fetched(&server).await.leaf().thumbprint(Hash::Sha256);
    let vcenter = VCenter::at(&server.address, &Trust::Pinned(pin), login()).unwrap();
    vcenter.links().list().await.unwrap();
    let before = server.seen().bytes;
    server.rotate(Kind::Valid);
    assert!(vcenter.links().list().await.unwrap_err().is_certificate());
    assert_eq!(server.seen().bytes, before);
}

#[tokio::test]
async fn a_pinned_certificate_without_its_key_is_refused() {
    for kind in [Kind::Stolen, Kind::StolenTls12] {
        let server = Secure::start(kind).await;
        let pin = server.leaf().thumbprint(Hash::Sha256);
        let error = links(&server.address, &Trust::Pinned(pin))
            .await
            .unwrap_err();
        assert!(
            matches!(error.login(), Some(LoginError::Failed(_))),
            "{error:?}"
        );
        assert_eq!(server.seen().bytes, 0);
        let error = certificate::fetch(&server.address, LIMIT)
            .await
            .unwrap_err();
        assert!(error.connected(), "{error:?}");
    }
}

#[tokio::test]
async fn each_problem_is_named_and_stops_a_password() {
    for (kind, words) in [
        (Kind::Expired, vec!["expired"]),
        (Kind::NotYetValid, vec!["not-yet-valid"]),
        (Kind::WrongName, vec!["wrong-name"]),
        (Kind::Wildcard, vec!["expired", "wrong-name"]),
        (Kind::Nameless, vec!["wrong-name"]),
        (Kind::SelfSigned, vec!["self-signed"]),
        (Kind::Valid, vec![]),
    ] {
        let server = Secure::at("127.0.0.1:0", kind, vcenter("8.0.1.0")).await;
        let chain = fetched(&server).await;
        let trust = Trust::Bundle(server.bundle.clone());
        let found = problems(&chain, &trust, server.address.host());
        let ids: Vec<_> = found.iter().map(Problem::id).collect();
        assert_eq!(ids, words, "{kind:?}");
        let result = links(&server.address, &trust).await;
        // What is said beforehand is what a connection does.
        assert_eq!(result.is_ok(), found.is_empty(), "{kind:?}: {result:?}");
        if let Err(error) = result {
            assert!(error.is_certificate(), "{kind:?}: {error:?}");
            assert_eq!(server.seen().bytes, 0, "{kind:?}");
        }
        // Without the bundle nobody vouches for it.
        let alone = problems(&chain, &Trust::System, server.address.host());
        let trusts = |problem: &Problem| matches!(problem.id(), "untrusted" | "self-signed");
        assert!(alone.iter().any(trusts), "{kind:?}: {alone:?}");
        assert!(
            links(&server.address, &Trust::System)
                .await
                .unwrap_err()
                .is_certificate()
        );
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_as_its_own_bundle() {
    let server = Secure::at("127.0.0.1:0", Kind::SelfSigned, vcenter("8.0.1.0")).await;
    let chain = fetched(&server).await;
    let trust = Trust::Bundle(chain.leaf().pem().into_bytes());
    assert_eq!(problems(&chain, &trust, "localhost"), []);
    links(&server.address, &trust).await.unwrap();
    let ids: Vec<_> = problems(&chain, &trust, "vc.example")
        .iter()
        .map(Problem::id)
        .collect();
    assert_eq!(
        ids,
        ["wrong-name"],
        "the name in the subject does not count"
    );
}

#[tokio::test]
async fn a_look_sends_nothing_above_tls() {
    let server = Secure::start(Kind::Expired).await;
    let chain = fetched(&server).await;
    let seen = server.seen();
    assert_eq!(seen.bytes, 0);
    let leaf = chain.leaf();
    assert_eq!(leaf.names(), ["localhost", "127.0.0.1", "::1"]);
    assert_eq!(leaf.common_name(), Some("vc.example"));
    assert_eq!(
        (leaf.subject(), leaf.issuer()),
        ("CN=vc.example", "CN=test authority")
    );
    assert_eq!(
        (leaf.not_before().year(), leaf.not_after().year()),
        (2020, 2021)
    );
    let pem = leaf.pem();
    assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
    let read = vmc_http::tls::read_bundle(pem.as_bytes()).unwrap();
    assert_eq!(read[0].as_ref(), leaf.der());
}

#[tokio::test]
async fn an_address_of_version_6_is_reached() {
    let server = Secure::at("[::1]:0", Kind::Valid, vcenter("8.0.1.0")).await;
    assert!(server.address.to_string().starts_with("[::1]:"));
    let chain = fetched(&server).await;
    let trust = Trust::Bundle(server.bundle.clone());
    assert_eq!(problems(&chain, &trust, server.address.host()), []);
    links(&server.address, &trust).await.unwrap();
}

#[tokio::test]
async fn a_pin_is_not_gone_around_by_plain_http() {
    let server = Secure::start(Kind::Valid).await;
    let pin = Trust::Pinned(server.leaf().thumbprint(Hash::Sha256));
    let transport = pin.apply(vmc_http::Transport::builder()).unwrap().build();
    let url = format!("http://{}", server.address);
    let client = || vmc_http::Client::builder(url.as_str()).transport(&transport);
    let vcenter = VCenter::new(client, login(), None).unwrap();
    assert!(vcenter.login().await.is_err());
    assert_eq!(server.seen().handshakes, 0);
}

#[tokio::test]
async fn what_gives_no_certificate_is_named() {
    let fetch = async |address: &str, limit| {
        let address = address.parse().unwrap();
        let error = certificate::fetch(&address, limit).await.unwrap_err();
        assert_eq!(error.address(), &address);
        error.to_string()
    };
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = nobody.local_addr().unwrap().to_string();
    let text = fetch(&silent, Duration::from_millis(100)).await;
    assert!(text.contains("no certificate within"), "{text}");
    drop(nobody);
    let text = fetch(&silent, LIMIT).await;
    assert!(text.contains("could not be reached"), "{text}");
    let text = fetch("no-such-host.invalid", LIMIT).await;
    assert!(text.contains("is unknown"), "{text}");
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        let page = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, page)
            .await
            .unwrap();
        std::future::pending::<()>().await;
    });
    let text = fetch(&address, LIMIT).await;
    assert!(text.contains("does not speak TLS"), "{text}");
}
