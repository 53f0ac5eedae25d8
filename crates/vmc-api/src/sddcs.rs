//! SDDCs.

use vmc_http::{Nothing, operation};

use crate::models::{
    AwsSddcConfig, ProvisionSpec, Sddc, SddcConvertRequest, SddcPatchRequest, Task,
};
use crate::{OrgId, SddcId};

operation! {
    /// Lists SDDCs. Deleted ones are hidden unless asked for.
    pub struct List => "orgs.sddcs.list", GET "/vmc/api/orgs/{org}/sddcs", Safe -> Vec<Sddc> {
        path { org: OrgId }
        query {
            include_deleted: bool = "includeDeleted",
            /// See [`Filter`](crate::Filter).
            filter: String = "$filter",
        }
    }
}

operation! {
    /// One SDDC, passwords among it. A deleted SDDC is still found, with state `DELETED`.
    pub struct Get => "orgs.sddcs.get", GET "/vmc/api/orgs/{org}/sddcs/{sddc}", Safe -> Sddc {
        path { org: OrgId, sddc: SddcId }
    }
}

operation! {
    /// Creates an SDDC: about two hours, and hosts are paid for from then on.
    ///
    /// The task's `resource_id` is the new SDDC's id.
    pub struct Create => "orgs.sddcs.create", POST "/vmc/api/orgs/{org}/sddcs", Once -> Task {
        path { org: OrgId }
        body config: AwsSddcConfig
    }
}

operation! {
    /// Lets the service check a configuration without creating anything.
    // The same request as `Create` but for one parameter, and yet safe to
    // repeat: hence an operation of its own. What a good answer holds is not
    // documented consistently, so it is not read.
    pub struct Validate => "orgs.sddcs.create.validate", POST "/vmc/api/orgs/{org}/sddcs", Safe -> Nothing {
        path { org: OrgId }
        always { "validateOnly" = "true" }
        body config: AwsSddcConfig
    }
}

operation! {
    /// Changes an SDDC's name.
    // Converges: carries the whole name, and starts no task.
    pub struct Patch => "orgs.sddcs.patch", PATCH "/vmc/api/orgs/{org}/sddcs/{sddc}", Converges -> Sddc {
        path { org: OrgId, sddc: SddcId }
        body change: SddcPatchRequest
    }
}

impl Patch {
    /// The change of a name.
    pub fn rename(org: impl Into<OrgId>, sddc: impl Into<SddcId>, name: impl Into<String>) -> Self {
        let mut change = SddcPatchRequest::new();
        change.name = Some(name.into());
        Self::new(org, sddc, change)
    }
}

operation! {
    /// Deletes an SDDC with everything on it.
    // Once: each arrival may start a task.
    pub struct Delete => "orgs.sddcs.delete", DELETE "/vmc/api/orgs/{org}/sddcs/{sddc}", Once -> Task {
        path { org: OrgId, sddc: SddcId }
        query {
            /// Keeps the configuration as a template.
            retain_configuration: bool = "retain_configuration",
            /// Name of that template.
            template_name: String = "template_name",
            /// For the service's operators only.
            force: bool = "force",
        }
    }
}

operation! {
    /// What can be created: regions, kinds of hosts, sizes.
    pub struct GetProvisionSpec => "orgs.sddcs.provision_spec.get",
        GET "/vmc/api/orgs/{org}/sddcs/provision-spec", Safe -> ProvisionSpec
    {
        path { org: OrgId }
    }
}

operation! {
    /// Turns a one-node SDDC into one that lasts, with hosts that are paid for from then on.
    pub struct Convert => "orgs.sddcs.convert.create",
        POST "/vmc/api/orgs/{org}/sddcs/{sddc}/convert", Once -> Task
    {
        path { org: OrgId, sddc: SddcId }
        optional body { request: SddcConvertRequest }
    }
}
