//! Connectivity tests.

use crate::clusters::sddc;
use serde_json::{Value, json};

#[tokio::test]
async fn tests_say_what_can_be_reached() {
    let (api, sddc) = sddc().await;
    let path = format!("{sddc}/networking/connectivity-tests");
    let groups = api.get(&path).await.json()["groups"].clone();
    let ids = [&groups[0]["id"], &groups[1]["id"]];
    assert_eq!(ids, [&json!("HLM"), &json!("DRAAS")]);
    // What is listed can be sent back with its inputs filled in.
    let mut group = groups[0].clone();
    for sub_group in group["sub_groups"].as_array_mut().unwrap() {
        let host = match sub_group["id"] == "ACTIVE_DIRECTORY" {
            true => "unreachable.example.com",
            false => "192.0.2.1",
        };
        sub_group["inputs"][0]["value"] = json!(host);
    }
    let start = format!("{path}?action=start");
    let reply = api.org("POST", &start, &group).await;
    assert!(reply.json()["params"]["test_result"].is_null(), "not yet");
    let task = api.task("POST", &start, &group).await;
    assert_eq!(task["status"], "FINISHED");
    let result = task["params"]["test_result"]["sub_groups"]
        .as_array()
        .unwrap();
    assert_eq!(result.len(), 6);
    let failed: Vec<&Value> = result
        .iter()
        .filter(|row| row["status"] == "FAILED")
        .map(|row| &row["id"])
        .collect();
    assert_eq!(failed, [&json!("ACTIVE_DIRECTORY")]);
    let tests = result[4]["tests"].as_array().unwrap();
    assert!(
        tests.iter().all(|test| test["status"] == "FAILED"),
        "{tests:?}"
    );

    let one = |id: &str, input: Value| json!({"id": "HLM", "sub_groups": [{"id": id, "inputs": [input]}]});
    for (body, said) in [
        (json!({"id": "HLM"}), "sub_groups"),
        (json!({"id": "OTHER"}), "OTHER"),
        (one("DRAAS_ONPREM_VR", json!({})), "no sub-group"),
        (
            one("ONPREM_ESX", json!({"id": "HOSTNAME_OR_IP", "value": " "})),
            "needs a value",
        ),
    ] {
        let (status, message) = api.refused("POST", &start, &body).await;
        assert_eq!(status, 400);
        assert!(message.contains(said), "{message}");
    }
    assert_eq!(
        api.refused("POST", &path, &group).await.0,
        400,
        "action is required"
    );
}
