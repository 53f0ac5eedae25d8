//! What is different in a template from the one seen before.

use std::fmt;

use serde::Serialize;

use crate::template::review::{Review, Role};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TemplateChange {
    /// The resource's name in the template; empty where only its type is known.
    pub resource: String,
    /// What became of it.
    pub change: ChangeKind,
    /// The type, principal, condition, policy or action.
    pub value: String,
}

/// Kinds of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// A resource is new.
    ResourceAdded,
    /// A resource is gone.
    ResourceRemoved,
    /// Somebody more may take a role on.
    PrincipalAdded,
    /// Somebody may not take a role on any more.
    PrincipalRemoved,
    /// A condition on that is new.
    ConditionAdded,
    /// A condition on that is gone.
    ConditionRemoved,
    /// A managed policy is attached.
    PolicyAdded,
    /// A managed policy is not attached any more.
    PolicyRemoved,
    /// A role allows more.
    ActionAdded,
    /// A role allows less.
    ActionRemoved,
    /// The roles could be read before, and cannot be now.
    Unreadable,
    /// Neither could be read, and the texts differ.
    TextChanged,
    /// Something that a careful reader would stop at is new.
    ConcernAdded,
    /// A role is not the same, in what is not told of it: resources, effects or
    /// the rest of a long text.
    DetailsChanged,
}

impl Review {
    /// What is different from a template seen before: resources, and of roles
    /// their principals, conditions, policies, actions and all other properties.
    /// The code of functions
    /// is not compared: it differs from request to request.
    pub fn changes_since(&self, before: &Self) -> Vec<TemplateChange> {
        let mut changes = Vec::new();
        if let (Some(why), None) = (&self.not_reviewed, &before.not_reviewed) {
            changes.push(change("", ChangeKind::Unreadable, why));
        }
        if let (Some(why), Some(_)) = (&self.not_reviewed, &before.not_reviewed)
            && self.sha256 != before.sha256
        {
            changes.push(change("", ChangeKind::TextChanged, why));
        }
        for resource in &self.resources {
            if !before.resources.contains(resource) {
                let kind = ChangeKind::ResourceAdded;
                changes.push(change(&resource.id, kind, &resource.kind));
            }
        }
        for resource in &before.resources {
            if !self.resources.contains(resource) {
                let kind = ChangeKind::ResourceRemoved;
                changes.push(change(&resource.id, kind, &resource.kind));
            }
        }
        // What a new role allows is as new as the role.
        let none = Role::default();
        for role in &self.roles {
            let old = before.roles.iter().find(|old| old.id == role.id);
            compare(&mut changes, old.unwrap_or(&none), role);
        }
        for concern in &self.concerns {
            if !before.concerns.contains(concern) {
                changes.push(change("", ChangeKind::ConcernAdded, concern));
            }
        }
        changes
    }
}

fn compare(changes: &mut Vec<TemplateChange>, old: &Role, new: &Role) {
    let told = changes.len();
    for (before, now, removed, added) in [
        (
            &old.trusts,
            &new.trusts,
            ChangeKind::PrincipalRemoved,
            ChangeKind::PrincipalAdded,
        ),
        (
            &old.conditions,
            &new.conditions,
            ChangeKind::ConditionRemoved,
            ChangeKind::ConditionAdded,
        ),
        (
            &old.managed_policies,
            &new.managed_policies,
            ChangeKind::PolicyRemoved,
            ChangeKind::PolicyAdded,
        ),
        (
            &old.actions,
            &new.actions,
            ChangeKind::ActionRemoved,
            ChangeKind::ActionAdded,
        ),
    ] {
        for (from, to, kind) in [(before, now, removed), (now, before, added)] {
            let missing = from.iter().filter(|text| !to.contains(text));
            changes.extend(missing.map(|text| change(&new.id, kind, text)));
        }
    }
    let known = !old.digest.is_empty() && !new.digest.is_empty();
    if known && old.digest != new.digest && changes.len() == told {
        let what = "its resources, effects or long texts are others";
        changes.push(change(&new.id, ChangeKind::DetailsChanged, what));
    }
}

fn change(resource: &str, kind: ChangeKind, value: &str) -> TemplateChange {
    TemplateChange {
        resource: resource.to_owned(),
        change: kind,
        value: value.to_owned(),
    }
}

impl ChangeKind {
    /// In words, for a table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResourceAdded => "new resource",
            Self::ResourceRemoved => "no resource any more",
            Self::PrincipalAdded => "trusts now",
            Self::PrincipalRemoved => "trusts no more",
            Self::ConditionAdded => "new condition",
            Self::ConditionRemoved => "without condition",
            Self::PolicyAdded => "new policy",
            Self::PolicyRemoved => "without policy",
            Self::ActionAdded => "may now",
            Self::ActionRemoved => "may no more",
            Self::Unreadable => "not readable any more",
            Self::TextChanged => "another text, which cannot be read",
            Self::ConcernAdded => "new concern",
            Self::DetailsChanged => "not the same",
        }
    }
}

/// `RemoteRole trusts now AWS arn:aws:iam::123456789012:root`
impl fmt::Display for TemplateChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (resource, change) = (&self.resource, self.change.as_str());
        match resource.as_str() {
            "" => write!(f, "{change}: {}", self.value),
            _ => write!(f, "{resource}: {change}: {}", self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(trusts: &str, external_id: &str, actions: &[&str]) -> serde_json::Value {
        json!({"Resources": {
            "Code": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": external_id}}},
            "R": {"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": {"Statement": {
                    "Principal": {"AWS": trusts},
                    "Condition": {"StringEquals": {"sts:ExternalId": external_id}}}},
                "Policies": [{"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": actions}}}]}}}})
    }

    fn read(template: &serde_json::Value) -> Review {
        Review::read(template.to_string().as_bytes())
    }

    fn told(now: &serde_json::Value, before: &serde_json::Value) -> Vec<String> {
        let changes = read(now).changes_since(&read(before));
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_same_in_other_words_is_no_change() {
        let before = template("1", "id", &["ec2:A", "ec2:B"]);
        assert_eq!(
            told(&template("1", "id", &["ec2:B", "ec2:A"]), &before),
            [""; 0]
        );
        let mut text = before.clone();
        text["Description"] = json!("another one");
        text["Resources"]["Code"]["Properties"]["Code"] = json!({"ZipFile": "else"});
        assert_eq!(told(&text, &before), [""; 0]);
    }

    #[test]
    fn every_kind_of_change_is_told() {
        let before = template("1", "id", &["ec2:A", "ec2:B"]);
        assert_eq!(
            told(&template("2", "id", &["ec2:B", "iam:*"]), &before),
            [
                "R: trusts no more: AWS 1",
                "R: trusts now: AWS 2",
                "R: may no more: ec2:A",
                "R: may now: iam:*",
                "new concern: R allows iam:*"
            ]
        );
        let other = told(&template("1", "x", &["ec2:A", "ec2:B"]), &before).join("\n");
        assert!(
            other.contains("without condition") && other.contains("new condition"),
            "{other}"
        );

        let mut more = before.clone();
        more["Resources"]["Key"] = json!({"Type": "AWS::IAM::AccessKey"});
        more["Resources"]["R2"] = more["Resources"]["R"].clone();
        let added = told(&more, &before).join("\n");
        assert!(
            added.contains("Key: new resource: AWS::IAM::AccessKey"),
            "{added}"
        );
        assert!(added.contains("R2: trusts now: AWS 1"), "{added}");
        let removed = told(&before, &more);
        assert_eq!(removed.len(), 2, "{removed:?}");

        let unreadable = Review::read(b"Resources:\n").changes_since(&read(&before));
        assert_eq!(unreadable[0].change, ChangeKind::Unreadable);
    }

    #[test]
    fn a_change_cannot_hide_in_what_is_not_told() {
        let long = "x".repeat(300);
        let mut before = template("1", &long, &["ec2:A"]);
        let statement = "/Resources/R/Properties/Policies/0/PolicyDocument/Statement";
        before.pointer_mut(statement).unwrap()["Resource"] = json!("arn:aws:ec2:::one");
        let one = |now: &serde_json::Value| {
            let changes = read(now).changes_since(&read(&before));
            changes.first().map(|change| change.change)
        };
        assert_eq!(one(&before), None);

        let mut wide = before.clone();
        wide.pointer_mut(statement).unwrap()["Resource"] = json!("*");
        assert_eq!(one(&wide), Some(ChangeKind::DetailsChanged));

        let mut but = before.clone();
        but.pointer_mut(statement).unwrap()["NotAction"] = json!("s3:*");
        let changes = read(&but).changes_since(&read(&before));
        let kinds: Vec<_> = changes.iter().map(|change| change.change).collect();
        assert!(kinds.contains(&ChangeKind::ConcernAdded), "{changes:?}");

        let mut tail = before.clone();
        tail["Resources"]["R"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]["Condition"] =
            json!({"StringEquals": {"sts:ExternalId": format!("{long}y")}});
        assert_eq!(one(&tail), Some(ChangeKind::DetailsChanged));

        let (yaml, other) = (
            Review::read(b"Resources:\n"),
            Review::read(b"Resources: \n"),
        );
        assert_eq!(
            other.changes_since(&yaml)[0].change,
            ChangeKind::TextChanged
        );
        assert!(yaml.changes_since(&yaml).is_empty());
    }
}
