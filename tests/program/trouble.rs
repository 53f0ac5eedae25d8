//! What servers, networks and people do wrong: one clear message, the right
//! exit code, nothing half-done.

use integration_tests::{Bench, Ran};
use serde_json::json;
use vmc_mock::{Action, Fault, Mock};

/// Every message is text that a terminal may show, and short.
fn assert_readable(ran: &Ran) {
    assert!(!ran.stderr.is_empty());
    for line in ran.stderr.lines() {
        assert!(line.chars().count() <= 300, "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
}

#[test]
fn what_a_server_answers_wrong() {
    for (fault, code, says) in [
        (Fault::on("orgs.list").html(200), 7, "web page"),
        (
            Fault::on("orgs.list").times(9).action(Action::Truncate),
            7,
            "unreadable",
        ),
        (
            Fault::on("orgs.list").action(Action::NonUtf8),
            1,
            "unreadable",
        ),
        (
            Fault::on("orgs.list").action(Action::Huge { bytes: 40 << 20 }),
            7,
            "32 MiB",
        ),
        (Fault::on("orgs.list").status(404), 3, "404"),
        (Fault::on("orgs.list").status(403), 4, "403"),
        (Fault::on("orgs.list").times(9).unauthorized(), 4, "401"),
        (Fault::on("orgs.list").status(409), 5, "409"),
        (Fault::on("orgs.list").times(99).status(503), 7, "503"),
        (Fault::on("orgs.list").times(99).cut_before(), 7, "cut"),
        (Fault::on("csp.authorize").times(9).html(200), 7, "page"),
        (Fault::on("csp.authorize").times(99).status(503), 7, "503"),
    ] {
        let bench = Bench::new();
        bench.order(fault.clone());
        let ran = bench.run("org list");
        assert_eq!(ran.code, code, "{fault:?}\n{}", ran.stderr);
        let ran = ran.says(says);
        assert_readable(&ran);
        assert_eq!(ran.stdout, "", "{fault:?}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Bench::new();
    let bench = Bench::new();
    let place = format!("{}/elsewhere?t=canary", other.mock.url());
    bench.order(Fault::on("orgs.list").redirect(307, place));
    let ran = bench.run("org list").expect(2).says("edirect");
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
    assert_eq!(other.requests(), 0);
}

#[test]
fn nulls_and_new_values_are_no_trouble() {
    let bench = Bench::new();
    bench.order(Fault::on("orgs.list").set("/0/display_name", json!(null)));
    bench.run("org list").expect(0);
    bench.order(Fault::on("orgs.list").set("/0/project_state", json!("PETRIFIED")));
    bench.order(Fault::on("orgs.list").set("/0/brand_new", json!({"a": 1})));
    let ran = bench.run("org list -o json").expect(0);
    assert!(ran.json().is_array());
}

#[test]
fn server_text_cannot_drive_the_terminal() {
    let bench = Bench::new();
    let evil = json!("\u{1b}]0;owned\u{7}\u{1b}[2Jname");
    bench.order(Fault::on("orgs.list").set("/0/display_name", evil));
    let ran = bench.run("org list").expect(0);
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    assert!(ran.stdout.contains("name"));
}

#[test]
fn wrong_names_are_named() {
    let bench = Bench::new();
    bench.run("org show nowhere").expect(3).says("nowhere");
    bench.run("sddc show nothing").expect(3).says("nothing");
    bench
        .run("task show 00000000-0000-0000-0000-000000000000")
        .expect(3);
    bench.run("sddc show").expect(2);
    bench.run("sdcc list").expect(2).says("sddc");
}

#[test]
fn a_wrong_token_says_what_to_do() {
    let bench = Bench::new();
    let ran = bench
        .vmc(["org", "list"])
        .env("VMC_API_TOKEN", "canary-wrong-token")
        .run()
        .expect(4)
        .says("vmc auth login");
    assert!(!ran.stderr.contains("canary-wrong"), "{}", ran.stderr);
    assert_readable(&ran);
}

#[test]
fn a_server_that_is_gone_is_unreachable() {
    let bench = Bench::new();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    for variable in ["VMC_URL", "VMC_CSP_URL"] {
        let ran = bench.vmc(["org", "list"]).env(variable, &url).run();
        assert_readable(&ran.expect(7).says(&url));
    }
}

#[test]
fn tokens_do_not_travel_in_the_clear() {
    let bench = Bench::new();
    for variable in ["VMC_URL", "VMC_CSP_URL"] {
        bench
            .vmc(["org", "list"])
            .env(variable, "http://vmc.example.com")
            .run()
            .expect(2)
            .says("https");
    }
    assert_eq!(bench.requests(), 0);
}

#[test]
fn errors_are_one_json_object_where_json_is_asked_for() {
    let bench = Bench::new();
    bench.order(Fault::on("orgs.sddcs.list").status(400).body(json!({"status": 400, "path": "/x", "retryable": false, "error_code": "sddc.bad", "error_messages": ["It is bad."]})));
    let ran = bench.run("sddc list -o json").expect(1);
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    let error = &error["error"];
    assert_eq!(error["http_status"], 400);
    assert_eq!(error["code"], "failed");
    assert_eq!(error["service_code"], "sddc.bad");
    assert_eq!(error["operation"], "orgs.sddcs.list");
    assert!(error["message"].as_str().unwrap().contains("It is bad."));
    assert_eq!(error["retryable"], false);
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_certificate_of_an_unknown_authority_is_not_trusted_until_told() {
    let bench = Bench::with(Mock::builder().tls());
    bench
        .vmc(["org", "list"])
        .without("VMC_CA_BUNDLE")
        .run()
        .expect(60)
        .says("CA");
    assert_eq!(bench.requests(), 0);
    bench.run("org list").expect(0);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let bench = Bench::new();
    let line = format!(
        "{} org list -o json | head -c 1 >/dev/null; echo ${{PIPESTATUS[0]}}",
        integration_tests::binary().display()
    );
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &line]).env_clear().envs(bench.mock.env());
    shell.env("HOME", bench.home()).env("PATH", "/usr/bin:/bin");
    let output = shell.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0");
}

#[test]
fn a_proxy_is_used_and_learns_no_secret() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = String::new();
        let mut lines = std::io::BufReader::new(stream.try_clone().unwrap());
        while !head.ends_with("\r\n\r\n") {
            if std::io::BufRead::read_line(&mut lines, &mut head).unwrap() == 0 {
                break;
            }
        }
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        std::io::Write::write_all(&mut stream, refusal).unwrap();
        head
    });
    let bench = Bench::new();
    let ran = bench
        .vmc(["org", "list"])
        .env("VMC_CSP_URL", "https://csp.example.com")
        .env("HTTPS_PROXY", &proxy)
        .run()
        .expect(7)
        .says("HTTPS_PROXY");
    assert_readable(&ran);
    let head = heard.join().unwrap();
    assert!(head.starts_with("CONNECT csp.example.com:443 "), "{head}");
    assert!(!head.contains("CANARY"), "{head}");
}
