//! IAM policies for the people who work on a link, each as small as it can be.

use serde_json::{Value, json};

use crate::aws::rights::{DRIFT_ACTIONS, NEEDED_ACTIONS, VERIFY_ACTIONS};
use crate::names;

/// What somebody is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Make the stack of a link: `link up`, `link run`.
    Run,
    /// Let CloudFormation compute a change set of the template, and nothing more.
    Review,
    /// Check a link, reading only.
    Verify,
    /// Delete the stack of a link.
    Unlink,
}

impl Purpose {
    /// The word for it in commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Review => "review",
            Self::Verify => "verify",
            Self::Unlink => "unlink",
        }
    }

    /// What somebody is likely to be doing who was refused an action: the first
    /// purpose that takes it, the most frequent one first.
    pub(crate) fn of(action: &str) -> Self {
        let known = [
            (Self::Run, NEEDED_ACTIONS),
            (Self::Unlink, UNLINK_ACTIONS),
            (Self::Review, REVIEW_ACTIONS),
            (Self::Verify, VERIFY_ACTIONS),
            (Self::Verify, DRIFT_ACTIONS),
        ];
        let found = known.iter().find(|(_, actions)| actions.contains(&action));
        found.map_or(Self::Run, |(purpose, _)| *purpose)
    }
}

/// Deleting the stack, and what CloudFormation does for it with the caller's
/// rights.
const UNLINK_ACTIONS: &[&str] = &[
    "cloudformation:DeleteStack",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:ListStackResources",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetRole",
    "lambda:DeleteFunction",
    "lambda:GetFunction",
    "lambda:InvokeFunction",
];

const REVIEW_ACTIONS: &[&str] = &[
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplateSummary",
];

/// Characters of a stack's name that its resources' names begin with for sure:
/// CloudFormation cuts it so that the names fit.
const SURE: usize = 20;

/// The policy document for a purpose, ready for IAM. Rights are limited to the
/// stack and what it makes, wherever AWS lets them be; without an account to
/// whatever account the policy is put into.
///
/// `stack` is the stack's name; any stack of a link without it.
pub fn policy(purpose: Purpose, account: Option<&str>, region: &str, stack: Option<&str>) -> Value {
    let place = Place {
        partition: match region {
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ if region.starts_with("cn-") => "aws-cn",
            _ => "aws",
        },
        account: account.unwrap_or("*"),
        region,
        stack: match (purpose, stack) {
            (Purpose::Review, _) => format!("{}*", names::REVIEW_PREFIX),
            (_, Some(name)) => name.to_owned(),
            (_, None) => format!("{}*", names::PREFIX),
        },
    };
    let actions: Vec<&str> = match purpose {
        Purpose::Run => NEEDED_ACTIONS.to_vec(),
        Purpose::Review => REVIEW_ACTIONS.to_vec(),
        Purpose::Verify => [VERIFY_ACTIONS, DRIFT_ACTIONS].concat(),
        Purpose::Unlink => UNLINK_ACTIONS.to_vec(),
    };
    // Actions on the same things stand in one statement.
    let mut statements: Vec<(Scope, Vec<&str>)> = Vec::new();
    for action in actions {
        let scope = Scope::of(action);
        match statements.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, actions)) => actions.push(action),
            None => statements.push((scope, vec![action])),
        }
    }
    let statements: Vec<Value> = statements
        .into_iter()
        .map(|(scope, mut actions)| {
            actions.sort_unstable();
            place.statement(scope, &actions)
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// What an action can be limited to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Stack,
    Role,
    /// As `Role`, and only for Lambda.
    PassRole,
    Policy,
    Function,
    /// AWS knows no limit for it.
    Everything,
}

impl Scope {
    fn of(action: &str) -> Self {
        match action {
            "iam:PassRole" => Self::PassRole,
            "iam:CreatePolicy" => Self::Policy,
            // Of a template that has no stack yet.
            "cloudformation:GetTemplateSummary"
            | "cloudformation:DescribeStackDriftDetectionStatus" => Self::Everything,
            _ if action.starts_with("cloudformation:") => Self::Stack,
            _ if action.starts_with("iam:") => Self::Role,
            _ if action.starts_with("lambda:") => Self::Function,
            _ => Self::Everything,
        }
    }
}

struct Place<'a> {
    partition: &'a str,
    account: &'a str,
    region: &'a str,
    stack: String,
}

impl Place<'_> {
    fn statement(&self, scope: Scope, actions: &[&str]) -> Value {
        let (partition, account, region) = (self.partition, self.account, self.region);
        let own: String = match self.stack.strip_suffix('*') {
            Some(prefix) => prefix.chars().take(SURE).collect(),
            None => self.stack.chars().take(SURE).collect(),
        };
        let (sid, resource) = match scope {
            Scope::Stack => (
                "Stack",
                format!(
                    "arn:{partition}:cloudformation:{region}:{account}:stack/{}/*",
                    self.stack
                ),
            ),
            Scope::Role => (
                "Roles",
                format!("arn:{partition}:iam::{account}:role/{own}*"),
            ),
            Scope::PassRole => (
                "RoleOfTheFunction",
                format!("arn:{partition}:iam::{account}:role/{own}*"),
            ),
            Scope::Policy => (
                "Policies",
                format!("arn:{partition}:iam::{account}:policy/{own}*"),
            ),
            Scope::Function => (
                "Function",
                format!("arn:{partition}:lambda:{region}:{account}:function:{own}*"),
            ),
            Scope::Everything => ("WithoutLimit", "*".to_owned()),
        };
        let mut statement = json!({
            "Sid": sid,
            "Effect": "Allow",
            "Action": actions,
            "Resource": resource,
        });
        if scope == Scope::PassRole {
            statement["Condition"] =
                json!({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}});
        }
        statement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_action_tells_what_somebody_is_doing() {
        for (action, purpose) in [
            ("cloudformation:CreateStack", Purpose::Run),
            ("iam:CreateRole", Purpose::Run),
            ("cloudformation:DeleteStack", Purpose::Unlink),
            ("iam:DeleteRole", Purpose::Unlink),
            ("cloudformation:CreateChangeSet", Purpose::Review),
            ("ec2:DescribeSubnets", Purpose::Verify),
            ("cloudformation:DetectStackDrift", Purpose::Verify),
            ("an action of the template", Purpose::Run),
        ] {
            assert_eq!(Purpose::of(action), purpose, "{action}");
        }
    }

    fn actions(policy: &Value) -> Vec<String> {
        let statements = policy["Statement"].as_array().unwrap();
        let mut all: Vec<String> = statements
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap().to_owned())
            .collect();
        all.sort();
        all
    }

    fn resource<'a>(policy: &'a Value, sid: &str) -> &'a str {
        let statements = policy["Statement"].as_array().unwrap();
        let found = statements.iter().find(|one| one["Sid"] == sid).unwrap();
        found["Resource"].as_str().unwrap()
    }

    #[test]
    fn running_takes_what_is_documented_and_no_more() {
        let policy = policy(Purpose::Run, Some("123456789012"), "us-west-2", None);
        let mut needed = NEEDED_ACTIONS.to_vec();
        needed.sort_unstable();
        assert_eq!(actions(&policy), needed);
        assert_eq!(
            resource(&policy, "Stack"),
            "arn:aws:cloudformation:us-west-2:123456789012:stack/vmware-sddc-formation-*/*"
        );
        // As seen: vmware-sddc-formation-4c517b6f-1e2-BasicLambdaRole-SD4OX7YN3MNU
        assert_eq!(
            resource(&policy, "Roles"),
            "arn:aws:iam::123456789012:role/vmware-sddc-formatio*"
        );
    }

    #[test]
    fn every_policy_is_small_enough_for_iam_and_names_no_wildcard_action() {
        for purpose in [
            Purpose::Run,
            Purpose::Review,
            Purpose::Verify,
            Purpose::Unlink,
        ] {
            let policy = policy(purpose, None, "us-gov-west-1", Some("my-stack"));
            assert!(actions(&policy).iter().all(|action| !action.contains('*')));
            // An inline policy of a user may have 2048 characters, blanks not counted.
            assert!(policy.to_string().len() <= 2048, "{purpose:?}");
            assert!(resource(&policy, "Stack").starts_with("arn:aws-us-gov:"));
        }
        let review = policy(Purpose::Review, None, "us-west-2", Some("my-stack"));
        assert!(resource(&review, "Stack").contains("stack/vmc-link-review-*"));
        let run = policy(Purpose::Run, None, "us-west-2", Some("my-stack"));
        assert!(resource(&run, "Stack").ends_with("stack/my-stack/*"));
    }

    #[test]
    fn checking_only_reads() {
        let policy = policy(Purpose::Verify, None, "us-west-2", None);
        for action in actions(&policy) {
            let verb = action.split(':').nth(1).unwrap();
            let reads = ["Describe", "Detect", "Get", "List"];
            assert!(reads.iter().any(|read| verb.starts_with(read)), "{action}");
        }
    }
}
