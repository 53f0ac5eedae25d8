//! `vmc auth login`.

use std::path::PathBuf;

use clap::Args;
use csp_auth::{ApiToken, Grant, OAuthApp};

use crate::context::Context;
use crate::error::Error;
use crate::secret;
use crate::settings::{CredentialsFile, DEFAULT_PROFILE, Stored, shown};

const EXAMPLES: &str = "\
Examples:
  vmc auth login
  vmc auth login --with-token < token.txt
  vmc auth login --profile ci --client-id 0a1b2c

API tokens are made in the console under My Account > API Tokens, with the service \
role Administrator of VMware Cloud on AWS. The credential is exchanged once for an \
access token before it is stored. It is never taken from the command line.";

const PIPE: &str =
    "Pipe it in: vmc auth login --with-token < token.txt, or give --token-file FILE.";

/// Arguments of `vmc auth login`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Login {
    /// Read the API token, or the app's secret, from stdin
    #[arg(long)]
    with_token: bool,

    /// Read the API token, or the app's secret, from a file
    #[arg(long, value_name = "FILE", conflicts_with = "with_token")]
    token_file: Option<PathBuf>,

    /// Log in as an OAuth app with this id; its secret is asked for or read as above
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
}

impl Login {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let what = if self.client_id.is_some() {
            "Client secret: "
        } else {
            "API token (console: My Account > API Tokens): "
        };
        let secret = if self.with_token {
            secret::from_stdin()?
        } else if let Some(file) = &self.token_file {
            secret::from_file(file)?
        } else {
            secret::ask(context, what, PIPE).await?
        };
        let (grant, stored): (Grant, _) = match &self.client_id {
            Some(id) => {
                let app = OAuthApp::new(id, secret.clone())?;
                (
                    app.into(),
                    Stored::app(id.trim().to_owned(), trimmed(&secret)),
                )
            }
            None => (
                ApiToken::new(secret.clone())?.into(),
                Stored::api_token(trimmed(&secret)),
            ),
        };
        // Reads the file first: a broken one must be told before the exchange.
        let path = context.settings().dirs().credentials_file();
        let mut file = CredentialsFile::read(&path)?;
        let token = context.csp()?.exchange(&grant).await?;
        let profile = context.settings().profile();
        file.set(profile, stored);
        file.write(&path)?;

        let claims = token.claims().unwrap_or_default();
        let who = claims
            .username
            .map(|name| format!(" as {name}"))
            .unwrap_or_default();
        let org = claims
            .org
            .map(|org| format!(", organization {org}"))
            .unwrap_or_default();
        context.say(&format!(
            "Logged in with an {}{who}{org}. Stored as profile {profile} in {}.",
            grant.kind(),
            shown(&path)
        ));
        if let Ok(used) = context.settings().credential()
            && !matches!(&used.source, crate::settings::Source::Profile(name) if name == profile)
        {
            context.warn(&format!("{} is set and is used instead", used.source));
        }
        let flag = if profile == DEFAULT_PROFILE {
            String::new()
        } else {
            format!(" --profile {profile}")
        };
        context.say(&format!("Next: vmc org list{flag}"));
        Ok(())
    }
}

/// As it is sent: without the line break that files end with.
fn trimmed(secret: &secrecy::SecretString) -> secrecy::SecretString {
    use secrecy::ExposeSecret as _;
    secret.expose_secret().trim().into()
}
