//! Runs against scripted services: what is read, and what comes of a read that
//! is refused.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::*;
use crate::testing::{ACCOUNT, Asked, ORG, Script, error_xml, identity_xml, missing};
use crate::{DRIFT_ACTIONS, Pace, VERIFY_ACTIONS};

const STACK: &str = "vmware-sddc-formation-1";
const ROLES: [&str; 3] = ["RemoteRole", "RemoteRolePayer", "RemoteRoleService"];

/// What is wrong with this AWS.
#[derive(Clone, Default)]
struct Fault {
    /// The action, and AWS's words for refusing it.
    denied: Option<(&'static str, &'static str)>,
    /// The account has no quota of its own.
    default_quota: bool,
    /// Where the stack is, if not where it is looked for first.
    stack_region: Option<&'static str>,
}

fn role_name(id: &str) -> String {
    format!("{STACK}-{id}-SD4OX7YN3MNU")
}

fn trust() -> Value {
    json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::347811849188:root"},
        "Condition": {"StringEquals": {"sts:ExternalId": "vmware-vmc"}}}]})
}

fn rights() -> Value {
    json!({"Statement": [{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}]})
}

fn template() -> Value {
    let role = json!({"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": trust(), "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonVPCCrossAccountNetworkInterfaceOperations"],
        "Policies": [{"PolicyDocument": rights()}]}});
    json!({"Resources": {"RemoteRole": role, "RemoteRolePayer": role, "RemoteRoleService": role}})
}

fn encoded(document: &Value) -> String {
    utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string()
}

fn stack_xml(drift: &str) -> String {
    format!(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>{STACK}</StackName><StackId>arn:s</StackId>\
         <CreationTime>2026-01-02T03:04:05Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>\
         <EnableTerminationProtection>true</EnableTerminationProtection>\
         <DriftInformation><StackDriftStatus>{drift}</StackDriftStatus><LastCheckTimestamp>2026-02-03T04:05:06Z</LastCheckTimestamp>\
         </DriftInformation></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )
}

fn resources_xml() -> String {
    let members: String = ROLES
        .iter()
        .map(|id| {
            format!(
                "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{}</PhysicalResourceId>\
                 <ResourceType>AWS::IAM::Role</ResourceType><Timestamp>2026-01-02T03:04:05Z</Timestamp>\
                 <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>",
                role_name(id)
            )
        })
        .collect();
    format!(
        "<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources>{members}</StackResources>\
         </DescribeStackResourcesResult></DescribeStackResourcesResponse>"
    )
}

impl Fault {
    fn answer(&self, asked: &Asked, looks: &mut usize) -> (u16, String) {
        let action = asked.action();
        let name = asked.get("RoleName");
        if let Some((denied, words)) = self.denied
            && denied == format!("{}:{action}", asked.service())
        {
            let body = match asked.service() {
                "servicequotas" => {
                    json!({"__type": "AccessDeniedException", "Message": words}).to_string()
                }
                _ => error_xml("AccessDenied", words),
            };
            return (403, body);
        }
        let iam = |inner: &str| {
            format!("<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>")
        };
        let ec2 = |inner: &str| format!("<{action}Response>{inner}</{action}Response>");
        let body = match action {
            "GetCallerIdentity" => identity_xml(ACCOUNT),
            "DescribeStacks" => {
                let region = self.stack_region.unwrap_or(crate::DEFAULT_REGION);
                if !asked
                    .authorization
                    .contains(&format!("/{region}/cloudformation/"))
                {
                    return missing();
                }
                stack_xml(if *looks > 2 { "IN_SYNC" } else { "NOT_CHECKED" })
            }
            "DescribeStackResources" => resources_xml(),
            "GetTemplate" => format!(
                "<GetTemplateResponse><GetTemplateResult><TemplateBody>{}</TemplateBody></GetTemplateResult></GetTemplateResponse>",
                template().to_string().replace('"', "&quot;")
            ),
            "DetectStackDrift" => iam("<StackDriftDetectionId>d-1</StackDriftDetectionId>"),
            "DescribeStackDriftDetectionStatus" => {
                assert_eq!(asked.get("StackDriftDetectionId"), "d-1");
                *looks += 1;
                let status = if *looks > 2 {
                    "COMPLETE"
                } else {
                    "IN_PROGRESS"
                };
                iam(&format!(
                    "<StackId>arn:s</StackId><StackDriftDetectionId>d-1</StackDriftDetectionId>\
                     <DetectionStatus>DETECTION_{status}</DetectionStatus><Timestamp>2026-02-03T04:05:06Z</Timestamp>"
                ))
            }
            "GetRole" => iam(&format!(
                "<Role><RoleName>{name}</RoleName><Arn>arn:aws:iam::{ACCOUNT}:role/{name}</Arn>\
                 <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument></Role>",
                encoded(&trust())
            )),
            "ListAttachedRolePolicies" => iam(
                "<AttachedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/AmazonVPCCrossAccountNetworkInterfaceOperations</PolicyArn></member></AttachedPolicies>",
            ),
            "ListRolePolicies" => iam("<PolicyNames><member>p</member></PolicyNames>"),
            "GetRolePolicy" => iam(&format!(
                "<PolicyDocument>{}</PolicyDocument>",
                encoded(&rights())
            )),
            "DescribeSubnets" => ec2(&format!(
                "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><ownerId>{ACCOUNT}</ownerId>\
                 <cidrBlock>10.0.0.0/24</cidrBlock><availableIpAddressCount>200</availableIpAddressCount></item></subnetSet>"
            )),
            "DescribeRouteTables" => ec2(
                "<routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><associationSet><item>\
                 <main>true</main></item></associationSet></item></routeTableSet>",
            ),
            "DescribeNetworkInterfaces" => ec2(
                "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId>\
                 <status>in-use</status><description>VMware VMC Interface DO NOT USE</description></item></networkInterfaceSet>",
            ),
            "GetServiceQuota" if self.default_quota => {
                return (
                    400,
                    json!({"__type": "NoSuchResourceException"}).to_string(),
                );
            }
            "GetServiceQuota" | "GetAWSDefaultServiceQuota" => {
                json!({"Quota": {"Value": 5000.0}}).to_string()
            }
            other => panic!("unexpected {other}"),
        };
        (200, body)
    }
}

/// Both services, and what they were asked.
struct Services {
    aws: Script,
    vmc: Client,
    vmc_log: Arc<Mutex<Vec<String>>>,
}

impl Services {
    fn new(fault: Fault) -> Self {
        let mut looks = 0;
        let aws = Script::new(move |asked| fault.answer(asked, &mut looks));
        let vmc_log: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = vmc_log.clone();
        let service = tower::service_fn(move |request: Request<Bytes>| {
            let asked = format!("{} {}", request.method(), request.uri().path());
            log.lock().unwrap().push(asked);
            let (status, body) = vmc(request.uri().path());
            let answer = Response::builder()
                .status(status)
                .body(Bytes::from(body.to_string()));
            std::future::ready(Ok(answer.unwrap()))
        });
        let vmc = Client::builder("https://vmc.example")
            .http(|http| http.service(service))
            .build()
            .unwrap();
        Self { aws, vmc, vmc_log }
    }

    fn verify(&self) -> Verify {
        Verify::new(&self.vmc, &self.aws.aws(), ORG)
    }

    /// `service:Action` of all that AWS was asked.
    fn actions(&self) -> BTreeSet<String> {
        let asked = self.aws.requests().into_iter();
        asked
            .map(|asked| format!("{}:{}", asked.service(), asked.action()))
            .filter(|action| action != "sts:GetCallerIdentity")
            .collect()
    }
}

fn vmc(path: &str) -> (u16, Value) {
    let arn = |id: &str| format!("arn:aws:iam::{ACCOUNT}:role/{}", role_name(id));
    let body = match path.strip_prefix(&format!("/vmc/api/orgs/{ORG}/account-link/")) {
        Some("connected-accounts") => {
            json!([{"id": "link-1", "account_number": ACCOUNT, "state": "ACTIVE",
            "cf_stack_name": STACK, "policy_external_id": "vmware-vmc", "policy_payer_arn": arn(ROLES[0]),
            "policy_payer_linked_arn": arn(ROLES[1]), "policy_service_arn": arn(ROLES[2]),
            "region_to_az_to_shadow_mapping": {"us-west-2": {"us-west-2a": "x"}, "eu-west-1": {}}}])
        }
        Some("compatible-subnets") => {
            json!({"vpc_map": {"vpc-1": {"subnets": [{"subnet_id": "subnet-1",
            "compatible": true, "availability_zone": "us-west-2a", "region_name": "us-west-2"}]}}})
        }
        Some("sddc-connections") => json!([
            {"id": "c", "sddc_id": "s", "connected_account_id": "link-1", "state": "ACTIVE", "subnet_id": "subnet-1",
             "subnet_availability_zone": "us-west-2a", "customer_eni_infos": [{"eni_id": "eni-1"}]},
            {"id": "gone", "connected_account_id": "link-1", "state": "DELETED", "subnet_id": "subnet-0"},
            {"id": "other", "connected_account_id": "link-9", "state": "BROKEN", "subnet_id": "subnet-9"}]),
        _ => return (404, json!({})),
    };
    (200, body)
}

fn of_state(report: &Report, state: State) -> Vec<&Finding> {
    report
        .findings
        .iter()
        .filter(|one| one.state == state)
        .collect()
}

#[tokio::test]
async fn a_run_asks_for_the_rights_it_names_and_for_no_other() {
    let services = Services::new(Fault {
        default_quota: true,
        ..Fault::default()
    });
    let report = services.verify().run().await.unwrap();
    assert!(
        report.is_healthy(),
        "{:#?}",
        of_state(&report, State::Failed)
    );
    let not_made = of_state(&report, State::NotMade);
    assert_eq!(not_made.len(), 1, "{not_made:#?}");
    assert_eq!(not_made[0].id, Check::StackDrift);
    let named: BTreeSet<String> = VERIFY_ACTIONS.iter().map(ToString::to_string).collect();
    assert_eq!(services.actions(), named);
    assert!(VERIFY_ACTIONS.is_sorted() && DRIFT_ACTIONS.is_sorted());
}

#[tokio::test]
async fn a_run_only_reads_and_asks_for_no_link() {
    let services = Services::new(Fault::default());
    services
        .verify()
        .detect_drift(true)
        .pace(Pace {
            interval: Duration::ZERO,
            ..Pace::default()
        })
        .run()
        .await
        .unwrap();
    let log = services.vmc_log.lock().unwrap().clone();
    assert_eq!(log.len(), 3, "{log:?}");
    for asked in log {
        assert!(
            asked.starts_with("GET ") && !asked.ends_with("/account-link"),
            "{asked}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_for_drift_is_waited_for_and_its_end_told() {
    let services = Services::new(Fault::default());
    let report = services.verify().detect_drift(true).run().await.unwrap();
    let drift = report
        .findings
        .iter()
        .find(|one| one.id == Check::StackDrift)
        .unwrap();
    assert_eq!(drift.state, State::Passed, "{drift:?}");
    assert!(
        drift.evidence.as_ref().unwrap().contains("2026-02-03"),
        "{drift:?}"
    );
    let besides: BTreeSet<String> = services
        .actions()
        .into_iter()
        .filter(|action| !VERIFY_ACTIONS.contains(&action.as_str()))
        .collect();
    assert_eq!(besides.len(), 2, "{besides:?}");
    assert!(
        besides
            .iter()
            .all(|action| DRIFT_ACTIONS.contains(&action.as_str()))
    );

    // Whoever may not start one is told so, and nothing else changes.
    let services = Services::new(Fault {
        denied: Some((DRIFT_ACTIONS[1], "not authorized")),
        ..Fault::default()
    });
    let report = services.verify().detect_drift(true).run().await.unwrap();
    let not_made = of_state(&report, State::NotMade);
    assert_eq!(not_made.len(), 1, "{not_made:#?}");
    assert_eq!(
        not_made[0].reason.as_deref(),
        Some("needs cloudformation:DetectStackDrift")
    );
}

#[tokio::test]
async fn a_right_that_is_missing_is_named_and_costs_only_what_needs_it() {
    let whole = Services::new(Fault::default())
        .verify()
        .run()
        .await
        .unwrap();
    for action in VERIFY_ACTIONS {
        let services = Services::new(Fault {
            denied: Some((action, "not authorized")),
            default_quota: *action == "servicequotas:GetAWSDefaultServiceQuota",
            ..Fault::default()
        });
        let report = services.verify().run().await.unwrap();
        assert!(
            report.is_healthy(),
            "{action}: {:#?}",
            of_state(&report, State::Failed)
        );
        if *action == "cloudformation:DescribeStackResources" {
            // The names of the roles tell as well.
            assert_eq!(report.count(State::NotMade), whole.count(State::NotMade));
            continue;
        }
        let reason = format!("needs {action}");
        let named = |one: &&Finding| {
            let words = [&one.reason, &one.evidence];
            words
                .into_iter()
                .flatten()
                .any(|text| text.contains(&reason))
        };
        assert!(
            report.findings.iter().any(|one| named(&one)),
            "{action}: {:#?}",
            report.findings
        );
        assert!(
            report.count(State::Passed) > 10,
            "{action}: {:#?}",
            report.findings
        );
        assert!(
            !report
                .findings
                .iter()
                .any(|one| one.id == Check::PolicyDeny),
            "{action}"
        );
    }
}

#[tokio::test]
async fn a_refusal_that_no_right_would_change_is_told_apart() {
    for (words, advice) in [
        (
            "is not authorized to perform: it with an explicit deny in a service control policy",
            "service control policy",
        ),
        (
            "is not authorized to perform: it because no service control policy allows it",
            "service control policy",
        ),
        (
            "is not authorized to perform: it with an explicit deny in an identity-based policy",
            "must change",
        ),
    ] {
        let services = Services::new(Fault {
            denied: Some(("ec2:DescribeSubnets", words)),
            ..Fault::default()
        });
        let report = services.verify().run().await.unwrap();
        assert!(report.is_healthy());
        let deny = report
            .findings
            .iter()
            .find(|one| one.id == Check::PolicyDeny)
            .unwrap();
        assert_eq!(
            (deny.target.as_str(), deny.state),
            ("ec2:DescribeSubnets", State::Warned)
        );
        assert!(deny.advice.as_ref().unwrap().contains(advice), "{deny:?}");
    }
}

#[tokio::test]
async fn a_stack_is_found_in_any_region_of_the_account() {
    let services = Services::new(Fault {
        stack_region: Some("eu-west-1"),
        ..Fault::default()
    });
    let report = services.verify().run().await.unwrap();
    let stack = report
        .findings
        .iter()
        .find(|one| one.id == Check::StackPresent)
        .unwrap();
    assert_eq!(stack.evidence.as_deref(), Some("it is in eu-west-1"));

    let services = Services::new(Fault {
        stack_region: Some("ap-south-1"),
        ..Fault::default()
    });
    let elsewhere = services.verify().run().await.unwrap();
    assert!(elsewhere.is_healthy(), "{:#?}", elsewhere.findings);
    let findings = elsewhere.findings.iter();
    let [stack] = &findings
        .filter(|one| one.id == Check::StackPresent)
        .collect::<Vec<_>>()[..]
    else {
        panic!("{:#?}", elsewhere.findings);
    };
    assert_eq!(stack.state, State::NotMade);
    let advice = stack.advice.as_deref().unwrap();
    assert!(advice.contains("--stack-region"), "{advice}");
    let told = services
        .verify()
        .stack_region("ap-south-1")
        .run()
        .await
        .unwrap();
    assert!(told.is_healthy(), "{:#?}", told.findings);
}

#[tokio::test]
async fn a_subnet_of_an_unknown_region_is_not_looked_for_in_a_guessed_one() {
    let services = Services::new(Fault::default());
    let looked = |verify: Verify| async {
        let report = verify.subnet("subnet-7").run().await.unwrap();
        let mut findings = report.findings.into_iter();
        let present = findings.find(|one| one.target == "subnet-7").unwrap();
        (present.id, present.state)
    };
    let unknown = looked(services.verify()).await;
    assert_eq!(unknown, (Check::SubnetPresent, State::NotMade));
    let told = looked(services.verify().sddc_region("us-west-2")).await;
    assert_eq!(told, (Check::SubnetPresent, State::Failed));
}

#[tokio::test]
async fn of_connections_only_those_in_the_region_are_looked_at() {
    let services = Services::new(Fault::default());
    let verify = services.verify().sddc_region("eu-west-1");
    let report = verify.run().await.unwrap();
    let about = |one: &&Finding| {
        let id = one.id.as_str();
        id.starts_with("connection.") || one.target == "us-west-2"
    };
    // A subnet is possible where VMware Cloud says so; it is not linked.
    let about: Vec<_> = report.findings.iter().filter(about).collect();
    assert!(
        !about
            .iter()
            .any(|one| one.id.as_str().starts_with("connection.")),
        "{about:#?}"
    );
}

#[tokio::test]
async fn a_look_for_drift_ends_with_the_time_that_is_given() {
    let services = Services::new(Fault::default());
    let verify = services.verify().detect_drift(true);
    let report = verify.timeout(Duration::ZERO).run().await.unwrap();
    let mut findings = report.findings.iter();
    let drift = findings.find(|one| one.id == Check::StackDrift).unwrap();
    assert_eq!(
        drift.reason.as_deref(),
        Some("CloudFormation is still looking for drift")
    );
}

#[tokio::test]
async fn credentials_of_another_account_are_not_used() {
    let services = Services::new(Fault::default());
    let report = services
        .verify()
        .account("999999999999")
        .run()
        .await
        .unwrap();
    assert_eq!(services.actions(), BTreeSet::new());
    let words = |id| report.findings.iter().find(|one| one.id == id).unwrap();
    assert_eq!(words(Check::LinkListed).state, State::Failed);
    assert_eq!(words(Check::AwsAccount).state, State::NotMade);
    assert!(
        words(Check::AwsAccount)
            .reason
            .as_ref()
            .unwrap()
            .contains(ACCOUNT)
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let services = Services::new(Fault::default());
    for verify in [
        services.verify().sddc_region("us west"),
        services.verify().stack_region(""),
        services.verify().subnet("vpc-1"),
        services.verify().subnet("subnet-1&x=y"),
    ] {
        assert!(matches!(verify.run().await, Err(Error::Setting(_))));
    }
    assert!(services.aws.requests().is_empty());
    assert!(services.vmc_log.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_report_is_a_document() {
    let services = Services::new(Fault::default());
    let report = services.verify().run().await.unwrap();
    let document = serde_json::to_value(&report).unwrap();
    assert_eq!(document["account_number"], ACCOUNT);
    let first = &document["findings"][0];
    assert_eq!(
        first,
        &json!({"id": "link.listed", "target": ACCOUNT, "severity": "required", "state": "passed",
            "evidence": "the organization lists the account", "reason": null, "advice": null, "fix": null})
    );
}
