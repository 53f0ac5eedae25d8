//! IAM policy documents, as far as two of them can be compared.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::template::review::{is_intrinsic, one_or_many, statements};

/// What a document is told to be true before it lets somebody in.
const EXTERNAL_ID: &str = "sts:externalid";

/// Somebody who may take on a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    /// `AWS arn:aws:iam::123456789012:root`, `Service …`, `*`.
    pub(super) who: String,
    /// External ids, one of which has to be given; none: it is not asked for.
    pub(super) external_ids: Vec<String>,
    /// Other conditions, by key.
    pub(super) conditions: Vec<String>,
}

/// Who may take on a role, and who may not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trust {
    pub(super) grants: Vec<Grant>,
    /// Principals that are denied, with or without conditions.
    pub(super) denied: Vec<String>,
    /// Principals that a template leaves open until it runs.
    pub(super) open: usize,
}

impl Trust {
    pub(super) fn read(document: &Value) -> Self {
        let mut trust = Self::default();
        for statement in statements(Some(document)) {
            let actions = texts(statement.get("Action"));
            let assumes = |action: &String| covers(action, "sts:AssumeRole");
            if !actions.iter().any(assumes) {
                continue;
            }
            let (known, open) = principals(statement.get("Principal"));
            if denies(statement) {
                trust.denied.extend(known);
                continue;
            }
            trust.open += open;
            let (external_ids, conditions) = conditions(statement.get("Condition"));
            trust.grants.extend(known.into_iter().map(|who| Grant {
                who,
                external_ids: external_ids.clone(),
                conditions: conditions.clone(),
            }));
        }
        trust
    }
}

fn denies(statement: &Value) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some("Deny")
}

/// Principals in one spelling, and how many are not known before a template runs.
fn principals(principal: Option<&Value>) -> (Vec<String>, usize) {
    let (mut known, mut open) = (Vec::new(), 0);
    let mut add = |kind: &str, who: &Value| match who {
        Value::String(who) if kind.is_empty() => known.push(who.clone()),
        Value::String(who) if kind == "AWS" && is_account(who) => {
            known.push(format!("AWS arn:aws:iam::{who}:root"));
        }
        Value::String(who) => known.push(format!("{kind} {who}")),
        _ => open += 1,
    };
    match principal {
        Some(Value::Object(kinds)) if !is_intrinsic(kinds) => {
            for (kind, who) in kinds {
                for who in one_or_many(Some(who)) {
                    add(kind, who);
                }
            }
        }
        other => {
            for who in one_or_many(other) {
                add("", who);
            }
        }
    }
    (known, open)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// External ids that are asked for, and the keys of all other conditions.
fn conditions(condition: Option<&Value>) -> (Vec<String>, Vec<String>) {
    let (mut external, mut others) = (Vec::new(), Vec::new());
    let none = Map::new();
    let operators = condition.and_then(Value::as_object).unwrap_or(&none);
    for (operator, keys) in operators {
        let equal = operator.ends_with("StringEquals") || operator.ends_with("StringLike");
        for (key, values) in keys.as_object().into_iter().flatten() {
            if equal && key.eq_ignore_ascii_case(EXTERNAL_ID) {
                external.extend(texts(Some(values)));
            } else {
                others.push(key.clone());
            }
        }
    }
    (external, others)
}

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Action {
    pub(super) name: String,
    /// The resource as it is written; `None` where a template leaves it open.
    resource: Option<String>,
}

/// What policies allow and deny.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rights {
    allowed: BTreeSet<Action>,
    denied: BTreeSet<Action>,
    /// Statements that allow everything but some actions.
    all_but: Vec<Vec<String>>,
}

impl Rights {
    pub(super) fn add(&mut self, document: &Value) {
        for statement in statements(Some(document)) {
            let resources: Vec<Option<String>> = match statement.get("Resource") {
                None => vec![None],
                some => one_or_many(some)
                    .into_iter()
                    .map(|one| one.as_str().map(str::to_owned))
                    .collect(),
            };
            let denies = denies(statement);
            for name in texts(statement.get("Action")) {
                for resource in &resources {
                    let action = Action {
                        name: name.clone(),
                        resource: resource.clone(),
                    };
                    match denies {
                        true => self.denied.insert(action),
                        false => self.allowed.insert(action),
                    };
                }
            }
            let but = texts(statement.get("NotAction"));
            if !but.is_empty() && !denies {
                self.all_but.push(but);
            }
        }
    }

    /// Allowed actions, as they are written.
    pub(super) fn allowed(&self) -> impl Iterator<Item = &Action> {
        self.allowed.iter()
    }

    /// Whether an action of another document is allowed here too.
    pub(super) fn allow(&self, wanted: &Action) -> bool {
        let denied = self
            .denied
            .iter()
            .any(|denied| covers(&denied.name, &wanted.name) && same_place(denied, wanted));
        let allowed = self
            .allowed
            .iter()
            .any(|allowed| covers(&allowed.name, &wanted.name) && same_place(allowed, wanted));
        let by_exception = self
            .all_but
            .iter()
            .any(|but| !but.iter().any(|but| covers(but, &wanted.name)));
        (allowed || by_exception) && !denied
    }
}

/// Whether the one reaches what the other is about. What a template leaves open
/// cannot be compared, and counts as reached.
fn same_place(one: &Action, wanted: &Action) -> bool {
    match (&one.resource, &wanted.resource) {
        (Some(one), Some(wanted)) => covers(one, wanted),
        _ => true,
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    one_or_many(value)
        .into_iter()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

/// Whether a pattern of IAM's (`*`, `?`, any case) covers a text, which may be a
/// pattern itself.
pub(super) fn covers(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if byte.eq_ignore_ascii_case(&text[t]) || *byte == b'?' => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_cover_what_iam_says_they_do() {
        for (pattern, text, covered) in [
            ("*", "ec2:DescribeVpcs", true),
            ("ec2:*", "EC2:DescribeVpcs", true),
            ("ec2:describe*", "ec2:DescribeVpcs", true),
            ("ec2:*Vpcs", "ec2:DescribeVpcs", true),
            ("ec2:Describe?pcs", "ec2:DescribeVpcs", true),
            ("ec2:*a*b", "ec2:xaxaxb", true),
            ("ec2:DescribeVpcs", "ec2:*", false),
            ("ec2:DescribeVpc", "ec2:DescribeVpcs", false),
            ("ec2:DescribeVpcs?", "ec2:DescribeVpcs", false),
            ("", "x", false),
            ("", "", true),
        ] {
            assert_eq!(covers(pattern, text), covered, "{pattern} {text}");
        }
    }

    #[test]
    fn one_principal_has_one_spelling() {
        let who = |principal: Value| {
            let document =
                json!({"Statement": {"Action": "sts:AssumeRole", "Principal": principal}});
            let trust = Trust::read(&document);
            let who: Vec<String> = trust.grants.into_iter().map(|grant| grant.who).collect();
            (who, trust.open)
        };
        let root = "AWS arn:aws:iam::347811849188:root".to_owned();
        for (principal, known, open) in [
            (json!({"AWS": "347811849188"}), vec![root.clone()], 0),
            (
                json!({"AWS": ["arn:aws:iam::347811849188:root", {"Ref": "P"}]}),
                vec![root],
                1,
            ),
            (json!("*"), vec!["*".to_owned()], 0),
            (json!({"Fn::GetAtt": ["x", "Arn"]}), vec![], 1),
            (json!(null), vec![], 0),
        ] {
            assert_eq!(who(principal.clone()), (known, open), "{principal}");
        }
    }

    #[test]
    fn only_who_may_take_the_role_on_is_trusted() {
        let trust = Trust::read(&json!({"Statement": [
            {"Effect": "Allow", "Action": "sts:TagSession", "Principal": {"AWS": "1"}},
            {"Effect": "Deny", "Action": "sts:*", "Principal": {"AWS": "2"}},
            {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"AWS": "3"},
             "Condition": {"StringEquals": {"sts:ExternalId": ["a", "b"]}, "Bool": {"aws:SecureTransport": "true"}}},
        ]}));
        assert_eq!(trust.denied, ["AWS 2"]);
        let [grant] = &trust.grants[..] else {
            panic!("{trust:?}");
        };
        assert_eq!(grant.who, "AWS 3");
        assert_eq!(grant.external_ids, ["a", "b"]);
        assert_eq!(grant.conditions, ["aws:SecureTransport"]);
    }

    #[test]
    fn rights_are_compared_by_action_and_resource() {
        let rights = |statements: Value| {
            let mut rights = Rights::default();
            rights.add(&json!({"Statement": statements}));
            rights
        };
        let wanted = rights(json!({"Action": "ec2:CreateRoute", "Resource": "*"}));
        let wanted = wanted.allowed().next().unwrap();
        for (statements, allowed) in [
            (json!({"Action": "ec2:*", "Resource": "*"}), true),
            (json!({"NotAction": "iam:*", "Resource": "*"}), true),
            (json!({"NotAction": "ec2:*", "Resource": "*"}), false),
            (
                json!({"Action": "ec2:CreateRoute", "Resource": "arn:x"}),
                false,
            ),
            (
                json!({"Effect": "Deny", "Action": "ec2:CreateRoute", "Resource": "*"}),
                false,
            ),
            (
                json!([{"Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "ec2:C*", "Resource": "*"}]),
                false,
            ),
            (json!([]), false),
            (json!("odd"), false),
        ] {
            assert_eq!(
                rights(statements.clone()).allow(wanted),
                allowed,
                "{statements}"
            );
        }
    }
}
