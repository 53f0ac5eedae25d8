//! Public addresses of the legacy API.

use crate::clusters::sddc;
use serde_json::{Value, json};

#[tokio::test]
async fn addresses_come_are_attached_and_go() {
    let (api, sddc) = sddc().await;
    let path = format!("{sddc}/publicips");
    let body = json!({"count": 2, "names": ["web"], "private_ips": ["10.2.0.7"]});
    let task = api.task("POST", &path, &body).await;
    assert_eq!(
        (&task["status"], &task["task_type"]),
        (&json!("FINISHED"), &json!("PUBLIC-IP"))
    );
    let all = api.get(&path).await.json();
    assert_eq!(
        (&all[0]["name"], &all[0]["associated_private_ip"]),
        (&json!("web"), &json!("10.2.0.7"))
    );
    assert_ne!(all[0]["public_ip"], all[1]["public_ip"]);
    let pool = api.get(&sddc).await.json()["resource_config"]["public_ip_pool"].clone();
    assert_eq!(pool, all, "the SDDC says the same");
    let one = format!("{path}/{}", all[1]["allocation_id"].as_str().unwrap());
    let address = |fields: &[(&str, &str)]| {
        let mut body = json!({"public_ip": all[1]["public_ip"]});
        for (name, value) in fields {
            body[*name] = json!(value);
        }
        body
    };
    let action = |action: &str| format!("{one}?action={action}");
    let private = address(&[("associated_private_ip", "10.2.0.8")]);
    for (name, body) in [
        ("detach", address(&[])),
        ("reattach", private.clone()),
        ("attach", address(&[])),
        ("rename", address(&[])),
        ("explode", address(&[])),
    ] {
        assert_eq!(
            api.refused("PATCH", &action(name), &body).await.0,
            400,
            "{name}"
        );
    }
    api.task("PATCH", &action("attach"), &private).await;
    let shown = api.get(&one).await.json();
    assert!(shown["dnat_rule_id"].is_string(), "{shown}");
    assert_eq!(
        api.refused("PATCH", &action("attach"), &private).await.0,
        400
    );
    api.task(
        "PATCH",
        &action("reattach"),
        &address(&[("associated_private_ip", "10.2.0.9")]),
    )
    .await;
    api.task("PATCH", &action("rename"), &address(&[("name", "db")]))
        .await;
    api.task("PATCH", &action("detach"), &address(&[])).await;
    let shown = api.get(&one).await.json();
    assert_eq!(
        (&shown["name"], &shown["associated_private_ip"]),
        (&json!("db"), &Value::Null)
    );
    api.task("DELETE", &one, &Value::Null).await;
    assert_eq!(api.get(&one).await.status, 404);
    assert_eq!(api.get(&path).await.json().as_array().unwrap().len(), 1);
    for body in [
        json!({"count": 0}),
        json!({"count": 1, "names": ["a", "b"]}),
    ] {
        assert_eq!(api.refused("POST", &path, &body).await.0, 400);
    }
    let done =
        ["allocated", "changed", "released"].map(|what| api.done(&format!("public_ip.{what}")));
    assert_eq!(done, [1, 4, 1]);
    let mgw = api.get(&format!("{sddc}/mgw/publicips")).await.json();
    let one = format!(
        "{sddc}/mgw/publicips/{}",
        mgw[0]["allocation_id"].as_str().unwrap()
    );
    assert_eq!(api.get(&one).await.json(), mgw[0]);
    assert_eq!(
        api.get(&format!("{sddc}/mgw/publicips/none")).await.status,
        404
    );
}
