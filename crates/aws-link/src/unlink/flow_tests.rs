//! The whole flow against a small world of both services. What counts is what
//! is gone at the end: the link once, the stack once.

use std::time::Duration;

use futures_util::StreamExt;

use crate::test_world::{Fault, Sim, World, role};
use crate::testing::{ORG, STACK_ID};
use crate::*;

pub(super) fn unlinked(end: Result<UnlinkOutcome, Error>) -> Unlinked {
    match end {
        Ok(UnlinkOutcome::Unlinked(unlinked)) => *unlinked,
        other => panic!("{other:?}"),
    }
}

/// A world in which the account was linked by `link up`.
pub(super) async fn linked(set: impl FnOnce(&mut World)) -> (Sim, MemoryJournal) {
    let (sim, journal) = (Sim::default(), MemoryJournal::default());
    sim.link(&journal).wait().await.unwrap();
    sim.world().log.clear();
    set(&mut sim.world());
    (sim, journal)
}

/// Links taken away, and deletions of stacks that were started.
pub(super) fn counts(sim: &Sim) -> (usize, usize) {
    let world = sim.world();
    (world.unlinked, world.deleting)
}

pub(super) fn assert_gone_once(sim: &Sim, note: &str) {
    let world = sim.world();
    let log = &world.log;
    assert_eq!(world.unlinked, 1, "{note}: links taken away\n{log:#?}");
    assert_eq!(world.deleting, 1, "{note}: deletions\n{log:#?}");
    assert!(
        world.stack.is_none(),
        "{note}: the stack is there\n{log:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn from_linked_to_nothing_and_then_nothing_to_do() {
    let (sim, journal) = linked(|_| {}).await;
    let first = unlinked(sim.unlink(&journal).wait().await);
    assert!(!first.nothing_to_do);
    assert!(matches!(&first.stack, StackFate::Delete { stack } if stack.id == STACK_ID));
    assert_eq!(first.roles.gone, [role(&stack_name(ORG, None))]);
    assert_eq!(first.account.unwrap().id.as_str(), "link-1");
    assert_gone_once(&sim, "first run");

    let again = unlinked(sim.unlink(&journal).wait().await);
    assert!(again.nothing_to_do);
    // The service's id is known no more, and yet it is clear what is meant.
    let mut by_id = sim.unlink(&journal);
    by_id.wanted.account = "link-1".into();
    assert!(unlinked(by_id.wait().await).nothing_to_do);
    assert_gone_once(&sim, "second run");

    // And it can be linked anew.
    sim.link(&journal).wait().await.unwrap();
    assert_eq!(sim.world().links, 2);
    sim.world().unlinked = 0;
    sim.world().deleting = 0;
    unlinked(sim.unlink(&journal).wait().await);
    assert_gone_once(&sim, "the second link");
}

#[tokio::test(start_paused = true)]
async fn the_link_goes_before_the_stack_and_nothing_before_the_plan_is_told() {
    let (sim, journal) = linked(|_| {}).await;
    let mut events = sim.unlink(&journal).events();
    let mut kinds = Vec::new();
    while let Some(item) = events.next().await {
        let item = item.unwrap();
        match &item {
            UnlinkItem::Event(UnlinkEvent::Decided(plan)) => {
                assert_eq!(sim.world().unlinked, 0);
                assert_eq!(events.started(), None);
                assert_eq!(plan.requests().len(), 2);
            }
            UnlinkItem::Event(UnlinkEvent::Unlinked(_)) => {
                assert_eq!(sim.world().deleting, 0);
                assert!(events.started().unwrap().accepted);
            }
            _ => {}
        }
        let text = format!("{item:?}");
        let text = text.trim_start_matches("Event(");
        kinds.push(
            text.chars()
                .take_while(|c| c.is_alphanumeric())
                .collect::<String>(),
        );
    }
    kinds.dedup();
    assert_eq!(
        kinds,
        ["Decided", "Unlinked", "StackDeleting", "StackEvent", "Done"]
    );
    // Dropped at the plan, everything is as it was.
    let (sim, journal) = linked(|_| {}).await;
    let mut events = sim.unlink(&journal).events();
    events.next().await.unwrap().unwrap();
    drop(events);
    assert_eq!(counts(&sim), (0, 0));
    unlinked(sim.unlink(&journal).wait().await);
}

#[tokio::test(start_paused = true)]
async fn looking_changes_nothing() {
    let (sim, journal) = linked(|_| {}).await;
    let unlink = sim.unlink(&journal);
    let plan = unlink.decide(&unlink.observe().await.unwrap());
    assert!(plan.refused.is_none(), "{plan:?}");
    assert_eq!(counts(&sim), (0, 0));
}

/// Every request of a clean run.
async fn clean_log() -> Vec<String> {
    let (sim, journal) = linked(|_| {}).await;
    unlinked(sim.unlink(&journal).wait().await);
    sim.world().log.clone()
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_request_and_run_again_everything_goes_once() {
    let requests = clean_log().await;
    for (at, request) in requests.iter().enumerate() {
        for death in [Fault::DieBefore, Fault::DieAfter] {
            for keep_journal in [true, false] {
                for lists_deleted in [true, false] {
                    let note = format!(
                        "{death:?} at {at} ({request}), journal kept: {keep_journal}, deleted listed: {lists_deleted}"
                    );
                    let (sim, journal) = linked(|world| {
                        world.faults = vec![(at, death)];
                        world.lists_deleted = lists_deleted;
                    })
                    .await;
                    let run = sim.run(sim.unlink(&journal).events()).await;
                    assert!(run.is_none(), "{note}: did not die");
                    let journal = if keep_journal {
                        journal
                    } else {
                        MemoryJournal::default()
                    };
                    unlinked(sim.unlink(&journal).wait().await);
                    assert_gone_once(&sim, &note);
                    let third = unlinked(sim.unlink(&journal).wait().await);
                    assert!(third.nothing_to_do, "{note}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_console_made_link_is_unlinked_across_a_kill_as_well() {
    for death in [Fault::DieBefore, Fault::DieAfter] {
        let mut at = 0;
        loop {
            let note = format!("{death:?} at {at}");
            let sim = Sim::with(|world| {
                world.link("ACTIVE", "by-console");
                world.console_made("by-console");
                world.faults = vec![(at, death)];
            });
            let journal = MemoryJournal::default();
            let died = sim.run(sim.unlink(&journal).events()).await.is_none();
            unlinked(sim.unlink(&journal).wait().await);
            assert_gone_once(&sim, &note);
            if !died {
                break;
            }
            at += 1;
        }
        assert!(at > 10, "{at} requests were tried");
    }
}

#[tokio::test(start_paused = true)]
async fn any_request_failing_once_ends_well_now_or_on_the_next_run() {
    let requests = clean_log().await;
    for (at, request) in requests.iter().enumerate() {
        for fault in [Fault::Refused, Fault::DoneAndCut, Fault::Page] {
            let note = format!("{fault:?} at {at} ({request})");
            let (sim, journal) = linked(|world| world.faults = vec![(at, fault)]).await;
            let end = sim.unlink(&journal).wait().await;
            assert!(sim.world().fired, "{note}: did not happen");
            if let Err(error) = end {
                // A page is no failure that asking again helps with.
                assert_eq!(fault, Fault::Page, "{note}: {error:?}");
                unlinked(sim.unlink(&journal).wait().await);
            }
            assert_gone_once(&sim, &note);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_and_however_often_everything_goes_once() {
    let mut dice = fastrand::Rng::with_seed(20_260_103);
    for case in 0..150 {
        let all = [
            Fault::Refused,
            Fault::Page,
            Fault::DoneAndCut,
            Fault::DieBefore,
            Fault::DieAfter,
        ];
        let faults: Vec<_> = (0..dice.usize(1..6))
            .map(|_| (dice.usize(0..40), all[dice.usize(0..all.len())]))
            .collect();
        let note = format!("case {case}: {faults:?}");
        let (sim, mut journal) = linked(|world| {
            world.faults.clone_from(&faults);
            world.lists_deleted = dice.bool();
        })
        .await;
        let mut runs = 0;
        loop {
            runs += 1;
            assert!(runs <= faults.len() + 1, "{note}: no end");
            match sim.run(sim.unlink(&journal).events()).await {
                Some(Ok(_)) => break,
                Some(Err(_)) => {}
                None if dice.bool() => journal = MemoryJournal::default(),
                None => {}
            }
        }
        assert_gone_once(&sim, &note);
    }
}

#[tokio::test(start_paused = true)]
async fn while_sddcs_use_the_link_nothing_goes() {
    let (sim, journal) = linked(|world| {
        world.deploy("lab", "link-1");
        world.groups = vec![serde_json::json!({
            "id": "g1", "name": "prod", "membership": {"included": [{"deployment_id": "sddc-lab"}]},
        })];
    })
    .await;
    let unlink = sim.unlink(&journal);
    let plan = unlink.decide(&unlink.observe().await.unwrap());
    assert_eq!(plan.groups.as_ref().unwrap()[0].name, "prod");
    let error = unlink.wait().await.unwrap_err();
    assert_eq!(error.code(), "link_in_use");
    assert_eq!(error.class(), ErrorClass::Conflict);
    assert!(error.to_string().contains("lab"), "{error}");
    assert_eq!(counts(&sim), (0, 0));

    // Forced, the link goes and the roles stay, now and on every later run.
    let forced = sim.unlink(&journal).force_even_when_sddc_present(true);
    let end = unlinked(forced.wait().await);
    assert!(matches!(&end.stack, StackFate::Leave { why, .. } if why.contains("lab")));
    let again = unlinked(forced.wait().await);
    assert!(again.nothing_to_do);
    let error = sim.unlink(&journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "link_in_use");
    assert_eq!(counts(&sim), (1, 0));

    // Once the SDDC is gone the stack can go too.
    sim.world().connections.clear();
    sim.world().sddcs.clear();
    unlinked(sim.unlink(&journal).wait().await);
    assert_gone_once(&sim, "after the SDDC");
}

#[tokio::test(start_paused = true)]
async fn an_sddc_that_turns_up_at_the_last_moment_keeps_the_roles() {
    let (sim, journal) = linked(|_| {}).await;
    let mut events = sim.unlink(&journal).events();
    let mut end = None;
    while let Some(item) = events.next().await {
        match item.unwrap() {
            UnlinkItem::Event(UnlinkEvent::Unlinked(_)) => sim.world().deploy("late", "link-1"),
            UnlinkItem::Done(done) => end = Some(done),
            UnlinkItem::Event(_) => {}
        }
    }
    let end = unlinked(Ok(end.unwrap()));
    assert!(matches!(&end.stack, StackFate::Leave { why, .. } if why.contains("late")));
    assert_eq!(sim.world().deleting, 0);
}

#[tokio::test(start_paused = true)]
async fn credentials_of_another_account_delete_nothing() {
    let (sim, journal) = linked(|world| world.identity = Some("999999999999")).await;
    let error = sim.unlink(&journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "wrong_aws_account");
    assert_eq!(sim.world().unlinked, 0);

    let end = unlinked(sim.unlink(&journal).keep_stack(true).wait().await);
    let StackFate::ByHand { command, after, .. } = &end.stack else {
        panic!("{end:?}")
    };
    let command = command.as_deref().unwrap();
    assert!(command.ends_with(&stack_name(ORG, None)), "{command}");
    assert!(after.is_empty());
    assert_eq!(counts(&sim), (1, 0));
    let log = sim.world().log.clone();
    let asked = log.iter().filter(|line| line.starts_with("aws")).count();
    assert_eq!(asked, 1, "with --keep-stack AWS is not asked");
    // Whoever has the credentials finishes it, with the same command or by hand.
    sim.world().identity = None;
    unlinked(sim.unlink(&MemoryJournal::default()).wait().await);
    assert_gone_once(&sim, "finished");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_certainly_this_links_is_left_alone() {
    let (sim, journal) = (Sim::default(), MemoryJournal::default());
    sim.world().link("ACTIVE", "s");
    sim.world().accounts[0]["policy_payer_arn"] = "arn:aws:iam::123456789012:role/another".into();
    sim.world().console_made("s");
    let end = unlinked(sim.unlink(&journal).wait().await);
    assert!(matches!(&end.stack, StackFate::Leave { stack, .. } if stack.name == "s"));
    assert_eq!(counts(&sim), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_cannot_be_deleted_is_told_with_the_reason_and_tried_again() {
    let (sim, journal) = linked(|world| {
        world.delete_fails = Some("Cannot delete entity, must detach all policies first");
    })
    .await;
    let error = sim.unlink(&journal).wait().await.unwrap_err();
    assert!(matches!(error, Error::StackStays { .. }), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Failed);
    let text = error.to_string();
    assert!(
        text.contains("RemoteRole (AWS::IAM::Role): Cannot delete entity"),
        "{text}"
    );
    assert!(
        text.starts_with("the account is not linked any more"),
        "{text}"
    );
    assert_eq!(counts(&sim), (1, 1));
    sim.world().delete_fails = None;
    unlinked(sim.unlink(&journal).wait().await);
    assert_eq!(counts(&sim), (1, 2));
    assert!(sim.world().stack.is_none());
}

#[tokio::test(start_paused = true)]
async fn missing_rights_are_told_with_what_was_done() {
    // Found out before anything goes, where it can be.
    for action in ["DescribeStacks", "DescribeStackEvents"] {
        let sim = Sim::with(|world| {
            world.link("ACTIVE", "s");
            world.accounts[0]["policy_payer_arn"] = serde_json::Value::Null;
            world.console_made("s");
            world.denied = Some(action);
        });
        let error = sim
            .unlink(&MemoryJournal::default())
            .wait()
            .await
            .unwrap_err();
        assert_eq!(error.class(), ErrorClass::Denied, "{error:?}");
        assert_eq!(sim.world().unlinked, 0, "{action}");
    }
    let (sim, journal) = linked(|world| world.denied = Some("DeleteStack")).await;
    let error = sim.unlink(&journal).wait().await.unwrap_err();
    assert!(matches!(error, Error::StackNotDeleted { .. }), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Denied);
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("aws cloudformation delete-stack --region us-west-2"),
        "{hint}"
    );
    assert_eq!(sim.world().unlinked, 1);

    // Without this right only the last look is missing.
    let (sim, journal) = linked(|world| world.denied = Some("GetRole")).await;
    let end = unlinked(sim.unlink(&journal).wait().await);
    assert_eq!(end.roles.not_checked[0].1, "needs iam:GetRole");
    // And without this one the token proves whose stack it is.
    let (sim, journal) = linked(|world| world.denied = Some("ListStackResources")).await;
    unlinked(sim.unlink(&journal).wait().await);
    assert_gone_once(&sim, "without ListStackResources");
}

#[tokio::test(start_paused = true)]
async fn roles_that_outlive_their_stack_are_named() {
    let (sim, journal) = linked(|world| world.retained = true).await;
    let end = unlinked(sim.unlink(&journal).wait().await);
    assert_eq!(end.roles.there, [role(&stack_name(ORG, None))]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_link_whose_stack_is_gone_goes_alone() {
    let sim = Sim::with(|world| world.link("BROKEN", "s"));
    let end = unlinked(sim.unlink(&MemoryJournal::default()).wait().await);
    let StackFate::None { regions, .. } = &end.stack else {
        panic!("{end:?}")
    };
    assert_eq!(regions, &["us-west-2", "eu-west-1"]);
    assert_eq!(sim.world().unlinked, 1);
}

#[tokio::test(start_paused = true)]
async fn a_link_on_its_way_is_not_taken_for_a_left_over() {
    let (sim, journal) = (Sim::default(), MemoryJournal::default());
    sim.world().silent = true;
    sim.link(&journal).no_wait(true).wait().await.unwrap();
    let error = sim.unlink(&journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "link_being_made");
    // Complete, and VMware Cloud still waits for it to phone home.
    let limit = Duration::from_secs(60);
    sim.link(&journal).timeout(limit).wait().await.unwrap_err();
    for journal in [&journal, &MemoryJournal::default()] {
        let error = sim.unlink(journal).wait().await.unwrap_err();
        assert_eq!(error.code(), "link_being_made");
    }
    // Its task has failed: it is of no use to anybody.
    sim.world().task_status = Some("FAILED");
    unlinked(sim.unlink(&MemoryJournal::default()).wait().await);
    assert_eq!(counts(&sim), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn not_waiting_and_running_out_of_time_leave_word_of_what_goes_on() {
    let (sim, journal) = linked(|_| {}).await;
    let end = sim.unlink(&journal).no_wait(true).wait().await.unwrap();
    let UnlinkOutcome::Started(started) = end else {
        panic!("{end:?}")
    };
    assert_eq!(started.work, Work::Unlinking);
    assert_eq!(started.stack.as_deref(), Some(STACK_ID));
    unlinked(sim.unlink(&journal).wait().await);
    assert_gone_once(&sim, "waited for later");

    let (sim, journal) = linked(|_| {}).await;
    let slow = Pace {
        interval: Duration::from_secs(60),
        ..Pace::default()
    };
    let limit = Duration::from_millis(300);
    let unlink = sim.unlink(&journal).pace(slow).timeout(limit);
    let error = unlink.wait().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Pending, "{error:?}");
    assert_eq!(error.code(), "still_unlinking");
    unlinked(sim.unlink(&journal).wait().await);
    assert_gone_once(&sim, "after the time was up");
}

#[tokio::test(start_paused = true)]
async fn settings_that_cannot_work_and_words_that_fit_nothing() {
    let sim = Sim::default();
    let unlink = || sim.unlink(&MemoryJournal::default());
    for bad in [unlink().region("US_WEST_2"), unlink().stack_name("1 a")] {
        let error = bad.wait().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage, "{error:?}");
    }
    assert!(sim.world().log.is_empty());
    let mut nobody = unlink();
    nobody.wanted.account = "no-such-link".into();
    let error = nobody.wait().await.unwrap_err();
    assert!(error.to_string().contains("no-such-link"), "{error}");
}
