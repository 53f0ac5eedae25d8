//! IAM: looking at roles.

use super::{
    Aws,
    cloudformation::required,
    query::error,
    xml::{leaf, members, node},
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
    let policies = role.managed.iter().map(|arn| {
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

/// A part of a list: `MaxItems` at a time, from `Marker` on.
fn page(aws: &Aws<'_>, name: &str, items: Vec<String>) -> Outcome {
    let number = |name: &str| aws.param(name).and_then(|text| text.parse::<usize>().ok());
    let from = number("Marker").unwrap_or(0);
    let until = from.saturating_add(number("MaxItems").unwrap_or(100).max(1));
    let more = until < items.len();
    let count = until - from;
    let mut inner = members(name, items.into_iter().skip(from).take(count));
    inner += &leaf("IsTruncated", if more { "true" } else { "false" });
    if more {
        inner += &leaf("Marker", &until.to_string());
    }
    aws.answer(&inner)
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
