//! SDDC groups.

use crate::wire::{Api, Reply, start};
use serde_json::{Value, json};
use vmc_mock::world::{ORG_ID, SddcGroup};

async fn groups(api: &Api, rest: &str) -> Reply {
    let path = format!("/api/inventory/{ORG_ID}/core/deployment-groups{rest}");
    api.send("GET", &path, "").await.unwrap()
}

#[tokio::test]
async fn groups_come_in_pages() {
    let api = start().await;
    let last = api.mock.world(|world| {
        world.groups.insert(SddcGroup {
            id: "old".into(),
            org: ORG_ID.into(),
            deleted: true,
            ..SddcGroup::default()
        });
        world.add_group("another organization", "theirs", &[]);
        let ids = ["one", "two", "three"].map(|name| world.add_group(ORG_ID, name, &["a", "b"]));
        ids[2].clone()
    });
    let page = groups(&api, "?page=1&size=2").await.json();
    assert_eq!(page["content"][0]["id"], json!(last));
    let included = &page["content"][0]["membership"]["included"];
    assert_eq!(included[1], json!({"deployment_id": "b"}));
    let counts = [
        "total_elements",
        "total_pages",
        "number_of_elements",
        "number",
    ];
    assert_eq!(counts.map(|name| page[name].clone()), [3, 2, 1, 1]);
    assert_eq!(
        (&page["first"], &page["last"]),
        (&json!(false), &json!(true))
    );
    let all = groups(&api, "?include_deleted_resources=true").await;
    assert_eq!(all.json()["total_elements"], 4);

    assert_eq!(groups(&api, "/old").await.json()["deleted"], true);
    let members = groups(&api, &format!("/{last}/members")).await.json();
    assert_eq!(
        members,
        json!([{"deployment_id": "a"}, {"deployment_id": "b"}])
    );
    assert_eq!(groups(&api, "/none").await.status, 404);
    assert_eq!(groups(&api, "?limit=1").await.status, 400);
    let foreign = "/api/inventory/foreign/core/deployment-groups";
    assert_eq!(api.send("GET", foreign, "").await.unwrap().status, 403);
}

#[tokio::test]
async fn an_sddc_in_a_group_stays() {
    let api = start().await;
    let (sddc, group) = api.mock.world(|world| {
        let sddc = world.add_sddc(ORG_ID, "a");
        let group = world.add_group(ORG_ID, "all", &[&sddc]);
        (sddc, group)
    });
    let path = format!("sddcs/{sddc}");
    let reply = api.org("DELETE", &path, &Value::Null).await;
    assert_eq!(reply.status, 400);
    assert!(reply.message().contains("SDDC group all"));
    api.mock
        .world(|world| world.groups.get_mut(&group).unwrap().deleted = true);
    assert_eq!(api.org("DELETE", &path, &Value::Null).await.status, 202);
}
