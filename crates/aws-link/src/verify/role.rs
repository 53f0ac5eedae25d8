//! The roles that the account names: there, trusting, and with their rights.

use serde_json::Value;

use super::finding::{Check, Finding, few};
use super::link::relink;
use super::observe::{Observation, RoleSeen};
use super::policy::{Action, Grant, Rights, Trust};
use crate::aws::iam::IamRole;
use crate::template::review::one_or_many;

/// The managed policy that the vendor documents for the link.
const DOCUMENTED: &str = "AmazonVPCCrossAccountNetworkInterfaceOperations";

pub(super) fn judge(seen: &Observation) -> Vec<Finding> {
    if seen.roles.is_empty() {
        let account = seen.account.name();
        return vec![Check::RolePresent.not_made(account, "VMware Cloud names no roles")];
    }
    if let Err(why) = &seen.identity {
        let account = seen.account.name();
        return vec![Check::RolePresent.not_made(account, why)];
    }
    let stack = seen.stack.name.as_deref().unwrap_or("none");
    let (template, finding) = match template(seen) {
        Ok(template) => (
            Some(template),
            Check::StackTemplate.passed(stack, "the roles are compared with it"),
        ),
        Err(why) => (None, Check::StackTemplate.not_made(stack, why)),
    };
    let mut findings = vec![finding];
    for role in &seen.roles {
        findings.extend(judge_role(seen, role, template.as_ref()));
    }
    findings
}

fn judge_role(seen: &Observation, role: &RoleSeen, template: Option<&Value>) -> Vec<Finding> {
    let wanted = wanted(seen, role, template);
    let mut findings = Vec::new();
    match &role.role {
        Ok(None) => {
            let finding = Check::RolePresent.failed(&role.name, "there is no such role");
            return vec![relink(finding, seen)];
        }
        Ok(Some(there)) if there.arn != role.arn => {
            let text = format!(
                "the account names {}, and the role of that name is {}",
                role.arn, there.arn
            );
            return vec![relink(Check::RolePresent.failed(&role.name, text), seen)];
        }
        Ok(Some(there)) => {
            findings.push(Check::RolePresent.passed(&role.name, "it is there"));
            findings.push(trust(seen, there, &wanted));
            findings.extend(boundary(there));
        }
        Err(why) => {
            findings.push(Check::RolePresent.not_made(&role.name, why));
            findings.push(Check::RoleTrust.not_made(&role.name, why));
        }
    }
    findings.push(policies(seen, role, &wanted));
    findings.extend(actions(role, &wanted));
    findings
}

/// What the template says of a role, or why that is not known.
type Wanted = Result<WantedRole, &'static str>;

/// A role as its template has it.
#[derive(Debug, Default)]
struct WantedRole {
    trust: Trust,
    /// Names of managed policies.
    managed: Vec<String>,
    rights: Rights,
}

fn template(seen: &Observation) -> Result<Value, String> {
    let text = match (&seen.stack.template, &seen.stack.health) {
        (Some(text), _) => text.as_ref().map_err(Clone::clone)?,
        (None, Some(Err(why))) => return Err(why.clone()),
        (None, _) => return Err("there is no stack to read it from".into()),
    };
    serde_json::from_str(text).map_err(|_| "it is not JSON (YAML?)".into())
}

fn wanted(seen: &Observation, role: &RoleSeen, template: Option<&Value>) -> Wanted {
    let template = template.ok_or("not compared with the template")?;
    let id = logical_id(seen, template, &role.name).ok_or("the template has no such role")?;
    Ok(wanted_role(template, &id))
}

/// The name in the template of a role: as CloudFormation tells, else as it is
/// in the role's own name (`STACK-LogicalId-1A2B3C`).
fn logical_id(seen: &Observation, template: &Value, role: &str) -> Option<String> {
    let resources = seen.stack.resources.iter().flatten().flatten();
    let told = resources
        .filter(|one| one.physical == role)
        .map(|one| one.id.clone())
        .next();
    told.or_else(|| {
        let ids = template.get("Resources")?.as_object()?.iter();
        let mut roles = ids.filter(|(_, one)| kind(one) == "AWS::IAM::Role");
        let (id, _) = roles.find(|(id, _)| role.contains(&format!("-{id}-")))?;
        Some(id.clone())
    })
}

fn kind(resource: &Value) -> &str {
    resource
        .get("Type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn wanted_role(template: &Value, id: &str) -> WantedRole {
    let mut wanted = WantedRole::default();
    let resources = template.get("Resources").and_then(Value::as_object);
    for (name, resource) in resources.into_iter().flatten() {
        let properties = &resource["Properties"];
        match kind(resource) {
            "AWS::IAM::Role" if name == id => {
                wanted.trust = Trust::read(&properties["AssumeRolePolicyDocument"]);
                let managed = one_or_many(properties.get("ManagedPolicyArns"));
                wanted.managed = managed.into_iter().filter_map(policy_name).collect();
                for policy in one_or_many(properties.get("Policies")) {
                    wanted.rights.add(&policy["PolicyDocument"]);
                }
            }
            "AWS::IAM::Policy" if refers(properties.get("Roles"), id) => {
                wanted.rights.add(&properties["PolicyDocument"]);
            }
            "AWS::IAM::RolePolicy" if refers(properties.get("RoleName"), id) => {
                wanted.rights.add(&properties["PolicyDocument"]);
            }
            _ => {}
        }
    }
    wanted
}

fn refers(value: Option<&Value>, id: &str) -> bool {
    let mut refers = one_or_many(value).into_iter();
    refers.any(|one| one.get("Ref").and_then(Value::as_str) == Some(id))
}

/// The last part of a policy's ARN: the same in all partitions. Written with
/// `Fn::Sub` it can be read too, as long as the name itself is no variable.
fn policy_name(arn: &Value) -> Option<String> {
    let text = arn.as_str().or_else(|| arn.get("Fn::Sub")?.as_str())?;
    let name = text.rsplit('/').next()?;
    (!name.contains("${")).then(|| name.to_owned())
}

fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn trust(seen: &Observation, role: &IamRole, wanted: &Wanted) -> Finding {
    if role.trust.is_null() {
        return Check::RoleTrust.not_made(&role.name, "its trust policy cannot be read");
    }
    let link = seen.account.link();
    let named = link.and_then(|link| link.policy_external_id.as_deref());
    let live = Trust::read(&role.trust);
    let none = Trust::default();
    let template = wanted.as_ref().map_or(&none, |wanted| &wanted.trust);
    let (mut bad, mut odd) = (Vec::new(), Vec::new());
    for expected in &template.grants {
        let who = &expected.who;
        let grants: Vec<&Grant> = live
            .grants
            .iter()
            .filter(|grant| grant.who == *who)
            .collect();
        if grants.is_empty() {
            bad.push(format!("it does not trust {who}"));
        } else {
            bad.extend(external_id(who, &grants, expected, named));
        }
        if live
            .denied
            .iter()
            .any(|denied| denied == who || is_anybody(denied))
        {
            bad.push(format!("it denies {who}"));
        }
        let more = grants
            .iter()
            .flat_map(|grant| &grant.conditions)
            .filter(|key| !expected.conditions.contains(key));
        odd.extend(more.map(|key| format!("it trusts {who} only under a condition ({key})")));
    }
    // Whom a template leaves open is among those that are more.
    let known = !template.grants.is_empty() && template.open == 0;
    for grant in &live.grants {
        let expected = template
            .grants
            .iter()
            .any(|expected| expected.who == grant.who);
        if is_anybody(&grant.who) && !expected {
            bad.push("it trusts anybody".into());
        } else if known && !expected {
            odd.push(format!("it trusts {} as well", grant.who));
        }
    }
    if template.grants.is_empty() {
        if live.grants.is_empty() {
            bad.push("it trusts nobody".into());
        } else if let Some(named) = named
            && !live
                .grants
                .iter()
                .any(|grant| grant.external_ids.iter().any(|id| id == named))
        {
            bad.push(format!("it does not ask for the external id {named}"));
        }
    }
    let show = match &seen.stack.health {
        Some(Ok(Some(health))) => format!(
            " To see the template: aws cloudformation get-template --region {} --stack-name {}",
            health.stack.region, health.stack.name
        ),
        _ => String::new(),
    };
    let advice = format!("Put its trust policy back as the template has it.{show}");
    if !bad.is_empty() {
        bad.append(&mut odd);
        return Check::RoleTrust
            .failed(&role.name, few(&bad))
            .advice(advice);
    }
    if !odd.is_empty() {
        return Check::RoleTrust
            .warned(&role.name, few(&odd))
            .advice(advice);
    }
    let who: Vec<&String> = live.grants.iter().map(|grant| &grant.who).collect();
    let text = match (wanted, template.grants.is_empty()) {
        (Err(why), _) => format!("it trusts {}; {why}", few(&who)),
        (Ok(_), true) => format!("it trusts {}; the template leaves open whom", few(&who)),
        (Ok(_), false) => format!("it trusts {}", few(&who)),
    };
    Check::RoleTrust.passed(&role.name, text)
}

fn is_anybody(who: &str) -> bool {
    who == "*" || who == "AWS *"
}

/// What is wrong with the external id that a role asks for.
fn external_id(
    who: &str,
    grants: &[&Grant],
    expected: &Grant,
    named: Option<&str>,
) -> Option<String> {
    let fits = |grant: &&&Grant| match named {
        Some(named) => grant.external_ids.iter().any(|id| id == named),
        None => grant.external_ids == expected.external_ids,
    };
    if grants.iter().any(|grant| fits(&grant)) {
        return None;
    }
    let open = grants.iter().any(|grant| grant.external_ids.is_empty());
    if open {
        let asked = !expected.external_ids.is_empty();
        return asked.then(|| format!("it trusts {who} without asking for the external id"));
    }
    let asked: Vec<&String> = grants
        .iter()
        .flat_map(|grant| &grant.external_ids)
        .collect();
    let wanted = named.map_or_else(|| few(&expected.external_ids), str::to_owned);
    Some(format!(
        "it asks for the external id {}, and VMware Cloud gives {wanted}",
        few(&asked)
    ))
}

fn boundary(role: &IamRole) -> Option<Finding> {
    let limit = role.boundary.as_deref()?;
    let finding = Check::RoleBoundary
        .warned(
            &role.name,
            format!("the permissions boundary {limit} limits it"),
        )
        .advice("Rights that the boundary does not have are of no use to the role.");
    Some(finding)
}

fn policies(seen: &Observation, role: &RoleSeen, wanted: &Wanted) -> Finding {
    let there = match &role.managed {
        Ok(there) => there,
        Err(why) => return Check::RolePolicies.not_made(&role.name, why),
    };
    let has = |name: &str| there.iter().any(|arn| name_of(arn) == name);
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(why) => return documented(seen, role, has(DOCUMENTED), why),
    };
    let missing: Vec<&String> = wanted.managed.iter().filter(|name| !has(name)).collect();
    if let Some(first) = missing.first() {
        let partition = role.arn.split(':').nth(1).unwrap_or("aws");
        return Check::RolePolicies
            .failed(&role.name, format!("not attached is {}", few(&missing)))
            .fix(format!(
                "aws iam attach-role-policy --role-name {} --policy-arn arn:{partition}:iam::aws:policy/{first}",
                role.name
            ));
    }
    let names: Vec<&str> = there.iter().map(|arn| name_of(arn)).collect();
    let more: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !wanted.managed.iter().any(|wanted| wanted == name))
        .collect();
    let text = match (&names[..], &more[..]) {
        ([], _) => "none is wanted".to_owned(),
        (_, []) => format!("attached is {}", few(&names)),
        (_, more) => format!(
            "attached is {}; the template has no {}",
            few(&names),
            few(more)
        ),
    };
    Check::RolePolicies.passed(&role.name, text)
}

/// Without the template it is known which policy some role has, and not which.
fn documented(seen: &Observation, role: &RoleSeen, has: bool, why: &str) -> Finding {
    let text = |text: &str| format!("{DOCUMENTED} {text}; {why}");
    // What another role has, or may have.
    let elsewhere = seen.roles.iter().any(|other| {
        let attached = |arns: &Vec<String>| arns.iter().any(|arn| name_of(arn) == DOCUMENTED);
        other.name != role.name && other.managed.as_ref().map_or(true, attached)
    });
    match (has, elsewhere) {
        (true, _) => Check::RolePolicies.passed(&role.name, text("is attached")),
        (false, true) => Check::RolePolicies
            .warned(&role.name, text("is not attached to this role"))
            .advice("The template tells which roles need it."),
        (false, false) => Check::RolePolicies
            .failed(&role.name, text("is attached to none of the roles"))
            .advice("The template tells which roles need it."),
    }
}

/// `None` where there is nothing that could be said without the template.
fn actions(role: &RoleSeen, wanted: &Wanted) -> Option<Finding> {
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(why) => return Some(Check::RoleActions.not_made(&role.name, why)),
    };
    let all: Vec<&Action> = wanted.rights.allowed().collect();
    if all.is_empty() {
        return None;
    }
    let inline = match &role.inline {
        Ok(inline) => inline,
        Err(why) => return Some(Check::RoleActions.not_made(&role.name, why)),
    };
    if let Some(policy) = inline.iter().find(|policy| policy.document.is_null()) {
        let why = format!("the policy {} cannot be read", policy.name);
        return Some(Check::RoleActions.not_made(&role.name, why));
    }
    let mut live = Rights::default();
    for policy in inline {
        live.add(&policy.document);
    }
    let mut missing: Vec<&str> = all
        .iter()
        .filter(|action| !live.allow(action))
        .map(|action| action.name.as_str())
        .collect();
    missing.dedup();
    if !missing.is_empty() {
        let finding = Check::RoleActions
            .failed(&role.name, format!("its own policies do not allow {}", few(&missing)))
            .advice(format!(
                "Put its inline policies back as the template has them. To see them: aws iam list-role-policies \
                 --role-name {}",
                role.name
            ));
        return Some(finding);
    }
    let count = all.len();
    Some(Check::RoleActions.passed(
        &role.name,
        format!("all actions of the template are allowed ({count})"),
    ))
}
