//! The AWS rights that linking takes.

use crate::aws::policy::Purpose;

/// The IAM actions that creating the link stack takes, as AWS documents them
/// for the person who runs the template. They can be taken away afterwards.
pub const NEEDED_ACTIONS: &[&str] = &[
    "cloudformation:CreateStack",
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResource",
    "cloudformation:DescribeStackResources",
    "cloudformation:GetTemplateSummary",
    "cloudformation:ListStackResources",
    "cloudformation:GetTemplate",
    "cloudformation:ListChangeSets",
    "cloudformation:GetStackPolicy",
    "iam:CreateRole",
    "iam:CreatePolicy",
    "iam:AttachRolePolicy",
    "iam:GetRole",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "lambda:GetFunctionConfiguration",
];

/// The IAM actions that checking a link takes. All of them only read.
pub const VERIFY_ACTIONS: &[&str] = &[
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSubnets",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "servicequotas:GetAWSDefaultServiceQuota",
    "servicequotas:GetServiceQuota",
];

/// The IAM actions that a check with a fresh look for drift takes besides: two
/// for the look, one for each kind of resource that CloudFormation then reads
/// with the caller's rights.
pub const DRIFT_ACTIONS: &[&str] = &[
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:DetectStackDrift",
    "cloudformation:DetectStackResourceDrift",
    "lambda:GetFunction",
];

/// Who forbids a call, where adding rights to the caller does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forbidden {
    /// The AWS organization, by a service control policy.
    ByOrganization,
    /// A policy that denies it explicitly.
    ByPolicy,
}

impl Forbidden {
    /// Reads AWS's words for a refusal.
    pub(crate) fn read(message: &str) -> Option<Self> {
        if message.contains("service control policy") {
            Some(Self::ByOrganization)
        } else if message.contains("explicit deny") {
            Some(Self::ByPolicy)
        } else {
            None
        }
    }

    /// What helps.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::ByOrganization => {
                "A service control policy of the AWS organization forbids it: no right in this account can help, \
                 ask for an exception."
            }
            Self::ByPolicy => {
                "A policy forbids it explicitly: adding rights does not help, that policy must change."
            }
        }
    }
}

/// What to ask the AWS administrator for.
pub(crate) fn denied_hint(action: &str, message: &str) -> String {
    let policy = match Forbidden::read(message) {
        Some(who) => format!("{} ", who.advice()),
        None => String::new(),
    };
    format!(
        "{policy}Refused: {action}. 'vmc link policy --for {}' prints all rights that this takes.",
        Purpose::of(action).as_str()
    )
}
