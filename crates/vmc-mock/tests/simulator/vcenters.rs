//! vCenters: their sessions, links and certificates.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use vmc_mock::{
    Builder, Cut, Fault, Mock,
    world::{
        CLOUD_VCENTER_PASSWORD, CLOUD_VCENTER_USER, Certificate, ORG_ID, VCENTER_PASSWORD,
        VCENTER_USER, VCenter, Version,
    },
};

const LOGIN: &str = "/rest/com/vmware/cis/session";
const LINKS: &str = "/rest/hvc/links";

fn builder() -> Builder {
    Mock::builder()
        .vcenter(VCenter::cloud("cloud"))
        .vcenter(VCenter::gateway("gateway"))
        .vcenter(VCenter::on_premises("onprem"))
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Calls of vCenters, in process.
struct Api {
    mock: Mock,
    session: String,
}

impl Api {
    fn new(builder: Builder) -> Self {
        Self {
            mock: builder.in_process().unwrap(),
            session: String::new(),
        }
    }

    async fn at(builder: Builder, vcenter: &str) -> Self {
        let mut api = Self::new(builder);
        api.session = api.login(vcenter).await.unwrap();
        api
    }

    /// A session of the right user, or the status.
    async fn login(&self, vcenter: &str) -> Result<String, u16> {
        let (user, password) = match vcenter {
            "cloud" => (CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD),
            _ => (VCENTER_USER, VCENTER_PASSWORD),
        };
        let answer = self.enter(vcenter, user, password).await;
        match answer.status().as_u16() {
            200 => Ok(json_of(&answer)["value"].as_str().unwrap().to_owned()),
            status => Err(status),
        }
    }

    async fn enter(&self, vcenter: &str, user: &str, password: &str) -> Response<Bytes> {
        let headers = [("authorization", basic(user, password))];
        self.raw(vcenter, "POST", LOGIN, &headers, "")
            .await
            .unwrap()
    }

    async fn raw(
        &self,
        vcenter: &str,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Result<Response<Bytes>, Cut> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        self.mock.vcenter_router(vcenter).handle(request).await
    }

    async fn call(&self, vcenter: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let headers = [("vmware-api-session-id", self.session.clone())];
        let answer = self
            .raw(vcenter, method, path, &headers, &body)
            .await
            .unwrap();
        (answer.status().as_u16(), json_of(&answer))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call("cloud", "GET", path, &Value::Null).await
    }

    /// Links, and answers the kind of the refusal, if it is one.
    async fn link(&self, vcenter: &str, spec: &Value) -> Result<String, String> {
        let (status, body) = self
            .call(vcenter, "POST", LINKS, &json!({"spec": spec}))
            .await;
        match status {
            200 => Ok(body["value"].as_str().unwrap().to_owned()),
            _ => Err(kind(&body)),
        }
    }

    /// What links the cloud to the vCenter on premises.
    fn spec(&self) -> Value {
        json!({
            "psc_hostname": "onprem.vmc-mock.test", "port": "443", "domain_name": "vsphere.local",
            "username": VCENTER_USER, "password": VCENTER_PASSWORD,
            "ssl_thumbprint": self.mock.vcenter_thumbprint("onprem").unwrap(),
            "admin_groups": ["admins@corp.test"],
        })
    }

    fn change(&self, vcenter: &str, change: impl FnOnce(&mut VCenter)) {
        self.mock
            .world(|world| change(world.vcenters.get_mut(vcenter).unwrap()));
    }

    fn done(&self, effect: &str) -> usize {
        self.mock.effects(effect).len()
    }
}

fn json_of(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

fn kind(body: &Value) -> String {
    let name = body["type"].as_str().unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default().to_owned()
}

fn with(spec: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut spec = spec.clone();
    spec[name] = value.into();
    spec
}

#[tokio::test]
async fn a_session_is_a_cookie_or_a_header_and_serves_both_dialects() {
    let api = Api::new(builder());
    let answer = api
        .enter("cloud", CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD)
        .await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("Path=/rest"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let headers = [("cookie", format!("other=1; {cookie}"))];
    let answer = api.raw("cloud", "GET", LINKS, &headers, "").await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.body()[..]),
        (200, &b"{\"value\":[]}"[..])
    );
    // As govc does it: no cookie wanted, the header from then on.
    let headers = [
        (
            "authorization",
            basic(CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD),
        ),
        ("vmware-use-header-authn", "true".into()),
    ];
    let answer = api.raw("cloud", "POST", LOGIN, &headers, "").await.unwrap();
    assert!(!answer.headers().contains_key("set-cookie"));
    let session = json_of(&answer)["value"].as_str().unwrap().to_owned();
    let headers = [("vmware-api-session-id", session)];
    let answer = api
        .raw("cloud", "GET", "/api/hvc/links", &headers, "")
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.body()[..]),
        (200, &b"[]"[..])
    );
    assert_eq!(
        (api.mock.open_sessions("cloud"), api.done("session.opened")),
        (2, 2)
    );
    api.raw("cloud", "DELETE", "/api/session", &headers, "")
        .await
        .unwrap();
    assert_eq!(
        (api.mock.open_sessions("cloud"), api.done("session.closed")),
        (1, 1)
    );
    let journal = api.mock.journal();
    let shown: Vec<_> = journal
        .requests
        .iter()
        .map(|row| row.auth.clone().unwrap())
        .collect();
    assert_eq!(
        shown,
        ["basic", "cookie#1", "basic", "session#2", "session#2"]
    );
    assert_eq!(journal.requests[0].vcenter.as_deref(), Some("cloud"));
}

#[tokio::test]
async fn sessions_end_by_themselves() {
    let api = Api::at(builder(), "cloud").await;
    for _ in 0..3 {
        api.mock.clock().advance(Duration::from_secs(299));
        assert_eq!(api.get(LINKS).await.0, 200, "use keeps it");
    }
    api.mock.clock().advance(Duration::from_secs(301));
    assert_eq!(api.mock.open_sessions("cloud"), 0);
    assert_eq!(api.get(LINKS).await.0, 401);
    assert_eq!(api.done("session.expired"), 1);
}

#[tokio::test]
async fn leaked_sessions_shut_everybody_out() {
    let api = Api::new(builder().settings(|settings| settings.vcenter_sessions_per_user = 2));
    for _ in 0..2 {
        api.login("cloud").await.unwrap();
    }
    let answer = api
        .enter("cloud", CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD)
        .await;
    assert_eq!(answer.status(), 503);
    let body = json_of(&answer);
    assert_eq!(kind(&body), "service_unavailable");
    let text = body["value"]["messages"][0]["default_message"]
        .as_str()
        .unwrap();
    assert!(
        text.contains("limited to 2. Existing session count is 2"),
        "{text}"
    );
    assert_eq!(
        api.login("onprem").await.map(|_| ()),
        Ok(()),
        "another vCenter has its own"
    );
    api.mock.clock().advance(Duration::from_secs(400));
    assert_eq!(api.login("cloud").await.map(|_| ()), Ok(()));
}

#[tokio::test]
async fn wrong_passwords_lock_the_user_for_a_while() {
    let api = Api::new(builder());
    for _ in 0..5 {
        assert_eq!(
            api.enter("cloud", CLOUD_VCENTER_USER, "wrong")
                .await
                .status(),
            401
        );
    }
    assert_eq!(api.login("cloud").await, Err(401));
    api.mock
        .settings(|settings| settings.vcenter_names_locked_accounts = true);
    let answer = api
        .enter("cloud", CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD)
        .await;
    assert!(json_of(&answer).to_string().contains("locked"));
    api.mock.clock().advance(Duration::from_secs(301));
    assert!(api.login("cloud").await.is_ok());
    api.change("cloud", |row| row.users[0].locked = true);
    assert_eq!(api.login("cloud").await, Err(401));
    api.mock
        .settings(|settings| settings.vcenter_empty_401 = true);
    assert!(api.enter("cloud", "x", "y").await.body().is_empty());
    assert_eq!(api.mock.open_sessions("cloud"), 1);
}

#[tokio::test]
async fn versions_decide_what_there_is() {
    for (version, rest, links_in_api, login_in_api) in [
        ("6.7", 401, 404, 404),
        ("7.0.2", 401, 401, 401),
        ("9.0", 401, 401, 401),
        ("9.1", 404, 404, 401),
    ] {
        let api = Api::new(builder());
        api.change("cloud", |row| {
            row.version = Version::parse(version).unwrap();
        });
        assert_eq!(api.get(LINKS).await.0, rest, "{version}");
        assert_eq!(api.get("/api/hvc/links").await.0, links_in_api, "{version}");
        let answer = api
            .raw("cloud", "POST", "/api/session", &[], "")
            .await
            .unwrap();
        assert_eq!(answer.status(), login_in_api, "{version}");
        assert!(api.login("cloud").await.is_ok(), "{version}");
    }
    let api = Api::at(builder(), "cloud").await;
    let (status, body) = api.get("/rest/hvc/links/x/sync/providers").await;
    assert_eq!((status, kind(&body).as_str()), (404, "operation_not_found"));
    let (status, body) = api.get("/api/hvc/nothing").await;
    assert_eq!(
        (status, &body["error_type"]),
        (404, &json!("OPERATION_NOT_FOUND"))
    );
}

#[tokio::test]
async fn unknown_parameters_and_fields_are_refused() {
    let api = Api::at(builder(), "cloud").await;
    let (status, body) = api.get(&format!("{LINKS}?colour=red")).await;
    assert_eq!((status, kind(&body).as_str()), (400, "unexpected_input"));
    let spec = with(&api.spec(), "colour", "red");
    assert_eq!(
        api.link("cloud", &spec).await,
        Err("unexpected_input".into())
    );
    let groups = "/rest/hvc/management/administrators";
    let body = json!({"group_name": "a@b"});
    let (status, _) = api
        .call("cloud", "POST", &format!("{groups}?action=ad"), &body)
        .await;
    assert_eq!(status, 404);
    assert_eq!(api.done("hlm.administrators_changed"), 0);
}

#[tokio::test]
async fn a_link_is_made_once_whatever_happens_to_the_answer() {
    let api = Api::at(builder(), "cloud").await;
    api.mock
        .fault(Fault::on("hvc.links.create").cut_after())
        .unwrap();
    let headers = [("vmware-api-session-id", api.session.clone())];
    let body = json!({"spec": api.spec()}).to_string();
    let cut = api.raw("cloud", "POST", LINKS, &headers, &body).await;
    assert_eq!(cut.unwrap_err(), Cut::NoAnswer);
    assert_eq!(
        api.link("cloud", &api.spec()).await,
        Err("already_exists".into())
    );
    assert_eq!(api.done("hlm.linked"), 1);
    let (_, groups) = api.get("/rest/hvc/management/administrators").await;
    assert_eq!(groups["value"], json!(["admins@corp.test"]));
    api.mock.fault(Fault::on("hvc.*").status(503)).unwrap();
    assert_eq!(kind(&api.get(LINKS).await.1), "service_unavailable");
    api.mock.fault(Fault::on("hvc.*").unauthorized()).unwrap();
    assert_eq!(kind(&api.get(LINKS).await.1), "unauthenticated");
    let journal = serde_json::to_string(&api.mock.journal()).unwrap();
    assert!(!journal.contains(VCENTER_PASSWORD) && !journal.contains(&api.session));
}

#[tokio::test]
async fn links_are_refused_for_good_reasons() {
    let api = Api::at(builder(), "cloud").await;
    let spec = api.spec();
    let wrong_way = json!({"psc_hostname": "onprem.vmc-mock.test", "port": 444});
    for (change, wanted) in [
        (json!({"ssl_thumbprint": null}), "unverified_peer"),
        (json!({"ssl_thumbprint": "00:01"}), "unverified_peer"),
        (json!({"port": "4430"}), "error"),
        (json!({"port": "none"}), "invalid_argument"),
        (json!({"domain_name": "other.local"}), "invalid_argument"),
        (json!({"password": "wrong"}), "invalid_argument"),
        (
            json!({"psc_hostname": "cloud.vmc-mock.test"}),
            "invalid_argument",
        ),
        (json!({"ssl_certificate": "x"}), "unexpected_input"),
        (wrong_way, "error"),
    ] {
        let mut spec = spec.clone();
        for (name, value) in change.as_object().unwrap() {
            spec[name] = value.clone();
        }
        assert_eq!(
            api.link("cloud", &spec).await,
            Err(wanted.into()),
            "{change}"
        );
    }
    api.change("cloud", |row| row.groups = vec!["others@corp.test".into()]);
    assert_eq!(
        api.link("cloud", &spec).await,
        Err("invalid_argument".into())
    );
    api.change("cloud", |row| row.groups.clear());
    api.change("onprem", |row| row.clock_offset_seconds = -601);
    assert_eq!(api.link("cloud", &spec).await, Err("error".into()));
    api.change("onprem", |row| row.clock_offset_seconds = 0);
    api.change("onprem", |row| row.version = Version::new(5, 5, 0));
    assert_eq!(api.link("cloud", &spec).await, Err("unsupported".into()));
    api.change("onprem", |row| row.version = Version::default());
    api.change("cloud", |row| row.users[0].privileges.truncate(0));
    assert_eq!(api.link("cloud", &spec).await, Err("unauthorized".into()));
    api.change("cloud", |row| {
        row.users[0].privileges.push("HLM.Manage".into());
    });
    assert_eq!(api.done("hlm.linked"), 0);
    // A number where text is declared, and a thumbprint as other tools write it.
    let thumbprint = spec["ssl_thumbprint"]
        .as_str()
        .unwrap()
        .replace(':', "")
        .to_lowercase();
    let spec = with(&with(&spec, "port", 443), "ssl_thumbprint", thumbprint);
    api.link("cloud", &spec).await.unwrap();
    assert_eq!(api.done("hlm.linked"), 1);
}

#[tokio::test]
async fn who_links_from_where() {
    let mut api = Api::at(builder(), "gateway").await;
    let cloud = json!({
        "psc_hostname": "cloud.vmc-mock.test", "domain_name": "vmc.local",
        "username": "cloudadmin", "password": CLOUD_VCENTER_PASSWORD,
    });
    let wrong = with(&cloud, "ssl_thumbprint", "00:01");
    assert_eq!(
        api.link("gateway", &wrong).await,
        Err("unverified_peer".into())
    );
    let link = api.link("gateway", &cloud).await.unwrap();
    api.session = api.login("cloud").await.unwrap();
    let back = json!({
        "psc_hostname": "gateway.vmc-mock.test", "domain_name": "vsphere.local",
        "username": VCENTER_USER, "password": VCENTER_PASSWORD,
        "ssl_thumbprint": api.mock.vcenter_thumbprint("gateway").unwrap(),
    });
    assert_eq!(api.link("cloud", &back).await, Err("already_exists".into()));
    api.link("cloud", &api.spec()).await.unwrap();
    assert_eq!(
        api.link("cloud", &back).await,
        Err("already_exists".into()),
        "a second domain"
    );
    api.session = api.login("gateway").await.unwrap();
    let path = format!("{LINKS}/{link}");
    let (status, _) = api
        .call(
            "gateway",
            "POST",
            &format!("{path}?action=delete"),
            &json!({}),
        )
        .await;
    assert_eq!(status, 404);
    let (status, _) = api.call("gateway", "DELETE", &path, &Value::Null).await;
    assert_eq!((status, api.done("hlm.unlinked")), (200, 1));
    api.session = api.login("onprem").await.unwrap();
    assert_eq!(api.link("onprem", &cloud).await, Err("unsupported".into()));
}

#[tokio::test]
async fn a_half_made_link_stays() {
    let api = Api::at(builder(), "cloud").await;
    api.change("cloud", |row| {
        row.half_made = Some("The lookup service did not answer.".into());
    });
    assert_eq!(api.link("cloud", &api.spec()).await, Err("error".into()));
    let (_, links) = api.get(LINKS).await;
    let link = links["value"][0]["link"].as_str().unwrap().to_owned();
    let (_, info) = api.get(&format!("{LINKS}/{link}")).await;
    assert_eq!(info["value"]["connection_health_status"], "UNHEALTHY");
    assert_eq!(
        (api.done("hlm.half_linked"), api.done("hlm.linked")),
        (1, 0)
    );
    let credentials = json!({"user_name": VCENTER_USER, "password": VCENTER_PASSWORD});
    let body = json!({"credentials": credentials});
    let path = format!("{LINKS}/{link}?action=delete");
    assert_eq!(api.call("cloud", "POST", &path, &body).await.0, 200);
    api.link("cloud", &api.spec()).await.unwrap();
}

#[tokio::test]
async fn version_nine_takes_a_certificate() {
    let api = Api::at(builder(), "cloud").await;
    api.change("cloud", |row| row.version = Version::new(9, 0, 0));
    let spec = with(&api.spec(), "ssl_thumbprint", Value::Null);
    let (status, body) = api.call("cloud", "POST", "/api/hvc/links", &spec).await;
    assert_eq!(
        (status, &body["error_type"]),
        (400, &json!("UNVERIFIED_PEER"))
    );
    let spec = with(
        &spec,
        "ssl_certificate",
        body["data"]["ssl_certificate"].clone(),
    );
    assert_eq!(
        api.call("cloud", "POST", "/api/hvc/links", &spec).await.0,
        201
    );
}

#[tokio::test]
async fn an_sddc_names_its_vcenter() {
    let builder = builder().world(|world| {
        world.add_sddc(ORG_ID, "lab");
    });
    let api = crate::wire::with(builder).await;
    let found = &api.get("sddcs").await.json()[0]["resource_config"];
    let url = api.mock.vcenter_url("cloud").unwrap();
    assert_eq!(found["vc_url"], format!("{url}/"));
    assert_eq!(found["cloud_username"], CLOUD_VCENTER_USER);
    assert_eq!(found["cloud_password"], CLOUD_VCENTER_PASSWORD);
}

/// One request over TLS, by somebody who trusts the simulator's authority.
async fn send(mock: &Mock, vcenter: &str, request: &str) -> io::Result<String> {
    let ca = CertificateDer::from_pem_slice(mock.ca_pem().unwrap().as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(ca).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let url = mock.vcenter_url(vcenter).unwrap();
    let stream = TcpStream::connect(url.trim_start_matches("https://")).await?;
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, stream).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn certificates_are_right_or_wrong() {
    use Certificate::{CommonName, Expired, NotYetValid, SelfSigned, Valid, WrongName};
    let mock = builder().start().await.unwrap();
    let request = "GET /rest/hvc/links HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    for kind in [Expired, NotYetValid, WrongName, CommonName, SelfSigned] {
        mock.world(|world| world.vcenters.get_mut("cloud").unwrap().certificate = kind);
        let error = send(&mock, "cloud", request).await.unwrap_err();
        assert!(
            error.to_string().contains("certificate"),
            "{kind:?}: {error}"
        );
    }
    assert_eq!(mock.journal().requests.len(), 0, "nothing was said");
    mock.world(|world| world.vcenters.get_mut("cloud").unwrap().certificate = Valid);
    let answer = send(&mock, "cloud", request).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    mock.world(|world| assert_eq!(world.vcenters.get("cloud").unwrap().handshakes, 6));
}

#[tokio::test]
async fn a_certificate_can_change() {
    let mock = builder().start().await.unwrap();
    let first = mock.vcenter_thumbprint("onprem");
    assert_eq!(mock.vcenter_thumbprint("onprem"), first);
    mock.world(|world| world.vcenters.get_mut("onprem").unwrap().certificate_number += 1);
    assert_ne!(mock.vcenter_thumbprint("onprem"), first);
    mock.reset();
    assert_eq!(
        mock.vcenter_thumbprint("onprem"),
        first,
        "kept over a reset"
    );
    let rotating = |world: &mut vmc_mock::world::World| {
        world.vcenters.get_mut("onprem").unwrap().certificate = Certificate::Rotating;
    };
    mock.world(rotating);
    let before = mock.vcenter_thumbprint("onprem");
    let request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    send(&mock, "onprem", request).await.unwrap();
    assert_ne!(mock.vcenter_thumbprint("onprem"), before);
}

/// As the script of the field does it: a cookie, a number for the port, addresses with ports.
#[tokio::test]
async fn two_vcenters_on_sockets_are_linked() {
    let mock = builder().start().await.unwrap();
    let login = basic(CLOUD_VCENTER_USER, CLOUD_VCENTER_PASSWORD);
    let head = "HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json";
    let request =
        format!("POST {LOGIN} {head}\r\nauthorization: {login}\r\ncontent-length: 0\r\n\r\n");
    let answer = send(&mock, "cloud", &request).await.unwrap();
    let mut lines = answer.lines();
    let cookie = lines
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let url = mock.vcenter_url("onprem").unwrap();
    let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
    let body = json!({"spec": {
        "psc_hostname": "127.0.0.1", "port": port, "domain_name": "vsphere.local",
        "username": VCENTER_USER, "password": VCENTER_PASSWORD, "admin_groups": ["a@b.test"],
        "ssl_thumbprint": mock.vcenter_thumbprint("onprem").unwrap(),
    }})
    .to_string();
    let request = format!(
        "POST {LINKS} {head}\r\ncookie: {cookie}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = send(&mock, "cloud", &request).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(mock.effects("hlm.linked").len(), 1);
}

#[tokio::test]
async fn the_control_api_shows_and_changes_vcenters() {
    let api = crate::wire::with(builder()).await;
    let all = api.control("GET", "vcenters", &Value::Null).await.json();
    let cloud = &all["cloud"];
    assert_eq!(cloud["url"], api.mock.vcenter_url("cloud").unwrap());
    assert_eq!(cloud["sha1"], api.mock.vcenter_thumbprint("cloud").unwrap());
    assert_eq!(
        (&cloud["open_sessions"], &cloud["flavour"]),
        (&json!(0), &json!("cloud"))
    );
    let index = api.control("GET", "", &Value::Null).await.json();
    assert_eq!(index["vcenters"], all);
    assert_eq!(index["simulated"]["hvc.links.create"], true);
    let change = json!({"clock_offset_seconds": 7200, "version": "7.0.3"});
    let reply = api.control("PATCH", "vcenters/cloud", &change).await;
    assert_eq!(
        (reply.status, &reply.json()["version"]),
        (200, &json!("7.0.3"))
    );
    for (path, change, status) in [
        ("vcenters/cloud", json!({"version": "x"}), 400),
        ("vcenters/cloud", json!({"colour": 1}), 400),
        ("vcenters/cloud", json!({"id": "other"}), 400),
        ("vcenters/nobody", json!({}), 404),
    ] {
        let reply = api.control("PATCH", path, &change).await;
        assert_eq!(reply.status, status, "{change}");
    }
    let request = "GET /rest/hvc/links HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = send(&api.mock, "cloud", request).await.unwrap();
    let date = answer
        .lines()
        .find_map(|line| line.strip_prefix("date: "))
        .unwrap();
    let answer = send(&api.mock, "onprem", request).await.unwrap();
    assert!(!answer.contains(date), "two hours apart");
}
