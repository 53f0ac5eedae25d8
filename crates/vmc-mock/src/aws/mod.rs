//! AWS. A new action is one function and one row here.

mod auth;
mod change_sets;
mod cloudformation;
mod describe;
mod drift;
mod ec2;
mod iam;
mod pages;
mod protocol;
mod query;
mod quotas;
mod resource_rights;
mod selection;
mod sts;
pub(crate) mod template;
pub(crate) mod timeline;
mod xml;

pub(crate) use auth::{Identity, authenticate, scope};
pub(crate) use protocol::{Protocol, Refusal};
pub(crate) use query::{ActionHandler, Aws};

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
    ("cfn.GetTemplate", describe::template),
    ("cfn.ListStacks", describe::list),
    ("cfn.ListStackResources", describe::list_resources),
    (
        "cfn.UpdateTerminationProtection",
        cloudformation::update_termination_protection,
    ),
    ("cfn.DetectStackDrift", drift::detect),
    ("cfn.DescribeStackDriftDetectionStatus", drift::status),
    ("cfn.DescribeStackResourceDrifts", drift::resources),
    ("cfn.CreateChangeSet", change_sets::create),
    ("cfn.DescribeChangeSet", change_sets::describe),
    ("cfn.ListChangeSets", change_sets::list),
    ("cfn.DeleteChangeSet", change_sets::delete),
    ("iam.GetRole", iam::get_role),
    (
        "iam.ListAttachedRolePolicies",
        iam::list_attached_role_policies,
    ),
    ("iam.ListRolePolicies", iam::list_role_policies),
    ("iam.GetRolePolicy", iam::get_role_policy),
    ("ec2.DescribeSubnets", ec2::subnets),
    ("ec2.DescribeVpcs", ec2::vpcs),
    ("ec2.DescribeRouteTables", ec2::route_tables),
    ("ec2.DescribeNetworkInterfaces", ec2::network_interfaces),
    ("quotas.GetServiceQuota", quotas::applied),
    ("quotas.GetAWSDefaultServiceQuota", quotas::default),
];
