//! The answers of simulated vCenters, compared with the contract, in both dialects.

use crate::{
    Mock,
    route::{Match, Routes},
    world::{
        CLOUD_VCENTER_PASSWORD, CLOUD_VCENTER_USER, VCENTER_PASSWORD, VCENTER_USER, VCenter,
        Version,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// Kinds that any operation may answer.
const ALWAYS: [&str; 4] = [
    "unauthenticated",
    "operation_not_found",
    "unexpected_input",
    "invalid_argument",
];

struct Checked {
    mock: Mock,
    routes: Routes,
    session: String,
    seen: BTreeSet<(String, String)>,
}

impl Checked {
    /// A call of one vCenter; the answer without its wrapper, or the kind of the refusal.
    async fn call(
        &mut self,
        vcenter: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> Result<Value, String> {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut request = Request::builder().method(method).uri(path);
        request = match self.session.split_once(':') {
            Some(_) => {
                let login = STANDARD.encode(&self.session);
                request.header("authorization", format!("Basic {login}"))
            }
            None => request.header("vmware-api-session-id", &self.session),
        };
        let request = request.body(Bytes::from(text)).unwrap();
        let answer = self
            .mock
            .vcenter_router(vcenter)
            .handle(request)
            .await
            .unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let key = [format!("{method}?{query}"), method.to_owned()];
        let route = key
            .iter()
            .find_map(|key| match self.routes.find(key, path) {
                Match::Found(route, _) => Some(route),
                _ => None,
            });
        let route = route.unwrap_or_else(|| panic!("{method} {path}"));
        let (operation, spec) = (&route.operation, self.routes.spec(route).unwrap());
        let rest = path.starts_with("/rest");
        let status = answer.status().as_u16();
        let document: Value = match answer.body().is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(answer.body()).unwrap(),
        };
        let what = format!("{method} {path}: {status} {document}");
        if !answer.status().is_success() {
            let shape = if rest { "StdErrorRest" } else { "StdErrorApi" };
            spec.check_body(shape, &document).expect(&what);
            let kind = match rest {
                true => document["type"]
                    .as_str()
                    .and_then(|name| name.rsplit('.').next()),
                false => document["error_type"].as_str(),
            };
            let kind = kind.unwrap().to_lowercase();
            match &operation.errors[&kind] {
                Value::Null => assert!(
                    ALWAYS.contains(&kind.as_str()) || kind == "unverified_peer",
                    "{what}"
                ),
                declared => assert_eq!(*declared, status, "{what}"),
            }
            return Err(kind);
        }
        assert_eq!(Some(status), operation.success, "{what}");
        self.seen.insert((
            operation.id.clone(),
            operation.method.clone() + " " + &operation.path,
        ));
        if operation.returns == "void" {
            assert!(document.is_null(), "{what}");
            return Ok(Value::Null);
        }
        let value = match rest {
            true => {
                assert_eq!(document.as_object().unwrap().len(), 1, "{what}");
                document["value"].clone()
            }
            false => document,
        };
        spec.check_body(&operation.returns, &value).expect(&what);
        Ok(value)
    }

    fn version(&self, vcenter: &str, version: Version) {
        self.mock
            .world(|world| world.vcenters.get_mut(vcenter).unwrap().version = version);
    }
}

fn spec(host: &str, domain: &str, user: (&str, &str), thumbprint: Option<&str>) -> Value {
    let mut spec = json!({
        "psc_hostname": host, "port": 443, "domain_name": domain, "username": user.0,
        "password": user.1, "admin_groups": ["admins@corp.test"],
    });
    if let Some(thumbprint) = thumbprint {
        spec["ssl_thumbprint"] = json!(thumbprint);
    }
    spec
}

async fn one_dialect(api: &mut Checked, rest: bool) {
    let (root, session) = match rest {
        true => ("/rest", "/rest/com/vmware/cis/session"),
        false => ("/api", "/api/session"),
    };
    let none = Value::Null;
    let body = |spec: Value| if rest { json!({"spec": spec}) } else { spec };
    let path = |rest: &str| format!("{root}/hvc/{rest}");
    let admin = (VCENTER_USER, VCENTER_PASSWORD);
    let credentials = json!({"credentials": {"user_name": admin.0, "password": admin.1}});

    // The cloud's end.
    for vcenter in ["cloud", "gateway"] {
        api.version(vcenter, Version::new(8, 0, 0));
    }
    api.session = format!("{CLOUD_VCENTER_USER}:wrong");
    let refused = api.call("cloud", "POST", session, none.clone()).await;
    assert_eq!(refused, Err("unauthenticated".into()));
    api.session = format!("{CLOUD_VCENTER_USER}:{CLOUD_VCENTER_PASSWORD}");
    let id = api
        .call("cloud", "POST", session, none.clone())
        .await
        .unwrap();
    api.session = id.as_str().unwrap().to_owned();
    api.call("cloud", "GET", session, none.clone())
        .await
        .unwrap();
    if rest {
        let older = format!("{session}?~action=get");
        api.call("cloud", "POST", &older, none.clone())
            .await
            .unwrap();
    }
    let thumbprint = api.mock.vcenter_thumbprint("onprem").unwrap();
    let host = "onprem.vmc-mock.test";
    let right = spec(host, "vsphere.local", admin, Some(&thumbprint));
    for (wrong, kind) in [
        (spec(host, "vsphere.local", admin, None), "unverified_peer"),
        (
            spec(host, "vsphere.local", admin, Some("00:01")),
            "unverified_peer",
        ),
        (
            spec(host, "other.local", admin, Some(&thumbprint)),
            "invalid_argument",
        ),
        (spec("nobody.test", "vsphere.local", admin, None), "error"),
        (
            spec("cloud.vmc-mock.test", "vmc.local", admin, None),
            "invalid_argument",
        ),
        (json!({"psc_hostname": host}), "invalid_argument"),
        (json!({"psc_host": host}), "unexpected_input"),
    ] {
        let answer = api
            .call("cloud", "POST", &path("links"), body(wrong.clone()))
            .await;
        assert_eq!(answer, Err(kind.into()), "{wrong}");
    }
    let link = api
        .call("cloud", "POST", &path("links"), body(right.clone()))
        .await
        .unwrap();
    let again = api.call("cloud", "POST", &path("links"), body(right)).await;
    assert_eq!(again, Err("already_exists".into()));
    let listed = api
        .call("cloud", "GET", &path("links"), none.clone())
        .await
        .unwrap();
    assert_eq!(
        listed,
        json!([{"link": link, "display_name": "vsphere.local"}])
    );
    let link = path(&format!("links/{}", link.as_str().unwrap()));

    let groups = path("management/administrators");
    let one = json!({"group_name": "b@corp.test"});
    for (method, query, body) in [
        (
            "PUT",
            "",
            json!({"group_names": ["a@corp.test", "a@corp.test"]}),
        ),
        ("POST", "?action=add", one.clone()),
        ("GET", "", none.clone()),
        ("POST", "?action=remove", one),
    ] {
        let path = format!("{groups}{query}");
        api.call("cloud", method, &path, body).await.unwrap();
    }
    let nobody = json!({"group_name": "nobody"});
    let answer = api
        .call("cloud", "POST", &format!("{groups}?action=add"), nobody)
        .await;
    assert_eq!(answer, Err("error".into()));

    sync(api, rest, &link, &credentials).await;

    api.version("cloud", Version::new(8, 0, 3));
    api.call("cloud", "GET", &link, none.clone()).await.unwrap();
    let world = |world: &mut crate::world::World| {
        world.vcenters.get_mut("onprem").unwrap().certificate_number += 1;
    };
    api.mock.world(world);
    let health = api.call("cloud", "GET", &link, none.clone()).await.unwrap();
    assert_eq!(health["connection_health_status"], "UNHEALTHY");
    let answer = api.call("cloud", "DELETE", &link, none.clone()).await;
    assert_eq!(answer, Err("error".into()));
    let unlink = format!("{link}?action=delete");
    let wrong = json!({"credentials": {"user_name": admin.0, "password": "wrong"}});
    for (body, kind) in [(json!({}), "invalid_argument"), (wrong, "unauthorized")] {
        let answer = api.call("cloud", "POST", &unlink, body).await;
        assert_eq!(answer, Err(kind.into()));
    }
    api.call("cloud", "POST", &unlink, credentials)
        .await
        .unwrap();
    let answer = api.call("cloud", "GET", &link, none.clone()).await;
    assert_eq!(answer, Err("not_found".into()));
    api.call("cloud", "DELETE", session, none.clone())
        .await
        .unwrap();
    let answer = api.call("cloud", "GET", session, none.clone()).await;
    assert_eq!(answer, Err("unauthenticated".into()));

    // The gateway's end.
    api.session = format!("{}:{}", admin.0, admin.1);
    let id = api
        .call("gateway", "POST", session, none.clone())
        .await
        .unwrap();
    api.session = id.as_str().unwrap().to_owned();
    let cloud = (CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD);
    let cloud = spec("cloud.vmc-mock.test", "vmc.local", cloud, None);
    let link = api
        .call("gateway", "POST", &path("links"), body(cloud))
        .await
        .unwrap();
    let link = path(&format!("links/{}", link.as_str().unwrap()));
    api.call("gateway", "DELETE", &link, none.clone())
        .await
        .unwrap();
    let answer = api.call("gateway", "DELETE", &link, none).await;
    assert_eq!(answer, Err("not_found".into()));
}

async fn sync(api: &mut Checked, rest: bool, link: &str, credentials: &Value) {
    let none = Value::Null;
    let list = format!("{link}/sync/providers");
    let providers = api.call("cloud", "GET", &list, none.clone()).await.unwrap();
    let one = format!("{list}/{}", providers[0]["provider"].as_str().unwrap());
    let start = format!("{one}?action=start");
    let body = if rest {
        credentials.clone()
    } else {
        none.clone()
    };
    for error in [None, Some("The other end is full.".to_owned())] {
        api.mock.world(|world| {
            let cloud = world.vcenters.get_mut("cloud").unwrap();
            for link in cloud.links.iter_mut() {
                link.providers
                    .iter_mut()
                    .for_each(|row| row.fails.clone_from(&error));
            }
        });
        api.call("cloud", "POST", &start, body.clone())
            .await
            .unwrap();
        let busy = api.call("cloud", "POST", &start, body.clone()).await;
        assert_eq!(busy, Err("resource_busy".into()));
        for (seconds, stage) in [(1, "CHANGE_DETECTION"), (20, "CHANGE_ENUMERATION")] {
            api.mock.clock().advance(Duration::from_secs(seconds));
            let info = api.call("cloud", "GET", &one, none.clone()).await.unwrap();
            assert_eq!(info["current_session_info"]["stage"], stage);
        }
        api.mock.clock().advance(Duration::from_secs(60));
        let info = api.call("cloud", "GET", &one, none.clone()).await.unwrap();
        let wanted = error.map_or("SUCCEEDED", |_| "FAILED");
        assert_eq!(info["status"], wanted);
    }
    let nothing = format!("{list}/nothing");
    let answer = api.call("cloud", "GET", &nothing, none.clone()).await;
    assert_eq!(answer, Err("not_found".into()));
    let reset = format!("{link}/sync?action=reset");
    api.call("cloud", "POST", &reset, none.clone())
        .await
        .unwrap();
    let info = api.call("cloud", "GET", &one, none).await.unwrap();
    assert_eq!(info["status"], "NO_SYNC_FOUND");
    if rest {
        let repair = format!("{link}/sync?action=remediate");
        api.call("cloud", "POST", &repair, credentials.clone())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn every_answer_of_a_vcenter_has_the_names_and_types_of_the_contract() {
    let mock = Mock::builder()
        .vcenter(VCenter::cloud("cloud"))
        .vcenter(VCenter::gateway("gateway"))
        .vcenter(VCenter::on_premises("onprem"))
        .in_process()
        .unwrap();
    let mut api = Checked {
        mock,
        routes: Routes::of_vcenters().unwrap(),
        session: String::new(),
        seen: BTreeSet::new(),
    };
    for rest in [true, false] {
        one_dialect(&mut api, rest).await;
    }
    let all: BTreeSet<(String, String)> = Routes::of_vcenters()
        .unwrap()
        .contracted()
        .map(|row| (row.id.clone(), row.method.clone() + " " + &row.path))
        .collect();
    assert_eq!(api.seen, all, "an operation is not checked here");
}
