//! CloudFormation: what a template would do, without doing it.

use crate::{
    link::{create, linked, request},
    wire::{Api, Reply, start},
};
use serde_json::Value;
use vmc_mock::world::Plan;

const STACK: (&str, &str) = ("StackName", "dry");
const SET: (&str, &str) = ("ChangeSetName", "look");
const IAM: (&str, &str) = ("Capabilities.member.1", "CAPABILITY_IAM");
const CREATE: (&str, &str) = ("ChangeSetType", "CREATE");

async fn change_set(api: &Api, link: &Value, more: &[(&str, &str)]) -> Reply {
    let url = link["template_url"].as_str().unwrap();
    let mut params = vec![STACK, SET, ("TemplateURL", url)];
    params.extend(more);
    api.cfn("CreateChangeSet", &params).await
}

#[tokio::test]
async fn a_change_set_says_what_would_be_made_and_makes_nothing() {
    let api = start().await;
    let link = request(&api).await;
    let reply = change_set(&api, &link, &[IAM, CREATE]).await;
    let id = reply.xml("Id");
    assert!(id.starts_with("arn:aws:cloudformation:us-west-2:123456789012:changeSet/look/"));
    let reply = api.cfn("DescribeChangeSet", &[STACK, SET]).await;
    assert_eq!(reply.xml("Status"), "CREATE_IN_PROGRESS");
    assert!(!reply.text().contains("<ResourceChange>"));
    let reply = api.cfn("DeleteChangeSet", &[STACK, SET]).await;
    assert_eq!(reply.xml("Code"), "InvalidChangeSetStatus");
    api.pass(10);
    let by_arn = [("ChangeSetName", id.as_str())];
    let reply = api.cfn("DescribeChangeSet", &by_arn).await;
    assert_eq!(
        (reply.xml("Status"), reply.xml("ExecutionStatus")),
        ("CREATE_COMPLETE".into(), "AVAILABLE".into())
    );
    let text = reply.text();
    assert_eq!(text.matches("<Action>Add</Action>").count(), 6);
    assert!(
        text.contains(
            "<LogicalResourceId>RemoteRole</LogicalResourceId><ResourceType>AWS::IAM::Role"
        )
    );
    let reply = api.cfn("DescribeStacks", &[STACK]).await;
    assert_eq!(reply.xml("StackStatus"), "REVIEW_IN_PROGRESS");
    let reply = api.cfn("GetTemplate", &[STACK, SET]).await;
    assert!(reply.xml("TemplateBody").contains("RemoteRolePayer"));
    let reply = api.cfn("ListChangeSets", &[STACK]).await;
    assert_eq!(reply.xml("ChangeSetName"), "look");

    let reply = api.cfn("DeleteChangeSet", &[STACK, SET]).await;
    assert!(reply.text().contains("DeleteChangeSetResult"));
    let reply = api.cfn("DescribeChangeSet", &[STACK, SET]).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (404, "ChangeSetNotFound".into())
    );
    assert_eq!(api.cfn("DeleteStack", &[STACK]).await.status, 200);
    assert_eq!(api.cfn("DescribeStacks", &[STACK]).await.status, 400);
    let reply = api.cfn("ListStacks", &[]).await;
    assert_eq!(reply.xml("StackStatus"), "DELETE_COMPLETE");
    let left = reply.xml("StackId");
    let reply = api.cfn("DescribeStacks", &[("StackName", &left)]).await;
    assert_eq!(reply.xml("StackStatus"), "DELETE_COMPLETE");
    assert!(!reply.xml("DeletionTime").is_empty());
    api.pass(300);
    let done = [
        "change_set.created",
        "change_set.deleted",
        "stack.created",
        "role.created",
    ];
    assert_eq!(done.map(|one| api.done(one)), [1, 1, 0, 0]);
    assert_eq!(create(&api, "dry", &link, &[]).await.status, 200);
}

#[tokio::test]
async fn change_sets_are_refused_like_stacks() {
    let api = start().await;
    let link = request(&api).await;
    let reply = change_set(&api, &link, &[CREATE]).await;
    assert_eq!(reply.xml("Code"), "InsufficientCapabilitiesException");
    assert_eq!(change_set(&api, &link, &[IAM]).await.status, 501);
    assert_eq!(api.done("stack.review_in_progress"), 0);
    change_set(&api, &link, &[IAM, CREATE]).await;
    let reply = change_set(&api, &link, &[IAM, CREATE]).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (400, "AlreadyExistsException".into())
    );
    let what = ("OnStackFailure", "DELETE");
    let reply = change_set(&api, &link, &[IAM, CREATE, what]).await;
    assert!(reply.xml("Message").contains("'OnStackFailure'"));
    linked(&api).await;
    let url = link["template_url"].as_str().unwrap();
    let other = [
        ("StackName", "link"),
        SET,
        ("TemplateURL", url),
        IAM,
        CREATE,
    ];
    let reply = api.cfn("CreateChangeSet", &other).await;
    assert!(reply.xml("Message").contains("cannot be created again"));
    let none = [("StackName", "none"), SET];
    let reply = api.cfn("DescribeChangeSet", &none).await;
    assert_eq!(reply.xml("Message"), "Stack [none] does not exist");
}

#[tokio::test]
async fn a_change_set_can_fail() {
    let api = start().await;
    api.mock.world(|world| {
        world.plan(Plan::ChangeSetFails {
            reason: "Transform AWS::Include failed".into(),
        });
    });
    let link = request(&api).await;
    change_set(&api, &link, &[IAM, CREATE]).await;
    api.pass(10);
    let reply = api.cfn("DescribeChangeSet", &[STACK, SET]).await;
    assert_eq!(
        (reply.xml("Status"), reply.xml("StatusReason")),
        ("FAILED".into(), "Transform AWS::Include failed".into())
    );
}
