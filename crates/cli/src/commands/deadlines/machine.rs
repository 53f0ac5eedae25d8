//! What ends and only this machine knows of: pins and link requests.

use aws_link::FileJournal;
use futures_util::StreamExt as _;
use time::OffsetDateTime;
use vcenter_hlm::KnownHost;
use vmc_api::models::Organization;

use super::Deadline;
use super::org::flags;
use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::findings::cause;
use crate::trust;

/// How many hosts are looked at at once.
const AT_ONCE: usize = 8;

/// The certificates of pinned hosts, as they are presented now.
pub(super) async fn certificates(context: &Context) -> Vec<Deadline> {
    let pins = trust::known_hosts(context).and_then(|hosts| Ok(hosts.list()?));
    let pins = match pins {
        Ok(pins) => pins,
        Err(error) => return vec![Deadline::unread("certificate", "all", &error)],
    };
    let looks = futures_util::stream::iter(&pins).map(certificate);
    looks.buffered(AT_ONCE).collect().await
}

async fn certificate(pin: &KnownHost) -> Deadline {
    let host = pin.address.to_string();
    let command = shell_word(&host);
    let deadline = Deadline::new("certificate", &host);
    match trust::fetch(&pin.address).await {
        Err(error) => deadline
            .unknown(cause(&error))
            .todo(format!("vmc cert show {command}")),
        Ok(chain) => {
            let leaf = chain.leaf();
            let todo = match leaf.thumbprint(pin.thumbprint.hash()) == pin.thumbprint {
                true => format!("Renew it, then: vmc cert pin {command}"),
                false => format!("It is not the one that is pinned: vmc cert show {command}"),
            };
            deadline.at(leaf.not_after()).todo(todo)
        }
    }
}

/// Link requests that have no stack yet. One that has expired is of no use and
/// does no harm.
pub(super) fn link_requests(
    context: &Context,
    orgs: &[Organization],
    now: OffsetDateTime,
) -> Vec<Deadline> {
    let kind = "link-request";
    let unread = |error: aws_link::JournalError| {
        let hint = error.hint();
        let error = Error::from(aws_link::Error::from(error));
        Deadline::unread(kind, "all", &error).todo(hint)
    };
    let folder = context.settings().dirs().state.join("link");
    FileJournal::new(folder)
        .records()
        .into_iter()
        .filter_map(|record| {
            let (key, record) = match record {
                Ok(record) => record,
                Err(error) => return Some(unread(error)),
            };
            let request = record.request?;
            let org = orgs.iter().find(|org| org.id.as_str() == key.org);
            let flags = match org {
                Some(org) => flags(context, org, orgs),
                None => format!(" --org {}{}", shell_word(&key.org), context.resume_flags()),
            };
            let deadline = Deadline::new(kind, format!("AWS account {}", key.account))
                .id(&request.tracking_task)
                .todo(format!("vmc link up{flags}"));
            let mut deadline = match request.expires {
                Some(end) if end <= now => return None,
                Some(end) => deadline.at(end),
                None => deadline.unknown("the service did not say"),
            };
            match org {
                Some(org) => deadline = deadline.of(org),
                None => deadline.org_id = Some(key.org),
            }
            Some(deadline)
        })
        .collect()
}
