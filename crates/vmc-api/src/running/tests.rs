//! Tasks on a paused clock: hours pass in milliseconds.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::json;
use tokio::time::Instant;
use vmc_http::bytes::Bytes;
use vmc_http::{Answer, BoxFuture, Explanation, Outcome};

use super::*;
use crate::models::Task;

fn task(status: &str) -> Task {
    serde_json::from_value(json!({"id": "t1", "status": status})).unwrap()
}

fn going(percent: i64, minutes: i64) -> Task {
    serde_json::from_value(json!({
        "id": "t1", "status": "STARTED", "progress_percent": percent, "estimated_remaining_minutes": minutes
    }))
    .unwrap()
}

fn answered(status: u16) -> vmc_http::Error {
    vmc_http::Error::Status {
        operation: Cow::Borrowed("orgs.tasks.get"),
        answer: Box::new(Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }),
        explanation: Box::new(Explanation::default()),
        outcome: Outcome::Refused,
        context: Default::default(),
    }
}

type Script = dyn Fn(u32, Duration) -> Result<Task, vmc_http::Error> + Send + Sync;

/// A service that answers by the number of the look, from 1, and the time since it began.
struct Scripted {
    looks: AtomicU32,
    began: Instant,
    answer: Box<Script>,
}

impl TaskSource for Scripted {
    fn look(&self) -> BoxFuture<'_, Result<Task, vmc_http::Error>> {
        let look = self.looks.fetch_add(1, Ordering::Relaxed) + 1;
        Box::pin(async move { (self.answer)(look, self.began.elapsed()) })
    }
}

fn service(
    answer: impl Fn(u32, Duration) -> Result<Task, vmc_http::Error> + Send + Sync + 'static,
) -> Arc<Scripted> {
    Arc::new(Scripted {
        looks: AtomicU32::new(0),
        began: Instant::now(),
        answer: Box::new(answer),
    })
}

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A task that takes `takes` and says of itself what `estimate` makes of the
/// time that is left. Gives the looks it took and how late the end was noticed.
async fn watched(takes: Duration, estimate: fn(Duration, Duration) -> i64) -> (u32, Duration) {
    let source = service(move |_, now| {
        if now >= takes {
            return Ok(task("FINISHED"));
        }
        Ok(going(
            (now.as_secs() * 100 / takes.as_secs()) as i64,
            estimate(now, takes),
        ))
    });
    Running::new("t1", source.clone()).wait().await.unwrap();
    (
        source.looks.load(Ordering::Relaxed),
        source.began.elapsed() - takes,
    )
}

/// Whole minutes left, as an honest service says.
fn honest(now: Duration, takes: Duration) -> i64 {
    (takes - now).as_secs() as i64 / 60
}

/// The estimates a real creation of two hours gave: renewed four times.
fn by_phase(now: Duration, takes: Duration) -> i64 {
    let total = 121 * takes.as_secs() as i64 / 7200;
    match now.as_secs() * 100 / takes.as_secs() {
        0..21 => total,
        21..68 => total * 95 / 121,
        68..91 => total * 38 / 121,
        _ => total * 10 / 121,
    }
}

fn none(_: Duration, _: Duration) -> i64 {
    -1
}

#[tokio::test(start_paused = true)]
async fn two_hours_cost_few_looks() {
    fastrand::seed(20);
    for (estimate, name) in [
        (honest as fn(_, _) -> _, "honest"),
        (by_phase, "by phase"),
        (none, "none"),
    ] {
        let (looks, late) = watched(secs(7200), estimate).await;
        assert!(looks < 150, "{looks} looks with estimates of kind {name}");
        assert!(
            late <= secs(70),
            "noticed {late:?} late with estimates of kind {name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_is_noticed_within_seconds_at_the_median() {
    fastrand::seed(20);
    for estimate in [honest, by_phase] {
        let mut lates = Vec::new();
        for _ in 0..201 {
            let (_, late) = watched(secs(fastrand::u64(60..3 * 3600)), estimate).await;
            lates.push(late);
        }
        lates.sort_unstable();
        assert!(lates[100] <= secs(10), "median {:?}", lates[100]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_early_failure_of_a_long_task_is_known_early() {
    let source = service(|_, now| {
        Ok(if now < secs(20) {
            going(1, 120)
        } else {
            task("FAILED")
        })
    });
    let running = Running::new("t1", source.clone());
    running.wait().await.unwrap_err();
    assert!(
        source.began.elapsed() < secs(35),
        "{:?}",
        source.began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn looks_thin_out_when_the_estimate_is_overrun_or_stands_still() {
    fastrand::seed(20);
    for minutes in [0, 2, 10] {
        let source = service(move |_, now| {
            Ok(if now < secs(7200) {
                going(50, minutes)
            } else {
                task("FINISHED")
            })
        });
        Running::new("t1", source.clone()).wait().await.unwrap();
        let looks = source.looks.load(Ordering::Relaxed);
        assert!(
            looks < 150,
            "{looks} looks at a task that says {minutes} min all the time"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_look_is_at_once_and_events_come_before_waits() {
    let source = service(|look, _| {
        Ok(if look < 3 {
            going(1, 100)
        } else {
            task("FINISHED")
        })
    });
    let mut events = Running::new("t1", source.clone()).events();
    let began = Instant::now();
    assert!(matches!(
        events.next().await,
        Some(Ok(TaskEvent::Progress(_)))
    ));
    assert_eq!(began.elapsed(), Duration::ZERO);
    // The time a consumer takes is part of the wait, so the rhythm does not drift.
    tokio::time::sleep(secs(500)).await;
    events.next().await.unwrap().unwrap();
    assert_eq!(began.elapsed(), secs(500));
}

#[tokio::test(start_paused = true)]
async fn what_the_start_answered_is_the_first_sight() {
    let source = service(|_, _| Ok(task("FINISHED")));
    let running = Running::started(going(0, 1), source.clone());
    let mut events = running.events();
    assert!(matches!(
        events.next().await,
        Some(Ok(TaskEvent::Progress(_)))
    ));
    assert_eq!(source.looks.load(Ordering::Relaxed), 0);
    assert!(matches!(
        events.next().await,
        Some(Ok(TaskEvent::Finished(_)))
    ));
    assert!(events.next().await.is_none(), "an end is an end");

    // Over at once: no look at all.
    let done = Running::started(task("FINISHED"), source.clone());
    done.wait().await.unwrap();
    assert_eq!(source.looks.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn failed_looks_are_hiccups_within_the_outage_budget() {
    // Ten minutes out in the middle, twice.
    let source = service(|_, now| match now.as_secs() {
        1000..1600 | 3000..3600 => Err(answered(503)),
        ..5000 => Ok(going(10, 50)),
        _ => Ok(task("FINISHED")),
    });
    let mut events = Running::new("t1", source).events();
    let (mut hiccups, mut finished) = (0, false);
    while let Some(event) = events.next().await {
        match event.unwrap() {
            TaskEvent::Hiccup { since, .. } => {
                assert!(since < secs(600));
                hiccups += 1;
            }
            TaskEvent::Finished(_) => finished = true,
            _ => {}
        }
    }
    assert!(finished);
    assert!((10..60).contains(&hiccups), "{hiccups} hiccups");
}

#[tokio::test(start_paused = true)]
async fn an_outage_beyond_the_budget_ends_the_watch_and_not_the_task() {
    let source = service(|look, _| {
        if look == 1 {
            Ok(going(40, 5))
        } else {
            Err(answered(502))
        }
    });
    let running = Running::new("t1", source.clone());
    let error = running.wait().await.unwrap_err();
    let Error::WatchLost {
        id,
        last,
        source: why,
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(id.as_str(), "t1");
    assert_eq!(last.as_ref().unwrap().percent(), Some(40));
    assert_eq!(why.status(), Some(StatusCode::BAD_GATEWAY));
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(
        error.to_string(),
        "task t1 is no longer watched (last seen at 40 %)"
    );
    let out = source.began.elapsed();
    assert!(
        (secs(1800)..secs(1900)).contains(&out),
        "gave up after {out:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn bad_ends_carry_the_services_reason() {
    let failed = json!({
        "id": "t1", "status": "FAILED", "task_type": "SDDC-PROVISION", "phase_in_progress": "p2",
        "task_progress_phases": [{"id": "p2", "name": "Adding hosts", "progress_percent": 3}],
        "error_message": "NPE at Foo:12", "localized_error_message": "", "customer_error_message": "No capacity\u{1b}[2J",
    });
    let failed: Task = serde_json::from_value(failed).unwrap();
    let source = service(move |_, _| Ok(failed.clone()));
    let error = Running::new("t1", source).wait().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "task t1 (SDDC-PROVISION) failed in phase Adding hosts: No capacity[2J"
    );

    let source = service(|look, _| Ok(task(if look < 3 { "CANCELING" } else { "CANCELED" })));
    let error = Running::new("t1", source).wait().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "task t1 canceled: the service gave no reason"
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_and_missing_statuses_go_on() {
    let source = service(|look, _| match look {
        1 => Ok(task("RESUMING_OF_TOMORROW")),
        2 => Ok(task("")),
        3 => Ok(serde_json::from_value(json!({"id": "t1", "status": null})).unwrap()),
        _ => Ok(task("FINISHED")),
    });
    Running::new("t1", source.clone()).wait().await.unwrap();
    assert_eq!(source.looks.load(Ordering::Relaxed), 4);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_no_failure_and_the_last_look_is_at_it() {
    let source = service(|_, _| Ok(going(10, 100)));
    let watch = Watch {
        deadline: Some(secs(3600)),
        ..Watch::default()
    };
    let running = Running::new("t1", source.clone()).watch(watch);
    let error = running.wait().await.unwrap_err();
    let Error::StillRunning { waited, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*waited, secs(3600));
    assert_eq!(
        error.to_string(),
        "task t1 is still running after 1 h (last seen at 10 %)"
    );
    assert!(error.retryable());

    // Finished just in time: the look at the deadline sees it.
    let source = service(|_, now| {
        Ok(if now < secs(3599) {
            going(10, 100)
        } else {
            task("FINISHED")
        })
    });
    running_on(&running, source).wait().await.unwrap();
}

fn running_on(like: &Running, source: Arc<Scripted>) -> Running {
    Running::new(like.id(), source).watch(like.watch.clone())
}

/// A service that never answers.
struct Mute;

impl TaskSource for Mute {
    fn look(&self) -> BoxFuture<'_, Result<Task, vmc_http::Error>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_hanging_look_does_not_outlast_the_deadline() {
    let watch = Watch {
        deadline: Some(secs(60)),
        ..Watch::default()
    };
    let began = Instant::now();
    let error = Running::new("t1", Arc::new(Mute))
        .watch(watch)
        .wait()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::StillRunning { .. }));
    assert_eq!(began.elapsed(), secs(70));
}

#[tokio::test(start_paused = true)]
async fn an_answer_against_the_task_is_believed_the_third_time() {
    let source = service(|look, _| match look {
        1 => Ok(going(90, 5)),
        2 | 3 => Err(answered(404)),
        4 => Ok(going(91, 4)),
        _ => Err(answered(404)),
    });
    let error = Running::new("t1", source.clone()).wait().await.unwrap_err();
    assert!(matches!(error, Error::TaskGone { .. }), "{error:?}");
    assert_eq!(source.looks.load(Ordering::Relaxed), 7);

    // Never seen: the id, the organization or the role is wrong.
    for status in [400, 401, 403, 404] {
        let source = service(move |_, _| Err(answered(status)));
        let error = Running::new("t1", source.clone()).wait().await.unwrap_err();
        assert!(matches!(error, Error::Call(_)), "{error:?}");
        assert_eq!(source.looks.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_gone_end_the_watch_and_shaky_ones_do_not() {
    let credentials = |transient| vmc_http::Error::Credentials {
        context: Box::default(),
        operation: Cow::Borrowed("orgs.tasks.get"),
        source: vmc_http::CredentialsError::new("no", transient),
    };
    let source = service(move |look, _| match look {
        1 => Ok(going(1, 5)),
        2 | 3 => Err(credentials(true)),
        _ => Err(credentials(false)),
    });
    let error = Running::new("t1", source.clone()).wait().await.unwrap_err();
    assert!(matches!(error, Error::WatchLost { .. }), "{error:?}");
    assert_eq!(source.looks.load(Ordering::Relaxed), 4);

    let source = service(|look, _| {
        if look == 1 {
            Ok(going(1, 5))
        } else {
            Err(answered(401))
        }
    });
    let error = Running::new("t1", source.clone()).wait().await.unwrap_err();
    assert!(matches!(error, Error::WatchLost { .. }), "{error:?}");
    assert_eq!(source.looks.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_never_answered_is_not_waited_for() {
    let unreachable = || vmc_http::Error::Unreachable {
        operation: Cow::Borrowed("orgs.tasks.get"),
        origin: "https://vmc.example".into(),
        context: Default::default(),
        source: Box::new(vmc_http::Failure::new(vmc_http::FailureKind::Connect)),
    };
    let source = service(move |_, _| Err(unreachable()));
    let error = Running::new("t1", source).wait().await.unwrap_err();
    assert!(matches!(error, Error::Call(_)), "{error:?}");

    // One that did answer is.
    let source = service(move |look, _| match look {
        1 => Ok(going(1, 1)),
        2..6 => Err(unreachable()),
        _ => Ok(task("FINISHED")),
    });
    Running::new("t1", source).wait().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_service_that_asks_for_time_gets_it() {
    let source = service(|look, _| match look {
        1 => Ok(going(1, 1)),
        2 => {
            let mut busy = answered(503);
            if let vmc_http::Error::Status { context, .. } = &mut busy {
                context.retry_after = Some(secs(600));
            }
            Err(busy)
        }
        _ => Ok(task("FINISHED")),
    });
    Running::new("t1", source.clone()).wait().await.unwrap();
    assert!(source.began.elapsed() >= secs(600));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_does_not_move_is_told_once_per_stall_time() {
    let source = service(|_, now| {
        Ok(if now < secs(4 * 3600) {
            going(40, 10)
        } else {
            task("FINISHED")
        })
    });
    let mut events = Running::new("t1", source).events();
    let mut stalls = Vec::new();
    while let Some(event) = events.next().await {
        if let TaskEvent::Stalled { unchanged_for, .. } = event.unwrap() {
            stalls.push(unchanged_for.as_secs() / 60);
        }
    }
    assert!((6..=7).contains(&stalls.len()), "{stalls:?}");
    assert!(stalls[0] >= 30, "{stalls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_fixed_interval_is_kept() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = times.clone();
    let source = service(move |look, now| {
        seen.lock().unwrap().push(now.as_secs());
        match look {
            2 => Err(answered(503)),
            1..5 => Ok(going(0, 200)),
            _ => Ok(task("FINISHED")),
        }
    });
    let watch = Watch {
        poll_interval: Some(secs(15)),
        ..Watch::default()
    };
    Running::new("t1", source)
        .watch(watch)
        .wait()
        .await
        .unwrap();
    assert_eq!(*times.lock().unwrap(), [0, 15, 30, 45, 60]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_wait_goes_on_where_it_was() {
    let source = service(|_, now| {
        Ok(if now < secs(100) {
            going(0, 1)
        } else {
            task("FINISHED")
        })
    });
    let mut events = Running::new("t1", source.clone()).events();
    events.next().await.unwrap().unwrap();
    for _ in 0..200 {
        // A consumer that redraws each second drops the future each second.
        match tokio::time::timeout(secs(1), events.next()).await {
            Err(_) => {}
            Ok(Some(event)) => {
                event.unwrap();
            }
            Ok(None) => break,
        }
    }
    assert!(source.looks.load(Ordering::Relaxed) < 40);
    assert!(source.began.elapsed() < secs(150));
}

#[tokio::test(start_paused = true)]
async fn the_stream_is_the_events() {
    use futures_util::StreamExt;
    let source = service(|look, _| {
        Ok(if look < 4 {
            going(0, 1)
        } else {
            task("FINISHED")
        })
    });
    let events: Vec<_> = Running::new("t1", source).into_stream().collect().await;
    assert_eq!(events.len(), 4);
    assert!(matches!(events[3], Ok(TaskEvent::Finished(_))));
}

#[test]
fn shown_progress_never_goes_back() {
    let mut meter = Meter::default();
    let shown: Vec<_> = [-5, 10, 60, 30, 400, 70]
        .iter()
        .map(|&percent| meter.show(&going(percent, 1)))
        .collect();
    let expected = [0, 10, 60, 60, 99, 99];
    assert_eq!(shown, expected.map(Some));
    assert_eq!(meter.show(&task("FINISHED")), Some(100));
    assert_eq!(Meter::default().show(&task("STARTED")), None);
}
