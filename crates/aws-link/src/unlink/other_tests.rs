//! The flow beside others: what somebody else made, changed or finished.

use std::time::Duration;

use futures_util::StreamExt;

use crate::test_world::Sim;
use crate::testing::{ACCOUNT, NAMESAKE_ID, ORG, STACK_ID};
use crate::unlink::flow::is_gone;
use crate::unlink::flow_tests::{assert_gone_once, counts, linked, unlinked};
use crate::*;

/// Runs it, with a change to the world while the plan is being read.
async fn run_with(unlink: &Unlink, meanwhile: impl Fn()) -> Result<UnlinkOutcome, Error> {
    let mut events = unlink.events();
    while let Some(item) = events.next().await {
        match item? {
            UnlinkItem::Event(UnlinkEvent::Decided(_)) => meanwhile(),
            UnlinkItem::Event(_) => {}
            UnlinkItem::Done(done) => return Ok(done),
        }
    }
    panic!("no end")
}

#[tokio::test(start_paused = true)]
async fn what_changes_while_the_plan_is_read_is_not_done_unasked() {
    let (sim, journal) = linked(|_| {}).await;
    let late = || sim.world().deploy("late", "link-1");
    let error = run_with(&sim.unlink(&journal), late).await.unwrap_err();
    assert_eq!(error.code(), "link_in_use");

    let (sim, journal) = linked(|_| {}).await;
    let relinked = || {
        let mut world = sim.world();
        world.accounts.clear();
        world.link("ACTIVE", &stack_name(ORG, None));
    };
    let error = run_with(&sim.unlink(&journal), relinked).await.unwrap_err();
    assert_eq!(error.code(), "link_changed", "{error:?}");
    assert!(error.to_string().contains("link-2"), "{error}");
    assert_eq!(counts(&sim), (0, 0));

    // Less is left to do than was told, and that is done.
    let (sim, journal) = linked(|_| {}).await;
    let unlinked_by_another = || sim.world().accounts.clear();
    let end = run_with(&sim.unlink(&journal), unlinked_by_another).await;
    assert!(unlinked(end).account.is_none());
    assert_eq!(counts(&sim), (0, 1));
}

fn record(journal: &MemoryJournal) -> Record {
    let key = LinkKey {
        org: ORG.into(),
        account: ACCOUNT.into(),
    };
    journal.read(&key).unwrap().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn the_service_has_the_last_word() {
    let (sim, journal) = linked(|world| world.refuses_unlinking = true).await;
    let before = record(&journal);
    let error = sim.unlink(&journal).wait().await.unwrap_err();
    assert!(matches!(error, Error::NotUnlinked { .. }), "{error:?}");
    assert_eq!(error.code(), "not_unlinked");
    assert_eq!(error.class(), ErrorClass::Conflict);
    assert_eq!(counts(&sim), (0, 0));
    assert_eq!(record(&journal), before, "nothing was begun");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_finished_is_not_unfinished_for_ever() {
    let (sim, journal) = linked(|world| world.denied = Some("DeleteStack")).await;
    sim.unlink(&journal).wait().await.unwrap_err();
    assert_eq!(record(&journal).unlink.unwrap().done_at, None);
    sim.world().stack = None;
    assert!(unlinked(sim.unlink(&journal).wait().await).nothing_to_do);
    let record = record(&journal);
    assert!(record.unlink.unwrap().done_at.is_some());
    assert_eq!(record.stack, None);
}

#[test]
fn a_stack_is_forgotten_only_when_it_is_certainly_gone() {
    let known = StackRecord {
        id: STACK_ID.into(),
        name: "s".into(),
        region: DEFAULT_REGION.into(),
        tracking_task: None,
        template_sha256: None,
    };
    for (name, closed, gone) in [("s", false, true), ("s", true, false), ("t", false, false)] {
        let closed = closed.then(|| ("eu-west-1".to_owned(), "denied".to_owned()));
        let fate = StackFate::None {
            names: vec![name.into()],
            regions: vec![DEFAULT_REGION.into()],
            not_looked: closed.into_iter().collect(),
        };
        assert_eq!(is_gone(Some(&known), &fate), gone, "{fate:?}");
    }
    assert!(!is_gone(Some(&known), &StackFate::NotLookedFor));
}

#[tokio::test(start_paused = true)]
async fn a_stack_of_an_earlier_link_stays_and_the_links_own_goes() {
    for remembered in [false, true] {
        let (sim, journal) = (Sim::default(), MemoryJournal::default());
        sim.world().link("ACTIVE", "s");
        sim.world().console_made("s");
        sim.world().namesakes_but_in = Some("eu-west-1");
        let key = sim.unlink(&journal).key(ACCOUNT);
        let stack = StackRecord {
            id: NAMESAKE_ID.into(),
            name: "s".into(),
            region: DEFAULT_REGION.into(),
            tracking_task: None,
            template_sha256: None,
        };
        let record = Record {
            stack: remembered.then_some(stack),
            ..Record::default()
        };
        journal.write(&key, &record).unwrap();
        let end = unlinked(sim.unlink(&journal).wait().await);
        assert!(
            matches!(&end.stack, StackFate::Delete { stack } if stack.region == "eu-west-1"),
            "{end:?}"
        );
        assert_gone_once(&sim, &format!("remembered: {remembered}"));
    }
    // Without the link's own there is nothing that may go.
    let sim = Sim::with(|world| {
        world.link("ACTIVE", "s");
        world.namesakes_but_in = Some("eu-west-1");
    });
    let end = unlinked(sim.unlink(&MemoryJournal::default()).wait().await);
    assert!(
        matches!(&end.stack, StackFate::Leave { why, .. } if why.contains("roles")),
        "{end:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_the_plan_takes_its_time() {
    let (sim, journal) = linked(|_| {}).await;
    let unlink = sim.unlink(&journal).timeout(Duration::from_secs(300));
    let mut events = unlink.events();
    while let Some(item) = events.next().await {
        if let UnlinkItem::Event(UnlinkEvent::Decided(_)) = item.unwrap() {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
    }
    assert_gone_once(&sim, "after an hour");
}

/// Linked and unlinked from here; now somebody else links it anew, and the stack
/// is complete.
async fn linked_anew_elsewhere(lists_deleted: bool) -> (Sim, MemoryJournal) {
    let (sim, journal) = linked(|world| world.lists_deleted = lists_deleted).await;
    unlinked(sim.unlink(&journal).wait().await);
    sim.world().silent = true;
    sim.world().task_status = None;
    let elsewhere = sim.link(&MemoryJournal::default());
    let limit = Duration::from_secs(60);
    elsewhere.timeout(limit).wait().await.unwrap_err();
    (sim, journal)
}

#[tokio::test(start_paused = true)]
async fn an_earlier_unlinking_says_nothing_about_a_new_stack() {
    for lists_deleted in [false, true] {
        let (sim, journal) = linked_anew_elsewhere(lists_deleted).await;
        let error = sim.unlink(&journal).wait().await.unwrap_err();
        assert_eq!(error.code(), "link_being_made", "{error:?}");
        assert_eq!(counts(&sim), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_that_turns_up_after_its_task_is_waited_for() {
    let (sim, journal) = linked_anew_elsewhere(false).await;
    sim.world().task_status = Some("FINISHED");
    let mut events = sim.unlink(&journal).events();
    let mut rest = None;
    while let Some(item) = events.next().await {
        match item.unwrap() {
            UnlinkItem::Event(UnlinkEvent::Settling { rest: told, .. }) => {
                rest = Some(told);
                sim.world().link("ACTIVE", &stack_name(ORG, None));
            }
            UnlinkItem::Event(UnlinkEvent::Decided(plan)) => {
                assert_eq!(plan.account.unwrap().id.as_str(), "link-2");
                break;
            }
            _ => {}
        }
    }
    assert_eq!(rest, Some(Pace::default().settle));
    assert_eq!(counts(&sim), (1, 1));
}

#[test]
fn how_long_a_finished_task_may_take_to_show() {
    let mut unlink = Sim::default().unlink(&MemoryJournal::default());
    unlink.now = || time::macros::datetime!(2026-01-02 03:00:00 UTC);
    for (end, rest) in [
        (Some("2026-01-02T02:59:30.000000Z"), Some(90)),
        (Some("2026-01-02T02:58:00.000000Z"), None),
        // Their clock is a little ahead, or by far.
        (Some("2026-01-02T03:00:05.000000Z"), Some(120)),
        (Some("2026-01-02T05:00:00.000000Z"), None),
        (None, Some(120)),
    ] {
        let task = serde_json::json!({"id": "t", "end_time": end});
        let rest = rest.map(Duration::from_secs);
        let task = serde_json::from_value(task).unwrap();
        assert_eq!(unlink.settling(&task), rest, "{end:?}");
    }
}
