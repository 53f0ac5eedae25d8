//! What belongs to an organization and not to an SDDC.

use crate::{clusters::sddc, wire::start};
use serde_json::{Value, json};
use vmc_mock::world::ORG_ID;

#[tokio::test]
async fn quotas_payment_and_terms() {
    let api = start().await;
    let quotas = "aws/resources/servicequotas/requests";
    let id = api.get(quotas).await.json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = api.get(&format!("{quotas}/{id}")).await.json();
    assert_eq!(one["request_status"], "RESOLVED");
    assert_eq!(api.get(&format!("{quotas}/none")).await.status, 404);
    let methods = async |query: &str| {
        let all = api.get(&format!("payment-methods{query}")).await.json();
        all.as_array().unwrap().len()
    };
    assert_eq!(
        (methods("").await, methods("?defaultFlag=true").await),
        (2, 1)
    );
    let signed =
        async |id: &str| api.get(&format!("tos?termsId={id}")).await.json()["signed"].clone();
    assert_eq!(
        (signed("vmc-terms-of-service").await, signed("x").await),
        (json!(true), json!(false))
    );
    assert_eq!(api.get("tos").await.status, 400);
}

#[tokio::test]
async fn locale_and_the_support_form() {
    let (api, sddc) = sddc().await;
    let locale = async |body: Value| {
        let reply = api
            .send("POST", "/vmc/api/locale", &body.to_string())
            .await
            .unwrap();
        (reply.status, reply.json()["locale"].clone())
    };
    assert_eq!(
        locale(json!({"locale": "en_US"})).await,
        (200, json!("en_US"))
    );
    assert_eq!(locale(json!({"locale": "e"})).await.0, 400);
    assert_eq!(locale(json!({})).await.0, 400);
    assert_eq!(api.done("locale.set"), 1);
    let inputs = async |org: &str| {
        let path = format!("/vmc/api/customer-support/inputs?userId=u&orgId={org}");
        api.send("GET", &path, "").await.unwrap()
    };
    let choice = inputs(ORG_ID).await.json()["inputs"][0]["choice"].clone();
    assert_eq!(
        choice,
        json!([{"displayText": "a", "value": sddc.trim_start_matches("sddcs/")}])
    );
    assert_eq!(inputs("somebody-else").await.status, 403);
}
