//! From what people write to the ids that the service wants.

use vmc_api::models::{AwsCustomerConnectedAccount, Sddc};
use vmc_api::{ConnectedAccountId, SddcId, account_link, resolve, sddcs};

use crate::commands::sddc::called;
use crate::context::Context;
use crate::error::Error;
use crate::exit::Class;
use crate::settings::{Found, keys};

/// Whether the text is a UUID, and so needs no looking up.
pub(crate) fn looks_like_an_id(text: &str) -> bool {
    let text = text.as_bytes();
    text.len() == 36
        && text.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The id of an SDDC given by id or name.
pub(crate) async fn sddc_id(context: &Context, wanted: &str) -> Result<SddcId, Error> {
    if looks_like_an_id(wanted) {
        return Ok(wanted.into());
    }
    let sddcs = context
        .vmc()?
        .send(sddcs::List::new(context.org().await?))
        .await?;
    let found = resolve::sddc(&sddcs, wanted).map_err(vmc_api::Error::from)?;
    Ok(found.id.clone())
}

/// An SDDC given by id or name.
pub(crate) async fn sddc(context: &Context, wanted: &str) -> Result<Sddc, Error> {
    let (org, vmc) = (context.org().await?, context.vmc()?);
    let id = sddc_id(context, wanted).await?;
    let error = match vmc.send(sddcs::Get::new(org, id)).await {
        Ok(sddc) => return Ok(sddc),
        Err(error) => Error::from(error),
    };
    // A name may look like an id.
    if looks_like_an_id(wanted)
        && Class::of(&error) == Some(Class::NotFound)
        && let Ok(sddcs) = vmc.send(sddcs::List::new(org)).await
        && let Ok(found) = resolve::sddc(&sddcs, wanted)
    {
        return Ok(vmc.send(sddcs::Get::new(org, &found.id)).await?);
    }
    Err(error)
}

/// An SDDC to be destroyed: by id, or by its name letter for letter.
pub(crate) async fn sddc_exactly(context: &Context, wanted: &str) -> Result<Sddc, Error> {
    let sddc = sddc(context, wanted).await?;
    if sddc.id.as_str().eq_ignore_ascii_case(wanted) || sddc.name.as_deref() == Some(wanted) {
        return Ok(sddc);
    }
    Err(Error::not_found(format!(
        "no SDDC is called exactly {wanted:?}; nothing was done"
    ))
    .hint(format!(
        "There is {}. Write its name letter for letter, or give the id.",
        called(&sddc)
    )))
}

/// The SDDC that a command was told to work on a part of: `--sddc`, or the
/// setting.
pub(crate) fn sddc_wanted(context: &Context) -> Result<String, Error> {
    match context.settings().text(&keys::SDDC) {
        Some(Found { value, .. }) => Ok(value),
        None => Err(Error::usage("which SDDC?")
            .hint("Give --sddc, or set VMC_SDDC_ID. To see the SDDCs: vmc sddc list")),
    }
}

/// As [`sddc_wanted`], read.
pub(crate) async fn sddc_told(context: &Context) -> Result<Sddc, Error> {
    sddc(context, &sddc_wanted(context)?).await
}

/// As [`sddc_told`], where something of it is to be destroyed.
pub(crate) async fn sddc_told_exactly(context: &Context) -> Result<Sddc, Error> {
    sddc_exactly(context, &sddc_wanted(context)?).await
}

/// A name to give: one with line breaks or the like could not be typed again.
pub(crate) fn usable_name(name: &str) -> Result<(), Error> {
    if name.chars().any(vmc_http::redact::is_control) {
        return Err(Error::usage(
            "the name has line breaks or other characters that nobody can see",
        ));
    }
    Ok(())
}

/// Says of something that was not found by its id which command lists those
/// that there are.
pub(crate) fn or_see(error: impl Into<Error>, list: &str) -> Error {
    let error = error.into();
    match Class::of(&error) {
        Some(Class::NotFound) => error.hint(format!("To see what there is: {list}")),
        _ => error,
    }
}

/// All connected accounts of the organization.
pub(crate) async fn accounts(context: &Context) -> Result<Vec<AwsCustomerConnectedAccount>, Error> {
    let list = account_link::ConnectedAccounts::new(context.org().await?);
    Ok(context.vmc()?.send(list).await?)
}

/// The id of a connected account given by id, 12-digit number or ARN; without
/// a word, the only active one.
pub(crate) async fn account_id(
    context: &Context,
    wanted: Option<&str>,
) -> Result<ConnectedAccountId, Error> {
    if let Some(wanted) = wanted.filter(|wanted| looks_like_an_id(wanted)) {
        return Ok(wanted.into());
    }
    let accounts = accounts(context).await?;
    if let Some(wanted) = wanted {
        let found = resolve::connected_account(&accounts, wanted).map_err(vmc_api::Error::from)?;
        return Ok(found.id.clone());
    }
    let active: Vec<_> = accounts
        .iter()
        .filter(|account| account.state == Some(vmc_api::models::ConnectionState::Active))
        .collect();
    match active[..] {
        [only] => Ok(only.id.clone()),
        [] => Err(
            Error::not_found("no AWS account is linked to the organization")
                .hint("Link one: vmc link up"),
        ),
        ref several => {
            let numbers: Vec<&str> = several
                .iter()
                .map(|account| {
                    account
                        .account_number
                        .as_deref()
                        .unwrap_or(account.id.as_str())
                })
                .collect();
            Err(Error::usage("which AWS account?")
                .hint(format!("Give --account. There is: {}.", numbers.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_seen_and_typed() {
        assert!(usable_name("Büro 2 (東京)").is_ok());
        for name in ["a\nb", "a\tb", "a\u{202e}b", "\u{1b}[31m"] {
            assert!(usable_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn only_uuids_go_without_looking_up() {
        assert!(looks_like_an_id("2dd0d2a6-7a9b-4b35-9f3c-0123456789ab"));
        for name in [
            "",
            "prod",
            "123456789012",
            "2dd0d2a6-7a9b-4b35-9f3c-0123456789a",
            "2dd0d2a6x7a9b-4b35-9f3c-0123456789ab",
        ] {
            assert!(!looks_like_an_id(name), "{name}");
        }
    }
}
