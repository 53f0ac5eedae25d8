//! `vmc cert pin`.

use clap::Args;
use time::OffsetDateTime;
use vcenter_hlm::{Hash, Thumbprint, Trust};

use super::look::Look;
use super::{Pinned, columns};
use crate::confirm::Confirm;
use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::trust;

/// Arguments of `vmc cert pin`.
#[derive(Debug, Args)]
pub(crate) struct Pin {
    /// Server: HOST, HOST:PORT or an https URL
    #[arg(value_name = "HOST")]
    host: String,

    /// SHA-1 or SHA-256 that its certificate must have, read on the server itself
    #[arg(long, value_name = "THUMBPRINT", value_parser = trust::thumbprint)]
    thumbprint: Option<Thumbprint>,
}

impl Pin {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let address = trust::address(&self.host)?;
        let known = trust::known_hosts(context)?;
        let before = known.get(&address)?;
        let chain = trust::fetch(&address).await?;
        let leaf = chain.leaf();
        let now = OffsetDateTime::now_utc();
        if let Some(given) = self.thumbprint {
            let against = chain.problems(now, address.host(), &Trust::Pinned(given))?;
            if !against.is_empty() {
                let error = trust::unverified(&address, against);
                return Err(error.hint("Nothing was pinned."));
            }
        }
        let thumbprint = leaf.thumbprint(Hash::Sha256);
        let pinned = Pinned::new(address.to_string(), thumbprint);
        if before == Some(thumbprint) {
            context.say(&format!("{address} is pinned already. Nothing to do."));
            return context.printer()?.show(&pinned, &columns());
        }
        let changed = before.filter(|before| *before != leaf.thumbprint(before.hash()));
        if self.thumbprint.is_none() {
            let authority = trust::by_authority(context)?;
            let against = chain.problems(now, address.host(), &authority)?;
            if !against.is_empty() || changed.is_some() {
                let look = Look::at(context, &address, &chain, None)?;
                let why = match changed {
                    Some(old) => format!(
                        "{address} presents another certificate than the one that is pinned:\n{old}"
                    ),
                    None => {
                        let texts: Vec<_> = against.iter().map(ToString::to_string).collect();
                        format!("{address} is not verified: {}", texts.join("; "))
                    }
                };
                ask(context, &why, &look, &address.to_string()).await?;
            }
        }
        known.add(&address, leaf)?;
        context.say(&format!(
            "Pinned in {}.",
            crate::settings::shown(known.path())
        ));
        context.printer()?.show(&pinned, &columns())
    }
}

/// A person has to look at the thumbprint; where there is none, it has to be
/// given. There is no way to say yes to whatever comes.
async fn ask(context: &Context, why: &str, look: &Look, host: &str) -> Result<(), Error> {
    let confirm = Confirm {
        yes: false,
        silent: context.no_input()? || !Confirm::at_terminal(),
    };
    if confirm.silent {
        return Err(Error::usage(format!("{why}\nNobody can be asked; nothing was pinned"))
            .hint(format!(
                "Read the thumbprint on the server itself, then: vmc cert pin {} --thumbprint THUMBPRINT",
                shell_word(host)
            )));
    }
    let what = format!(
        "{why}\n\n{}\nCompare the thumbprint with the one shown on the server itself.",
        look.lines(context)?
    );
    confirm.by_name(&what, host).await
}
