//! Which operation a request is: paths from `spec/`, AWS actions by name.

use crate::{
    aws, csp,
    handler::Handler,
    spec::{Operation, Spec},
    vcenter, vmc,
};
use percent_encoding::percent_decode_str;
use std::collections::HashMap;

/// The simulated services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// Cloud Services identity: `/csp/gateway`.
    Csp,
    /// VMware Cloud on AWS: `/vmc/api`, and `/api` for what is newer.
    Vmc,
    /// AWS, which tells its services apart by action and signature: `POST /`.
    Aws,
    /// The bucket that link templates are read from: `/s3`.
    S3,
    /// A vCenter, always on a port of its own: `/rest` and `/api`.
    VCenter,
}

impl Service {
    /// Those that share a port.
    pub const ALL: [Self; 4] = [Self::Csp, Self::Vmc, Self::Aws, Self::S3];

    /// `csp`, `vmc`, `aws`, `s3` or `vcenter`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csp => "csp",
            Self::Vmc => "vmc",
            Self::Aws => "aws",
            Self::S3 => "s3",
            Self::VCenter => "vcenter",
        }
    }

    pub(crate) fn of_path(path: &str) -> Option<Self> {
        match path.split('/').nth(1)? {
            "csp" => Some(Self::Csp),
            "vmc" | "api" => Some(Self::Vmc),
            "s3" => Some(Self::S3),
            "" => Some(Self::Aws),
            _ => None,
        }
    }
}

/// The operation of the link template, which no contract lists.
pub(crate) const TEMPLATE_GET: &str = "template.get";

/// The contracts of the REST APIs, one file each in `spec/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contract {
    Csp,
    Vmc,
    /// Calls of the VMC API that newer bindings have dropped.
    Legacy,
    Autoscaler,
    /// SDDC groups.
    Groups,
    /// Sessions of vCenters.
    Session,
    /// Hybrid Linked Mode of vCenters.
    Hvc,
    /// Files of the services, which no contract has.
    None,
}

/// One route of a REST API.
pub(crate) struct Route {
    pub(crate) service: Service,
    pub(crate) contract: Contract,
    pub(crate) operation: Operation,
    /// Which path segments are parameters, by name.
    params: Vec<(usize, String)>,
    /// `None`: in the contract, not simulated.
    pub(crate) handler: Option<Handler>,
}

#[derive(Default)]
struct Node {
    literal: HashMap<String, Node>,
    param: Option<Box<Node>>,
    routes: HashMap<String, usize>,
}

/// The REST routes of all contracts.
#[derive(Default)]
pub(crate) struct Routes {
    specs: Vec<(Contract, Spec)>,
    routes: Vec<Route>,
    root: Node,
}

pub(crate) enum Match<'a> {
    Found(&'a Route, HashMap<String, String>),
    /// The path exists with these other methods.
    OtherMethods(Vec<&'a str>),
    Unknown,
}

/// The operation of reading a file.
fn file(id: &str, path: String) -> Operation {
    Operation {
        id: id.into(),
        method: "GET".into(),
        path,
        query: Vec::new(),
        body: None,
        success: None,
        #[cfg(test)]
        returns: "dynamic".into(),
        #[cfg(test)]
        errors: serde_json::Value::Null,
        since: None,
        until: None,
        privilege: None,
    }
}

impl Routes {
    pub(crate) fn load() -> Result<Self, serde_json::Error> {
        let mut routes = Self::default();
        for (contract, mut spec) in [
            (Contract::Csp, Spec::csp()?),
            (Contract::Vmc, Spec::vmc()?),
            (Contract::Legacy, Spec::legacy()?),
            (Contract::Autoscaler, Spec::autoscaler()?),
            (Contract::Groups, Spec::groups()?),
        ] {
            for operation in std::mem::take(&mut spec.operations) {
                let (service, handler) = match contract {
                    Contract::Csp => (Service::Csp, csp::handler(&operation.id)),
                    _ => (Service::Vmc, vmc::handler(&operation.id)),
                };
                routes.add(service, contract, operation, handler);
            }
            routes.specs.push((contract, spec));
        }
        let template = file(
            TEMPLATE_GET,
            format!("/s3/{}/{{key}}", aws::template::BUCKET),
        );
        let handler = Some(aws::template::get as Handler);
        routes.add(Service::S3, Contract::None, template, handler);
        Ok(routes)
    }

    /// The routes of every vCenter.
    pub(crate) fn of_vcenters() -> Result<Self, serde_json::Error> {
        let mut routes = Self::default();
        for (contract, mut spec) in [
            (Contract::Session, Spec::session()?),
            (Contract::Hvc, Spec::hvc()?),
        ] {
            for operation in std::mem::take(&mut spec.operations) {
                let handler = vcenter::handler(&operation.id);
                routes.add(Service::VCenter, contract, operation, handler);
            }
            routes.specs.push((contract, spec));
        }
        let versions = file(vcenter::versions::ID, vcenter::versions::PATH.into());
        let handler = Some(vcenter::versions::get as Handler);
        routes.add(Service::VCenter, Contract::None, versions, handler);
        Ok(routes)
    }

    /// The structs that a route's operation speaks in.
    pub(crate) fn spec(&self, route: &Route) -> Option<&Spec> {
        let found = self.specs.iter().find(|(one, _)| *one == route.contract);
        found.map(|(_, spec)| spec)
    }

    fn add(
        &mut self,
        service: Service,
        contract: Contract,
        operation: Operation,
        handler: Option<Handler>,
    ) {
        let mut node = &mut self.root;
        let mut params = Vec::new();
        for (index, segment) in operation.path.split('/').enumerate().skip(1) {
            match segment
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
            {
                Some(name) => {
                    params.push((index, name.to_owned()));
                    node = node.param.get_or_insert_default();
                }
                None => node = node.literal.entry(segment.into()).or_default(),
            }
        }
        let selector = operation.query.iter().find_map(|param| {
            let value = param.selects.as_ref()?;
            Some(format!("{}?{}={value}", operation.method, param.name))
        });
        node.routes.insert(
            selector.unwrap_or_else(|| operation.method.clone()),
            self.routes.len(),
        );
        self.routes.push(Route {
            service,
            contract,
            operation,
            params,
            handler,
        });
    }

    /// The operations that a contract has.
    #[cfg(test)]
    pub(crate) fn contracted(&self) -> impl Iterator<Item = &Operation> {
        let rows = self.routes.iter();
        rows.filter(|route| route.contract != Contract::None)
            .map(|route| &route.operation)
    }

    /// Every REST operation: id and whether it is simulated.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, bool)> {
        self.routes
            .iter()
            .map(|route| (route.operation.id.as_str(), route.handler.is_some()))
    }

    /// `method` is `POST`, or `POST?action=add` where one path has several operations.
    pub(crate) fn find(&self, method: &str, path: &str) -> Match<'_> {
        let segments: Vec<String> = path
            .split('/')
            .skip(1)
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let Some(node) = descend(&self.root, &segments) else {
            return Match::Unknown;
        };
        let found = node
            .routes
            .get(method)
            .and_then(|index| self.routes.get(*index));
        let Some(route) = found else {
            let mut methods: Vec<&str> = node.routes.keys().map(String::as_str).collect();
            methods.sort_unstable();
            return Match::OtherMethods(methods);
        };
        let params = route
            .params
            .iter()
            .filter_map(|(index, name)| {
                Some((name.clone(), segments.get(index.checked_sub(1)?)?.clone()))
            })
            .collect();
        Match::Found(route, params)
    }
}

/// Literal segments win over parameters (`sddcs/provision-spec` over `sddcs/{sddc}`).
fn descend<'a>(node: &'a Node, segments: &[String]) -> Option<&'a Node> {
    let Some((first, rest)) = segments.split_first() else {
        return (!node.routes.is_empty()).then_some(node);
    };
    node.literal
        .get(first)
        .and_then(|next| descend(next, rest))
        .or_else(|| {
            node.param
                .as_deref()
                .filter(|_| !first.is_empty())
                .and_then(|next| descend(next, rest))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(method: &str, path: &str) -> String {
        match Routes::load().unwrap().find(method, path) {
            Match::Found(route, _) => route.operation.id.clone(),
            Match::OtherMethods(methods) => format!("not {}", methods.join(",")),
            Match::Unknown => "unknown".into(),
        }
    }

    #[test]
    fn finds_operations() {
        assert_eq!(
            id("GET", "/vmc/api/orgs/o/sddcs/provision-spec"),
            "orgs.sddcs.provision_spec.get"
        );
        assert_eq!(id("GET", "/vmc/api/orgs/o/sddcs/s"), "orgs.sddcs.get");
        assert_eq!(id("PUT", "/vmc/api/orgs/o/sddcs/s"), "not DELETE,GET,PATCH");
        assert_eq!(id("GET", "/vmc/api/orgs/o/sddcs/"), "unknown");
        assert_eq!(id("GET", "/vmc/api/orgs/o/nope"), "unknown");
    }

    #[test]
    fn every_row_of_the_handlers_is_in_the_contract() {
        let routes = Routes::load().unwrap();
        let known: Vec<&str> = routes.operations().map(|(id, _)| id).collect();
        for id in vmc::OPERATIONS
            .iter()
            .chain(csp::OPERATIONS)
            .map(|(id, _)| id)
        {
            assert!(known.contains(id), "{id} has a handler but no route");
        }
    }
}
