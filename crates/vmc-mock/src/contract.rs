//! The answers of the simulator, compared with the contract: a name misspelt here would pass
//! every other test and mislead every client.

use crate::{
    Mock,
    route::{Match, Routes},
    world::{ACCOUNT, API_TOKEN, CLIENT_ID, CLIENT_SECRET, ORG_ID},
};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// On the wire, in no binding: seen in captures, or put in on purpose.
const EXTRA: [&str; 6] = [
    "nsxt_csp_mode",
    "sddc_template_id",
    "nsx_reverse_proxy_url",
    "region_to_datacenter_to_az_mapping",
    "esx_ami_id",
    "feature_flags",
];

struct Checked {
    mock: Mock,
    routes: Routes,
    token: String,
    seen: BTreeSet<String>,
}

impl Checked {
    async fn call(&mut self, method: &str, path: &str, body: &str) -> Value {
        let kind = match body.starts_with('{') || body.is_empty() {
            true => "application/json",
            false => "application/x-www-form-urlencoded",
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("csp-auth-token", &self.token)
            .header("content-type", kind)
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        let answer = self.mock.router().handle(request).await.unwrap();
        assert!(
            answer.status().is_success(),
            "{method} {path}: {:?}",
            answer.body()
        );
        let document: Value = match answer.body().is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(answer.body()).unwrap(),
        };
        let path = path.split('?').next().unwrap();
        let Match::Found(route, _) = self.routes.find(method, path) else {
            panic!("{path}")
        };
        let spec = self.routes.spec(route).unwrap();
        let mut known = document.clone();
        strip(&mut known);
        let returns = &route.operation.returns;
        let wanted = route.operation.success.unwrap_or(200);
        let created = ["orgs.sddcs.create", "orgs.sddcs.delete"];
        if !created.contains(&route.operation.id.as_str()) {
            assert_eq!(answer.status(), wanted, "{method} {path}");
        }
        if returns == "void" {
            assert!(known.is_null(), "{}: {known}", route.operation.id);
        } else if let Err(problem) = spec.check_body(returns, &known) {
            panic!("{}: {problem}", route.operation.id);
        }
        self.seen.insert(route.operation.id.clone());
        document
    }

    async fn org(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.call(method, &format!("/vmc/api/orgs/{ORG_ID}{path}"), &body)
            .await
    }

    fn pass(&self, hours: u64) {
        self.mock.clock().advance(Duration::from_secs(3600 * hours));
    }
}

async fn groups(api: &mut Checked) {
    let group = api
        .mock
        .world(|world| world.add_group(ORG_ID, "all", &["elsewhere"]));
    let path = format!("/api/inventory/{ORG_ID}/core/deployment-groups");
    for path in [
        path.clone(),
        format!("{path}/{group}"),
        format!("{path}/{group}/members"),
    ] {
        api.call("GET", &path, "").await;
    }
}

/// Calls below an SDDC; an hour passes after each, so that its task is done.
async fn calls(api: &mut Checked, sddc: &str, rows: &[(&str, &str, Value)]) -> Vec<Value> {
    let mut answers = Vec::new();
    for (method, path, body) in rows {
        answers.push(api.org(method, &format!("{sddc}{path}"), body).await);
        api.pass(1);
    }
    answers
}

async fn clusters_and_hosts(api: &mut Checked, sddc: &str) {
    let none = Value::Null;
    let two = json!({"num_hosts": 2});
    let rows = [
        ("POST", "/clusters", two.clone()),
        ("GET", "/primarycluster", none.clone()),
        ("POST", "/add-hosts-precheck", two.clone()),
        ("POST", "/esxs", two),
    ];
    let answers = calls(api, sddc, &rows).await;
    api.org("GET", sddc, &none).await;
    let cluster = answers[0]["params"]["clusterId"].as_str().unwrap();
    let sddc = format!("{sddc}/clusters/{cluster}");
    let three = json!({"num_hosts": 3});
    let license = json!({"windows_licensing": "ENABLED"});
    let rows = [
        ("GET", "/config/constraints", none.clone()),
        ("POST", "/reconfigure", three),
        ("POST", "/msft-licensing/publish", license),
        ("DELETE", "", none.clone()),
    ];
    calls(api, &sddc, &rows).await;
    let path = "/storage/cluster-constraints?provider=AWS&num_hosts=4";
    api.org("GET", path, &none).await;
}

async fn names_tests_and_conversion(api: &mut Checked, sddc: &str) {
    let none = Value::Null;
    let id = sddc.trim_start_matches("/sddcs/").to_owned();
    api.mock.world(|world| {
        let config = &mut world.sddcs.get_mut(&id).unwrap().config;
        config["sddc_type"] = json!("1NODE");
    });
    let group = json!({"id": "HLM", "sub_groups": [
        {"id": "ONPREM_VCENTER", "inputs": [{"id": "HOSTNAME_OR_IP", "value": "vc.example.com"}]},
    ]});
    let rows = [
        ("POST", "/convert", none.clone()),
        ("PUT", "/dns/private", none.clone()),
        ("PUT", "/dns/public", none.clone()),
        ("PUT", "/management-vms/nsx/dns/private", none.clone()),
        ("GET", "/networking/connectivity-tests", none.clone()),
        ("POST", "/networking/connectivity-tests?action=start", group),
    ];
    calls(api, sddc, &rows).await;
}

async fn elastic_drs(api: &mut Checked, sddc: &str) {
    let id = sddc.trim_start_matches("/sddcs/").to_owned();
    let cluster = api.mock.world(|world| {
        let sddc = world.sddcs.get(&id).unwrap();
        sddc.estate().clusters[0].id.clone()
    });
    let base = format!("/vmc/autoscaler/api/orgs/{ORG_ID}");
    api.call("GET", &format!("{base}{sddc}/edrs-policy"), "")
        .await;
    let cluster = format!("{base}{sddc}/clusters/{cluster}");
    let policy = format!("{cluster}/edrs-policy");
    api.call("GET", &policy, "").await;
    let spec = format!("{cluster}/edrs-provisioning-spec");
    api.call("GET", &spec, "").await;
    let body = json!({"enable_edrs": true, "policy_type": "rapid-scaleup",
        "edrs_policy_options_overrides": {"scale_up_host_increment": 4}});
    let task = api.call("POST", &policy, &body.to_string()).await;
    let tasks = format!("{base}/tasks");
    api.call("GET", &tasks, "").await;
    let task = format!("{tasks}/{}", task["id"].as_str().unwrap());
    api.call("GET", &task, "").await;
    api.call("POST", &format!("{task}?action=cancel"), "").await;
    api.pass(1);
    api.call("GET", &task, "").await;
}

async fn addons_and_addresses(api: &mut Checked, sddc: &str) {
    let none = Value::Null;
    let credentials = "/addons/HCX/credentials";
    let one = format!("{credentials}/a");
    let new = json!({"name": "a", "username": "u", "password": "p"});
    let changed = json!({"username": "u", "password": "q"});
    let rows = [
        ("GET", "/enablements", none.clone()),
        ("POST", "/enablements/hcx?action=enable", none.clone()),
        ("POST", credentials, new),
        ("GET", credentials, none.clone()),
        ("GET", &one, none.clone()),
        ("PUT", &one, changed),
        ("POST", "/publicips", json!({"count": 1, "names": ["web"]})),
        ("GET", "/publicips", none.clone()),
        ("GET", "/mgw/publicips", none.clone()),
    ];
    let answers = calls(api, sddc, &rows).await;
    let id = |answer: &Value| answer[0]["allocation_id"].as_str().unwrap().to_owned();
    let own = format!("/publicips/{}", id(&answers[7]));
    let attach = format!("{own}?action=attach");
    let mgw = format!("/mgw/publicips/{}", id(&answers[8]));
    let address = json!({"public_ip": "52.1.1.1", "associated_private_ip": "10.2.0.9"});
    let rows = [
        ("PATCH", attach.as_str(), address),
        ("GET", own.as_str(), none.clone()),
        ("GET", mgw.as_str(), none.clone()),
        ("DELETE", own.as_str(), none.clone()),
    ];
    calls(api, sddc, &rows).await;
    api.org("GET", sddc, &none).await;
}

async fn maintenance(api: &mut Checked, sddc: &str) {
    let none = Value::Null;
    let entries = api.org("GET", "/reservations", &none).await;
    let id = entries[0]["reservation_id"].as_str().unwrap();
    let window = format!("/reservations/{id}/mw");
    api.org("GET", &window, &none).await;
    let body = json!({"day_of_week": "FRIDAY", "hour_of_day": 3});
    api.org("PUT", &window, &body).await;
    api.org("POST", "/tbrs/reservation", &none).await;
    let states = json!({"states": ["SCHEDULED"]});
    let found = api.org("POST", "/tbrs/reservation", &states).await;
    let sddc = sddc.trim_start_matches("/sddcs/");
    assert_eq!(found[sddc].as_array().unwrap().len(), 1);
    let windows = api.org("GET", "/tbrs/support-window", &none).await;
    let id = windows[0]["support_window_id"].as_str().unwrap();
    let window = format!("/tbrs/support-window/{id}");
    api.org("PUT", &window, &json!({"sddc_id": sddc})).await;
}

async fn organization(api: &mut Checked) {
    let none = Value::Null;
    let quotas = "/aws/resources/servicequotas/requests";
    let all = api.org("GET", quotas, &none).await;
    let one = format!("{quotas}/{}", all[0]["id"].as_str().unwrap());
    for path in [&one, "/payment-methods?defaultFlag=true", "/tos?termsId=x"] {
        api.org("GET", path, &none).await;
    }
    let locale = json!({"locale": "en_US"}).to_string();
    api.call("POST", "/vmc/api/locale", &locale).await;
    let inputs = format!("/vmc/api/customer-support/inputs?userId=u&orgId={ORG_ID}");
    api.call("GET", &inputs, "").await;
    let region = "region=US_WEST_2&product_type=host";
    let offers = format!("/subscriptions/offer-instances?{region}");
    let offers = api.org("GET", &offers, &none).await;
    api.org("GET", &format!("/offer-instances?{region}"), &none)
        .await;
    api.org("GET", "/subscriptions/products", &none).await;
    let offer = &offers["offers"][0];
    let order = json!({
        "product_type": "host", "region": "US_WEST_2", "quantity": 1, "commitment_term": "12",
        "offer_name": offer["name"], "offer_version": offer["version"],
    });
    let task = api.org("POST", "/subscriptions", &order).await;
    api.pass(1);
    let one = format!("/subscriptions/{}", task["resource_id"].as_str().unwrap());
    api.org("GET", "/subscriptions", &none).await;
    api.org("GET", &one, &none).await;
    api.org("DELETE", &one, &none).await;
}

/// An SDDC is deleted, and another one made from the template that is left of it.
async fn templates(api: &mut Checked, sddc: &str, config: &Value) {
    let none = Value::Null;
    let deletion = format!("{sddc}?retain_configuration=true&template_name=kept");
    api.org("DELETE", &deletion, &none).await;
    api.pass(1);
    let all = api.org("GET", "/sddc-templates", &none).await;
    let id = all[0]["id"].as_str().unwrap();
    let one = format!("/sddc-templates/{id}");
    api.org("GET", &one, &none).await;
    let mut config = config.clone();
    config["sddc_template_id"] = json!(id);
    let task = api.org("POST", "/sddcs", &config).await;
    api.pass(3);
    let sddc = format!("/sddcs/{}", task["resource_id"].as_str().unwrap());
    api.org("GET", &format!("{sddc}/sddc-template"), &none)
        .await;
    api.org("DELETE", &one, &none).await;
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !EXTRA.contains(&name.as_str()));
            map.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[tokio::test]
async fn every_answer_has_the_names_and_types_of_the_contract() {
    let mut account = String::new();
    let mock = Mock::builder()
        .world(|world| account = world.link_account(ORG_ID, ACCOUNT))
        .settings(|settings| settings.access_token_seconds = 1_000_000)
        .in_process()
        .unwrap();
    let routes = Routes::load().unwrap();
    let mut api = Checked {
        mock,
        routes,
        token: String::new(),
        seen: BTreeSet::new(),
    };
    let auth = "/csp/gateway/am/api/auth";
    let form = format!("api_token={API_TOKEN}");
    let answer = api
        .call("POST", &format!("{auth}/api-tokens/authorize"), &form)
        .await;
    api.token = answer["access_token"].as_str().unwrap().to_owned();
    let details = json!({"tokenValue": API_TOKEN}).to_string();
    api.call("POST", &format!("{auth}/api-tokens/details"), &details)
        .await;
    let form = format!(
        "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}"
    );
    api.call("POST", &format!("{auth}/authorize"), &form).await;
    api.call("POST", &format!("{auth}/token"), &form).await;
    api.call("GET", "/csp/gateway/am/api/loggedin/user/orgs", "")
        .await;
    api.call("GET", "/csp/gateway/am/api/v2/loggedin/user/orgs", "")
        .await;
    api.call("GET", "/vmc/api/orgs", "").await;
    let none = Value::Null;
    for path in [
        "",
        "/providers",
        "/sddcs/provision-spec",
        "/account-link/connected-accounts",
    ] {
        api.org("GET", path, &none).await;
    }
    api.org("GET", "/account-link", &none).await;
    let subnets = format!("?linkedAccountId={account}");
    api.org(
        "GET",
        &format!("/account-link/compatible-subnets{subnets}"),
        &none,
    )
    .await;
    api.org(
        "GET",
        &format!("/account-link/compatible-subnets-async{subnets}"),
        &none,
    )
    .await;
    api.org("POST", "/account-link/compatible-subnets", &none)
        .await;
    let subnet = json!({"connected_account_id": account, "subnet_id": "subnet-0a1b2c3d4e5f60701"});
    api.org("POST", "/account-link/compatible-subnets-async", &subnet)
        .await;
    let zones = json!({"connected_account_id": account});
    api.org("POST", "/account-link/map-customer-zones", &zones)
        .await;
    let config = json!({
        "name": "a", "provider": "AWS", "num_hosts": 2,
        "account_link_sddc_config": [
            {"connected_account_id": account, "customer_subnet_ids": ["subnet-0a1b2c3d4e5f60701"]},
        ],
    });
    api.org("POST", "/sddcs?validateOnly=true", &config).await;
    let task = api.org("POST", "/sddcs", &config).await;
    let sddc = format!("/sddcs/{}", task["resource_id"].as_str().unwrap());
    let task = format!("/tasks/{}", task["id"].as_str().unwrap());
    api.org("GET", &sddc, &none).await;
    api.pass(1);
    api.org("GET", &task, &none).await;
    api.pass(2);
    api.org("GET", &sddc, &none).await;
    api.org("GET", "/sddcs", &none).await;
    api.org("GET", "/account-link/sddc-connections", &none)
        .await;
    clusters_and_hosts(&mut api, &sddc).await;
    names_tests_and_conversion(&mut api, &sddc).await;
    elastic_drs(&mut api, &sddc).await;
    addons_and_addresses(&mut api, &sddc).await;
    maintenance(&mut api, &sddc).await;
    organization(&mut api).await;
    groups(&mut api).await;
    api.org("PATCH", &sddc, &json!({"name": "b"})).await;
    let deletion = api.org("DELETE", &sddc, &none).await;
    let cancel = format!("/tasks/{}?action=cancel", deletion["id"].as_str().unwrap());
    api.org("POST", &cancel, &none).await;
    api.pass(1);
    // A deletion that was canceled can be tried again.
    templates(&mut api, &sddc, &config).await;
    api.org("GET", "/tasks", &none).await;
    let unlink =
        format!("/account-link/connected-accounts/{account}?forceEvenWhenSddcPresent=true");
    api.org("DELETE", &unlink, &none).await;

    let simulated: BTreeSet<String> = api
        .routes
        .operations()
        .filter(|(id, here)| *here && *id != crate::route::TEMPLATE_GET)
        .map(|(id, _)| id.to_owned())
        .collect();
    assert_eq!(
        api.seen, simulated,
        "an operation is simulated and not checked here"
    );
}
