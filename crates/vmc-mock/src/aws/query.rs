//! A call: parameters in, XML or JSON out.

use super::{Identity, Protocol, xml};
use crate::{
    answer::{Answer, Outcome},
    clock::Time,
    settings::Settings,
    world::World,
};
use serde_json::Value;

/// An action's code.
pub(crate) type ActionHandler = fn(&mut Aws<'_>) -> Outcome;

pub(crate) struct Aws<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) settings: &'a Settings,
    pub(crate) now: Time,
    pub(crate) caller: Identity,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) action: &'a str,
    pub(crate) version: &'a str,
    pub(crate) protocol: Protocol,
    pub(crate) request_id: String,
}

impl Aws<'_> {
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// `name.member.1`, `name.member.2`, …
    pub(crate) fn members(&self, name: &str) -> Vec<String> {
        self.numbered(&format!("{name}.member."), "")
    }

    /// Pairs of `name.member.N.key` and `name.member.N.value`.
    pub(crate) fn pairs(&self, name: &str, key: &str, value: &str) -> Vec<(String, String)> {
        let prefix = format!("{name}.member.");
        let keys = self.numbered(&prefix, &format!(".{key}"));
        keys.into_iter()
            .zip(self.numbered(&prefix, &format!(".{value}")))
            .collect()
    }

    /// The values of `prefix1suffix`, `prefix2suffix`, …
    pub(crate) fn numbered(&self, prefix: &str, suffix: &str) -> Vec<String> {
        (1..)
            .map_while(|number: usize| {
                let wanted = format!("{prefix}{number}{suffix}");
                let found = self.params.iter().find(|(name, _)| *name == wanted)?;
                Some(found.1.clone())
            })
            .collect()
    }

    /// Wraps the inside of a result.
    pub(crate) fn answer(&self, result: &str) -> Outcome {
        let action = self.action;
        if self.protocol == Protocol::Ec2 {
            let text = format!(
                "<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/{}/\">{}{result}</{action}Response>",
                self.version,
                xml::leaf("requestId", &self.request_id),
            );
            return Ok(self.identified(Answer::xml(200, text)));
        }
        let host = match self.version {
            "2011-06-15" => "https://sts.amazonaws.com",
            "2010-05-08" => "https://iam.amazonaws.com",
            _ => "http://cloudformation.amazonaws.com",
        };
        let result = match result {
            "" => String::new(),
            inner => xml::node(&format!("{action}Result"), inner),
        };
        let id = xml::node(
            "ResponseMetadata",
            &xml::leaf("RequestId", &self.request_id),
        );
        let text = format!(
            "<{action}Response xmlns=\"{host}/doc/{}/\">{result}{id}</{action}Response>",
            self.version
        );
        Ok(self.identified(Answer::xml(200, text)))
    }

    /// An answer with a result that has nothing in it.
    pub(crate) fn answer_empty(&self) -> Outcome {
        // An element with a comment is empty too, and not left out.
        self.answer("<!-- -->")
    }

    /// The ARN of a stack.
    pub(crate) fn stack_id(&self, name: &str, uuid: &str) -> String {
        format!(
            "arn:aws:cloudformation:{}:{}:stack/{name}/{uuid}",
            self.caller.region, self.caller.account
        )
    }

    /// The answer of a service that speaks JSON.
    pub(crate) fn answer_json(&self, document: &Value) -> Outcome {
        let kind = "application/x-amz-json-1.1";
        Ok(self.identified(Answer::new(200, kind, document.to_string())))
    }

    fn identified(&self, answer: Answer) -> Answer {
        answer.with("x-amzn-requestid", self.request_id.clone())
    }

    /// A refusal in the form of the service.
    pub(crate) fn error(&self, status: u16, code: &str, message: &str) -> Answer {
        self.protocol.error(status, code, message)
    }
}

/// An `ErrorResponse`.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    Protocol::Query.error(status, code, message)
}

/// The refusal most actions know.
pub(crate) fn invalid(message: &str) -> Answer {
    error(400, "ValidationError", message)
}
