//! Herds, renewals, refusals and stores on paused time.

use super::*;
use crate::file_store::FileStore;
use crate::grant::ApiToken;
use crate::testing::{Fake, Reply, invalid_grant, json, token};
use std::collections::HashSet;
use tokio::time::advance;

fn grant() -> ApiToken {
    ApiToken::new("canary-api-token").unwrap()
}

fn cache(fake: &Fake) -> Arc<TokenCache> {
    Arc::new(TokenCache::new(fake.csp(), grant()))
}

/// Hands out t1, t2, ... of this life.
fn numbered(expires_in: i64) -> Fake {
    Fake::new(move |n, _| token(&format!("t{n}"), expires_in))
}

/// Hands out one token, then answers as `then` says.
fn once(expires_in: i64, then: fn() -> Reply) -> Fake {
    Fake::new(move |n, _| {
        if n == 1 {
            token("t1", expires_in)
        } else {
            then()
        }
    })
}

async fn secret(cache: &TokenCache) -> String {
    let token = cache.token().await.unwrap();
    token.secret().expose_secret().to_owned()
}

async fn seconds(n: u64) {
    advance(Duration::from_secs(n)).await;
}

#[tokio::test(start_paused = true)]
async fn a_herd_makes_one_exchange() {
    let fake = numbered(1799).slow(Duration::from_secs(1));
    let cache = cache(&fake);
    let herd: Vec<_> = (0..50)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.get().await.unwrap().edition })
        })
        .collect();
    for call in herd {
        assert_eq!(call.await.unwrap(), 1);
    }
    assert_eq!(fake.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_herd_shares_one_refusal_and_later_callers_ask_again() {
    let fake = Fake::new(|_, _| invalid_grant()).slow(Duration::from_secs(1));
    let cache = cache(&fake);
    let herd: Vec<_> = (0..50)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.token().await.unwrap_err() })
        })
        .collect();
    for call in herd {
        assert!(matches!(call.await.unwrap(), Error::ApiTokenRefused { .. }));
    }
    assert_eq!(fake.count(), 1);
    cache.token().await.unwrap_err();
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_leader_is_followed() {
    let fake = numbered(1799).slow(Duration::from_secs(5));
    let cache = cache(&fake);
    let start = |cache: Arc<TokenCache>| tokio::spawn(async move { secret(&cache).await });
    let leader = start(cache.clone());
    tokio::task::yield_now().await;
    let followers = [start(cache.clone()), start(cache.clone())];
    seconds(1).await;
    assert_eq!(fake.count(), 1);
    leader.abort();
    for follower in followers {
        assert_eq!(follower.await.unwrap(), "t2");
    }
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_ahead_and_callers_do_not_wait_for_it() {
    let fake = numbered(1799).slow(Duration::from_secs(2));
    let cache = cache(&fake);
    assert_eq!(secret(&cache).await, "t1");
    seconds(1490).await;
    assert_eq!(secret(&cache).await, "t1");
    seconds(10).await;
    let renewing = {
        let cache = cache.clone();
        tokio::spawn(async move { secret(&cache).await })
    };
    tokio::task::yield_now().await;
    let asked = Instant::now();
    assert_eq!(secret(&cache).await, "t1");
    assert_eq!(asked.elapsed(), Duration::ZERO);
    assert_eq!(renewing.await.unwrap(), "t2");
    assert_eq!(secret(&cache).await, "t2");
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_short_life_makes_no_busy_loop() {
    let fake = numbered(5);
    let cache = cache(&fake);
    for _ in 0..100 {
        assert_eq!(secret(&cache).await, "t1");
    }
    seconds(3).await;
    assert_eq!(secret(&cache).await, "t1");
    seconds(1).await;
    for _ in 0..100 {
        assert_eq!(secret(&cache).await, "t2");
    }
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_valid_token_survives_failed_renewals() {
    let fake = once(1799, || json(400, r#"{"message":"invalid_grant"}"#));
    let cache = cache(&fake);
    assert_eq!(secret(&cache).await, "t1");
    seconds(1500).await;
    for _ in 0..20 {
        assert_eq!(secret(&cache).await, "t1");
    }
    assert_eq!(
        fake.count(),
        2,
        "a failed renewal is left alone for a while"
    );
    seconds(31).await;
    assert_eq!(secret(&cache).await, "t1");
    assert_eq!(fake.count(), 3);
    seconds(268).await;
    cache.token().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_hanging_renewal_costs_one_caller_ten_seconds() {
    let fake = numbered(1799).slow(Duration::from_secs(40));
    let cache = cache(&fake);
    assert_eq!(secret(&cache).await, "t1");
    seconds(1510).await;
    let asked = Instant::now();
    for _ in 0..10 {
        assert_eq!(secret(&cache).await, "t1");
    }
    assert_eq!(asked.elapsed(), RENEWAL_PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn exactly_the_refused_edition_is_forgotten() {
    let fake = numbered(1799);
    let cache = cache(&fake);
    let first = cache.get().await.unwrap();
    cache.refused(first.edition);
    let second = cache.get().await.unwrap();
    assert!(second.edition > first.edition);
    // The other half of the herd is late with the same refusal.
    cache.refused(first.edition);
    cache.refused(first.edition + 7);
    assert_eq!(cache.get().await.unwrap().edition, second.edition);
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_token_again_is_no_new_edition() {
    let fake = Fake::new(|n, _| token("same", if n == 1 { 1000 } else { 200 }));
    let cache = cache(&fake);
    let edition = cache.get().await.unwrap().edition;
    seconds(850).await;
    for _ in 0..10 {
        assert_eq!(cache.get().await.unwrap().edition, edition);
    }
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_herd_with_a_refused_token_makes_one_exchange() {
    let csp = numbered(1799).slow(Duration::from_secs(1));
    let api = tower::service_fn(
        |request: vmc_http::http::Request<vmc_http::bytes::Bytes>| async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let old = request.headers()["authorization"] == "Bearer t1";
            json(if old { 401 } else { 200 }, "{}")
        },
    );
    let client = vmc_http::Client::builder("https://api.example")
        .service(api)
        .credentials(cache(&csp), vmc_http::Scheme::Bearer)
        .concurrency(64)
        .build()
        .unwrap();
    let herd: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.send(crate::orgs::ListOrgs::new()).await })
        })
        .collect();
    for call in herd {
        call.await.unwrap().unwrap();
    }
    assert_eq!(csp.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_client_says_why_there_is_no_token() {
    let csp = Fake::new(|_, _| invalid_grant());
    let client = vmc_http::Client::builder("https://api.example")
        .service(tower::service_fn(|_| async { json(200, "{}") }))
        .credentials(cache(&csp), vmc_http::Scheme::Bearer)
        .build()
        .unwrap();
    let error = client.send(crate::orgs::ListOrgs::new()).await.unwrap_err();
    let vmc_http::Error::Credentials { source, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(source.reason().is::<Error>());
    assert!(error.hint().unwrap().contains("My Account > API Tokens"));
    assert!(!format!("{error:?}").contains("canary"));
}

fn shared(fake: &Fake, store: &FileStore) -> TokenCache {
    TokenCache::new(fake.csp(), grant()).with_store(Arc::new(store.clone()))
}

fn place() -> (tempfile::TempDir, FileStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().join("cache"));
    (folder, store)
}

/// Puts a token of 1000 s with this age into the store.
fn stored(store: &FileStore, age: u64, secret: &str) {
    let key = StoreKey::new("https://csp.example", &grant().into());
    let token = StoredToken {
        secret: secret.into(),
        obtained_at: SystemTime::now() - Duration::from_secs(age),
        life: Duration::from_secs(1000),
    };
    store.save(&key, &token).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stored_token_saves_the_exchange_to_its_own_credential_only() {
    let (_folder, store) = place();
    let fake = numbered(1799);
    assert_eq!(secret(&shared(&fake, &store)).await, "t1");
    assert_eq!(secret(&shared(&fake, &store)).await, "t1");
    assert_eq!(fake.count(), 1);
    let other = TokenCache::new(fake.csp(), ApiToken::new("other").unwrap())
        .with_store(Arc::new(store.clone()));
    assert_eq!(secret(&other).await, "t2");
    shared(&fake, &store).forget().unwrap();
    assert_eq!(secret(&shared(&fake, &store)).await, "t3");
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_processes_makes_one_exchange() {
    let (_folder, store) = place();
    let fake = numbered(1799).slow(Duration::from_secs(1));
    let burst: Vec<_> = (0..50)
        .map(|_| {
            let cache = shared(&fake, &store);
            tokio::spawn(async move { secret(&cache).await })
        })
        .collect();
    let mut seen = HashSet::new();
    for process in burst {
        seen.insert(process.await.unwrap());
    }
    assert_eq!(seen, HashSet::from(["t1".to_owned()]));
    assert_eq!(fake.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_does_not_come_back_from_the_store() {
    let (_folder, store) = place();
    stored(&store, 10, "revoked");
    let fake = numbered(1799);
    let cache = shared(&fake, &store);
    let first = cache.get().await.unwrap();
    assert_eq!(first.secret.expose_secret(), "revoked");
    cache.refused(first.edition);
    assert_eq!(secret(&cache).await, "t1");
    assert_eq!(secret(&shared(&fake, &store)).await, "t1");
    assert_eq!(fake.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_not_left_for_others_when_the_exchange_fails() {
    let (_folder, store) = place();
    stored(&store, 10, "revoked");
    let fake = Fake::new(|_, _| invalid_grant());
    let cache = shared(&fake, &store);
    cache.refused(cache.get().await.unwrap().edition);
    cache.token().await.unwrap_err();
    shared(&fake, &store).token().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_stored_token_near_its_end_is_renewed_and_survives_a_failure() {
    let (_folder, store) = place();
    stored(&store, 900, "old");
    let broken = Fake::new(|_, _| json(400, "{}"));
    assert_eq!(secret(&shared(&broken, &store)).await, "old");
    assert_eq!(broken.count(), 1);
    assert_eq!(secret(&shared(&numbered(1799), &store)).await, "t1");
}

#[tokio::test(start_paused = true)]
async fn trouble_with_the_store_ends_nothing() {
    let (folder, _) = place();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let fake = numbered(1799);
    assert_eq!(secret(&shared(&fake, &FileStore::new(&file))).await, "t1");
}

#[tokio::test(start_paused = true)]
async fn debug_shows_no_secret() {
    let (_folder, store) = place();
    let fake = Fake::new(|_, _| token("canary-access", 1799));
    let cache = shared(&fake, &store);
    let token = cache.token().await.unwrap();
    let credential = cache.get().await.unwrap();
    let text = format!(
        "{cache:?} {token:?} {credential:?} {:?}",
        StoredToken::now(&token)
    );
    assert!(!text.contains("canary"), "{text}");
}
