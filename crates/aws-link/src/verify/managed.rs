//! The managed policies of a role, against those that its template names.

use serde_json::Value;

use super::finding::{Check, Finding, few};
use super::observe::{Observation, RoleSeen};
use crate::template::review::one_or_many;

/// The managed policy that the vendor documents for the link.
const DOCUMENTED: &str = "iam::aws:policy/AmazonVPCCrossAccountNetworkInterfaceOperations";

/// The managed policies that a template names, by owner and path
/// (`iam::aws:policy/service-role/NAME`): the same in all partitions.
#[derive(Debug, Default)]
pub(super) struct Managed {
    known: Vec<String>,
    /// Those that are not known before the template runs.
    open: usize,
}

impl Managed {
    /// `role` is the ARN of the role that has them.
    pub(super) fn read(arns: Option<&Value>, role: &str) -> Self {
        let mut managed = Self::default();
        for arn in one_or_many(arns) {
            let text = text(arn).map(|text| filled(&text, role));
            match text.as_deref().map(tail) {
                Some(tail) if !tail.contains("${") => managed.known.push(tail.to_owned()),
                _ => managed.open += 1,
            }
        }
        managed
    }

    /// Of these ARNs those that the template does not name.
    pub(super) fn more<'a>(&self, arns: &'a [String]) -> Vec<&'a str> {
        let more = arns.iter().filter(|arn| !self.names(arn));
        more.map(|arn| word(tail(arn))).collect()
    }

    fn names(&self, arn: &str) -> bool {
        self.known.iter().any(|known| known == tail(arn))
    }
}

/// An ARN as it is written, with `${Name}` for what is filled in later: a text,
/// `Fn::Sub`, or `Fn::Join` of texts and references.
fn text(arn: &Value) -> Option<String> {
    if let Some(text) = arn.as_str() {
        return Some(text.to_owned());
    }
    if let Some(sub) = arn.get("Fn::Sub") {
        let text = sub.as_str().or_else(|| sub.get(0)?.as_str())?;
        return Some(text.to_owned());
    }
    let join = arn.get("Fn::Join")?;
    let parts = join.get(1)?.as_array()?.iter().map(|part| {
        let reference = || Some(format!("${{{}}}", part.get("Ref")?.as_str()?));
        part.as_str().map(str::to_owned).or_else(reference)
    });
    Some(
        parts
            .collect::<Option<Vec<_>>>()?
            .join(join.get(0)?.as_str()?),
    )
}

/// With the partition and the account of the role.
fn filled(text: &str, role: &str) -> String {
    let mut parts = role.split(':');
    let partition = parts.nth(1).unwrap_or("aws");
    let account = parts.nth(2).unwrap_or_default();
    text.replace("${AWS::Partition}", partition)
        .replace("${AWS::AccountId}", account)
}

/// An ARN without its partition.
fn tail(arn: &str) -> &str {
    arn.splitn(3, ':').nth(2).unwrap_or(arn)
}

/// What people call it: AWS's own by their paths, others with their owners.
fn word(tail: &str) -> &str {
    tail.strip_prefix("iam::aws:policy/").unwrap_or(tail)
}

pub(super) fn judge(
    seen: &Observation,
    role: &RoleSeen,
    wanted: Result<&Managed, &str>,
) -> Finding {
    let there = match &role.managed {
        Ok(there) => there,
        Err(why) => return Check::RolePolicies.not_made(&role.name, why),
    };
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(why) => return documented(seen, role, has(there, DOCUMENTED), why),
    };
    let missing = wanted.known.iter().filter(|known| !has(there, known));
    let missing: Vec<&str> = missing.map(String::as_str).collect();
    if let Some(first) = missing.first() {
        let partition = role.arn.split(':').nth(1).unwrap_or("aws");
        let names: Vec<&str> = missing.iter().map(|tail| word(tail)).collect();
        return Check::RolePolicies
            .failed(&role.name, format!("not attached is {}", few(&names)))
            .fix(format!(
                "aws iam attach-role-policy --role-name {} --policy-arn arn:{partition}:{first}",
                role.name
            ));
    }
    let names: Vec<&str> = there.iter().map(|arn| word(tail(arn))).collect();
    if wanted.open > 0 {
        let text = match &names[..] {
            [] => "none is attached".to_owned(),
            names => format!("attached is {}", few(names)),
        };
        let why = format!("{text}; the template leaves {} open", wanted.open);
        return Check::RolePolicies.not_made(&role.name, why);
    }
    let text = match (&names[..], &wanted.more(there)[..]) {
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

fn has(arns: &[String], known: &str) -> bool {
    arns.iter().any(|arn| tail(arn) == known)
}

/// Without the template it is known which policy some role has, and not which.
fn documented(seen: &Observation, role: &RoleSeen, is_attached: bool, why: &str) -> Finding {
    let text = |text: &str| format!("{} {text}; {why}", word(DOCUMENTED));
    // What another role has, or may have.
    let elsewhere = seen.roles.iter().any(|other| {
        let attached = |arns: &Vec<String>| has(arns, DOCUMENTED);
        other.name != role.name && other.managed.as_ref().map_or(true, attached)
    });
    match (is_attached, elsewhere) {
        (true, _) => Check::RolePolicies.passed(&role.name, text("is attached")),
        (false, true) => Check::RolePolicies
            .warned(&role.name, text("is not attached to this role"))
            .advice("The template tells which roles need it."),
        (false, false) => Check::RolePolicies
            .failed(&role.name, text("is attached to none of the roles"))
            .advice("The template tells which roles need it."),
    }
}
