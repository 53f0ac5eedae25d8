//! `vmc auth logout`.

use clap::Args;

use crate::context::Context;
use crate::error::Error;
use crate::settings::CredentialsFile;

const EXAMPLES: &str = "\
Examples:
  vmc auth logout
  vmc auth logout --profile ci

The API token itself stays valid: revoke it in the console under My Account > API \
Tokens.";

/// Arguments of `vmc auth logout`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Logout {}

impl Logout {
    // `self` for the same shape as all commands.
    #[allow(clippy::unused_self, reason = "the same shape as all commands")]
    pub(super) fn run(self, context: &Context) -> Result<(), Error> {
        let settings = context.settings();
        let path = settings.dirs().credentials_file();
        let mut file = CredentialsFile::read(&path)?;
        let known = file.remove(settings.profile());
        if known {
            file.write(&path)?;
        }
        context.token_store().clear().map_err(|error| {
            Error::failed("the cached access tokens could not be removed").because(error)
        })?;
        context.say(&if known {
            format!(
                "Forgot the credential of profile {} and all cached access tokens.",
                settings.profile()
            )
        } else {
            format!(
                "Profile {} has no stored credential. Cached access tokens are removed.",
                settings.profile()
            )
        });
        if let Ok(left) = settings.credential() {
            context.warn(&format!("{} still provides a credential", left.source));
        }
        Ok(())
    }
}
