//! Why a link request of somebody else is not used. Nothing was created then.

use std::time::Duration;

use time::OffsetDateTime;

use crate::error::{ErrorClass, human, minute};

/// Why a file with a link request is refused. Nothing was created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandOffError {
    /// Something else, or only a part of one.
    #[error("this is no link request of 'vmc link request': {why}")]
    NotOurs {
        /// What is wrong with it, without quoting it.
        why: String,
    },
    /// It was written by a newer version.
    #[error("the link request was written by a newer version (format {version})")]
    Newer {
        /// Its format.
        version: u64,
    },
    /// It is not as it was written.
    #[error("the link request was altered since it was written")]
    Altered,
    /// What was told by another way is no fingerprint.
    #[error("{given:?} is not a fingerprint (16 hexadecimal digits, as in 0a1b-2c3d-4e5f-6071)")]
    NoFingerprint {
        /// What was told.
        given: String,
    },
    /// It is not the file that the other person wrote.
    #[error("the fingerprint of this link request is {actual}, not {expected}")]
    WrongFingerprint {
        /// As it was told.
        expected: String,
        /// Of this file.
        actual: String,
    },
    /// Its time is over.
    #[error("the link request expired {} ago (at {} UTC)", human(*ago), minute(*at))]
    Expired {
        /// Its end.
        at: OffsetDateTime,
        /// How long ago that is.
        ago: Duration,
    },
    /// The template is another one than the one that was reviewed.
    #[error(
        "the template is not the one the link request was made with: its SHA-256 is {actual}, not {expected}"
    )]
    OtherTemplate {
        /// At the time of the request.
        expected: String,
        /// Now.
        actual: String,
    },
    /// The template is not there any more, whatever the date of the request says.
    #[error("the template of the link request is not there any more")]
    TemplateGone(#[source] vmc_http::Error),
    /// The account's link is broken, and the request was not made to link it anew.
    #[error("AWS account {account} is linked, but the link is BROKEN: its roles no longer work")]
    Broken {
        /// Account number.
        account: String,
    },
}

impl HandOffError {
    /// A stable word for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOurs { .. } => "no_link_request",
            Self::Newer { .. } => "link_request_newer",
            Self::Altered => "link_request_altered",
            Self::NoFingerprint { .. } => "no_fingerprint",
            Self::WrongFingerprint { .. } => "link_request_fingerprint",
            Self::Expired { .. } => "link_request_expired",
            Self::OtherTemplate { .. } => "template_differs",
            Self::TemplateGone(_) => "template_gone",
            Self::Broken { .. } => "link_broken",
        }
    }

    /// Who has to act.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::NotOurs { .. } | Self::Newer { .. } | Self::NoFingerprint { .. } => {
                ErrorClass::Usage
            }
            Self::TemplateGone(_) => ErrorClass::Failed,
            Self::Altered
            | Self::WrongFingerprint { .. }
            | Self::Expired { .. }
            | Self::OtherTemplate { .. }
            | Self::Broken { .. } => ErrorClass::Conflict,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        let anew = "ask the VMware Cloud administrator for a new one (vmc link request)";
        match self {
            Self::NotOurs { .. } => format!("Nothing was created. Is it the right file? If it is, {anew}."),
            Self::Newer { .. } => "Nothing was created. Use the version that wrote it, or a newer one.".into(),
            Self::Altered => format!(
                "Nothing was created. Copy the file again, as it is and as a file, not as text; if that does not \
                 help, {anew}."
            ),
            Self::NoFingerprint { .. } => {
                "Nothing was created. 'vmc link request' printed it for the VMware Cloud administrator.".into()
            }
            Self::WrongFingerprint { .. } => format!(
                "Nothing was created. Do not use this file: it is another one than was meant. Ask by phone which one \
                 is right, or {anew}."
            ),
            Self::Expired { .. } => format!(
                "Nothing was created. Check this machine's clock; if it is right, {anew}."
            ),
            Self::OtherTemplate { .. } => format!(
                "Nothing was created. Somebody exchanged the template since it was reviewed: tell the VMware Cloud \
                 administrator, and {anew}."
            ),
            Self::TemplateGone(_) => format!(
                "Nothing was created. The link request may have ended early: {anew}."
            ),
            Self::Broken { account } => format!(
                "Nothing was created. Linking anew makes new roles, and existing SDDCs keep the old ones. If that is \
                 wanted, the VMware Cloud administrator asks for it: vmc link request --account {account} \
                 --relink-broken"
            ),
        }
    }
}
