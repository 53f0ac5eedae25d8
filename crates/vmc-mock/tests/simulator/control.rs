//! `/__mock/`, and the program's own certificate.

use crate::wire::{send, start};
use serde_json::{Value, json};
use vmc_mock::{Mock, world};

#[tokio::test]
async fn the_clock_can_be_moved() {
    let api = start().await;
    let before = api.mock.clock().now();
    let body = json!({"advance": "1h30m", "speed": 0});
    let answer = api.control("POST", "clock", &body).await.json();
    assert_eq!(answer["speed"], 0.0);
    assert!(api.mock.clock().now().since(before).as_secs() >= 5400);
    let wrong = api
        .control("POST", "clock", &json!({"advance": "soon"}))
        .await;
    assert_eq!(wrong.status, 400);
    let past = api
        .control("POST", "clock", &json!({"now": "1999-01-01T00:00:00Z"}))
        .await;
    assert_eq!(past.status, 400);
    let later = json!({"now": "2099-01-01T00:00:00Z"});
    assert_eq!(
        api.control("POST", "clock", &later).await.json()["now"],
        "2099-01-01T00:00:00.000000Z"
    );
}

#[tokio::test]
async fn a_world_can_be_saved_seeded_and_reset() {
    let api = start().await;
    api.get("account-link").await;
    let dump = api.control("GET", "world", &Value::Null).await.json();
    assert_eq!(dump["link_requests"].as_array().unwrap().len(), 1);
    assert_eq!(dump["agenda"][0]["due"], "link-expires");
    let seed = json!({"sddcs": [{"id": "s", "org": world::ORG_ID, "name": "seeded"}]});
    assert_eq!(api.control("PATCH", "world", &seed).await.status, 200);
    assert_eq!(api.get("sddcs").await.json()[0]["sddc_state"], "READY");
    let misspelt = json!({"sddcs": [{"idd": "s"}]});
    assert_eq!(api.control("PATCH", "world", &misspelt).await.status, 400);
    assert_eq!(api.control("POST", "world", &dump).await.json(), dump);
    assert_eq!(api.get("sddcs").await.json(), json!([]));
    api.control("POST", "reset", &Value::Null).await;
    assert_eq!(
        api.get("sddcs").await.status,
        401,
        "the token belonged to the other world"
    );
    assert_eq!(api.mock.journal().requests.len(), 1);
}

#[tokio::test]
async fn settings_can_be_changed() {
    let api = start().await;
    let reply = api
        .control("PATCH", "settings", &json!({"foreign_org_status": 404}))
        .await;
    assert_eq!(reply.json()["foreign_org_status"], 404);
    assert_eq!(
        api.send("GET", "/vmc/api/orgs/x", "").await.unwrap().status,
        404
    );
    assert_eq!(
        api.control("PATCH", "settings", &json!({"colour": 1}))
            .await
            .status,
        400
    );
    let plan = json!({"plan": "task-sticks", "task_type": "SDDC-PROVISION"});
    assert_eq!(
        api.control("POST", "plans", &plan).await.json()[0]["at_percent"],
        0
    );
}

#[tokio::test]
async fn the_journal_knows_what_came_and_what_was_done() {
    let api = start().await;
    let headers = [
        ("csp-auth-token", api.token.as_str()),
        ("user-agent", "test/1"),
    ];
    send(&api.mock.url(), "GET", "/vmc/api/orgs", &headers, "")
        .await
        .unwrap();
    let journal = api
        .control("GET", "journal?after=1", &Value::Null)
        .await
        .json();
    assert_eq!(journal["requests"].as_array().unwrap().len(), 1);
    let entry = &journal["requests"][0];
    assert_eq!(
        (&entry["seq"], &entry["operation"]),
        (&json!(2), &json!("orgs.list"))
    );
    assert_eq!(
        (&entry["status"], &entry["user_agent"]),
        (&json!(200), &json!("test/1"))
    );
    assert_eq!(
        journal["operations"],
        json!({"csp.authorize": 1, "orgs.list": 1})
    );
    assert_eq!(journal["effect_counts"], json!({"token.issued": 1}));
    assert_eq!(
        (
            &journal["effects"][0]["request"],
            &journal["effects"][0]["kind"]
        ),
        (&json!(1), &json!("api-token"))
    );
    let index = api.control("GET", "", &Value::Null).await.json();
    assert_eq!(
        (
            &index["simulated"]["cfn.CreateStack"],
            &index["simulated"]["autoscaler.run"]
        ),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        api.control("GET", "nothing", &Value::Null).await.status,
        404
    );
    assert_eq!(
        api.mock.received("unknown"),
        0,
        "the control API is not journaled"
    );
}

#[tokio::test]
async fn https_with_a_certificate_of_its_own() {
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    };
    let mock = Mock::builder().tls().start().await.unwrap();
    let ca = CertificateDer::from_pem_slice(mock.ca_pem().unwrap().as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(ca).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let authority = mock.url().trim_start_matches("https://").to_owned();
    let stream = tokio::net::TcpStream::connect(&authority).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, stream).await.unwrap();
    stream
        .write_all(b"GET /vmc/api/orgs HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 401"));
}
