//! CloudFormation: what was changed behind its back.

use crate::{
    link::linked,
    wire::{Api, Reply, start},
};
use serde_json::json;
use vmc_mock::world::ACCOUNT;

const LINK: (&str, &str) = ("StackName", "link");

async fn detect(api: &Api) -> String {
    let reply = api.cfn("DetectStackDrift", &[LINK]).await;
    let id = reply.xml("StackDriftDetectionId");
    assert!(!id.is_empty(), "{}", reply.text());
    id
}

async fn status(api: &Api, id: &str) -> Reply {
    let id = [("StackDriftDetectionId", id)];
    api.cfn("DescribeStackDriftDetectionStatus", &id).await
}

#[tokio::test]
async fn roles_are_compared_with_the_template() {
    let api = start().await;
    linked(&api).await;
    let first = detect(&api).await;
    let reply = status(&api, &first).await;
    assert_eq!(reply.xml("DetectionStatus"), "DETECTION_IN_PROGRESS");
    api.pass(10);
    let reply = status(&api, &first).await;
    assert_eq!(
        (
            reply.xml("DetectionStatus"),
            reply.xml("StackDriftStatus"),
            reply.xml("DriftedStackResourceCount")
        ),
        ("DETECTION_COMPLETE".into(), "IN_SYNC".into(), "0".into())
    );

    api.mock.world(|world| {
        let role = world.role_mut("RemoteRole").unwrap();
        role.managed.clear();
        role.inline.insert("more".into(), json!({}));
        world.role_mut("RemoteRoleService").unwrap().trust["Statement"] = json!([]);
        world.delete_role("RemoteRolePayer");
    });
    let reply = api.cfn("DescribeStacks", &[LINK]).await;
    assert_eq!(
        reply.xml("StackDriftStatus"),
        "IN_SYNC",
        "as of the last detection"
    );
    assert!(!reply.xml("LastCheckTimestamp").is_empty());
    let second = detect(&api).await;
    api.pass(10);
    let reply = status(&api, &second).await;
    assert_eq!(
        (
            reply.xml("StackDriftStatus"),
            reply.xml("DriftedStackResourceCount")
        ),
        ("DRIFTED".into(), "3".into())
    );
    let reply = api.cfn("DescribeStacks", &[LINK]).await;
    assert_eq!(reply.xml("StackDriftStatus"), "DRIFTED");
    let modified = ("StackResourceDriftStatusFilters.member.1", "MODIFIED");
    let reply = api
        .cfn("DescribeStackResourceDrifts", &[LINK, modified])
        .await
        .text();
    for part in [
        "<PropertyPath>/ManagedPolicyArns/0</PropertyPath>",
        "<DifferenceType>REMOVE</DifferenceType>",
        "<PropertyPath>/Policies/0</PropertyPath>",
        "<DifferenceType>ADD</DifferenceType>",
        "<PropertyPath>/AssumeRolePolicyDocument</PropertyPath>",
        "<DifferenceType>NOT_EQUAL</DifferenceType>",
    ] {
        assert!(reply.contains(part), "{part}");
    }
    assert!(!reply.contains("RemoteRolePayer"));
    let two = [LINK, ("MaxResults", "2")];
    let reply = api.cfn("DescribeStackResourceDrifts", &two).await;
    assert_eq!(reply.text().matches("<LogicalResourceId>").count(), 2);
    let next = reply.xml("NextToken");
    let rest = [LINK, ("MaxResults", "100"), ("NextToken", &next)];
    let rest = api.cfn("DescribeStackResourceDrifts", &rest).await.text();
    assert!(!rest.contains(&format!(
        "<LogicalResourceId>{}<",
        reply.xml("LogicalResourceId")
    )));
    assert!(!rest.contains("<NextToken>"));
    let many = [LINK, ("MaxResults", "101")];
    let reply = api.cfn("DescribeStackResourceDrifts", &many).await;
    assert_eq!(reply.xml("Code"), "ValidationError");
    let deleted = ("StackResourceDriftStatusFilters.member.1", "DELETED");
    let reply = api
        .cfn("DescribeStackResourceDrifts", &[LINK, deleted])
        .await;
    assert_eq!(reply.xml("LogicalResourceId"), "RemoteRolePayer");
    assert_eq!(api.done("drift.detected"), 2);
}

#[tokio::test]
async fn detection_reads_roles_with_the_rights_of_the_caller() {
    let api = start().await;
    linked(&api).await;
    api.mock.world(|world| {
        let account = world.aws_accounts.get_mut(ACCOUNT).unwrap();
        account.access_keys[0].denied = vec!["iam:GetRole".into()];
    });
    let id = detect(&api).await;
    api.pass(10);
    let reply = status(&api, &id).await;
    assert_eq!(reply.xml("DetectionStatus"), "DETECTION_FAILED");
    assert!(reply.xml("DetectionStatusReason").contains("iam:GetRole"));
    let reply = api.cfn("DescribeStacks", &[LINK]).await;
    assert_eq!(reply.xml("StackDriftStatus"), "NOT_CHECKED");
}

#[tokio::test]
async fn only_stacks_at_rest_are_looked_at() {
    let api = start().await;
    linked(&api).await;
    api.cfn("DeleteStack", &[LINK]).await;
    let reply = api.cfn("DetectStackDrift", &[LINK]).await;
    assert_eq!(reply.xml("Code"), "ValidationError");
    assert_eq!(status(&api, "nothing").await.xml("Code"), "ValidationError");
}
