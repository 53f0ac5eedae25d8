//! Every fault fires, once, where it was ordered.

use crate::wire::{send, start};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, net::TcpStream};
use vmc_mock::{Action, Cut, Fault, Mock, When, world};

const ORGS: &str = "/vmc/api/orgs";

fn minimal() -> String {
    json!({"num_hosts": 1, "name": "one", "provider": "AWS"}).to_string()
}

#[tokio::test]
async fn cuts_before_and_after() {
    let api = start().await;
    let sddcs = format!("/vmc/api/orgs/{}/sddcs", world::ORG_ID);
    api.mock
        .fault(Fault::on("orgs.sddcs.create").cut_before())
        .unwrap();
    assert!(api.send("POST", &sddcs, &minimal()).await.is_err());
    assert_eq!(api.done("sddc.created"), 0);
    api.mock
        .fault(Fault::on("orgs.sddcs.create").cut_after())
        .unwrap();
    assert!(api.send("POST", &sddcs, &minimal()).await.is_err());
    assert_eq!(api.done("sddc.created"), 1);
    let reset = Action::Cut {
        when: When::After,
        reset: true,
    };
    api.mock
        .fault(Fault::on("orgs.sddcs.create").action(reset))
        .unwrap();
    let error = api.send("POST", &sddcs, &minimal()).await.err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(api.done("sddc.created"), 2);
    let fired: Vec<u64> = api.mock.faults().iter().map(|rule| rule.fired).collect();
    assert_eq!(fired, [1, 1, 1]);
    let entries = api.mock.journal().requests;
    let handled: Vec<(bool, bool)> = entries
        .iter()
        .skip(1)
        .map(|entry| (entry.handled, entry.cut))
        .collect();
    assert_eq!(handled, [(false, true), (true, true), (true, true)]);
}

#[tokio::test]
async fn statuses_with_headers_and_bodies() {
    let api = start().await;
    let order = |fault: Fault| api.mock.fault(fault).unwrap();
    order(
        Fault::on("orgs.list")
            .status(503)
            .header("retry-after", "7"),
    );
    let reply = api.send("GET", ORGS, "").await.unwrap();
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (503, Some("7"))
    );
    assert_eq!(reply.json()["retryable"], true);
    order(Fault::on("orgs.*").status(500).body("plain"));
    assert_eq!(api.send("GET", ORGS, "").await.unwrap().text(), "plain");
    order(Fault::on("*").unauthorized());
    assert_eq!(api.send("GET", ORGS, "").await.unwrap().status, 401);
    order(Fault::on("orgs.list").html(200));
    let reply = api.send("GET", ORGS, "").await.unwrap();
    assert!(
        reply
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    order(Fault::on("orgs.list").redirect(307, "https://elsewhere.example/"));
    let reply = api.send("GET", ORGS, "").await.unwrap();
    assert_eq!(
        (reply.status, reply.header("location")),
        (307, Some("https://elsewhere.example/"))
    );
    let sddcs = format!("/vmc/api/orgs/{}/sddcs", world::ORG_ID);
    order(Fault::on("orgs.sddcs.create").status_after(500));
    assert_eq!(
        api.send("POST", &sddcs, &minimal()).await.unwrap().status,
        500
    );
    assert_eq!(api.done("sddc.created"), 1, "it was carried out");
    assert_eq!(
        api.send("GET", ORGS, "").await.unwrap().status,
        200,
        "all used up"
    );
    order(Fault::on("cfn.DescribeStacks").status(400));
    assert_eq!(
        api.cfn("DescribeStacks", &[]).await.xml("Code"),
        "Throttling"
    );
}

#[tokio::test]
async fn bodies() {
    let api = start().await;
    let order = |action: Action| {
        api.mock
            .fault(Fault::on("orgs.list").action(action))
            .unwrap()
    };
    order(Action::Truncate);
    assert!(api.send("GET", ORGS, "").await.is_err());
    order(Action::NonUtf8);
    let reply = api.send("GET", ORGS, "").await.unwrap();
    assert!(reply.status == 200 && String::from_utf8(reply.body).is_err());
    order(Action::Huge { bytes: 3_000_000 });
    assert_eq!(
        api.send("GET", ORGS, "").await.unwrap().body.len(),
        3_000_000
    );
    order(Action::Slow {
        bytes: 400,
        every_ms: 1,
    });
    assert_eq!(
        api.send("GET", ORGS, "").await.unwrap().json()[0]["id"],
        world::ORG_ID
    );
    order(Action::Set {
        pointer: "/0/project_state".into(),
        value: json!("PETRIFIED"),
    });
    assert_eq!(
        api.send("GET", ORGS, "").await.unwrap().json()[0]["project_state"],
        "PETRIFIED"
    );
    order(Action::Set {
        pointer: "/0/id".into(),
        value: Value::Null,
    });
    assert!(api.send("GET", ORGS, "").await.unwrap().json()[0]["id"].is_null());
    order(Action::Set {
        pointer: "/9/id".into(),
        value: Value::Null,
    });
    let reply = api.send("GET", ORGS, "").await.unwrap();
    assert!(
        reply.status == 500 && reply.text().contains("'/9/id'"),
        "a mistake is loud"
    );
    order(Action::Delay { ms: 1 });
    assert_eq!(api.send("GET", ORGS, "").await.unwrap().status, 200);
    assert!(api.mock.faults().iter().all(|rule| rule.fired == 1));
}

#[tokio::test]
async fn raw_bytes() {
    let api = start().await;
    let raw = |text: &str| Action::Raw {
        text: text.into(),
        when: When::Before,
    };
    api.mock
        .fault(Fault::on("orgs.list").action(raw("HTTP/1.1 299 Odd\r\n\r\nhello")))
        .unwrap();
    let reply = api.send("GET", ORGS, "").await.unwrap();
    assert_eq!((reply.status, reply.text().as_str()), (299, "hello"));
    api.mock
        .fault(Fault::on("orgs.list").action(raw("HTTP/1.1 2")))
        .unwrap();
    assert!(api.send("GET", ORGS, "").await.is_err());
    assert_eq!(
        api.mock
            .journal()
            .requests
            .iter()
            .filter(|entry| entry.cut)
            .count(),
        2
    );
}

#[tokio::test]
async fn a_hang_can_be_waited_for() {
    let api = start().await;
    let rule = json!({"on": "orgs.list", "do": "hang", "when": "after"});
    assert_eq!(api.control("POST", "faults", &rule).await.status, 200);
    let authority = api.mock.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&authority).await.unwrap();
    let request = format!(
        "GET {ORGS} HTTP/1.1\r\nhost: x\r\ncsp-auth-token: {}\r\n\r\n",
        api.token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    loop {
        let journal = api
            .control("GET", "journal?operation=orgs.list", &Value::Null)
            .await
            .json();
        if journal["requests"][0]["hung"] == true {
            assert_eq!(journal["requests"][0]["handled"], true);
            break;
        }
        tokio::task::yield_now().await;
    }
    let silence = tokio::time::timeout(Duration::from_millis(20), stream.read_u8()).await;
    assert!(silence.is_err(), "it must not answer");
    drop(api);
    assert!(
        stream.read_u8().await.is_err(),
        "the end of the simulator ends its connections"
    );
}

#[tokio::test]
async fn by_number_in_the_journal() {
    let api = start().await;
    api.mock.fault(Fault::at_request(3).status(418)).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(api.send("GET", ORGS, "").await.unwrap().status);
    }
    assert_eq!(statuses, [200, 418, 200]);
    assert_eq!(api.mock.journal().requests[2].fault, Some(1));
}

#[tokio::test]
async fn bad_rules_are_refused() {
    let api = start().await;
    for rule in [
        json!({"on": "*", "do": "explode"}),
        json!({"on": "*", "do": "cut", "wen": "after"}),
        json!({"on": "*", "do": "status", "status": 42}),
        json!({"on": "*", "do": "set", "pointer": "id"}),
    ] {
        assert_eq!(
            api.control("POST", "faults", &rule).await.status,
            400,
            "{rule}"
        );
    }
    assert_eq!(
        api.control("GET", "faults", &Value::Null).await.json(),
        json!({"rules": []})
    );
}

#[tokio::test(start_paused = true)]
async fn in_process_time_is_tokios() {
    let mock = Mock::builder().in_process().unwrap();
    let router = mock.router();
    let get = || {
        Request::get("/csp/gateway/am/api/loggedin/user/orgs")
            .body(Bytes::new())
            .unwrap()
    };
    assert_eq!(router.handle(get()).await.unwrap().status(), 401);
    let start = mock.clock().now();
    tokio::time::sleep(Duration::from_secs(7200)).await;
    assert_eq!(mock.clock().now().since(start), Duration::from_secs(7200));
    mock.fault(Fault::on("*").cut_after()).unwrap();
    assert_eq!(router.handle(get()).await.err(), Some(Cut::NoAnswer));
    mock.fault(Fault::on("*").hang_before()).unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(600), router.handle(get())).await;
    assert!(waited.is_err());
    assert!(mock.journal().requests[2].hung);
    let mut service = router.clone();
    let answer = tower::Service::call(&mut service, get()).await.unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn one_port_for_each_service() {
    let mock = Mock::builder().separate_ports().start().await.unwrap();
    let csp = mock.service_url(vmc_mock::Service::Csp);
    assert_ne!(csp, mock.url());
    assert_eq!(send(&csp, "GET", ORGS, &[], "").await.unwrap().status, 404);
    assert_eq!(
        send(&mock.url(), "GET", ORGS, &[], "")
            .await
            .unwrap()
            .status,
        401
    );
}
