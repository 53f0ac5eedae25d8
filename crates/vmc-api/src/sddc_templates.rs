//! Templates that deleted SDDCs left behind: see
//! [`retain_configuration`](crate::sddcs::Delete::retain_configuration).

use vmc_http::operation;

use crate::models::{SddcTemplate, Task};
use crate::{OrgId, SddcId, SddcTemplateId};

operation! {
    /// Lists the templates of an organization.
    pub struct List => "orgs.sddc_templates.list",
        GET "/vmc/api/orgs/{org}/sddc-templates", Safe -> Vec<SddcTemplate>
    {
        path { org: OrgId }
    }
}

operation! {
    /// One template.
    pub struct Get => "orgs.sddc_templates.get",
        GET "/vmc/api/orgs/{org}/sddc-templates/{templateId}", Safe -> SddcTemplate
    {
        path { org: OrgId, template: SddcTemplateId = "templateId" }
    }
}

operation! {
    /// Deletes a template.
    // Once: each arrival may start a task.
    pub struct Delete => "orgs.sddc_templates.delete",
        DELETE "/vmc/api/orgs/{org}/sddc-templates/{templateId}", Once -> Task
    {
        path { org: OrgId, template: SddcTemplateId = "templateId" }
    }
}

operation! {
    /// The template of an SDDC.
    pub struct OfSddc => "orgs.sddcs.sddc_template.get",
        GET "/vmc/api/orgs/{org}/sddcs/{sddc}/sddc-template", Safe -> SddcTemplate
    {
        path { org: OrgId, sddc: SddcId }
    }
}
