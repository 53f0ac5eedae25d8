//! Add-ons: which are enabled, and their credentials.

use crate::clusters::sddc;
use serde_json::{Value, json};

#[tokio::test]
async fn addons_are_switched() {
    let (api, sddc) = sddc().await;
    let path = format!("{sddc}/enablements");
    let enabled = async || {
        let all = api.get(&path).await.json();
        let on = all
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["enabled"] == true);
        on.map(|row| row["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(enabled().await, ["default"]);
    for _ in 0..2 {
        let reply = api
            .org("POST", &format!("{path}/hcx?action=enable"), &Value::Null)
            .await;
        assert_eq!((reply.status, reply.body.len()), (204, 0));
    }
    assert_eq!(enabled().await, ["hcx", "default"]);
    api.org("POST", &format!("{path}/hcx?action=disable"), &Value::Null)
        .await;
    assert_eq!(
        (enabled().await.len(), api.done("enablement.changed")),
        (1, 2)
    );
    for (what, status) in [
        ("hcx", 400),
        ("hcx?action=toggle", 400),
        ("beer?action=enable", 404),
    ] {
        let path = format!("{path}/{what}");
        assert_eq!(
            api.refused("POST", &path, &Value::Null).await.0,
            status,
            "{path}"
        );
    }
}

#[tokio::test]
async fn credentials_are_kept_and_never_journaled() {
    let (api, sddc) = sddc().await;
    let path = format!("{sddc}/addons/HCX/credentials");
    let new = json!({"name": "admin", "username": "u", "password": "CANARY-addon"});
    let reply = api.org("POST", &path, &new).await;
    assert_eq!((reply.status, reply.json()), (201, new.clone()));
    assert_eq!(api.refused("POST", &path, &new).await.0, 409);
    let one = format!("{path}/admin");
    let changed = json!({"username": "v", "password": "CANARY-other"});
    assert_eq!(api.org("PUT", &one, &changed).await.json()["username"], "v");
    assert_eq!(api.get(&path).await.json().as_array().unwrap().len(), 1);
    assert_eq!(api.get(&one).await.json()["password"], "CANARY-other");
    assert_eq!(api.get(&format!("{path}/nobody")).await.status, 404);
    assert_eq!(
        api.get(&format!("{sddc}/addons/beer/credentials"))
            .await
            .status,
        400
    );
    let empty = json!({"username": "v", "password": ""});
    assert_eq!(api.refused("PUT", &one, &empty).await.0, 400);
    let journal = api.control("GET", "journal", &Value::Null).await.text();
    assert!(
        journal.contains("credentials.created") && !journal.contains("CANARY-"),
        "{journal}"
    );
    assert_eq!(
        (
            api.done("credentials.created"),
            api.done("credentials.updated")
        ),
        (1, 1)
    );
}
