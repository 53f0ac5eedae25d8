//! Roles as IAM has them. Read only.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::Aws;
use super::error::{AwsError, AwsErrorKind};
use super::read::foreign;
use super::service::AwsService;
use super::xml::Xml;

/// Pages of a list that are read at most; a role has 20 policies at most.
const MOST_PAGES: usize = 20;

/// A role, without its policies.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct IamRole {
    pub(crate) name: String,
    pub(crate) arn: String,
    /// Who may take it on; `null` where the document cannot be read.
    pub(crate) trust: Value,
    /// ARN of the policy that limits what its policies allow, if there is one.
    pub(crate) boundary: Option<String>,
}

/// A policy that is part of a role.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InlinePolicy {
    pub(crate) name: String,
    /// `null` where the document cannot be read.
    pub(crate) document: Value,
}

/// The name in a role's ARN: `arn:aws:iam::123456789012:role/path/NAME`.
pub(crate) fn role_name(arn: &str) -> Option<&str> {
    let (_, path) = arn.split_once(":role/")?;
    path.rsplit('/').next().filter(|name| !name.is_empty())
}

/// IAM of the account behind the credentials, signed for the partition of a region.
#[derive(Debug, Clone)]
pub(crate) struct Iam {
    aws: Aws,
    region: String,
}

impl Iam {
    pub(crate) fn new(aws: &Aws, region: &str) -> Self {
        Self {
            aws: aws.clone(),
            region: region.to_owned(),
        }
    }

    /// A role by name; `None` if there is none.
    pub(crate) async fn role(&self, name: &str) -> Result<Option<IamRole>, AwsError> {
        let params = vec![pair("RoleName", name)];
        let operation = "iam:GetRole";
        let Some(answer) = self.find(operation, params).await? else {
            return Ok(None);
        };
        let role = result(&answer, operation)?.child("Role");
        let role = role.ok_or_else(|| foreign(operation))?;
        Ok(Some(IamRole {
            name: role.text_of("RoleName").to_owned(),
            arn: role.text_of("Arn").to_owned(),
            trust: document(role.text_of("AssumeRolePolicyDocument")),
            boundary: role
                .child("PermissionsBoundary")
                .map(|limit| limit.text_of("PermissionsBoundaryArn").to_owned()),
        }))
    }

    /// ARNs of the managed policies attached to a role.
    pub(crate) async fn managed_policies(&self, role: &str) -> Result<Vec<String>, AwsError> {
        let pages = self.pages("iam:ListAttachedRolePolicies", role).await?;
        let policies = pages.iter().flat_map(|page| page.items("AttachedPolicies"));
        Ok(policies
            .map(|policy| policy.text_of("PolicyArn").to_owned())
            .collect())
    }

    /// The policies that are part of a role.
    pub(crate) async fn inline_policies(&self, role: &str) -> Result<Vec<InlinePolicy>, AwsError> {
        let pages = self.pages("iam:ListRolePolicies", role).await?;
        let names = pages.iter().flat_map(|page| page.items("PolicyNames"));
        let mut policies = Vec::new();
        for name in names.map(|name| name.text.as_str()) {
            let params = vec![pair("RoleName", role), pair("PolicyName", name)];
            // Gone since it was listed: not a policy of the role.
            let operation = "iam:GetRolePolicy";
            if let Some(answer) = self.find(operation, params).await? {
                policies.push(InlinePolicy {
                    name: name.to_owned(),
                    document: document(result(&answer, operation)?.text_of("PolicyDocument")),
                });
            }
        }
        Ok(policies)
    }

    async fn pages(&self, operation: &'static str, role: &str) -> Result<Vec<Xml>, AwsError> {
        let mut pages = Vec::new();
        let mut marker = String::new();
        for _ in 0..MOST_PAGES {
            let mut params = vec![pair("RoleName", role)];
            if !marker.is_empty() {
                params.push(pair("Marker", &marker));
            }
            let answer = self
                .aws
                .query(AwsService::Iam, &self.region, operation, params)
                .await?;
            let page = result(&answer, operation)?;
            let more = page.text_of("IsTruncated") == "true";
            page.text_of("Marker").clone_into(&mut marker);
            pages.push(page.clone());
            if !more || marker.is_empty() {
                return Ok(pages);
            }
        }
        let kind = AwsErrorKind::Refused;
        Err(AwsError::new(operation, kind, "the list does not end"))
    }

    /// `None` where there is no such thing.
    async fn find(
        &self,
        operation: &'static str,
        params: Vec<(String, String)>,
    ) -> Result<Option<Xml>, AwsError> {
        let answer = self
            .aws
            .query(AwsService::Iam, &self.region, operation, params)
            .await;
        match answer {
            Err(error) if error.code() == Some("NoSuchEntity") => Ok(None),
            answer => answer.map(Some),
        }
    }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// What an answer is about; every answer of IAM's that holds something has it.
fn result<'a>(answer: &'a Xml, operation: &'static str) -> Result<&'a Xml, AwsError> {
    let action = operation.rsplit(':').next().unwrap_or(operation);
    let result = answer.child(&format!("{action}Result"));
    result.ok_or_else(|| foreign(operation))
}

/// IAM writes policies as percent-encoded JSON (RFC 3986).
fn document(text: &str) -> Value {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    serde_json::from_str(&decoded).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, error_xml};

    fn answered(action: &str, inner: &str) -> String {
        format!(
            "<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{action}Result>{inner}</{action}Result></{action}Response>"
        )
    }

    #[test]
    fn the_name_is_the_last_part_of_the_arn() {
        let name = |arn| role_name(arn);
        assert_eq!(
            name("arn:aws:iam::123456789012:role/a-Role-1"),
            Some("a-Role-1")
        );
        assert_eq!(name("arn:aws:iam::123456789012:role/path/to/r"), Some("r"));
        assert_eq!(name("arn:aws:iam::123456789012:user/u"), None);
        assert_eq!(name("arn:aws:iam::123456789012:role/"), None);
    }

    #[tokio::test]
    async fn a_role_is_read_with_its_policies_over_several_pages() {
        let script = Script::new(|asked| {
            let inner = match (asked.action(), asked.get("Marker")) {
                ("GetRole", _) => {
                    "<Role><RoleName>r</RoleName><Arn>arn:r</Arn>\
                    <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument></Role>"
                }
                ("ListAttachedRolePolicies", "") => {
                    "<AttachedPolicies><member><PolicyArn>arn:a</PolicyArn></member></AttachedPolicies>\
                    <IsTruncated>true</IsTruncated><Marker>m1</Marker>"
                }
                ("ListAttachedRolePolicies", _) => {
                    "<AttachedPolicies><member><PolicyArn>arn:b</PolicyArn></member></AttachedPolicies>\
                    <IsTruncated>false</IsTruncated>"
                }
                ("ListRolePolicies", _) => {
                    "<PolicyNames><member>p</member></PolicyNames><IsTruncated>false</IsTruncated>"
                }
                _ => {
                    "<RoleName>r</RoleName><PolicyName>p</PolicyName><PolicyDocument>%7B%22x%22%3A1%7D</PolicyDocument>"
                }
            };
            (200, answered(asked.action(), inner))
        });
        let iam = Iam::new(&script.aws(), "us-west-2");
        let role = iam.role("r").await.unwrap().unwrap();
        assert_eq!(role.arn, "arn:r");
        assert!(role.trust["Statement"].is_array());
        assert_eq!(iam.managed_policies("r").await.unwrap(), ["arn:a", "arn:b"]);
        let inline = iam.inline_policies("r").await.unwrap();
        assert_eq!(inline[0].document["x"], 1);
        assert!(
            script
                .requests()
                .iter()
                .all(|asked| asked.get("Version") == "2010-05-08")
        );
    }

    #[tokio::test]
    async fn no_role_is_no_error_and_a_refusal_is_one() {
        let script = Script::new(|_| (404, error_xml("NoSuchEntity", "no role")));
        let iam = Iam::new(&script.aws(), "us-west-2");
        assert_eq!(iam.role("r").await.unwrap(), None);

        let text = "User: arn:u is not authorized to perform: iam:GetRole";
        let script = Script::new(move |_| (403, error_xml("AccessDenied", text)));
        let error = Iam::new(&script.aws(), "us-west-2")
            .role("r")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), AwsErrorKind::Denied);
        assert_eq!(error.operation(), "iam:GetRole");
        assert_eq!(error.request_id(), Some("req-1"));
        assert!(error.to_string().contains("not authorized"), "{error}");
    }

    #[tokio::test]
    async fn an_answer_without_a_result_is_not_taken_for_nothing_there() {
        let script = Script::new(|asked| (200, format!("<{0}Response/>", asked.action())));
        let iam = Iam::new(&script.aws(), "us-west-2");
        let errors = [
            iam.role("r").await.map(drop).unwrap_err(),
            iam.managed_policies("r").await.map(drop).unwrap_err(),
            iam.inline_policies("r").await.map(drop).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), AwsErrorKind::Unclear, "{error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn passing_failures_are_tried_again_and_pages_of_others_are_no_answer() {
        let mut calls = 0;
        let script = Script::new(move |asked| {
            calls += 1;
            match calls {
                1 => (0, String::new()),
                2 => (503, String::new()),
                _ => (
                    200,
                    answered(asked.action(), "<Role><RoleName>r</RoleName></Role>"),
                ),
            }
        });
        let role = Iam::new(&script.aws(), "us-west-2")
            .role("r")
            .await
            .unwrap();
        assert_eq!(role.unwrap().trust, Value::Null);
        assert_eq!(script.requests().len(), 3);

        let page = Script::new(|_| (200, "<html>log in</html>".into()));
        let error = Iam::new(&page.aws(), "us-west-2")
            .role("r")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), AwsErrorKind::Unclear);
    }
}
