//! A link request as a file.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use vmc_api::models::{AwsCustomerConnectedAccount, ConnectionState};

use crate::hand_off::error::HandOffError;
use crate::journal::{PendingRequest, TemplateUrl};
use crate::link_up::plan::Wanted;
use crate::template::review::sha256;

const FORMAT: &str = "vmc-link-request";
const VERSION: u32 = 1;

/// What a link request is about, without the address of its template: nothing
/// in here lets anybody link anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestNote {
    /// Organization id.
    pub org_id: String,
    /// Organization, as people call it.
    pub org_name: Option<String>,
    /// Who asked.
    pub requested_by: Option<String>,
    /// The task that tracks it.
    pub tracking_task: String,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// After this it is of no use; none where the service gave no date.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires: Option<OffsetDateTime>,
    /// Name of the stack it is meant for.
    pub stack_name: String,
    /// Region of that stack.
    pub region: String,
    /// The AWS account it is meant for, where that was said.
    pub account: Option<String>,
    /// A broken link of that account is to be made anew.
    pub relink_broken: bool,
    /// The accounts that were linked then.
    pub linked_accounts: Vec<LinkedBefore>,
}

/// An account that was linked when a link request was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkedBefore {
    /// The service's id of the link.
    pub id: String,
    /// AWS account number.
    pub account_number: Option<String>,
    /// `ACTIVE`, `BROKEN` or what the service says.
    pub state: Option<String>,
    /// The stack that holds its roles.
    pub cf_stack_name: Option<String>,
}

/// A link request on its way from one person to another.
///
/// It holds the address of the template, and whoever has that can link an
/// account of theirs to the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOff {
    pub(crate) about: RequestNote,
    pub(crate) template_url: TemplateUrl,
    pub(crate) template_sha256: String,
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'static str,
    version: u32,
    #[serde(flatten)]
    about: &'a RequestNote,
    template_sha256: &'a str,
    template_url: &'a TemplateUrl,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
}

#[derive(Deserialize)]
struct Secrets {
    template_sha256: String,
    template_url: TemplateUrl,
    digest: String,
}

impl HandOff {
    /// What it is about.
    pub fn about(&self) -> &RequestNote {
        &self.about
    }

    /// SHA-256 of the template at the time of the request, in hex.
    pub fn template_sha256(&self) -> &str {
        &self.template_sha256
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it is not one of ours, is of a newer version, or differs by as much
    /// as a byte from what was written.
    pub fn read(text: &[u8]) -> Result<Self, HandOffError> {
        let not_ours = |why: &str| HandOffError::NotOurs { why: why.into() };
        let text = std::str::from_utf8(text).map_err(|_| not_ours("it is no text"))?;
        // Only what file transfers do to line ends is put right.
        let text = text.replace("\r\n", "\n");
        let text = text.strip_suffix('\n').unwrap_or(&text);
        // serde's own words may quote the template's address.
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| match error {
            error if error.is_eof() => not_ours("it ends too early"),
            error => not_ours(&format!("not JSON at line {}", error.line())),
        })?;
        if value.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT) {
            return Err(not_ours("its format is another one"));
        }
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version > u64::from(VERSION) => {
                return Err(HandOffError::Newer { version });
            }
            Some(_) => {}
            None => return Err(not_ours("it has no version")),
        }
        let unfit = |_| not_ours("a field is missing or of another kind");
        let about: RequestNote = serde_json::from_value(value.clone()).map_err(unfit)?;
        let Secrets {
            template_sha256,
            template_url,
            digest,
        } = serde_json::from_value(value).map_err(unfit)?;
        let read = Self {
            about,
            template_url,
            template_sha256,
        };
        // Written again it must be the same, to the byte: what the digest does
        // not cover, such as a field of somebody else's, cannot hide.
        if read.digest() != digest || read.written().trim_end() != text {
            return Err(HandOffError::Altered);
        }
        Ok(read)
    }

    /// The file's text. It is a secret.
    pub fn write(&self) -> Vec<u8> {
        self.written().into_bytes()
    }

    /// A few digits to tell the other person by another way than the file's, who
    /// then knows that it is the right one: `0a1b-2c3d-4e5f-6071`.
    pub fn fingerprint(&self) -> String {
        let digest = self.digest();
        let groups: Vec<&str> = (0..16)
            .step_by(4)
            .filter_map(|at| digest.get(at..at + 4))
            .collect();
        groups.join("-")
    }

    /// Compares with a fingerprint that was told. Case and hyphens do not matter.
    ///
    /// # Errors
    /// When it is another one, or none at all.
    pub fn check_fingerprint(&self, told: &str) -> Result<(), HandOffError> {
        let plain = |text: &str| -> String {
            text.chars()
                .filter(|c| !matches!(c, '-' | ' ' | ':'))
                .flat_map(char::to_lowercase)
                .collect()
        };
        let (told_plain, actual) = (plain(told), self.fingerprint());
        if told_plain.len() != 16 || !told_plain.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(HandOffError::NoFingerprint {
                given: vmc_http::redact::printable(told, 80),
            });
        }
        if told_plain != plain(&actual) {
            return Err(HandOffError::WrongFingerprint {
                expected: vmc_http::redact::printable(told, 80),
                actual,
            });
        }
        Ok(())
    }

    /// Whether its time is over.
    ///
    /// # Errors
    /// When it is.
    pub(crate) fn check_time(&self, now: OffsetDateTime) -> Result<(), HandOffError> {
        match self.about.expires {
            Some(at) if at <= now => Err(HandOffError::Expired {
                at,
                ago: (now - at).unsigned_abs(),
            }),
            _ => Ok(()),
        }
    }

    /// The link request, as `link up` remembers one.
    pub(crate) fn pending(&self, stack_name: &str) -> PendingRequest {
        PendingRequest {
            tracking_task: self.about.tracking_task.clone(),
            template_url: self.template_url.clone(),
            template_sha256: Some(self.template_sha256.clone()),
            expires: self.about.expires,
            stack_name: stack_name.to_owned(),
            region: self.about.region.clone(),
        }
    }

    fn digest(&self) -> String {
        sha256(&serde_json::to_vec(&self.fields(None)).unwrap_or_default())
    }

    fn written(&self) -> String {
        let digest = self.digest();
        let text = serde_json::to_string_pretty(&self.fields(Some(&digest)));
        text.unwrap_or_default() + "\n"
    }

    fn fields<'a>(&'a self, digest: Option<&'a str>) -> Written<'a> {
        Written {
            format: FORMAT,
            version: VERSION,
            about: &self.about,
            template_sha256: &self.template_sha256,
            template_url: &self.template_url,
            digest,
        }
    }
}

impl RequestNote {
    /// What the person at AWS wants, by this request.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted {
            org: self.org_id.clone(),
            expect_account: self.account.clone(),
            stack_name: Some(self.stack_name.clone()),
            region: self.region.clone(),
            replace_stack: false,
            relink_broken: self.relink_broken,
        }
    }
}

impl LinkedBefore {
    pub(crate) fn of(link: &AwsCustomerConnectedAccount) -> Self {
        Self {
            id: link.id.to_string(),
            account_number: link.account_number.clone(),
            state: link.state.as_ref().map(ToString::to_string),
            cf_stack_name: link.cf_stack_name.clone(),
        }
    }

    /// The account as the service listed it, as far as it is known here.
    pub(crate) fn listed(&self) -> AwsCustomerConnectedAccount {
        let mut link = AwsCustomerConnectedAccount::new(self.id.as_str());
        link.account_number.clone_from(&self.account_number);
        link.state = self.state.as_deref().map(ConnectionState::from);
        link.cf_stack_name.clone_from(&self.cf_stack_name);
        link
    }
}
