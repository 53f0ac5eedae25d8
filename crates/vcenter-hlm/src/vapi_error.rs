//! Errors of a vCenter, in both dialects.

use std::fmt;

use http::StatusCode;
use serde_json::{Map, Value};
use vmc_http::redact::printable;
use vmc_http::tls::Thumbprint;
use vmc_http::{Answer, DecodeError, FromAnswer, model, open_enum};

/// In front of the error's name in the `/rest` dialect.
const REST_PREFIX: &str = "com.vmware.vapi.std.errors.";

/// What servers call a path they know nothing at. The kind is `NOT_FOUND` then.
const UNKNOWN_PATH: [&str; 2] = [
    "com.vmware.vapi.rest.httpNotFound",
    "com.vmware.vapi.rest.operationsForUrlNotFound",
];

open_enum! {
    /// Kind of a vCenter's error.
    pub enum ErrorType {
        /// It exists already.
        AlreadyExists = "ALREADY_EXISTS",
        /// It is already as wanted.
        AlreadyInDesiredState = "ALREADY_IN_DESIRED_STATE",
        /// It was canceled.
        Canceled = "CANCELED",
        /// Somebody else changed it meanwhile.
        ConcurrentChange = "CONCURRENT_CHANGE",
        /// Anything else.
        Error = "ERROR",
        /// A feature is in use that stands in the way.
        FeatureInUse = "FEATURE_IN_USE",
        /// A fault of the server's own.
        InternalServerError = "INTERNAL_SERVER_ERROR",
        /// A value is not acceptable.
        InvalidArgument = "INVALID_ARGUMENT",
        /// The configuration of something is not acceptable.
        InvalidElementConfiguration = "INVALID_ELEMENT_CONFIGURATION",
        /// Something is of the wrong kind.
        InvalidElementType = "INVALID_ELEMENT_TYPE",
        /// The request is malformed.
        InvalidRequest = "INVALID_REQUEST",
        /// Not in the state it is in.
        NotAllowedInCurrentState = "NOT_ALLOWED_IN_CURRENT_STATE",
        /// It does not exist.
        NotFound = "NOT_FOUND",
        /// The server does not have this operation.
        OperationNotFound = "OPERATION_NOT_FOUND",
        /// It is busy.
        ResourceBusy = "RESOURCE_BUSY",
        /// It cannot be reached.
        ResourceInaccessible = "RESOURCE_INACCESSIBLE",
        /// It is in use.
        ResourceInUse = "RESOURCE_IN_USE",
        /// The service is not there at the moment.
        ServiceUnavailable = "SERVICE_UNAVAILABLE",
        /// The server's own time ran out.
        TimedOut = "TIMED_OUT",
        /// The server has not enough of something.
        UnableToAllocateResource = "UNABLE_TO_ALLOCATE_RESOURCE",
        /// No session, or an ended one.
        Unauthenticated = "UNAUTHENTICATED",
        /// A privilege is missing.
        Unauthorized = "UNAUTHORIZED",
        /// Fields that the server does not know.
        UnexpectedInput = "UNEXPECTED_INPUT",
        /// Not supported, for example by the other side's version.
        Unsupported = "UNSUPPORTED",
        /// The other side's certificate is not trusted.
        UnverifiedPeer = "UNVERIFIED_PEER",
    }
}

model! {
    /// A message for people.
    pub struct LocalizableMessage {
        /// Its name in the server's message catalogue.
        id: Option<String>,
        /// In English.
        default_message: Option<String>,
        /// What was put into it.
        args: Option<Vec<String>>,
        /// What was put into it, by name. A list of pairs in the `/rest` dialect.
        params: Option<Value>,
        /// In the language asked for.
        localized: Option<String>,
    }
}

impl LocalizableMessage {
    /// The text to show, without control characters and cut at 300 characters.
    pub fn text(&self) -> Option<String> {
        let texts = [&self.localized, &self.default_message];
        let mut shown = texts.into_iter().flatten().map(|text| printable(text, 300));
        shown.find(|text| !text.is_empty())
    }
}

/// What a vCenter said instead of doing what it was asked, in either dialect.
#[derive(Clone, PartialEq)]
pub struct VapiError {
    /// Kind of error; by the status where the body does not tell.
    pub kind: ErrorType,
    /// What it says.
    pub messages: Vec<LocalizableMessage>,
    /// More about it, by kind.
    pub data: Option<Value>,
    /// HTTP status. A success where an error came with one.
    pub status: StatusCode,
}

impl VapiError {
    /// Reads an error answer. `None` when something else than a vCenter's API
    /// speaks: a proxy's page, a gateway's JSON.
    pub fn read(answer: &Answer) -> Option<Self> {
        let failed = !answer.status.is_success();
        let (kind, messages, data) = match answer.json() {
            Ok(Value::Object(body)) => {
                let said = Said::read(&body);
                if said.kind.is_none() && !(failed && said.has_messages) {
                    return None;
                }
                (said.kind, said.messages, said.data)
            }
            _ if failed && answer.text_bytes().is_empty() => (None, Vec::new(), None),
            _ => return None,
        };
        Some(Self {
            kind: kind.unwrap_or_else(|| by_status(answer.status)),
            messages,
            data,
            status: answer.status,
        })
    }

    /// Whether it says that the server knows nothing at this path, which is
    /// not said by the kind alone.
    pub(crate) fn names_the_path(&self) -> bool {
        let ids = self
            .messages
            .iter()
            .filter_map(|message| message.id.as_deref());
        ids.into_iter().any(|id| UNKNOWN_PATH.contains(&id))
    }

    /// The first message that has a text.
    pub fn message(&self) -> Option<String> {
        self.messages.iter().find_map(LocalizableMessage::text)
    }

    /// The thumbprint that came with [`ErrorType::UnverifiedPeer`]: the other
    /// side's, as this vCenter saw it.
    pub fn peer(&self) -> Option<Thumbprint> {
        find_thumbprint(self.data.as_ref()?, 4)
    }
}

fn find_thumbprint(value: &Value, depth: u8) -> Option<Thumbprint> {
    let Value::Object(fields) = value else {
        return None;
    };
    let named = ["ssl_thumbprint", "thumbprint"].iter().find_map(|name| {
        let text = fields.get(*name)?.as_str()?;
        text.parse().ok()
    });
    if named.is_some() || depth == 0 {
        return named;
    }
    fields
        .values()
        .find_map(|inner| find_thumbprint(inner, depth - 1))
}

/// What is in an error body of either dialect.
pub(crate) struct Said {
    pub(crate) kind: Option<ErrorType>,
    pub(crate) messages: Vec<LocalizableMessage>,
    has_messages: bool,
    data: Option<Value>,
}

impl Said {
    /// `{"error_type", "messages", "data"}`, `{"type", "value": {"messages", "data"}}`,
    /// or of an endpoint before it comes to a dialect, `{"localizableMessages"}`.
    pub(crate) fn read(body: &Map<String, Value>) -> Self {
        let word = |name: &str| body.get(name).and_then(Value::as_str);
        let name = word("error_type").or_else(|| word("type")?.strip_prefix(REST_PREFIX));
        let name = name.map(|name| printable(&name.to_uppercase(), 100));
        let inner = body.get("value").and_then(Value::as_object).unwrap_or(body);
        let endpoint = body.get("localizableMessages").and_then(Value::as_array);
        let messages = inner.get("messages").and_then(Value::as_array).or(endpoint);
        let read = |message: &Value| {
            let mut message = message.clone();
            if let Some(text) = message.get_mut("defaultMessage").map(Value::take) {
                message["default_message"] = text;
            }
            serde_json::from_value(message).ok()
        };
        Self {
            kind: name.filter(|name| !name.is_empty()).map(ErrorType::from),
            messages: messages.into_iter().flatten().filter_map(read).collect(),
            has_messages: messages.is_some(),
            data: inner.get("data").filter(|data| !data.is_null()).cloned(),
        }
    }
}

fn by_status(status: StatusCode) -> ErrorType {
    match status.as_u16() {
        400 => ErrorType::InvalidRequest,
        401 => ErrorType::Unauthenticated,
        403 => ErrorType::Unauthorized,
        404 => ErrorType::NotFound,
        503 => ErrorType::ServiceUnavailable,
        504 => ErrorType::TimedOut,
        _ => ErrorType::Error,
    }
}

impl fmt::Display for VapiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            Some(message) => write!(f, "{} ({})", message, self.kind),
            None => write!(f, "{} without a message", self.kind),
        }
    }
}

impl std::error::Error for VapiError {}

/// Without the data: who knows what is in it.
impl fmt::Debug for VapiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VapiError")
            .field("kind", &self.kind)
            .field("messages", &self.messages)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The output of an operation of a vCenter: some servers put an error into an
/// answer that has the status of a success.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply<T>(pub Result<T, VapiError>);

impl<T: FromAnswer> FromAnswer for Reply<T> {
    fn from_answer(answer: &Answer) -> Result<Self, DecodeError> {
        match VapiError::read(answer) {
            Some(error) => Ok(Self(Err(error))),
            None => T::from_answer(answer).map(|value| Self(Ok(value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vmc_http::bytes::Bytes;
    use vmc_http::http::HeaderMap;

    fn read(status: u16, body: &str) -> Option<VapiError> {
        VapiError::read(&Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
        })
    }

    #[test]
    fn both_dialects_and_all_shapes_are_read() {
        for (status, body, shown) in [
            (
                400,
                r#"{"error_type":"ALREADY_EXISTS","messages":[{"args":[],"default_message":"A link exists.","localized":"Es gibt sie.","id":"x"}],"data":{}}"#,
                "Es gibt sie. (ALREADY_EXISTS)",
            ),
            (
                400,
                r#"{"type":"com.vmware.vapi.std.errors.already_exists","value":{"messages":[{"args":[],"default_message":"A link exists.","id":"x","params":[{"key":"a","value":{"s":"b"}}]}]}}"#,
                "A link exists. (ALREADY_EXISTS)",
            ),
            (
                404,
                r#"{"name":"com.vmware.vapi.rest.httpNotFound","localizableMessages":[{"defaultMessage":"Not found.","id":"x"}],"majorErrorCode":404}"#,
                "Not found. (NOT_FOUND)",
            ),
            (401, "", "UNAUTHENTICATED without a message"),
            (403, r#"{"messages":[]}"#, "UNAUTHORIZED without a message"),
            (
                404,
                r#"{"value":{"messages":[{"default_message":"gone"}]}}"#,
                "gone (NOT_FOUND)",
            ),
            (503, "", "SERVICE_UNAVAILABLE without a message"),
            (
                500,
                r#"{"error_type":"NEW_ONE","messages":[7,{"default_message":"a\u001bb"}]}"#,
                "ab (NEW_ONE)",
            ),
            (
                200,
                r#"{"error_type":"UNSUPPORTED","messages":[]}"#,
                "UNSUPPORTED without a message",
            ),
        ] {
            let error = read(status, body).unwrap_or_else(|| panic!("{body}"));
            assert_eq!(error.to_string(), shown, "{body}");
            assert_eq!(error.status.as_u16(), status);
        }
    }

    #[test]
    fn what_is_no_error_of_a_vcenter_is_none() {
        for (status, body) in [
            (502, "<html>bad gateway"),
            (404, "not here"),
            (404, r#"{"message":"no route"}"#),
            (200, ""),
            (200, "[]"),
            (200, r#"{"value":{"messages":[]}}"#),
            (200, r#"{"type":"something","value":1}"#),
        ] {
            assert_eq!(read(status, body), None, "{body}");
        }
    }

    #[test]
    fn the_other_sides_thumbprint_is_found_and_data_is_not_shown() {
        let thumbprint = "F9:1C:2B:E7:C5:A0:CC:02:D3:37:33:04:B0:2D:2F:6C:77:50:EB:9C";
        let body = format!(
            r#"{{"error_type":"UNVERIFIED_PEER","messages":[],"data":{{"secret":"canary","certificate_info":{{"ssl_thumbprint":"{thumbprint}"}}}}}}"#
        );
        let error = read(400, &body).unwrap();
        assert_eq!(error.peer().unwrap().to_string(), thumbprint);
        assert!(!format!("{error:?}").contains("canary"));
    }
}
