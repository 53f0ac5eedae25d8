//! The checks of a link against IAM, EC2, Service Quotas and CloudFormation as
//! moto implements them.

use std::future::ready;

use aws_link::verify::{Finding, State};
use aws_link::{Report, Verify};
use serde_json::{Value, json};
use tower::service_fn;
use vmc_http::bytes::Bytes;
use vmc_http::http::{Request, Response};

use crate::aws::{Moto, element, percent_encoded};

/// moto's own account.
const ACCOUNT: &str = "123456789012";
const VMWARE: &str = "arn:aws:iam::347811849188:root";
const POLICY: &str = "AmazonVPCCrossAccountNetworkInterfaceOperations";

fn rights() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["ec2:CreateRoute", "ec2:DescribeVpcs"], "Resource": "*"}]})
}

fn template() -> String {
    json!({"Resources": {"RemoteRole": {"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": VMWARE},
            "Condition": {"StringEquals": {"sts:ExternalId": "vmware-vmc"}}}]},
        "Policies": [{"PolicyName": "routes", "PolicyDocument": rights()}]}}}})
    .to_string()
}

/// A role made by a stack, and a subnet, in moto; a list that names them, in memory.
struct Case {
    moto: Moto,
    stack: String,
    role: String,
    vpc: String,
    subnet: String,
}

impl Case {
    fn new(name: &str) -> Self {
        let moto = Moto::new();
        moto.create(name, &template());
        let role = element(&moto.resources(name), "PhysicalResourceId")
            .unwrap()
            .to_owned();
        // moto gives a stack's inline policies as Python writes them, not as JSON.
        let document = percent_encoded(&rights().to_string());
        moto.iam(&format!(
            "Action=PutRolePolicy&RoleName={role}&PolicyName=routes&PolicyDocument={document}"
        ));
        let vpc = moto.ec2("Action=CreateVpc&CidrBlock=10.9.0.0%2F16");
        let vpc = element(&vpc, "vpcId").unwrap().to_owned();
        let subnet = moto.ec2(&format!(
            "Action=CreateSubnet&VpcId={vpc}&CidrBlock=10.9.1.0%2F26&AvailabilityZone=us-west-2a"
        ));
        Self {
            stack: name.to_owned(),
            subnet: element(&subnet, "subnetId").unwrap().to_owned(),
            role,
            vpc,
            moto,
        }
    }

    async fn verify(&self) -> Report {
        let account = json!([{"id": "link-1", "account_number": ACCOUNT, "state": "ACTIVE",
            "cf_stack_name": self.stack, "policy_external_id": "vmware-vmc",
            "policy_payer_arn": format!("arn:aws:iam::{ACCOUNT}:role/{}", self.role),
            "region_to_az_to_shadow_mapping": {"us-west-2": {"us-west-2a": "us-west-2a"}}}]);
        let subnets = json!({"vpc_map": {&self.vpc: {"subnets": [{"subnet_id": self.subnet, "compatible": true,
            "availability_zone": "us-west-2a", "region_name": "us-west-2"}]}}});
        let answer = move |request: Request<Bytes>| {
            let path = request.uri().path();
            let document = match path.rsplit('/').next() {
                Some("connected-accounts") => account.clone(),
                Some("compatible-subnets") => subnets.clone(),
                Some("sddc-connections") => json!([]),
                _ => Value::Null,
            };
            ready(
                Response::builder()
                    .body(Bytes::from(document.to_string()))
                    .map_err(|_| unreachable!()),
            )
        };
        let vmc = vmc_api::Client::builder("http://127.0.0.1:1")
            .http(|http| http.service(service_fn(answer)))
            .build()
            .unwrap();
        let verify = Verify::new(&vmc, &self.moto.aws(), "moto-verify");
        verify.subnet(&self.subnet).run().await.unwrap()
    }
}

fn found(report: &Report, id: &str) -> Finding {
    let found = report.findings.iter().find(|one| one.id.as_str() == id);
    found
        .cloned()
        .unwrap_or_else(|| panic!("no {id} in {:#?}", report.findings))
}

#[tokio::test]
async fn what_is_in_order_is_read_and_found_so() {
    let case = Case::new("moto-verify-whole");
    let report = case.verify().await;
    assert!(report.is_healthy(), "{:#?}", report.findings);
    for id in [
        "aws.account",
        "stack.present",
        "stack.status",
        "stack.template",
        "role.present",
        "role.trust",
        "role.policies",
        "role.actions",
        "subnet.present",
        "subnet.free",
        "subnet.size",
        "subnet.owner",
        "subnet.route-table",
    ] {
        let finding = found(&report, id);
        assert_eq!(finding.state, State::Passed, "{finding:?}");
    }
    assert!(
        found(&report, "subnet.free")
            .evidence
            .unwrap()
            .starts_with("59 ")
    );
    assert_ne!(found(&report, "quota.interfaces").state, State::Failed);
}

#[tokio::test]
async fn what_was_changed_by_hand_is_found() {
    let case = Case::new("moto-verify-changed");
    let role = &case.role;
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"}}]});
    let trust = percent_encoded(&trust.to_string());
    case.moto.iam(&format!(
        "Action=UpdateAssumeRolePolicy&RoleName={role}&PolicyDocument={trust}"
    ));
    case.moto.iam(&format!(
        "Action=DeleteRolePolicy&RoleName={role}&PolicyName=routes"
    ));
    let table = case
        .moto
        .ec2(&format!("Action=CreateRouteTable&VpcId={}", case.vpc));
    let table = element(&table, "routeTableId").unwrap();
    case.moto.ec2(&format!(
        "Action=AssociateRouteTable&RouteTableId={table}&SubnetId={}",
        case.subnet
    ));
    let report = case.verify().await;
    for (id, words) in [
        ("role.trust", VMWARE),
        ("role.actions", "ec2:CreateRoute"),
        ("subnet.route-table", table),
    ] {
        let finding = found(&report, id);
        assert_eq!(finding.state, State::Failed, "{finding:?}");
        assert!(
            finding.evidence.as_ref().unwrap().contains(words),
            "{finding:?}"
        );
    }
}

#[tokio::test]
async fn attached_policies_and_missing_roles_are_read() {
    let case = Case::new("moto-verify-policies");
    let document = percent_encoded(
        &json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}]})
        .to_string(),
    );
    case.moto.iam(&format!(
        "Action=CreatePolicy&PolicyName={POLICY}&PolicyDocument={document}"
    ));
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/{POLICY}");
    case.moto.iam(&format!(
        "Action=AttachRolePolicy&RoleName={}&PolicyArn={}",
        case.role,
        percent_encoded(&arn)
    ));
    let policies = found(&case.verify().await, "role.policies");
    assert!(
        policies.evidence.as_ref().unwrap().contains(POLICY),
        "{policies:?}"
    );

    let gone = Case {
        role: "moto-nobody".into(),
        ..case
    };
    let report = gone.verify().await;
    assert_eq!(found(&report, "role.present").state, State::Failed);
}
