//! Which operation a request asks for.

use crate::{
    answer::Answer,
    aws::{self, Protocol, Refusal},
    handler::decode_form,
    pipeline::{Core, Origin},
    refusal::{self, Speaker},
    route::{Match, Route, Service},
    spec,
};
use bytes::Bytes;
use std::collections::HashMap;

pub(crate) enum Target<'a> {
    Rest(&'a Route, HashMap<String, String>),
    Action {
        service: &'a spec::QueryService,
        action: &'a spec::Action,
    },
    Refused(Answer),
}

pub(crate) struct Found<'a> {
    pub(crate) service: Option<Service>,
    /// How that service says no, if it is of AWS.
    pub(crate) protocol: Protocol,
    pub(crate) operation: String,
    pub(crate) target: Target<'a>,
}

impl Found<'_> {
    /// Who answers, for what is no operation's answer.
    pub(crate) fn speaker(&self) -> Speaker {
        Speaker {
            service: self.service,
            protocol: self.protocol,
        }
    }
}

impl Core {
    pub(crate) fn identify(
        &self,
        origin: &Origin,
        parts: &http::request::Parts,
        body: &Bytes,
    ) -> Found<'_> {
        let path = parts.uri.path();
        let method = parts.method.as_str();
        if let Some(vcenter) = &origin.vcenter {
            return self.identify_at(vcenter, parts);
        }
        let service =
            Service::of_path(path).filter(|one| origin.only.is_none_or(|only| only == *one));
        let unknown = |target: Answer| Found {
            service,
            protocol: Protocol::default(),
            operation: "unknown".into(),
            target: Target::Refused(target),
        };
        let Some(one) = service else {
            return unknown(refusal::no_route(method, path));
        };
        if one == Service::Aws {
            return match self.identify_action(method, path, parts, body) {
                Ok((service, action)) => Found {
                    service: Some(one),
                    protocol: service.protocol,
                    operation: action.id.clone(),
                    target: Target::Action { service, action },
                },
                Err(answer) => unknown(answer),
            };
        }
        match self.routes.find(method, path) {
            Match::Found(route, params) => Found {
                service: Some(route.service),
                protocol: Protocol::default(),
                operation: route.operation.id.clone(),
                target: Target::Rest(route, params),
            },
            Match::OtherMethods(methods) => {
                let text = format!("{method} {path}: only {} here", methods.join(", "));
                unknown(refusal::of(Speaker::rest(service), 405, path, &text))
            }
            Match::Unknown => unknown(refusal::no_route(method, path)),
        }
    }

    /// Some paths of a vCenter have several operations, told apart by a word in the query.
    fn identify_at(&self, vcenter: &str, parts: &http::request::Parts) -> Found<'_> {
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let query = decode_form(parts.uri.query().unwrap_or_default());
        let mut keys: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{method}?{name}={value}"))
            .collect();
        keys.push(method.into());
        let service = Some(Service::VCenter);
        let mut problem = format!("vmc-mock has no route {method} {path}");
        for key in keys {
            match self.vcenter_routes.find(&key, path) {
                Match::Found(route, mut params) => {
                    params.insert("vcenter".into(), vcenter.into());
                    return Found {
                        service,
                        protocol: Protocol::default(),
                        operation: route.operation.id.clone(),
                        target: Target::Rest(route, params),
                    };
                }
                Match::OtherMethods(methods) => {
                    problem = format!("{method} {path}: only {} here", methods.join(", "));
                }
                Match::Unknown => {}
            }
        }
        Found {
            service,
            protocol: Protocol::default(),
            operation: "unknown".into(),
            target: Target::Refused(refusal::of(Speaker::rest(service), 404, path, &problem)),
        }
    }

    fn identify_action(
        &self,
        method: &str,
        path: &str,
        parts: &http::request::Parts,
        body: &Bytes,
    ) -> Result<(&spec::QueryService, &spec::Action), Answer> {
        if method != "POST" || path != "/" {
            return Err(refusal::no_route(method, path));
        }
        let form = decode_form(&String::from_utf8_lossy(body));
        let value = |name: &str| {
            form.iter()
                .find(|(known, _)| known == name)
                .map_or("", |(_, value)| value.as_str())
        };
        let target = parts.headers.get("x-amz-target");
        let target = target.and_then(|value| value.to_str().ok()?.split_once('.'));
        let (action, version) = match target {
            Some((_, action)) => (action, ""),
            None => (value("Action"), value("Version")),
        };
        let signed_for = aws::scope(&parts.headers).map(|(_, _, service)| service);
        let found = self.aws.services.iter().find_map(|service| {
            if signed_for
                .as_ref()
                .is_some_and(|wanted| *wanted != service.id)
            {
                return None;
            }
            if service.target.as_deref() != target.map(|(prefix, _)| prefix) {
                return None;
            }
            let found = service.actions.iter().find(|row| row.action == action)?;
            (version.is_empty() || version == service.version).then_some((service, found))
        });
        found.ok_or_else(|| {
            let protocol = match target {
                Some(_) => Protocol::Json,
                None if signed_for.as_deref() == Some("ec2") => Protocol::Ec2,
                None => Protocol::Query,
            };
            let text = format!("Could not find operation {action} for version {version}");
            protocol.refuse(Refusal::UnknownAction(&text))
        })
    }
}
