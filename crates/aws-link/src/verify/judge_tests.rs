//! Every finding both ways, from observations alone.

use serde_json::{Value, json};
use time::OffsetDateTime;
use vmc_api::models::ConnectionState;

use super::judge_cases::{CASES, Change};
use super::observe::{Network, Observation, RoleSeen, StackSeen, Use};
use super::select::Selected;
use super::*;
use crate::aws::Identity;
use crate::aws::ec2::{NetworkInterface, RouteTable, Subnet};
use crate::aws::iam::{IamRole, InlinePolicy};
use crate::aws::stack::Stack;
use crate::aws::stack_health::{Drift, StackHealth, StackResource};
use crate::testing::ACCOUNT;

const POLICY: &str = "arn:aws:iam::aws:policy/AmazonVPCCrossAccountNetworkInterfaceOperations";
pub(super) const VMWARE: &str = "arn:aws:iam::347811849188:root";
const STACK: &str = "vmware-sddc-formation-1";

pub(super) fn of<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

pub(super) fn trust(principal: &Value, external_id: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": principal, "Condition": {"StringEquals": {"sts:ExternalId": external_id}}}]})
}

fn inline() -> Value {
    json!({"Statement": [{"Effect": "Allow", "Action": ["ec2:DescribeVpcs", "ec2:CreateRoute"], "Resource": "*"}]})
}

pub(super) fn template() -> Value {
    let role = json!({"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": trust(&json!({"AWS": VMWARE}), "vmware-vmc"),
        "ManagedPolicyArns": [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AmazonVPCCrossAccountNetworkInterfaceOperations"}],
        "Policies": [{"PolicyName": "p", "PolicyDocument": inline()}]}});
    json!({"Resources": {"RemoteRole": role, "RemoteRolePayer": role, "RemoteRoleService": role}})
}

fn role(id: &str) -> RoleSeen {
    let name = format!("{STACK}-{id}-SD4OX7YN3MNU");
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    RoleSeen {
        role: Ok(Some(IamRole {
            name: name.clone(),
            arn: arn.clone(),
            trust: trust(&json!({"AWS": "347811849188"}), "vmware-vmc"),
            boundary: None,
        })),
        managed: Ok(vec![POLICY.into()]),
        inline: Ok(vec![InlinePolicy {
            name: "p".into(),
            document: inline(),
        }]),
        arn,
        name,
    }
}

fn interface(id: &str) -> NetworkInterface {
    NetworkInterface {
        id: id.into(),
        subnet: "subnet-1".into(),
        status: "in-use".into(),
        description: "VMware VMC Interface DO NOT USE".into(),
    }
}

fn healthy() -> Observation {
    let roles: Vec<RoleSeen> = ["RemoteRole", "RemoteRolePayer", "RemoteRoleService"]
        .map(role)
        .into();
    let link = json!({"id": "link-1", "account_number": ACCOUNT, "state": "ACTIVE", "cf_stack_name": STACK,
        "policy_payer_arn": roles[0].arn, "policy_payer_linked_arn": roles[1].arn,
        "policy_service_arn": roles[2].arn, "policy_external_id": "vmware-vmc",
        "region_to_az_to_shadow_mapping": {"us-west-2": {"us-west-2a": "x", "us-west-2b": "y"}}});
    let resources = roles
        .iter()
        .zip(["RemoteRole", "RemoteRolePayer", "RemoteRoleService"]);
    Observation {
        account: Selected {
            number: Some(ACCOUNT.into()),
            rows: vec![of(link)],
            ..Selected::default()
        },
        identity: Ok(Identity {
            account: ACCOUNT.into(),
            arn: format!("arn:aws:iam::{ACCOUNT}:user/ann"),
            user_id: "u".into(),
        }),
        identity_hint: None,
        identity_refused: false,
        stack: StackSeen {
            name: Some(STACK.into()),
            regions: vec!["us-west-2".into()],
            health: Some(Ok(Some(StackHealth {
                stack: Stack {
                    id: "arn".into(),
                    name: STACK.into(),
                    region: "us-west-2".into(),
                    status: "CREATE_COMPLETE".into(),
                    reason: None,
                    created: None,
                    termination_protection: false,
                },
                protected: Some(true),
                drift: Some(Drift {
                    status: "IN_SYNC".into(),
                    at: Some(OffsetDateTime::UNIX_EPOCH),
                }),
            }))),
            resources: Some(Ok(resources
                .map(|(role, id)| StackResource {
                    id: id.into(),
                    physical: role.name.clone(),
                    kind: "AWS::IAM::Role".into(),
                    drift: Some("IN_SYNC".into()),
                })
                .collect())),
            template: Some(Ok(template().to_string())),
            detection: None,
        },
        roles,
        compatible: Ok(of(
            json!({"customer_available_zones": ["us-west-2a", "us-west-2b", "us-west-2c"],
                "vpc_map": {"vpc-1": {"subnets": [
                {"subnet_id": "subnet-1", "compatible": true, "availability_zone": "us-west-2a", "region_name": "us-west-2"},
            ]}}}),
        )),
        region: None,
        connections: Ok(vec![of(
            json!({"id": "c", "sddc_id": "sddc-1", "state": "ACTIVE", "subnet_id": "subnet-1",
            "default_route_table": "rtb-1", "customer_eni_infos": [{"eni_id": "eni-1"}]}),
        )]),
        networks: vec![Network {
            region: Some("us-west-2".into()),
            wanted: vec![("subnet-1".into(), Use::Linked)],
            subnets: Ok(vec![Subnet {
                id: "subnet-1".into(),
                vpc: "vpc-1".into(),
                owner: ACCOUNT.into(),
                cidr: "10.0.0.0/26".into(),
                zone: "us-west-2a".into(),
                zone_id: "usw2-az1".into(),
                free: Some(42),
            }]),
            tables: Ok(vec![
                RouteTable {
                    id: "rtb-1".into(),
                    vpc: "vpc-1".into(),
                    main: true,
                    subnets: vec![],
                },
                RouteTable {
                    id: "rtb-2".into(),
                    vpc: "vpc-1".into(),
                    main: false,
                    subnets: vec!["subnet-9".into()],
                },
            ]),
            interfaces: Ok(vec![interface("eni-1")]),
            quota: Ok(Some(5000)),
        }],
        refusals: vec![],
    }
}

pub(super) fn health(seen: &mut Observation) -> &mut StackHealth {
    match &mut seen.stack.health {
        Some(Ok(Some(health))) => health,
        other => panic!("{other:?}"),
    }
}

pub(super) fn row(seen: &mut Observation) -> &mut vmc_api::models::AwsCustomerConnectedAccount {
    &mut seen.account.rows[0]
}

pub(super) fn live(seen: &mut Observation) -> &mut IamRole {
    match &mut seen.roles[0].role {
        Ok(Some(role)) => role,
        other => panic!("{other:?}"),
    }
}

pub(super) fn net(seen: &mut Observation) -> &mut Network {
    &mut seen.networks[0]
}

pub(super) fn subnet(seen: &mut Observation) -> &mut Subnet {
    &mut net(seen).subnets.as_mut().unwrap()[0]
}

pub(super) fn connection(seen: &mut Observation) -> &mut vmc_api::models::AwsSddcConnection {
    &mut seen.connections.as_mut().unwrap()[0]
}

pub(super) fn unread(seen: &mut Observation) {
    seen.stack.template = Some(Err("needs cloudformation:GetTemplate".into()));
}

pub(super) fn drifted(seen: &mut Observation, kind: &str, status: &str) {
    health(seen).drift.as_mut().unwrap().status = "DRIFTED".into();
    if let Some(Ok(resources)) = &mut seen.stack.resources {
        resources.push(StackResource {
            id: "Changed".into(),
            physical: "p".into(),
            kind: kind.into(),
            drift: Some(status.into()),
        });
    }
}

/// Nothing in use: the compatible subnets are looked at.
pub(super) fn unused(seen: &mut Observation) {
    seen.connections = Ok(vec![]);
    net(seen).wanted[0].1 = Use::Possible;
}

#[test]
fn a_healthy_link_passes_every_check() {
    let findings = judge(&healthy());
    for finding in &findings {
        assert_eq!(finding.state, State::Passed, "{finding:?}");
        assert!(
            finding.fix.is_none() && finding.advice.is_none(),
            "{finding:?}"
        );
    }
    let mut checks: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    checks.dedup();
    for check in [
        "link.listed",
        "link.once",
        "link.state",
        "aws.account",
        "stack.present",
        "stack.status",
        "stack.drift",
        "stack.protection",
        "role.present",
        "role.trust",
        "role.policies",
        "role.actions",
        "zone.mapped",
        "zone.new",
        "zone.subnet",
        "connection.state",
        "connection.interfaces",
        "subnet.present",
        "subnet.free",
        "subnet.size",
        "subnet.owner",
        "subnet.route-table",
        "quota.interfaces",
    ] {
        assert!(checks.contains(&check), "{check} is not in {checks:?}");
    }
}

#[test]
fn each_way_to_be_wrong_has_its_finding() {
    for (name, change, id, state, words) in CASES {
        let mut seen = healthy();
        change(&mut seen);
        let findings = judge(&seen);
        let of_id: Vec<_> = findings
            .iter()
            .filter(|one| one.id.as_str() == *id)
            .collect();
        let fits = |finding: &&&Finding| {
            let text = [&finding.evidence, &finding.reason, &finding.advice]
                .into_iter()
                .flatten()
                .any(|text| text.contains(words));
            finding.state == *state && (text || finding.target.contains(words))
        };
        assert!(
            of_id.iter().any(|finding| fits(&finding)),
            "{name}: {id} {state:?} {words:?} in {of_id:#?}"
        );
        for finding in &findings {
            let made = finding.state != State::NotMade;
            assert_eq!(finding.evidence.is_some(), made, "{name}: {finding:?}");
            assert_eq!(finding.reason.is_none(), made, "{name}: {finding:?}");
            if finding.is_bad() {
                assert!(
                    finding.advice.is_some() || finding.fix.is_some(),
                    "{name}: what to do? {finding:?}"
                );
            }
        }
    }
}

#[test]
fn what_is_not_known_is_no_failure() {
    for (name, change, id, state, _) in CASES {
        if *state != State::NotMade {
            continue;
        }
        let mut seen = healthy();
        change(&mut seen);
        let linked = seen.account.link().is_some();
        let failed: Vec<_> = judge(&seen)
            .into_iter()
            .filter(|one| one.state == State::Failed)
            .collect();
        assert!(failed.is_empty() || !linked, "{name} ({id}): {failed:?}");
    }
}

#[test]
fn of_an_account_that_is_not_linked_nothing_else_is_said() {
    let mut seen = healthy();
    seen.account.rows.clear();
    seen.stack.health = Some(Ok(None));
    let ids: Vec<&str> = judge(&seen).iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["link.listed", "aws.account"]);
}

#[test]
fn roles_of_sddcs_are_not_given_up_lightly() {
    let fix = |change: Change| {
        let mut seen = healthy();
        seen.stack.health = Some(Ok(None));
        seen.roles.iter_mut().for_each(|role| role.role = Ok(None));
        change(&mut seen);
        let findings = judge(&seen);
        let gone = findings
            .into_iter()
            .find(|one| one.id == Check::StackPresent);
        gone.unwrap().fix
    };
    assert_eq!(fix(|_| {}), None, "an SDDC uses the link");
    assert_eq!(
        fix(|seen| seen.connections = Err("503".into())),
        None,
        "perhaps one does"
    );
    let unlink = format!("vmc link unlink {ACCOUNT}");
    assert_eq!(fix(|seen| seen.connections = Ok(vec![])), Some(unlink));
    let broken: Change = |seen| row(seen).state = Some(ConnectionState::Broken);
    assert_eq!(fix(broken).as_deref(), Some("vmc link up --relink-broken"));
}

#[test]
fn a_stack_that_is_not_found_is_no_reason_to_unlink_if_its_roles_are_there() {
    let mut seen = healthy();
    seen.stack.health = Some(Ok(None));
    seen.stack.template = None;
    seen.connections = Ok(vec![]);
    for finding in judge(&seen) {
        assert_ne!(finding.state, State::Failed, "{finding:?}");
        let words = [&finding.fix, &finding.advice].into_iter().flatten();
        assert!(
            !words.into_iter().any(|text| text.contains("link")),
            "{finding:?}"
        );
    }
}

#[test]
fn connections_of_other_regions_are_not_asked_about() {
    let mut seen = healthy();
    let states = |seen: &Observation| {
        let findings = judge(seen).into_iter();
        let of = findings.filter(|one| one.id == Check::ConnectionState);
        of.count()
    };
    seen.region = Some("us-west-2".into());
    assert_eq!(states(&seen), 1);
    seen.region = Some("eu-west-1".into());
    assert_eq!(states(&seen), 0);
    seen.compatible = Err("503".into());
    assert_eq!(states(&seen), 1, "where it is is not known");
}

#[test]
fn a_policy_that_is_missing_is_told_with_its_path() {
    let mut seen = healthy();
    let mut text = template();
    text["Resources"]["RemoteRole"]["Properties"]["ManagedPolicyArns"] = json!([
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/service-role/X"]]}]);
    seen.stack.template = Some(Ok(text.to_string()));
    // A namesake of the account's own.
    seen.roles[0].managed = Ok(vec![format!(
        "arn:aws:iam::{ACCOUNT}:policy/service-role/X"
    )]);
    let findings = judge(&seen);
    let missing = findings.iter().find(|one| one.id == Check::RolePolicies);
    let fix = missing.unwrap().fix.as_deref().unwrap();
    assert!(
        fix.ends_with("--policy-arn arn:aws:iam::aws:policy/service-role/X"),
        "{fix}"
    );
}

#[test]
fn a_role_is_found_in_the_template_by_its_name_too() {
    let mut seen = healthy();
    seen.stack.resources = Some(Err("needs cloudformation:DescribeStackResources".into()));
    seen.roles[1].managed = Ok(vec![]);
    let findings = judge(&seen);
    let failed: Vec<_> = findings
        .iter()
        .filter(|one| one.state == State::Failed)
        .collect();
    let [one] = &failed[..] else {
        panic!("{failed:#?}");
    };
    assert!(one.target.contains("RemoteRolePayer"), "{one:?}");
    assert!(one.fix.as_ref().unwrap().contains(POLICY), "{one:?}");
}

#[test]
fn what_a_server_says_cannot_drive_a_terminal() {
    let mut seen = healthy();
    row(&mut seen).state = Some("\u{1b}[31m".into());
    seen.stack.name = Some("\u{1b}[32m".into());
    live(&mut seen).trust = trust(&json!({"AWS": "\u{1b}[33m"}), "\u{1b}[34m");
    let text = serde_json::to_string(&judge(&seen)).unwrap();
    assert!(!text.contains("\\u001b"), "{text}");
}

#[test]
fn roles_that_can_be_mended_are_not_to_be_made_anew() {
    let fix = |change: fn(&mut Observation)| {
        let mut seen = healthy();
        row(&mut seen).state = Some(ConnectionState::Broken);
        change(&mut seen);
        let findings = judge(&seen);
        let state = findings.iter().find(|one| one.id == Check::LinkState);
        state.unwrap().fix.clone()
    };
    let relink = Some("vmc link up --relink-broken".to_owned());
    assert_eq!(fix(|_| ()), relink);
    assert_eq!(fix(|seen| seen.roles[0].role = Ok(None)), relink);
    assert_eq!(fix(|seen| seen.roles[0].managed = Ok(Vec::new())), None);
}
