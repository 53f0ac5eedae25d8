//! SDDC templates.

use crate::{clusters::sddc, wire::Api};
use serde_json::{Value, json};
use vmc_mock::world::{ACCOUNT, ORG_ID, Plan};

async fn state(api: &Api) -> Vec<(String, String)> {
    let all = api.get("sddc-templates").await.json();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = all.as_array().unwrap().iter();
    rows.map(|row| (text(row, "name"), text(row, "state")))
        .collect()
}

#[tokio::test]
async fn a_deleted_sddc_leaves_its_configuration() {
    let (api, sddc) = sddc().await;
    let none = Value::Null;
    let alone = format!("{sddc}?template_name=kept");
    assert_eq!(api.refused("DELETE", &alone, &none).await.0, 400);
    let force = format!("{sddc}?force=true");
    assert_eq!(api.refused("DELETE", &force, &none).await.0, 403);
    let path = format!("{sddc}?retain_configuration=true&template_name=kept");
    let task = api.org("DELETE", &path, &none).await.json();
    assert_eq!(task["params"]["template_name"], "kept");
    assert_eq!(
        state(&api).await,
        [("kept".into(), "INITIALIZATION".into())]
    );
    api.pass(3600);
    assert_eq!(state(&api).await, [("kept".into(), "AVAILABLE".into())]);
    let template = api.get("sddc-templates").await.json()[0].clone();
    assert_eq!(
        format!("sddcs/{}", template["source_sddc_id"].as_str().unwrap()),
        sddc
    );
    assert!(
        !template.to_string().contains("CANARY"),
        "a template keeps no password"
    );

    let id = template["id"].as_str().unwrap();
    let account = api.mock.world(|world| world.link_account(ORG_ID, ACCOUNT));
    let config = |template: &str| {
        json!({
            "name": "b", "provider": "AWS", "num_hosts": 2, "sddc_template_id": template,
            "account_link_sddc_config": [
                {"connected_account_id": account, "customer_subnet_ids": ["subnet-0a1b2c3d4e5f60701"]},
            ],
        })
    };
    let (status, said) = api.refused("POST", "sddcs", &config("none")).await;
    assert_eq!(status, 400);
    assert!(said.contains("template"), "{said}");
    let task = api.org("POST", "sddcs", &config(id)).await.json();
    let made = format!("sddcs/{}", task["resource_id"].as_str().unwrap());
    assert_eq!(
        api.refused("POST", "sddcs", &config(id)).await.0,
        400,
        "it is in use"
    );
    let one = format!("sddc-templates/{id}");
    assert_eq!(
        api.refused("DELETE", &one, &none).await.0,
        400,
        "it is in use"
    );
    api.pass(3 * 3600);
    assert_eq!(api.get(&made).await.json()["sddc_template_id"], id);
    let shown = api.get(&format!("{made}/sddc-template")).await.json();
    assert_eq!(
        (&shown["id"], &shown["state"]),
        (&json!(id), &json!("APPLIED"))
    );
    assert_eq!(api.get(&format!("{sddc}/sddc-template")).await.status, 404);

    let task = api.task("DELETE", &one, &none).await;
    assert_eq!(
        (&task["status"], &task["task_type"]),
        (&json!("FINISHED"), &json!("SDDC-TEMPLATE-DELETE"))
    );
    assert_eq!(state(&api).await, []);
    assert_eq!(api.get(&one).await.json()["state"], "DELETED");
    assert_eq!(api.refused("DELETE", &one, &none).await.0, 400);
    assert_eq!(api.get("sddc-templates/none").await.status, 404);
    assert_eq!(
        (api.done("template.available"), api.done("template.deleted")),
        (1, 1)
    );
}

#[tokio::test]
async fn a_failed_deletion_leaves_no_template_to_use() {
    let (api, sddc) = sddc().await;
    api.mock.world(|world| {
        world.plan(Plan::TaskFails {
            task_type: "SDDC-DELETE".into(),
            at_percent: 50,
            message: "Stuck.".into(),
        });
    });
    let path = format!("{sddc}?retain_configuration=true");
    api.task("DELETE", &path, &Value::Null).await;
    assert_eq!(state(&api).await, [("a".into(), "FAILED".into())]);
}
