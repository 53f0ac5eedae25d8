//! The hand-off against a small world of both services. What counts is what is
//! there at the end: one stack, one link.

use std::time::Duration;

use time::OffsetDateTime;
use time::macros::datetime;

use crate::hand_off::file::HandOff;
use crate::link_up::flow_tests::NoJournal;
use crate::test_world::{Fault, Sim};
use crate::testing::{ACCOUNT, ORG};
use crate::*;

async fn requested(request: LinkRequest) -> HandOff {
    match request.plan().await.unwrap() {
        RequestPlan::Ask(asking) => request.ask(asking).await.unwrap().0,
        other => panic!("{other:?}"),
    }
}

fn complete(end: Result<RunOutcome, Error>) -> bool {
    match end {
        Ok(RunOutcome::Complete { already, .. }) => already,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn two_people_make_one_link_and_a_third_run_nothing() {
    let (sim, journal) = (Sim::default(), MemoryJournal::default());
    let file = requested(sim.link_request()).await;
    assert_eq!(file.about().org_name.as_deref(), Some("Lab"));
    let read = HandOff::read(&file.write()).unwrap();
    let asked = sim.world().log.clone();
    assert!(
        !asked.iter().any(|line| line.starts_with("aws")),
        "{asked:?}"
    );

    assert!(!complete(sim.link_run(&read, &journal).wait().await));
    let run = sim.world().log[asked.len()..].to_vec();
    assert!(!run.iter().any(|line| line.starts_with("vmc")), "{run:?}");
    assert!(complete(sim.link_run(&read, &journal).wait().await));

    let confirmed = sim.link_wait(&file).wait().await.unwrap();
    assert_eq!(confirmed.account.account_number.as_deref(), Some(ACCOUNT));
    assert_eq!(confirmed.subnets.unwrap().subnets().count(), 1);
    sim.assert_one_of_each("hand-off");

    // Whoever has both sides sees it as a link of this flow.
    let again = sim.link(&MemoryJournal::default()).wait().await.unwrap();
    assert!(matches!(again, LinkUpOutcome::Linked(linked) if linked.already));
    assert_eq!(sim.world().tasks.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn link_up_takes_a_stack_that_was_handed_off_for_its_own() {
    let sim = Sim::default();
    let file = requested(sim.link_request()).await;
    let started = sim.link_run(&file, &MemoryJournal::default()).no_wait(true);
    assert!(matches!(
        started.wait().await,
        Ok(RunOutcome::Started(started)) if started.accepted
    ));
    let plan = {
        let link = sim.link(&MemoryJournal::default());
        link.decide(&link.observe().await.unwrap())
    };
    let Plan::Follow { tracking_task, .. } = plan else {
        panic!("{plan:?}")
    };
    assert_eq!(tracking_task.unwrap().as_str(), file.about().tracking_task);
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_request_and_run_again_there_is_one_of_each() {
    let clean = Sim::default();
    let file = requested(clean.link_request()).await;
    let first = clean.world().log.len();
    complete(
        clean
            .link_run(&file, &MemoryJournal::default())
            .wait()
            .await,
    );
    let requests = clean.world().log.clone();
    for (at, request) in requests.iter().enumerate().skip(first) {
        for fault in [
            Fault::DieBefore,
            Fault::DieAfter,
            Fault::DoneAndCut,
            Fault::Refused,
        ] {
            let note = format!("{fault:?} at {at} ({request})");
            let sim = Sim::with(|world| world.faults = vec![(at, fault)]);
            let file = requested(sim.link_request()).await;
            let journal = MemoryJournal::default();
            let end = sim.until_death(sim.link_run(&file, &journal).wait()).await;
            assert!(sim.world().fired, "{note}: did not happen");
            if !matches!(end, Some(Ok(_))) {
                assert!(
                    matches!(fault, Fault::DieBefore | Fault::DieAfter),
                    "{note}: {end:?}"
                );
                complete(sim.link_run(&file, &MemoryJournal::default()).wait().await);
            }
            sim.link_wait(&file).wait().await.unwrap();
            sim.assert_one_of_each(&note);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_linked_needs_no_request() {
    let sim = Sim::with(|world| world.link("ACTIVE", "s"));
    let request = sim.link_request().account(ACCOUNT);
    assert!(matches!(
        request.plan().await,
        Ok(RequestPlan::NothingToDo(_))
    ));
    // Nobody said which account: the file does, by the list of links.
    let file = requested(sim.link_request()).await;
    let run = sim.link_run(&file, &MemoryJournal::default());
    assert!(matches!(
        run.wait().await,
        Ok(RunOutcome::Linked { account }) if account == ACCOUNT
    ));
    assert_eq!(sim.world().created, 0);
}

#[tokio::test(start_paused = true)]
async fn a_broken_link_is_made_anew_only_when_it_was_asked_for() {
    let sim = Sim::with(|world| world.link("BROKEN", "old"));
    let error = sim
        .link_request()
        .account(ACCOUNT)
        .plan()
        .await
        .unwrap_err();
    assert_eq!(error.code(), "link_broken");
    let file = requested(sim.link_request()).await;
    let run = sim.link_run(&file, &MemoryJournal::default());
    let error = run.wait().await.unwrap_err();
    assert_eq!(error.code(), "link_broken");
    assert!(
        error.hint().unwrap().contains("vmc link request"),
        "{error}"
    );
    assert_eq!(sim.world().created, 0);

    let request = sim.link_request().account(ACCOUNT).relink_broken(true);
    let file = requested(request).await;
    assert_ne!(file.about().stack_name, stack_name(ORG, None));
    complete(sim.link_run(&file, &MemoryJournal::default()).wait().await);
    assert_eq!(sim.world().created, 1);
}

#[tokio::test(start_paused = true)]
async fn an_unclear_answer_to_the_request_is_told_and_not_repeated() {
    for fault in [Fault::DoneAndCut, Fault::Page] {
        // Organization and links are read first.
        let sim = Sim::with(|world| world.faults = vec![(2, fault)]);
        let request = sim.link_request();
        let RequestPlan::Ask(asking) = request.plan().await.unwrap() else {
            panic!()
        };
        let error = request.ask(asking).await.unwrap_err();
        assert!(matches!(error, Error::RequestUnclear(_)), "{error:?}");
        assert_eq!(error.class(), ErrorClass::Unclear);
        assert_eq!(
            sim.world().tasks.len(),
            usize::from(fault == Fault::DoneAndCut)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_expired_or_exchanged_or_gone_creates_nothing() {
    let sim = Sim::default();
    let file = requested(sim.link_request()).await;
    let journal = MemoryJournal::default();

    let mut late = sim.link_run(&file, &journal);
    late.now(|| OffsetDateTime::from_unix_timestamp(32_503_680_000 + 7200).unwrap());
    let error = late.wait().await.unwrap_err();
    assert_eq!(error.code(), "link_request_expired");
    assert!(error.to_string().contains("days ago"), "{error}");

    sim.world().template = Some(r#"{"Resources":{"X":{"Type":"AWS::IAM::Role"}}}"#);
    let error = sim.link_run(&file, &journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "template_differs");

    sim.world().template_status = 403;
    let error = sim.link_run(&file, &journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "template_gone");
    assert_eq!(error.class(), ErrorClass::Failed);

    let run = sim.link_run(&file, &journal).expect_account("999999999999");
    let error = run.wait().await.unwrap_err();
    assert_eq!(error.code(), "wrong_aws_account");
    assert_eq!(sim.world().created, 0);

    // What is made is followed, however late it is.
    sim.world().template = None;
    sim.world().template_status = 200;
    complete(sim.link_run(&file, &journal).wait().await);
    let mut late = sim.link_run(&file, &journal);
    late.now(|| OffsetDateTime::from_unix_timestamp(64_000_000_000).unwrap());
    assert!(complete(late.wait().await));
}

#[tokio::test(start_paused = true)]
async fn a_template_elsewhere_is_refused_before_anything_is_made() {
    let sim = Sim::with(|world| world.template_url = Some("https://evil.example/t?sig=canary"));
    let request = sim.link_request();
    let RequestPlan::Ask(asking) = request.plan().await.unwrap() else {
        panic!()
    };
    let error = request.ask(asking).await.unwrap_err();
    assert_eq!(error.code(), "template_host_refused");
    let file = requested(sim.link_request().allow_template_host("evil.example")).await;
    let run = sim.link_run(&file, &MemoryJournal::default());
    let error = run.wait().await.unwrap_err();
    assert_eq!(error.code(), "template_host_refused");
    assert!(!format!("{error}{error:?}{run:?}").contains("canary"));
    assert_eq!(sim.world().created, 0);
}

#[tokio::test(start_paused = true)]
async fn a_failed_stack_is_replaced_with_the_same_file_when_allowed() {
    let sim = Sim::with(|world| world.stack_fails = Some("denied by an SCP"));
    let file = requested(sim.link_request()).await;
    let journal = MemoryJournal::default();
    let error = sim.link_run(&file, &journal).wait().await.unwrap_err();
    assert!(error.to_string().contains("denied by an SCP"), "{error}");
    let error = sim.link_run(&file, &journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "failed_stack_in_the_way");
    sim.world().stack_fails = None;
    let replacing = sim.link_run(&file, &journal).replace_stack(true);
    assert!(!complete(replacing.wait().await));
    sim.assert_one_of_each("replaced");
}

#[tokio::test(start_paused = true)]
async fn killed_while_replacing_the_next_run_makes_the_stack_all_the_same() {
    let fails = |world: &mut test_world::World| world.stack_fails = Some("no");
    let clean = Sim::with(fails);
    let file = requested(clean.link_request()).await;
    let journal = MemoryJournal::default();
    let _ = clean.link_run(&file, &journal).wait().await;
    let first = clean.world().log.len();
    clean.world().stack_fails = None;
    let replacing = clean.link_run(&file, &journal).replace_stack(true);
    complete(replacing.wait().await);
    let all = clean.world().log.len();
    for at in first..all {
        let sim = Sim::with(fails);
        let file = requested(sim.link_request()).await;
        let _ = sim.link_run(&file, &journal).wait().await;
        sim.world().stack_fails = None;
        sim.world().faults = vec![(at, Fault::DieAfter)];
        let replacing = sim.link_run(&file, &journal).replace_stack(true);
        assert!(sim.until_death(replacing.wait()).await.is_none(), "{at}");
        let journal = MemoryJournal::default();
        let again = sim.link_run(&file, &journal).replace_stack(true);
        complete(again.wait().await);
        sim.assert_one_of_each(&format!("killed after request {at}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stack_of_another_request_is_not_reported_as_this_one() {
    let sim = Sim::default();
    let first = requested(sim.link_request()).await;
    let second = requested(sim.link_request()).await;
    let journal = MemoryJournal::default();
    complete(sim.link_run(&first, &journal).wait().await);
    let error = sim.link_run(&second, &journal).wait().await.unwrap_err();
    assert_eq!(error.code(), "left_over_stack_in_the_way");
    assert!(
        error.to_string().contains("another link request"),
        "{error}"
    );
    sim.assert_one_of_each("two requests");
}

#[tokio::test(start_paused = true)]
async fn replacing_twice_makes_one_stack_though_an_earlier_link_is_listed() {
    let sim = Sim::default();
    let name = stack_name(ORG, None);
    sim.world().accounts.push(serde_json::json!({
        "id": "link-0", "account_number": ACCOUNT, "state": "DELETED", "cf_stack_name": name,
        "updated": "2026-01-01T00:00:00.000000Z",
    }));
    let file = requested(sim.link_request()).await;
    let run = || {
        sim.link_run(&file, &MemoryJournal::default())
            .replace_stack(true)
    };
    assert!(!complete(run().wait().await));
    assert!(complete(run().wait().await));
    let world = sim.world();
    assert_eq!((world.created, world.deleting), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_complete_stack_of_another_request_goes_only_if_the_request_could_know_it() {
    // The stack is from 2026-01-02 03:04:05.
    for (asked, goes) in [
        (datetime!(2026-01-02 04:04:04 UTC), false),
        (datetime!(2026-01-02 04:04:05 UTC), true),
        (datetime!(2026-01-01 00:00:00 UTC), false),
    ] {
        let sim = Sim::default();
        let first = requested(sim.link_request()).await;
        let mut second = requested(sim.link_request()).await;
        second.about.created = asked;
        let journal = MemoryJournal::default();
        complete(sim.link_run(&first, &journal).wait().await);
        let replacing = sim.link_run(&second, &journal).replace_stack(true);
        let end = replacing.wait().await;
        assert_eq!(sim.world().deleting, usize::from(goes), "{asked}: {end:?}");
        match end {
            Ok(_) => assert!(goes, "{asked}"),
            Err(error) => assert_eq!(error.code(), "left_over_stack_in_the_way"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_request_is_remembered_before_anything_is_done_and_its_stack_after() {
    let sim = Sim::default();
    let file = requested(sim.link_request()).await;
    let key = LinkKey {
        org: ORG.into(),
        account: ACCOUNT.into(),
    };
    let run = sim.link_run(&file, &MemoryJournal::default());
    let error = run.journal(NoJournal).wait().await.unwrap_err();
    assert!(matches!(error, Error::Journal(_)), "{error:?}");
    assert_eq!(sim.world().created, 0);

    let journal = MemoryJournal::default();
    sim.world().denied = Some("CreateStack");
    sim.link_run(&file, &journal).wait().await.unwrap_err();
    let pending = journal.read(&key).unwrap().unwrap().request.unwrap();
    assert_eq!(pending.tracking_task, file.about.tracking_task);

    sim.world().denied = None;
    let elsewhere = sim.link_run(&file, &MemoryJournal::default());
    complete(elsewhere.wait().await);
    assert!(complete(sim.link_run(&file, &journal).wait().await));
    let record = journal.read(&key).unwrap().unwrap();
    assert!(record.stack.is_some() && record.request.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_account_told_last_is_the_one_expected() {
    let sim = Sim::default();
    let file = requested(sim.link_request()).await;
    let run = || sim.link_run(&file, &MemoryJournal::default());
    let wrong = run().expect_account(ACCOUNT).expect_account("999999999999");
    let error = wrong.wait().await.unwrap_err();
    assert_eq!(error.code(), "wrong_aws_account");
    let right = run().expect_account("999999999999").expect_account(ACCOUNT);
    complete(right.wait().await);
    let anybodys = sim.link_request().relink_broken(true);
    assert!(matches!(anybodys.plan().await, Err(Error::Setting(_))));
    let wait = sim.link_wait(&file).account("12");
    assert!(matches!(wait.wait().await, Err(Error::Setting(_))));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_linked_before_and_is_touched_is_not_the_new_one() {
    let sim = Sim::with(|world| world.link("ACTIVE", "older"));
    let file = requested(sim.link_request()).await;
    sim.world().task_status = Some("FINISHED");
    sim.world().task_created = Some("2026-01-01T00:00:00.000000Z");
    sim.world().accounts[0]["updated"] = "2026-01-02T00:00:00.000000Z".into();
    let error = sim.link_wait(&file).wait().await.unwrap_err();
    assert!(matches!(error, Error::NotListed { .. }), "{error:?}");
    // Without a note of what was linked before, that is all there is to go by.
    let wait = LinkWait::new(&sim.vmc(), ORG, file.about.tracking_task.as_str());
    wait.wait().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_time_is_up_and_the_stack_goes_on() {
    let sim = Sim::default();
    let file = requested(sim.link_request()).await;
    let run = sim
        .link_run(&file, &MemoryJournal::default())
        .timeout(Duration::from_millis(500));
    let error = run.wait().await.unwrap_err();
    assert!(matches!(error, Error::Pending { .. }), "{error:?}");
    assert!(error.started().unwrap().accepted);
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_with_the_reason_the_time_or_the_unknown_task() {
    let sim = Sim::default();
    let file = requested(sim.link_request()).await;
    let wait = sim.link_wait(&file).timeout(Duration::from_secs(600));
    let error = wait.wait().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Pending);
    let started = error.started().unwrap();
    assert_eq!(
        started.tracking_task.as_deref(),
        Some(file.about().tracking_task.as_str())
    );

    sim.world().task_status = Some("FAILED");
    let error = sim.link_wait(&file).wait().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Failed);
    assert!(error.to_string().contains("no roles"), "{error}");
    assert!(error.hint().unwrap().contains("vmc link request"));

    sim.world().task_status = Some("FINISHED");
    let error = sim.link_wait(&file).wait().await.unwrap_err();
    assert!(matches!(error, Error::NotListed { .. }), "{error:?}");

    let nobody = LinkWait::new(&sim.vmc(), ORG, "no-such-task");
    let error = nobody.wait().await.unwrap_err();
    assert_eq!(
        error.vmc().and_then(vmc_api::Error::status),
        Some(http::StatusCode::NOT_FOUND)
    );
}

#[tokio::test(start_paused = true)]
async fn waiting_survives_an_outage_and_takes_no_other_account_for_the_new_one() {
    let sim = Sim::with(|world| world.link("ACTIVE", "older"));
    let file = requested(sim.link_request()).await;
    let now = sim.world().log.len();
    sim.world().faults = (now + 1..now + 40).map(|at| (at, Fault::Refused)).collect();
    let wait = sim.link_wait(&file).timeout(Duration::from_secs(1200));
    let error = wait.wait().await.unwrap_err();
    assert!(sim.world().fired);
    assert!(matches!(error, Error::Pending { .. }), "{error:?}");

    sim.world().link("ACTIVE", "newer");
    sim.world().task_status = Some("FINISHED");
    let confirmed = sim.link_wait(&file).wait().await.unwrap();
    assert_eq!(confirmed.account.cf_stack_name.as_deref(), Some("newer"));
}

#[tokio::test(start_paused = true)]
async fn a_template_that_changed_is_told_and_refused_if_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let notes = || Notes::new(folder.path());
    let journal = MemoryJournal::default();
    let sim = Sim::default();
    let file = requested(sim.link_request()).await;
    complete(sim.link_run(&file, &journal).notes(notes()).wait().await);
    assert!(notes().template(ORG).unwrap().is_some());

    let other = || {
        Sim::with(|world| {
            world.template = Some(
                r#"{"Resources":{"R":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":
                {"Statement":{"Principal":"*"}}}}}}"#,
            );
        })
    };
    let sim = other();
    let file = requested(sim.link_request()).await;
    let run = sim.link_run(&file, &journal).notes(notes());
    let error = run
        .clone()
        .refuse_changed_template(true)
        .wait()
        .await
        .unwrap_err();
    assert_eq!(error.code(), "template_changed");
    assert_eq!(error.class(), ErrorClass::Conflict);
    assert!(error.to_string().contains("R: trusts now: *"), "{error}");
    assert_eq!(sim.world().created, 0);
    // `link up` compares with the same note, and a warning is no refusal.
    let link = other().link(&journal).notes(notes());
    let error = link.refuse_changed_template(true).wait().await.unwrap_err();
    assert_eq!(error.code(), "template_changed");
    complete(run.wait().await);

    // A note that cannot be read stops only who wants to refuse.
    let torn = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::write(torn.path().join(entry.unwrap().file_name()), "torn").unwrap();
    }
    let sim = other();
    let file = requested(sim.link_request()).await;
    let run = sim.link_run(&file, &MemoryJournal::default());
    let run = run.notes(Notes::new(torn.path()));
    let refusing = run.clone().refuse_changed_template(true);
    assert!(matches!(refusing.wait().await, Err(Error::Journal(_))));
    complete(run.wait().await);

    // It has been used, so it is what was seen.
    let sim = other();
    let file = requested(sim.link_request()).await;
    let run = sim
        .link_run(&file, &MemoryJournal::default())
        .notes(notes());
    complete(run.refuse_changed_template(true).wait().await);
}
