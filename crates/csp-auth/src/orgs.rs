//! The organizations of the logged-in user.

use vmc_http::{model, operation};

model! {
    /// An organization as CSP lists it.
    pub struct CspOrg {
        id: Option<String>,
        name: Option<String>,
        display_name: Option<String> = "displayName",
        ref_link: Option<String> = "refLink",
    }
}

model! {
    /// Organizations as links, and as objects where the service expands them.
    pub struct OrgRefs {
        ref_links: Option<Vec<String>> = "refLinks",
        items: Option<Vec<CspOrg>>,
    }
}

impl OrgRefs {
    /// The ids of all organizations listed, each once, in order.
    pub fn ids(&self) -> Vec<&str> {
        let linked = self.ref_links.iter().flatten();
        let expanded = self.items.iter().flatten();
        let mut ids = Vec::new();
        for id in expanded
            .filter_map(|org| org.id.as_deref())
            .chain(linked.filter_map(|link| link.rsplit('/').next()))
        {
            if !id.is_empty() && !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }
}

operation! {
    /// Lists the organizations of the user the access token belongs to
    /// (`GET /csp/gateway/am/api/loggedin/user/orgs`). Needs a client of CSP
    /// with credentials, and [`Scheme::Bearer`](vmc_http::Scheme::Bearer).
    pub struct ListOrgs => "csp.orgs", GET "/csp/gateway/am/api/loggedin/user/orgs", Safe -> OrgRefs {
        always { "expand" = "1" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_items_and_from_links() {
        let refs: OrgRefs = serde_json::from_str(
            r#"{"refLinks":["/csp/gateway/am/api/orgs/a","/csp/gateway/am/api/orgs/b"],"items":[{"id":"a"},{"id":null}]}"#,
        )
        .unwrap();
        assert_eq!(refs.ids(), ["a", "b"]);
        let empty: OrgRefs = serde_json::from_str("{}").unwrap();
        assert!(empty.ids().is_empty());
    }
}
