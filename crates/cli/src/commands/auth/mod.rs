//! `vmc auth`.

mod login;
mod logout;
mod status;
mod token;

use clap::Subcommand;

use crate::context::Context;
use crate::error::Error;

/// Verbs of `vmc auth`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a credential and store it
    Login(login::Login),
    /// Show which credential is used, for whom, and when it ends
    Status(status::Status),
    /// Print an access token, for other programs
    Token(token::Token),
    /// Forget the stored credential and the cached access tokens
    Logout(logout::Logout),
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::Login(command) => command.run(context).await,
            Self::Status(command) => command.run(context).await,
            Self::Token(command) => command.run(context).await,
            Self::Logout(command) => command.run(context),
        }
    }
}
