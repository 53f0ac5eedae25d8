//! IAM roles: as stacks make them, and what people do to them.

use crate::{
    link::{create, linked, request},
    wire::{Api, Reply, start},
};
use serde_json::{Value, json};
use vmc_mock::world::{ACCOUNT, IamRole, ORG_ID, Plan};

async fn iam(api: &Api, action: &str, params: &[(&str, &str)]) -> Reply {
    let mut all = vec![("Action", action), ("Version", "2010-05-08")];
    all.extend(params);
    api.aws("iam", &all).await
}

fn decoded(text: &str) -> Value {
    let plain = percent_encoding::percent_decode_str(text);
    serde_json::from_str(&plain.decode_utf8().unwrap()).unwrap()
}

async fn role_names(api: &Api) -> Vec<String> {
    let account = &api.get("account-link/connected-accounts").await.json()[0];
    let arns = [
        "policy_payer_arn",
        "policy_payer_linked_arn",
        "policy_service_arn",
    ];
    let arns = arns.map(|name| account[name].as_str().unwrap().to_owned());
    arns.iter()
        .map(|arn| arn.rsplit('/').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_roles_of_a_link_can_be_looked_at() {
    let api = start().await;
    linked(&api).await;
    let names = role_names(&api).await;
    for name in &names {
        let reply = iam(&api, "GetRole", &[("RoleName", name)]).await;
        assert_eq!(
            reply.xml("Arn"),
            format!("arn:aws:iam::{ACCOUNT}:role/{name}")
        );
        let trust = decoded(&reply.xml("AssumeRolePolicyDocument"));
        let condition = &trust["Statement"][0]["Condition"]["StringEquals"];
        assert_eq!(condition["sts:ExternalId"], "vmware-vmc");
        let reply = iam(&api, "ListAttachedRolePolicies", &[("RoleName", name)]).await;
        assert_eq!(
            reply.xml("PolicyName"),
            "AmazonVPCCrossAccountNetworkInterfaceOperations"
        );
        assert_eq!(reply.xml("IsTruncated"), "false");
    }
    let role = ("RoleName", names[0].as_str());
    let reply = iam(&api, "ListRolePolicies", &[role]).await;
    assert_eq!(reply.xml("member"), "simulated");
    let reply = iam(&api, "GetRolePolicy", &[role, ("PolicyName", "simulated")]).await;
    let actions = &decoded(&reply.xml("PolicyDocument"))["Statement"][0]["Action"];
    assert_eq!(actions[0], "ec2:DescribeVpcs");
    let reply = iam(&api, "GetRolePolicy", &[role, ("PolicyName", "other")]).await;
    assert_eq!(
        (reply.status, reply.xml("Code")),
        (404, "NoSuchEntity".into())
    );
    let reply = iam(&api, "GetRole", &[("RoleName", "nobody")]).await;
    assert_eq!(
        (reply.status, reply.xml("Message")),
        (404, "The role with name nobody cannot be found.".to_owned())
    );
}

#[tokio::test]
async fn lists_of_policies_come_in_pages() {
    let api = start().await;
    linked(&api).await;
    let name = role_names(&api).await.remove(0);
    api.mock.world(|world| {
        let role = world.role_mut("RemoteRole").unwrap();
        role.managed = ["a", "b", "c"]
            .map(|name| format!("arn:aws:iam::aws:policy/{name}"))
            .to_vec();
    });
    let role = ("RoleName", name.as_str());
    let two = ("MaxItems", "2");
    let reply = iam(&api, "ListAttachedRolePolicies", &[role, two]).await;
    assert_eq!(reply.text().matches("<PolicyName>").count(), 2);
    let marker = reply.xml("Marker");
    assert!(marker.parse::<u32>().is_err(), "nobody counts: {marker}");
    for bad in [
        ("Marker", "2"),
        ("Marker", "bogus"),
        ("MaxItems", "0"),
        ("MaxItems", "1001"),
        ("MaxItems", "many"),
    ] {
        let reply = iam(&api, "ListAttachedRolePolicies", &[role, bad]).await;
        assert_eq!(
            (reply.status, reply.xml("Code")),
            (400, "ValidationError".into()),
            "{bad:?}"
        );
    }
    let rest = [role, two, ("Marker", marker.as_str())];
    let reply = iam(&api, "ListAttachedRolePolicies", &rest).await;
    assert_eq!(
        (reply.xml("PolicyName"), reply.xml("IsTruncated")),
        ("c".into(), "false".into())
    );
}

#[tokio::test]
async fn a_role_is_there_while_its_resource_is() {
    let api = start().await;
    let link = request(&api).await;
    create(&api, "a", &link, &[]).await;
    let roles = |api: &Api| api.mock.world(|world| world.iam_roles.len());
    api.pass(5);
    assert_eq!(roles(&api), 0, "not complete");
    api.pass(300);
    assert_eq!((roles(&api), api.done("role.created")), (4, 4));
    api.cfn("DeleteStack", &[("StackName", "a")]).await;
    assert_eq!(roles(&api), 4, "not deleted yet");
    api.pass(60);
    assert_eq!((roles(&api), api.done("role.deleted")), (0, 4));
}

#[tokio::test]
async fn a_rollback_takes_the_roles_away_again() {
    let api = start().await;
    api.mock.world(|world| {
        world.plan(Plan::ResourceFails {
            resource: "NotifyFunction".into(),
            reason: "no".into(),
        });
    });
    let link = request(&api).await;
    create(&api, "a", &link, &[]).await;
    api.pass(300);
    assert_eq!(api.done("role.created"), 4);
    assert_eq!(api.done("role.deleted"), 4);
    assert_eq!(api.mock.world(|world| world.iam_roles.len()), 0);
}

#[tokio::test]
async fn roles_deleted_by_hand_are_no_effect_of_the_stack() {
    let api = start().await;
    linked(&api).await;
    let name = role_names(&api).await.remove(0);
    let arn = api.mock.world(|world| world.delete_role("RemoteRole"));
    assert!(arn.unwrap().ends_with(&name));
    assert_eq!(
        iam(&api, "GetRole", &[("RoleName", &name)]).await.status,
        404
    );
    api.cfn("DeleteStack", &[("StackName", "link")]).await;
    api.pass(60);
    assert_eq!(api.done("role.deleted"), 3);
}

#[tokio::test]
async fn an_account_linked_some_other_day_has_roles_too() {
    let api = start().await;
    api.mock.world(|world| world.link_account(ORG_ID, ACCOUNT));
    for name in role_names(&api).await {
        assert_eq!(
            iam(&api, "GetRole", &[("RoleName", &name)]).await.status,
            200
        );
    }
}

#[tokio::test]
async fn attached_policies_are_listed_by_path() {
    let api = start().await;
    linked(&api).await;
    let name = role_names(&api).await.remove(0);
    api.mock.world(|world| {
        let role = world.role_mut("RemoteRole").unwrap();
        role.managed = ["plain", "service-role/served"]
            .map(|name| format!("arn:aws:iam::aws:policy/{name}"))
            .to_vec();
    });
    for (prefix, count) in [("/", 2), ("/service-role/", 1), ("/other/", 0)] {
        let params = [("RoleName", name.as_str()), ("PathPrefix", prefix)];
        let reply = iam(&api, "ListAttachedRolePolicies", &params).await;
        assert_eq!(
            reply.text().matches("<PolicyName>").count(),
            count,
            "{prefix}"
        );
    }
}

async fn state(api: &Api) -> Value {
    let accounts = api.get("account-link/connected-accounts").await.json();
    accounts[0]["state"].clone()
}

#[tokio::test]
async fn an_account_is_broken_while_one_of_its_roles_is() {
    let api = start().await;
    linked(&api).await;
    assert_eq!(state(&api).await, "ACTIVE");
    let breakages: [fn(&mut IamRole); 4] = [
        |role| role.managed.clear(),
        |role| role.trust = json!({}),
        |role| role.trust["Statement"][0]["Principal"]["AWS"] = json!("arn:aws:iam::1:root"),
        |role| {
            let condition = &mut role.trust["Statement"][0]["Condition"]["StringEquals"];
            condition["sts:ExternalId"] = json!("other");
        },
    ];
    for breakage in breakages {
        let right = api.mock.world(|world| {
            let role = world.role_mut("RemoteRoleService").unwrap();
            let right = role.clone();
            breakage(role);
            right
        });
        assert_eq!(state(&api).await, "BROKEN");
        api.mock.world(|world| world.iam_roles.insert(right));
        assert_eq!(state(&api).await, "ACTIVE");
    }
    api.mock.world(|world| world.delete_role("RemoteRolePayer"));
    assert_eq!(state(&api).await, "BROKEN");
    assert_eq!(api.done("connected_account.broken"), 5);
    assert_eq!(api.done("connected_account.active"), 4);
}

#[tokio::test]
async fn the_service_may_not_notice_broken_roles() {
    let api = start().await;
    linked(&api).await;
    api.mock
        .settings(|settings| settings.broken_roles_noticed = false);
    api.mock.world(|world| world.delete_role("RemoteRole"));
    assert_eq!(state(&api).await, "ACTIVE");
    api.mock
        .settings(|settings| settings.broken_roles_noticed = true);
    assert_eq!(state(&api).await, "BROKEN");
}

#[tokio::test]
async fn an_account_is_broken_when_its_role_goes_and_not_when_somebody_looks() {
    let mut api = start().await;
    linked(&api).await;
    api.cfn("DeleteStack", &[("StackName", "link")]).await;
    api.pass(3600);
    let gone = api.mock.effects("role.deleted")[0].at;
    let broken = &api.mock.effects("connected_account.broken")[0];
    assert_eq!(broken.at, gone);
    api.login().await;
    let account = &api.get("account-link/connected-accounts").await.json()[0];
    assert_eq!(
        (&account["state"], &account["updated"]),
        (&json!("BROKEN"), &json!(gone))
    );
}

#[tokio::test]
async fn what_was_done_by_hand_is_noticed_before_time_passes() {
    let api = start().await;
    linked(&api).await;
    let before = api.mock.clock().now();
    api.mock.world(|world| world.delete_role("RemoteRole"));
    api.pass(3600);
    let broken = &api.mock.effects("connected_account.broken")[0];
    assert!(broken.at.since(before).as_secs() < 3000);
}

#[tokio::test]
async fn accounts_whose_roles_were_never_there_stay_as_written() {
    let api = start().await;
    let role = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let account = json!({
        "id": "written", "org": ORG_ID, "number": ACCOUNT, "state": "ACTIVE",
        "role": role("a"), "payer_role": role("b"), "service_role": role("c"),
    });
    let seed = json!({"connected_accounts": [account]});
    assert_eq!(api.control("PATCH", "world", &seed).await.status, 200);
    assert_eq!(state(&api).await, "ACTIVE");
    let seed = json!({"iam_roles": [{"arn": role("a"), "account": ACCOUNT, "name": "a"}]});
    api.control("PATCH", "world", &seed).await;
    assert_eq!(state(&api).await, "BROKEN", "a role without trust");
    api.mock.world(|world| world.iam_roles.retain(|_| false));
    assert_eq!(state(&api).await, "BROKEN", "the roles were there once");
}

#[tokio::test]
async fn all_roles_may_go_at_once() {
    let api = start().await;
    api.mock.world(|world| {
        world.link_account(ORG_ID, ACCOUNT);
        world.iam_roles.retain(|_| false);
    });
    assert_eq!(state(&api).await, "BROKEN");
}
