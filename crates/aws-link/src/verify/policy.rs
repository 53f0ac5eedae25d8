//! IAM policy documents, as far as two of them can be compared.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::finding::few;
use crate::template::review::{one_or_many, statements};

pub(super) fn denies(statement: &Value) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some("Deny")
}

/// The keys of all conditions of a statement.
pub(super) fn condition_keys(statement: &Value) -> Vec<String> {
    let operators = statement.get("Condition").and_then(Value::as_object);
    let operators = operators.into_iter().flat_map(Map::values);
    let keys: BTreeSet<&String> = operators
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
        .collect();
    keys.into_iter().cloned().collect()
}

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Action {
    pub(super) name: String,
    /// The resource as it is written; `None` where a template leaves it open.
    resource: Option<String>,
    /// The keys of conditions that it is allowed under.
    conditions: Vec<String>,
}

/// Actions or resources that a statement names. What a template leaves open
/// cannot be compared: `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    Only(Vec<Option<String>>),
    AllBut(Vec<Option<String>>),
}

impl Scope {
    /// `Action` and `NotAction`, or `Resource` and `NotResource`; `None` where
    /// there is neither.
    pub(super) fn read(statement: &Value, key: &str) -> Option<Self> {
        let read = |value| {
            let texts = one_or_many(Some(value)).into_iter();
            texts.map(|one| one.as_str().map(str::to_owned)).collect()
        };
        let but = || statement.get(format!("Not{key}"));
        match statement.get(key) {
            Some(only) => Some(Self::Only(read(only))),
            None => but().map(|but| Self::AllBut(read(but))),
        }
    }

    /// Whether all of `wanted` is in it. What is open counts as in.
    fn holds(&self, wanted: &str) -> bool {
        let is = |one: &Option<String>, fits: fn(&str, &str) -> bool| {
            one.as_ref().is_none_or(|one| fits(one, wanted))
        };
        match self {
            Self::Only(these) => these.iter().any(|one| is(one, covers)),
            Self::AllBut(these) => !these.iter().flatten().any(|one| overlaps(one, wanted)),
        }
    }

    /// Whether any of `wanted` is in it.
    pub(super) fn reaches(&self, wanted: &str) -> bool {
        match self {
            Self::Only(these) => {
                let mut these = these.iter();
                these.any(|one| one.as_ref().is_none_or(|one| overlaps(one, wanted)))
            }
            Self::AllBut(these) => !these.iter().flatten().any(|one| covers(one, wanted)),
        }
    }

    fn same(&self, other: &Self) -> bool {
        let (these, those) = match (self, other) {
            (Self::Only(these), Self::Only(those)) => (these, those),
            (Self::AllBut(these), Self::AllBut(those)) => (these, those),
            _ => return false,
        };
        let has = |list: &[Option<String>], one: &Option<String>| {
            let one = one.as_deref();
            let fits = |other: &Option<String>| match (one, other.as_deref()) {
                (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
                _ => true,
            };
            list.iter().any(fits)
        };
        these.iter().all(|one| has(those, one)) && those.iter().all(|one| has(these, one))
    }

    fn words(&self) -> String {
        let (not, these) = match self {
            Self::Only(these) => ("", these),
            Self::AllBut(these) => ("all but ", these),
        };
        let these: Vec<&str> = these.iter().flatten().map(String::as_str).collect();
        format!("{not}{}", few(&these))
    }
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    actions: Scope,
    /// `None` where it names none.
    resources: Option<Scope>,
    /// The keys of its conditions.
    conditions: Vec<String>,
}

impl Statement {
    fn same(&self, other: &Self) -> bool {
        let places = match (&self.resources, &other.resources) {
            (Some(one), Some(other)) => one.same(other),
            (one, other) => one == other,
        };
        places && self.actions.same(&other.actions) && self.conditions == other.conditions
    }

    /// Whether it is about all of an action, at least as far as resources can be compared.
    fn holds(&self, wanted: &Action) -> bool {
        let place = match (&self.resources, &wanted.resource) {
            (Some(scope), Some(resource)) => scope.holds(resource),
            _ => true,
        };
        place && self.actions.holds(&wanted.name)
    }

    /// Whether it is about any of an action.
    fn reaches(&self, wanted: &Action) -> bool {
        let place = match (&self.resources, &wanted.resource) {
            (Some(scope), Some(resource)) => scope.reaches(resource),
            _ => true,
        };
        place && self.actions.reaches(&wanted.name)
    }
}

/// Whether an action is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Allowed,
    /// No statement allows it.
    Missing,
    /// A statement denies this, which is some of it or all.
    Denied(String),
    /// It depends on the request; why.
    Depends(String),
}

/// What policies allow and deny.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rights {
    allowing: Vec<Statement>,
    denying: Vec<Statement>,
}

impl Rights {
    pub(super) fn add(&mut self, document: &Value) {
        for statement in statements(Some(document)) {
            let Some(actions) = Scope::read(statement, "Action") else {
                continue;
            };
            let read = Statement {
                actions,
                resources: Scope::read(statement, "Resource"),
                conditions: condition_keys(statement),
            };
            match denies(statement) {
                true => self.denying.push(read),
                false => self.allowing.push(read),
            }
        }
    }

    /// Allowed actions that are named, as they are written.
    pub(super) fn allowed(&self) -> BTreeSet<Action> {
        let mut all = BTreeSet::new();
        for statement in &self.allowing {
            let Scope::Only(names) = &statement.actions else {
                continue;
            };
            let resources = match &statement.resources {
                Some(Scope::Only(resources)) => &resources[..],
                _ => &[None],
            };
            for name in names.iter().flatten() {
                all.extend(resources.iter().map(|resource| Action {
                    name: name.clone(),
                    resource: resource.clone(),
                    conditions: statement.conditions.clone(),
                }));
            }
        }
        all
    }

    /// Whether an action that a template allows is allowed here too. What the
    /// template itself denies is no loss.
    pub(super) fn allow(&self, wanted: &Action, template: &Self) -> Verdict {
        let mut depends = None;
        for denying in &self.denying {
            let meant = template.denying.iter().any(|one| one.same(denying));
            if meant || !denying.reaches(wanted) {
                continue;
            }
            if denying.conditions.is_empty() {
                return Verdict::Denied(denying.actions.words());
            }
            depends = Some(format!("denied under {}", few(&denying.conditions)));
        }
        let mut allowing = self
            .allowing
            .iter()
            .filter(|one| one.holds(wanted))
            .peekable();
        let Some(first) = allowing.peek().copied() else {
            return Verdict::Missing;
        };
        let known = |one: &Statement| {
            let mut keys = one.conditions.iter();
            keys.all(|key| wanted.conditions.contains(key))
        };
        if !allowing.any(known) {
            let why = format!("allowed only under {}", few(&first.conditions));
            return Verdict::Depends(why);
        }
        depends.map_or(Verdict::Allowed, Verdict::Depends)
    }
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

/// Whether there is a text that two patterns of IAM's cover both.
pub(super) fn overlaps(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    // Whether the ends from here on overlap, for each place in `other`.
    let mut after = vec![false; other.len() + 1];
    for i in (0..=one.len()).rev() {
        let mut here = vec![false; other.len() + 1];
        for j in (0..=other.len()).rev() {
            here[j] = match (one.get(i), other.get(j)) {
                (None, None) => true,
                (Some(b'*'), None) => after[j],
                (None, Some(b'*')) => here[j + 1],
                (Some(b'*'), Some(_)) | (Some(_), Some(b'*')) => after[j] || here[j + 1],
                (Some(a), Some(b)) => {
                    let same = a.eq_ignore_ascii_case(b) || *a == b'?' || *b == b'?';
                    same && after[j + 1]
                }
                _ => false,
            };
        }
        after = here;
    }
    after[0]
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
    fn patterns_overlap_if_a_text_fits_both() {
        for (one, other, fits) in [
            ("*", "", true),
            ("ec2:*", "ec2:CreateRoute", true),
            ("ec2:Create*", "ec2:*Route", true),
            ("ec2:Create?oute", "EC2:createroute", true),
            ("ec2:Create*", "ec2:Delete*", false),
            ("ec2:*", "iam:*", false),
            ("a*b*", "*c", true),
            ("a*b", "*c", false),
            ("", "?", false),
        ] {
            assert_eq!(overlaps(one, other), fits, "{one} {other}");
            assert_eq!(overlaps(other, one), fits, "{other} {one}");
        }
    }

    #[test]
    fn rights_are_compared_by_action_and_resource() {
        let rights = |statements: Value| {
            let mut rights = Rights::default();
            rights.add(&json!({"Statement": statements}));
            rights
        };
        let allow = |live: &Value, wanted: Value| {
            let template = rights(wanted);
            let wanted = template.allowed().pop_first().unwrap();
            rights(live.clone()).allow(&wanted, &template)
        };
        let denied = |action: &str| Verdict::Denied(action.to_owned());
        let depends = |why: &str| Verdict::Depends(why.to_owned());
        let with = |deny: Value| json!([{"Action": "*", "Resource": "*"}, deny]);
        for (live, verdict) in [
            (
                json!({"Action": "ec2:*", "Resource": "*"}),
                Verdict::Allowed,
            ),
            (
                json!({"NotAction": "iam:*", "Resource": "*"}),
                Verdict::Allowed,
            ),
            (
                json!({"NotAction": "ec2:Create*", "Resource": "*"}),
                Verdict::Missing,
            ),
            (
                json!({"Action": "ec2:CreateRoute", "Resource": "arn:x"}),
                Verdict::Missing,
            ),
            (
                json!({"Action": "*", "NotResource": "arn:x"}),
                Verdict::Missing,
            ),
            (
                with(json!({"Effect": "Deny", "Action": "ec2:C*", "Resource": "*"})),
                denied("ec2:C*"),
            ),
            (
                with(json!({"Effect": "Deny", "Action": "ec2:C*", "Resource": "arn:x"})),
                denied("ec2:C*"),
            ),
            (
                with(json!({"Effect": "Deny", "Action": "ec2:C*", "NotResource": "arn:x"})),
                denied("ec2:C*"),
            ),
            (
                with(json!({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"})),
                denied("all but iam:*"),
            ),
            (
                with(json!({"Effect": "Deny", "NotAction": "ec2:*", "Resource": "*"})),
                Verdict::Allowed,
            ),
            (
                with(
                    json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"k": "x"}}}),
                ),
                depends("denied under k"),
            ),
            (
                json!({"Action": "*", "Resource": "*", "Condition": {"Bool": {"k": "x"}}}),
                depends("allowed only under k"),
            ),
            (json!([]), Verdict::Missing),
            (json!("odd"), Verdict::Missing),
        ] {
            let wanted = json!({"Action": "ec2:CreateRoute", "Resource": "*"});
            assert_eq!(allow(&live, wanted), verdict, "{live}");
        }
        // A part of what the template allows.
        let live = with(json!({"Effect": "Deny", "Action": "ec2:CreateRoute", "Resource": "*"}));
        let wanted = json!({"Action": "ec2:*", "Resource": "*"});
        assert_eq!(allow(&live, wanted), denied("ec2:CreateRoute"));
        // What the template itself denies, or makes conditional.
        let own = json!([{"Action": "ec2:*", "Resource": "*", "Condition": {"Bool": {"k": "x"}}},
            {"Effect": "Deny", "Action": "ec2:CreateRoute", "Resource": {"Ref": "R"}}]);
        let live = json!([{"Action": "ec2:*", "Resource": "*", "Condition": {"Bool": {"k": "x"}}},
            {"Effect": "Deny", "Action": "ec2:CreateRoute", "Resource": "arn:x"}]);
        assert_eq!(allow(&live, own), Verdict::Allowed);
    }
}
