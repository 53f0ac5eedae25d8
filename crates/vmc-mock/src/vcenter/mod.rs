//! Simulated vCenters, `/rest` and `/api`: sessions and Hybrid Linked Mode. A new operation is one
//! function and one row here.

mod administrators;
mod available;
#[cfg(test)]
mod contract;
mod error;
mod link_rules;
mod links;
mod session;
mod sync;
mod tls;
pub(crate) mod versions;

use crate::{
    answer::{Answer, Outcome},
    handler::{Call, Handler},
    spec::Operation,
    world::VCenter,
};
use error::error;
pub(crate) use error::{of_status, refused, unauthenticated};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
pub(crate) use tls::Shown;

/// Operation id in `spec/cis-session.json` and `spec/hvc.json`, and the code for it.
pub(crate) const OPERATIONS: &[(&str, Handler)] = &[
    ("cis.session.create", session::create),
    ("cis.session.get", session::get),
    ("cis.session.delete", session::delete),
    ("hvc.links.create", links::create),
    ("hvc.links.list", links::list),
    ("hvc.links.get", links::get),
    ("hvc.links.delete", links::delete),
    (
        "hvc.links.delete_with_credentials",
        links::delete_with_credentials,
    ),
    ("hvc.management.administrators.get", administrators::get),
    ("hvc.management.administrators.set", administrators::set),
    ("hvc.management.administrators.add", administrators::add),
    (
        "hvc.management.administrators.remove",
        administrators::remove,
    ),
    ("hvc.links.sync.providers.list", sync::list),
    ("hvc.links.sync.providers.get", sync::get),
    ("hvc.links.sync.providers.start", sync::start),
    ("hvc.links.sync.reset", sync::reset),
    ("hvc.links.sync.remediate", sync::remediate),
];

pub(crate) fn handler(id: &str) -> Option<Handler> {
    OPERATIONS
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, handler)| *handler)
}

/// The two ways to say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// `/rest`: answers in `{"value": …}`.
    Rest,
    /// `/api`: bare answers.
    Api,
}

impl Dialect {
    fn of(path: &str) -> Self {
        match path.starts_with("/rest") {
            true => Self::Rest,
            false => Self::Api,
        }
    }
}

/// Whether this vCenter has the operation, who calls, and whether they may.
pub(crate) fn authenticate(call: &mut Call<'_>, operation: &Operation) -> Result<(), Answer> {
    if operation.id == versions::ID {
        return Ok(());
    }
    let vcenter = here(call)?;
    if !available::has(vcenter, operation) {
        let service = operation
            .id
            .rsplit_once('.')
            .map_or("", |(service, _)| service);
        let text = format!(
            "Cannot find service 'com.vmware.vcenter.{service}' in version {}.",
            vcenter.version
        );
        return Err(error(call, "OPERATION_NOT_FOUND", &text));
    }
    if operation.id == "cis.session.create" {
        return Ok(());
    }
    session::authenticate(call)?;
    let user = call.caller.user_name.clone();
    let wanted = operation.privilege.as_deref();
    let user = here_mut(call)?
        .user_mut(&user)
        .map(|user| user.privileges.clone());
    let missing = wanted.filter(|wanted| {
        let mut has = user.iter().flatten();
        !has.any(|privilege| privilege == wanted)
    });
    match missing {
        Some(privilege) => {
            let text = format!("The user does not have the privilege {privilege}.");
            Err(error(call, "UNAUTHORIZED", &text))
        }
        None => Ok(()),
    }
}

/// The vCenter that is called.
fn here<'a>(call: &'a Call<'_>) -> Result<&'a VCenter, Answer> {
    let found = call.world.vcenters.get(call.param("vcenter"));
    found.ok_or_else(|| gone(call.path))
}

fn here_mut<'a>(call: &'a mut Call<'_>) -> Result<&'a mut VCenter, Answer> {
    let gone = gone(call.path);
    let id = call.param("vcenter").to_owned();
    call.world.vcenters.get_mut(&id).ok_or(gone)
}

fn gone(path: &str) -> Answer {
    of_status(
        503,
        path,
        "vmc-mock: this vCenter was taken out of the world",
    )
}

/// A good answer: `Null` is none.
fn ok(call: &Call<'_>, value: Value) -> Outcome {
    let answer = match (value, Dialect::of(call.path)) {
        (Value::Null, _) => Answer::empty(call.success),
        (value, Dialect::Rest) => Answer::json(call.success, &json!({"value": value})),
        (value, Dialect::Api) => Answer::json(call.success, &value),
    };
    Ok(dated(call, answer))
}

/// With the date of a vCenter whose clock is wrong. A right one leaves that to the server.
fn dated(call: &Call<'_>, answer: Answer) -> Answer {
    let offset = call.world.vcenters.get(call.param("vcenter"));
    let offset = offset.map_or(0, |vcenter| vcenter.clock_offset_seconds);
    let now = OffsetDateTime::now_utc().checked_add(Duration::seconds(offset));
    match (offset, now) {
        (0, _) | (_, None) => answer,
        (_, Some(now)) => answer.with("date", http_date(now)),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(at: OffsetDateTime) -> String {
    let (day, month) = (at.weekday().to_string(), at.month().to_string());
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        day.get(..3).unwrap_or_default(),
        at.day(),
        month.get(..3).unwrap_or_default(),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// The port of a link is text; the scripts of the field send a number, which the service takes.
pub(crate) fn coerce(type_: &str, document: &mut Value) {
    let place = match type_ {
        "LinksCreateBody" => document.pointer_mut("/spec/port"),
        "LinksCreateSpec" => document.get_mut("port"),
        _ => None,
    };
    if let Some(port) = place
        && port.is_u64()
    {
        *port = json!(port.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http() {
        let at = OffsetDateTime::from_unix_timestamp(784_111_777).unwrap();
        assert_eq!(http_date(at), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
