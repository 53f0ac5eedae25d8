//! Certificates of vCenters: looked at, verified, pinned.

use integration_tests::{Bench, Vmc};
use vmc_mock::Mock;
use vmc_mock::world::{Certificate, VCenter};

/// One vCenter with a certificate that is wrong in this way.
fn bench(certificate: Certificate) -> Bench {
    Bench::with(Mock::builder().vcenter(VCenter::on_premises("vc").certificate(certificate)))
}

fn host(bench: &Bench) -> String {
    let url = bench.mock.vcenter_url("vc").unwrap();
    url.trim_start_matches("https://").to_owned()
}

fn cert(bench: &Bench, verb: &str, more: &[&str]) -> Vmc {
    let host = host(bench);
    bench.vmc(
        ["cert", verb, &host]
            .into_iter()
            .chain(more.iter().copied()),
    )
}

fn thumbprint(bench: &Bench) -> String {
    bench.mock.vcenter_thumbprint("vc").unwrap()
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_sent() {
    for (certificate, id) in [
        (Certificate::Valid, None),
        (Certificate::Expired, Some("expired")),
        (Certificate::NotYetValid, Some("not-yet-valid")),
        (Certificate::WrongName, Some("wrong-name")),
        (Certificate::CommonName, Some("wrong-name")),
        (Certificate::SelfSigned, Some("self-signed")),
    ] {
        let bench = bench(certificate);
        let shown = cert(&bench, "show", &["-o", "json"]).run().expect(0).json();
        assert_eq!(shown["problems"][0]["id"].as_str(), id, "{shown}");
        assert_eq!(shown["trusted"], id.is_none());
        assert_eq!(shown["certificates"][0]["sha1"], *thumbprint(&bench));
        let code = if id.is_none() { 0 } else { 60 };
        let verified = cert(&bench, "verify", &[]).run().expect(code);
        verified.says(&thumbprint(&bench));
        assert_eq!(bench.requests(), 0);
    }
}

#[test]
fn without_its_authority_a_certificate_is_not_verified() {
    let bench = bench(Certificate::Valid);
    let verify = |more: &[&str]| cert(&bench, "verify", more).without("VMC_CA_BUNDLE");
    verify(&[]).run().expect(60).says("no trusted authority");
    let file = bench.home().join("ca.pem");
    verify(&["--ca-bundle", file.to_str().unwrap()])
        .run()
        .expect(0);
    verify(&[])
        .env("GOVC_TLS_CA_CERTS", file.to_str().unwrap())
        .run()
        .expect(0);
    verify(&["--thumbprint", &thumbprint(&bench)])
        .run()
        .expect(0);
    let lower = thumbprint(&bench).replace(':', "").to_lowercase();
    verify(&["--thumbprint", &lower]).run().expect(0);
    verify(&["--thumbprint", &"0".repeat(64)])
        .run()
        .expect(60)
        .says("thumbprint is 00:00");
    verify(&["--thumbprint", "0123"]).run().expect(2);
}

#[test]
fn nothing_unverified_is_pinned_unseen() {
    let bench = bench(Certificate::SelfSigned);
    for more in [&[][..], &["--no-input"]] {
        let ran = cert(&bench, "pin", more).run().expect(2);
        ran.says("self-signed").says("--thumbprint THUMBPRINT");
    }
    let wrong = cert(&bench, "pin", &["--thumbprint", &"0".repeat(40)]);
    wrong.run().expect(60).says("Nothing was pinned");
    assert_eq!(
        bench.run("cert list -o json").expect(0).json(),
        serde_json::json!([])
    );
    cert(&bench, "verify", &[]).run().expect(60);

    let pin = || cert(&bench, "pin", &["--thumbprint", &thumbprint(&bench)]);
    pin().run().expect(0).says("Pinned in");
    pin().run().expect(0).says("Nothing to do");
    cert(&bench, "verify", &[])
        .run()
        .expect(0)
        .says("by its pin");
    bench.run("cert list -o name").expect(0).says(&host(&bench));

    // Another certificate at the same place is not waved through.
    bench
        .mock
        .world(|world| world.vcenters.get_mut("vc").unwrap().certificate_number += 1);
    cert(&bench, "verify", &[]).run().expect(60);
    cert(&bench, "pin", &[])
        .run()
        .expect(2)
        .says("another certificate");
    cert(&bench, "forget", &[]).run().expect(0);
    cert(&bench, "forget", &[])
        .run()
        .expect(0)
        .says("Nothing to do");
    cert(&bench, "verify", &[])
        .run()
        .expect(60)
        .says("self-signed");
}

#[test]
fn a_renewed_certificate_is_no_reason_to_trust_it_unseen() {
    let bench = bench(Certificate::Valid);
    cert(&bench, "pin", &[]).run().expect(0);
    bench
        .mock
        .world(|world| world.vcenters.get_mut("vc").unwrap().certificate_number += 1);
    // Its authority is known; that it changed is for a person to judge.
    cert(&bench, "pin", &[])
        .run()
        .expect(2)
        .says("another certificate");
    cert(&bench, "pin", &["--thumbprint", &thumbprint(&bench)])
        .run()
        .expect(0);
    cert(&bench, "verify", &[]).run().expect(0);
}

#[test]
fn pins_are_shared_with_govc() {
    let bench = bench(Certificate::SelfSigned);
    let file = bench.home().join("govmomi");
    let known = file.to_str().unwrap();
    std::fs::write(&file, format!("{} {}\n", host(&bench), thumbprint(&bench))).unwrap();
    let with = |verb: &str| cert(&bench, verb, &[]).env("GOVC_TLS_KNOWN_HOSTS", known);
    with("verify").run().expect(0);
    with("forget").run().expect(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
    with("verify").run().expect(60);
}

#[test]
fn places_without_a_certificate_are_told_apart() {
    let bench = bench(Certificate::Valid);
    let plain = bench.mock.url().replace("http://", "");
    for (host, code, said) in [
        ("127.0.0.1:1", 7, "could not be reached"),
        (plain.as_str(), 7, "does not speak TLS"),
        ("nobody.invalid", 7, "unknown"),
        ("http://vc.example", 2, "https"),
        ("root:canary@vc", 2, "user name"),
        ("fe80::1%eth0", 2, "zone"),
    ] {
        let ran = bench
            .vmc(["cert", "show", host])
            .run()
            .expect(code)
            .says(said);
        assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
    }
    let port = host(&bench).rsplit_once(':').unwrap().1.to_owned();
    for spelling in [
        format!("https://127.0.0.1:{port}/ui"),
        format!("LOCALHOST:{port}"),
    ] {
        bench.vmc(["cert", "verify", &spelling]).run().expect(0);
    }
    let pem = cert(&bench, "show", &["--pem"]).run().expect(0);
    assert_eq!(pem.stdout.matches("BEGIN CERTIFICATE").count(), 2);
}
