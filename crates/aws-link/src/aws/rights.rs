//! The AWS rights that linking takes.

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

/// What to ask the AWS administrator for.
pub(crate) fn denied_hint(action: &str, message: &str) -> String {
    let policy = if message.contains("service control policy") {
        "A service control policy of the AWS organization forbids it: no right in this account can help, \
         ask for an exception. "
    } else if message.contains("explicit deny") {
        "A policy forbids it explicitly: adding rights does not help, that policy must change. "
    } else {
        ""
    };
    format!(
        "{policy}Refused: {action}. Linking takes {}; they can be taken away afterwards.",
        NEEDED_ACTIONS.join(", ")
    )
}
