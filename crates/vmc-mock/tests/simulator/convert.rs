//! Converting a single-host SDDC.

use crate::clusters::{sddc, sddc_of};
use serde_json::{Value, json};

fn one_node(config: &mut Value) {
    config["sddc_type"] = json!("1NODE");
    config["num_hosts"] = json!(1);
}

#[tokio::test]
async fn one_host_becomes_three() {
    let (api, sddc) = sddc_of(one_node).await;
    let esxs = format!("{sddc}/esxs");
    let convert = format!("{sddc}/convert");
    let (status, said) = api.refused("POST", &esxs, &json!({"num_hosts": 1})).await;
    assert_eq!(status, 400);
    assert!(said.contains("converted"), "{said}");
    let clusters = format!("{sddc}/clusters");
    assert_eq!(
        api.refused("POST", &clusters, &json!({"num_hosts": 2}))
            .await
            .0,
        400
    );
    let link = |state: Option<&str>| {
        api.mock.world(|world| {
            let sddc = world.sddcs.iter_mut().next().unwrap();
            sddc.link_state = state.map(str::to_owned);
            sddc.expires = Some(vmc_mock::Time::from_unix(4_000_000_000));
        });
    };
    link(Some("DELAYED"));
    let (status, said) = api.refused("POST", &convert, &Value::Null).await;
    assert_eq!(status, 400);
    assert!(said.contains("linked"), "{said}");
    link(Some("LINKED"));
    assert_eq!(api.org("POST", &convert, &Value::Null).await.status, 201);
    let document = api.get(&sddc).await.json();
    assert_eq!(document["sddc_type"], "1NODE");
    assert_eq!(
        document["resource_config"]["clusters"][0]["cluster_state"],
        "ADDING_HOSTS"
    );
    api.pass(3600);
    let document = api.get(&sddc).await.json();
    assert_eq!(document["sddc_type"], "DEFAULT");
    assert!(document["expiration_date"].is_null());
    let hosts = document["resource_config"]["esx_hosts"].as_array().unwrap();
    assert_eq!((hosts.len(), api.done("sddc.converted")), (3, 1));
    assert_eq!(api.refused("POST", &convert, &Value::Null).await.0, 400);
    let task = api.task("POST", &esxs, &json!({"num_hosts": 1})).await;
    assert_eq!(task["status"], "FINISHED");
}

#[tokio::test]
async fn a_normal_one_is_not_converted() {
    let (api, sddc) = sddc().await;
    let convert = format!("{sddc}/convert");
    let (status, said) = api
        .refused("POST", &convert, &json!({"num_hosts": 3}))
        .await;
    assert_eq!(status, 400);
    assert!(said.contains("1NODE"), "{said}");
    assert_eq!(api.done("task.started"), 0);
}
