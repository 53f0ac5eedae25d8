//! The states of a link that a simulator can start in.

use crate::wire::{Api, send, with};
use serde_json::{Value, json};
use vmc_mock::{
    Builder, Mock, StartError,
    world::{ACCOUNT, API_TOKEN, LinkState, ORG_ID, OTHER_API_TOKEN, OTHER_ORG_ID},
};

fn builder(state: LinkState) -> Builder {
    Mock::builder().link(state).link_token("vmc-{task}")
}

async fn start(state: LinkState) -> Api {
    with(builder(state)).await
}

/// Status of the stack with this tool's name, or nothing.
async fn stack(api: &Api) -> String {
    let name = format!("vmware-sddc-formation-{ORG_ID}");
    let reply = api.cfn("DescribeStacks", &[("StackName", &name)]).await;
    reply.xml("StackStatus")
}

async fn accounts(api: &Api) -> Vec<Value> {
    let accounts = api.get("account-link/connected-accounts").await.json();
    let accounts = accounts.as_array().unwrap().iter();
    accounts.map(|account| account["state"].clone()).collect()
}

#[tokio::test]
async fn each_state_is_what_its_name_says() {
    let (active, broken) = (json!("ACTIVE"), json!("BROKEN"));
    let (one, bad, none) = (vec![active], vec![broken], Vec::new());
    let table = [
        (LinkState::Never, "", &none),
        (LinkState::Requested, "", &none),
        (LinkState::StackRunning, "CREATE_IN_PROGRESS", &none),
        (LinkState::StackFailed, "CREATE_FAILED", &none),
        (LinkState::StackRolledBack, "ROLLBACK_COMPLETE", &none),
        (LinkState::Linked, "CREATE_COMPLETE", &one),
        (LinkState::BrokenRole, "CREATE_COMPLETE", &bad),
        (LinkState::StackDeleted, "", &bad),
        (LinkState::OtherOrg, "", &none),
        (LinkState::UnlinkedStackLeft, "CREATE_COMPLETE", &none),
        (LinkState::Unlinked, "", &none),
    ];
    assert_eq!(table.each_ref().map(|row| row.0), LinkState::ALL);
    for (state, status, linked) in table {
        let api = start(state).await;
        assert_eq!(stack(&api).await, status, "{state}");
        assert_eq!(&accounts(&api).await, linked, "{state}");
        let effects = api.mock.journal().effects;
        assert!(
            effects.iter().all(|row| row.effect == "token.issued"),
            "{state}: {effects:?}"
        );
    }
}

#[tokio::test]
async fn a_request_can_still_be_used() {
    let api = start(LinkState::Requested).await;
    let tasks = api.get("tasks").await.json();
    assert_eq!(tasks[0]["task_type"], "ACCOUNT-LINK");
    assert_eq!(tasks[0]["status"], "STARTED");
    let left = api.mock.world(|world| {
        let request = world.link_requests.iter().next().unwrap();
        request.expires
    });
    assert!(left > api.mock.clock().now());
}

#[tokio::test]
async fn a_running_stack_links_the_account() {
    let api = start(LinkState::StackRunning).await;
    api.pass(120);
    assert_eq!(stack(&api).await, "CREATE_COMPLETE");
    assert_eq!(accounts(&api).await, ["ACTIVE"]);
    assert_eq!(api.done("connected_account.created"), 1);
}

#[tokio::test]
async fn the_stack_has_the_request_token_that_was_asked_for() {
    let api = start(LinkState::Linked).await;
    let task = api.get("tasks").await.json()[0]["id"].clone();
    let name = format!("vmware-sddc-formation-{ORG_ID}");
    let reply = api
        .cfn("DescribeStackEvents", &[("StackName", &name)])
        .await;
    let token = format!("vmc-{}", task.as_str().unwrap());
    assert_eq!(reply.xml("ClientRequestToken"), token);
}

#[tokio::test]
async fn another_organization_has_a_stack_of_its_own() {
    let api = start(LinkState::OtherOrg).await;
    let name = format!("vmware-sddc-formation-{OTHER_ORG_ID}");
    let reply = api.cfn("DescribeStacks", &[("StackName", &name)]).await;
    assert_eq!(reply.xml("StackStatus"), "CREATE_COMPLETE");
    let form = format!("api_token={OTHER_API_TOKEN}");
    let token = api.csp("api-tokens/authorize", "", &form).await.json();
    let token = token["access_token"].as_str().unwrap();
    let path = format!("/vmc/api/orgs/{OTHER_ORG_ID}/account-link/connected-accounts");
    let headers = [("csp-auth-token", token)];
    let reply = send(&api.mock.url(), "GET", &path, &headers, "")
        .await
        .unwrap();
    assert_eq!(reply.json()[0]["account_number"], ACCOUNT);
    let reply = api.send("GET", &path, "").await.unwrap();
    assert_eq!(reply.status, 403, "the standard token does not see it");
}

#[tokio::test]
async fn a_reset_brings_the_state_back() {
    let api = start(LinkState::Linked).await;
    api.mock.world(|world| world.delete_role("RemoteRole"));
    assert_eq!(accounts(&api).await, ["BROKEN"]);
    api.mock.reset();
    let mut api = api;
    api.login().await;
    assert_eq!(accounts(&api).await, ["ACTIVE"]);
}

#[tokio::test]
async fn what_cannot_be_arranged_does_not_start() {
    let broken = builder(LinkState::Linked).world(|world| {
        world.api_tokens.get_mut(API_TOKEN).unwrap().revoked = true;
    });
    let error = broken.start().await.unwrap_err();
    assert!(matches!(error, StartError::Link(_)), "{error}");
}
