//! The rights that CloudFormation takes from its caller to make and delete what is in a stack. As
//! its resource types document them, without those for reading and tagging.

use super::{Identity, timeline};
use crate::world::{Plan, ROLE, Stack};
use serde_json::Value;

const FUNCTION: &str = "AWS::Lambda::Function";

/// The misfortune of a stack whose caller may not make one of its resources.
pub(crate) fn making(caller: &Identity, stack: &Stack) -> Option<Plan> {
    let (resource, reason) = forbidden(caller, stack, |type_, properties| {
        let some = |name: &str| {
            properties[name]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        };
        match type_ {
            ROLE => vec![
                ("iam", "CreateRole", true),
                ("iam", "PutRolePolicy", some("Policies")),
                ("iam", "AttachRolePolicy", some("ManagedPolicyArns")),
            ],
            FUNCTION => vec![
                ("iam", "PassRole", true),
                ("lambda", "CreateFunction", true),
            ],
            custom if custom.starts_with("Custom::") => vec![("lambda", "InvokeFunction", true)],
            _ => Vec::new(),
        }
    })?;
    Some(Plan::ResourceFails { resource, reason })
}

/// The misfortune of a stack whose caller may not delete one of its resources.
pub(crate) fn deleting(caller: &Identity, stack: &Stack) -> Option<Plan> {
    let (resource, reason) = forbidden(caller, stack, |type_, properties| {
        let some = |name: &str| {
            properties[name]
                .as_array()
                .is_some_and(|all| !all.is_empty())
        };
        match type_ {
            ROLE => vec![
                ("iam", "DeleteRolePolicy", some("Policies")),
                ("iam", "DetachRolePolicy", some("ManagedPolicyArns")),
                ("iam", "DeleteRole", true),
            ],
            FUNCTION => vec![("lambda", "DeleteFunction", true)],
            custom if custom.starts_with("Custom::") => vec![("lambda", "InvokeFunction", true)],
            _ => Vec::new(),
        }
    })?;
    Some(Plan::ResourceStays { resource, reason })
}

type Needed = (&'static str, &'static str, bool);

/// The ARN of a role of a stack's account.
pub(crate) fn role_arn(stack: &Stack, name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", stack.account)
}

/// The first resource that wants a right which the caller lacks, and what IAM says to it.
fn forbidden(
    caller: &Identity,
    stack: &Stack,
    needed: impl Fn(&str, &Value) -> Vec<Needed>,
) -> Option<(String, String)> {
    let resources = stack.template["Resources"].as_object()?;
    resources.iter().find_map(|(name, resource)| {
        let type_ = resource["Type"].as_str().unwrap_or_default();
        let properties = &resource["Properties"];
        // What IAM is asked about: the role itself, or the one that a function runs with.
        let role = match type_ {
            ROLE => Some(name.as_str()),
            _ => properties["Role"]["Fn::GetAtt"][0].as_str(),
        };
        let role = role.map(|role| role_arn(stack, &timeline::physical_name(stack, role, ROLE)));
        needed(type_, properties)
            .into_iter()
            .filter(|(.., wanted)| *wanted)
            .find_map(|(service, action, _)| {
                let resource = role.as_deref().filter(|_| service == "iam");
                let refusal = caller.refusal(service, action, resource)?;
                Some((name.clone(), format!("API: {service}:{action} {refusal}")))
            })
    })
}
