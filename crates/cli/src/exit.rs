//! Every error's way to an exit code. The only place that knows them, and what
//! `vmc help exit-codes` prints.

use std::process::ExitCode;

use aws_link::{Error as Link, ErrorClass};
use vcenter_hlm::{ErrorType, HlmError, LoginError};
use vmc_api::Error as Vmc;
use vmc_http::{Error as Call, Failure, FailureKind, Outcome};

use crate::error::{Error, What, csp_behind, is_page};

/// What kind of end a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The server said no, or a task failed.
    Failed,
    /// Command line, configuration, or a question that could not be asked.
    Usage,
    /// A name or id fits nothing.
    NotFound,
    /// No valid credentials, or a missing role.
    Auth,
    /// Conflict or precondition.
    Conflict,
    /// It may have happened.
    Unknown,
    /// Nothing was carried out.
    Unreachable,
    /// A task goes on.
    Pending,
    /// Checks found problems.
    Problems,
    /// A certificate was not verified.
    Certificate,
    /// Ours.
    Bug,
    /// Ctrl-C before anything was started.
    Interrupted,
}

impl Class {
    /// All of them, by code.
    pub(crate) const ALL: &[Self] = &[
        Self::Failed,
        Self::Usage,
        Self::NotFound,
        Self::Auth,
        Self::Conflict,
        Self::Unknown,
        Self::Unreachable,
        Self::Pending,
        Self::Problems,
        Self::Certificate,
        Self::Bug,
        Self::Interrupted,
    ];

    /// The exit code. Scripts rely on these: never renumber.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Auth => 4,
            Self::Conflict => 5,
            Self::Unknown => 6,
            Self::Unreachable => 7,
            Self::Pending => 8,
            Self::Problems => 9,
            Self::Certificate => 60,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }

    /// The `code` of a JSON error. Scripts rely on these as well.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::Auth => "auth",
            Self::Conflict => "conflict",
            Self::Unknown => "outcome_unknown",
            Self::Unreachable => "unreachable",
            Self::Pending => "pending",
            Self::Problems => "problems_found",
            Self::Certificate => "certificate_not_verified",
            Self::Bug => "internal",
            Self::Interrupted => "interrupted",
        }
    }

    /// For people.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Failed => "The server said no, or a task did not succeed",
            Self::Usage => "Wrong usage or settings, or nobody to confirm",
            Self::NotFound => "Not found",
            Self::Auth => "No valid credentials, or a role is missing",
            Self::Conflict => "Conflict, or a precondition does not hold",
            Self::Unknown => "It may have happened; the hint says how to tell",
            Self::Unreachable => "Nobody was reached; nothing was carried out",
            Self::Pending => "A task goes on; the hint says how to resume",
            Self::Problems => "Checks found problems",
            Self::Certificate => "A server's certificate could not be verified",
            Self::Bug => "A bug of this program",
            Self::Interrupted => "Interrupted or declined; nothing was started",
        }
    }

    /// The class of an error; none when there is nothing to report.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        Some(match error.what() {
            What::BrokenPipe => return None,
            What::Said { class, .. } => *class,
            What::Csp(error) => of_csp(error),
            What::Vmc(error) => of_vmc(error),
            What::Link(error) => of_link(error),
            What::Hlm(error) => of_hlm(error),
            What::Call(_, call) => of_call(call),
        })
    }
}

impl From<Class> for ExitCode {
    fn from(class: Class) -> Self {
        Self::from(class.code())
    }
}

fn of_csp(error: &csp_auth::Error) -> Class {
    use csp_auth::Error as Csp;
    match error {
        Csp::Unusable { .. } | Csp::ApiTokenRefused { .. } | Csp::AppRefused(_) => Class::Auth,
        Csp::NotCsp { .. } | Csp::Throttled(_) => Class::Unreachable,
        // An exchange changes nothing, so nothing is unknown about it.
        Csp::Unreachable { call, .. } | Csp::Failed(call) => match of_call(call) {
            Class::Certificate => Class::Certificate,
            Class::Usage => Class::Usage,
            _ => Class::Unreachable,
        },
        _ => Class::Failed,
    }
}

fn of_vmc(error: &Vmc) -> Class {
    match error {
        Vmc::Call(call) => of_call(call),
        Vmc::TaskFailed(_) => Class::Failed,
        Vmc::StillRunning { .. } => Class::Pending,
        Vmc::WatchLost { .. } => Class::Pending,
        Vmc::TaskGone { .. } => Class::Unknown,
        Vmc::Unresolved(unresolved) if unresolved.ambiguous => Class::Usage,
        Vmc::Unresolved(_) => Class::NotFound,
        _ => Class::Failed,
    }
}

fn of_link(error: &Link) -> Class {
    if let Link::Vmc(error) = error {
        return of_vmc(error);
    }
    match error.class() {
        ErrorClass::Usage => Class::Usage,
        ErrorClass::Unauthenticated | ErrorClass::Denied => Class::Auth,
        ErrorClass::Conflict => Class::Conflict,
        ErrorClass::Unclear => Class::Unknown,
        ErrorClass::Unreachable => Class::Unreachable,
        ErrorClass::Pending => Class::Pending,
        ErrorClass::Certificate => Class::Certificate,
        _ => Class::Failed,
    }
}

fn of_hlm(error: &HlmError) -> Class {
    if error.is_certificate() {
        return Class::Certificate;
    }
    if let Some(login) = error.login() {
        return match login {
            LoginError::Refused { .. } => Class::Auth,
            LoginError::Unusable { .. } => Class::Usage,
            // A login changes nothing, so nothing is unknown about it.
            _ => match login.call().map(of_call) {
                Some(Class::Usage) => Class::Usage,
                _ => Class::Unreachable,
            },
        };
    }
    if matches!(error.outcome(), Outcome::Unknown | Outcome::Done) {
        return Class::Unknown;
    }
    match error {
        HlmError::Removed { .. } => Class::Conflict,
        HlmError::Certificate(_) => Class::Unreachable,
        HlmError::ToItself { .. }
        | HlmError::NeedsSha1 { .. }
        | HlmError::NeedsCredentials
        | HlmError::Address(_)
        | HlmError::Setup(_) => Class::Usage,
        HlmError::Call(call) => of_call(call),
        _ => error.kind().map_or(Class::Failed, of_vapi),
    }
}

/// What a vCenter calls an error, whatever its status.
fn of_vapi(kind: &ErrorType) -> Class {
    match kind {
        ErrorType::UnverifiedPeer => Class::Certificate,
        ErrorType::Unauthenticated | ErrorType::Unauthorized => Class::Auth,
        ErrorType::NotFound => Class::NotFound,
        ErrorType::AlreadyExists
        | ErrorType::AlreadyInDesiredState
        | ErrorType::ConcurrentChange
        | ErrorType::FeatureInUse
        | ErrorType::NotAllowedInCurrentState
        | ErrorType::OperationNotFound
        | ErrorType::ResourceBusy
        | ErrorType::ResourceInUse
        | ErrorType::Unsupported => Class::Conflict,
        ErrorType::ResourceInaccessible | ErrorType::ServiceUnavailable | ErrorType::TimedOut => {
            Class::Unreachable
        }
        _ => Class::Failed,
    }
}

fn of_call(call: &Call) -> Class {
    if let Some(error) = csp_behind(call) {
        return of_csp(error);
    }
    // What may have happened counts more than how it was answered.
    if matches!(call.outcome(), Outcome::Unknown | Outcome::Done) {
        return Class::Unknown;
    }
    match call {
        Call::NotBuilt { .. } => Class::Usage,
        Call::Credentials { .. } => Class::Auth,
        Call::TimeUp { .. } => Class::Unreachable,
        Call::Unreachable { source, .. } | Call::NoAnswer { source, .. } => match source.kind() {
            FailureKind::Certificate => Class::Certificate,
            _ => Class::Unreachable,
        },
        // A page in the way, or a connection that broke: nothing was learned.
        Call::Unreadable { source, .. } if source.is::<Failure>() || is_page(call) => {
            Class::Unreachable
        }
        Call::Unreadable { .. } => Class::Failed,
        Call::Status { answer, .. } => match answer.status.as_u16() {
            // Redirects are not followed: the base URL is wrong.
            300..=399 => Class::Usage,
            401 | 403 => Class::Auth,
            404 | 410 => Class::NotFound,
            409 | 412 | 423 | 428 => Class::Conflict,
            408 | 429 | 502..=504 => Class::Unreachable,
            _ => Class::Failed,
        },
        _ => Class::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Service;
    use vmc_http::bytes::Bytes;
    use vmc_http::http::{HeaderMap, StatusCode};
    use vmc_http::{Answer, Context, CredentialsError, Explanation};

    fn class(call: Call) -> Class {
        Class::of(&Vmc::from(call).into()).unwrap()
    }

    fn status(code: u16, outcome: Outcome) -> Call {
        Call::Status {
            operation: "x".into(),
            answer: Box::new(Answer {
                status: StatusCode::from_u16(code).unwrap(),
                headers: HeaderMap::new(),
                body: Bytes::new(),
            }),
            explanation: Box::new(Explanation::default()),
            outcome,
            context: Box::new(Context::default()),
        }
    }

    fn unreachable(kind: FailureKind, cause: &str) -> Call {
        Call::Unreachable {
            operation: "x".into(),
            origin: "https://x".into(),
            context: Box::new(Context::default()),
            source: Box::new(Failure::because(kind, cause)),
        }
    }

    fn unreadable(
        outcome: Outcome,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Call {
        Call::Unreadable {
            operation: "x".into(),
            status: StatusCode::OK,
            outcome,
            context: Box::new(Context::default()),
            source: source.into(),
        }
    }

    #[test]
    fn statuses_have_their_codes() {
        for (code, expected) in [
            (302, 2),
            (400, 1),
            (401, 4),
            (403, 4),
            (404, 3),
            (409, 5),
            (410, 3),
            (412, 5),
            (422, 1),
            (423, 5),
            (429, 7),
            (500, 1),
            (502, 7),
            (503, 7),
            (504, 7),
        ] {
            assert_eq!(
                class(status(code, Outcome::Refused)).code(),
                expected,
                "{code}"
            );
        }
        for code in [500, 502, 503] {
            assert_eq!(class(status(code, Outcome::Unknown)).code(), 6, "{code}");
        }
    }

    #[test]
    fn what_may_have_happened_is_never_called_a_failure() {
        let no_answer = |outcome| Call::NoAnswer {
            operation: "x".into(),
            origin: "https://x".into(),
            outcome,
            context: Box::new(Context::default()),
            source: Box::new(Failure::new(FailureKind::Timeout)),
        };
        assert_eq!(class(no_answer(Outcome::Unknown)), Class::Unknown);
        assert_eq!(class(no_answer(Outcome::Refused)), Class::Unreachable);
        assert_eq!(class(unreadable(Outcome::Done, "odd")), Class::Unknown);
        assert_eq!(class(unreadable(Outcome::Refused, "odd")), Class::Failed);
        let lost = Failure::new(FailureKind::BodyLost(StatusCode::OK));
        assert_eq!(
            class(unreadable(Outcome::Refused, lost)),
            Class::Unreachable
        );
    }

    #[test]
    fn only_certificates_are_certificate_errors() {
        let untrusted = unreachable(FailureKind::Certificate, "UnknownIssuer");
        assert_eq!(class(untrusted), Class::Certificate);
        let plain = unreachable(
            FailureKind::Tls,
            "received corrupt message of type InvalidContentType",
        );
        assert_eq!(class(plain), Class::Unreachable);
        assert_eq!(
            class(unreachable(FailureKind::Connect, "refused")),
            Class::Unreachable
        );
        assert_eq!(
            class(unreachable(FailureKind::Proxy { credentials: true }, "407")),
            Class::Unreachable
        );
    }

    #[test]
    fn a_missing_token_is_told_by_its_reason() {
        let behind = |error: csp_auth::Error| {
            class(Call::Credentials {
                operation: "x".into(),
                context: Box::new(Context::default()),
                source: CredentialsError::from(error),
            })
        };
        let call = std::sync::Arc::new(status(400, Outcome::Refused));
        let refused = csp_auth::Error::ApiTokenRefused {
            refusal: csp_auth::Refusal::Invalid,
            call,
        };
        assert_eq!(behind(refused), Class::Auth);
        let down = |call: Call| csp_auth::Error::Unreachable {
            origin: "https://x".into(),
            call: std::sync::Arc::new(call),
        };
        assert_eq!(
            behind(down(unreachable(FailureKind::Connect, "refused"))),
            Class::Unreachable
        );
        let untrusted = unreachable(FailureKind::Certificate, "Expired");
        assert_eq!(behind(down(untrusted)), Class::Certificate);
        assert_eq!(
            behind(csp_auth::Error::Unusable {
                what: "API token",
                problem: "is empty"
            }),
            Class::Auth
        );
    }

    #[test]
    fn tasks_have_their_codes() {
        let task = || Box::new(vmc_api::models::Task::new("t"));
        let of = |error: Vmc| Class::of(&error.into()).unwrap();
        assert_eq!(
            of(vmc_api::TaskFailure { task: task() }.into()),
            Class::Failed
        );
        let still = Vmc::StillRunning {
            id: "t".into(),
            last: None,
            waited: std::time::Duration::ZERO,
        };
        assert_eq!(of(still), Class::Pending);
        let source = || Box::new(status(503, Outcome::Refused));
        assert_eq!(
            of(Vmc::WatchLost {
                id: "t".into(),
                last: Some(task()),
                source: source()
            }),
            Class::Pending
        );
        assert_eq!(
            of(Vmc::TaskGone {
                id: "t".into(),
                last: Some(task()),
                source: source()
            }),
            Class::Unknown
        );
        let unresolved = |ambiguous| vmc_api::resolve::Unresolved {
            kind: "SDDC",
            wanted: "x".into(),
            candidates: Vec::new(),
            ambiguous,
        };
        assert_eq!(of(unresolved(false).into()), Class::NotFound);
        assert_eq!(of(unresolved(true).into()), Class::Usage);
    }

    #[test]
    fn raw_calls_and_closed_pipes_are_classed_too() {
        let raw = What::Call(Service::Csp, status(404, Outcome::Refused));
        assert_eq!(Class::of(&raw.into()), Some(Class::NotFound));
        let pipe = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert_eq!(Class::of(&pipe.into()), None);
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(Class::of(&full.into()), Some(Class::Failed));
    }
}
