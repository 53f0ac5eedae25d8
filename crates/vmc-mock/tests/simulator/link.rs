//! Account linking: request, stack, connected account, subnets, and back.

use crate::wire::{Api, Reply, start, with};
use serde_json::{Value, json};
use vmc_mock::{
    Mock,
    world::{ACCOUNT, Plan, Subnet, Vpc},
};

pub(crate) async fn request(api: &Api) -> Value {
    let reply = api.get("account-link").await;
    assert_eq!(reply.status, 200);
    reply.json()
}

pub(crate) async fn create(api: &Api, name: &str, link: &Value, more: &[(&str, &str)]) -> Reply {
    let url = link["template_url"].as_str().unwrap();
    let mut params = vec![
        ("StackName", name),
        ("TemplateURL", url),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
    ];
    params.extend(more);
    api.cfn("CreateStack", &params).await
}

async fn task(api: &Api, link: &Value) -> Value {
    api.get(&format!(
        "tasks/{}",
        link["tracking_task"].as_str().unwrap()
    ))
    .await
    .json()
}

pub(crate) async fn linked(api: &Api) -> String {
    let link = request(api).await;
    assert_eq!(create(api, "link", &link, &[]).await.status, 200);
    api.pass(300);
    let accounts = api.get("account-link/connected-accounts").await.json();
    accounts[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stack_of_the_template_links_the_account() {
    let mut api = start().await;
    let unused = request(&api).await;
    let link = request(&api).await;
    assert_ne!(
        unused["tracking_task"], link["tracking_task"],
        "each call makes a request"
    );
    let path = link["template_url"]
        .as_str()
        .unwrap()
        .trim_start_matches(&api.mock.url());
    let template = api.send("GET", path, "").await.unwrap().json();
    assert_eq!(
        template["Resources"]["RemoteRole"]["Type"],
        "AWS::IAM::Role"
    );
    assert_eq!(task(&api, &link).await["estimated_remaining_minutes"], -1);

    let reply = create(&api, "SDDC-Account-Link", &link, &[]).await;
    let id = reply.xml("StackId");
    assert!(
        id.starts_with("arn:aws:cloudformation:us-west-2:123456789012:stack/SDDC-Account-Link/")
    );
    let status = api
        .cfn("DescribeStacks", &[("StackName", &id)])
        .await
        .xml("StackStatus");
    assert_eq!(status, "CREATE_IN_PROGRESS");
    assert_eq!(
        api.get("account-link/connected-accounts").await.json(),
        json!([])
    );

    api.pass(300);
    let reply = api
        .cfn("DescribeStacks", &[("StackName", "SDDC-Account-Link")])
        .await;
    assert_eq!(reply.xml("StackStatus"), "CREATE_COMPLETE");
    let reply = api
        .cfn(
            "DescribeStackResources",
            &[("StackName", "SDDC-Account-Link")],
        )
        .await;
    assert_eq!(
        reply
            .text()
            .matches("<ResourceStatus>CREATE_COMPLETE")
            .count(),
        6
    );
    assert_eq!(task(&api, &link).await["status"], "FINISHED");
    let account = &api.get("account-link/connected-accounts").await.json()[0];
    assert_eq!(account["state"], "ACTIVE");
    assert_eq!(account["account_number"], ACCOUNT);
    assert_eq!(account["cf_stack_name"], "SDDC-Account-Link");
    assert_eq!(account["policy_external_id"], "vmware-vmc");
    let role = account["policy_payer_linked_arn"].as_str().unwrap();
    assert!(role.starts_with("arn:aws:iam::123456789012:role/SDDC-Account-Link-RemoteRolePayer-"));
    assert_eq!(
        [
            "link_request.created",
            "stack.created",
            "connected_account.created"
        ]
        .map(|one| api.done(one)),
        [2, 1, 1]
    );
    api.pass(4000);
    api.login().await;
    assert_eq!(
        task(&api, &unused).await["status"],
        "FAILED",
        "the other request expires"
    );
}

#[tokio::test]
async fn linking_again_updates_the_account() {
    let api = start().await;
    let id = linked(&api).await;
    let link = request(&api).await;
    create(&api, "again", &link, &[]).await;
    api.pass(300);
    let accounts = api.get("account-link/connected-accounts").await.json();
    assert_eq!(accounts.as_array().unwrap().len(), 1);
    assert_eq!(
        (&accounts[0]["id"], &accounts[0]["cf_stack_name"]),
        (&json!(id), &json!("again"))
    );
    assert_eq!(
        (
            api.done("connected_account.created"),
            api.done("connected_account.updated")
        ),
        (1, 1)
    );
    // A used template links nobody.
    create(&api, "third", &link, &[]).await;
    api.pass(300);
    let reply = api
        .cfn("DescribeStackEvents", &[("StackName", "third")])
        .await;
    assert!(reply.text().contains("The link request has been used."));
}

#[tokio::test]
async fn an_expired_template_cannot_be_used() {
    let api = with(Mock::builder().settings(|settings| settings.link_request_seconds = 600)).await;
    let link = request(&api).await;
    api.pass(601);
    let path = link["template_url"]
        .as_str()
        .unwrap()
        .trim_start_matches(&api.mock.url());
    let reply = api.send("GET", path, "").await.unwrap();
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (403, "AccessDenied".into())
    );
    let reply = create(&api, "late", &link, &[]).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (400, "ValidationError".into())
    );
    assert!(reply.xml("Message").starts_with("S3 error"));
    assert_eq!(task(&api, &link).await["status"], "FAILED");
    assert_eq!(api.done("stack.created"), 0);
}

#[tokio::test]
async fn a_request_that_expires_during_creation_rolls_back() {
    let api = with(Mock::builder().settings(|settings| settings.link_request_seconds = 20)).await;
    let link = request(&api).await;
    create(&api, "slow", &link, &[]).await;
    api.pass(300);
    let reply = api.cfn("DescribeStacks", &[("StackName", "slow")]).await;
    assert_eq!(reply.xml("StackStatus"), "ROLLBACK_COMPLETE");
    assert_eq!(api.done("connected_account.created"), 0);
}

#[tokio::test]
async fn a_failing_resource_rolls_the_stack_back() {
    let api = start().await;
    api.mock.world(|world| {
        world.plan(Plan::ResourceFails {
            resource: "RemoteRole".into(),
            reason: "Encountered a permissions error".into(),
        });
    });
    let link = request(&api).await;
    create(&api, "bad", &link, &[]).await;
    api.pass(21);
    let status = api
        .cfn("DescribeStacks", &[("StackName", "bad")])
        .await
        .xml("StackStatus");
    assert_eq!(status, "ROLLBACK_IN_PROGRESS");
    api.pass(300);
    let status = api
        .cfn("DescribeStacks", &[("StackName", "bad")])
        .await
        .xml("StackStatus");
    assert_eq!(status, "ROLLBACK_COMPLETE");
    let events = api
        .cfn("DescribeStackEvents", &[("StackName", "bad")])
        .await
        .text();
    assert!(events.contains("Encountered a permissions error"));
    assert!(events.contains("[RemoteRole]. Rollback requested by user."));
    assert_eq!(
        task(&api, &link).await["status"],
        "STARTED",
        "nobody told the service"
    );
    // In the way until it is deleted.
    let reply = create(&api, "bad", &link, &[]).await;
    assert_eq!(reply.xml("Code"), "AlreadyExistsException");
    api.cfn("DeleteStack", &[("StackName", "bad")]).await;
    api.pass(60);
    let reply = api.cfn("DescribeStacks", &[("StackName", "bad")]).await;
    assert_eq!(reply.xml("Message"), "Stack with id bad does not exist");
    assert_eq!(create(&api, "bad", &link, &[]).await.status, 200);
    api.pass(300);
    assert_eq!(api.done("connected_account.created"), 1);
}

#[tokio::test]
async fn deleting_the_stack_breaks_the_link() {
    let api = start().await;
    linked(&api).await;
    api.cfn("DeleteStack", &[("StackName", "link")]).await;
    api.pass(60);
    let account = &api.get("account-link/connected-accounts").await.json()[0];
    assert_eq!(account["state"], "BROKEN");
}

#[tokio::test]
async fn compatible_subnets() {
    let api = start().await;
    let id = linked(&api).await;
    let path = format!("account-link/compatible-subnets?linkedAccountId={id}&region=US_WEST_2");
    let body = api.get(&path).await.json();
    let vpc = &body["vpc_map"]["vpc-0a1b2c3d4e5f60718"];
    let subnets = vpc["subnets"].as_array().unwrap();
    let compatible: Vec<bool> = subnets
        .iter()
        .map(|subnet| subnet["compatible"].as_bool().unwrap())
        .collect();
    assert_eq!(compatible, [true, true, true, false]);
    assert!(subnets[3]["note"].as_str().unwrap().contains("no capacity"));
    assert!(subnets[0]["note"].is_null());

    let task = api
        .get(&path.replace("subnets?", "subnets-async?"))
        .await
        .json();
    assert_eq!(
        (&task["status"], &task["params"]),
        (&json!("STARTED"), &json!({}))
    );
    api.pass(60);
    let task = api
        .get(&format!("tasks/{}", task["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(task["params"]["subnet_list_result"], body);

    let reply = api.get(&format!("{path}&sddcType=")).await;
    assert_eq!(
        (reply.status, reply.message()),
        (400, "Invalid sddc type specified.".into())
    );
    assert_eq!(api.get("account-link/compatible-subnets").await.status, 400);
    assert_eq!(
        api.get("account-link/compatible-subnets?linkedAccountId=x")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_new_zone_is_compatible_after_mapping() {
    let api = start().await;
    let id = linked(&api).await;
    api.mock.world(|world| {
        world.aws_accounts.iter_mut().for_each(|account| {
            account.subnets.push(Subnet {
                id: "subnet-new".into(),
                vpc: "vpc-0a1b2c3d4e5f60718".into(),
                zone: "us-west-2e".into(),
                ..Subnet::default()
            });
        });
    });
    let path = format!("account-link/compatible-subnets?linkedAccountId={id}");
    let new =
        |body: Value| body["vpc_map"]["vpc-0a1b2c3d4e5f60718"]["subnets"][4]["compatible"].clone();
    assert_eq!(new(api.get(&path).await.json()), false);
    let body = json!({"connected_account_id": id, "petronas_regions_to_map": ["US_WEST_2"]});
    assert_eq!(
        api.org("POST", "account-link/map-customer-zones", &body)
            .await
            .status,
        200
    );
    api.pass(60);
    assert_eq!(new(api.get(&path).await.json()), true);
    assert_eq!(api.done("zones.mapped"), 1);
}

#[tokio::test]
async fn setting_the_subnet_links_a_delayed_sddc() {
    let api = start().await;
    let id = linked(&api).await;
    let config = json!({"name": "one", "provider": "AWS", "num_hosts": 1, "sddc_type": "1NODE"});
    let sddc = api.org("POST", "sddcs", &config).await.json()["resource_id"].clone();
    api.pass(3 * 3600);
    let mut api = api;
    api.login().await;
    let path = format!("sddcs/{}", sddc.as_str().unwrap());
    assert_eq!(api.get(&path).await.json()["account_link_state"], "DELAYED");
    let body = json!({"connected_account_id": id, "subnet_id": "subnet-0a1b2c3d4e5f60701"});
    let reply = api
        .org("POST", "account-link/compatible-subnets-async", &body)
        .await;
    assert_eq!(reply.status, 200);
    api.pass(60);
    assert_eq!(api.get(&path).await.json()["account_link_state"], "LINKED");
    let connections = api.get("account-link/sddc-connections").await.json();
    assert_eq!(connections[0]["subnet_availability_zone"], "us-west-2a");
    let wrong = json!({"connected_account_id": id, "subnet_id": "subnet-0a1b2c3d4e5f60704"});
    let reply = api
        .org("POST", "account-link/compatible-subnets-async", &wrong)
        .await;
    assert_eq!(reply.status, 400);
    let reply = api
        .org("POST", "account-link/compatible-subnets", &Value::Null)
        .await;
    assert_eq!(reply.json()["subnet_id"], "subnet-0a1b2c3d4e5f60701");
}

#[tokio::test]
async fn unlinking() {
    let api = start().await;
    let id = linked(&api).await;
    let config = json!({
        "name": "a", "provider": "AWS", "num_hosts": 2,
        "account_link_sddc_config": [
            {"connected_account_id": id, "customer_subnet_ids": ["subnet-0a1b2c3d4e5f60701"]},
        ],
    });
    assert_eq!(api.org("POST", "sddcs", &config).await.status, 202);
    let path = format!("account-link/connected-accounts/{id}");
    let by_number = format!("account-link/connected-accounts/{ACCOUNT}");
    assert_eq!(
        api.org("DELETE", &by_number, &Value::Null).await.status,
        400,
        "a number is no id"
    );
    assert_eq!(
        api.org("DELETE", &path, &Value::Null).await.status,
        400,
        "in use"
    );
    let force = format!("{path}?forceEvenWhenSddcPresent=true");
    let reply = api.org("DELETE", &force, &Value::Null).await;
    assert_eq!(
        (reply.status, &reply.json()["state"]),
        (200, &json!("DELETED"))
    );
    assert_eq!(
        api.get("account-link/connected-accounts").await.json(),
        json!([])
    );
    assert_eq!(api.done("connected_account.deleted"), 1);
}

#[tokio::test]
async fn only_the_regions_asked_for_are_mapped() {
    let api = start().await;
    let id = linked(&api).await;
    api.mock.world(|world| {
        let account = world.aws_accounts.get_mut(ACCOUNT).unwrap();
        account.vpcs.push(Vpc {
            id: "vpc-eu".into(),
            region: "eu-west-1".into(),
            ..Vpc::default()
        });
        for (vpc, zone) in [
            ("vpc-0a1b2c3d4e5f60718", "us-west-2e"),
            ("vpc-eu", "eu-west-1a"),
        ] {
            account.subnets.push(Subnet {
                id: format!("subnet-{zone}"),
                vpc: vpc.into(),
                zone: zone.into(),
                ..Subnet::default()
            });
        }
    });
    let zones = async || {
        let accounts = api.get("account-link/connected-accounts").await.json();
        accounts[0]["region_to_az_to_shadow_mapping"].clone()
    };
    let before = zones().await;
    for (asked, new, old) in [
        (json!(["EU_WEST_1"]), Some("eu-west-1a"), None),
        (json!(["US_WEST_2"]), Some("eu-west-1a"), Some("us-west-2e")),
    ] {
        let body = json!({"connected_account_id": id, "petronas_regions_to_map": asked});
        api.org("POST", "account-link/map-customer-zones", &body)
            .await;
        api.pass(60);
        let mapped = zones().await;
        assert_eq!(mapped["eu-west-1"]["eu-west-1a"].as_str(), new);
        assert_eq!(mapped["us-west-2"]["us-west-2e"].as_str(), old);
        let kept = before["us-west-2"].as_object().unwrap().keys();
        assert!(
            kept.clone()
                .all(|zone| mapped["us-west-2"][zone].is_string())
        );
    }
}
