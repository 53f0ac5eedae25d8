//! CloudFormation and STS.

use crate::{
    link::{create, request},
    wire::start,
};
use vmc_mock::{
    Time,
    world::{ACCESS_KEY, ACCOUNT, Denial},
};

#[tokio::test]
async fn who_am_i() {
    let api = start().await;
    let ask = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    let reply = api.aws("sts", &ask).await;
    assert_eq!(reply.xml("Account"), ACCOUNT);
    assert_eq!(reply.xml("Arn"), "arn:aws:iam::123456789012:user/vmc-admin");
    let reply = api.aws_as("AKIANOBODY", "sts", &ask).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (403, "InvalidClientTokenId".into())
    );
    let change = |change: fn(&mut vmc_mock::world::AccessKey)| {
        api.mock.world(|world| {
            let keys = world
                .aws_accounts
                .iter_mut()
                .flat_map(|account| &mut account.access_keys);
            keys.for_each(change);
        });
    };
    change(|key| key.denied = vec!["cloudformation:*".into()]);
    assert_eq!(api.aws("sts", &ask).await.status, 200);
    let reply = api.cfn("DescribeStacks", &[]).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (403, "AccessDenied".into())
    );
    assert!(
        reply
            .xml("Message")
            .contains("cloudformation:DescribeStacks")
    );
    change(|key| key.expires = Some(Time::default()));
    assert_eq!(api.aws("sts", &ask).await.xml("Code"), "ExpiredToken");
    assert_eq!(
        api.mock.journal().requests[1].auth.as_deref(),
        Some("sigv4:AKIAVMCMOCK000000001/us-west-2")
    );
    assert_eq!(ACCESS_KEY, "AKIAVMCMOCK000000001");
}

#[tokio::test]
async fn refusals_say_where_they_come_from() {
    let api = start().await;
    let message = async |allowed: &[&str], denied: &[&str], denial: Denial| {
        let list = |rules: &[&str]| rules.iter().map(|rule| (*rule).to_owned()).collect();
        api.mock.world(|world| {
            let key = &mut world.aws_accounts.get_mut(ACCOUNT).unwrap().access_keys[0];
            (key.allowed, key.denied, key.denial) = (list(allowed), list(denied), denial);
        });
        api.cfn("ListStacks", &[]).await.xml("Message")
    };
    let (list, all) = ("cloudformation:ListStacks", "cloudformation:*");
    let implicit = "because no identity-based policy allows the cloudformation:ListStacks action";
    assert_eq!(message(&[list, "iam:*"], &[], Denial::Implicit).await, "");
    assert_eq!(message(&[all], &[], Denial::IdentityPolicy).await, "");
    let ends = [
        (
            message(&["iam:*"], &[], Denial::IdentityPolicy).await,
            implicit,
        ),
        (message(&[], &[list], Denial::Implicit).await, implicit),
        (
            message(&[all], &[list], Denial::IdentityPolicy).await,
            "with an explicit deny in an identity-based policy",
        ),
        (
            message(&[], &[all], Denial::ServiceControlPolicy).await,
            "with an explicit deny in a service control policy",
        ),
    ];
    for (message, end) in ends {
        let user = "User: arn:aws:iam::123456789012:user/vmc-admin";
        let start = format!("{user} is not authorized to perform: {list} ");
        assert_eq!(message, start + end);
    }
    let ask = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    assert_eq!(api.aws("sts", &ask).await.status, 200, "as AWS does");
}

#[tokio::test]
async fn refusals_name_the_resource_where_the_request_does() {
    let api = start().await;
    let link = request(&api).await;
    let deny = |rules: &[&str]| {
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        api.mock.world(|world| {
            world.aws_accounts.get_mut(ACCOUNT).unwrap().access_keys[0].denied = rules;
        });
    };
    deny(&["cloudformation:DescribeStacks", "iam:*"]);
    let text = |action: &str, resource: &str| {
        format!(
            "User: arn:aws:iam::123456789012:user/vmc-admin is not authorized to perform: {action} \
             on resource: {resource} because no identity-based policy allows the {action} action"
        )
    };
    let arn = "arn:aws:cloudformation:us-west-2:123456789012:stack/a/1";
    for (name, resource) in [
        (
            "a",
            "arn:aws:cloudformation:us-west-2:123456789012:stack/a/*",
        ),
        (arn, arn),
    ] {
        let reply = api.cfn("DescribeStacks", &[("StackName", name)]).await;
        let wanted = text("cloudformation:DescribeStacks", resource);
        assert_eq!(reply.xml("Message"), wanted);
    }
    let role = [
        ("Action", "GetRole"),
        ("Version", "2010-05-08"),
        ("RoleName", "r"),
    ];
    let reply = api.aws("iam", &role).await;
    let wanted = text("iam:GetRole", "arn:aws:iam::123456789012:role/r");
    assert_eq!(reply.xml("Message"), wanted);

    deny(&["iam:CreateRole"]);
    create(&api, "a", &link, &[("DisableRollback", "true")]).await;
    api.pass(300);
    let events = api.cfn("DescribeStackEvents", &[("StackName", "a")]).await;
    let made = api.mock.world(|world| {
        let stack = world.stacks.iter().next().unwrap();
        let roles = stack.resources.iter();
        let roles = roles.filter(|row| row.type_ == "AWS::IAM::Role");
        roles.map(|row| row.physical.clone()).collect::<Vec<_>>()
    });
    let told = |name: &String| {
        let arn = format!("arn:aws:iam::123456789012:role/{name}");
        let wanted = format!("API: iam:CreateRole {}", text("iam:CreateRole", &arn));
        events.text().contains(&wanted)
    };
    assert!(made.iter().any(told), "{}", events.text());
}

#[tokio::test]
async fn unknown_actions_and_parameters() {
    let api = start().await;
    assert_eq!(
        api.cfn("CreateUniverse", &[]).await.xml("Code"),
        "InvalidAction"
    );
    let reply = api.cfn("DescribeStacks", &[("Stack", "x")]).await;
    assert!(reply.xml("Message").contains("'Stack'"));
    assert_eq!(
        api.cfn("CreateStack", &[]).await.xml("Code"),
        "ValidationError"
    );
}

#[tokio::test]
async fn stacks_need_capabilities_and_a_supported_template() {
    let api = start().await;
    let link = request(&api).await;
    let url = link["template_url"].as_str().unwrap();
    let reply = api
        .cfn("CreateStack", &[("StackName", "a"), ("TemplateURL", url)])
        .await;
    assert_eq!(reply.xml("Code"), "InsufficientCapabilitiesException");
    let elsewhere = [
        ("StackName", "a"),
        ("TemplateURL", "https://example.com/t.json"),
    ];
    let reply = api.cfn("CreateStack", &elsewhere).await;
    assert_eq!(reply.xml("Message"), "TemplateURL must be a supported URL.");
    assert_eq!(
        create(&api, "1a", &link, &[]).await.xml("Code"),
        "ValidationError"
    );
    let reply = api.cfn("GetTemplateSummary", &[("TemplateURL", url)]).await;
    assert!(
        reply
            .text()
            .contains("<Capabilities><member>CAPABILITY_IAM</member></Capabilities>")
    );
    assert!(
        reply
            .text()
            .contains("<member>AWS::Lambda::Function</member>")
    );
    assert_eq!(
        api.cfn("ValidateTemplate", &[("TemplateURL", url)])
            .await
            .status,
        200
    );
    assert_eq!(api.done("stack.created"), 0);
}

#[tokio::test]
async fn a_request_token_makes_creation_repeatable() {
    let api = start().await;
    let link = request(&api).await;
    let token = [("ClientRequestToken", "vmc-1")];
    let first = create(&api, "a", &link, &token).await;
    let again = create(&api, "a", &link, &token).await;
    assert_eq!(
        (again.status, again.xml("StackId")),
        (200, first.xml("StackId"))
    );
    let other = create(&api, "b", &link, &token).await;
    assert_eq!(other.xml("Code"), "TokenAlreadyExistsException");
    let plain = create(&api, "a", &link, &[]).await;
    assert_eq!(plain.xml("Code"), "AlreadyExistsException");
    assert_eq!(api.done("stack.created"), 1);
    let events = api.cfn("DescribeStackEvents", &[("StackName", "a")]).await;
    assert_eq!(events.xml("ClientRequestToken"), "vmc-1");
}

#[tokio::test]
async fn any_template_can_be_a_stack() {
    let api = start().await;
    let body = r#"{"Resources":{"B":{"Type":"AWS::SNS::Topic","Properties":{"X":{"Ref":"A"}}},"A":{"Type":"AWS::SQS::Queue"}}}"#;
    let params = [
        ("StackName", "plain"),
        ("TemplateBody", body),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    assert_eq!(api.cfn("CreateStack", &params).await.status, 200);
    api.pass(60);
    let reply = api.cfn("DescribeStacks", &[("StackName", "plain")]).await;
    assert_eq!(reply.xml("StackStatus"), "CREATE_COMPLETE");
    assert!(reply.text().contains("<Key>k</Key><Value>v</Value>"));
    let events = api
        .cfn("DescribeStackEvents", &[("StackName", "plain")])
        .await
        .text();
    let position = |text: &str| events.find(text).unwrap();
    assert!(
        position("B-CREATE_IN_PROGRESS") < position("A-CREATE_COMPLETE"),
        "newest first"
    );
    let reply = api
        .cfn(
            "CreateStack",
            &[("StackName", "y"), ("TemplateBody", "Resources: {}")],
        )
        .await;
    assert_eq!(reply.xml("Code"), "ValidationError");
}
