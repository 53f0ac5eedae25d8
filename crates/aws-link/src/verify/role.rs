//! The roles that the account names: there, trusting, and with their rights.

use std::collections::BTreeSet;

use serde_json::Value;

use super::finding::{Check, Finding, few};
use super::link::relink;
use super::managed::{self, Managed};
use super::observe::{Observation, RoleSeen};
use super::policy::{Action, Rights, Verdict};
use super::trust::{Grant, Trust};
use crate::aws::iam::IamRole;
use crate::template::review::one_or_many;

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
    let named = wanted.as_ref().map(|wanted| &wanted.managed);
    findings.push(managed::judge(seen, role, named.map_err(|why| *why)));
    findings.extend(actions(role, &wanted));
    findings
}

/// What the template says of a role, or why that is not known.
type Wanted = Result<WantedRole, &'static str>;

/// A role as its template has it.
#[derive(Debug, Default)]
struct WantedRole {
    trust: Trust,
    managed: Managed,
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
    Ok(wanted_role(template, &id, &role.arn))
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

fn wanted_role(template: &Value, id: &str, arn: &str) -> WantedRole {
    let mut wanted = WantedRole::default();
    let resources = template.get("Resources").and_then(Value::as_object);
    for (name, resource) in resources.into_iter().flatten() {
        let properties = &resource["Properties"];
        match kind(resource) {
            "AWS::IAM::Role" if name == id => {
                wanted.trust = Trust::read(&properties["AssumeRolePolicyDocument"]);
                wanted.managed = Managed::read(properties.get("ManagedPolicyArns"), arn);
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

fn trust(seen: &Observation, role: &IamRole, wanted: &Wanted) -> Finding {
    if role.trust.is_null() {
        return Check::RoleTrust.not_made(&role.name, "its trust policy cannot be read");
    }
    let link = seen.account.link();
    let named = link.and_then(|link| link.policy_external_id.as_deref());
    let live = Trust::read(&role.trust);
    let none = Trust::default();
    let template = wanted.as_ref().map_or(&none, |wanted| &wanted.trust);
    let (mut bad, mut odd, mut unsure) = (Vec::new(), Vec::new(), Vec::new());
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
            external_id(who, &grants, expected, named, &mut bad, &mut odd);
        }
        bad.extend(denied(who, &live));
        odd.extend(denied_if(who, &live, &template.denied_if));
        let more = grants
            .iter()
            .flat_map(|grant| &grant.conditions)
            .filter(|key| !expected.conditions.contains(key));
        odd.extend(more.map(|key| format!("it trusts {who} only under a condition ({key})")));
    }
    let asks = |grant: &Grant| {
        let mut ids = grant.external_ids.iter();
        named.is_some_and(|named| ids.len() > 0 && ids.all(|id| id == named))
    };
    for grant in &live.grants {
        let who = &grant.who;
        if template.grants.iter().any(|expected| expected.who == *who) {
            continue;
        }
        if is_anybody(who) {
            bad.push("it trusts anybody".into());
        } else if !template.grants.is_empty() && template.open == 0 {
            odd.push(format!("it trusts {who} as well"));
        } else if named.is_none() {
            unsure.push(who.as_str());
        } else if !asks(grant) {
            odd.push(format!("it trusts {who} with another external id, or none"));
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
        for grant in &live.grants {
            bad.extend(denied(&grant.who, &live));
            odd.extend(denied_if(&grant.who, &live, &[]));
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
    if !unsure.is_empty() {
        let why = wanted.as_ref().err().copied();
        let why = why.unwrap_or("the template leaves open whom");
        let text = format!("whether to trust {} is not known: {why}", few(&unsure));
        return Check::RoleTrust.not_made(&role.name, text);
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

fn denied(who: &str, live: &Trust) -> Option<String> {
    let mut denied = live.denied.iter();
    let is_denied = denied.any(|denied| denied == who || is_anybody(denied));
    is_denied.then(|| format!("it denies {who}"))
}

/// Conditions under which somebody is denied, other than the template's.
fn denied_if(who: &str, live: &Trust, template: &[(String, Vec<String>)]) -> Vec<String> {
    let hits = live
        .denied_if
        .iter()
        .filter(|denied| (denied.0 == who || is_anybody(&denied.0)) && !template.contains(denied));
    hits.map(|(_, keys)| format!("it denies {who} under a condition ({})", few(keys)))
        .collect()
}

/// What is wrong, or odd, with the external ids that a role asks somebody for.
fn external_id(
    who: &str,
    grants: &[&Grant],
    expected: &Grant,
    named: Option<&str>,
    bad: &mut Vec<String>,
    odd: &mut Vec<String>,
) {
    let is_right = |id: &String| match named {
        Some(named) => id == named,
        None => expected.external_ids.contains(id),
    };
    let fits = |grant: &Grant| match named {
        Some(_) => grant.external_ids.iter().any(is_right),
        None => grant.external_ids == expected.external_ids,
    };
    let asked = grants.iter().flat_map(|grant| &grant.external_ids);
    let asked: Vec<&String> = asked.collect();
    let is_wanted = !expected.external_ids.is_empty();
    let open = grants.iter().any(|grant| grant.external_ids.is_empty());
    if grants.iter().any(|grant| fits(grant)) {
        if open && is_wanted {
            odd.push(format!(
                "it trusts {who} also without asking for the external id"
            ));
        }
        let others = asked.into_iter();
        let others: Vec<&String> = others
            .filter(|id| !is_right(id) && !expected.external_ids.contains(id))
            .collect();
        if !others.is_empty() {
            odd.push(format!(
                "it takes the external id {} of {who} as well",
                few(&others)
            ));
        }
    } else if open {
        if is_wanted {
            bad.push(format!(
                "it trusts {who} without asking for the external id"
            ));
        }
    } else {
        let wanted = named.map_or_else(|| few(&expected.external_ids), str::to_owned);
        bad.push(format!(
            "it asks for the external id {}, and VMware Cloud gives {wanted}",
            few(&asked)
        ));
    }
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

/// `None` where there is nothing that could be said without the template.
fn actions(role: &RoleSeen, wanted: &Wanted) -> Option<Finding> {
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(why) => return Some(Check::RoleActions.not_made(&role.name, why)),
    };
    let all: BTreeSet<Action> = wanted.rights.allowed();
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
    // What others attach is not read.
    let unread = match &role.managed {
        Ok(there) => wanted.managed.more(there),
        Err(why) => return Some(Check::RoleActions.not_made(&role.name, why)),
    };
    let (mut bad, mut odd) = (BTreeSet::new(), BTreeSet::new());
    for action in &all {
        let name = &action.name;
        match live.allow(action, &wanted.rights) {
            Verdict::Allowed => {}
            Verdict::Missing => drop(bad.insert(name.clone())),
            Verdict::Denied(what) => drop(bad.insert(format!("{name} ({what} is denied)"))),
            Verdict::Depends(why) => drop(odd.insert(format!("{name} ({why})"))),
        }
    }
    let list = |actions: BTreeSet<String>| few(&actions.into_iter().collect::<Vec<_>>());
    let advice = format!(
        "Put its inline policies back as the template has them. To see them: aws iam list-role-policies \
         --role-name {}",
        role.name
    );
    if !bad.is_empty() {
        let text = format!("its own policies do not allow {}", list(bad));
        let finding = match &unread[..] {
            [] => Check::RoleActions.failed(&role.name, text),
            more => Check::RoleActions.warned(
                &role.name,
                format!("{text}; {} may, and is not read", few(more)),
            ),
        };
        return Some(finding.advice(advice));
    }
    if !odd.is_empty() {
        let text = format!("it depends: {}", list(odd));
        return Some(Check::RoleActions.warned(&role.name, text).advice(advice));
    }
    if !unread.is_empty() {
        let why = format!(
            "its own policies allow all; {} may deny, and is not read",
            few(&unread)
        );
        return Some(Check::RoleActions.not_made(&role.name, why));
    }
    let count = all.len();
    Some(Check::RoleActions.passed(
        &role.name,
        format!("all actions of the template are allowed ({count})"),
    ))
}
