//! IAM roles: made and removed by stacks, changed by hand.

use super::{ConnectedAccount, Stack, World, table::row};
use crate::aws::template::{EXTERNAL_ID, MANAGED_POLICY, VENDOR_ACCOUNT};
use crate::clock::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The type of resource that becomes a role.
pub(crate) const ROLE: &str = "AWS::IAM::Role";

/// A role that exists. One that is deleted is gone: take it out of the table.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IamRole {
    /// ARN.
    pub arn: String,
    /// Account number.
    pub account: String,
    /// Name, unique in its account.
    pub name: String,
    /// Creation.
    pub created: Time,
    /// Who may assume it: the trust document.
    pub trust: Value,
    /// ARNs of the managed policies that are attached to it.
    pub managed: Vec<String>,
    /// Policies of its own, by name.
    pub inline: BTreeMap<String, Value>,
    /// The stack that made it.
    pub stack: Option<String>,
    /// Its name in the template of that stack.
    pub logical: String,
}
row!(IamRole, arn);

impl IamRole {
    /// A role with the `Properties` that a template gives it. Intrinsic functions stay as they are.
    pub(crate) fn of_properties(account: &str, name: &str, properties: &Value, at: Time) -> Self {
        let list = |name: &str| properties[name].as_array().into_iter().flatten();
        let managed = list("ManagedPolicyArns").filter_map(Value::as_str);
        let inline = list("Policies").filter_map(|policy| {
            let name = policy["PolicyName"].as_str()?;
            Some((name.to_owned(), policy["PolicyDocument"].clone()))
        });
        Self {
            arn: format!("arn:aws:iam::{account}:role/{name}"),
            account: account.into(),
            name: name.into(),
            created: at,
            trust: properties["AssumeRolePolicyDocument"].clone(),
            managed: managed.map(str::to_owned).collect(),
            inline: inline.collect(),
            ..Self::default()
        }
    }

    /// Whether the service can use it: the managed policy is attached, and the service's account may
    /// assume it with its external id. Policies of its own are not looked at.
    pub(crate) fn is_right(&self) -> bool {
        self.managed.iter().any(|arn| arn == MANAGED_POLICY)
            && each(&self.trust["Statement"]).any(is_trust)
    }

    /// The role that a resource of a stack is when it is complete.
    pub(crate) fn of_resource(stack: &Stack, logical: &str, at: Time) -> Option<Self> {
        let properties = &stack.template["Resources"][logical]["Properties"];
        let name = stack.physical(logical)?;
        Some(Self {
            stack: Some(stack.id.clone()),
            logical: logical.into(),
            ..Self::of_properties(&stack.account, name, properties, at)
        })
    }
}

fn is_trust(statement: &Value) -> bool {
    let has = |value: &Value, wanted: &[&str]| {
        each(value).any(|one| wanted.iter().any(|wanted| one == wanted))
    };
    let root = format!("arn:aws:iam::{VENDOR_ACCOUNT}:root");
    let id = &statement["Condition"]["StringEquals"]["sts:ExternalId"];
    statement["Effect"] == "Allow"
        && has(&statement["Action"], &["sts:AssumeRole", "sts:*", "*"])
        && has(
            &statement["Principal"]["AWS"],
            &[&root, VENDOR_ACCOUNT, "*"],
        )
        && (id.is_null() || has(id, &[EXTERNAL_ID]))
}

/// IAM takes one thing where it takes a list.
fn each(value: &Value) -> std::slice::Iter<'_, Value> {
    match value.as_array() {
        Some(items) => items.iter(),
        None => std::slice::from_ref(value).iter(),
    }
}

impl World {
    /// A role by its name in the template, the newest if several stacks made one: to be changed by
    /// hand, as somebody at the AWS console would.
    pub fn role_mut(&mut self, logical: &str) -> Option<&mut IamRole> {
        let rows = self.iam_roles.iter_mut();
        rows.rev().find(|role| role.logical == logical)
    }

    /// Deletes a role by its name in the template, the newest if several stacks made one; answers
    /// its ARN.
    pub fn delete_role(&mut self, logical: &str) -> Option<String> {
        let arn = self.role_mut(logical)?.arn.clone();
        self.iam_roles.retain(|role| role.arn != arn);
        Some(arn)
    }

    /// A resource of a stack is complete.
    pub(crate) fn make_role(&mut self, stack: &str, logical: &str, at: Time) {
        let stack = self.stacks.get(stack);
        if let Some(role) = stack.and_then(|stack| IamRole::of_resource(stack, logical, at)) {
            let details = json!({"arn": role.arn, "stack": role.stack});
            self.iam_roles.insert(role);
            self.effect(at, "role.created", details);
        }
    }

    /// A resource of a stack is deleted: the role is gone, unless somebody was faster.
    pub(crate) fn remove_role(&mut self, stack: &str, logical: &str, at: Time) {
        let arn = self.role_of(stack, logical).map(|role| role.arn.clone());
        if let Some(arn) = arn {
            self.iam_roles.retain(|role| role.arn != arn);
            self.effect(at, "role.deleted", json!({"arn": arn, "stack": stack}));
        }
    }

    pub(crate) fn role_of(&self, stack: &str, logical: &str) -> Option<&IamRole> {
        let mut rows = self.iam_roles.iter();
        rows.find(|role| role.stack.as_deref() == Some(stack) && role.logical == logical)
    }

    /// The roles of an account that was linked some other day.
    pub(crate) fn seed_roles(&mut self, account: &mut ConnectedAccount, template: &Value) {
        for (logical, arn) in [
            ("RemoteRole", &mut account.role),
            ("RemoteRolePayer", &mut account.payer_role),
            ("RemoteRoleService", &mut account.service_role),
        ] {
            let name = format!("{}-{logical}-SD4OX7YN3MNU", account.stack_name);
            let properties = &template["Resources"][logical]["Properties"];
            let role = IamRole::of_properties(&account.number, &name, properties, Time::default());
            arn.clone_from(&role.arn);
            self.iam_roles.insert(IamRole {
                logical: logical.into(),
                ..role
            });
        }
    }
}
