//! Who may take on a role, by its trust policy.

use serde_json::{Map, Value};

use super::policy::{Scope, condition_keys, denies};
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
    /// Principals that are denied, whatever the request.
    pub(super) denied: Vec<String>,
    /// Principals that are denied under conditions, with the keys of those.
    pub(super) denied_if: Vec<(String, Vec<String>)>,
    /// Principals that a template leaves open until it runs.
    pub(super) open: usize,
}

impl Trust {
    pub(super) fn read(document: &Value) -> Self {
        let mut trust = Self::default();
        for statement in statements(Some(document)) {
            if !Scope::read(statement, "Action")
                .is_some_and(|scope| scope.reaches("sts:AssumeRole"))
            {
                continue;
            }
            let (known, open) = principals(statement.get("Principal"));
            if denies(statement) {
                match &condition_keys(statement)[..] {
                    [] => trust.denied.extend(known),
                    keys => {
                        let denied = known.into_iter().map(|who| (who, keys.to_vec()));
                        trust.denied_if.extend(denied);
                    }
                }
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
        // `ForAllValues:` is content with a request that names none.
        let equal = matches!(
            operator.as_str(),
            "StringEquals" | "StringLike" | "ForAnyValue:StringEquals" | "ForAnyValue:StringLike"
        );
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

fn texts(value: Option<&Value>) -> Vec<String> {
    one_or_many(value)
        .into_iter()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
            {"Effect": "Deny", "NotAction": "sts:TagSession", "Principal": "*",
             "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"AWS": "3"},
             "Condition": {"StringEquals": {"sts:ExternalId": ["a", "b"]}, "Bool": {"aws:SecureTransport": "true"}}},
        ]}));
        assert_eq!(trust.denied, ["AWS 2"]);
        let keys = vec!["aws:SecureTransport".to_owned()];
        assert_eq!(trust.denied_if, [("*".to_owned(), keys)]);
        let [grant] = &trust.grants[..] else {
            panic!("{trust:?}");
        };
        assert_eq!(grant.who, "AWS 3");
        assert_eq!(grant.external_ids, ["a", "b"]);
        assert_eq!(grant.conditions, ["aws:SecureTransport"]);
    }
}
