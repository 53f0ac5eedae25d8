//! CSP: every way in, every way to be turned away.

use crate::wire::{Api, send, start, with};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vmc_mock::{
    Mock, Time,
    world::{API_TOKEN, ApiToken, CLIENT_ID, CLIENT_SECRET, ORG_ID, Org, Role},
};

#[tokio::test]
async fn an_api_token_is_accepted_wherever_clients_put_it() {
    let api = start().await;
    let token = API_TOKEN;
    for (query, form) in [
        ("", format!("api_token={token}")),
        ("", format!("refresh_token={token}")),
        (
            "",
            format!("grant_type=refresh_token&refresh_token={token}"),
        ),
        ("", format!("grant_type=refresh_token&api_token={token}")),
        (&*format!("?refresh_token={token}"), String::new()),
        (&*format!("?api_token={token}"), String::new()),
    ] {
        let reply = api.csp("api-tokens/authorize", query, &form).await;
        assert_eq!(reply.status, 200, "{query} {form}: {}", reply.text());
        let body = reply.json();
        assert_eq!(body["expires_in"], 1799);
        assert_eq!(body["refresh_token"], token, "the API token is echoed");
        assert_eq!(body["token_type"], "bearer");
    }
    assert_eq!(api.done("token.issued"), 7, "with the one of the start");
    let journal = serde_json::to_string(&api.mock.journal()).unwrap();
    assert!(!journal.contains(token), "the journal shows the token");
}

#[tokio::test]
async fn claims_name_the_organization() {
    let api = start().await;
    let claims = api.token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["context_name"], ORG_ID);
    assert_eq!(claims["acct"], "admin@simulated.com");
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        1799
    );
    assert!(
        claims["perms"]
            .as_array()
            .unwrap()
            .contains(&json!("csp:org_owner"))
    );
}

#[tokio::test]
async fn a_bad_api_token_is_masked() {
    let api = start().await;
    let wrong = "wrongwrongwrongwrongABCDE";
    let reply = api
        .csp("api-tokens/authorize", "", &format!("api_token={wrong}"))
        .await;
    assert_eq!(reply.status, 400);
    let body = reply.json();
    assert_eq!(
        body["message"],
        "invalid_grant: Invalid refresh token: xxxx...ABCDE"
    );
    assert_eq!(
        (&body["statusCode"], &body["moduleCode"]),
        (&json!(400), &json!("540"))
    );
    assert!(body["metadata"].is_null() && body["traceId"].is_string());
    let reply = api.csp("api-tokens/authorize", "", "").await;
    assert_eq!(reply.status, 400);
}

async fn orgs(api: &Api) -> u16 {
    api.send("GET", "/vmc/api/orgs", "").await.unwrap().status
}

#[tokio::test]
async fn tokens_die_by_time_and_with_their_api_token() {
    let mut api = start().await;
    assert_eq!(orgs(&api).await, 200);
    api.pass(1800);
    let reply = api.send("GET", "/vmc/api/orgs", "").await.unwrap();
    assert_eq!(
        (reply.status, &reply.json()["message"]),
        (401, &json!("Auth token is not valid"))
    );
    assert_eq!(reply.json()["error"], "Unauthorized");
    api.login().await;
    assert_eq!(orgs(&api).await, 200);
    let change = |change: fn(&mut ApiToken)| {
        api.mock
            .world(|world| world.api_tokens.iter_mut().for_each(change));
    };
    change(|token| token.revoked = true);
    assert_eq!(orgs(&api).await, 401, "revoking kills the access tokens");
    let form = format!("api_token={API_TOKEN}");
    assert_eq!(api.csp("api-tokens/authorize", "", &form).await.status, 400);
    change(|token| {
        token.revoked = false;
        token.expires = Some(Time::default());
    });
    assert_eq!(
        api.csp("api-tokens/authorize", "", &form).await.status,
        400,
        "expired"
    );
}

#[tokio::test]
async fn a_fast_clock_does_not_outrun_the_client() {
    let api = with(Mock::builder().speed(1000.0)).await;
    let expires = api
        .mock
        .world(|world| world.access_tokens.iter().last().unwrap().clone());
    assert_eq!(expires.expires.since(expires.issued).as_secs(), 1_799_000);
}

#[tokio::test]
async fn client_credentials() {
    let api = start().await;
    let basic =
        base64::engine::general_purpose::STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    for path in ["authorize", "token"] {
        let path = format!("/csp/gateway/am/api/auth/{path}");
        let header = format!("Basic {basic}");
        let headers = [("authorization", header.as_str())];
        let form = format!("grant_type=client_credentials&orgId={ORG_ID}");
        let reply = send(&api.mock.url(), "POST", &path, &headers, &form)
            .await
            .unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(reply.json()["refresh_token"].is_null());
    }
    let body = format!("grant_type=client_credentials&client_id={CLIENT_ID}&client_secret=");
    assert_eq!(
        api.csp("token", "", &format!("{body}{CLIENT_SECRET}"))
            .await
            .status,
        200
    );
    assert_eq!(
        api.csp("token", "", &format!("{body}wrong")).await.status,
        401
    );
    assert_eq!(api.csp("token", "", "client_id=x").await.status, 400);
}

#[tokio::test]
async fn details_of_a_token() {
    let api = start().await;
    let path = "/csp/gateway/am/api/auth/api-tokens/details";
    let ask = json!({"tokenValue": API_TOKEN}).to_string();
    let body = send(&api.mock.url(), "POST", path, &[], &ask)
        .await
        .unwrap()
        .json();
    assert_eq!(
        (&body["orgId"], &body["deactivated"]),
        (&json!(ORG_ID), &json!(false))
    );
    let seconds = body["createdAt"].as_i64().unwrap();
    api.mock
        .settings(|settings| settings.csp_details_in_seconds = false);
    let body = send(&api.mock.url(), "POST", path, &[], &ask)
        .await
        .unwrap()
        .json();
    assert_eq!(body["createdAt"].as_i64().unwrap(), seconds * 1000);
}

#[tokio::test]
async fn organizations() {
    let api = start().await;
    let list = api.send("GET", "/vmc/api/orgs", "").await.unwrap().json();
    assert_eq!(list[0]["id"], ORG_ID);
    let bearer = format!("Bearer {}", api.token);
    let headers = [("authorization", bearer.as_str())];
    for path in [
        "/vmc/api/orgs",
        "/csp/gateway/am/api/loggedin/user/orgs",
        "/csp/gateway/am/api/v2/loggedin/user/orgs?pageStart=1&pageLimit=15",
    ] {
        let reply = send(&api.mock.url(), "GET", path, &headers, "")
            .await
            .unwrap();
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.text().contains(ORG_ID));
    }
    let auth: Vec<Option<String>> = api
        .mock
        .journal()
        .requests
        .into_iter()
        .map(|request| request.auth)
        .collect();
    assert_eq!(auth[0].as_deref(), Some("api-token:form"));
    assert_eq!(auth[1].as_deref(), Some("csp-auth-token#1"));
    assert_eq!(auth[2].as_deref(), Some("bearer#1"));
}

#[tokio::test]
async fn another_organization_and_no_role_are_forbidden() {
    let api = start().await;
    api.mock.world(|world| {
        world.orgs.insert(Org {
            id: "other".into(),
            ..Org::default()
        });
    });
    for org in ["other", "nowhere"] {
        let reply = api
            .send("GET", &format!("/vmc/api/orgs/{org}/sddcs"), "")
            .await
            .unwrap();
        assert_eq!(reply.status, 403);
        assert!(reply.message().contains(org));
    }
    api.mock
        .settings(|settings| settings.foreign_org_status = 404);
    assert_eq!(
        api.send("GET", "/vmc/api/orgs/nowhere", "")
            .await
            .unwrap()
            .status,
        404
    );
    api.mock.world(|world| {
        world
            .access_tokens
            .iter_mut()
            .for_each(|token| token.role = Role::None);
    });
    assert_eq!(orgs(&api).await, 403);
}
