//! Every error's way to an exit code. The only place that knows them, and what
//! `vmc help exit-codes` prints.

use std::process::ExitCode;

use aws_link::{Error as Link, ErrorClass};
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
    #[allow(dead_code, reason = "spoken by the checking commands")]
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
            Self::Failed => "Failed: the server said no, or a task failed or was canceled.",
            Self::Usage => "Usage or configuration is wrong, or a confirmation could not be asked.",
            Self::NotFound => "Not found.",
            Self::Auth => "No valid credentials, or a role is missing; the message says which.",
            Self::Conflict => "Conflict, or a precondition does not hold.",
            Self::Unknown => {
                "Outcome unknown: it may have happened. The message says how to find out."
            }
            Self::Unreachable => "Unreachable: nothing was carried out.",
            Self::Pending => "Pending: a task goes on. The message has the command that resumes.",
            Self::Problems => "Checks found problems.",
            Self::Certificate => "A server's certificate could not be verified.",
            Self::Bug => "A bug of this program.",
            Self::Interrupted => {
                "Interrupted, or a question answered with no, before anything was started."
            }
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
        Csp::Unusable { .. } => Class::Usage,
        Csp::ApiTokenRefused { .. } | Csp::AppRefused(_) => Class::Auth,
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

/// A handshake also fails where the other side does not speak TLS at all.
fn blames_certificate(failure: &Failure) -> bool {
    std::error::Error::source(failure)
        .is_some_and(|cause| cause.to_string().contains("certificate"))
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
        Call::Unreachable { source, .. } | Call::NoAnswer { source, .. } => match source.kind() {
            FailureKind::Tls if blames_certificate(source) => Class::Certificate,
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
