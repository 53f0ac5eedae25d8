//! Replays, credentials and the gate over a scripted transport.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use vmc_http::bytes::Bytes;
use vmc_http::http::{HeaderName, Request, Response};
use vmc_http::{
    BoxFuture, Client, ClientBuilder, Credential, Credentials, CredentialsError, Deadlines, Error,
    Failure, FailureKind, Outcome, Retries, Scheme, WaitingFor,
};

use crate::{Create, InRegion, Read, Rename};

type Answered = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

/// One step of a script.
enum Step {
    Answer(Response<&'static str>),
    Fail(FailureKind),
    Hang,
}

fn status(code: u16) -> Step {
    Step::Answer(Response::builder().status(code).body("{}").unwrap())
}

fn wait_for(code: u16, seconds: &str) -> Step {
    let answer = Response::builder()
        .status(code)
        .header("retry-after", seconds);
    Step::Answer(answer.body("{}").unwrap())
}

type Seen = Arc<Mutex<Vec<(Instant, Request<Bytes>)>>>;

/// A transport that plays its steps and then answers 200; remembers requests.
#[derive(Clone, Default)]
struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Seen,
}

impl Script {
    fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            seen: Arc::default(),
        }
    }

    fn client(&self) -> ClientBuilder {
        let script = self.clone();
        Client::builder("https://service.example")
            .service(tower::service_fn(move |request| script.play(request)))
    }

    fn play(&self, request: Request<Bytes>) -> Answered {
        self.seen.lock().unwrap().push((Instant::now(), request));
        let step = self.steps.lock().unwrap().pop_front();
        Box::pin(async move {
            match step.unwrap_or_else(|| status(200)) {
                Step::Answer(answer) => Ok(answer.map(|body| Bytes::from_static(body.as_bytes()))),
                Step::Fail(kind) => Err(Failure::new(kind)),
                Step::Hang => std::future::pending().await,
            }
        })
    }

    fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn tokens(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .map(|(_, request)| request.headers()["x-token"].to_str().unwrap().to_owned())
            .collect()
    }
}

/// Hands out `token-1`, `token-2`, … and counts how many it made.
#[derive(Debug, Default)]
struct Minter {
    made: AtomicU64,
    current: Mutex<Option<u64>>,
}

impl Credentials for Minter {
    fn get(&self) -> BoxFuture<'_, Result<Credential, CredentialsError>> {
        Box::pin(async move {
            let mut current = self.current.lock().unwrap();
            let edition =
                *current.get_or_insert_with(|| self.made.fetch_add(1, Ordering::Relaxed) + 1);
            Ok(Credential {
                secret: format!("token-{edition}").into(),
                edition,
            })
        })
    }

    fn refused(&self, edition: u64) {
        let mut current = self.current.lock().unwrap();
        if *current == Some(edition) {
            *current = None;
        }
    }
}

fn x_token() -> Scheme {
    Scheme::Header(HeaderName::from_static("x-token"))
}

#[tokio::test(start_paused = true)]
async fn a_read_survives_what_may_pass() {
    let script = Script::new([
        status(503),
        Step::Fail(FailureKind::Cut),
        Step::Fail(FailureKind::Connect),
    ]);
    let client = script.client().build().unwrap();
    client.send(Read::new("1")).await.unwrap();
    assert_eq!(script.requests(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_never_repeated_on_a_maybe() {
    for step in [
        status(500),
        status(503),
        status(507),
        status(524),
        status(599),
        wait_for(503, "1"),
        Step::Fail(FailureKind::Protocol),
        Step::Fail(FailureKind::Cut),
        Step::Fail(FailureKind::Timeout),
    ] {
        let script = Script::new([step]);
        let client = script.client().build().unwrap();
        let error = client.send(Create::new("x".into())).await.unwrap_err();
        assert_eq!(script.requests(), 1, "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert!(!error.retryable(), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_goes_out_again_when_it_was_not_carried_out() {
    let script = Script::new([Step::Fail(FailureKind::Connect), wait_for(429, "7")]);
    let client = script.client().build().unwrap();
    client.send(Create::new("x".into())).await.unwrap();
    let seen = script.seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    let waited = seen[2].0 - seen[1].0;
    assert!((7.0..8.0).contains(&waited.as_secs_f64()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn the_body_is_the_same_on_each_attempt() {
    let script = Script::new([status(502)]);
    let client = script.client().build().unwrap();
    client.send(Rename::new("1", "new".into())).await.unwrap();
    for (_, request) in script.seen.lock().unwrap().iter() {
        assert_eq!(request.body(), "\"new\"");
        assert_eq!(request.headers()["content-type"], "application/json");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unclear_attempt_is_not_forgotten_by_a_clear_one() {
    let refused = || Step::Fail(FailureKind::Connect);
    let script = Script::new([
        Step::Fail(FailureKind::Cut),
        refused(),
        refused(),
        refused(),
    ]);
    let client = script.client().build().unwrap();
    let error = client
        .send(Rename::new("1", "new".into()))
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!(error.attempts(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_final_answer_is_not_repeated() {
    for code in [301, 400, 403, 404, 409, 412, 501] {
        let script = Script::new([status(code)]);
        let client = script.client().build().unwrap();
        let error = client.send(Read::new("1")).await.unwrap_err();
        assert_eq!(script.requests(), 1, "{error}");
        assert_eq!(error.outcome(), Outcome::Refused, "{error}");
        assert_eq!(error.status().unwrap().as_u16(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_too_long_ends_the_call_at_once() {
    for seconds in ["259200", "18446744073709551615"] {
        let script = Script::new([wait_for(429, seconds)]);
        let client = script.client().build().unwrap();
        let started = Instant::now();
        let error = client.send(Read::new("1")).await.unwrap_err();
        assert_eq!(started.elapsed(), Duration::ZERO);
        assert_eq!(script.requests(), 1);
        assert_eq!(error.retry_after().unwrap().as_secs().to_string(), seconds);
        // And it does not hold up the next call either.
        client.send(Read::new("1")).await.unwrap();
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn deadlines_bound_every_wait() {
    let hang = || Step::Hang;
    let script = Script::new([hang(), hang(), hang(), hang(), hang()]);
    let deadlines = Deadlines {
        attempt: Duration::from_secs(10),
        overall: Duration::from_secs(25),
    };
    let client = script.client().deadlines(deadlines).build().unwrap();
    let started = Instant::now();
    let error = client.send(Read::new("1")).await.unwrap_err();
    assert!(
        started.elapsed() <= Duration::from_secs(25),
        "{:?}",
        started.elapsed()
    );
    assert!(matches!(error, Error::NoAnswer { .. }), "{error:?}");
    assert!((2..=3).contains(&error.attempts()));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_got_its_turn_was_not_sent() {
    let script = Script::new([Step::Hang]);
    let deadlines = Deadlines {
        attempt: Duration::from_secs(60),
        overall: Duration::from_secs(5),
    };
    let builder = script.client().concurrency(1).deadlines(deadlines);
    let client = builder.build().unwrap();
    let first = client.send(Create::new("a".into()));
    let second = async {
        tokio::task::yield_now().await;
        client.send(Create::new("b".into())).await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap_err().outcome(), Outcome::Unknown);
    assert_eq!(script.requests(), 1);
    let second = second.unwrap_err();
    assert_eq!(second.outcome(), Outcome::NotSent);
    assert!(time_up(&second, WaitingFor::Slot), "{second:?}");
}

fn time_up(error: &Error, what: WaitingFor) -> bool {
    matches!(error, Error::TimeUp { waiting_for, .. } if *waiting_for == what)
}

#[tokio::test(start_paused = true)]
async fn slots_of_dropped_calls_come_back() {
    let script = Script::new([Step::Hang, Step::Hang]);
    let client = script.client().concurrency(2).build().unwrap();
    for _ in 0..2 {
        let call = client.send(Read::new("1"));
        assert!(
            tokio::time::timeout(Duration::from_secs(1), call)
                .await
                .is_err()
        );
    }
    client.send(Read::new("1")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_limit_is_a_limit_far_away() {
    let deadlines = Deadlines {
        attempt: Duration::MAX,
        overall: Duration::MAX,
    };
    let script = Script::new([]);
    let client = script.client().deadlines(deadlines).build().unwrap();
    client.send(Read::new("1")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_changes_nothing_twice_may_be_tried_later() {
    let script = Script::new((0..9).map(|_| status(503)));
    let client = script.client().build().unwrap();
    let error = client
        .send(Rename::new("1", "new".into()))
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(error.retryable());
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_not_flooded() {
    let steps = (0..1000).map(|_| status(503));
    let script = Script::new(steps);
    let client = script.client().build().unwrap();
    for _ in 0..200 {
        client.send(Read::new("1")).await.unwrap_err();
    }
    // 200 calls, and a quota of 500 that buys 100 replays.
    assert_eq!(script.requests(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_429_speaks_to_all_calls_of_a_client() {
    let script = Script::new([wait_for(429, "30")]);
    let client = script.client().build().unwrap();
    let started = Instant::now();
    let first = client.send(Read::new("1"));
    let second = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.send(Read::new("2")).await
    };
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    second.unwrap();
    let seen = script.seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen[1].0 - started >= Duration::from_secs(30));
    assert!(seen[2].0 - started >= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_longer_pause_holds_those_who_wait_for_a_shorter_one() {
    let script = Script::new([wait_for(429, "10"), wait_for(429, "60")]);
    let client = script.client().retries(Retries::none()).build().unwrap();
    let started = Instant::now();
    let late = |seconds, thing: &'static str| {
        let client = client.clone();
        async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            client.send(Read::new(thing)).await
        }
    };
    client.send(Read::new("1")).await.unwrap_err();
    let (second, third, fourth) = tokio::join!(late(0, "2"), late(1, "3"), late(2, "4"));
    // Whoever comes out first after 10 s is told to wait for another 60.
    let refused = [second, third, fourth]
        .iter()
        .filter(|r| r.is_err())
        .count();
    assert!(refused <= 2, "{refused}");
    let seen = script.seen.lock().unwrap();
    assert_eq!(seen.len(), 4);
    assert!(
        seen[3].0 - started >= Duration::from_secs(70),
        "{:?}",
        seen[3].0 - started
    );
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_deadline_ends_the_call_at_once() {
    let deadlines = Deadlines {
        attempt: Duration::from_secs(5),
        overall: Duration::from_secs(20),
    };
    let script = Script::new([wait_for(429, "100")]);
    let client = script.client().deadlines(deadlines).build().unwrap();
    client.send(Read::new("1")).await.unwrap_err();
    let started = Instant::now();
    let error = client.send(Read::new("2")).await.unwrap_err();
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert!(time_up(&error, WaitingFor::Pause), "{error:?}");
    assert_eq!(error.retry_after().unwrap().as_secs(), 100);
    assert!(error.hint().unwrap().contains("100 s"));
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_for_not_all_at_once() {
    let script = Script::new([wait_for(429, "10")]);
    let client = script.client().retries(Retries::none()).build().unwrap();
    client.send(Read::new("1")).await.unwrap_err();
    let herd = (0..16).map(|n| client.send(Read::new(n.to_string())));
    futures_util::future::join_all(herd).await;
    let seen = script.seen.lock().unwrap();
    let mut starts: Vec<_> = seen.iter().map(|(at, _)| *at).collect();
    starts.dedup();
    assert!(starts.len() > 5, "{}", starts.len());
}

/// Gives one credential and then none, or none at all.
#[derive(Debug)]
enum Dry {
    AfterOne(AtomicUsize),
    Never,
}

impl Credentials for Dry {
    fn get(&self) -> BoxFuture<'_, Result<Credential, CredentialsError>> {
        Box::pin(async move {
            match self {
                Self::AfterOne(given) if given.fetch_add(1, Ordering::Relaxed) == 0 => {
                    Ok(Credential {
                        secret: "token-1".into(),
                        edition: 1,
                    })
                }
                Self::AfterOne(_) => {
                    Err(CredentialsError::new("revoked", false).with_hint("make a new one"))
                }
                Self::Never => std::future::pending().await,
            }
        })
    }

    fn refused(&self, _: u64) {}
}

#[tokio::test(start_paused = true)]
async fn a_token_that_never_comes_is_said_so() {
    let script = Script::new([]);
    let client = script
        .client()
        .credentials(Arc::new(Dry::Never), x_token())
        .build()
        .unwrap();
    let error = client.send(Read::new("1")).await.unwrap_err();
    assert!(time_up(&error, WaitingFor::Credential), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotSent);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_dries_up_keeps_what_happened_before() {
    for (first, attempts) in [(status(401), 1), (Step::Fail(FailureKind::Cut), 1)] {
        let script = Script::new([first]);
        let client = script
            .client()
            .credentials(Arc::new(Dry::AfterOne(AtomicUsize::new(0))), x_token())
            .build()
            .unwrap();
        let error = client.send(Read::new("1")).await.unwrap_err();
        assert_eq!(error.attempts(), attempts);
        assert_eq!(error.hint().as_deref(), Some("make a new one"), "{error:?}");
        assert!(error.request_id().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once_for_every_class() {
    let script = Script::new([status(401)]);
    let minter = Arc::new(Minter::default());
    let client = script
        .client()
        .credentials(minter.clone(), x_token())
        .build()
        .unwrap();
    client.send(Create::new("x".into())).await.unwrap();
    assert_eq!(script.tokens(), ["token-1", "token-2"]);

    let script = Script::new([status(401), status(401), status(401)]);
    let client = script
        .client()
        .credentials(Arc::new(Minter::default()), x_token())
        .build()
        .unwrap();
    let error = client.send(Read::new("1")).await.unwrap_err();
    assert_eq!(script.requests(), 2);
    assert_eq!(error.status().unwrap(), 401);
}

#[tokio::test(start_paused = true)]
async fn each_replay_carries_the_current_token() {
    let script = Script::new([status(503), status(401), status(503)]);
    let client = script
        .client()
        .credentials(Arc::new(Minter::default()), x_token())
        .build()
        .unwrap();
    client.send(Read::new("1")).await.unwrap();
    assert_eq!(
        script.tokens(),
        ["token-1", "token-1", "token-2", "token-2"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_herd_of_refusals_makes_one_new_token() {
    // The server refuses token-1 and takes everything else.
    let refused = Arc::new(AtomicUsize::new(0));
    let counter = refused.clone();
    let service = tower::service_fn(move |request: Request<Bytes>| {
        let old = request.headers()["x-token"] == "token-1";
        counter.fetch_add(usize::from(old), Ordering::Relaxed);
        async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let answer = Response::builder().status(if old { 401 } else { 200 });
            Ok::<_, Failure>(answer.body(Bytes::from_static(b"{}")).unwrap())
        }
    });
    let minter = Arc::new(Minter::default());
    let client = Client::builder("https://service.example")
        .service(service)
        .credentials(minter.clone(), x_token())
        .concurrency(50)
        .build()
        .unwrap();
    let mut herd = tokio::task::JoinSet::new();
    for n in 0..50 {
        let client = client.clone();
        herd.spawn(async move { client.send(Read::new(n.to_string())).await });
    }
    while let Some(result) = herd.join_next().await {
        result.unwrap().unwrap();
    }
    assert_eq!(refused.load(Ordering::Relaxed), 50);
    assert_eq!(minter.made.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_cannot_change_is_tried_once() {
    let script = Script::new([status(401)]);
    let fixed = vmc_http::Fixed::new("canary");
    let client = script
        .client()
        .credentials(Arc::new(fixed), x_token())
        .build()
        .unwrap();
    let error = client.send(Read::new("1")).await.unwrap_err();
    assert_eq!(script.requests(), 1);
    let text = format!("{error:?} {error} {client:?}");
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_the_server_echoes_is_not_shown() {
    for code in [400, 401] {
        let answer = Response::builder().status(code);
        let echo = answer
            .body("{\"message\":\"bad token canary-token\"}")
            .unwrap();
        let script = Script::new([Step::Answer(echo)]);
        let fixed = vmc_http::Fixed::new("canary-token");
        let client = script
            .client()
            .credentials(Arc::new(fixed), x_token())
            .build()
            .unwrap();
        let error = client.send(Read::new("1")).await.unwrap_err();
        assert_eq!(error.server_message(), Some("bad token [redacted]"));
        assert!(
            !error
                .answer()
                .unwrap()
                .body
                .windows(6)
                .any(|part| part == b"canary")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_cannot_be_a_header_is_not_shown() {
    let script = Script::new([]);
    let client = script
        .client()
        .credentials(Arc::new(vmc_http::Fixed::new("can\nary")), x_token())
        .build()
        .unwrap();
    let error = client.send(Read::new("1")).await.unwrap_err();
    assert_eq!(script.requests(), 0);
    assert_eq!(error.outcome(), Outcome::NotSent);
    let text = format!("{error:?} {error}");
    assert!(!text.contains("ary"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_success_is_not_a_failed_call() {
    for (body, outcome) in [
        ("{\"id\":", Outcome::Done),
        ("", Outcome::Done),
        ("<html><body>Log in</body></html>", Outcome::Unknown),
    ] {
        let script = Script::new([Step::Answer(Response::new(body))]);
        let client = script.client().build().unwrap();
        let error = client.send(Create::new("x".into())).await.unwrap_err();
        assert_eq!(script.requests(), 1);
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
        assert_eq!(error.outcome(), outcome, "{error}");
    }
}

#[tokio::test]
async fn a_call_that_cannot_be_built_is_not_sent() {
    let script = Script::new([]);
    let client = script.client().build().unwrap();
    for thing in ["", ".."] {
        let error = client.send(Read::new(thing)).await.unwrap_err();
        assert!(matches!(error, Error::NotBuilt { .. }), "{error:?}");
    }
    let error = client.send(InRegion::new("")).await.unwrap_err();
    assert!(error.to_string().contains("region"), "{error}");
    assert_eq!(script.requests(), 0);
}
