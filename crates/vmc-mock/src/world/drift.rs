//! Drift: how the roles of a stack differ from its template.

use super::{IamRole, ROLE, Stack, World};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One detection of drift.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drift {
    /// UUID.
    pub id: String,
    /// When it ends; the comparison is made then.
    pub ends: Time,
    /// Why it fails.
    pub failure: Option<String>,
    /// The only resources to look at; empty: all.
    pub only: Vec<String>,
    /// What was found.
    pub resources: Vec<ResourceDrift>,
}

/// Drift of one resource.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceDrift {
    /// Name in the template.
    pub logical: String,
    /// `IN_SYNC`, `MODIFIED`, `DELETED`.
    pub status: String,
    /// Properties as the template has them.
    pub expected: Value,
    /// Properties as they are.
    pub actual: Value,
    /// How they differ.
    pub differences: Vec<Difference>,
}

/// A property that is not as the template says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Difference {
    /// `/ManagedPolicyArns/0`.
    pub path: String,
    /// As the template has it.
    pub expected: Value,
    /// As it is.
    pub actual: Value,
    /// `ADD`, `REMOVE`, `NOT_EQUAL`.
    pub kind: String,
}

impl Drift {
    /// How many resources are not as they should be.
    pub(crate) fn drifted(&self) -> usize {
        let rows = self.resources.iter();
        rows.filter(|row| row.status != "IN_SYNC").count()
    }

    /// `DRIFTED` or `IN_SYNC`, once it has ended well.
    pub(crate) fn stack_status(&self, now: Time) -> Option<&'static str> {
        match (self.ends <= now && self.failure.is_none(), self.drifted()) {
            (false, _) => None,
            (true, 0) => Some("IN_SYNC"),
            (true, _) => Some("DRIFTED"),
        }
    }
}

impl Stack {
    /// The last detection that has ended well.
    pub(crate) fn last_drift(&self, now: Time) -> Option<&Drift> {
        let mut rows = self.drifts.iter();
        rows.rfind(|row| row.stack_status(now).is_some())
    }
}

impl World {
    /// A detection of drift ends.
    pub(crate) fn detect_drift(&mut self, stack: &str, id: &str, at: Time) {
        let Some(row) = self.stacks.get(stack) else {
            return;
        };
        let drift = row.drifts.iter().find(|drift| drift.id == id);
        let Some(drift) = drift.filter(|drift| drift.failure.is_none()) else {
            return;
        };
        // Custom resources cannot be compared.
        let looked_at = row.resources.iter().filter(|resource| {
            let wanted = drift.only.is_empty() || drift.only.contains(&resource.logical);
            wanted && !resource.type_.starts_with("Custom::")
        });
        let found: Vec<ResourceDrift> = looked_at
            .map(|resource| match resource.type_.as_str() {
                ROLE => self.compare(row, &resource.logical),
                _ => ResourceDrift {
                    logical: resource.logical.clone(),
                    status: "IN_SYNC".into(),
                    ..ResourceDrift::default()
                },
            })
            .collect();
        let drift = self.stacks.get_mut(stack);
        let drift = drift.and_then(|row| row.drifts.iter_mut().find(|drift| drift.id == id));
        if let Some(drift) = drift {
            drift.resources = found;
            let details = json!({"stack": stack, "drifted": drift.drifted()});
            self.effect(at, "drift.detected", details);
        }
    }

    fn compare(&self, stack: &Stack, logical: &str) -> ResourceDrift {
        let expected = IamRole::of_resource(stack, logical, stack.created).unwrap_or_default();
        let actual = self.role_of(&stack.id, logical);
        let differences = actual.map(|actual| differences(&expected, actual));
        let status = match &differences {
            None => "DELETED",
            Some(all) if all.is_empty() => "IN_SYNC",
            Some(_) => "MODIFIED",
        };
        ResourceDrift {
            logical: logical.into(),
            status: status.into(),
            expected: properties(&expected),
            actual: actual.map_or(Value::Null, properties),
            differences: differences.unwrap_or_default(),
        }
    }
}

fn properties(role: &IamRole) -> Value {
    let inline = role.inline.iter();
    let inline = inline.map(|(name, document)| policy(name, document));
    json!({
        "RoleName": role.name,
        "AssumeRolePolicyDocument": role.trust,
        "ManagedPolicyArns": role.managed,
        "Policies": inline.collect::<Vec<Value>>(),
    })
}

fn policy(name: &str, document: &Value) -> Value {
    json!({"PolicyName": name, "PolicyDocument": document})
}

fn differences(expected: &IamRole, actual: &IamRole) -> Vec<Difference> {
    let mut all = Vec::new();
    if expected.trust != actual.trust {
        all.push(Difference {
            path: "/AssumeRolePolicyDocument".into(),
            expected: expected.trust.clone(),
            actual: actual.trust.clone(),
            kind: "NOT_EQUAL".into(),
        });
    }
    let managed = |role: &IamRole| {
        let pairs = role.managed.iter().map(|arn| (arn.clone(), json!(arn)));
        pairs.collect::<BTreeMap<String, Value>>()
    };
    compare_lists(
        "ManagedPolicyArns",
        &managed(expected),
        &managed(actual),
        &mut all,
    );
    let inline = |role: &IamRole| {
        let pairs = role.inline.iter();
        let pairs = pairs.map(|(name, document)| (name.clone(), policy(name, document)));
        pairs.collect::<BTreeMap<String, Value>>()
    };
    compare_lists("Policies", &inline(expected), &inline(actual), &mut all);
    all
}

fn compare_lists(
    property: &str,
    expected: &BTreeMap<String, Value>,
    actual: &BTreeMap<String, Value>,
    all: &mut Vec<Difference>,
) {
    let mut note = |place: usize, expected: Value, actual: Value, kind: &str| {
        all.push(Difference {
            path: format!("/{property}/{place}"),
            expected,
            actual,
            kind: kind.into(),
        });
    };
    for (place, (name, value)) in expected.iter().enumerate() {
        match actual.get(name) {
            None => note(place, value.clone(), Value::Null, "REMOVE"),
            Some(other) if other != value => {
                note(place, value.clone(), other.clone(), "NOT_EQUAL");
            }
            Some(_) => {}
        }
    }
    for (place, (name, value)) in actual.iter().enumerate() {
        if !expected.contains_key(name) {
            note(place, Value::Null, value.clone(), "ADD");
        }
    }
}
