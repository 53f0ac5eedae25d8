//! The credential at the vendor's: that it works, until when, and for what.

use std::sync::Arc;

use csp_auth::{Csp, Grant, TokenDetails};
use secrecy::ExposeSecret as _;
use time::OffsetDateTime;
use vmc_api::models::Organization;
use vmc_api::{OrgId, orgs};
use vmc_http::{Fixed, Retries};

use super::reach::LIMITS;
use super::setup::wrong;
use crate::context::Context;
use crate::error::Error;
use crate::exit::Class;
use crate::findings::{Finding, cause, words};
use crate::output::cells::minute;
use crate::progress::short;
use crate::settings::{Credential, Found, Held, Source, keys};

/// An API token that ends sooner is warned about.
const SOON: time::Duration = time::Duration::days(7);

/// What the checks are about, in the table.
const ON: &str = "CSP";

/// Variables that may belong to other software.
const OTHERS: [&str; 2] = ["API_TOKEN", "CLIENT_ID"];

/// All checks of the credential.
pub(super) async fn look(context: &Context) -> Vec<Finding> {
    let login = login_command(context);
    let credential = match context.settings().credential() {
        Ok(credential) => credential,
        Err(error) => {
            let finding = Finding::failed("credential", ON, words(&error));
            let why = "there is no usable credential";
            return vec![
                wrong(finding, &error).fix(login),
                Finding::not_made("token-exchange", ON, why),
                Finding::not_made("organizations", "VMC API", why),
            ];
        }
    };
    let mut findings = vec![source(&credential)];
    let token = match token(context, &credential).await {
        Ok(token) => token,
        Err(error) => {
            findings.push(no_token(&credential, error));
            let why = "there is no access token";
            findings.push(Finding::not_made("organizations", "VMC API", why));
            return findings;
        }
    };
    findings.push(token.finding());
    findings.push(rights(&token.claims, None));
    let (end, orgs) = tokio::join!(
        api_token(context, &credential),
        organizations(context, &token)
    );
    findings.extend(end);
    findings.extend(orgs);
    findings
}

/// The exchange did not work. Where nobody was reached, nothing is known about
/// the credential.
fn no_token(credential: &Credential, error: Error) -> Finding {
    let id = "token-exchange";
    if let Some(Class::Unreachable | Class::Certificate) = Class::of(&error) {
        return Finding::not_made(id, ON, format!("nobody was asked: {}", cause(&error)));
    }
    let error = match error.is_about_credentials() {
        true => credential.source.blame(error),
        false => error,
    };
    wrong(Finding::failed(id, ON, words(&error)), &error)
}

fn login_command(context: &Context) -> String {
    match context.settings().profile() {
        crate::settings::DEFAULT_PROFILE => "vmc auth login".to_owned(),
        profile => format!("vmc auth login --profile {profile}"),
    }
}

fn source(credential: &Credential) -> Finding {
    let evidence = format!("{}, {}", credential.held.kind(), credential.source);
    match credential.source {
        Source::Env(name) if OTHERS.contains(&name) => Finding::warned("credential", ON, evidence)
            .advice(format!(
                "{name} may be meant for other software; VMC_{name} never is."
            )),
        _ => Finding::passed("credential", ON, evidence),
    }
}

/// An access token, new or given.
struct Token {
    secret: secrecy::SecretString,
    life: Option<std::time::Duration>,
    claims: csp_auth::Claims,
}

/// Exchanges anew: one from the cache would hide that the credential has ended.
async fn token(context: &Context, credential: &Credential) -> Result<Token, Error> {
    let read = |secret: &secrecy::SecretString| {
        csp_auth::Claims::read(secret.expose_secret()).unwrap_or_default()
    };
    match &credential.held {
        Held::AccessToken(secret) => Ok(Token {
            claims: read(secret),
            life: None,
            secret: secret.clone(),
        }),
        Held::Grant(grant) => {
            let token = csp(context)?.exchange(grant).await?;
            Ok(Token {
                claims: read(token.secret()),
                life: Some(token.life()),
                secret: token.secret().clone(),
            })
        }
    }
}

fn csp(context: &Context) -> Result<Csp, Error> {
    let client = context
        .csp_builder()?
        .retries(Retries::none())
        .deadlines(LIMITS);
    Ok(Csp::new(client)?)
}

impl Token {
    fn finding(&self) -> Finding {
        let id = "token-exchange";
        if let Some(life) = self.life {
            return Finding::passed(id, ON, format!("an access token for {}", short(life)));
        }
        let ended = |at: &OffsetDateTime| *at <= OffsetDateTime::now_utc();
        match self.claims.expires_at {
            Some(at) if ended(&at) => Finding::failed(
                id,
                ON,
                format!("the given access token ended {} UTC", minute(at)),
            )
            .advice("Set VMC_ACCESS_TOKEN anew, or log in with an API token."),
            Some(at) => Finding::passed(
                id,
                ON,
                format!("a given access token, until {} UTC", minute(at)),
            ),
            None => Finding::not_made(id, ON, "the given access token does not say until when"),
        }
    }
}

/// What the token that the commands work with says of itself: its rights, and
/// when it, or the API token behind it, ends.
pub(in crate::commands) async fn in_use(context: &Context) -> Result<Vec<Finding>, Error> {
    let credential = context.settings().credential()?;
    let claims = context.identity()?.claims().await?;
    let org = context.org().await?;
    let mut findings = vec![rights(&claims, Some(org))];
    match &credential.held {
        Held::AccessToken(secret) => {
            let given = Token {
                secret: secret.clone(),
                life: None,
                claims,
            };
            findings.push(given.finding());
        }
        Held::Grant(_) => findings.extend(api_token(context, &credential).await),
    }
    Ok(findings)
}

/// Roles are those of one organization: what they say of another is nothing.
fn rights(claims: &csp_auth::Claims, wanted: Option<&OrgId>) -> Finding {
    let roles = &claims.roles;
    if let (Some(own), Some(wanted)) = (&claims.org, wanted)
        && own != wanted.as_str()
    {
        let evidence = format!("the token is of organization {own}, and {wanted} is asked about");
        let finding = Finding::warned("roles", ON, evidence).advised();
        return finding.advice("Use a token that was made in that organization.");
    }
    if roles.is_empty() {
        return Finding::not_made("roles", ON, "the access token does not name them").advised();
    }
    let org = claims.org.as_deref().unwrap_or("none");
    let evidence = format!("organization {org}: {}", roles.join(", "));
    match roles.iter().any(|role| role.contains("vmc-")) {
        true => Finding::passed("roles", ON, evidence),
        false => Finding::warned("roles", ON, evidence).advice(
            "None is one of VMware Cloud on AWS; an owner of the organization can add one.",
        ),
    }
    .advised()
}

/// When the API token ends, where there is one.
async fn api_token(context: &Context, credential: &Credential) -> Option<Finding> {
    let Held::Grant(Grant::ApiToken(token)) = &credential.held else {
        return None;
    };
    let asked = match csp(context) {
        Ok(csp) => csp.token_details(token).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    Some(match asked {
        Ok(details) => end(&details, OffsetDateTime::now_utc()),
        Err(error) => Finding::not_made("api-token", ON, words(&error)),
    })
}

fn end(details: &TokenDetails, now: OffsetDateTime) -> Finding {
    let id = "api-token";
    let name = details.token_name.as_deref().unwrap_or("it");
    let renew = "Make a new one in the console: My Account > API Tokens.";
    if details.deactivated == Some(true) {
        return Finding::failed(
            id,
            ON,
            format!("{name} was deactivated by an owner of the organization"),
        )
        .advice(renew);
    }
    let Some(at) = details.expiry() else {
        return Finding::passed(id, ON, format!("{name} has no end that is stated"));
    };
    let evidence = match std::time::Duration::try_from(at - now) {
        Ok(left) => format!("{name} ends in {} ({} UTC)", short(left), minute(at)),
        Err(_) => format!("{name} ended {} UTC", minute(at)),
    };
    match at - now {
        left if left <= time::Duration::ZERO => Finding::failed(id, ON, evidence).advice(renew),
        left if left < SOON => Finding::warned(id, ON, evidence).advice(renew),
        _ => Finding::passed(id, ON, evidence),
    }
}

/// Whether the VMC API takes the token, and the organization that is set is
/// among those it sees.
async fn organizations(context: &Context, token: &Token) -> Vec<Finding> {
    let (id, on) = ("organizations", "VMC API");
    let client = context.transport().and_then(|transport| {
        let client = vmc_api::Client::builder(context.url(&keys::VMC_URL))
            .credentials(Arc::new(Fixed::new(token.secret.clone())))
            .transport(transport)
            .retries(Retries::none())
            .deadlines(LIMITS);
        Ok(client.build()?)
    });
    let listed = match client {
        Ok(client) => client.send(orgs::List::new()).await.map_err(Error::from),
        Err(error) => return vec![Finding::not_made(id, on, words(&error))],
    };
    let orgs = match listed {
        Ok(orgs) => orgs,
        Err(error) => return vec![wrong(Finding::failed(id, on, words(&error)), &error)],
    };
    let names: Vec<&str> = orgs.iter().map(Organization::label).collect();
    let mut findings = vec![match &names[..] {
        [] => Finding::failed(id, on, "the credential sees no organization"),
        names => Finding::passed(id, on, names.join(", ")),
    }];
    if let Some(Found { value, source }) = context.settings().text(&keys::ORG) {
        let one = match vmc_api::resolve::org(&orgs, &value) {
            Ok(org) => Finding::passed("organization", org.id.as_str(), org.label()),
            Err(error) => Finding::failed("organization", &value, error.to_string())
                .advice(format!("It came from {source}.")),
        };
        findings.push(one.on(on));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::State;
    use serde_json::json;
    use time::macros::datetime;

    #[test]
    fn roles_in_another_organization_are_none_in_this() {
        let mut claims = csp_auth::Claims::default();
        claims.org = Some("one".into());
        claims.roles = vec!["vmc-user:full".into()];
        for (wanted, state) in [
            (None, State::Passed),
            (Some("one"), State::Passed),
            (Some("other"), State::Warned),
        ] {
            let wanted = wanted.map(OrgId::from);
            assert_eq!(rights(&claims, wanted.as_ref()).state, state, "{wanted:?}");
        }
    }

    #[test]
    fn an_api_token_is_warned_about_a_week_before_its_end() {
        let now = datetime!(2026-03-01 00:00 UTC);
        let state = |ends: Option<OffsetDateTime>, deactivated: bool| {
            let ends = ends.map(OffsetDateTime::unix_timestamp);
            let details = json!({"expiresAt": ends, "deactivated": deactivated});
            end(&serde_json::from_value(details).unwrap(), now).state
        };
        assert_eq!(
            state(Some(datetime!(2026-03-08 00:00 UTC)), false),
            State::Passed
        );
        assert_eq!(
            state(Some(datetime!(2026-03-07 23:59 UTC)), false),
            State::Warned
        );
        assert_eq!(state(Some(now), false), State::Failed);
        assert_eq!(state(None, false), State::Passed);
        assert_eq!(state(None, true), State::Failed);
    }
}
