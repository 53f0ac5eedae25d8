//! Links of Hybrid Linked Mode.

use vmc_http::{Error, id, model, operation};

use crate::dialect::{Dialect, Wrapped};
use crate::vcenter::VCenter;

id! {
    /// A link between this vCenter's domain and another one.
    pub struct LinkId;
}

model! {
    /// A link as lists show it.
    pub struct LinkSummary {
        required {
            link: LinkId,
        }
        /// Usually the name of the linked domain.
        display_name: Option<String>,
    }
}

operation! {
    /// Lists the links (`GET /api/hvc/links`).
    pub struct ListLinks => "hvc.links.list", GET "/api/hvc/links", Safe -> Vec<LinkSummary> {}
}

operation! {
    /// Lists the links in the `/rest` dialect (`GET /rest/hvc/links`).
    pub struct ListLinksRest => "hvc.links.list", GET "/rest/hvc/links", Safe -> Wrapped<Vec<LinkSummary>> {}
}

/// The links of a vCenter.
#[derive(Debug, Clone, Copy)]
pub struct Links<'a>(pub(crate) &'a VCenter);

impl Links<'_> {
    /// All links, in the dialect the vCenter speaks. None is an empty list.
    ///
    /// # Errors
    /// [`Error::Credentials`] with a [`LoginError`](crate::LoginError) when
    /// there is no session; 404 where the vCenter has no Hybrid Linked Mode.
    pub async fn list(&self) -> Result<Vec<LinkSummary>, Error> {
        match self.0.dialect_for("hvc.links.list").await? {
            Dialect::Api => self.0.client().send(ListLinks::new()).await,
            Dialect::Rest => {
                let wrapped = self.0.client().send(ListLinksRest::new()).await?;
                Ok(wrapped.value)
            }
        }
    }
}
