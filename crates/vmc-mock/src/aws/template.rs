//! The link template: a CloudFormation document that belongs to one link request, and the bucket
//! it is read from. The real document has never been published; this one is written from what is
//! known about it (four roles, one function, one custom resource that reports).

use super::{Aws, query::invalid, xml};
use crate::{
    answer::{Answer, Outcome},
    clock::Time,
    handler::Call,
    world::{LinkRequest, World},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// The bucket's name in URLs.
pub(crate) const BUCKET: &str = "vmware-vmc-link-templates";
/// The account that the service's roles are assumed from.
pub(crate) const VENDOR_ACCOUNT: &str = "347811234567";
/// The id that they are assumed with.
pub(crate) const EXTERNAL_ID: &str = "vmware-vmc";
/// The managed policy that they need.
pub(crate) const MANAGED_POLICY: &str =
    "arn:aws:iam::aws:policy/AmazonVPCCrossAccountNetworkInterfaceOperations";
/// The custom resource that reports to the service.
pub(crate) const PHONE_HOME: &str = "PhoneHome";

/// Where the template of a link request is read, signed like an S3 URL.
pub(crate) fn url(call: &Call<'_>, id: &str) -> String {
    let folder = match &call.settings.template_base {
        Some(base) => base.trim_end_matches('/').to_owned(),
        None => format!("{}/s3/{BUCKET}", call.base),
    };
    let now = call.now.millis();
    let date: String = now
        .chars()
        .filter(|c| !matches!(c, '-' | ':'))
        .take(15)
        .collect();
    format!(
        "{folder}/{id}.json?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}Z\
         &X-Amz-Expires={}&X-Amz-Signature=simulated",
        call.settings.link_request_seconds
    )
}

/// The console page that would run it.
pub(crate) fn console_url(template: &str, id: &str) -> String {
    let encoded = utf8_percent_encode(template, NON_ALPHANUMERIC);
    format!(
        "https://console.aws.amazon.com/cloudformation/home?region=us-west-2#/stacks/create/review\
         ?templateURL={encoded}&stackName=vmware-sddc-formation-{id}"
    )
}

/// `GET` of the template: like S3, in XML when it says no.
pub(crate) fn get(call: &mut Call<'_>) -> Outcome {
    let found = find(call.world, call.now, call.param("key"));
    found
        .map(|link| Answer::json(200, &document(link)))
        .map_err(|(status, code, message)| {
            let inner = [xml::leaf("Code", code), xml::leaf("Message", message)].concat();
            Answer::new(status, "application/xml", xml::node("Error", &inner))
        })
}

/// Reads `TemplateURL` or `TemplateBody`.
pub(crate) fn read(aws: &Aws<'_>) -> Result<Value, Answer> {
    match (aws.param("TemplateURL"), aws.param("TemplateBody")) {
        (Some(_), Some(_)) => Err(invalid(
            "Either Template URL or Template Body must be specified, not both.",
        )),
        (None, None) => Err(invalid(
            "Either Template URL or Template Body must be specified.",
        )),
        (None, Some(body)) => match serde_json::from_str::<Value>(body) {
            Ok(template) if template["Resources"].is_object() => Ok(template),
            Ok(_) => Err(invalid(
                "Template format error: At least one Resources member must be defined.",
            )),
            Err(_) => Err(invalid(
                "Template format error: unreadable JSON (the simulator does not read YAML).",
            )),
        },
        (Some(url), None) => fetch(aws, url),
    }
}

fn fetch(aws: &Aws<'_>, url: &str) -> Result<Value, Answer> {
    let own = format!("/s3/{BUCKET}/");
    let folder = aws
        .settings
        .template_base
        .as_deref()
        .filter(|base| url.starts_with(*base));
    let Some((_, key)) = url.split_once(folder.unwrap_or(&own)) else {
        return Err(invalid("TemplateURL must be a supported URL."));
    };
    let key = key
        .trim_start_matches('/')
        .split('?')
        .next()
        .unwrap_or_default();
    match find(aws.world, aws.now, key) {
        Ok(link) => Ok(document(link)),
        Err((_, _, message)) => Err(invalid(&format!(
            "S3 error: {message}\nFor more information check \
             http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
        ))),
    }
}

type Refusal = (u16, &'static str, &'static str);

fn find<'a>(world: &'a World, now: Time, key: &str) -> Result<&'a LinkRequest, Refusal> {
    let id = key.strip_suffix(".json").unwrap_or(key);
    match world.link_requests.get(id) {
        None => Err((404, "NoSuchKey", "The specified key does not exist.")),
        Some(link) if link.expires <= now => Err((403, "AccessDenied", "Request has expired")),
        Some(link) => Ok(link),
    }
}

/// The template of a link request.
pub(crate) fn document(link: &LinkRequest) -> Value {
    let role = |service: bool, actions: &[&str]| {
        let principal = match service {
            true => json!({"Service": "lambda.amazonaws.com"}),
            false => json!({"AWS": format!("arn:aws:iam::{VENDOR_ACCOUNT}:root")}),
        };
        let condition = match service {
            true => json!({}),
            false => json!({"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}),
        };
        let managed = match service {
            true => json!([]),
            false => json!([MANAGED_POLICY]),
        };
        json!({
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole",
                    "Condition": condition,
                }]},
                "ManagedPolicyArns": managed,
                "Policies": [{"PolicyName": "simulated", "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
                }}],
            },
        })
    };
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Simulated VMware Cloud on AWS account link",
        "Resources": {
            "RemoteRole": role(false, &["ec2:DescribeVpcs", "ec2:DescribeSubnets"]),
            "RemoteRolePayer": role(false, &["ec2:DescribeVpcs", "ec2:DescribeSubnets"]),
            "RemoteRoleService": role(false, &["ec2:DescribeRouteTables", "ec2:ReplaceRoute"]),
            "BasicLambdaRole": role(true, &["logs:*"]),
            "NotifyFunction": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Handler": "index.handler",
                    "Runtime": "python3.12",
                    "Timeout": 60,
                    "Role": {"Fn::GetAtt": ["BasicLambdaRole", "Arn"]},
                    "Code": {"ZipFile": "def handler(event, context):\n    pass\n"},
                },
            },
            PHONE_HOME: {
                "Type": "Custom::VmcAccountLink",
                "DependsOn": ["RemoteRole", "RemoteRolePayer", "RemoteRoleService"],
                "Properties": {
                    "ServiceToken": {"Fn::GetAtt": ["NotifyFunction", "Arn"]},
                    "LinkRequestId": link.id,
                    "OrgId": link.org,
                },
            },
        },
    })
}
