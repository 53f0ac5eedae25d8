//! What a template would create, read before CloudFormation is asked to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vmc_http::redact::printable;

use crate::aws::stack::TemplateSummary;

/// A template in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Review {
    /// Scheme and host it came from.
    pub origin: String,
    /// Size in bytes.
    pub bytes: usize,
    /// SHA-256 of its text, in hex.
    pub sha256: String,
    /// The template's own description.
    pub description: Option<String>,
    /// Resources, by logical id. Without ids where only CloudFormation read it.
    pub resources: Vec<Resource>,
    /// Roles, with whom they trust and what they allow.
    pub roles: Vec<Role>,
    /// Capabilities CloudFormation wants for it, where it was asked.
    pub capabilities: Vec<String>,
    /// Why the roles were not read here, such as "the template is YAML".
    pub not_reviewed: Option<String>,
    /// What a careful reader would stop at.
    pub concerns: Vec<String>,
}

/// One resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name in the template; empty where only the type is known.
    pub id: String,
    /// Such as `AWS::IAM::Role`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// One IAM role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name in the template.
    pub id: String,
    /// Who may take the role on: accounts, services, `*`.
    pub trusts: Vec<String>,
    /// Conditions on that, such as an external id.
    pub conditions: Vec<String>,
    /// Managed policies.
    pub managed_policies: Vec<String>,
    /// Actions that its own policies allow.
    pub actions: Vec<String>,
    /// SHA-256 of all its properties, in whichever order they are written: what
    /// is not told above, such as resources and long texts, is in here. Empty
    /// where an earlier version noted the role down.
    #[serde(default)]
    pub digest: String,
}

impl Review {
    /// Reads a template's text. Nothing is fetched or asked.
    pub fn read(text: &[u8]) -> Self {
        let mut review = Self {
            bytes: text.len(),
            sha256: sha256(text),
            ..Self::default()
        };
        match serde_json::from_slice::<Value>(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)) {
            Ok(Value::Object(template)) => review.fill(&template),
            _ => review.not_reviewed = Some("the template is not JSON (YAML?)".into()),
        }
        review
    }

    /// Adds what CloudFormation reads in a template that is not read here.
    pub(crate) fn add(&mut self, summary: TemplateSummary) {
        let line = |text: &String| printable(text, 128);
        self.description = self.description.take().or(summary.description);
        self.capabilities = summary.capabilities.iter().map(line).collect();
        self.resources = summary
            .resource_types
            .iter()
            .map(|kind| Resource {
                id: String::new(),
                kind: line(kind),
            })
            .collect();
    }

    fn fill(&mut self, template: &Map<String, Value>) {
        self.description = template
            .get("Description")
            .and_then(Value::as_str)
            .map(|text| printable(text, 300));
        if template.contains_key("Transform") {
            self.concerns.push(
                "it uses a transform, so CloudFormation may create more than is written here"
                    .into(),
            );
        }
        let Some(Value::Object(resources)) = template.get("Resources") else {
            self.not_reviewed = Some("the template has no resources".into());
            return;
        };
        let none = Map::new();
        for (id, resource) in resources {
            let kind = resource.get("Type").and_then(Value::as_str).unwrap_or("?");
            self.resources.push(Resource {
                id: printable(id, 128),
                kind: printable(kind, 128),
            });
            let properties = resource
                .get("Properties")
                .and_then(Value::as_object)
                .unwrap_or(&none);
            match kind {
                "AWS::IAM::Role" => self.role(id, properties),
                "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy" => {
                    self.policy(id, properties);
                }
                "AWS::IAM::User" | "AWS::IAM::AccessKey" | "AWS::IAM::Group" => {
                    self.concerns
                        .push(format!("{} creates a {kind}", printable(id, 128)));
                }
                _ => {}
            }
            let named = ["RoleName", "ManagedPolicyName", "UserName", "GroupName"];
            if kind.starts_with("AWS::IAM::")
                && named.iter().any(|name| properties.contains_key(*name))
            {
                self.concerns.push(format!(
                    "{} has a fixed name, which wants CAPABILITY_NAMED_IAM; only CAPABILITY_IAM is given",
                    printable(id, 128)
                ));
            }
        }
    }

    fn role(&mut self, id: &str, properties: &Map<String, Value>) {
        let id = printable(id, 128);
        let mut role = Role {
            id: id.clone(),
            managed_policies: strings(properties.get("ManagedPolicyArns")),
            digest: digest_of(properties),
            ..Role::default()
        };
        for statement in statements(properties.get("AssumeRolePolicyDocument")) {
            role.trusts.extend(principals(statement.get("Principal")));
            if let Some(Value::Object(condition)) = statement.get("Condition")
                && !condition.is_empty()
            {
                role.conditions.push(printable(&json_text(condition), 200));
            }
        }
        if role
            .trusts
            .iter()
            .any(|who| who == "*" || who.ends_with(" *"))
        {
            self.concerns
                .push(format!("{id} may be taken on by anybody"));
        }
        for policy in &role.managed_policies {
            let name = policy.rsplit('/').next().unwrap_or(policy);
            if ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"].contains(&name) {
                self.concerns.push(format!("{id} gets {name}"));
            }
        }
        let policies = properties.get("Policies").and_then(Value::as_array);
        for policy in policies.into_iter().flatten() {
            role.actions
                .extend(self.actions(&id, policy.get("PolicyDocument")));
        }
        dedupe(&mut role.actions);
        self.roles.push(role);
    }

    /// A policy that stands beside the roles: shown as an entry of its own.
    fn policy(&mut self, id: &str, properties: &Map<String, Value>) {
        let id = printable(id, 128);
        let mut actions = self.actions(&id, properties.get("PolicyDocument"));
        dedupe(&mut actions);
        self.roles.push(Role {
            id,
            actions,
            digest: digest_of(properties),
            ..Role::default()
        });
    }

    fn actions(&mut self, id: &str, document: Option<&Value>) -> Vec<String> {
        let mut all = Vec::new();
        for statement in statements(document) {
            if statement.get("Effect").and_then(Value::as_str) == Some("Deny") {
                continue;
            }
            if let Some(but) = statement.get("NotAction") {
                self.concerns.push(format!(
                    "{id} allows everything but {}",
                    strings(Some(but)).join(", ")
                ));
            }
            for action in strings(statement.get("Action")) {
                if action == "*" || action == "iam:*" || action == "sts:*" {
                    self.concerns.push(format!("{id} allows {action}"));
                }
                all.push(action);
            }
        }
        all
    }
}

pub(crate) fn statements(document: Option<&Value>) -> Vec<&Value> {
    one_or_many(document.and_then(|document| document.get("Statement")))
}

pub(crate) fn one_or_many(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    one_or_many(value).into_iter().map(short).collect()
}

/// `AWS arn:aws:iam::123456789012:root`, `Service lambda.amazonaws.com`, `*`.
fn principals(principal: Option<&Value>) -> Vec<String> {
    match principal {
        Some(Value::Object(kinds)) if !is_intrinsic(kinds) => kinds
            .iter()
            .flat_map(|(kind, who)| {
                strings(Some(who))
                    .into_iter()
                    .map(move |who| format!("{kind} {who}"))
            })
            .collect(),
        other => strings(other),
    }
}

pub(crate) fn is_intrinsic(map: &Map<String, Value>) -> bool {
    map.keys()
        .any(|key| key == "Ref" || key.starts_with("Fn::"))
}

/// Text as it is, anything else (such as `{"Fn::Sub": …}`) as short JSON.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) => printable(text, 200),
        other => printable(&other.to_string(), 200),
    }
}

fn json_text(map: &Map<String, Value>) -> String {
    serde_json::to_string(map).unwrap_or_default()
}

fn digest_of(properties: &Map<String, Value>) -> String {
    let mut plain = Value::Object(properties.clone());
    sort(&mut plain);
    sha256(plain.to_string().as_bytes())
}

/// Puts lists and keys in an order of their own: in policies theirs means nothing.
fn sort(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort);
            items.sort_by_key(Value::to_string);
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = std::mem::take(fields).into_iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            sorted.iter_mut().for_each(|(_, value)| sort(value));
            fields.extend(sorted);
        }
        _ => {}
    }
}

fn dedupe(actions: &mut Vec<String>) {
    let sorted: BTreeSet<String> = actions.drain(..).collect();
    actions.extend(sorted);
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(template: &Value) -> Review {
        Review::read(template.to_string().as_bytes())
    }

    fn expected_kind_of_template() -> Value {
        json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "Links an account",
            "Resources": {
                "RemoteRole": {"Type": "AWS::IAM::Role", "Properties": {
                    "AssumeRolePolicyDocument": {"Statement": [{
                        "Effect": "Allow", "Action": "sts:AssumeRole",
                        "Principal": {"AWS": ["arn:aws:iam::347811849188:root", {"Ref": "Payer"}]},
                        "Condition": {"StringEquals": {"sts:ExternalId": "vmware-vmc"}}}]},
                    "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonVPCCrossAccountNetworkInterfaceOperations"]}},
                "BasicLambdaRole": {"Type": "AWS::IAM::Role", "Properties": {
                    "AssumeRolePolicyDocument": {"Statement": {"Principal": {"Service": "lambda.amazonaws.com"}}},
                    "Policies": [{"PolicyDocument": {"Statement": [
                        {"Effect": "Allow", "Action": "logs:PutLogEvents"},
                        {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:PutLogEvents"]},
                        {"Effect": "Deny", "Action": "*"}]}}]}},
                "Notify": {"Type": "Custom::Notify"}
            }
        })
    }

    #[test]
    fn roles_trusts_and_actions_are_told() {
        let review = read(&expected_kind_of_template());
        assert_eq!(review.not_reviewed, None);
        assert_eq!(review.concerns, Vec::<String>::new());
        assert_eq!(review.resources.len(), 3);
        let remote = review
            .roles
            .iter()
            .find(|role| role.id == "RemoteRole")
            .unwrap();
        assert_eq!(
            remote.trusts,
            [
                "AWS arn:aws:iam::347811849188:root",
                r#"AWS {"Ref":"Payer"}"#
            ]
        );
        assert!(remote.conditions[0].contains("vmware-vmc"), "{remote:?}");
        assert!(remote.managed_policies[0].ends_with("NetworkInterfaceOperations"));
        let lambda = review
            .roles
            .iter()
            .find(|role| role.id == "BasicLambdaRole")
            .unwrap();
        assert_eq!(lambda.trusts, ["Service lambda.amazonaws.com"]);
        assert_eq!(lambda.actions, ["logs:CreateLogGroup", "logs:PutLogEvents"]);
        assert_eq!(review.sha256.len(), 64);
    }

    #[test]
    fn what_a_careful_reader_would_stop_at() {
        let review = read(&json!({"Transform": "X", "Resources": {
            "Open": {"Type": "AWS::IAM::Role", "Properties": {
                "RoleName": "fixed",
                "AssumeRolePolicyDocument": {"Statement": [{"Principal": "*"}]},
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
                "Policies": [{"PolicyDocument": {"Statement": {"Action": "*"}}}]}},
            "Star": {"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": {"Statement": [{"Principal": {"AWS": "*"}}]}}},
            "Not": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
                "PolicyDocument": {"Statement": {"Effect": "Allow", "NotAction": "s3:*"}}}},
            "Key": {"Type": "AWS::IAM::AccessKey"},
        }}));
        let all = review.concerns.join("\n");
        for part in [
            "transform",
            "Open has a fixed name",
            "Open may be taken on by anybody",
            "Open gets AdministratorAccess",
            "Open allows *",
            "Star may be taken on by anybody",
            "Not allows everything but s3:*",
            "Key creates a AWS::IAM::AccessKey",
        ] {
            assert!(all.contains(part), "{part:?} is not in\n{all}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_so() {
        for text in [
            "Resources:\n  A:\n    Type: AWS::IAM::Role\n",
            "[]",
            "",
            "<html>",
            "{\"Resources\": 5}",
        ] {
            let review = Review::read(text.as_bytes());
            assert!(review.not_reviewed.is_some(), "{text:?}");
            assert!(review.roles.is_empty());
        }
    }

    #[test]
    fn odd_shapes_do_not_panic_and_cannot_drive_a_terminal() {
        let review = read(&json!({"Description": 5, "Resources": {
            "a\u{1b}[31m": {"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": "text", "ManagedPolicyArns": {"Ref": "x"},
                "Policies": {"not": "a list"}}},
            "b": null, "c": {"Type": 7, "Properties": []}}}));
        assert!(!review.resources.iter().any(|r| r.id.contains('\u{1b}')));
        assert_eq!(review.roles[0].managed_policies, [r#"{"Ref":"x"}"#]);
    }
}
