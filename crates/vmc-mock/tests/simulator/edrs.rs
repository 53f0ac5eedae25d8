//! Elastic DRS, and the tasks that only its service knows.

use crate::{clusters::sddc, wire::Reply};
use serde_json::{Value, json};

const API: &str = "/vmc/autoscaler/api";

#[tokio::test]
async fn a_policy_is_set_by_a_task_of_its_own_service() {
    let (api, sddc) = sddc().await;
    let get = async |path: &str| -> Reply { api.below(API, "GET", path, &Value::Null).await };
    let all = get(&format!("{sddc}/edrs-policy")).await.json();
    let cluster = format!("{sddc}/clusters/{}", all[0]["cluster_id"].as_str().unwrap());
    let policy = format!("{cluster}/edrs-policy");
    assert_eq!(get(&policy).await.json(), all[0]["edrs_policy"]);

    let body = json!({"enable_edrs": true, "policy_type": "cost", "min_hosts": 3, "max_hosts": 8});
    let task = api.below(API, "POST", &policy, &body).await.json();
    assert_eq!(task["task_type"], "EDRS-UPDATE");
    assert!(task.get("version").is_none(), "{task}");
    let path = format!("tasks/{}", task["id"].as_str().unwrap());
    // Each service finds its own tasks only.
    assert_eq!(
        (get(&path).await.status, api.get(&path).await.status),
        (200, 404)
    );
    assert_eq!(api.get("tasks").await.json(), json!([]));
    assert_eq!(get("tasks").await.json().as_array().unwrap().len(), 1);
    // It is a change of the SDDC like any other.
    let busy = api
        .refused("POST", &format!("{sddc}/esxs"), &json!({"num_hosts": 1}))
        .await;
    assert_eq!(busy.0, 400);
    api.pass(60);
    assert_eq!(get(&path).await.json()["status"], "FINISHED");
    assert_eq!(
        (get(&policy).await.json(), api.done("edrs.changed")),
        (body, 1)
    );

    let task = api
        .org("POST", &format!("{sddc}/esxs"), &json!({"num_hosts": 1}))
        .await
        .json();
    let path = format!("tasks/{}", task["id"].as_str().unwrap());
    assert_eq!(
        (get(&path).await.status, api.get(&path).await.status),
        (404, 200)
    );
}

#[tokio::test]
async fn rules_of_policies() {
    let (api, sddc) = sddc().await;
    let all = api
        .below(API, "GET", &format!("{sddc}/edrs-policy"), &Value::Null)
        .await
        .json();
    let cluster = format!("{sddc}/clusters/{}", all[0]["cluster_id"].as_str().unwrap());
    for (body, said) in [
        (json!({"min_hosts": 3}), "enable_edrs"),
        (json!({"enable_edrs": true, "min_hosts": 1}), "min_hosts"),
        (json!({"enable_edrs": true, "max_hosts": 17}), "max_hosts"),
        (
            json!({"enable_edrs": true, "min_hosts": 9, "max_hosts": 8}),
            "min_hosts",
        ),
        (
            json!({"enable_edrs": true, "policy_type": "magic"}),
            "magic",
        ),
        (
            json!({"enable_edrs": true, "edrs_policy_options_overrides": {"scale_up_host_increment": 4}}),
            "rapid-scaleup",
        ),
    ] {
        let reply = api
            .below(API, "POST", &format!("{cluster}/edrs-policy"), &body)
            .await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.message().contains(said), "{}", reply.message());
    }
    let unknown = format!("{sddc}/clusters/none/edrs-policy");
    let reply = api.below(API, "GET", &unknown, &Value::Null).await;
    assert_eq!(reply.status, 404);
    assert_eq!(api.done("task.started"), 0);
    let reply = api
        .below(API, "POST", &format!("{sddc}/xlb/run"), &Value::Null)
        .await;
    assert_eq!(reply.status, 501);
    assert!(
        reply.message().contains("virtual machines"),
        "{}",
        reply.message()
    );
}
