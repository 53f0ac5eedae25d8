//! AWS in a closure: tests script answers by action and count what arrived.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use crate::{Aws, AwsKeys, AwsSettings};

pub(crate) const ORG: &str = "2a1f0c5e-98d7-4e0f-9d7c-0d3c3d7f2b11";
pub(crate) const TASK: &str = "8a7d3f5c-1111-4222-8333-444455556666";
pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const STACK_ID: &str = "arn:aws:cloudformation:us-west-2:123456789012:stack/s/1";

pub(crate) const NAMESAKE_ID: &str = "arn:aws:cloudformation:us-west-2:123456789012:stack/s/0";

/// A request of the AWS Query protocol, or of the JSON protocol without its body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The `X-Amz-Target` header of the JSON protocol.
    target: String,
    /// The `Authorization` header: who asks, of which service and region.
    pub(crate) authorization: String,
    pub(crate) form: HashMap<String, String>,
}

impl Asked {
    pub(crate) fn action(&self) -> &str {
        match self.target.rsplit_once('.') {
            Some((_, action)) => action,
            None => self.get("Action"),
        }
    }

    /// The region it is signed for.
    pub(crate) fn region(&self) -> &str {
        self.authorization.split('/').nth(2).unwrap_or_default()
    }

    /// The service it is signed for, such as `ec2`.
    pub(crate) fn service(&self) -> &str {
        self.authorization.split('/').nth(3).unwrap_or_default()
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }
}

type Answers = dyn FnMut(&Asked) -> (u16, String) + Send;

/// A scripted AWS. Status 0 cuts the connection.
#[derive(Clone)]
pub(crate) struct Script {
    answers: Arc<Mutex<Box<Answers>>>,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    pub(crate) fn new(answers: impl FnMut(&Asked) -> (u16, String) + Send + 'static) -> Self {
        Self {
            answers: Arc::new(Mutex::new(Box::new(answers))),
            log: Arc::default(),
        }
    }

    pub(crate) fn http(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    pub(crate) fn aws(&self) -> Aws {
        let settings = AwsSettings {
            keys: Some(keys()),
            endpoint_url: Some("http://127.0.0.1:9".into()),
            ..AwsSettings::default()
        };
        Aws::with_http(settings, self.http())
    }

    pub(crate) fn requests(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }
}

impl aws_smithy_runtime_api::client::http::HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let form = url::form_urlencoded::parse(body).into_owned().collect();
        let authorization = request.headers().get("authorization").unwrap_or_default();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let asked = Asked {
            target: target.to_owned(),
            authorization: authorization.to_owned(),
            form,
        };
        let (status, body) = (self.answers.lock().unwrap())(&asked);
        self.log.lock().unwrap().push(asked);
        if status == 1 {
            return HttpConnectorFuture::new(std::future::pending());
        }
        if status == 0 {
            return HttpConnectorFuture::ready(Err(ConnectorError::io("cut".into())));
        }
        let status = StatusCode::try_from(status).unwrap();
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        response.headers_mut().insert("x-amzn-requestid", "req-1");
        HttpConnectorFuture::ready(Ok(response))
    }
}

pub(crate) fn keys() -> AwsKeys {
    AwsKeys {
        access_key_id: "AKIATEST".into(),
        secret_access_key: "canary-secret-key".into(),
        session_token: Some("canary-session-token".into()),
    }
}

pub(crate) fn error_xml(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>req-1</RequestId></ErrorResponse>"
    )
}

pub(crate) fn missing() -> (u16, String) {
    (
        400,
        error_xml("ValidationError", "Stack with id s does not exist"),
    )
}

pub(crate) fn identity_xml(account: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/ann</Arn><UserId>AIDA</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
}

pub(crate) fn stack_xml(name: &str, id: &str, status: &str) -> String {
    format!(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>{name}</StackName>\
         <StackId>{id}</StackId><CreationTime>2026-01-02T03:04:05.678Z</CreationTime>\
         <StackStatus>{status}</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )
}

/// Events, oldest first as in a story; the answer has them newest first.
/// `(event id, resource, status, reason)`; the resource `*` is the stack itself.
pub(crate) fn events_xml(
    stack_id: &str,
    token: &str,
    events: &[(&str, &str, &str, &str)],
    next: Option<&str>,
) -> String {
    let members: String = events
        .iter()
        .rev()
        .map(|(id, resource, status, reason)| {
            let (kind, physical) = match *resource {
                "*" => ("AWS::CloudFormation::Stack", stack_id),
                _ => ("AWS::IAM::Role", "p"),
            };
            let reason = match *reason {
                "" => String::new(),
                reason => format!("<ResourceStatusReason>{reason}</ResourceStatusReason>"),
            };
            format!(
                "<member><StackId>{stack_id}</StackId><EventId>{id}</EventId><StackName>s</StackName>\
                 <LogicalResourceId>{resource}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
                 <ResourceType>{kind}</ResourceType><Timestamp>2026-01-02T03:04:05Z</Timestamp>\
                 <ResourceStatus>{status}</ResourceStatus>{reason}<ClientRequestToken>{token}</ClientRequestToken></member>"
            )
        })
        .collect();
    let next = next.map_or(String::new(), |next| {
        format!("<NextToken>{next}</NextToken>")
    });
    format!(
        "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>{members}</StackEvents>{next}\
         </DescribeStackEventsResult></DescribeStackEventsResponse>"
    )
}

pub(crate) fn created_xml(id: &str) -> String {
    format!(
        "<CreateStackResponse><CreateStackResult><StackId>{id}</StackId></CreateStackResult></CreateStackResponse>"
    )
}

/// A stack with these roles.
pub(crate) fn roles_xml(names: &[&str]) -> String {
    let members: String = names
        .iter()
        .map(|name| {
            format!(
                "<member><LogicalResourceId>R</LogicalResourceId><PhysicalResourceId>{name}</PhysicalResourceId>\
                 <ResourceType>AWS::IAM::Role</ResourceType><LastUpdatedTimestamp>2026-01-02T03:04:05Z\
                 </LastUpdatedTimestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
            )
        })
        .collect();
    format!(
        "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>{members}\
         </StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>"
    )
}

pub(crate) fn role_xml(name: &str) -> String {
    format!(
        "<GetRoleResponse><GetRoleResult><Role><RoleName>{name}</RoleName></Role></GetRoleResult></GetRoleResponse>"
    )
}
