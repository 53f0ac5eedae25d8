//! AWS over the Query protocol: a form with an `Action`, an XML answer. A new action is one
//! function and one row here.

mod auth;
mod cloudformation;
mod describe;
mod iam;
mod query;
mod sts;
pub(crate) mod template;
pub(crate) mod timeline;
mod xml;

pub(crate) use auth::{Identity, authenticate, scope};
pub(crate) use query::{ActionHandler, Aws, error};

/// Action id in `spec/aws-query.json` and the code for it.
pub(crate) const ACTIONS: &[(&str, ActionHandler)] = &[
    ("sts.GetCallerIdentity", sts::get_caller_identity),
    ("cfn.CreateStack", cloudformation::create_stack),
    ("cfn.DeleteStack", cloudformation::delete_stack),
    ("cfn.DescribeStacks", describe::stacks),
    ("cfn.DescribeStackEvents", describe::events),
    ("cfn.DescribeStackResources", describe::resources),
    (
        "cfn.GetTemplateSummary",
        cloudformation::get_template_summary,
    ),
    ("cfn.ValidateTemplate", cloudformation::validate_template),
    ("iam.GetRole", iam::get_role),
    (
        "iam.ListAttachedRolePolicies",
        iam::list_attached_role_policies,
    ),
    ("iam.ListRolePolicies", iam::list_role_policies),
    ("iam.GetRolePolicy", iam::get_role_policy),
];
