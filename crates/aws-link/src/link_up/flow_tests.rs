//! The whole flow against a small world of both services. What counts is what
//! is there at the end: one stack, one link.

use std::time::Duration;

use futures_util::StreamExt;

use crate::test_world::{Fault, Sim};
use crate::testing::{ACCOUNT, ORG, STACK_ID};
use crate::*;

fn linked(end: Result<LinkUpOutcome, Error>) -> Linked {
    match end {
        Ok(LinkUpOutcome::Linked(linked)) => *linked,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn from_nothing_to_linked_and_then_nothing_to_do() {
    let (sim, journal) = (Sim::default(), MemoryJournal::default());
    let first = linked(sim.link(&journal).wait().await);
    assert!(!first.already);
    assert_eq!(first.subnets.unwrap().subnets().count(), 1);
    sim.assert_one_of_each("first run");

    let before = sim.world().log.len();
    let second = linked(sim.link(&journal).wait().await);
    assert!(second.already);
    sim.assert_one_of_each("second run");
    let log = sim.world().log[before..].to_vec();
    assert_eq!(log.len(), 3, "who am I, accounts, subnets: {log:?}");
    assert_eq!(sim.world().tasks.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_stream_tells_the_story_and_shows_no_secret() {
    let sim = Sim::default();
    let mut events = sim.link(&MemoryJournal::default()).events();
    let mut story = String::new();
    let mut kinds = Vec::new();
    while let Some(item) = events.next().await {
        let item = item.unwrap();
        story += &format!("{item:?}\n");
        let text = format!("{item:?}");
        let kind: String = text
            .trim_start_matches("Event(")
            .chars()
            .take_while(|c| c.is_alphanumeric())
            .collect();
        kinds.push(kind);
        if text.contains("TemplateReviewed") {
            // The reader has it before the stack is asked for.
            assert_eq!(sim.world().created, 0);
        }
    }
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "Observed",
            "Decided",
            "LinkRequested",
            "TemplateReviewed",
            "StackCreating",
            "StackEvent",
            "Task",
            "Confirmed",
            "Done"
        ]
        .iter()
        .filter(|kind| **kind != "Task" || kinds.iter().any(|k| k == "Task"))
        .copied()
        .collect::<Vec<_>>()
    );
    assert!(!story.contains("canary"), "{story}");
}

#[tokio::test(start_paused = true)]
async fn dropped_at_the_review_nothing_was_created() {
    let sim = Sim::default();
    let mut events = sim.link(&MemoryJournal::default()).events();
    while let Some(item) = events.next().await {
        if matches!(
            item.unwrap(),
            LinkUpItem::Event(LinkUpEvent::TemplateReviewed(_))
        ) {
            break;
        }
    }
    assert_eq!(events.started(), None);
    drop(events);
    assert_eq!(sim.world().created, 0);
}

/// Every request of a clean run.
async fn clean_log() -> Vec<String> {
    let sim = Sim::default();
    linked(sim.link(&MemoryJournal::default()).wait().await);
    sim.world().log.clone()
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_request_and_run_again_there_is_one_of_each() {
    let requests = clean_log().await;
    for (at, request) in requests.iter().enumerate() {
        for death in [Fault::DieBefore, Fault::DieAfter] {
            for keep_journal in [true, false] {
                let note = format!("{death:?} at {at} ({request}), journal kept: {keep_journal}");
                let sim = Sim::with(|world| world.faults = vec![(at, death)]);
                let journal = MemoryJournal::default();
                assert!(
                    sim.run(sim.link(&journal).events()).await.is_none(),
                    "{note}: did not die"
                );
                let journal = if keep_journal {
                    journal
                } else {
                    MemoryJournal::default()
                };
                linked(sim.link(&journal).wait().await);
                sim.assert_one_of_each(&note);
                let spare = sim.world().tasks.len() - 1;
                assert!(spare <= 1, "{note}: {spare} spare link requests");
                if keep_journal && !request.ends_with("/account-link") {
                    assert_eq!(spare, 0, "{note}: a link request was wasted");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn any_request_failing_once_ends_well_now_or_on_the_next_run() {
    let requests = clean_log().await;
    for (at, request) in requests.iter().enumerate() {
        for fault in [Fault::Refused, Fault::DoneAndCut] {
            let note = format!("{fault:?} at {at} ({request})");
            let sim = Sim::with(|world| world.faults = vec![(at, fault)]);
            let journal = MemoryJournal::default();
            let end = sim.link(&journal).wait().await;
            assert!(sim.world().fired, "{note}: did not happen");
            match end {
                Ok(_) => {}
                Err(error) => {
                    assert!(request.ends_with("/account-link"), "{note}: {error}");
                    assert!(
                        matches!(error, Error::RequestUnclear(_)),
                        "{note}: {error:?}"
                    );
                    assert_eq!(
                        sim.world().tasks.len(),
                        usize::from(fault == Fault::DoneAndCut)
                    );
                    linked(sim.link(&journal).wait().await);
                }
            }
            sim.assert_one_of_each(&note);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_and_however_often_there_is_one_of_each_in_the_end() {
    let mut dice = fastrand::Rng::with_seed(20_260_102);
    for case in 0..200 {
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
        let sim = Sim::with(|world| world.faults.clone_from(&faults));
        let mut journal = MemoryJournal::default();
        let mut runs = 0;
        let end = loop {
            runs += 1;
            assert!(runs <= faults.len() + 1, "{note}: no end");
            match sim.run(sim.link(&journal).events()).await {
                Some(Ok(end)) => break end,
                Some(Err(_)) => {}
                // With the process its disk may go.
                None if dice.bool() => journal = MemoryJournal::default(),
                None => {}
            }
        };
        linked(Ok(end));
        sim.assert_one_of_each(&note);
        assert!(sim.world().tasks.len() <= runs, "{note}: link requests");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_stack_is_told_with_its_reason_and_replaced_only_when_allowed() {
    let sim = Sim::with(|world| {
        world.stack_fails =
            Some("User is not authorized to perform: iam:CreateRole on resource: x");
    });
    let journal = MemoryJournal::default();
    let error = sim.link(&journal).wait().await.unwrap_err();
    assert!(matches!(error, Error::StackFailed { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "the stack vmware-sddc-formation-{ORG} failed (ROLLBACK_COMPLETE): RemoteRole (AWS::IAM::Role): \
                 User is not authorized to perform: iam:CreateRole on resource: x"
        )
    );
    let hint = error.hint().unwrap();
    assert!(hint.contains("Refused: iam:CreateRole"), "{hint}");
    assert!(
        hint.contains("aws cloudformation delete-stack --region us-west-2"),
        "{hint}"
    );
    assert_eq!(error.class(), ErrorClass::Failed);

    let error = sim.link(&journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "failed_stack_in_the_way");
    assert_eq!(
        sim.world().tasks.len(),
        1,
        "no link request while the way is blocked"
    );

    sim.world().stack_fails = None;
    linked(sim.link(&journal).replace_stack(true).wait().await);
    sim.assert_one_of_each("replaced");
    assert_eq!(sim.world().deleted, 1);
}

#[tokio::test(start_paused = true)]
async fn linked_by_somebody_else_meanwhile() {
    // While the template was read: no stack is made.
    let sim = Sim::default();
    let mut events = sim.link(&MemoryJournal::default()).events();
    let mut end = None;
    while let Some(item) = events.next().await {
        match item.unwrap() {
            LinkUpItem::Event(LinkUpEvent::TemplateReviewed(_)) => {
                sim.world().link("ACTIVE", "theirs");
            }
            LinkUpItem::Done(done) => end = Some(done),
            LinkUpItem::Event(_) => {}
        }
    }
    assert_eq!(
        linked(Ok(end.unwrap())).account.cf_stack_name.as_deref(),
        Some("theirs")
    );
    assert_eq!(sim.world().created, 0);

    // While our stack was failing: linked is linked.
    let sim = Sim::with(|world| world.stack_fails = Some("quota"));
    let mut events = sim.link(&MemoryJournal::default()).events();
    while let Some(item) = events.next().await {
        if matches!(
            item.unwrap(),
            LinkUpItem::Event(LinkUpEvent::StackCreating { .. })
        ) {
            sim.world().link("ACTIVE", "theirs");
        }
    }
    assert_eq!(sim.world().links, 1);
}

#[tokio::test(start_paused = true)]
async fn the_task_failed_and_the_list_decides() {
    for listed in [false, true] {
        let sim = Sim::with(|world| {
            world.silent = true;
            world.task_status = Some("FAILED");
            if listed {
                world.silent = false;
            }
        });
        let end = sim.link(&MemoryJournal::default()).wait().await;
        if listed {
            linked(end);
            continue;
        }
        let error = end.unwrap_err();
        assert!(
            matches!(&error, Error::TaskFailed { message, .. } if message == "no roles"),
            "{error:?}"
        );
        assert_eq!(error.class(), ErrorClass::Failed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_never_ends_stops_at_the_time_limit_and_resumes() {
    let sim = Sim::with(|world| world.silent = true);
    let journal = MemoryJournal::default();
    let limit = Duration::from_secs(3600);
    let error = sim.link(&journal).timeout(limit).wait().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Pending);
    let started = error.started().unwrap();
    assert_eq!(started.stack.as_deref(), Some(STACK_ID));
    assert!(started.tracking_task.is_some());
    let looks = sim.world().log.len();
    assert!(looks < 2000, "{looks} requests in an hour");

    let name = stack_name(ORG, None);
    sim.world().link("ACTIVE", &name);
    assert!(linked(sim.link(&journal).wait().await).already);
}

#[tokio::test(start_paused = true)]
async fn complete_and_finished_without_an_account_is_not_called_success() {
    let sim = Sim::with(|world| {
        world.silent = true;
        world.task_status = Some("FINISHED");
    });
    let error = sim
        .link(&MemoryJournal::default())
        .wait()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotConfirmed { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("left-over"));
}

#[tokio::test(start_paused = true)]
async fn refusals_come_with_what_was_not_done() {
    let denied = |action| Sim::with(move |world| world.denied = Some(action));
    let sim = denied("CreateStack");
    let error = sim
        .link(&MemoryJournal::default())
        .wait()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::CreateRefused(_)), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Denied);
    assert_eq!(error.started(), None);
    let hint = error.hint().unwrap();
    assert!(
        hint.contains("Refused: cloudformation:CreateStack"),
        "{hint}"
    );
    assert!(hint.contains("'vmc link policy --for run'"), "{hint}");

    let sim = denied("DescribeStacks");
    let error = sim
        .link(&MemoryJournal::default())
        .wait()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Aws(_)), "{error:?}");
    assert_eq!(
        sim.world().tasks.len(),
        0,
        "no link request before the stack can be looked for"
    );

    for (url, template_status, code) in [
        (
            "https://s3.amazonaws.com.evil.org/t?canary-url",
            200,
            "template_host_refused",
        ),
        (
            "http://127.0.0.1/t?canary-url",
            200,
            "template_host_refused",
        ),
        (
            "https://s3.amazonaws.com/t?canary-url",
            403,
            "template_unavailable",
        ),
    ] {
        let sim = Sim::with(|world| {
            world.template_url = Some(url);
            world.template_status = template_status;
            world.template = Some(
                "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            );
        });
        let error = sim
            .link(&MemoryJournal::default())
            .wait()
            .await
            .unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let all = format!("{error} {error:?} {:?}", error.hint());
        assert!(!all.contains("canary"), "{all}");
        assert_eq!(sim.world().created, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_template_that_cannot_be_read_here_is_said_so_and_used() {
    let sim =
        Sim::with(|world| world.template = Some("Resources:\n  R:\n    Type: AWS::IAM::Role\n"));
    let mut events = sim.link(&MemoryJournal::default()).events();
    let mut review = None;
    while let Some(item) = events.next().await {
        if let LinkUpItem::Event(LinkUpEvent::TemplateReviewed(told)) = item.unwrap() {
            review = Some(told);
        }
    }
    let review = review.unwrap();
    assert!(review.not_reviewed.unwrap().contains("YAML"));
    assert_eq!(review.resources[0].kind, "AWS::IAM::Role");
    sim.assert_one_of_each("yaml");
}

#[tokio::test(start_paused = true)]
async fn an_old_request_whose_template_is_gone_is_asked_for_anew_once() {
    let sim = Sim::with(|world| world.denied = Some("CreateStack"));
    let journal = MemoryJournal::default();
    sim.link(&journal).wait().await.unwrap_err();
    sim.world().denied = None;
    sim.world().template_status = 403;
    let error = sim.link(&journal).wait().await.unwrap_err();
    assert!(matches!(error, Error::Template { .. }), "{error:?}");
    assert_eq!(sim.world().tasks.len(), 2);
    sim.world().template_status = 200;
    linked(sim.link(&journal).wait().await);
    sim.assert_one_of_each("after the expired request");
}

#[tokio::test(start_paused = true)]
async fn looking_changes_nothing() {
    let sim = Sim::default();
    let link = sim.link(&MemoryJournal::default());
    let seen = link.observe().await.unwrap();
    let plan = link.decide(&seen);
    assert_eq!(plan.requests(ORG).len(), 3, "{plan:?}");
    let status = link.status().await.unwrap();
    assert!(status.links().is_empty());
    assert_eq!(sim.world().tasks.len(), 0);
    assert_eq!(sim.world().created, 0);

    sim.world().denied = Some("GetCallerIdentity");
    sim.world().link("BROKEN", "old");
    let status = link.status().await.unwrap();
    assert!(status.identity.is_err());
    assert_eq!(status.links()[0].state.as_deref(), Some("BROKEN"));
}

#[tokio::test(start_paused = true)]
async fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let sim = Sim::default();
    let link = || sim.link(&MemoryJournal::default());
    for bad in [
        link().region("US_WEST_2"),
        link().region(""),
        link().stack_name("1 a"),
        link().expect_account("12"),
    ] {
        let error = bad.wait().await.unwrap_err();
        assert!(matches!(error, Error::Setting(_)), "{error:?}");
        assert_eq!(error.class(), ErrorClass::Usage);
    }
    assert!(sim.world().log.is_empty());
    let error = link()
        .expect_account("999999999999")
        .wait()
        .await
        .unwrap_err();
    assert_eq!(error.code(), "wrong_aws_account");
}

#[tokio::test(start_paused = true)]
async fn not_waiting_leaves_word_of_what_goes_on() {
    let (sim, journal) = (Sim::default(), MemoryJournal::default());
    let end = sim.link(&journal).no_wait(true).wait().await.unwrap();
    let LinkUpOutcome::Started(started) = end else {
        panic!("{end:?}")
    };
    assert_eq!(started.stack.as_deref(), Some(STACK_ID));
    linked(sim.link(&journal).wait().await);
    sim.assert_one_of_each("waited for later");
}

#[tokio::test(start_paused = true)]
async fn two_runs_at_once_are_told_apart() {
    let (sim, journal) = (Sim::default(), MemoryJournal::default());
    let mut first = sim.link(&journal).events();
    while let Some(item) = first.next().await {
        if matches!(
            item.unwrap(),
            LinkUpItem::Event(LinkUpEvent::StackCreating { .. })
        ) {
            break;
        }
    }
    // On the same machine the second one is refused; elsewhere it joins in.
    let error = sim.link(&journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "already_running");
    linked(sim.link(&MemoryJournal::default()).wait().await);
    while let Some(item) = first.next().await {
        item.unwrap();
    }
    sim.assert_one_of_each("two runs");
}

/// A disk that is full, or a home that cannot be written.
#[derive(Debug)]
pub(crate) struct NoJournal;

impl Journal for NoJournal {
    fn lock(&self, _: &LinkKey) -> Result<Box<dyn std::any::Any + Send>, JournalError> {
        Ok(Box::new(()))
    }

    fn read(&self, _: &LinkKey) -> Result<Option<Record>, JournalError> {
        Ok(None)
    }

    fn write(&self, _: &LinkKey, _: &Record) -> Result<(), JournalError> {
        Err(JournalError::Io {
            path: "/state".into(),
            doing: "write",
            source: std::io::Error::other("no space left"),
        })
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_place_to_write_nothing_is_created_and_what_is_linked_stays_so() {
    let sim = Sim::default();
    let link = sim.link(&MemoryJournal::default()).journal(NoJournal);
    let error = link.wait().await.unwrap_err();
    assert!(matches!(error, Error::Journal(_)), "{error:?}");
    assert_eq!(sim.world().created, 0);
    sim.world().link("ACTIVE", "theirs");
    assert!(linked(link.wait().await).already);
}

#[tokio::test(start_paused = true)]
async fn unlinked_and_linked_again_the_old_stack_is_not_taken_for_a_new_one() {
    let (sim, journal) = (Sim::default(), MemoryJournal::default());
    linked(sim.link(&journal).wait().await);
    sim.world().accounts.clear();
    let error = sim.link(&journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "left_over_stack_in_the_way");
    assert_eq!(sim.world().tasks.len(), 1);
    sim.world().task_status = None;
    linked(sim.link(&journal).replace_stack(true).wait().await);
    let world = sim.world();
    assert_eq!((world.created, world.deleted, world.links), (2, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn roles_that_an_sddc_uses_are_not_replaced_after_its_link_is_gone() {
    let (sim, journal) = (Sim::default(), MemoryJournal::default());
    linked(sim.link(&journal).wait().await);
    sim.world().deploy("lab", "link-1");
    sim.world().accounts.clear();
    let replacing = sim.link(&journal).replace_stack(true);
    let error = replacing.wait().await.unwrap_err();
    assert_eq!(error.code(), "stack_in_use");
    assert!(error.to_string().contains("lab"), "{error}");
    assert_eq!(sim.world().deleting, 0);
    let status = sim.link(&journal).status().await.unwrap();
    assert!(status.left_over().is_none() && status.still_used().is_some());

    sim.world().connections.clear();
    let status = sim.link(&journal).status().await.unwrap();
    assert!(status.left_over().is_some() && status.still_used().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stack_whose_link_is_on_its_way_is_not_replaced_by_the_next_run() {
    let (sim, journal) = (
        Sim::with(|world| world.silent = true),
        MemoryJournal::default(),
    );
    let name = stack_name(ORG, None);
    // An earlier link, unlinked before, is still listed.
    sim.world().accounts.push(serde_json::json!({
        "id": "link-0", "account_number": ACCOUNT, "state": "DELETED", "cf_stack_name": name,
        "updated": "2026-01-01T00:00:00.000000Z",
    }));
    let short = sim.link(&journal).timeout(Duration::from_secs(60));
    assert!(matches!(short.wait().await, Err(Error::Pending { .. })));
    for journal in [journal, MemoryJournal::default()] {
        let link = sim.link(&journal).replace_stack(true);
        let again = link.timeout(Duration::from_secs(60)).wait().await;
        assert!(matches!(again, Err(Error::Pending { .. })), "{again:?}");
    }
    let world = sim.world();
    assert_eq!((world.created, world.deleting), (1, 0));
}

#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn no_log_line_down_to_debug_shows_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    // While there is one dispatcher, a test on another thread that meets a
    // callsite first switches it off for all. With two it cannot.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    linked(Sim::default().link(&MemoryJournal::default()).wait().await);
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("CreateStack"),
        "the SDK's own lines are in it"
    );
    let leak = text.lines().find(|line| line.contains("canary"));
    assert_eq!(leak, None);
}
