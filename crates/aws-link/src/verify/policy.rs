//! IAM policy documents, as far as two of them can be compared.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::finding::few;
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

/// The keys of all conditions of a statement.
fn condition_keys(statement: &Value) -> Vec<String> {
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
enum Scope {
    Only(Vec<Option<String>>),
    AllBut(Vec<Option<String>>),
}

impl Scope {
    /// `Action` and `NotAction`, or `Resource` and `NotResource`; `None` where
    /// there is neither.
    fn read(statement: &Value, key: &str) -> Option<Self> {
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
    fn reaches(&self, wanted: &str) -> bool {
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
