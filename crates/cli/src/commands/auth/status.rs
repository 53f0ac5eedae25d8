//! `vmc auth status`.

use clap::Args;
use csp_auth::{Grant, TokenDetails};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use vmc_api::models::Organization;
use vmc_api::orgs;

use crate::context::{Context, Identity};
use crate::error::Error;
use crate::exit::Class;
use crate::output::{Cell, Format, cells};
use crate::settings::{Credential, Held, shown};

const EXAMPLES: &str = "\
Examples:
  vmc auth status
  vmc auth status --profile ci -o json

Asks the services, so exit code 0 means that the credential works: 4 when it does \
not, 7 when nobody could be asked.";

/// A token that ends sooner is warned about.
const SOON: Duration = Duration::days(7);

/// Arguments of `vmc auth status`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Status {}

/// When the API token ends.
enum End {
    At(OffsetDateTime),
    /// The service says that it does not end, or says nothing.
    Unstated,
    /// It could not be asked.
    Unknown(String),
    /// There is no API token.
    None,
}

impl Status {
    #[allow(clippy::unused_self, reason = "the same shape as all commands")]
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        context.needs_document_format()?;
        let credential = context.settings().credential()?;
        let identity = context.identity()?;
        // A credential that does not work ends here, with the reason.
        let claims = identity.claims().await?;
        let orgs = context.vmc()?.send(orgs::List::new()).await?;
        let left = match &identity {
            Identity::Renewed(cache) => Some(cache.token().await?.left()),
            Identity::Given(_) => None,
        };
        let ends = match left {
            Some(left) => Some(OffsetDateTime::now_utc() + left),
            None => claims.expires_at,
        };
        let (details, end) = match api_token(context, &credential).await {
            Err(error) if Class::of(&error) == Some(Class::Auth) => {
                return Err(match ends {
                    Some(ends) => error.hint(format!(
                        "An access token from before works until {} UTC; then nothing will.",
                        cells::minute(ends)
                    )),
                    None => error,
                });
            }
            // That it cannot be asked is no failure.
            Err(error) => (None, End::Unknown(error.to_string())),
            Ok(known) => known,
        };
        let mut roles = claims.roles.clone();
        if let Some(details) = &details {
            roles.extend(details.roles().into_iter().map(str::to_owned));
        }
        roles.sort_unstable();
        roles.dedup();

        if let End::At(at) = end {
            let left = at - OffsetDateTime::now_utc();
            if left < SOON {
                context.warn(&format!(
                    "the API token ends on {} ({}); make a new one in the console under My Account > API Tokens",
                    cells::minute(at),
                    in_words(left)
                ));
            }
        }
        let file = context.settings().dirs().credentials_file();
        let stored = matches!(credential.source, crate::settings::Source::Profile(_));
        let source = if stored {
            format!("{} in {}", credential.source, shown(&file))
        } else {
            credential.source.to_string()
        };
        let printer = context.printer()?;
        if matches!(printer.format, Format::Json | Format::Jsonl | Format::Yaml) {
            return printer.document(json!({
                "profile": context.settings().profile(),
                "kind": credential.held.kind(),
                "source": source,
                "username": claims.username,
                "org_id": claims.org,
                "organizations": orgs.iter().map(|org| json!({"id": org.id, "name": org.label()})).collect::<Vec<_>>(),
                "roles": roles,
                // Not named after the token itself: that would be taken for a secret.
                "access": {"expires_at": ends.and_then(rfc3339)},
                "api": end.json(details.as_ref()),
            }));
        }
        printer.raw(&printer.lines(&[
            ("Profile", Cell::new(context.settings().profile())),
            (
                "Credential",
                Cell::new(format!("{}, {source}", credential.held.kind())),
            ),
            (
                "User",
                Cell::maybe(claims.username.as_deref().or(Some("not stated"))),
            ),
            (
                "Organizations",
                Cell::new(names(&orgs, claims.org.as_deref())),
            ),
            (
                "Roles",
                Cell::new(if roles.is_empty() {
                    "not stated".to_owned()
                } else {
                    roles.join(", ")
                }),
            ),
            (
                "Access token",
                Cell::new(match ends {
                    Some(ends) => format!("valid until {} UTC", cells::minute(ends)),
                    None => "end not stated".to_owned(),
                }),
            ),
            ("API token", Cell::new(end.text(details.as_ref()))),
        ]))
    }
}

/// What is known about the API token.
async fn api_token(
    context: &Context,
    credential: &Credential,
) -> Result<(Option<TokenDetails>, End), Error> {
    let Held::Grant(Grant::ApiToken(token)) = &credential.held else {
        return Ok((None, End::None));
    };
    let details = context.csp()?.token_details(token).await?;
    let end = details.expiry().map_or(End::Unstated, End::At);
    Ok((Some(details), end))
}

impl End {
    fn text(&self, details: Option<&TokenDetails>) -> String {
        let name = details
            .and_then(|details| details.token_name.as_deref())
            .map(|name| format!("{name}, "))
            .unwrap_or_default();
        match self {
            Self::At(at) => {
                let left = in_words(*at - OffsetDateTime::now_utc());
                format!("{name}valid until {} UTC ({left})", cells::minute(*at))
            }
            Self::Unstated => format!("{name}no end stated"),
            Self::Unknown(why) => format!("end not known: {why}"),
            Self::None => String::from("none"),
        }
    }

    fn json(&self, details: Option<&TokenDetails>) -> Value {
        let expires = match self {
            Self::At(at) => rfc3339(*at),
            _ => None,
        };
        let problem = match self {
            Self::Unknown(why) => Some(why),
            _ => None,
        };
        match self {
            Self::None => Value::Null,
            _ => json!({
                "name": details.and_then(|details| details.token_name.as_deref()),
                "expires_at": expires,
                "not_checked": problem,
            }),
        }
    }
}

fn rfc3339(at: OffsetDateTime) -> Option<String> {
    at.replace_nanosecond(0)
        .ok()?
        .format(&time::format_description::well_known::Rfc3339)
        .ok()
}

fn in_words(left: Duration) -> String {
    match std::time::Duration::try_from(left) {
        Ok(left) => format!("in {}", crate::progress::short(left)),
        Err(_) => "it has ended".to_owned(),
    }
}

fn names(orgs: &[Organization], own: Option<&str>) -> String {
    if orgs.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = orgs
        .iter()
        .map(|org| {
            let mark = if own == Some(org.id.as_str()) && orgs.len() > 1 {
                " (the token's own)"
            } else {
                ""
            };
            format!("{} ({}){mark}", org.label(), org.id)
        })
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_life_is_put_in_words() {
        assert_eq!(
            in_words(Duration::days(6) + Duration::hours(2)),
            "in 6 days"
        );
        assert_eq!(in_words(Duration::seconds(-1)), "it has ended");
    }
}
