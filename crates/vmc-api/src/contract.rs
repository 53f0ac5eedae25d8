//! Holds operations and models against the table of facts in `spec/`.

use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use vmc_http::{Body, Operation};

use crate::models::*;
use crate::{Filter, OPERATIONS, account_link, orgs, providers, sddcs, tasks};

/// The facts. Without them nothing would be checked, so their absence fails.
fn facts() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/vmc.json");
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

fn names(list: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn operations_are_those_of_the_contract() {
    let facts = facts();
    let contract = facts["operations"].as_array().unwrap();
    for ours in OPERATIONS {
        let id = ours.name.trim_end_matches(".validate");
        let theirs = contract
            .iter()
            .find(|op| op["id"] == id)
            .unwrap_or_else(|| panic!("{id} is not in the contract"));
        assert_eq!(ours.method.as_str(), theirs["method"], "{id}");
        assert_eq!(ours.path, theirs["path"], "{id}");
        let mut query = ours.query.to_vec();
        // Whether to create or only to validate is the type's, not a parameter's.
        match ours.name {
            "orgs.sddcs.create" => query.push("validateOnly"),
            "orgs.sddcs.create.validate" => assert_eq!(ours.output(), "Nothing"),
            _ => {
                let returns = theirs["returns"].as_str().unwrap().replace("list<", "Vec<");
                assert_eq!(ours.output(), returns, "{id}");
            }
        }
        query.sort_unstable();
        assert_eq!(query, names(&theirs["query"]), "{id}");
    }
}

#[test]
fn no_operation_of_the_nouns_is_left_out() {
    let facts = facts();
    let nouns = [
        "orgs.",
        "orgs.account_link.",
        "orgs.providers.",
        "orgs.sddcs.",
        "orgs.tasks.",
    ];
    for op in facts["operations"].as_array().unwrap() {
        let id = op["id"].as_str().unwrap();
        let ours = nouns.iter().any(|noun| {
            id.strip_prefix(noun)
                .is_some_and(|verb| !verb.contains('.') || *noun == "orgs.account_link.")
        });
        if ours {
            assert!(
                OPERATIONS.iter().any(|known| known.name == id),
                "{id} is missing"
            );
        }
    }
}

/// What an operation sends, in one line.
fn line<O: Operation>(operation: &O) -> (&'static str, String) {
    assert_eq!(operation.call().unwrap().replay, O::REPLAY);
    let body = match operation.body().unwrap() {
        Body::Empty => String::new(),
        Body::Json(bytes) => format!(" {}", String::from_utf8(bytes.to_vec()).unwrap()),
        Body::Form(_) => unreachable!("the service takes no forms"),
    };
    (
        O::NAME,
        format!("{} {}{body}", O::METHOD, operation.target()),
    )
}

#[test]
fn each_operation_sends_what_it_says() {
    let mut config = AwsSddcConfig::new("web", Provider::Aws, 1);
    config.sddc_type = Some("1NODE".into());
    let mut subnet = AwsSubnet::new();
    subnet.subnet_id = Some("subnet-1".into());
    let mut zones = MapZonesRequest::new();
    zones.petronas_regions_to_map = Some(vec!["US_WEST_2".into()]);

    let lines = [
        (line(&orgs::List::new()), "GET /vmc/api/orgs"),
        (line(&orgs::Get::new("a/b")), "GET /vmc/api/orgs/a%2Fb"),
        (
            line(&providers::List::new("o")),
            "GET /vmc/api/orgs/o/providers",
        ),
        (
            line(&account_link::Request::new("o")),
            "GET /vmc/api/orgs/o/account-link",
        ),
        (
            line(
                &account_link::CompatibleSubnets::new("o", "acc")
                    .region("US_WEST_2")
                    .sddc("s")
                    .force_refresh(true)
                    .instance_type("i3.metal")
                    .sddc_type("1NODE")
                    .num_of_hosts(1u32),
            ),
            "GET /vmc/api/orgs/o/account-link/compatible-subnets?linkedAccountId=acc&region=US_WEST_2&sddc=s\
             &forceRefresh=true&instanceType=i3.metal&sddcType=1NODE&numOfHosts=1",
        ),
        (
            line(&account_link::SetSubnet::new("o")),
            "POST /vmc/api/orgs/o/account-link/compatible-subnets",
        ),
        (
            // An empty value is refused by the service, so it is left out.
            line(
                &account_link::CompatibleSubnetsAsync::new("o", "acc")
                    .sddc_type("")
                    .num_of_hosts(2u32),
            ),
            "GET /vmc/api/orgs/o/account-link/compatible-subnets-async?linkedAccountId=acc&numOfHosts=2",
        ),
        (
            line(&account_link::SetSubnetAsync::new("o", subnet)),
            r#"POST /vmc/api/orgs/o/account-link/compatible-subnets-async {"subnet_id":"subnet-1"}"#,
        ),
        (
            line(&account_link::ConnectedAccounts::new("o").provider("AWS")),
            "GET /vmc/api/orgs/o/account-link/connected-accounts?provider=AWS",
        ),
        (
            line(
                &account_link::DeleteConnectedAccount::new("o", "acc")
                    .force_even_when_sddc_present(false),
            ),
            "DELETE /vmc/api/orgs/o/account-link/connected-accounts/acc?forceEvenWhenSddcPresent=false",
        ),
        (
            line(&account_link::MapCustomerZones::new("o", zones)),
            r#"POST /vmc/api/orgs/o/account-link/map-customer-zones {"petronas_regions_to_map":["US_WEST_2"]}"#,
        ),
        (
            line(&account_link::SddcConnections::new("o").sddc("s")),
            "GET /vmc/api/orgs/o/account-link/sddc-connections?sddc=s",
        ),
        (
            line(
                &sddcs::List::new("o")
                    .include_deleted(true)
                    .filter(Filter::eq("name", "a b")),
            ),
            "GET /vmc/api/orgs/o/sddcs?includeDeleted=true&%24filter=%28name%20eq%20%27a%20b%27%29",
        ),
        (
            line(&sddcs::Get::new("o", "s")),
            "GET /vmc/api/orgs/o/sddcs/s",
        ),
        (
            line(&sddcs::Create::new("o", config.clone())),
            r#"POST /vmc/api/orgs/o/sddcs {"name":"web","provider":"AWS","num_hosts":1,"sddc_type":"1NODE"}"#,
        ),
        (
            line(&sddcs::Validate::new("o", config)),
            "POST /vmc/api/orgs/o/sddcs?validateOnly=true \
             {\"name\":\"web\",\"provider\":\"AWS\",\"num_hosts\":1,\"sddc_type\":\"1NODE\"}",
        ),
        (
            line(&sddcs::Patch::rename("o", "s", "new")),
            r#"PATCH /vmc/api/orgs/o/sddcs/s {"name":"new"}"#,
        ),
        (
            line(
                &sddcs::Delete::new("o", "s")
                    .retain_configuration(true)
                    .template_name("t")
                    .force(false),
            ),
            "DELETE /vmc/api/orgs/o/sddcs/s?retain_configuration=true&template_name=t&force=false",
        ),
        (
            line(&sddcs::GetProvisionSpec::new("o")),
            "GET /vmc/api/orgs/o/sddcs/provision-spec",
        ),
        (
            line(&tasks::List::new("o").filter("(a eq 1)")),
            "GET /vmc/api/orgs/o/tasks?%24filter=%28a%20eq%201%29",
        ),
        (
            line(&tasks::Get::new("o", "t")),
            "GET /vmc/api/orgs/o/tasks/t",
        ),
        (
            line(&tasks::Cancel::new("o", "t")),
            "POST /vmc/api/orgs/o/tasks/t?action=cancel",
        ),
    ];
    for ((name, sent), expected) in &lines {
        assert_eq!(sent, expected, "{name}");
    }
    let tested: Vec<&str> = lines.iter().map(|((name, _), _)| *name).collect();
    let known: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(tested, known);
}

/// Reads that create something, and writes that do not, are what methods do not tell.
#[test]
fn replay_classes_that_the_method_would_get_wrong() {
    let unlike_method: Vec<(&str, &str)> = OPERATIONS
        .iter()
        .filter(|operation| {
            let expected = match operation.method {
                Method::GET => "safe",
                Method::POST => "once",
                _ => "converges",
            };
            operation.replay.as_str() != expected
        })
        .map(|operation| (operation.name, operation.replay.as_str()))
        .collect();
    assert_eq!(
        unlike_method,
        [
            ("orgs.account_link.get", "once"),
            ("orgs.account_link.compatible_subnets_async.get", "once"),
            ("orgs.sddcs.create.validate", "safe"),
            ("orgs.sddcs.delete", "once"),
            ("orgs.tasks.update", "converges"),
        ]
    );
}

/// A value of a type of the contract with every field filled.
fn sample(facts: &Value, kind: &str) -> Value {
    let inner = |outer: &str| kind.strip_prefix(outer)?.strip_suffix('>');
    if let Some(item) = inner("list<").or_else(|| inner("set<")) {
        return json!([sample(facts, item)]);
    }
    if let Some(item) = inner("map<string,") {
        return json!({"key": sample(facts, item)});
    }
    match kind {
        "string" => json!("text"),
        "integer" => json!(7),
        "double" => json!(1.5),
        "boolean" => json!(true),
        "dynamic" => json!({"any": [null, {"a": 1}]}),
        name => {
            let fields = facts["structs"][name]["fields"]
                .as_object()
                .unwrap_or_else(|| panic!("{name} is not in the contract"));
            let filled = fields.iter().map(|(field, fact)| {
                (field.clone(), sample(facts, fact["type"].as_str().unwrap()))
            });
            Value::Object(filled.collect::<Map<_, _>>())
        }
    }
}

/// Fields are those of the contract, and a filled instance survives.
fn model<T: Serialize + DeserializeOwned>(facts: &Value, name: &str, fields: &[&str]) {
    let filled = sample(facts, name);
    let mut ours = fields.to_vec();
    ours.sort_unstable();
    let theirs: Vec<&String> = filled.as_object().unwrap().keys().collect();
    assert_eq!(ours, theirs, "{name}");
    let read: T =
        serde_json::from_value(filled.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), filled, "{name}");
    // `null` costs nobody the rest, but for the id and what a request needs.
    for field in fields {
        let mut holed = filled.clone();
        holed[*field] = Value::Null;
        let needed = match name {
            "Organization"
            | "Task"
            | "AwsCustomerConnectedAccount"
            | "AwsSddcConnection"
            | "Sddc" => *field == "id",
            "AwsSddcConfig" => ["name", "provider", "num_hosts"].contains(field),
            _ => false,
        };
        assert_eq!(
            serde_json::from_value::<T>(holed).is_err(),
            needed,
            "{name}.{field}"
        );
    }
}

macro_rules! models {
    ($facts:ident: $($name:ident)+) => {
        $(model::<$name>(&$facts, stringify!($name), $name::FIELDS);)+
    };
}

#[test]
fn models_are_those_of_the_contract() {
    let facts = facts();
    models! { facts:
        Organization OrgProperties OrgSellerInfo AwsCloudProvider
        Task TaskProgressPhase ServiceError
        LinkRequest AwsCustomerConnectedAccount AwsCompatibleSubnets VpcInfoSubnets SubnetInfo AwsSubnet
        MapZonesRequest AwsSddcConnection CustomerEniInfo
        Sddc AwsSddcResourceConfig SddcPublicIp KmsVpcEndpoint InstanceProfileInfo SddcLinkConfig
        VsanEncryptionConfig CspOauthClient PopAgentXeniConnection SddcSize KeyProviderData
        NativeSpecKeyMaterial SddcSecurity OutpostConfig NsxtAddons
        SddcManifest GlcmBundle PopInfo PopAmiInfo PopServiceInfo EbsBackedVsanConfig AmiInfo Metadata
        VpcInfo EniInfo AvailableZoneInfo Subnet SubnetRouteTableInfo RouteTableInfo
        Cluster EntityCapacity AwsEsxHost XEniInfo EsxNicInfo WcpDetails MsftLicensingConfig EsxHostInfo
        PartitionPlacementGroupInfo AwsKmsInfo AwsWitnessEsx
        AwsSddcConfig AccountLinkConfig AccountLinkSddcConfig SddcPatchRequest
        ProvisionSpec SddcConfigSpec ConfigSpec InstanceTypeConfig InstanceEntityCapacity
        PoweredByInstanceTypeConfig
    }
}

#[test]
fn enumerations_know_the_words_of_the_contract() {
    let facts = facts();
    for (place, known) in [
        ("Organization.project_state", ProjectState::KNOWN),
        ("Task.status", TaskStatus::KNOWN),
        ("AwsCustomerConnectedAccount.state", ConnectionState::KNOWN),
        ("AwsSddcConnection.state", ConnectionState::KNOWN),
        ("Sddc.sddc_state", SddcState::KNOWN),
        ("Sddc.provider", Provider::KNOWN),
        ("Sddc.account_link_state", AccountLinkState::KNOWN),
        (
            "AwsSddcResourceConfig.deployment_type",
            DeploymentType::KNOWN,
        ),
        ("SddcSize.size", SddcSizeName::KNOWN),
        ("SddcSecurity.profile", SecurityProfile::KNOWN),
        ("Cluster.cluster_state", ClusterState::KNOWN),
        ("Cluster.availability_type", DeploymentType::KNOWN),
        ("AwsEsxHost.esx_state", EsxState::KNOWN),
        ("AwsWitnessEsx.enum_state", WitnessState::KNOWN),
        ("WcpDetails.wcp_status", WcpStatus::KNOWN),
        ("MsftLicensingConfig.mssql_licensing", MsftLicensing::KNOWN),
        ("AwsSddcConfig.size", RequestedSize::KNOWN),
        ("AwsSddcConfig.deployment_type", RequestedDeployment::KNOWN),
        ("AwsSddcConfig.host_instance_type", HostInstanceType::KNOWN),
        ("AwsSddcConfig.vsan_version", VsanVersion::KNOWN),
    ] {
        let (name, field) = place.split_once('.').unwrap();
        let words: Vec<&str> = facts["structs"][name]["fields"][field]["enum"]
            .as_array()
            .unwrap_or_else(|| panic!("{place} is no enumeration"))
            .iter()
            .map(|word| word.as_str().unwrap())
            .collect();
        assert_eq!(known, words, "{place}");
    }
}
