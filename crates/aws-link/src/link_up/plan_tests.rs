//! The decision, one row per state of the world.

use time::OffsetDateTime;
use time::macros::datetime;
use vmc_api::TaskId;
use vmc_api::models::{AwsCustomerConnectedAccount, ConnectionState, Task, TaskStatus};

use crate::testing::{ACCOUNT, ORG, STACK_ID, TASK};
use crate::*;

const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);

fn link(state: &str, stack: &str) -> AwsCustomerConnectedAccount {
    let mut link = AwsCustomerConnectedAccount::new("link-1");
    link.account_number = Some(ACCOUNT.into());
    link.state = Some(ConnectionState::from(state));
    link.cf_stack_name = Some(stack.into());
    link
}

fn own_name() -> String {
    stack_name(ORG, None)
}

fn stack(status: &str, maker: Maker, task: Option<&str>) -> SeenStack {
    SeenStack {
        stack: Stack {
            id: STACK_ID.into(),
            name: own_name(),
            region: DEFAULT_REGION.into(),
            status: status.into(),
            reason: None,
            created: None,
            termination_protection: false,
        },
        maker,
        task: task.map(|status| {
            let mut task = Task::new(TASK);
            task.status = Some(TaskStatus::from(status));
            task
        }),
    }
}

fn ours(status: &str, task: Option<&str>) -> SeenStack {
    stack(status, Maker::ThisFlow(Some(TaskId::from(TASK))), task)
}

fn theirs(status: &str) -> SeenStack {
    stack(status, Maker::SomebodyElse, None)
}

fn request() -> PendingRequest {
    serde_json::from_value(serde_json::json!({
        "tracking_task": TASK, "template_url": "https://s3.amazonaws.com/t", "stack_name": own_name(),
        "region": DEFAULT_REGION, "expires": "2026-01-02T04:00:00Z",
    }))
    .unwrap()
}

fn seen() -> Observation {
    Observation {
        identity: Identity {
            account: ACCOUNT.into(),
            arn: "arn:aws:iam::123456789012:user/ann".into(),
            user_id: "AIDA".into(),
        },
        accounts: Vec::new(),
        stack: None,
        record: Record::default(),
        request_task: None,
        users: RoleUsers::Read(Vec::new()),
        at: NOW,
    }
}

fn wanted() -> Wanted {
    Wanted {
        org: ORG.into(),
        region: DEFAULT_REGION.into(),
        ..Wanted::default()
    }
}

/// The plan in one word.
fn word(plan: &Plan) -> String {
    match plan {
        Plan::NothingToDo { .. } => "nothing".into(),
        Plan::Follow { .. } => "follow".into(),
        Plan::Create { .. } => "create".into(),
        Plan::Request { replaces: None, .. } => "request".into(),
        Plan::Request { .. } => "replace".into(),
        Plan::Blocked { reason } => reason.code().into(),
    }
}

#[test]
fn a_stack_in_each_state() {
    // status, its task, made by us / by somebody else / made by us and replacing allowed
    for (status, task, own, other, replacing) in [
        (
            "CREATE_IN_PROGRESS",
            Some("STARTED"),
            "follow",
            "stack_name_taken",
            "follow",
        ),
        (
            "CREATE_IN_PROGRESS",
            None,
            "follow",
            "stack_name_taken",
            "follow",
        ),
        (
            "ROLLBACK_IN_PROGRESS",
            Some("STARTED"),
            "follow",
            "stack_name_taken",
            "follow",
        ),
        (
            "CREATE_COMPLETE",
            Some("STARTED"),
            "follow",
            "stack_name_taken",
            "follow",
        ),
        (
            "CREATE_COMPLETE",
            Some("FINISHED"),
            "follow",
            "stack_name_taken",
            "follow",
        ),
        (
            "CREATE_COMPLETE",
            Some("SOMETHING_NEW"),
            "follow",
            "stack_name_taken",
            "follow",
        ),
        (
            "CREATE_COMPLETE",
            None,
            "follow",
            "stack_name_taken",
            "follow",
        ),
        (
            "CREATE_COMPLETE",
            Some("FAILED"),
            "left_over_stack_in_the_way",
            "stack_name_taken",
            "replace",
        ),
        (
            "CREATE_COMPLETE",
            Some("CANCELED"),
            "left_over_stack_in_the_way",
            "stack_name_taken",
            "replace",
        ),
        (
            "UPDATE_COMPLETE",
            Some("STARTED"),
            "follow",
            "stack_name_taken",
            "follow",
        ),
        (
            "UPDATE_ROLLBACK_FAILED",
            Some("STARTED"),
            "follow",
            "stack_name_taken",
            "follow",
        ),
        (
            "ROLLBACK_COMPLETE",
            None,
            "failed_stack_in_the_way",
            "failed_stack_in_the_way",
            "replace",
        ),
        (
            "ROLLBACK_FAILED",
            None,
            "failed_stack_in_the_way",
            "stack_name_taken",
            "replace",
        ),
        (
            "CREATE_FAILED",
            None,
            "failed_stack_in_the_way",
            "stack_name_taken",
            "replace",
        ),
        (
            "DELETE_FAILED",
            None,
            "failed_stack_in_the_way",
            "stack_name_taken",
            "replace",
        ),
        ("DELETE_IN_PROGRESS", None, "replace", "replace", "replace"),
        ("DELETE_COMPLETE", None, "request", "request", "request"),
        (
            "REVIEW_IN_PROGRESS",
            None,
            "change_set_in_the_way",
            "change_set_in_the_way",
            "change_set_in_the_way",
        ),
        (
            "QUANTUM_IN_PROGRESS",
            None,
            "stack_status_unknown",
            "stack_status_unknown",
            "stack_status_unknown",
        ),
    ] {
        let plan = |stack: SeenStack, wanted: &Wanted| {
            let seen = Observation {
                stack: Some(stack),
                ..seen()
            };
            let plan = decide(&seen, wanted);
            if let Plan::Blocked { reason } = &plan {
                assert!(!reason.to_string().is_empty() && !reason.next().is_empty());
            }
            word(&plan)
        };
        let replace = Wanted {
            replace_stack: true,
            ..wanted()
        };
        assert_eq!(
            plan(ours(status, task), &wanted()),
            own,
            "ours, {status}, task {task:?}"
        );
        assert_eq!(plan(theirs(status), &wanted()), other, "theirs, {status}");
        assert_eq!(
            plan(ours(status, task), &replace),
            replacing,
            "replacing, {status}, task {task:?}"
        );
    }
}

#[test]
fn a_link_in_each_state() {
    for (state, plain, relinking) in [
        ("ACTIVE", "nothing", "nothing"),
        ("BROKEN", "link_broken", "request"),
        ("DELETED", "request", "request"),
        ("SOMETHING_NEW", "link_state_unknown", "link_state_unknown"),
    ] {
        let seen = Observation {
            accounts: vec![link(state, "console-made")],
            ..seen()
        };
        let relink = Wanted {
            relink_broken: true,
            ..wanted()
        };
        assert_eq!(word(&decide(&seen, &wanted())), plain, "{state}");
        assert_eq!(
            word(&decide(&seen, &relink)),
            relinking,
            "{state}, relinking"
        );
    }
    // Another account's link, whatever its state, is another link.
    let mut other = link("BROKEN", &own_name());
    other.account_number = Some("999999999999".into());
    let seen = Observation {
        accounts: vec![other],
        ..seen()
    };
    assert_eq!(word(&decide(&seen, &wanted())), "request");
    // Of several entries the most alive one counts.
    let several = vec![
        link("DELETED", "a"),
        link("BROKEN", "b"),
        link("ACTIVE", "c"),
    ];
    let seen = Observation {
        accounts: several,
        ..seen
    };
    assert_eq!(word(&decide(&seen, &wanted())), "nothing");
}

#[test]
fn the_wrong_account_stops_everything_even_nothing_to_do() {
    let seen = Observation {
        accounts: vec![link("ACTIVE", "s")],
        ..seen()
    };
    let wrong = Wanted {
        expect_account: Some("999999999999".into()),
        ..wanted()
    };
    assert_eq!(word(&decide(&seen, &wrong)), "wrong_aws_account");
    let right = Wanted {
        expect_account: Some(ACCOUNT.into()),
        ..wanted()
    };
    assert_eq!(word(&decide(&seen, &right)), "nothing");
}

#[test]
fn a_remembered_request_is_used_while_it_is_of_use() {
    let task = |status: &str| {
        let mut task = Task::new(TASK);
        task.status = Some(TaskStatus::from(status));
        task
    };
    type Change<'a> = &'a dyn Fn(&mut Observation, &mut Wanted);
    let cases: [(&str, Change<'_>, &str); 8] = [
        ("fresh", &|_, _| {}, "create"),
        (
            "started",
            &|seen, _| seen.request_task = Some(task("STARTED")),
            "create",
        ),
        (
            "failed",
            &|seen, _| seen.request_task = Some(task("FAILED")),
            "request",
        ),
        (
            "finished elsewhere",
            &|seen, _| seen.request_task = Some(task("FINISHED")),
            "request",
        ),
        (
            "expired",
            &|seen, _| seen.at = datetime!(2026-01-02 04:00 UTC),
            "request",
        ),
        (
            "another name",
            &|_, wanted| wanted.stack_name = Some("other".into()),
            "request",
        ),
        (
            "another region",
            &|_, wanted| wanted.region = "eu-west-1".into(),
            "request",
        ),
        (
            "no date",
            &|seen, _| seen.record.request.as_mut().unwrap().expires = None,
            "create",
        ),
    ];
    for (name, change, expected) in cases {
        let (mut seen, mut wanted) = (seen(), wanted());
        seen.record.request = Some(request());
        change(&mut seen, &mut wanted);
        assert_eq!(word(&decide(&seen, &wanted)), expected, "{name}");
    }
}

#[test]
fn a_stack_that_outlived_its_link_is_a_left_over() {
    let mut unlinked = seen();
    unlinked.stack = Some(ours("CREATE_COMPLETE", Some("FINISHED")));
    unlinked.stack.as_mut().unwrap().stack.created = Some(NOW);
    unlinked.accounts = vec![link("DELETED", &own_name())];
    unlinked.accounts[0].updated = Some("2026-01-02T03:05:00.000000Z".into());
    assert_eq!(
        word(&decide(&unlinked, &wanted())),
        "left_over_stack_in_the_way"
    );
    // Its link is still being made: what ended was an earlier one.
    let mut going_on = unlinked.clone();
    going_on
        .stack
        .as_mut()
        .unwrap()
        .task
        .as_mut()
        .unwrap()
        .status = Some(TaskStatus::Started);
    let replace = Wanted {
        replace_stack: true,
        ..wanted()
    };
    assert_eq!(word(&decide(&going_on, &replace)), "follow");
    // An earlier link of the same name ended before this stack was made.
    unlinked.accounts[0].updated = Some("2026-01-02T03:04:00.000000Z".into());
    assert_eq!(word(&decide(&unlinked, &replace)), "follow");

    // The same where deleted links are not listed and only the record knows.
    let mut remembered = seen();
    remembered.stack = Some(ours("CREATE_COMPLETE", None));
    remembered.record.linked_at = Some(NOW);
    remembered.record.stack = Some(StackRecord {
        id: STACK_ID.into(),
        name: own_name(),
        region: DEFAULT_REGION.into(),
        tracking_task: None,
        template_sha256: None,
    });
    assert_eq!(
        word(&decide(&remembered, &wanted())),
        "left_over_stack_in_the_way"
    );
    assert_eq!(word(&decide(&remembered, &replace)), "replace");
}

#[test]
fn roles_that_sddcs_use_or_may_use_are_never_deleted() {
    let sddc = LinkUser {
        sddc_id: "sddc-1".into(),
        name: Some("lab".into()),
        state: None,
        of_link: false,
        connections: Vec::new(),
    };
    let replace = Wanted {
        replace_stack: true,
        ..wanted()
    };
    for (users, says) in [
        (RoleUsers::Read(vec![sddc]), "SDDC lab"),
        (RoleUsers::Unread("no right".into()), "no right"),
        (RoleUsers::NotAsked, "not known"),
    ] {
        for there in [
            ours("CREATE_COMPLETE", Some("FAILED")),
            ours("DELETE_FAILED", None),
        ] {
            let seen = Observation {
                stack: Some(there),
                users: users.clone(),
                ..seen()
            };
            let Plan::Blocked { reason } = decide(&seen, &replace) else {
                panic!("{users:?}");
            };
            assert_eq!(reason.code(), "stack_in_use");
            assert!(reason.to_string().contains(says), "{reason}");
            assert!(!reason.next().contains("--replace-stack"));
        }
        // Nothing is left of this one but its name.
        let seen = Observation {
            stack: Some(ours("ROLLBACK_COMPLETE", None)),
            users,
            ..seen()
        };
        assert_eq!(word(&decide(&seen, &replace)), "replace");
    }
}

#[test]
fn a_task_that_finished_long_ago_will_not_bring_the_account() {
    for (end, expected) in [
        ("2026-01-02T03:00:00.000000Z", "follow"),
        ("2026-01-01T03:00:00.000000Z", "left_over_stack_in_the_way"),
        ("2027-01-01T00:00:00.000000Z", "follow"),
        ("some day", "follow"),
    ] {
        let mut seen = seen();
        let mut there = ours("CREATE_COMPLETE", Some("FINISHED"));
        there.task.as_mut().unwrap().end_time = Some(end.into());
        seen.stack = Some(there);
        assert_eq!(word(&decide(&seen, &wanted())), expected, "{end}");
    }
}

#[test]
fn the_roles_of_a_broken_link_are_never_deleted() {
    let mut seen = seen();
    seen.accounts = vec![link("BROKEN", &own_name())];
    seen.stack = Some(ours("CREATE_COMPLETE", Some("FINISHED")));
    let all_allowed = Wanted {
        relink_broken: true,
        replace_stack: true,
        stack_name: Some(own_name()),
        ..wanted()
    };
    assert_eq!(word(&decide(&seen, &all_allowed)), "stack_in_use");
    for failed in ["DELETE_FAILED", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE"] {
        seen.stack = Some(ours(failed, None));
        assert_eq!(
            word(&decide(&seen, &all_allowed)),
            "failed_stack_in_the_way"
        );
    }
    // The new stack has a name of its own, the same on each run.
    seen.stack = None;
    let relink = Wanted {
        relink_broken: true,
        ..wanted()
    };
    let Plan::Request { stack_name, .. } = decide(&seen, &relink) else {
        panic!("{:?}", decide(&seen, &relink));
    };
    assert_ne!(stack_name, own_name());
    assert!(stack_name.starts_with(&own_name()));
}

#[test]
fn a_plan_tells_its_requests_and_never_the_template_address() {
    let mut seen = seen();
    seen.stack = Some(ours("ROLLBACK_COMPLETE", None));
    let replace = Wanted {
        replace_stack: true,
        ..wanted()
    };
    let requests = decide(&seen, &replace).requests(ORG);
    assert!(requests[0].contains("DeleteStack"), "{requests:?}");
    assert!(requests[1].contains("/account-link"), "{requests:?}");
    assert!(
        requests[3].contains("CreateStack in us-west-2"),
        "{requests:?}"
    );

    seen.stack = None;
    seen.record.request = Some(PendingRequest {
        template_url: serde_json::from_str("\"https://s3.amazonaws.com/canary\"").unwrap(),
        ..request()
    });
    let plan = decide(&seen, &wanted());
    let all = format!(
        "{plan} {plan:?} {:?} {}",
        plan.requests(ORG),
        serde_json::to_string(&plan).unwrap()
    );
    assert!(!all.contains("canary"), "{all}");
}
