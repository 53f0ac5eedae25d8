//! What was received and what was done.

use crate::clock::Time;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};

/// One received request. Secrets in the query are replaced by `***`; bodies are not kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Request {
    /// Position among all requests since the start or the last reset, from 1. The control API
    /// does not count.
    pub seq: u64,
    /// Virtual time of arrival.
    pub at: Time,
    /// `csp`, `vmc`, `aws`, `s3`, `vcenter`, or `unknown`.
    pub service: String,
    /// The vCenter it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vcenter: Option<String>,
    /// Operation id such as `orgs.sddcs.create` or `cfn.CreateStack`; `unknown` if there is none.
    pub operation: String,
    /// HTTP method.
    pub method: String,
    /// Path and query, redacted.
    pub path: String,
    /// How the caller proved who it is: `csp-auth-token#3` or `bearer#3` (third token issued),
    /// `sigv4:AKID/region`, `basic`, `api-token:form`, `session#2` or `cookie#2` (second session
    /// of that vCenter), …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<String>,
    /// The client's `User-Agent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Status sent; `None` while the request is being answered, or if it never was.
    pub status: Option<u16>,
    /// Whether the operation was carried out (also if it was refused by the service's rules):
    /// false when a fault answered instead.
    pub handled: bool,
    /// The fault rule that fired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<u64>,
    /// The connection is held open and will never be answered.
    pub hung: bool,
    /// The connection was cut.
    pub cut: bool,
}

/// One change in the simulated world.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Effect {
    /// Position among all effects, from 1.
    pub seq: u64,
    /// Virtual time of the change.
    pub at: Time,
    /// The request that caused it; `None` if time did.
    pub request: Option<u64>,
    /// What happened: `sddc.created`, `stack.created`, `link_request.created`, …
    pub effect: String,
    /// Ids and names.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// Requests and effects so far.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Journal {
    /// The requests, oldest first; at most `journal_limit` of them.
    pub requests: VecDeque<Request>,
    /// The effects, oldest first; at most `journal_limit` of them.
    pub effects: VecDeque<Effect>,
    /// How often each operation was received.
    pub operations: BTreeMap<String, u64>,
    /// How often each effect was done.
    pub effect_counts: BTreeMap<String, u64>,
    #[serde(skip)]
    last_request: u64,
    #[serde(skip)]
    last_effect: u64,
}

impl Journal {
    /// How often `operation` was received.
    pub fn received(&self, operation: &str) -> u64 {
        self.operations.get(operation).copied().unwrap_or(0)
    }

    /// How often `effect` was done.
    pub fn done(&self, effect: &str) -> u64 {
        self.effect_counts.get(effect).copied().unwrap_or(0)
    }

    pub(crate) fn open(&mut self, mut request: Request, limit: usize) -> u64 {
        self.last_request += 1;
        request.seq = self.last_request;
        *self
            .operations
            .entry(request.operation.clone())
            .or_default() += 1;
        self.requests.push_back(request);
        while self.requests.len() > limit {
            self.requests.pop_front();
        }
        self.last_request
    }

    pub(crate) fn change(&mut self, seq: u64, change: impl FnOnce(&mut Request)) {
        let Some(first) = self.requests.front().map(|request| request.seq) else {
            return;
        };
        let index = usize::try_from(seq.wrapping_sub(first)).unwrap_or(usize::MAX);
        if let Some(request) = self.requests.get_mut(index) {
            change(request);
        }
    }

    pub(crate) fn done_now(&mut self, mut effect: Effect, limit: usize) {
        self.last_effect += 1;
        effect.seq = self.last_effect;
        *self.effect_counts.entry(effect.effect.clone()).or_default() += 1;
        self.effects.push_back(effect);
        while self.effects.len() > limit {
            self.effects.pop_front();
        }
    }
}

/// Path and query with the values of secret parameters replaced.
pub(crate) fn redact(path: &str, query: Option<&str>) -> String {
    let Some(query) = query else {
        return path.into();
    };
    let query: Vec<String> = query
        .split('&')
        .map(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            let lower = name.to_ascii_lowercase();
            match ["token", "secret", "password", "signature"]
                .iter()
                .any(|word| lower.contains(word))
            {
                true => format!("{name}=***"),
                false => pair.into(),
            }
        })
        .collect();
    format!("{path}?{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn redacts_secrets_in_queries() {
        assert_eq!(
            redact("/p", Some("refresh_token=abc&x=1")),
            "/p?refresh_token=***&x=1"
        );
        assert_eq!(redact("/p", None), "/p");
    }
}
