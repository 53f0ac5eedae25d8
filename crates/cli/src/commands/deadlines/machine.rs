//! What ends and only this machine knows of: pins and link requests.

use aws_link::{FileJournal, JournalError, Notes};
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

/// Link requests that have no stack yet, and the last one of each organization
/// that was handed over. One that has expired is of no use and does no harm.
pub(super) fn link_requests(
    context: &Context,
    orgs: &[Organization],
    now: OffsetDateTime,
) -> Vec<Deadline> {
    let kind = "link-request";
    let folder = context.settings().dirs().state.join("link");
    let own = FileJournal::new(&folder)
        .records()
        .into_iter()
        .map(|record| {
            let (key, record) = record?;
            Ok(record.request.map(|request| Open {
                org: key.org,
                what: format!("AWS account {}", key.account),
                task: request.tracking_task,
                expires: request.expires,
                next: "vmc link up",
            }))
        });
    let notes = Notes::new(&folder);
    let handed_over = orgs.iter().map(|org| {
        let note = notes.request(org.id.as_str())?;
        Ok(note.map(|note| Open {
            org: note.org_id,
            what: match note.account {
                Some(account) => format!("AWS account {account}, handed over"),
                None => "handed over".to_owned(),
            },
            task: note.tracking_task,
            expires: note.expires,
            next: "vmc link wait",
        }))
    });
    own.chain(handed_over)
        .filter_map(|open: Result<_, JournalError>| match open {
            Ok(open) => open
                .filter(|open| open.expires.is_none_or(|end| end > now))
                .map(|open| open.deadline(context, orgs, kind)),
            Err(error) => {
                let hint = error.hint();
                let error = Error::from(aws_link::Error::from(error));
                Some(Deadline::unread(kind, "all", &error).todo(hint))
            }
        })
        .collect()
}

/// A link request that somebody may still make something of.
struct Open {
    org: String,
    what: String,
    task: String,
    expires: Option<OffsetDateTime>,
    next: &'static str,
}

impl Open {
    fn deadline(self, context: &Context, orgs: &[Organization], kind: &'static str) -> Deadline {
        let org = orgs.iter().find(|org| org.id.as_str() == self.org);
        let flags = match org {
            Some(org) => flags(context, org, orgs),
            None => format!(" --org {}{}", shell_word(&self.org), context.resume_flags()),
        };
        let deadline = Deadline::new(kind, self.what)
            .id(&self.task)
            .todo(format!("{}{flags}", self.next));
        let mut deadline = match self.expires {
            Some(end) => deadline.at(end),
            None => deadline.unknown("the service did not say"),
        };
        match org {
            Some(org) => deadline = deadline.of(org),
            None => deadline.org_id = Some(self.org),
        }
        deadline
    }
}
