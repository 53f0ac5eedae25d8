//! SDDCs and tasks.

use crate::{
    link::linked,
    wire::{Api, start, with},
};
use serde_json::{Value, json};
use vmc_mock::{
    Mock,
    world::{ACCOUNT, ORG_ID, Plan, Role},
};

async fn ready() -> (Api, String) {
    let mut id = String::new();
    let builder = Mock::builder().world(|world| id = world.link_account(ORG_ID, ACCOUNT));
    // Two hours pass in most of these tests.
    let api = with(builder.settings(|settings| settings.access_token_seconds = 86_400)).await;
    (api, id)
}

fn config(account: &str) -> Value {
    json!({
        "name": "a", "provider": "AWS", "num_hosts": 2, "region": "US_WEST_2",
        "host_instance_type": "i4i.metal", "deployment_type": "SingleAZ", "vpc_cidr": "10.4.0.0/16",
        "account_link_sddc_config": [
            {"connected_account_id": account, "customer_subnet_ids": ["subnet-0a1b2c3d4e5f60701"]},
        ],
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn creation_takes_two_hours_in_seven_phases() {
    let (api, account) = ready().await;
    let reply = api.org("POST", "sddcs", &config(&account)).await;
    assert_eq!(reply.status, 202);
    let task = reply.json();
    let (id, sddc) = (text(&task["id"]), text(&task["resource_id"]));
    assert_eq!(
        (&task["status"], &task["task_type"]),
        (&json!("STARTED"), &json!("SDDC-PROVISION"))
    );
    assert_eq!(task["estimated_remaining_minutes"], 121);
    assert_eq!(task["task_progress_phases"].as_array().unwrap().len(), 7);
    assert_eq!(task["params"]["sddcConfig"]["name"], "a");
    let document = api.get(&format!("sddcs/{sddc}")).await.json();
    assert_eq!(document["sddc_state"], "DEPLOYING");
    assert!(document["resource_config"]["vc_url"].is_null());

    api.pass(60 * 83);
    let task = api.get(&format!("tasks/{id}")).await.json();
    assert_eq!(
        (
            &task["progress_percent"],
            &task["estimated_remaining_minutes"]
        ),
        (&json!(68), &json!(38))
    );
    assert_eq!(task["phase_in_progress"], "Deploying NSX");

    api.pass(60 * 40);
    let task = api.get(&format!("tasks/{id}")).await.json();
    assert_eq!(
        (&task["status"], &task["progress_percent"]),
        (&json!("FINISHED"), &json!(100))
    );
    let document = api.get(&format!("sddcs/{sddc}")).await.json();
    assert_eq!(
        (&document["sddc_state"], &document["account_link_state"]),
        (&json!("READY"), &json!("LINKED"))
    );
    let resources = &document["resource_config"];
    assert!(resources["vc_url"].as_str().unwrap().ends_with('/'));
    assert!(
        resources["cloud_password"]
            .as_str()
            .unwrap()
            .contains("CANARY")
    );
    assert_eq!(resources["deployment_type"], "SINGLE_AZ");
    assert_eq!(resources["availability_zones"], json!(["us-west-2a"]));
    assert!(document["sddc_template_id"].is_null() && document["nsxt_csp_mode"] == true);
    assert_eq!(
        (
            api.done("sddc.created"),
            api.done("sddc.ready"),
            api.done("sddc.connected")
        ),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn validation_creates_nothing() {
    let (api, account) = ready().await;
    let reply = api
        .org("POST", "sddcs?validateOnly=true", &config(&account))
        .await;
    assert_eq!(reply.status, 200);
    assert_eq!(api.get("sddcs").await.json(), json!([]));
    assert_eq!((api.done("sddc.created"), api.done("task.started")), (0, 0));
    let mut wrong = config(&account);
    wrong["num_hosts"] = json!(0);
    assert_eq!(
        api.org("POST", "sddcs?validateOnly=true", &wrong)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn rules_of_creation() {
    let (api, account) = ready().await;
    let link = |subnets: &[&str]| json!([{"connected_account_id": account, "customer_subnet_ids": subnets}]);
    let (first, second) = ("subnet-0a1b2c3d4e5f60701", "subnet-0a1b2c3d4e5f60702");
    for (field, value, said) in [
        ("name", json!(" "), "name"),
        ("num_hosts", json!(0), "num_hosts"),
        ("num_hosts", json!(17), "16 hosts"),
        ("provider", Value::Null, "provider"),
        ("region", json!("MARS_1"), "mars-1"),
        ("sddc_type", json!("2NODE"), "Invalid sddc type specified."),
        ("sddc_type", json!("1NODE"), "exactly one host"),
        ("size", json!("tiny"), "tiny"),
        ("host_instance_type", json!("i3en.metal"), "i3en.metal"),
        ("deployment_type", json!("MultiAZ"), "exactly 2 subnet"),
        ("vpc_cidr", json!("10.4.0.0/24"), "/16, /20 or /23"),
        ("vpc_cidr", json!("10.4.0.1/16"), "not a network address"),
        ("vpc_cidr", json!("8.8.0.0/16"), "RFC 1918"),
        ("vpc_cidr", json!("10.1.0.0/16"), "overlaps 10.0.0.0/15"),
        ("vpc_cidr", json!("172.30.0.0/16"), "overlaps 172.30.0.0/16"),
        (
            "msft_license_config",
            json!({"windows_licensing": "ENABLED"}),
            "msft_license_config",
        ),
        ("account_link_sddc_config", json!([]), "must be linked"),
        (
            "account_link_sddc_config",
            link(&[first, second]),
            "exactly 1 subnet",
        ),
        (
            "account_link_sddc_config",
            link(&["subnet-0a1b2c3d4e5f60704"]),
            "not compatible",
        ),
        (
            "account_link_sddc_config",
            link(&["subnet-none"]),
            "does not exist",
        ),
        (
            "account_link_sddc_config",
            json!([{"connected_account_id": ACCOUNT}]),
            "No connected account",
        ),
    ] {
        let mut body = config(&account);
        body[field] = value;
        let reply = api.org("POST", "sddcs", &body).await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(
            reply.message().contains(said),
            "{field}: {}",
            reply.message()
        );
    }
    assert_eq!(api.done("sddc.created"), 0);
    let mut body = config(&account);
    body["deployment_type"] = json!("MultiAZ");
    body["account_link_sddc_config"] = link(&[first, second]);
    body["region"] = json!("us-west-2");
    assert_eq!(
        api.org("POST", "sddcs", &body).await.status,
        202,
        "the other spelling of a region"
    );
    let minimal = json!({"num_hosts": 1, "name": "one", "provider": "AWS", "region": "US_WEST_2"});
    assert_eq!(api.org("POST", "sddcs", &minimal).await.status, 202);
}

#[tokio::test]
async fn deletion_hides() {
    let (api, _) = ready().await;
    let id = api.mock.world(|world| world.add_sddc(ORG_ID, "old"));
    let path = format!("sddcs/{id}");
    let reply = api.org("PATCH", &path, &json!({"name": "new"})).await;
    assert_eq!((reply.status, &reply.json()["name"]), (200, &json!("new")));
    let reply = api.org("DELETE", &path, &Value::Null).await;
    assert_eq!(
        (reply.status, &reply.json()["task_type"]),
        (202, &json!("SDDC-DELETE"))
    );
    let reply = api.org("DELETE", &path, &Value::Null).await;
    assert_eq!(reply.status, 400, "busy");
    assert!(reply.message().contains("DELETING"));
    api.pass(3600);
    assert_eq!(api.get("sddcs").await.json(), json!([]));
    assert_eq!(
        api.get("sddcs?includeDeleted=true").await.json()[0]["sddc_state"],
        "DELETED"
    );
    let reply = api.get(&path).await;
    assert_eq!(
        (reply.status, &reply.json()["sddc_state"]),
        (200, &json!("DELETED"))
    );
    assert_eq!(
        api.get("sddcs/00000000-0000-0000-0000-000000000000")
            .await
            .status,
        404
    );
    assert_eq!(
        (api.done("sddc.deleting"), api.done("sddc.deleted")),
        (1, 1)
    );
}

#[tokio::test]
async fn some_roles_may_not_delete() {
    let (api, _) = ready().await;
    let id = api.mock.world(|world| {
        world
            .access_tokens
            .iter_mut()
            .for_each(|token| token.role = Role::DeleteRestricted);
        world.add_sddc(ORG_ID, "old")
    });
    assert_eq!(
        api.org("DELETE", &format!("sddcs/{id}"), &Value::Null)
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn zerocloud_is_quick() {
    let api = start().await;
    let body = json!({"name": "z", "provider": "ZEROCLOUD", "num_hosts": 4});
    let sddc = text(&api.org("POST", "sddcs", &body).await.json()["resource_id"]);
    api.pass(61);
    assert_eq!(
        api.get(&format!("sddcs/{sddc}")).await.json()["sddc_state"],
        "READY"
    );
    api.org("DELETE", &format!("sddcs/{sddc}"), &Value::Null)
        .await;
    api.pass(41);
    assert_eq!(api.done("sddc.deleted"), 1);
}

#[tokio::test]
async fn tasks_fail_stick_and_are_canceled() {
    let (api, account) = ready().await;
    api.mock.world(|world| {
        world.plan(Plan::TaskFails {
            task_type: "SDDC-PROVISION".into(),
            at_percent: 40,
            message: "No hosts.".into(),
        });
        world.plan(Plan::TaskSticks {
            task_type: "SDDC-PROVISION".into(),
            at_percent: 30,
        });
    });
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(text(
            &api.org("POST", "sddcs", &config(&account)).await.json()["id"],
        ));
    }
    let cancel = format!("tasks/{}?action=cancel", ids[2]);
    assert_eq!(
        api.org("POST", &cancel, &Value::Null).await.json()["status"],
        "CANCELING"
    );
    api.pass(9 * 3600);
    let mut seen = Vec::new();
    for id in &ids {
        let task = api.get(&format!("tasks/{id}")).await.json();
        seen.push((
            text(&task["status"]),
            task["progress_percent"].as_u64().unwrap(),
        ));
        if task["status"] == "FAILED" {
            assert_eq!(task["error_message"], "No hosts.");
        }
    }
    assert_eq!(
        seen,
        [
            ("FAILED".into(), 40),
            ("STARTED".into(), 30),
            ("CANCELED".into(), 0)
        ]
    );
    let states: Vec<String> = api
        .get("sddcs")
        .await
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|sddc| text(&sddc["sddc_state"]))
        .collect();
    assert_eq!(states, ["FAILED", "DEPLOYING", "CANCELED"]);
    let reply = api
        .org(
            "POST",
            &format!("tasks/{}?action=cancel", ids[0]),
            &Value::Null,
        )
        .await;
    assert_eq!(
        reply.message(),
        format!("Cannot cancel task: {} in FAILED state.", ids[0])
    );
}

#[tokio::test]
async fn lists_are_filtered() {
    let (api, _) = ready().await;
    let ids: Vec<String> = api.mock.world(|world| {
        ["red", "green"]
            .map(|name| world.add_sddc(ORG_ID, name))
            .to_vec()
    });
    api.org("DELETE", &format!("sddcs/{}", ids[0]), &Value::Null)
        .await;
    api.org("DELETE", &format!("sddcs/{}", ids[1]), &Value::Null)
        .await;
    let found = async |path: String| api.get(&path).await.json().as_array().unwrap().len();
    let filter = format!("tasks?$filter=(resource_id%20eq%20{})", ids[1]);
    assert_eq!(found(filter).await, 1, "unquoted, as pyVMC writes it");
    assert_eq!(
        found("tasks?%24filter=status+eq+%27STARTED%27".into()).await,
        2
    );
    assert_eq!(
        found("tasks?$filter=status%20eq%20'FAILED'".into()).await,
        0
    );
    assert_eq!(
        found("sddcs?$filter=startswith(name,'gre')".into()).await,
        1
    );
    let reply = api.get("tasks?$filter=status%20is%20'FAILED'").await;
    assert_eq!(reply.status, 400);
    assert!(reply.message().starts_with("Invalid $filter"));
}

#[tokio::test]
async fn what_is_not_known_is_refused() {
    let api = start().await;
    linked(&api).await;
    let reply = api.get("sddcs?include_deleted=true").await;
    assert_eq!(reply.status, 400);
    assert!(reply.message().contains("'include_deleted'"));
    let body = json!({"name": "a", "provider": "AWS", "num_hosts": 1, "hosts": 1});
    let reply = api.org("POST", "sddcs", &body).await;
    assert_eq!(reply.status, 400);
    assert!(reply.message().contains("'hosts'"));
    let reply = api.get("sddc").await;
    assert_eq!(reply.status, 404);
    assert!(reply.message().ends_with("/sddc"), "{}", reply.message());
    assert_eq!(api.org("PUT", "sddcs", &Value::Null).await.status, 405);
    let unknown: Vec<String> = api
        .mock
        .journal()
        .requests
        .into_iter()
        .filter(|request| request.operation == "unknown")
        .map(|request| request.path)
        .collect();
    assert_eq!(unknown.len(), 2);
    api.mock.settings(|settings| settings.strict = false);
    assert_eq!(api.get("sddcs?include_deleted=true").await.status, 200);
    assert_eq!(api.org("POST", "sddcs", &body).await.status, 202);
}
