//! A failed AWS call in words an administrator can use.
//!
//! The SDK's own error prints as "service error", and its full chain can carry
//! the request body. So code, message and request id are taken out and the
//! rest is left behind.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use vmc_http::Outcome;
use vmc_http::redact::printable;

use crate::aws::rights::denied_hint;

/// A failed call to AWS.
#[derive(Debug, Clone)]
pub struct AwsError {
    operation: &'static str,
    kind: AwsErrorKind,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    status: Option<u16>,
}

/// The kinds of failed AWS calls, by what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AwsErrorKind {
    /// The settings cannot be used. Nothing was sent.
    Setup,
    /// No credentials were found, or they could not be loaded. Nothing was sent.
    NoCredentials,
    /// AWS does not know the credentials or their signature.
    BadCredentials,
    /// The session has ended.
    ExpiredCredentials,
    /// The credentials are good and may not do this.
    Denied,
    /// Too many calls; nothing was done.
    Throttled,
    /// No connection. Nothing was sent.
    Unreachable,
    /// The server's certificate was not accepted. Nothing was sent.
    Certificate,
    /// Cut, timed out, unreadable, or a server error: it may have been done.
    Unclear,
    /// AWS answered no.
    Refused,
}

impl AwsError {
    pub(crate) fn setup(message: impl Into<String>) -> Self {
        Self::new("settings", AwsErrorKind::Setup, message)
    }

    /// Names the profile that has no usable credentials.
    pub(crate) fn of_profile(self, profile: &str) -> Self {
        if self.kind != AwsErrorKind::NoCredentials {
            return self;
        }
        let profile = printable(profile, 100);
        Self {
            message: format!(
                "{} (AWS profile {profile}; is it in ~/.aws/config?)",
                self.message
            ),
            ..self
        }
    }

    pub(crate) fn new(
        operation: &'static str,
        kind: AwsErrorKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            operation,
            kind,
            code: None,
            message: message.into(),
            request_id: None,
            status: None,
        }
    }

    /// Takes the usable parts out of an SDK error. `operation` is the IAM
    /// action, such as `cloudformation:CreateStack`.
    pub(crate) fn from_sdk<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let (kind, message) = classify(error);
        let service = error.as_service_error();
        let raw = error.raw_response();
        let header = raw.and_then(|raw| raw.headers().get("x-amzn-requestid"));
        let in_body = service.and_then(|error| error.meta().extra("aws_request_id"));
        Self {
            operation,
            kind,
            code: service
                .and_then(ProvideErrorMetadata::code)
                .map(|code| printable(code, 80)),
            message,
            request_id: header.or(in_body).map(|id| printable(id, 128)),
            status: raw.map(|raw| raw.status().as_u16()),
        }
    }

    /// Takes a secret out of AWS's words, should it be quoted there.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        self.message = self.message.replace(secret, "(the template's address)");
        self
    }

    /// The IAM action that was tried, such as `cloudformation:CreateStack`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> AwsErrorKind {
        self.kind
    }

    /// AWS's error code, such as `AlreadyExistsException`.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// What AWS said, or how far the call got.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// AWS's request id.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether AWS acted.
    pub fn outcome(&self) -> Outcome {
        match self.kind {
            AwsErrorKind::Setup
            | AwsErrorKind::NoCredentials
            | AwsErrorKind::Unreachable
            | AwsErrorKind::Certificate => Outcome::NotSent,
            AwsErrorKind::Unclear => Outcome::Unknown,
            AwsErrorKind::BadCredentials
            | AwsErrorKind::ExpiredCredentials
            | AwsErrorKind::Denied
            | AwsErrorKind::Throttled
            | AwsErrorKind::Refused => Outcome::Refused,
        }
    }

    /// Whether the same call may succeed later without any change. Every call
    /// this crate makes may be repeated: reads, and writes that carry a token.
    pub fn retryable(&self) -> bool {
        matches!(
            self.kind,
            AwsErrorKind::Throttled | AwsErrorKind::Unreachable | AwsErrorKind::Unclear
        )
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let text = |text: &str| Some(text.to_owned());
        match self.kind {
            AwsErrorKind::NoCredentials => text(
                "Give AWS credentials: AWS_PROFILE or --aws-profile, `aws sso login`, or AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY. `aws sts get-caller-identity` shows whether they work.",
            ),
            AwsErrorKind::BadCredentials
                if matches!(
                    self.code(),
                    Some("SignatureDoesNotMatch" | "RequestTimeTooSkewed" | "RequestExpired")
                ) =>
            {
                text(
                    "Check the secret access key and this machine's clock: a wrong clock makes a wrong signature.",
                )
            }
            AwsErrorKind::BadCredentials => text(
                "AWS does not know these credentials. Check the profile and the access key; \
                 `aws sts get-caller-identity` shows whether they work.",
            ),
            AwsErrorKind::ExpiredCredentials => text(
                "The AWS session has ended. Log in again (`aws sso login`, or however this session was made) \
                 and run the same command: it goes on where it stopped.",
            ),
            AwsErrorKind::Denied => Some(denied_hint(self.operation, &self.message)),
            AwsErrorKind::Throttled => {
                text("AWS limits the rate of calls. Run the same command again later.")
            }
            AwsErrorKind::Unreachable => text(
                "Check the network, the region, AWS_ENDPOINT_URL and the proxy settings (HTTPS_PROXY, NO_PROXY).",
            ),
            AwsErrorKind::Certificate => text(
                "The certificate was not accepted and nothing was sent. If the network inspects TLS, give its CA \
                 as a bundle (AWS_CA_BUNDLE); if the certificate looks expired, check this machine's clock.",
            ),
            AwsErrorKind::Refused if self.code() == Some("InsufficientCapabilitiesException") => {
                text(
                    "The template wants more than CAPABILITY_IAM. Read it before you create the stack by hand.",
                )
            }
            AwsErrorKind::Refused if self.code() == Some("LimitExceededException") => {
                text("The account's quota of stacks is used up. Delete a stack or raise the quota.")
            }
            AwsErrorKind::Unclear => text(
                "Run the same command again. If it stays so, see what stands between here and AWS: \
                 a proxy, a login page, AWS_ENDPOINT_URL.",
            ),
            AwsErrorKind::Setup | AwsErrorKind::Refused => None,
        }
    }
}

fn classify<E>(error: &SdkError<E, HttpResponse>) -> (AwsErrorKind, String)
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(context) => {
            answered(context.err().meta(), context.raw().status().as_u16())
        }
        SdkError::ResponseError(_) => (
            AwsErrorKind::Unclear,
            "the answer cannot be read as an AWS answer".into(),
        ),
        SdkError::TimeoutError(_) => (AwsErrorKind::Unclear, "no answer in time".into()),
        SdkError::ConstructionFailure(_) => credentials(error).unwrap_or((
            AwsErrorKind::Setup,
            "the request could not be built; check AWS_ENDPOINT_URL and the region".into(),
        )),
        SdkError::DispatchFailure(failure) => {
            credentials(error).unwrap_or_else(|| connection(error, failure.is_timeout()))
        }
        _ => (
            AwsErrorKind::Unclear,
            "the call failed in an unknown way".into(),
        ),
    }
}

fn answered(meta: &aws_smithy_types::error::ErrorMetadata, status: u16) -> (AwsErrorKind, String) {
    let code = meta.code().unwrap_or_default();
    let kind = match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => {
            AwsErrorKind::ExpiredCredentials
        }
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "AuthFailure"
        | "RequestExpired"
        | "RequestTimeTooSkewed" => AwsErrorKind::BadCredentials,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "OptInRequired"
        | "Forbidden" => AwsErrorKind::Denied,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "SlowDown" => AwsErrorKind::Throttled,
        _ if status == 429 => AwsErrorKind::Throttled,
        // Without a code it is not AWS that answered.
        _ if code.is_empty() || !(300..500).contains(&status) => AwsErrorKind::Unclear,
        _ => AwsErrorKind::Refused,
    };
    let message = match meta.message().map(|message| printable(message, 600)) {
        Some(message) if !message.is_empty() => message,
        _ if code.is_empty() => {
            format!("HTTP {status}, and the body is not an AWS answer (a proxy or login page?)")
        }
        _ => format!("HTTP {status}, no message"),
    };
    (kind, message)
}

/// Finds out whether the credentials were the problem.
fn credentials(error: &(dyn StdError + 'static)) -> Option<(AwsErrorKind, String)> {
    let chain: Vec<_> = sources(error).collect();
    let at = chain
        .iter()
        .position(|error| error.is::<CredentialsError>())?;
    // Display, never Debug: from here down the texts name files, profiles and
    // providers, not requests.
    let mut words: Vec<String> = Vec::new();
    for error in &chain[at..] {
        let text = printable(&error.to_string(), 300);
        if !text.is_empty() && !words.contains(&text) {
            words.push(text);
        }
    }
    let said = words.join(": ");
    let expired = ["expired", "Expired", "refresh the SSO", "aws sso login"]
        .iter()
        .any(|word| said.contains(word));
    let kind = if expired {
        AwsErrorKind::ExpiredCredentials
    } else {
        AwsErrorKind::NoCredentials
    };
    Some((kind, format!("no AWS credentials: {said}")))
}

fn connection(error: &(dyn StdError + 'static), timeout: bool) -> (AwsErrorKind, String) {
    let mut connecting = false;
    let mut certificate = None;
    let mut refused = false;
    for cause in sources(error) {
        let text = cause.to_string();
        // The connector's own types are private; its words are stable enough
        // to tell "not connected" from "cut", and both are safe to repeat.
        connecting |= text.contains("(Connect)")
            || text.contains("dns error")
            || text.contains("connect timeout")
            || text.contains("tcp connect error");
        if text.contains("invalid peer certificate") {
            certificate = Some(printable(&text, 200));
        }
        refused |= cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    }
    match (certificate, connecting || refused) {
        (Some(text), _) => (AwsErrorKind::Certificate, text),
        (None, true) if refused => (AwsErrorKind::Unreachable, "connection refused".into()),
        (None, true) if timeout => (AwsErrorKind::Unreachable, "no connection in time".into()),
        (None, true) => (AwsErrorKind::Unreachable, "no connection".into()),
        (None, false) if timeout => (AwsErrorKind::Unclear, "no answer in time".into()),
        (None, false) => (
            AwsErrorKind::Unclear,
            "the connection was cut before the answer was complete".into(),
        ),
    }
}

fn sources<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let below = |error: &&'a (dyn StdError + 'static)| (*error).source();
    std::iter::successors(Some(error), below).take(20)
}

/// The server's words first: `cloudformation:CreateStack: AccessDenied: User … is not authorized …`.
impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl StdError for AwsError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, error_xml};
    use crate::{Aws, AwsSettings, Stacks};

    async fn failed(status: u16, body: impl Into<String>) -> AwsError {
        let body = body.into();
        let script = Script::new(move |_| (status, body.clone()));
        let stacks = Stacks::new(&script.aws(), "us-west-2");
        stacks
            .create("name", "https://s3.amazonaws.com/t?canary-url", "token")
            .await
            .unwrap_err()
    }

    #[tokio::test(start_paused = true)]
    async fn answers_are_told_apart_and_the_servers_words_come_first() {
        use AwsErrorKind as Kind;
        for (status, code, kind) in [
            (400, "ExpiredToken", Kind::ExpiredCredentials),
            (403, "InvalidClientTokenId", Kind::BadCredentials),
            (403, "SignatureDoesNotMatch", Kind::BadCredentials),
            (403, "AccessDenied", Kind::Denied),
            (400, "Throttling", Kind::Throttled),
            (503, "ServiceUnavailable", Kind::Unclear),
            (500, "InternalFailure", Kind::Unclear),
            (400, "ValidationError", Kind::Refused),
            (400, "LimitExceededException", Kind::Refused),
        ] {
            let error = failed(status, error_xml(code, "words of AWS")).await;
            assert_eq!(error.kind(), kind, "{code}");
            assert_eq!(error.code(), Some(code));
            assert_eq!(error.request_id(), Some("req-1"));
            assert_eq!(
                error.to_string(),
                format!("cloudformation:CreateStack: {code}: words of AWS")
            );
            assert!(!format!("{error:?}{:?}", error.hint()).contains("canary"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pages_in_the_way_are_not_taken_for_answers() {
        for (status, body) in [
            (200, "<html>login</html>"),
            (200, ""),
            (200, "<a"),
            (502, "<html>"),
            (403, "<html>blocked by proxy</html>"),
        ] {
            let error = failed(status, body).await;
            assert_eq!(error.kind(), AwsErrorKind::Unclear, "{status} {body:?}");
            assert!(!error.to_string().contains("service error"), "{error}");
            assert!(error.hint().unwrap().contains("proxy"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_quoted_template_address_is_taken_out() {
        let words = "S3 error: cannot read https://s3.amazonaws.com/t?canary-url today";
        let error = failed(400, error_xml("ValidationError", words)).await;
        assert!(error.message().ends_with("today"), "{error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn denials_name_what_to_ask_for() {
        let error = failed(403, error_xml("AccessDenied", "not authorized to perform: cloudformation:CreateStack with an explicit deny in a service control policy")).await;
        let hint = error.hint().unwrap();
        assert!(hint.contains("service control policy"), "{hint}");
        assert!(hint.contains("Refused: cloudformation:"), "{hint}");
        assert!(hint.contains("'vmc link policy --for run'"), "{hint}");
    }

    #[tokio::test]
    async fn sockets_that_refuse_or_cut_are_told_apart() {
        let aws = |port: u16| {
            Aws::new(AwsSettings {
                endpoint_url: Some(format!("http://127.0.0.1:{port}")),
                keys: Some(crate::testing::keys()),
                ..AwsSettings::default()
            })
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let mut cut = 0;
            while let Ok((mut socket, _)) = listener.accept().await {
                use tokio::io::AsyncReadExt;
                let _ = socket.read(&mut [0; 8192]).await;
                cut += 1;
                drop(socket);
                if cut == 3 {
                    break;
                }
            }
            cut
        });
        let error = aws(port).whoami().await.unwrap_err();
        assert_eq!(error.kind(), AwsErrorKind::Unclear, "{error}");
        assert_eq!(server.await.unwrap(), 3, "the SDK tries three times");
        let error = aws(port).whoami().await.unwrap_err();
        assert_eq!(error.kind(), AwsErrorKind::Unreachable, "{error}");
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(error.hint().unwrap().contains("AWS_ENDPOINT_URL"));
    }
}
