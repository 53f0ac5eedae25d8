//! `vmc deadlines`: everything that ends, and what to do before.

mod account;
mod machine;
mod org;

use std::time::Duration;

use clap::Args;
use futures_util::StreamExt as _;
use serde::Serialize;
use time::OffsetDateTime;
use vmc_api::models::Organization;
use vmc_api::{Timestamp, orgs};

use crate::context::Context;
use crate::error::Error;
use crate::findings::cause;
use crate::output::style::{BAD, WATCH};
use crate::output::{Cell, Column};
use crate::progress::short;

const EXAMPLES: &str = "\
Examples:
  vmc deadlines
  vmc deadlines --within 30d
  vmc deadlines --within 1w -o json

Of all organizations that the credential sees: one-host SDDCs, links that were \
put off, subscriptions, planned maintenance. Of this machine: the API token, \
certificates of pinned hosts, link requests under way.

What cannot be read is a row too, and makes exit code 1: the list is not whole. \
A pinned host that does not answer is a row and no failure.";

/// How many organizations are asked at once.
const AT_ONCE: usize = 4;

/// What ends sooner is marked.
const SOON: time::Duration = time::Duration::days(7);

/// Arguments of `vmc deadlines`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Deadlines {
    /// Only what ends within this time, as in 30d or 2w, or has ended
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    within: Option<Duration>,
}

impl Deadlines {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let now = OffsetDateTime::now_utc();
        let (token, orgs, certificates) = tokio::join!(
            account::token(context),
            organizations(context),
            machine::certificates(context),
        );
        let (orgs, mut all) = orgs;
        all.extend(token);
        all.extend(certificates);
        all.extend(machine::link_requests(context, &orgs, now));
        let unread = all.iter().filter(|one| one.unread).count();
        if let Some(within) = self.within {
            let last = time::Duration::try_from(within)
                .ok()
                .and_then(|within| now.checked_add(within));
            all.retain(|one| one.ends_by(last));
        }
        sort(&mut all);
        context.printer()?.list(&all, &columns(now))?;
        match unread {
            0 => Ok(()),
            unread => Err(Error::failed(format!(
                "{unread} of the lists could not be read, so there may be more"
            ))
            .hint("The rows without a time say why.")),
        }
    }
}

/// The deadlines of all organizations there are, and those organizations.
async fn organizations(context: &Context) -> (Vec<Organization>, Vec<Deadline>) {
    let listed = async { Ok::<_, Error>(context.vmc()?.send(orgs::List::new()).await?) };
    let orgs = match listed.await {
        Ok(orgs) => orgs,
        Err(error) => {
            let error = context.blame_credential(error);
            return (
                Vec::new(),
                vec![Deadline::unread("organization", "all", &error)],
            );
        }
    };
    let asked = futures_util::stream::iter(&orgs)
        .map(|org| org::deadlines(context, org, &orgs))
        .buffered(AT_ONCE);
    let found: Vec<Vec<Deadline>> = asked.collect().await;
    (orgs, found.concat())
}

/// Something that ends.
#[derive(Debug, Clone, Serialize)]
struct Deadline {
    /// Null where it is not known.
    at: Option<Timestamp>,
    /// A stable word in kebab case.
    kind: &'static str,
    /// What people call it.
    what: String,
    id: Option<String>,
    org_id: Option<String>,
    organization: Option<String>,
    /// A command, or a sentence.
    todo: Option<String>,
    /// Why the time is not known.
    reason: Option<String>,
    #[serde(skip)]
    moment: Option<OffsetDateTime>,
    /// A list that could not be read stands behind it.
    #[serde(skip)]
    unread: bool,
}

impl Deadline {
    /// One whose time is not known yet.
    fn new(kind: &'static str, what: impl Into<String>) -> Self {
        Self {
            at: None,
            kind,
            what: what.into(),
            id: None,
            org_id: None,
            organization: None,
            todo: None,
            reason: None,
            moment: None,
            unread: false,
        }
    }

    /// In the place of all those of a kind that could not be read.
    fn unread(kind: &'static str, what: impl Into<String>, error: &Error) -> Self {
        Self {
            unread: true,
            ..Self::new(kind, what)
                .unknown(cause(error))
                .todo("vmc doctor")
        }
    }

    /// When it ends.
    fn at(mut self, moment: OffsetDateTime) -> Self {
        self.at = Some(moment.into());
        self.moment = Some(moment);
        self
    }

    /// When it ends, as the service wrote it.
    fn written(self, text: &str) -> Self {
        match Timestamp::from(text).parse() {
            Some(moment) => self.at(moment),
            None => self.unknown(format!("the service says {text:?}")),
        }
    }

    /// Why it is not known when it ends.
    fn unknown(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    fn of(mut self, org: &Organization) -> Self {
        self.org_id = Some(org.id.to_string());
        self.organization = Some(org.label().to_owned());
        self
    }

    fn todo(mut self, todo: impl Into<String>) -> Self {
        self.todo = Some(todo.into());
        self
    }

    /// Whether it may end by then. With a limit beyond the calendar, all do.
    fn ends_by(&self, last: Option<OffsetDateTime>) -> bool {
        match (self.moment, last) {
            (Some(moment), Some(last)) => moment <= last,
            _ => true,
        }
    }

    fn when(&self, now: OffsetDateTime) -> Cell {
        let Some(moment) = self.moment else {
            return Cell::new("not known").styled(WATCH);
        };
        let left = moment - now;
        let text = match Duration::try_from(left) {
            Ok(left) => format!("in {}", short(left)),
            Err(_) => format!("{} ago", short(left.unsigned_abs())),
        };
        match left {
            left if left <= time::Duration::ZERO => Cell::new(text).styled(BAD),
            left if left < SOON => Cell::new(text).styled(WATCH),
            _ => Cell::new(text),
        }
    }
}

/// By time, those without one last.
fn sort(all: &mut [Deadline]) {
    all.sort_by(|a, b| {
        let key = |one: &Deadline| (one.moment.is_none(), one.moment);
        key(a).cmp(&key(b)).then_with(|| {
            (a.kind, &a.organization, &a.what).cmp(&(b.kind, &b.organization, &b.what))
        })
    });
}

fn columns(now: OffsetDateTime) -> Vec<Column<Deadline>> {
    vec![
        Column::new("When", move |one: &Deadline| one.when(now)),
        Column::new("Kind", |one: &Deadline| Cell::new(one.kind)),
        Column::new("What", |one: &Deadline| Cell::new(&one.what))
            .id()
            .shorten(12),
        Column::new("Organization", |one: &Deadline| {
            Cell::maybe(one.organization.as_deref().or(one.org_id.as_deref()))
        })
        .shorten(12),
        Column::new("To do", |one: &Deadline| {
            let words = [one.reason.as_deref(), one.todo.as_deref()];
            Cell::new(words.into_iter().flatten().collect::<Vec<_>>().join("; "))
        })
        .wrap(24),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_next_comes_first_and_the_unknown_last() {
        let now = datetime!(2026-03-01 12:00 UTC);
        let day = |days: i64| now + time::Duration::days(days);
        let mut all = [
            Deadline::new("certificate", "x").unknown("no answer"),
            Deadline::new("subscription", "y").at(day(40)),
            Deadline::new("sddc", "b").at(day(3)),
            Deadline::new("sddc", "a").at(day(3)),
            Deadline::new("link-request", "z").at(day(-1)),
        ];
        sort(&mut all);
        let order: Vec<&str> = all.iter().map(|one| one.what.as_str()).collect();
        assert_eq!(order, ["z", "a", "b", "y", "x"]);
        let when: Vec<String> = all
            .iter()
            .map(|one| one.when(now).text().to_owned())
            .collect();
        assert_eq!(
            when,
            [
                "1 day ago",
                "in 3 days",
                "in 3 days",
                "in 40 days",
                "not known"
            ]
        );
        let within: Vec<&str> = all
            .iter()
            .filter(|one| one.ends_by(Some(day(3))))
            .map(|one| one.what.as_str())
            .collect();
        assert_eq!(within, ["z", "a", "b", "x"]);
        let json = serde_json::to_value(&all[1]).unwrap();
        assert_eq!(json["at"], "2026-03-04T12:00:00Z");
    }

    #[test]
    fn a_time_that_cannot_be_read_is_quoted() {
        let odd = Deadline::new("subscription", "x").written("soon");
        assert_eq!(odd.reason.as_deref(), Some("the service says \"soon\""));
        assert_eq!(odd.moment, None);
    }
}
