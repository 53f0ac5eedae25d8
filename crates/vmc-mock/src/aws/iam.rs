//! IAM: looking at roles.

use super::{
    Aws,
    cloudformation::required,
    pages,
    query::{error, invalid},
    xml::{leaf, members, node, optional},
};
use crate::{
    answer::{Answer, Outcome},
    world::IamRole,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub(crate) fn get_role(aws: &mut Aws<'_>) -> Outcome {
    let role = find(aws)?;
    let inner = [
        leaf("Path", "/"),
        leaf("RoleName", &role.name),
        leaf("RoleId", &role_id(role)),
        leaf("Arn", &role.arn),
        leaf("CreateDate", &role.created.seconds()),
        leaf("AssumeRolePolicyDocument", &encoded(&role.trust)),
        leaf("MaxSessionDuration", "3600"),
    ];
    aws.answer(&node("Role", &inner.concat()))
}

pub(crate) fn list_attached_role_policies(aws: &mut Aws<'_>) -> Outcome {
    let role = find(aws)?;
    let prefix = aws.param("PathPrefix").unwrap_or("/");
    let policies = role.managed.iter();
    let policies = policies.filter(|arn| path(arn).starts_with(prefix));
    let policies = policies.map(|arn| {
        let name = arn.rsplit('/').next().unwrap_or_default();
        leaf("PolicyName", name) + &leaf("PolicyArn", arn)
    });
    page(aws, "AttachedPolicies", policies.collect())
}

pub(crate) fn list_role_policies(aws: &mut Aws<'_>) -> Outcome {
    let role = find(aws)?;
    let names = role.inline.keys().map(|name| super::xml::escape(name));
    page(aws, "PolicyNames", names.collect())
}

pub(crate) fn get_role_policy(aws: &mut Aws<'_>) -> Outcome {
    let role = find(aws)?;
    let name = required(aws, "PolicyName")?;
    let Some(document) = role.inline.get(name) else {
        let text = format!("The role policy with name {name} cannot be found.");
        return Err(no_such_entity(&text));
    };
    let inner = [
        leaf("RoleName", &role.name),
        leaf("PolicyName", name),
        leaf("PolicyDocument", &encoded(document)),
    ];
    aws.answer(&inner.concat())
}

/// `/service-role/` of a policy that is named like that.
fn path(arn: &str) -> &str {
    let (_, name) = arn.split_once(":policy").unwrap_or_default();
    name.rsplit_once('/')
        .and_then(|(path, _)| name.get(..=path.len()))
        .unwrap_or("/")
}

/// A part of a list: `MaxItems` at a time, from `Marker` on.
fn page(aws: &Aws<'_>, name: &str, items: Vec<String>) -> Outcome {
    let most = pages::limit(aws, "MaxItems", 1000)?.unwrap_or(100);
    let part = pages::part(aws, aws.param("Marker"), items.len(), most)
        .ok_or_else(|| invalid("Invalid Marker."))?;
    let truncated = if part.next.is_some() { "true" } else { "false" };
    let inner = [
        members(name, part.of(items)),
        leaf("IsTruncated", truncated),
        optional("Marker", part.next.as_deref()),
    ];
    aws.answer(&inner.concat())
}

fn find<'a>(aws: &'a Aws<'_>) -> Result<&'a IamRole, Answer> {
    let name = required(aws, "RoleName")?;
    let mut rows = aws.world.iam_roles.iter();
    rows.find(|role| role.account == aws.caller.account && role.name == name)
        .ok_or_else(|| no_such_entity(&format!("The role with name {name} cannot be found.")))
}

fn no_such_entity(text: &str) -> Answer {
    error(404, "NoSuchEntity", text)
}

fn role_id(role: &IamRole) -> String {
    let digest = Sha256::digest(role.arn.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("AROA{}", hex.get(..17).unwrap_or_default())
}

/// Documents are URL-encoded in IAM's answers.
fn encoded(document: &Value) -> String {
    utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string()
}
