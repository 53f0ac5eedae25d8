//! Holds operations and models against the facts in `spec/`.

use std::any::type_name;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use vmc_http::Operation;

use crate::*;

/// The facts of both files. Without them nothing would be checked, so their
/// absence fails.
fn facts() -> [Value; 2] {
    ["hvc.json", "cis-session.json"].map(|name| {
        let path = format!("{}/../../spec/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_json::from_str(&text).unwrap()
    })
}

struct Row {
    name: &'static str,
    method: String,
    path: &'static str,
    query: Vec<String>,
    body: Option<(String, bool)>,
    returns: String,
}

fn row<O: Operation>() -> Row {
    Row {
        name: O::NAME,
        method: O::METHOD.to_string(),
        path: O::PATH,
        query: O::QUERY.iter().map(|&name| name.to_owned()).collect(),
        body: O::BODY.map(|body| (contract_type(&body.shape().name()), body.required)),
        returns: contract_type(type_name::<O::Output>()),
    }
}

macro_rules! rows {
    ($($operation:ident)+) => { vec![$(row::<$operation>()),+] };
}

fn rows() -> Vec<Row> {
    rows! {
        CreateSession CreateSessionRest DeleteSession DeleteSessionRest
        ListLinks ListLinksRest GetLink GetLinkRest CreateLink CreateLinkRest
        DeleteLink DeleteLinkRest DeleteLinkWithCredentials DeleteLinkWithCredentialsRest
        GetAdministrators GetAdministratorsRest SetAdministrators SetAdministratorsRest
        AddAdministrator AddAdministratorRest RemoveAdministrator RemoveAdministratorRest
        ListProviders ListProvidersRest GetProvider GetProviderRest StartSync StartSyncRest
        ResetSync ResetSyncRest RemediateSyncRest
    }
}

/// A Rust type as the contract writes it. Vendor names are in the plural.
fn contract_type(rust: &str) -> String {
    let mut text = rust.to_owned();
    for wrapper in ["Reply<", "Wrapped<"] {
        if let Some((_, inner)) = text.split_once(wrapper) {
            text = inner.strip_suffix('>').unwrap().to_owned();
        }
    }
    let list = text.contains("Vec<");
    let name = text.trim_end_matches('>').rsplit("::").next().unwrap();
    let name = match name {
        "LinkId" | "String" | "SessionId" => "string",
        "()" | "Nothing" => "void",
        "LinkSummary" => "LinksSummary",
        "LinkInfo" => "LinksInfo",
        "LinkSpec" => "LinksCreateSpec",
        "LinkSpecRest" => "LinksCreateBody",
        "LinkCredentials" => "LinksCredentials",
        "SyncProviderSummary" => "SyncProvidersSummary",
        "SyncProviderInfo" => "SyncProvidersInfo",
        "SyncSession" => "SyncProvidersSessionInfo",
        other => other,
    };
    if list {
        format!("list<{name}>")
    } else {
        name.to_owned()
    }
}

/// What both sides call it: sets are lists on the wire, and adding and
/// removing an administrator take the same body.
fn common(kind: &Value) -> String {
    kind.as_str()
        .unwrap()
        .replace("set<", "list<")
        .replace("AdministratorsAddBody", "AdministratorBody")
        .replace("AdministratorsRemoveBody", "AdministratorBody")
}

#[test]
fn operations_are_those_of_the_contract() {
    let rows = rows();
    let mut matched = 0;
    for theirs in facts()
        .iter()
        .flat_map(|file| file["operations"].as_array().unwrap())
    {
        let (id, path) = (
            theirs["id"].as_str().unwrap(),
            theirs["path"].as_str().unwrap(),
        );
        if id == "cis.session.get" {
            continue;
        }
        let ours = rows.iter().find(|row| row.name == id && row.path == path);
        let ours = ours.unwrap_or_else(|| panic!("{id} {path} is missing"));
        matched += 1;
        assert_eq!(ours.method, theirs["method"], "{id} {path}");
        assert_eq!(ours.returns, common(&theirs["returns"]), "{id} {path}");
        let query: Vec<_> = theirs["query"].as_array().unwrap().iter().collect();
        let names: Vec<_> = query
            .iter()
            .map(|query| query["name"].as_str().unwrap())
            .collect();
        assert_eq!(ours.query, names, "{id} {path}");
        match (&ours.body, &theirs["body"]) {
            (None, Value::Null) => {}
            (Some((kind, required)), body) => {
                assert_eq!(*kind, common(&body["type"]), "{id} {path}");
                // Where the type leaves it open, the server may still want it.
                assert!(*required || body["required"] == false, "{id} {path}");
            }
            (None, body) => panic!("{id} {path} has no body, {body} is expected"),
        }
    }
    assert_eq!(matched, rows.len(), "a row is not in the contract");
}

/// What the actions send, and what a value in a path becomes.
#[test]
fn actions_are_those_of_the_contract() {
    let body = CredentialsBody::new;
    let group = || AdministratorBody::new("g@d");
    let line = |target: vmc_http::Target| target.to_string();
    for (sent, id) in [
        (
            line(DeleteLinkWithCredentials::new("l/1", body()).target()),
            "hvc.links.delete_with_credentials",
        ),
        (
            line(AddAdministrator::new(group()).target()),
            "hvc.management.administrators.add",
        ),
        (
            line(RemoveAdministrator::new(group()).target()),
            "hvc.management.administrators.remove",
        ),
        (
            line(StartSync::new("l/1", "p").target()),
            "hvc.links.sync.providers.start",
        ),
        (line(ResetSync::new("l/1").target()), "hvc.links.sync.reset"),
    ] {
        let [hvc, _] = facts();
        let operations = hvc["operations"].as_array().unwrap();
        let theirs = operations
            .iter()
            .find(|op| op["id"] == id && op["variant"] == "api")
            .unwrap();
        let action = theirs["query"][0]["const"].as_str().unwrap();
        let path = theirs["path"].as_str().unwrap();
        let path = path.replace("{link}", "l%2F1").replace("{provider}", "p");
        assert_eq!(sent, format!("{path}?action={action}"), "{id}");
    }
    let rest = RemediateSyncRest::new("l").target().to_string();
    assert_eq!(rest, "/rest/hvc/links/l/sync?action=remediate");
}

/// Passwords are sent as they are, in the fields that each call has for them.
#[test]
fn bodies_are_those_of_the_contract() {
    let spec =
        LinkSpec::with(&"psc:7444".parse().unwrap(), "vsphere.local", "a", "b").admin_group("g@d");
    let text = |call: vmc_http::Call| String::from_utf8(call.body.bytes().to_vec()).unwrap();
    let bare = r#"{"psc_hostname":"psc","domain_name":"vsphere.local","username":"a","password":"b","port":"7444","admin_groups":["g@d"]}"#;
    assert_eq!(text(CreateLink::new(spec.clone()).call().unwrap()), bare);
    let wrapped = CreateLinkRest::new(LinkSpecRest::new(spec));
    assert_eq!(
        text(wrapped.call().unwrap()),
        format!(r#"{{"spec":{bare}}}"#)
    );
    let credentials = CredentialsBody::from(LinkCredentials::new("a", "b"));
    let delete = DeleteLinkWithCredentials::new("l", credentials);
    assert_eq!(
        text(delete.call().unwrap()),
        r#"{"credentials":{"user_name":"a","password":"b"}}"#
    );
    assert!(!format!("{delete:?}").contains("\"b\""));
}

/// A value of a type of the contract with every field filled.
fn sample(facts: &Value, kind: &str) -> Value {
    let inner = |outer: &str| kind.strip_prefix(outer)?.strip_suffix('>');
    if let Some(item) = inner("list<").or_else(|| inner("set<")) {
        return json!([sample(facts, item)]);
    }
    match kind {
        "string" => json!("text"),
        "integer" => json!(7),
        map if map.starts_with("map<") => json!({"key": {"s": "text"}}),
        name => {
            let fields = facts["structs"][name]["fields"].as_object();
            let fields = fields.unwrap_or_else(|| panic!("{name} is not in the contract"));
            let filled = fields.iter().map(|(field, fact)| {
                (field.clone(), sample(facts, fact["type"].as_str().unwrap()))
            });
            Value::Object(filled.collect::<Map<_, _>>())
        }
    }
}

/// Fields are those of the contract, and a filled instance survives.
fn model<T: Serialize + DeserializeOwned>(name: &str, fields: &[&str]) {
    let [facts, _] = facts();
    let filled = sample(&facts, name);
    let mut ours = fields.to_vec();
    ours.sort_unstable();
    let theirs: Vec<&String> = filled.as_object().unwrap().keys().collect();
    assert_eq!(ours, theirs, "{name}");
    let read: T = serde_json::from_value(filled.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), filled, "{name}");
}

#[test]
fn models_are_those_of_the_contract() {
    model::<LinkSpec>("LinksCreateSpec", LinkSpec::FIELDS);
    model::<LinkSpecRest>("LinksCreateBody", LinkSpecRest::FIELDS);
    model::<LinkCredentials>("LinksCredentials", LinkCredentials::FIELDS);
    model::<CredentialsBody>("CredentialsBody", CredentialsBody::FIELDS);
    model::<LinkSummary>("LinksSummary", LinkSummary::FIELDS);
    model::<LinkInfo>("LinksInfo", LinkInfo::FIELDS);
    model::<SyncProviderSummary>("SyncProvidersSummary", SyncProviderSummary::FIELDS);
    model::<SyncProviderInfo>("SyncProvidersInfo", SyncProviderInfo::FIELDS);
    model::<SyncSession>("SyncProvidersSessionInfo", SyncSession::FIELDS);
    model::<SyncInfo>("SyncInfo", SyncInfo::FIELDS);
    model::<AdministratorBody>("AdministratorsAddBody", AdministratorBody::FIELDS);
    model::<AdministratorBody>("AdministratorsRemoveBody", AdministratorBody::FIELDS);
    model::<AdministratorsSetBody>("AdministratorsSetBody", AdministratorsSetBody::FIELDS);
    model::<LocalizableMessage>("LocalizableMessage", LocalizableMessage::FIELDS);
}

#[test]
fn enumerations_know_the_words_of_the_contract() {
    let [facts, _] = facts();
    for (place, known) in [
        ("LinksInfo.connection_health_status", Health::KNOWN),
        ("SyncProvidersInfo.status", SyncStatus::KNOWN),
        ("SyncProvidersSessionInfo.stage", SyncStage::KNOWN),
        ("StdErrorApi.error_type", ErrorType::KNOWN),
    ] {
        let (name, field) = place.split_once('.').unwrap();
        let words = &facts["structs"][name]["fields"][field]["enum"];
        let words: Vec<&str> = words
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap())
            .collect();
        assert_eq!(known, words, "{place}");
    }
}
