//! What a handler gets to see: the call, taken apart.

use crate::{
    answer::{Answer, Outcome},
    clock::Time,
    settings::Settings,
    tls::Authority,
    world::World,
};
use http::HeaderMap;
use serde_json::Value;
use std::{collections::HashMap, time::Duration};

/// An operation's code. It runs under the world's lock, so it must not wait.
pub(crate) type Handler = fn(&mut Call<'_>) -> Outcome;

pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) settings: &'a Settings,
    /// What the simulated vCenters show.
    pub(crate) certificates: &'a Authority,
    pub(crate) now: Time,
    /// The clock's speed, for lifetimes that a client measures on its own clock.
    pub(crate) speed: f64,
    /// Scheme and authority the client used, without a trailing slash.
    pub(crate) base: &'a str,
    pub(crate) path: &'a str,
    /// The status that the contract declares for success.
    pub(crate) success: u16,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) params: HashMap<String, String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) form: Vec<(String, String)>,
    pub(crate) body: Value,
    /// Who calls, once that is known.
    pub(crate) caller: Caller,
    /// For the journal: how the call was authenticated.
    pub(crate) auth: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) user: String,
    pub(crate) user_name: String,
    pub(crate) orgs: Vec<String>,
    pub(crate) may_delete: bool,
}

impl Call<'_> {
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query(name) == Some("true")
    }

    pub(crate) fn form(&self, name: &str) -> Option<&str> {
        self.form
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A lifetime that the client measures on its own clock, as virtual time: a fast world must
    /// not outrun its clients.
    pub(crate) fn client_time(&self, seconds: u64) -> Duration {
        Duration::from_secs(seconds).mul_f64(self.speed.max(1.0))
    }

    pub(crate) fn ok(value: &Value) -> Outcome {
        Ok(Answer::json(200, value))
    }
}

/// Decodes `a=1&b=2`, in order, with repeats.
pub(crate) fn decode_form(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}
