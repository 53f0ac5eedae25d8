//! The decision, one row per state of the world.

use serde_json::json;
use vmc_api::ConnectedAccountId;
use vmc_api::models::{AwsCustomerConnectedAccount, AwsSddcConnection, Sddc};

use crate::linked::users;
use crate::testing::{ACCOUNT, ORG, STACK_ID};
use crate::unlink::seen::groups_of;
use crate::*;

fn link(id: &str, state: &str, stack: &str) -> AwsCustomerConnectedAccount {
    serde_json::from_value(json!({
        "id": id, "account_number": ACCOUNT, "state": state, "cf_stack_name": stack,
        "policy_payer_arn": "arn:aws:iam::123456789012:role/r1",
    }))
    .unwrap()
}

fn connection(sddc: &str, link: Option<&str>, state: &str) -> AwsSddcConnection {
    serde_json::from_value(json!({
        "id": format!("c-{sddc}"), "sddc_id": sddc, "connected_account_id": link, "state": state,
    }))
    .unwrap()
}

fn sddc(id: &str, state: &str, link: Option<&str>) -> Sddc {
    serde_json::from_value(json!({
        "id": id, "name": format!("name of {id}"), "sddc_state": state,
        "resource_config": {"account_link_sddc_config": [{"connected_account_id": link}]},
    }))
    .unwrap()
}

fn found(status: &str, proof: Option<Proof>) -> StackSight {
    StackSight::Found(Box::new(FoundStack {
        stack: Stack {
            id: STACK_ID.into(),
            name: "s".into(),
            region: DEFAULT_REGION.into(),
            status: status.into(),
            reason: None,
            created: None,
            termination_protection: false,
        },
        proof,
        not_checked: None,
        linking: status.ends_with("K_IN_PROGRESS") || status == "CREATE_IN_PROGRESS",
        settling: None,
        roles: vec!["r1".into()],
    }))
}

fn no_stack() -> StackSight {
    StackSight::None {
        names: vec!["s".into()],
        regions: vec![DEFAULT_REGION.into()],
        not_looked: Vec::new(),
    }
}

fn identity(account: &str) -> Identity {
    Identity {
        account: account.into(),
        arn: "arn:aws:iam::123456789012:user/ann".into(),
        user_id: "AIDA".into(),
    }
}

fn seen(link: Option<AwsCustomerConnectedAccount>, stack: StackSight) -> UnlinkObservation {
    UnlinkObservation {
        account: ACCOUNT.into(),
        accounts: link.iter().cloned().collect(),
        link: link.map(Box::new),
        users: Vec::new(),
        groups: Ok(Vec::new()),
        identity: Some(Ok(identity(ACCOUNT))),
        stack,
        record: Record::default(),
    }
}

fn wanted() -> UnlinkWanted {
    UnlinkWanted {
        org: ORG.into(),
        account: ACCOUNT.into(),
        ..UnlinkWanted::default()
    }
}

fn user(of_link: bool) -> LinkUser {
    LinkUser {
        sddc_id: "s1".into(),
        name: Some("lab".into()),
        state: None,
        of_link,
        connections: vec![connection("s1", Some("l1"), "ACTIVE")],
    }
}

/// The plan in a few words.
fn word(plan: &UnlinkPlan) -> String {
    if let Some(refused) = &plan.refused {
        assert!(!refused.to_string().is_empty() && !refused.next().is_empty());
        return refused.code().into();
    }
    let stack = match &plan.stack {
        StackFate::Delete { .. } => "delete",
        StackFate::Follow { .. } => "follow",
        StackFate::Leave { .. } => "leave",
        StackFate::ByHand { .. } => "by hand",
        StackFate::None { .. } => "none",
        StackFate::NotLookedFor => "not looked",
    };
    match (&plan.account, plan.is_nothing()) {
        (Some(_), false) => format!("unlink, {stack}"),
        (None, false) => stack.into(),
        (None, true) => format!("nothing, {stack}"),
        (Some(_), true) => panic!("{plan:?}"),
    }
}

#[test]
fn a_stack_in_each_state() {
    use Proof::{CreationToken, Journal, Roles};
    // status, linked and ours / linked and not certainly ours / not linked and ours
    for (status, own, other, alone) in [
        (
            "CREATE_COMPLETE",
            "unlink, delete",
            "unlink, leave",
            "delete",
        ),
        (
            "UPDATE_COMPLETE",
            "unlink, delete",
            "unlink, leave",
            "delete",
        ),
        ("DELETE_FAILED", "unlink, delete", "unlink, leave", "delete"),
        (
            "ROLLBACK_COMPLETE",
            "unlink, delete",
            "unlink, leave",
            "delete",
        ),
        (
            "DELETE_IN_PROGRESS",
            "unlink, follow",
            "unlink, leave",
            "follow",
        ),
        (
            "CREATE_IN_PROGRESS",
            "link_being_made",
            "unlink, leave",
            "link_being_made",
        ),
        (
            "ROLLBACK_IN_PROGRESS",
            "link_being_made",
            "unlink, leave",
            "link_being_made",
        ),
        (
            "REVIEW_IN_PROGRESS",
            "unlink, leave",
            "unlink, leave",
            "nothing, leave",
        ),
        (
            "QUANTUM_IN_PROGRESS",
            "unlink, leave",
            "unlink, leave",
            "nothing, leave",
        ),
    ] {
        let there = || Some(link("l1", "ACTIVE", "s"));
        for proof in [Journal, CreationToken, Roles] {
            let plan = decide_unlink(&seen(there(), found(status, Some(proof))), &wanted());
            assert_eq!(word(&plan), own, "{status}, {proof:?}");
            let plan = decide_unlink(&seen(None, found(status, Some(proof))), &wanted());
            assert_eq!(word(&plan), alone, "{status}, not linked");
        }
        let plan = decide_unlink(&seen(there(), found(status, None)), &wanted());
        assert_eq!(word(&plan), other, "{status}, no proof");
        let plan = decide_unlink(&seen(None, found(status, None)), &wanted());
        assert_eq!(word(&plan), "nothing, leave", "{status}, nobody's");
    }
}

#[test]
fn a_link_in_each_state() {
    for state in ["ACTIVE", "BROKEN", "SOMETHING_NEW"] {
        let plan = decide_unlink(&seen(Some(link("l1", state, "s")), no_stack()), &wanted());
        assert_eq!(word(&plan), "unlink, none", "{state}");
    }
    let plan = decide_unlink(&seen(None, no_stack()), &wanted());
    assert_eq!(word(&plan), "nothing, none");
    assert!(plan.to_string().contains("nothing to do"), "{plan}");
    assert!(plan.steps().is_empty());
}

#[test]
fn what_uses_the_link_forbids_it_and_its_roles_are_never_deleted() {
    let complete = || found("CREATE_COMPLETE", Some(Proof::Roles));
    let force = UnlinkWanted {
        force: true,
        ..wanted()
    };
    for (linked, of_link, plain, forced) in [
        (true, true, "link_in_use", "unlink, leave"),
        (true, false, "link_in_use", "unlink, leave"),
        (false, false, "link_in_use", "nothing, leave"),
    ] {
        let there = linked.then(|| link("l1", "ACTIVE", "s"));
        let mut seen = seen(there, complete());
        seen.users = vec![user(of_link)];
        assert_eq!(word(&decide_unlink(&seen, &wanted())), plain);
        let plan = decide_unlink(&seen, &force);
        assert_eq!(word(&plan), forced);
        let StackFate::Leave { why, .. } = &plan.stack else {
            panic!("{plan:?}")
        };
        assert!(why.contains("lab"), "{why}");
        assert_eq!(plan.requests().len(), usize::from(linked), "{plan:?}");
    }
    // Nothing of its own is left that they could use.
    let mut gone = seen(None, no_stack());
    gone.users = vec![user(false)];
    assert_eq!(word(&decide_unlink(&gone, &wanted())), "nothing, none");
    // Somebody else deletes it already: nobody can stop that.
    let mut going = seen(None, found("DELETE_IN_PROGRESS", Some(Proof::Roles)));
    going.users = vec![user(false)];
    assert_eq!(word(&decide_unlink(&going, &wanted())), "follow");
}

#[test]
fn who_has_no_credentials_of_the_account_may_leave_the_stack_to_somebody_else() {
    let none = || {
        AwsError::new(
            "sts:GetCallerIdentity",
            AwsErrorKind::NoCredentials,
            "no AWS credentials",
        )
    };
    for (who, class, code) in [
        (
            Err(none()),
            ErrorClass::Unauthenticated,
            "no_aws_credentials",
        ),
        (
            Ok(identity("999999999999")),
            ErrorClass::Conflict,
            "wrong_aws_account",
        ),
    ] {
        let mut seen = seen(Some(link("l1", "ACTIVE", "s")), StackSight::NotLookedFor);
        seen.identity = Some(who);
        let plan = decide_unlink(&seen, &wanted());
        assert_eq!(word(&plan), code);
        let error = Error::UnlinkRefused(plan.refused.unwrap());
        assert_eq!(error.class(), class);
        assert!(error.hint().unwrap().contains("--keep-stack"));
    }
    let keep = UnlinkWanted {
        keep_stack: true,
        ..wanted()
    };
    let mut seen = seen(Some(link("l1", "ACTIVE", "s")), StackSight::NotLookedFor);
    seen.identity = None;
    let plan = decide_unlink(&seen, &keep);
    assert_eq!(word(&plan), "unlink, by hand");
    let by_hand = |seen: &UnlinkObservation, wanted: &UnlinkWanted| {
        let StackFate::ByHand {
            command, guessed, ..
        } = decide_unlink(seen, wanted).stack
        else {
            panic!("not left")
        };
        (command.unwrap_or_default(), guessed)
    };
    let line = "aws cloudformation delete-stack --region us-west-2 --stack-name";
    assert_eq!(by_hand(&seen, &keep), (format!("{line} s"), vec!["region"]));
    let told = UnlinkWanted {
        region: Some("us-west-2".into()),
        ..keep.clone()
    };
    assert_eq!(by_hand(&seen, &told), (format!("{line} s"), vec![]));
    for no_name in ["s; reboot", "$(reboot)", ""] {
        seen.link = Some(Box::new(link("l1", "ACTIVE", no_name)));
        assert_eq!(by_hand(&seen, &told), (String::new(), vec![]), "{no_name}");
    }
    if let Some(link) = &mut seen.link {
        link.cf_stack_name = None;
    }
    let likely = format!("{line} {}", stack_name(ORG, None));
    assert_eq!(by_hand(&seen, &keep), (likely, vec!["name", "region"]));
    seen.link = None;
    assert_eq!(word(&decide_unlink(&seen, &keep)), "nothing, not looked");
}

#[test]
fn a_protected_stack_is_refused_before_anything_goes() {
    let mut seen = seen(
        Some(link("l1", "ACTIVE", "s")),
        found("CREATE_COMPLETE", Some(Proof::Journal)),
    );
    if let StackSight::Found(found) = &mut seen.stack {
        found.stack.termination_protection = true;
    }
    let plan = decide_unlink(&seen, &wanted());
    assert_eq!(word(&plan), "stack_protected");
    let next = plan.refused.unwrap().next();
    assert!(
        next.contains("update-termination-protection --no-enable-termination-protection --region us-west-2 --stack-name s"),
        "{next}"
    );
}

#[test]
fn a_stack_that_another_link_is_made_of_stays() {
    let mut seen = seen(
        Some(link("l1", "BROKEN", "s")),
        found("CREATE_COMPLETE", Some(Proof::Roles)),
    );
    seen.accounts.push(link("l2", "ACTIVE", "s"));
    assert_eq!(word(&decide_unlink(&seen, &wanted())), "unlink, leave");
    seen.accounts[1] = link("l2", "DELETED", "s");
    assert_eq!(word(&decide_unlink(&seen, &wanted())), "unlink, delete");
}

#[test]
fn roles_tell_whose_stack_it_is_whatever_is_said_of_it() {
    let mut seen = seen(
        Some(link("l1", "ACTIVE", "s")),
        found("CREATE_COMPLETE", Some(Proof::Journal)),
    );
    if let StackSight::Found(found) = &mut seen.stack {
        found.roles = vec!["r0".into()];
    }
    assert_eq!(word(&decide_unlink(&seen, &wanted())), "unlink, leave");

    // Another link that is there is made of it, though it does not say so.
    let mut alone = super::plan_tests::seen(None, found("CREATE_COMPLETE", Some(Proof::Roles)));
    let mut other = link("l2", "ACTIVE", "renamed");
    other.account_number = None;
    alone.accounts.push(other);
    assert_eq!(word(&decide_unlink(&alone, &wanted())), "nothing, leave");
}

#[test]
fn who_uses_what() {
    let accounts = [link("l1", "ACTIVE", "s"), link("old", "DELETED", "s"), {
        let mut other = link("other", "ACTIVE", "t");
        other.account_number = Some("999999999999".into());
        other
    }];
    let id = ConnectedAccountId::from("l1");
    let found = |link: Option<&ConnectedAccountId>, connections: &[_], sddcs: &[_]| {
        let users = users(&accounts, link, ACCOUNT, connections, sddcs);
        users
            .iter()
            .map(|user| (user.sddc_id.to_string(), user.of_link))
            .collect::<Vec<_>>()
    };
    let one = |link: Option<&str>, state: &str| vec![connection("s1", link, state)];
    let s1 = |of_link| vec![("s1".to_owned(), of_link)];
    for (connections, expected) in [
        (one(Some("l1"), "ACTIVE"), s1(true)),
        (one(Some("l1"), "BROKEN"), s1(true)),
        (one(Some("l1"), "SOMETHING_NEW"), s1(true)),
        (one(Some("l1"), "DELETED"), vec![]),
        (one(Some("other"), "ACTIVE"), vec![]),
        // Of an earlier link, of nobody knows which, of which is not said.
        (one(Some("old"), "ACTIVE"), s1(false)),
        (one(Some("nobody's"), "ACTIVE"), s1(false)),
        (one(None, "ACTIVE"), s1(true)),
    ] {
        assert_eq!(
            found(Some(&id), &connections, &[]),
            expected,
            "{connections:?}"
        );
    }
    for (state, link, expected) in [
        ("DEPLOYING", Some("l1"), s1(true)),
        ("FAILED", Some("l1"), s1(true)),
        ("DELETING", Some("l1"), s1(true)),
        ("DELETED", Some("l1"), vec![]),
        ("CANCELED", Some("l1"), vec![]),
        ("READY", Some("other"), vec![]),
        ("READY", None, vec![]),
    ] {
        let sddcs = [sddc("s1", state, link)];
        assert_eq!(found(Some(&id), &[], &sddcs), expected, "{state} {link:?}");
    }
    // Once, with its name, though it is known from both lists.
    let both = users(
        &accounts,
        Some(&id),
        ACCOUNT,
        &one(Some("l1"), "ACTIVE"),
        &[sddc("s1", "READY", Some("l1"))],
    );
    assert_eq!(both.len(), 1);
    assert_eq!(both[0].label(), "name of s1");
}

#[test]
fn the_plan_has_everything_in_the_order_in_which_it_goes() {
    let mut seen = seen(
        Some(link("l1", "ACTIVE", "s")),
        found("CREATE_COMPLETE", Some(Proof::Journal)),
    );
    seen.users = vec![user(true)];
    let groups = [json!({"id": "g1", "name": "prod", "membership": {"included": [{"deployment_id": "s1"}]}}),
        json!({"id": "g2", "name": "others", "membership": {"included": [{"deployment_id": "s9"}]}})]
    .map(|group| serde_json::from_value(group).unwrap());
    seen.groups = Ok(groups_of(&seen.users, &groups));
    let plan = decide_unlink(&seen, &wanted());
    let steps: Vec<&str> = plan
        .steps()
        .iter()
        .map(|step| match step {
            UnlinkStep::Group(group) => {
                assert_eq!(group.name, "prod");
                "group"
            }
            UnlinkStep::Sddc(_) => "sddc",
            UnlinkStep::Connection(_) => "connection",
            UnlinkStep::Link { request } => {
                assert_eq!(
                    request,
                    &format!("DELETE /vmc/api/orgs/{ORG}/account-link/connected-accounts/l1?forceEvenWhenSddcPresent=false")
                );
                "link"
            }
            UnlinkStep::Stack { .. } => "stack",
        })
        .collect();
    assert_eq!(steps, ["group", "sddc", "connection", "link", "stack"]);
    let document = serde_json::to_value(&plan).unwrap();
    assert_eq!(document["refused"], "link_in_use");
    assert_eq!(document["groups"][0]["name"], "prod");
}
