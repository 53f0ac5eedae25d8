//! How the services of AWS speak: the same refusals, each in its own form and words.

use super::xml::{leaf, node};
use crate::answer::Answer;
use serde::Deserialize;
use serde_json::json;

/// The form of answers and refusals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protocol {
    /// A form with an `Action`, an XML answer.
    #[default]
    Query,
    /// The same with XML of EC2's own.
    Ec2,
    /// JSON 1.1, the action in `X-Amz-Target`.
    Json,
}

/// What any service may refuse for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal<'a> {
    /// No signature.
    Anonymous,
    /// An access key that nobody has.
    UnknownKey,
    /// An access key whose time is over.
    Expired,
    /// The caller may not do this; in IAM's words.
    Denied(&'a str),
    /// No such action.
    UnknownAction(&'a str),
    /// A parameter that the action does not take, or a body that cannot be read.
    Invalid(&'a str),
    /// A fault that was ordered: any status.
    Status(u16, &'a str),
}

impl Protocol {
    /// An error document.
    pub(crate) fn error(self, status: u16, code: &str, message: &str) -> Answer {
        let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, message.as_bytes()).to_string();
        let inner = leaf("Code", code) + &leaf("Message", message);
        let answer = match self {
            Self::Query => {
                let type_ = if status < 500 { "Sender" } else { "Receiver" };
                let error = node("Error", &(leaf("Type", type_) + &inner));
                let text = node("ErrorResponse", &(error + &leaf("RequestId", &id)));
                Answer::xml(status, text)
            }
            Self::Ec2 => {
                let errors = node("Errors", &node("Error", &inner));
                Answer::xml(
                    status,
                    node("Response", &(errors + &leaf("RequestID", &id))),
                )
            }
            Self::Json => {
                let document = json!({"__type": code, "Message": message});
                Answer::new(status, "application/x-amz-json-1.1", document.to_string())
            }
        };
        answer.with("x-amzn-requestid", id)
    }

    pub(crate) fn refuse(self, refusal: Refusal<'_>) -> Answer {
        let (status, code, message) = match (refusal, self) {
            (Refusal::Anonymous, Self::Query) => (
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token".into(),
            ),
            (Refusal::Anonymous, Self::Json) => (
                400,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token".into(),
            ),
            (Refusal::Anonymous | Refusal::UnknownKey, Self::Ec2) => (
                401,
                "AuthFailure",
                "AWS was not able to validate the provided access credentials".into(),
            ),
            (Refusal::UnknownKey, one) => {
                let text = "The security token included in the request is invalid.";
                match one {
                    Self::Json => (400, "UnrecognizedClientException", text.into()),
                    _ => (403, "InvalidClientTokenId", text.into()),
                }
            }
            (Refusal::Expired, Self::Ec2) => (400, "RequestExpired", "Request has expired.".into()),
            (Refusal::Expired, one) => {
                let text = "The security token included in the request is expired";
                match one {
                    Self::Json => (400, "ExpiredTokenException", text.into()),
                    _ => (403, "ExpiredToken", text.into()),
                }
            }
            (Refusal::Denied(text), Self::Query) => (403, "AccessDenied", text.to_owned()),
            (Refusal::Denied(text), Self::Ec2) => {
                let text = format!("You are not authorized to perform this operation. {text}");
                (403, "UnauthorizedOperation", text)
            }
            (Refusal::Denied(text), Self::Json) => (400, "AccessDeniedException", text.into()),
            (Refusal::UnknownAction(text), Self::Json) => {
                (400, "UnknownOperationException", text.into())
            }
            (Refusal::UnknownAction(text), _) => (400, "InvalidAction", text.into()),
            (Refusal::Invalid(text), Self::Query) => (400, "ValidationError", text.into()),
            (Refusal::Invalid(text), Self::Ec2) => (400, "UnknownParameter", text.into()),
            (Refusal::Invalid(text), Self::Json) => (400, "ValidationException", text.into()),
            (Refusal::Status(status, text), one) => {
                let codes = match one {
                    Self::Query => [
                        "Throttling",
                        "AccessDenied",
                        "ServiceUnavailable",
                        "InternalFailure",
                    ],
                    Self::Ec2 => [
                        "RequestLimitExceeded",
                        "UnauthorizedOperation",
                        "Unavailable",
                        "InternalError",
                    ],
                    Self::Json => [
                        "TooManyRequestsException",
                        "AccessDeniedException",
                        "ServiceUnavailableException",
                        "ServiceException",
                    ],
                };
                let [throttled, denied, unavailable, internal] = codes;
                let code = match status {
                    400 | 429 => throttled,
                    403 => denied,
                    503 => unavailable,
                    _ => internal,
                };
                (status, code, text.into())
            }
        };
        self.error(status, code, &message)
    }
}
