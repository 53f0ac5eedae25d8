//! What ends in an organization.

use time::{Date, Duration, OffsetDateTime, Time};
use vmc_api::models::{
    AccountLinkState, Organization, ReservationState, ReservationWindow, Sddc, SddcState,
    SddcStateRequest, SubscriptionDetails, SubscriptionStatus,
};
use vmc_api::{Int, SddcId, SubscriptionId, maintenance, sddcs, subscriptions};

use super::Deadline;
use crate::context::{Context, shell_word};
use crate::error::Error;

/// How long the link of a one-host SDDC can be put off, counted from its
/// creation.
const LINK_BY: Duration = Duration::days(14);

/// All deadlines of an organization. What cannot be read is one of them.
pub(super) async fn deadlines(
    context: &Context,
    org: &Organization,
    orgs: &[Organization],
) -> Vec<Deadline> {
    let vmc = match context.vmc() {
        Ok(vmc) => vmc,
        Err(error) => return vec![Deadline::unread("organization", org.label(), &error).of(org)],
    };
    let mut planned = SddcStateRequest::new();
    planned.states = Some(vec![ReservationState::Scheduled, ReservationState::Running]);
    let (sddcs, subscriptions, windows) = tokio::join!(
        vmc.send(sddcs::List::new(&org.id)),
        vmc.send(subscriptions::List::new(&org.id)),
        vmc.send(maintenance::Windows::new(&org.id).only(planned)),
    );
    let unread = |kind, error: vmc_api::Error| {
        let error = context.blame_credential(Error::from(error));
        Deadline::unread(kind, "all", &error).of(org)
    };
    // A command works on the token's own organization unless it is told.
    let flags = flags(context, org, orgs);
    let mut all = Vec::new();
    let sddcs = sddcs.unwrap_or_else(|error| {
        all.push(unread("sddc", error));
        Vec::new()
    });
    all.extend(sddcs.iter().flat_map(|sddc| of_sddc(sddc, &sddcs, &flags)));
    match subscriptions {
        Ok(found) => all.extend(found.iter().filter_map(|one| of_subscription(one, &flags))),
        Err(error) => all.push(unread("subscription", error)),
    }
    match windows {
        Ok(found) => {
            for (listed, windows) in found.iter() {
                let of = |window| of_maintenance(listed, window, &sddcs, &flags);
                all.extend(windows.iter().filter_map(of));
            }
        }
        Err(error) => all.push(unread("maintenance", error)),
    }
    all.into_iter().map(|one| one.of(org)).collect()
}

/// The flags that lead a command to the organization.
pub(super) fn flags(context: &Context, org: &Organization, orgs: &[Organization]) -> String {
    let label = org.label();
    let alone = orgs.iter().filter(|other| other.label() == label).count() == 1;
    let word = if alone { label } else { org.id.as_str() };
    format!(" --org {}{}", shell_word(word), context.resume_flags())
}

/// An SDDC as a command takes it: by its name, unless that means others too.
fn typed(id: &str, sddcs: &[Sddc]) -> String {
    let sddc = sddcs.iter().find(|sddc| sddc.id.as_str() == id);
    let name = sddc.and_then(|sddc| sddc.name.as_deref());
    let alone = |name: &&str| {
        let called = |sddc: &&Sddc| {
            sddc.name
                .as_deref()
                .is_some_and(|its| its.eq_ignore_ascii_case(name))
        };
        sddcs.iter().filter(called).count() == 1
    };
    shell_word(name.filter(alone).unwrap_or(id))
}

fn of_sddc(sddc: &Sddc, sddcs: &[Sddc], flags: &str) -> Vec<Deadline> {
    let gone = [SddcState::Deleting, SddcState::Deleted, SddcState::Canceled];
    if sddc
        .sddc_state
        .as_ref()
        .is_some_and(|state| gone.contains(state))
    {
        return Vec::new();
    }
    let name = sddc.name.as_deref().unwrap_or(sddc.id.as_str());
    let id = sddc.id.as_str();
    let mut all = Vec::new();
    if let Some(end) = &sddc.expiration_date {
        let typed = typed(id, sddcs);
        let todo = format!("Keep it: vmc sddc convert {typed}{flags}");
        all.push(
            Deadline::new("sddc-expiry", name)
                .id(id)
                .written(end.as_str())
                .todo(todo),
        );
    }
    if sddc.account_link_state == Some(AccountLinkState::Delayed) {
        let deadline = Deadline::new("account-link", name).id(id);
        let created = sddc.created.as_ref().and_then(vmc_api::Timestamp::parse);
        let deadline = match created.and_then(|created| created.checked_add(LINK_BY)) {
            Some(end) => deadline.at(end),
            None => deadline.unknown("its creation is not known; it is 14 days after that"),
        };
        all.push(deadline.todo(format!("Link it: vmc link up{flags}")));
    }
    all
}

fn of_subscription(one: &SubscriptionDetails, flags: &str) -> Option<Deadline> {
    use SubscriptionStatus as Status;
    let over = [
        Status::Failed,
        Status::Cancelled,
        Status::Expired,
        Status::Terminated,
    ];
    if one
        .status
        .as_ref()
        .is_some_and(|status| over.contains(status))
    {
        return None;
    }
    let end = one.end_date.as_ref()?.as_str();
    let id = one.csp_subscription_id.as_ref().map(SubscriptionId::as_str);
    let name = one.offer_name.as_deref().or(id).unwrap_or("subscription");
    let deadline = Deadline::new("subscription", name).written(end);
    Some(match id {
        Some(id) => deadline
            .id(id)
            .todo(format!("vmc subscription show {}{flags}", shell_word(id))),
        None => deadline.todo(format!("vmc subscription list{flags}")),
    })
}

/// When planned maintenance begins; with `listed` the id it is listed under.
fn of_maintenance(
    listed: &str,
    window: &ReservationWindow,
    sddcs: &[Sddc],
    flags: &str,
) -> Option<Deadline> {
    let open = [ReservationState::Scheduled, ReservationState::Running];
    let state = window.reservation_state.as_ref();
    if state.is_some_and(|state| !open.contains(state)) {
        return None;
    }
    let id = window.sddc_id.as_ref().map_or(listed, SddcId::as_str);
    let sddc = sddcs.iter().find(|sddc| sddc.id.as_str() == id);
    let name = sddc.and_then(|sddc| sddc.name.as_deref()).unwrap_or(id);
    let deadline = Deadline::new("maintenance", name);
    let deadline = match (begins(window), window.start_date.as_deref()) {
        (Some(begins), _) => deadline.at(begins),
        (None, Some(text)) => deadline.unknown(format!("the service says {text:?}")),
        (None, None) => deadline.unknown("the service does not say when"),
    };
    let deadline = match &window.reserve_id {
        Some(id) => deadline.id(id),
        None => deadline,
    };
    let todo = format!("vmc maintenance list --sddc {}{flags}", typed(id, sddcs));
    Some(deadline.todo(todo))
}

/// Free text, which looks like a date as a rule; the hour is UTC's.
fn begins(window: &ReservationWindow) -> Option<OffsetDateTime> {
    let day = time::macros::format_description!("[year]-[month]-[day]");
    let date = Date::parse(window.start_date.as_deref()?.trim().get(..10)?, day).ok()?;
    let hour = window.start_hour.map_or(0, Int::get);
    let time = Time::from_hms(u8::try_from(hour).ok()?, 0, 0).ok()?;
    Some(date.with_time(time).assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::datetime;

    fn kinds(sddc: serde_json::Value) -> Vec<(&'static str, Option<OffsetDateTime>)> {
        let sddc: Sddc = serde_json::from_value(sddc).unwrap();
        of_sddc(&sddc, &[], "")
            .into_iter()
            .map(|one| (one.kind, one.moment))
            .collect()
    }

    #[test]
    fn a_delayed_link_has_two_weeks_from_the_creation() {
        let sddc = json!({
            "id": "s", "account_link_state": "DELAYED", "sddc_state": "READY",
            "created": "2026-03-01T10:00:00.000000Z", "expiration_date": "2026-04-30T10:00:00Z",
        });
        assert_eq!(
            kinds(sddc.clone()),
            [
                ("sddc-expiry", Some(datetime!(2026-04-30 10:00 UTC))),
                ("account-link", Some(datetime!(2026-03-15 10:00 UTC)))
            ]
        );
        let mut gone = sddc;
        gone["sddc_state"] = "DELETED".into();
        assert_eq!(kinds(gone), []);
        assert_eq!(
            kinds(json!({"id": "s", "account_link_state": "LINKED"})),
            []
        );
        let unknown = kinds(json!({"id": "s", "account_link_state": "DELAYED"}));
        assert_eq!(unknown, [("account-link", None)]);
    }

    #[test]
    fn a_name_stands_in_for_an_id_where_it_means_one_alone() {
        let sddcs: Vec<Sddc> = [("1", "lab"), ("2", "twin"), ("3", "Twin"), ("4", "a b")]
            .iter()
            .map(|(id, name)| serde_json::from_value(json!({"id": id, "name": name})).unwrap())
            .collect();
        let words: Vec<_> = ["1", "2", "4", "5"]
            .iter()
            .map(|id| typed(id, &sddcs))
            .collect();
        assert_eq!(words, ["lab", "2", "'a b'", "5"]);
    }

    #[test]
    fn maintenance_begins_at_its_hour_in_utc() {
        let window = |date: &str, hour: Option<i64>| {
            let document = json!({"start_date": date, "start_hour": hour});
            begins(&serde_json::from_value(document).unwrap())
        };
        let four = Some(datetime!(2027-02-24 04:00 UTC));
        assert_eq!(window("2027-02-24", Some(4)), four);
        assert_eq!(window("2027-02-24T00:00:00Z", Some(4)), four);
        assert_eq!(window("next week", Some(4)), None);
        assert_eq!(window("2027-02-24", Some(24)), None);
    }

    #[test]
    fn a_subscription_that_is_over_has_no_deadline() {
        let one = |status: &str| {
            let document = json!({"status": status, "end_date": "2026-04-30T10:00:00Z"});
            of_subscription(&serde_json::from_value(document).unwrap(), "")
        };
        assert!(one("ACTIVATED").is_some() && one("NEW_WORD").is_some());
        assert!(one("EXPIRED").is_none() && one("CANCELLED").is_none());
    }
}
