//! CloudFormation: stacks that are listed, protected, and that do not go away.

use crate::{
    link::{create, linked, request},
    wire::{Api, start},
};
use serde_json::Value;
use vmc_mock::world::Plan;

const LINK: (&str, &str) = ("StackName", "link");

async fn status(api: &Api, name: &str) -> String {
    let reply = api.cfn("DescribeStacks", &[("StackName", name)]).await;
    reply.xml("StackStatus")
}

fn stays(api: &Api, resource: &str) {
    api.mock.world(|world| {
        world.plan(Plan::ResourceStays {
            resource: resource.into(),
            reason: "Cannot delete entity, must detach all policies first.".into(),
        });
    });
}

#[tokio::test]
async fn lists_have_deleted_stacks_too() {
    let api = start().await;
    linked(&api).await;
    let template = api.cfn("GetTemplate", &[LINK]).await;
    let body = template.xml("TemplateBody").replace("&quot;", "\"");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body["Resources"]["PhoneHome"]["Type"],
        "Custom::VmcAccountLink"
    );
    let resources = api.cfn("ListStackResources", &[LINK]).await.text();
    assert_eq!(resources.matches("<LastUpdatedTimestamp>").count(), 6);
    api.cfn("DeleteStack", &[LINK]).await;
    api.pass(60);
    let complete = ("StackStatusFilter.member.1", "CREATE_COMPLETE");
    let deleted = ("StackStatusFilter.member.2", "DELETE_COMPLETE");
    let reply = api.cfn("ListStacks", &[complete]).await;
    assert!(!reply.text().contains("<StackName>"));
    let reply = api.cfn("ListStacks", &[complete, deleted]).await;
    assert_eq!(
        (reply.xml("StackName"), reply.xml("StackStatus")),
        ("link".into(), "DELETE_COMPLETE".into())
    );
}

#[tokio::test]
async fn protected_stacks_stay() {
    let api = start().await;
    let link = request(&api).await;
    let protection = ("EnableTerminationProtection", "true");
    create(&api, "link", &link, &[protection]).await;
    api.pass(300);
    let reply = api.cfn("DescribeStacks", &[LINK]).await;
    assert_eq!(reply.xml("EnableTerminationProtection"), "true");
    let reply = api.cfn("DeleteStack", &[LINK]).await;
    assert_eq!(
        (reply.status, reply.xml("Code"), reply.xml("Message")),
        (
            400,
            "ValidationError".into(),
            "Stack [link] cannot be deleted while TerminationProtection is enabled".to_owned()
        )
    );
    let off = [LINK, ("EnableTerminationProtection", "false")];
    let reply = api.cfn("UpdateTerminationProtection", &off).await;
    assert!(reply.xml("StackId").contains(":stack/link/"));
    assert_eq!(api.cfn("DeleteStack", &[LINK]).await.status, 200);
    assert_eq!(api.done("stack.deleting"), 1);
}

#[tokio::test]
async fn a_deletion_that_fails_can_be_tried_again() {
    let api = start().await;
    linked(&api).await;
    stays(&api, "RemoteRole");
    api.cfn("DeleteStack", &[LINK]).await;
    api.pass(60);
    assert_eq!(status(&api, "link").await, "DELETE_FAILED");
    let events = api.cfn("DescribeStackEvents", &[LINK]).await.text();
    assert!(events.contains("must detach all policies first."));
    assert!(events.contains("The following resource(s) failed to delete: [RemoteRole]."));
    assert_eq!(api.mock.world(|world| world.iam_roles.len()), 1);
    api.cfn("DeleteStack", &[LINK]).await;
    api.pass(60);
    let reply = api.cfn("DescribeStacks", &[LINK]).await;
    assert_eq!(reply.xml("Message"), "Stack with id link does not exist");
    assert_eq!(api.mock.world(|world| world.iam_roles.len()), 0);
    let done = [
        "stack.deleting",
        "stack.delete_failed",
        "stack.delete_complete",
    ];
    assert_eq!(done.map(|one| api.done(one)), [2, 1, 1]);
}

#[tokio::test]
async fn what_cannot_be_deleted_can_be_left_behind() {
    let api = start().await;
    linked(&api).await;
    let retain = [LINK, ("RetainResources.member.1", "RemoteRole")];
    let reply = api.cfn("DeleteStack", &retain).await;
    assert_eq!(reply.xml("Code"), "ValidationError", "nothing has failed");
    stays(&api, "RemoteRole");
    api.cfn("DeleteStack", &[LINK]).await;
    api.pass(60);
    assert_eq!(api.cfn("DeleteStack", &retain).await.status, 200);
    api.pass(60);
    assert_eq!(api.done("stack.delete_complete"), 1);
    assert_eq!(api.mock.world(|world| world.iam_roles.len()), 1);
}

#[tokio::test]
async fn a_rollback_can_fail_too() {
    let api = start().await;
    api.mock.world(|world| {
        world.plan(Plan::ResourceFails {
            resource: "NotifyFunction".into(),
            reason: "no".into(),
        });
    });
    stays(&api, "BasicLambdaRole");
    let link = request(&api).await;
    create(&api, "link", &link, &[]).await;
    api.pass(300);
    assert_eq!(status(&api, "link").await, "ROLLBACK_FAILED");
    assert_eq!(api.mock.world(|world| world.iam_roles.len()), 1);
    assert_eq!(api.done("stack.rollback_failed"), 1);
}

#[tokio::test]
async fn events_come_in_pages() {
    let api = start().await;
    linked(&api).await;
    let whole = api.cfn("DescribeStackEvents", &[LINK]).await.text();
    let count = whole.matches("<EventId>").count();
    assert!(!whole.contains("<NextToken>"));
    api.mock.settings(|settings| settings.stack_page_size = 4);
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let mut params = vec![LINK];
        if !next.is_empty() {
            params.push(("NextToken", &next));
        }
        let page = api.cfn("DescribeStackEvents", &params).await;
        let text = page.text();
        let ids = text.split("<EventId>").skip(1);
        seen.extend(ids.map(|rest| rest.split('<').next().unwrap().to_owned()));
        assert!(seen.len().is_multiple_of(4) || seen.len() == count);
        next = page.xml("NextToken");
        if next.is_empty() {
            break;
        }
    }
    let whole: Vec<&str> = whole.split("<EventId>").skip(1).collect();
    let whole = whole.iter().map(|rest| rest.split('<').next().unwrap());
    assert!(whole.eq(seen.iter().map(String::as_str)));
}

#[tokio::test]
async fn only_tokens_that_were_given_are_taken() {
    let api = start().await;
    linked(&api).await;
    api.mock.settings(|settings| settings.stack_page_size = 2);
    let events = api.cfn("DescribeStackEvents", &[LINK]).await;
    let given = events.xml("NextToken");
    for (action, token) in [
        ("DescribeStackEvents", "bogus"),
        ("DescribeStackEvents", "2"),
        ("ListStackResources", given.as_str()),
        ("DescribeStacks", given.as_str()),
        ("DescribeStackResourceDrifts", given.as_str()),
    ] {
        let reply = api.cfn(action, &[LINK, ("NextToken", token)]).await;
        assert_eq!(
            (reply.status, reply.xml("Code")),
            (400, "ValidationError".into()),
            "{action} {token}"
        );
    }
}

#[tokio::test]
async fn resources_are_found_by_their_name_in_the_account() {
    let api = start().await;
    linked(&api).await;
    let reply = api.cfn("DescribeStackResources", &[LINK]).await;
    let physical = reply.xml("PhysicalResourceId");
    let by = ("PhysicalResourceId", physical.as_str());
    let found = api.cfn("DescribeStackResources", &[by]).await.text();
    assert_eq!(found.matches("<LogicalResourceId>").count(), 6);
    assert!(found.contains("<StackName>link</StackName>"));
    for params in [&[LINK, by][..], &[("PhysicalResourceId", "none")], &[]] {
        let reply = api.cfn("DescribeStackResources", params).await;
        assert_eq!(reply.xml("Code"), "ValidationError", "{params:?}");
    }
}
