//! Which vCenter has which operation: by version, as `spec/` says, and by flavour.

use crate::{
    spec::Operation,
    world::{Flavour, VCenter, Version},
};

/// The last version with Hybrid Linked Mode, in either dialect.
const LAST_WITH_LINKS: &str = "vSphere 9.0";

/// Whether `vcenter` has `operation`.
pub(crate) fn has(vcenter: &VCenter, operation: &Operation) -> bool {
    let since = operation.since.as_deref().unwrap_or_default();
    // Guess: what "VMC vCenter only" says of /rest holds in /api too.
    let of_clouds = since.starts_with("VMC vCenter only")
        || operation.id == "hvc.links.delete_with_credentials";
    let until = match (&operation.until, operation.id.starts_with("hvc.")) {
        (Some(until), _) => until,
        (None, true) => LAST_WITH_LINKS,
        (None, false) => "",
    };
    let old = named(since).is_some_and(|(since, _)| vcenter.version < since);
    let new = named(until).is_some_and(|(last, parts)| vcenter.version.to(parts) > last);
    !old && !new && (!of_clouds || vcenter.flavour == Flavour::Cloud || is_status(operation))
}

/// Guess: a gateway tells the health of a link too, though the binding says otherwise.
fn is_status(operation: &Operation) -> bool {
    operation.id == "hvc.links.get"
}

/// The version in `vSphere 8.0.1.0`, and how many parts of it are given. Versions of bindings say
/// nothing about vCenters: all that is simulated is newer.
fn named(text: &str) -> Option<(Version, usize)> {
    let text = text.strip_prefix("vSphere ")?;
    Some((Version::parse(text)?, text.split('.').count()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::{Match, Routes};

    #[test]
    fn versions_and_flavours_differ() {
        let routes = Routes::of_vcenters().unwrap();
        let has = |vcenter: &VCenter, version: &str, method: &str, path: &str| {
            let Match::Found(route, _) = routes.find(method, path) else {
                panic!("{method} {path}")
            };
            let version = Version::parse(version).unwrap();
            has(&vcenter.clone().version(version), &route.operation)
        };
        let cloud = VCenter::cloud("c");
        let gateway = VCenter::gateway("g");
        for (version, rest, api) in [
            ("6.7", true, false),
            ("7.0.1", true, false),
            ("7.0.2", true, true),
            ("9.0.2", true, true),
            ("9.1", false, false),
        ] {
            assert_eq!(has(&cloud, version, "GET", "/rest/hvc/links"), rest);
            assert_eq!(has(&cloud, version, "GET", "/api/hvc/links"), api);
            assert!(has(&cloud, version, "POST", "/rest/com/vmware/cis/session"));
        }
        let sync = "/rest/hvc/links/l/sync/providers";
        assert!(has(&cloud, "8.0", "GET", sync) && !has(&cloud, "8.0.1", "GET", sync));
        let unlink = "POST?action=delete";
        assert!(has(&cloud, "8.0.1", unlink, "/api/hvc/links/l"));
        assert!(!has(&cloud, "8.0", unlink, "/api/hvc/links/l"));
        assert!(!has(&gateway, "8.0.1", unlink, "/api/hvc/links/l"));
        assert!(!has(&gateway, "8.0.1", unlink, "/rest/hvc/links/l"));
        assert!(has(&gateway, "8.0.1", "DELETE", "/rest/hvc/links/l"));
    }
}
