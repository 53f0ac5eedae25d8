//! Subscriptions and what can be subscribed to.

use crate::wire::start;
use serde_json::{Value, json};
use vmc_mock::world::Plan;

#[tokio::test]
async fn an_offer_is_ordered_and_canceled() {
    let api = start().await;
    let none = Value::Null;
    let products = api.get("subscriptions/products").await.json();
    let kind = products[0]["types"][1].as_str().unwrap();
    let query = format!("region=US_WEST_2&product_type=HOST&type={kind}");
    let offers = api
        .get(&format!("subscriptions/offer-instances?{query}"))
        .await
        .json();
    assert_eq!(offers["on_demand"]["type"], kind);
    let offer = &offers["offers"][1];
    assert_eq!(
        (&offer["type"], &offer["commitment_term"]),
        (&json!(kind), &json!(36))
    );
    let order = json!({
        "product": offer["product"], "product_type": "host", "type": kind, "region": "US_WEST_2",
        "offer_name": offer["name"], "offer_version": offer["version"], "commitment_term": "36",
        "billing_frequency": "Monthly", "quantity": 4,
    });
    for (field, value, said) in [
        ("offer_name", json!("free-hosts"), "offer-instances"),
        ("commitment_term", json!("12"), "offer-instances"),
        ("region", json!("MARS_1"), "MARS_1"),
        ("type", json!("i3"), "offer-instances"),
        ("quantity", json!(0), "quantity"),
        ("billing_frequency", json!("Never"), "Never"),
        ("quantity", Value::Null, "quantity"),
    ] {
        let mut body = order.clone();
        body[field] = value;
        let (status, message) = api.refused("POST", "subscriptions", &body).await;
        assert_eq!(status, 400, "{body}");
        assert!(message.contains(said), "{field}: {message}");
    }
    let reply = api.org("POST", "subscriptions", &order).await;
    assert_eq!(reply.status, 201);
    let task = reply.json();
    assert_eq!(task["task_type"], "SUBSCRIPTION-CREATE");
    let path = format!("subscriptions/{}", task["resource_id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.json()["status"], "ORDER_SUBMITTED");
    assert_eq!(api.refused("DELETE", &path, &none).await.0, 400, "not yet");
    api.pass(60);
    let shown = api.get(&path).await.json();
    assert_eq!(
        (&shown["status"], &shown["quantity"]),
        (&json!("ACTIVATED"), &json!("4"))
    );
    let count = async |path: &str| api.get(path).await.json().as_array().unwrap().len();
    assert_eq!(count("subscriptions?offer_type=TERM").await, 1);
    assert_eq!(count("subscriptions?offer_type=ON_DEMAND").await, 0);
    api.org("DELETE", &path, &none).await;
    api.pass(60);
    assert_eq!(api.get(&path).await.json()["status"], "CANCELLED");
    assert_eq!(api.get("subscriptions/none").await.status, 404);
    let done =
        ["created", "activated", "cancelled"].map(|what| api.done(&format!("subscription.{what}")));
    assert_eq!(done, [1, 1, 1]);
}

#[tokio::test]
async fn an_order_can_fail_and_offers_are_asked_for_by_region() {
    let api = start().await;
    for query in [
        "region=MARS_1&product_type=host",
        "region=US_WEST_2&product_type=beer",
        "region=US_WEST_2",
    ] {
        for base in ["subscriptions/offer-instances", "offer-instances"] {
            assert_eq!(
                api.get(&format!("{base}?{query}")).await.status,
                400,
                "{query}"
            );
        }
    }
    let offers = api
        .get("offer-instances?region=us-west-2&product_type=host")
        .await
        .json();
    assert_eq!(offers["offers"].as_array().unwrap().len(), 6);
    api.mock.world(|world| {
        world.plan(Plan::TaskFails {
            task_type: "SUBSCRIPTION-CREATE".into(),
            at_percent: 0,
            message: "No credit.".into(),
        });
    });
    let order = json!({
        "product_type": "host", "region": "US_WEST_2", "offer_name": "host-i3-12",
        "offer_version": "1", "commitment_term": "12", "quantity": 1,
    });
    api.org("POST", "subscriptions", &order).await;
    assert_eq!(api.get("subscriptions").await.json()[0]["status"], "FAILED");
}
