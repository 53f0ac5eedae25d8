//! Add-ons of an SDDC that are on or off.

use vmc_http::{Nothing, operation};

use crate::models::{EnablementAction, EnablementInfo, EnablementName};
use crate::{OrgId, SddcId};

operation! {
    /// Lists the add-ons and whether they are on.
    pub struct List => "orgs.sddcs.enablements.list",
        GET "/vmc/api/orgs/{org}/sddcs/{sddc}/enablements", Safe -> Vec<EnablementInfo>
    {
        path { org: OrgId, sddc: SddcId }
    }
}

operation! {
    /// Switches an add-on on or off. See [`Change::enable`] and [`Change::disable`].
    // Converges: says what is to be, and starts no task.
    pub struct Change => "orgs.sddcs.enablements.enable_disable_addon",
        POST "/vmc/api/orgs/{org}/sddcs/{sddc}/enablements/{enablement}", Converges -> Nothing
    {
        path { org: OrgId, sddc: SddcId, enablement: EnablementName }
        required { action: EnablementAction = "action" }
    }
}

impl Change {
    /// Switches an add-on on.
    pub fn enable(
        org: impl Into<OrgId>,
        sddc: impl Into<SddcId>,
        enablement: impl Into<EnablementName>,
    ) -> Self {
        Self::new(org, sddc, enablement, EnablementAction::Enable)
    }

    /// Switches an add-on off.
    pub fn disable(
        org: impl Into<OrgId>,
        sddc: impl Into<SddcId>,
        enablement: impl Into<EnablementName>,
    ) -> Self {
        Self::new(org, sddc, enablement, EnablementAction::Disable)
    }
}
