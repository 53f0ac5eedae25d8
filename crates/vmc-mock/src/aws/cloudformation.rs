//! CloudFormation: making and deleting stacks, looking at templates.

use super::{
    Aws,
    query::{error, invalid},
    resource_rights, template, timeline,
    xml::{leaf, members, optional},
};
use crate::{
    answer::{Answer, Outcome},
    world::Stack,
};
use serde_json::{Value, json};

pub(crate) fn create_stack(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?.to_owned();
    check_name("stackName", &name)?;
    let token = aws.param("ClientRequestToken").map(str::to_owned);
    let request = request_text(aws);
    if let Some(answer) = repeated(aws, &name, token.as_deref(), &request)? {
        return aws.answer(&answer);
    }
    let template = template::read(aws)?;
    if find(aws, &name).is_some() {
        return Err(error(
            400,
            "AlreadyExistsException",
            &format!("Stack [{name}] already exists"),
        ));
    }
    check_template(aws, &template)?;
    let uuid = aws.world.new_id();
    let id = aws.stack_id(&name, &uuid);
    let on_failure = match (aws.param("OnFailure"), aws.param("DisableRollback")) {
        (Some(_), Some(_)) => {
            return Err(invalid(
                "You can specify either DisableRollback or OnFailure, but not both.",
            ));
        }
        (Some(what), _) => what,
        (None, Some("true")) => "DO_NOTHING",
        (None, _) => "ROLLBACK",
    };
    let stack = Stack {
        id: id.clone(),
        name: name.clone(),
        account: aws.caller.account.clone(),
        region: aws.caller.region.clone(),
        token,
        request,
        template,
        capabilities: aws.members("Capabilities"),
        tags: aws.pairs("Tags", "Key", "Value"),
        parameters: aws.pairs("Parameters", "ParameterKey", "ParameterValue"),
        on_failure: on_failure.into(),
        created: aws.now,
        protected: aws.param("EnableTerminationProtection") == Some("true"),
        ..Stack::default()
    };
    let details = json!({"id": id, "name": name, "account": stack.account, "region": stack.region});
    aws.world.effect(aws.now, "stack.created", details);
    if let Some(plan) = resource_rights::making(&aws.caller, &stack) {
        aws.world.plans.insert(0, plan);
    }
    timeline::create(aws.world, stack);
    aws.answer(&leaf("StackId", &id))
}

/// Whether a template may be run: with these capabilities, in this region.
pub(crate) fn check_template(aws: &Aws<'_>, template: &Value) -> Result<(), Answer> {
    let given = aws.members("Capabilities");
    if let Some(needed) = capabilities(template)
        && !given
            .iter()
            .any(|one| one == needed || one == "CAPABILITY_NAMED_IAM")
    {
        let text = format!("Requires capabilities : [{needed}]");
        return Err(error(400, "InsufficientCapabilitiesException", &text));
    }
    let wanted = aws.settings.link_stack_region.as_str();
    if !wanted.is_empty() && wanted != aws.caller.region {
        return Err(invalid(&format!("The template must be run in {wanted}.")));
    }
    Ok(())
}

/// A request that was answered before: AWS promises that one with the same token, repeated for
/// the same stack, does not start another. What else a used token may do is not published: it is
/// refused here.
fn repeated(
    aws: &Aws<'_>,
    name: &str,
    token: Option<&str>,
    request: &str,
) -> Result<Option<String>, Answer> {
    let Some(token) = token else { return Ok(None) };
    let known = aws.world.stacks.iter().find(|stack| {
        stack.account == aws.caller.account
            && stack.region == aws.caller.region
            && stack.token.as_deref() == Some(token)
    });
    match known {
        None => Ok(None),
        Some(stack)
            if stack.name == name && stack.request == request && !stack.is_deleted(aws.now) =>
        {
            Ok(Some(leaf("StackId", &stack.id)))
        }
        Some(_) => Err(error(
            400,
            "TokenAlreadyExistsException",
            &format!("Client request token {token} has been used already"),
        )),
    }
}

/// What a repeated request must have in common with the first.
fn request_text(aws: &Aws<'_>) -> String {
    let mut params: Vec<String> = aws
        .params
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    params.sort();
    params.join("&")
}

pub(crate) fn delete_stack(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?.to_owned();
    let token = aws.param("ClientRequestToken").map(str::to_owned);
    // Deleting what is not there succeeds.
    if let Some(stack) = find(aws, &name) {
        let (id, own, now) = (stack.id.clone(), stack.name.clone(), aws.now);
        let status = stack.status(now).to_owned();
        let forbidden = resource_rights::deleting(&aws.caller, stack);
        if stack.protected {
            return Err(invalid(&format!(
                "Stack [{own}] cannot be deleted while TerminationProtection is enabled"
            )));
        }
        let retained = aws.members("RetainResources");
        if !retained.is_empty() && status != "DELETE_FAILED" {
            return Err(invalid(&format!(
                "Invalid operation on stack [{id}]. When you delete a stack, specify which \
                 resources to retain only when the stack is in the DELETE_FAILED state."
            )));
        }
        let details = json!({"id": id, "name": own});
        match status.as_str() {
            "DELETE_IN_PROGRESS" | "DELETE_COMPLETE" => {}
            "REVIEW_IN_PROGRESS" => {
                timeline::discard(aws.world, &id, now);
                aws.world.effect(now, "stack.delete_complete", details);
            }
            _ => {
                aws.world.effect(now, "stack.deleting", details);
                if let Some(plan) = forbidden {
                    aws.world.plans.insert(0, plan);
                }
                timeline::delete(aws.world, &id, token, &retained, now);
            }
        }
    }
    aws.answer("")
}

pub(crate) fn update_termination_protection(aws: &mut Aws<'_>) -> Outcome {
    let name = required(aws, "StackName")?;
    let enable = required(aws, "EnableTerminationProtection")? == "true";
    let stack = find(aws, name).filter(|stack| !stack.is_deleted(aws.now));
    let id = stack.ok_or_else(|| missing(name))?.id.clone();
    if let Some(stack) = aws.world.stacks.get_mut(&id) {
        stack.protected = enable;
    }
    aws.answer(&leaf("StackId", &id))
}

pub(crate) fn get_template_summary(aws: &mut Aws<'_>) -> Outcome {
    let template = match aws.param("StackName") {
        Some(name) => match find(aws, name) {
            Some(stack) => stack.template.clone(),
            None => return Err(missing(name)),
        },
        None => template::read(aws)?,
    };
    let mut types: Vec<String> = template["Resources"]
        .as_object()
        .into_iter()
        .flat_map(serde_json::Map::values)
        .filter_map(|resource| resource["Type"].as_str().map(str::to_owned))
        .collect();
    types.sort();
    types.dedup();
    let inner = summary(&template) + &plain_members("ResourceTypes", &types);
    aws.answer(&(inner + &optional("Version", template["AWSTemplateFormatVersion"].as_str())))
}

pub(crate) fn validate_template(aws: &mut Aws<'_>) -> Outcome {
    let template = template::read(aws)?;
    aws.answer(&summary(&template))
}

fn summary(template: &Value) -> String {
    let parameters = template["Parameters"].as_object();
    let parameters = parameters.into_iter().flatten().map(|(name, parameter)| {
        leaf("ParameterKey", name)
            + &optional("DefaultValue", parameter["Default"].as_str())
            + &leaf("NoEcho", "false")
            + &optional("Description", parameter["Description"].as_str())
    });
    let needed: Vec<String> = capabilities(template)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let reason = (!needed.is_empty())
        .then_some("The following resource(s) require capabilities: [AWS::IAM::Role]");
    members("Parameters", parameters)
        + &optional("Description", template["Description"].as_str())
        + &plain_members("Capabilities", &needed)
        + &optional("CapabilitiesReason", reason)
}

pub(crate) fn plain_members(name: &str, items: &[String]) -> String {
    let inner: String = items.iter().map(|item| leaf("member", item)).collect();
    super::xml::node(name, &inner)
}

/// The capability a template needs: roles need CAPABILITY_IAM, named ones the other.
fn capabilities(template: &Value) -> Option<&'static str> {
    let resources = template["Resources"].as_object()?;
    let mut iam = resources
        .values()
        .filter(|resource| {
            resource["Type"]
                .as_str()
                .is_some_and(|type_| type_.starts_with("AWS::IAM::"))
        })
        .peekable();
    iam.peek()?;
    let named = iam.any(|resource| {
        ["RoleName", "PolicyName", "UserName", "GroupName"]
            .iter()
            .any(|name| resource["Properties"][name].is_string())
    });
    Some(if named {
        "CAPABILITY_NAMED_IAM"
    } else {
        "CAPABILITY_IAM"
    })
}

/// A stack of the caller's account and region: by name if it is not deleted, by id always.
pub(crate) fn find<'a>(aws: &'a Aws<'_>, name: &str) -> Option<&'a Stack> {
    aws.world.stacks.iter().find(|stack| {
        stack.account == aws.caller.account
            && stack.region == aws.caller.region
            && (stack.id == name || stack.name == name && !stack.is_deleted(aws.now))
    })
}

pub(crate) fn missing(name: &str) -> Answer {
    invalid(&format!("Stack with id {name} does not exist"))
}

pub(crate) fn required<'a>(aws: &'a Aws<'_>, name: &str) -> Result<&'a str, Answer> {
    aws.param(name).ok_or_else(|| {
        let camel =
            name.get(..1).unwrap_or_default().to_lowercase() + name.get(1..).unwrap_or_default();
        invalid(&format!(
            "1 validation error detected: Value null at '{camel}' failed to satisfy constraint: \
             Member must not be null"
        ))
    })
}

/// Whether `member` has a name that it can have.
pub(crate) fn check_name(member: &str, name: &str) -> Result<(), Answer> {
    let good = name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if good {
        return Ok(());
    }
    Err(invalid(&format!(
        "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    )))
}
