//! `vmc locale`.

use clap::{Args, Subcommand};
use vmc_api::locale;
use vmc_api::models::VmcLocale;

use crate::args::DryRunArg;
use crate::context::{Context, shell_word};
use crate::dry_run;
use crate::error::Error;
use crate::output::{Cell, Column};

/// Verbs of `vmc locale`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set the language in which the service writes its messages
    ///
    /// It holds for the session, which the service knows by the access token.
    #[command(after_help = "\
Examples:
  vmc locale set de_DE
  vmc locale set en_US --dry-run")]
    Set(Set),
}

/// Arguments of `vmc locale set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Language and country, as in en_US
    locale: String,

    #[command(flatten)]
    dry_run: DryRunArg,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let Self::Set(command) = self;
        let word = shell_word(&command.locale);
        let set = locale::Set::new(VmcLocale::of(command.locale));
        if command.dry_run.dry_run {
            return dry_run::show(context, &set);
        }
        let request = context.vmc()?.send(&set);
        let find_out = format!("vmc locale set {word}{}", context.resume_flags());
        let answer = context.act("the setting", &find_out, request).await?;
        let columns = [Column::new("Locale", |locale: &VmcLocale| {
            Cell::maybe(locale.locale.as_deref())
        })
        .id()];
        context.printer()?.show(&answer, &columns)
    }
}
