//! Credentials that add-ons of an SDDC use. Answers hold passwords.

use vmc_http::operation;

use crate::models::{AddonType, NewCredentials, UpdateCredentials};
use crate::{OrgId, SddcId};

operation! {
    /// Lists an add-on's credentials.
    pub struct List => "orgs.sddcs.addons.credentials.list",
        GET "/vmc/api/orgs/{org}/sddcs/{sddcId}/addons/{addonType}/credentials", Safe -> Vec<NewCredentials>
    {
        path { org: OrgId, sddc: SddcId = "sddcId", addon: AddonType = "addonType" }
    }
}

operation! {
    /// Gives an add-on new credentials.
    // Once: a second arrival is refused as a conflict, although the first was done.
    pub struct Create => "orgs.sddcs.addons.credentials.create",
        POST "/vmc/api/orgs/{org}/sddcs/{sddcId}/addons/{addonType}/credentials", Once -> NewCredentials
    {
        path { org: OrgId, sddc: SddcId = "sddcId", addon: AddonType = "addonType" }
        body credentials: NewCredentials
    }
}

operation! {
    /// An add-on's credentials of a name.
    pub struct Get => "orgs.sddcs.addons.credentials.get",
        GET "/vmc/api/orgs/{org}/sddcs/{sddcId}/addons/{addonType}/credentials/{name}", Safe -> NewCredentials
    {
        path { org: OrgId, sddc: SddcId = "sddcId", addon: AddonType = "addonType", name: String }
    }
}

operation! {
    /// Changes an add-on's credentials of a name.
    // Converges: carries all of them, and starts no task.
    pub struct Update => "orgs.sddcs.addons.credentials.update",
        PUT "/vmc/api/orgs/{org}/sddcs/{sddcId}/addons/{addonType}/credentials/{name}", Converges -> NewCredentials
    {
        path { org: OrgId, sddc: SddcId = "sddcId", addon: AddonType = "addonType", name: String }
        body credentials: UpdateCredentials
    }
}
