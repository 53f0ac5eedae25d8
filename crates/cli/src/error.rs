//! The one error type of the program: whatever went wrong, with advice.

use std::error::Error as StdError;
use std::fmt;

use crate::exit::Class;

/// Whatever went wrong, and what to do next.
#[derive(Debug)]
pub(crate) struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    what: What,
    hints: Vec<String>,
}

/// What went wrong: said here, or by a library.
#[derive(Debug)]
pub(crate) enum What {
    /// The program itself says so.
    Said {
        /// Decides the exit code.
        class: Class,
        /// The top line.
        message: String,
        /// Why, at the level below.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// VMware Cloud Services: no access token.
    Csp(csp_auth::Error),
    /// The VMC API.
    Vmc(vmc_api::Error),
    /// The link to an AWS account.
    Link(aws_link::Error),
    /// A vCenter and its links.
    Hlm(vcenter_hlm::HlmError),
    /// A raw call.
    Call(Service, vmc_http::Error),
    /// The reader of our output has gone away: nothing to report.
    BrokenPipe,
}

/// Which service an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// VMware Cloud Services.
    Csp,
    /// VMware Cloud on AWS.
    Vmc,
    /// Amazon Web Services.
    Aws,
    /// A vCenter or a gateway.
    VCenter,
}

impl Service {
    /// As written in JSON errors.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Csp => "csp",
            Self::Vmc => "vmc",
            Self::Aws => "aws",
            Self::VCenter => "vcenter",
        }
    }
}

macro_rules! said {
    ($($(#[$meta:meta])* $name:ident => $class:ident;)+) => {
        $($(#[$meta])*
        pub(crate) fn $name(message: impl Into<String>) -> Self {
            Self::said(Class::$class, message)
        })+
    };
}

impl Error {
    said! {
        /// The command line is wrong, or a question could not be asked.
        usage => Usage;
        /// A file or variable is wrong.
        config => Usage;
        /// There are no credentials at all.
        not_logged_in => Auth;
        /// A name or id fits nothing.
        not_found => NotFound;
        /// Something is in the way.
        conflict => Conflict;
        /// The thing was tried and did not work.
        failed => Failed;
        /// It may or may not have happened.
        unknown => Unknown;
        /// Something goes on that we no longer watch.
        pending => Pending;
        /// A bug of this program.
        bug => Bug;
    }

    /// Ctrl-C before anything was started.
    pub(crate) fn interrupted() -> Self {
        Self::said(Class::Interrupted, "interrupted; nothing was started")
    }

    /// An error of a class.
    pub(crate) fn said(class: Class, message: impl Into<String>) -> Self {
        Self::from(What::Said {
            class,
            message: message.into(),
            source: None,
        })
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Adds why, for errors said here.
    #[must_use]
    pub(crate) fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        if let What::Said { source, .. } = &mut self.0.what {
            *source = Some(cause.into());
        }
        self
    }

    /// What went wrong.
    pub(crate) fn what(&self) -> &What {
        &self.0.what
    }

    /// Our hints, then the library's.
    pub(crate) fn hints(&self) -> Vec<String> {
        let mut hints = self.0.hints.clone();
        if let (What::Vmc(vmc_api::Error::StillRunning { .. }), false) =
            (&self.0.what, hints.is_empty())
        {
            // Ours has the command.
            return hints;
        }
        // The library's own names the bundle too.
        let of_vcenter = matches!(self.0.what, What::Hlm(_));
        if Class::of(self) == Some(Class::Certificate) && !of_vcenter {
            hints.push("To trust another CA: --ca-bundle FILE, or VMC_CA_BUNDLE.".into());
        }
        if self.call().is_some_and(|(_, call)| is_page(call)) && !of_vcenter {
            hints.push(
                "Check the base URL (VMC_URL, VMC_CSP_URL), and whether a proxy or login page is in the way.".into(),
            );
        }
        hints.extend(match &self.0.what {
            What::Csp(error) => error.hint(),
            What::Vmc(error) => error.hint().map(std::borrow::Cow::into_owned),
            What::Link(error) => error.hint(),
            What::Hlm(error) => match error.login() {
                Some(login) if !error.is_certificate() => login.hint(),
                _ => error.hint().map(std::borrow::Cow::into_owned),
            },
            What::Call(_, error) => error.hint().map(std::borrow::Cow::into_owned),
            What::Said { .. } | What::BrokenPipe => None,
        });
        hints
    }

    /// Whether the same command may succeed later without any change.
    pub(crate) fn retryable(&self) -> bool {
        match &self.0.what {
            What::Csp(error) => error.transient(),
            What::Vmc(error) => error.retryable(),
            What::Link(error) => error.retryable(),
            What::Hlm(error) => error.call().is_some_and(vmc_http::Error::retryable),
            What::Call(_, error) => error.retryable(),
            What::Said { class, .. } => *class == Class::Pending,
            What::BrokenPipe => false,
        }
    }

    /// The failed HTTP call, and with whom, where there is one.
    pub(crate) fn call(&self) -> Option<(Service, &vmc_http::Error)> {
        if let Some(error) = self.no_token() {
            return Some((Service::Csp, error.call()?));
        }
        Some(match &self.0.what {
            What::Csp(error) => (Service::Csp, error.call()?),
            What::Vmc(error) => (Service::Vmc, error.call()?),
            What::Link(error) => (Service::Vmc, error.vmc()?.call()?),
            What::Hlm(error) => {
                let call = match error.login() {
                    Some(login) => login.call()?,
                    None => error.call()?,
                };
                (Service::VCenter, call)
            }
            What::Call(service, error) => (*service, error),
            What::Said { .. } | What::BrokenPipe => return None,
        })
    }

    /// Why there was no token, where that is what failed.
    fn no_token(&self) -> Option<&csp_auth::Error> {
        csp_behind(match &self.0.what {
            What::Vmc(vmc_api::Error::Call(call)) | What::Call(_, call) => call,
            What::Link(aws_link::Error::Vmc(vmc_api::Error::Call(call))) => call,
            _ => return None,
        })
    }

    /// A stable word for what stood in the way, such as `stack_failed`.
    pub(crate) fn reason(&self) -> Option<&str> {
        match &self.0.what {
            What::Link(error) => Some(error.code()),
            What::Hlm(error) => error.kind().map(vcenter_hlm::ErrorType::as_str),
            _ => None,
        }
    }

    /// The task this is about, where there is one.
    pub(crate) fn task_id(&self) -> Option<&str> {
        match &self.0.what {
            What::Vmc(error) => error.task_id().map(vmc_api::TaskId::as_str),
            _ => None,
        }
    }

    /// The failed AWS call, where there is one.
    pub(crate) fn aws(&self) -> Option<&aws_link::AwsError> {
        match &self.0.what {
            What::Link(error) => error.aws(),
            _ => None,
        }
    }

    /// Whether our credential at the vendor's was not accepted. A missing role
    /// is something else.
    pub(crate) fn is_about_credentials(&self) -> bool {
        if Class::of(self) != Some(Class::Auth) {
            return false;
        }
        match self.call() {
            Some((Service::Csp, _)) => true,
            Some((Service::VCenter, _)) => false,
            Some((_, call)) => call.status().is_some_and(|status| status == 401),
            None => false,
        }
    }

    /// Id under which the server's operators find the failed request.
    pub(crate) fn request_id(&self) -> Option<&str> {
        if let Some(aws) = self.aws() {
            return aws.request_id();
        }
        let (_, call) = self.call()?;
        // Where nobody was reached, nobody knows the id.
        let reached = !matches!(call, vmc_http::Error::Unreachable { .. });
        call.request_id().filter(|_| reached)
    }

    /// The causes below the top line, outermost first.
    pub(crate) fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next = self.source();
        while let Some(error) = next {
            let text = vmc_http::redact::printable(&error.to_string(), 500);
            if causes.last() != Some(&text) {
                causes.push(text);
            }
            next = error.source();
        }
        causes
    }
}

/// The token error behind a call that had no token.
pub(crate) fn csp_behind(call: &vmc_http::Error) -> Option<&csp_auth::Error> {
    match call {
        vmc_http::Error::Credentials { source, .. } => source.reason().downcast_ref(),
        _ => None,
    }
}

/// Whether a web page answered in place of the service, with a success.
pub(crate) fn is_page(call: &vmc_http::Error) -> bool {
    match call {
        vmc_http::Error::Unreadable { source, .. } => source
            .downcast_ref::<vmc_http::DecodeError>()
            .is_some_and(vmc_http::DecodeError::is_page),
        _ => false,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // That a call was not sent is of little interest; why, is.
        if let Some(error) = self.no_token() {
            return error.fmt(f);
        }
        match &self.0.what {
            What::Said { message, .. } => f.write_str(message),
            What::Csp(error) => error.fmt(f),
            What::Vmc(error) => error.fmt(f),
            What::Link(error) => error.fmt(f),
            What::Hlm(error) => match error.login() {
                Some(login) => login.fmt(f),
                None => error.fmt(f),
            },
            What::Call(_, error) => error.fmt(f),
            What::BrokenPipe => f.write_str("the output was closed"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        if let Some(error) = self.no_token() {
            return error.source();
        }
        match &self.0.what {
            What::Said { source, .. } => source.as_deref().map(|error| error as _),
            What::Csp(error) => error.source(),
            What::Vmc(error) => error.source(),
            What::Link(error) => error.source(),
            What::Hlm(error) => match error.login() {
                Some(login) => login.source(),
                None => error.source(),
            },
            What::Call(_, error) => error.source(),
            What::BrokenPipe => None,
        }
    }
}

impl From<What> for Error {
    fn from(what: What) -> Self {
        Self(Box::new(Inner {
            what,
            hints: Vec::new(),
        }))
    }
}

impl From<csp_auth::Error> for Error {
    fn from(error: csp_auth::Error) -> Self {
        What::Csp(error).into()
    }
}

impl From<vmc_api::Error> for Error {
    fn from(error: vmc_api::Error) -> Self {
        What::Vmc(error).into()
    }
}

impl From<aws_link::Error> for Error {
    fn from(error: aws_link::Error) -> Self {
        What::Link(error).into()
    }
}

impl From<vcenter_hlm::HlmError> for Error {
    fn from(error: vcenter_hlm::HlmError) -> Self {
        What::Hlm(error).into()
    }
}

impl From<vcenter_hlm::KnownHostsError> for Error {
    fn from(error: vcenter_hlm::KnownHostsError) -> Self {
        let message = error.to_string();
        match error.source().map(ToString::to_string) {
            Some(cause) => Self::config(message).because(cause),
            None => Self::config(message),
        }
    }
}

impl From<vmc_http::SetupError> for Error {
    fn from(error: vmc_http::SetupError) -> Self {
        let message = error.to_string();
        match error.source().map(ToString::to_string) {
            Some(cause) => Self::config(message).because(cause),
            None => Self::config(message),
        }
    }
}

/// Writing our output is the only I/O that converts by itself.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            What::BrokenPipe.into()
        } else {
            Self::failed("the output could not be written").because(error)
        }
    }
}
