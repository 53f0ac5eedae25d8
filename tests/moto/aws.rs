//! A moto server, spoken to without any of our own code.

use std::io::{Read, Write};
use std::net::TcpStream;

use aws_link::{Aws, AwsKeys, AwsSettings, DEFAULT_REGION};
use vmc_http::http::Uri;

const BUCKET: &str = "vmc-templates";

/// A template that moto completes at once.
pub(crate) const PLAIN: &str = r#"{
    "Description": "Roles",
    "Resources": {"RemoteRole": {"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::347811849188:root"}}]}}}}
}"#;

/// The same with a function that has to report, as the vendor's template has.
pub(crate) const WAITING: &str = r#"{
    "Description": "Roles and a function that phones home",
    "Resources": {
        "BasicLambdaRole": {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"}}]}}},
        "Notify": {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "python3.12", "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["BasicLambdaRole", "Arn"]},
            "Code": {"ZipFile": "def handler(event, context): pass"}}},
        "Call": {"Type": "Custom::Call", "Properties": {
            "ServiceToken": {"Fn::GetAtt": ["Notify", "Arn"]}}}
    }
}"#;

/// The server at `VMC_MOTO_ENDPOINT`.
pub(crate) struct Moto {
    endpoint: String,
    port: u16,
}

struct Answer {
    status: u16,
    body: String,
}

impl Moto {
    pub(crate) fn new() -> Self {
        let endpoint = std::env::var("VMC_MOTO_ENDPOINT")
            .expect("VMC_MOTO_ENDPOINT names a moto server; see `cargo xtask test --moto`");
        let port = endpoint.parse::<Uri>().unwrap().port_u16().unwrap();
        Self { endpoint, port }
    }

    /// How the library is told of it.
    pub(crate) fn aws(&self) -> Aws {
        Aws::new(AwsSettings {
            endpoint_url: Some(self.endpoint.clone()),
            keys: Some(AwsKeys {
                access_key_id: "AKIAMOTO000000000001".into(),
                secret_access_key: "moto-takes-any-secret".into(),
                session_token: None,
            }),
            ..AwsSettings::default()
        })
    }

    /// Puts a template where CloudFormation finds it; gives its address.
    pub(crate) fn upload(&self, name: &str, template: Option<&str>) -> String {
        // Made again it answers an error, and the bucket is there.
        self.http("PUT", &format!("/{BUCKET}"), "", "");
        if let Some(template) = template {
            let path = format!("/{BUCKET}/{name}.json");
            let answer = self.http("PUT", &path, "x-amz-acl: public-read\r\n", template);
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        // By this name moto knows its own S3.
        format!("http://localhost:{}/{BUCKET}/{name}.json", self.port)
    }

    /// Creates a stack as somebody else would; gives its id.
    pub(crate) fn create(&self, name: &str, template: &str) -> String {
        let template = percent_encoded(template);
        let query = format!("Action=CreateStack&StackName={name}&TemplateBody={template}");
        let answer = self.query(&query);
        element(&answer, "StackId").unwrap().to_owned()
    }

    /// How many stacks have this name, failed and deleted ones aside.
    pub(crate) fn count(&self, name: &str) -> usize {
        let stacks = self.query("Action=DescribeStacks");
        stacks
            .matches(&format!("<StackName>{name}</StackName>"))
            .count()
    }

    /// The resources of a stack as XML.
    pub(crate) fn resources(&self, name: &str) -> String {
        self.query(&format!("Action=DescribeStackResources&StackName={name}"))
    }

    /// What the function behind a custom resource would send.
    pub(crate) fn report_success(&self, stack: &str) {
        let report = format!(
            r#"{{"Status": "SUCCESS", "StackId": "{stack}", "LogicalResourceId": "Call",
                "RequestId": "1", "PhysicalResourceId": "call"}}"#
        );
        let path = format!("/cloudformation_{DEFAULT_REGION}/cfnresponse?stack={stack}");
        // moto takes the region from the SDK's name.
        let agent = format!("User-Agent: Boto3 region/{DEFAULT_REGION}\r\n");
        let answer = self.http("PUT", &path, &agent, &report);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    fn query(&self, parameters: &str) -> String {
        self.ask(
            "cloudformation",
            &format!("{parameters}&Version=2010-05-15"),
        )
    }

    /// Asks IAM as somebody else would.
    pub(crate) fn iam(&self, parameters: &str) -> String {
        self.ask("iam", &format!("{parameters}&Version=2010-05-08"))
    }

    /// Asks EC2 as somebody else would.
    pub(crate) fn ec2(&self, parameters: &str) -> String {
        self.ask("ec2", &format!("{parameters}&Version=2016-11-15"))
    }

    fn ask(&self, service: &str, body: &str) -> String {
        // moto reads service and region here, and checks no signature.
        let headers = format!(
            "Content-Type: application/x-www-form-urlencoded\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=AKIAMOTO000000000001/20260101/{DEFAULT_REGION}/\
             {service}/aws4_request, SignedHeaders=host, Signature=00\r\n"
        );
        let answer = self.http("POST", "/", &headers, body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    fn http(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: localhost:{}\r\nContent-Length: {length}\r\n{headers}\r\n{body}",
            self.port
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: body.to_owned(),
        }
    }
}

pub(crate) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0)
}

pub(crate) fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}
