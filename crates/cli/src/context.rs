//! What a command works with. Everything is made when it is first used, so
//! that help and `version` touch nothing.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use csp_auth::{Claims, Csp, FileStore, TokenCache};
use secrecy::ExposeSecret as _;
use tokio::sync::OnceCell as AsyncOnceCell;
use vmc_api::{Client, OrgId, orgs};
use vmc_http::{Credentials, Fixed, Retries, Transport};

use crate::args::{Global, LARGEST, limited};
use crate::error::Error;
use crate::exit::Class;
use crate::interrupt::Interrupt;
use crate::output::style::Paint;
use crate::output::{self, Format, Printer};
use crate::progress::{Mode, Progress};
use crate::resolve::looks_like_an_id;
use crate::settings::{Credential, Env, Flags, Found, Held, Settings, Source, keys, shown};

/// What a command works with.
pub(crate) struct Context {
    /// Flags that every command understands.
    pub(crate) global: Global,
    /// What Ctrl-C means.
    pub(crate) interrupt: Interrupt,
    settings: Settings,
    setup_problems: Vec<Error>,
    transport: OnceCell<Transport>,
    identity: OnceCell<Identity>,
    credential_source: OnceCell<Source>,
    vmc: OnceCell<Client>,
    org: AsyncOnceCell<OrgId>,
}

/// What a command needs of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// All of them right.
    Settings,
    /// As [`Needs::Settings`], but for the profile: it need not exist yet.
    NewProfile,
    /// Nothing: it tells what is wrong with them.
    Nothing,
}

/// Who we are towards the services.
#[derive(Clone)]
pub(crate) enum Identity {
    /// Tokens are obtained and renewed.
    Renewed(Arc<TokenCache>),
    /// Somebody else renews the token.
    Given(secrecy::SecretString),
}

impl Context {
    /// With settings read; nothing else is done.
    pub(crate) fn new(global: Global, flags: Flags, env: Env, needs: Needs) -> Result<Self, Error> {
        let profile = global.profile.as_deref();
        let (settings, setup_problems) = match needs {
            Needs::Settings => (Settings::load(flags, profile, env)?, Vec::new()),
            Needs::NewProfile => (Settings::load_new(flags, profile, env)?, Vec::new()),
            Needs::Nothing => Settings::load_anyway(flags, profile, env)?,
        };
        Ok(Self {
            global,
            interrupt: Interrupt::new(),
            settings,
            setup_problems,
            transport: OnceCell::new(),
            identity: OnceCell::new(),
            credential_source: OnceCell::new(),
            vmc: OnceCell::new(),
            org: AsyncOnceCell::new(),
        })
    }

    /// Everything that was said about how to work.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is wrong with the files of settings, where the command was to go on
    /// all the same.
    pub(crate) fn setup_problems(&self) -> &[Error] {
        &self.setup_problems
    }

    /// The output format.
    pub(crate) fn format(&self) -> Result<Format, Error> {
        let found = self
            .settings
            .parsed(&keys::OUTPUT, "an output format", value_of)?;
        Ok(found.map(|found| found.value).unwrap_or_default())
    }

    /// Writes results; secrets are hidden.
    pub(crate) fn printer(&self) -> Result<Printer, Error> {
        Ok(self.printer_of(self.format()?))
    }

    /// As [`printer`](Self::printer), in this format.
    pub(crate) fn printer_of(&self, format: Format) -> Printer {
        Printer {
            format,
            paint: Paint::stdout(self.global.color, self.settings.env()),
            width: output::width(self.settings.env()),
            reveal: false,
        }
    }

    /// Refuses formats made of columns, where the result is one document and
    /// the command line itself asks for such a format.
    pub(crate) fn needs_document_format(&self) -> Result<(), Error> {
        let format = self.format()?;
        match self.settings.text(&keys::OUTPUT) {
            Some(Found {
                source: Source::Flag(_),
                ..
            }) => format.for_document(),
            _ => Ok(()),
        }
    }

    fn progress_mode(&self) -> Result<Mode, Error> {
        let found = self.settings.parsed(
            &keys::PROGRESS,
            "auto, plain, json or none",
            value_of::<Mode>,
        )?;
        Ok(found.map(|found| found.value).unwrap_or_default())
    }

    /// Shows progress.
    pub(crate) fn progress(&self) -> Result<Progress, Error> {
        let chatty = self.global.verbose > 0 || self.global.debug;
        Ok(Progress::new(
            self.progress_mode()?,
            self.global.quiet,
            chatty,
            self.settings.env(),
        ))
    }

    /// Whether nothing may be asked.
    pub(crate) fn no_input(&self) -> Result<bool, Error> {
        self.settings.switch(&keys::NO_INPUT)
    }

    /// Says something that is neither a result nor an error.
    pub(crate) fn warn(&self, text: &str) {
        use std::io::Write as _;
        if !self.global.quiet {
            let paint = Paint::stderr(self.global.color, self.settings.env());
            let label = paint.with(output::style::WATCH, "warning:");
            let _ = writeln!(
                std::io::stderr(),
                "{label} {}",
                vmc_http::redact::printable(text, 1000)
            );
        }
    }

    /// Says what happened, unless told to be quiet.
    pub(crate) fn say(&self, text: &str) {
        use std::io::Write as _;
        if !self.global.quiet {
            let _ = writeln!(
                std::io::stderr(),
                "{}",
                vmc_http::redact::printable(text, 1000)
            );
        }
    }

    /// Connections and trust, shared by all clients.
    pub(crate) fn transport(&self) -> Result<&Transport, Error> {
        if let Some(transport) = self.transport.get() {
            return Ok(transport);
        }
        // From here on, what is broken off may have been started.
        self.interrupt.arm();
        let mut builder = Transport::builder().user_agent(USER_AGENT);
        if let Some(pem) = self.ca_bundle()? {
            builder = builder.extra_ca_pem(&pem)?;
        }
        Ok(self.transport.get_or_init(|| builder.build()))
    }

    /// Certificates to trust besides the system's.
    pub(crate) fn ca_bundle(&self) -> Result<Option<Vec<u8>>, Error> {
        let Some(Found { value, source }) = self.settings.text(&keys::CA_BUNDLE) else {
            return Ok(None);
        };
        let name = format!("the CA bundle {} ({source})", shown(value.as_ref()));
        let file = std::fs::File::open(&value)
            .map_err(|error| Error::config(format!("{name} cannot be read")).because(error))?;
        limited(file, LARGEST, &name).map(Some)
    }

    /// How often a request is sent.
    pub(crate) fn retries(&self) -> Result<Retries, Error> {
        let mut retries = Retries::default();
        let parse = |text: &str| text.parse().ok().filter(|attempts| *attempts > 0);
        if let Some(found) = self
            .settings
            .parsed(&keys::MAX_ATTEMPTS, "a number from 1", parse)?
        {
            retries.max_attempts = found.value;
        }
        Ok(retries)
    }

    /// The base URL of a service.
    pub(crate) fn url(&self, key: &keys::Key) -> String {
        self.settings
            .url(key)
            .map(|found| found.value)
            .unwrap_or_default()
    }

    /// Says of an address that cannot be used where it came from.
    fn blame_address(&self, key: &keys::Key, error: vmc_http::SetupError) -> Error {
        let error = Error::from(error);
        match self.settings.text(key) {
            Some(found) if found.source != Source::Default => error.hint(format!(
                "The address ({}) came from {}.",
                key.name, found.source
            )),
            _ => error,
        }
    }

    /// The token service.
    pub(crate) fn csp(&self) -> Result<Csp, Error> {
        let client = self.csp_builder()?.retries(self.retries()?);
        Csp::new(client).map_err(|error| self.blame_address(&keys::CSP_URL, error))
    }

    /// A client of the token service, without a login.
    pub(crate) fn csp_builder(&self) -> Result<vmc_http::ClientBuilder, Error> {
        let client = vmc_http::Client::builder(self.url(&keys::CSP_URL));
        Ok(client.transport(self.transport()?))
    }

    /// A client of VMware Cloud Services that carries the access token, for raw calls.
    pub(crate) fn csp_calls(&self) -> Result<vmc_http::Client, Error> {
        vmc_http::Client::builder(self.url(&keys::CSP_URL))
            .transport(self.transport()?)
            .retries(self.retries()?)
            .explain(csp_auth::explain)
            .credentials(self.identity()?.credentials(), vmc_http::Scheme::Bearer)
            .build()
            .map_err(|error| self.blame_address(&keys::CSP_URL, error))
    }

    /// Who we are.
    pub(crate) fn identity(&self) -> Result<Identity, Error> {
        if let Some(identity) = self.identity.get() {
            return Ok(identity.clone());
        }
        let Credential { held, source } = self.settings.credential()?;
        tracing::info!(target: "vmc", kind = held.kind(), %source, "credential");
        let _ = self.credential_source.set(source);
        let identity = match held {
            Held::Grant(grant) => {
                let mut cache = TokenCache::new(self.csp()?, grant);
                if !self.settings.env().on("VMC_NO_TOKEN_CACHE") {
                    cache = cache.with_store(Arc::new(self.token_store()));
                }
                Identity::Renewed(Arc::new(cache))
            }
            Held::AccessToken(token) => Identity::Given(token),
        };
        Ok(self.identity.get_or_init(|| identity).clone())
    }

    /// Says of a credential that was not accepted where it came from.
    pub(crate) fn blame_credential(&self, error: Error) -> Error {
        match self.credential_source.get() {
            Some(source) if error.is_about_credentials() => source.blame(error),
            _ => error,
        }
    }

    /// Where access tokens lie between commands.
    pub(crate) fn token_store(&self) -> FileStore {
        FileStore::new(self.settings.dirs().cache.join("tokens"))
    }

    /// The VMC API.
    pub(crate) fn vmc(&self) -> Result<&Client, Error> {
        if let Some(client) = self.vmc.get() {
            return Ok(client);
        }
        let client = Client::builder(self.url(&keys::VMC_URL))
            .credentials(self.identity()?.credentials())
            .transport(self.transport()?)
            .retries(self.retries()?)
            .build()
            .map_err(|error| self.blame_address(&keys::VMC_URL, error))?;
        Ok(self.vmc.get_or_init(|| client))
    }

    /// The organization: as told, else the token's own, else the only one.
    pub(crate) async fn org(&self) -> Result<&OrgId, Error> {
        self.org.get_or_try_init(|| self.find_org()).await
    }

    async fn find_org(&self) -> Result<OrgId, Error> {
        let told = self.settings.text(&keys::ORG);
        if let Some(Found { value, .. }) = &told {
            if looks_like_an_id(value) {
                return Ok(value.as_str().into());
            }
        } else if let Some(org) = self.identity()?.claims().await?.org {
            return Ok(org.into());
        }
        let orgs = self.vmc()?.send(orgs::List::new()).await?;
        if let Some(Found { value, .. }) = told {
            let org = vmc_api::resolve::org(&orgs, &value).map_err(vmc_api::Error::from)?;
            return Ok(org.id.clone());
        }
        match &orgs[..] {
            [org] => Ok(org.id.clone()),
            [] => Err(Error::not_found("the token belongs to no organization")),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|org| format!("{} ({})", org.label(), org.id))
                    .collect();
                Err(Error::usage("which organization?").hint(format!(
                    "Give --org, or set VMC_ORG_ID. There is: {}.",
                    names.join(", ")
                )))
            }
        }
    }

    /// Runs a request that changes something. Ctrl-C waits for its answer, and
    /// where it stays unknown what happened, the error says how to find out.
    ///
    /// `what` completes "the answer to …", `find_out` is a command.
    pub(crate) async fn act<T, E: Into<Error>>(
        &self,
        what: &str,
        find_out: &str,
        request: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        // What is needed afterwards: too late to find out that it is wrong.
        self.printer()?;
        self.progress_mode()?;
        self.watch()?;
        let result = self.interrupt.acting_last(what, find_out, request).await;
        result.map_err(|error| {
            let error = error.into();
            match Class::of(&error) {
                Some(Class::Unknown) => error.hint(format!("To find out: {find_out}")),
                _ => error.hint("Nothing was changed."),
            }
        })
    }

    /// The flags that a command to resume needs, with a blank before each.
    pub(crate) fn resume_flags(&self) -> String {
        let flags = self.told_flags().into_iter();
        flags
            .map(|(flag, value)| format!(" {flag} {}", shell_word(&value)))
            .collect()
    }

    /// A command to be typed next, with the flags that it needs to act where this
    /// one did. Text that is no command of ours stays as it is.
    pub(crate) fn to_type(&self, command: &str) -> String {
        crate::resume::completed(command, &self.told_flags())
    }

    /// Profile and organization, where the command line told them.
    fn told_flags(&self) -> Vec<(String, String)> {
        let mut flags = Vec::new();
        if let Source::Flag(flag) = self.settings.profile_source() {
            flags.push((flag.clone(), self.settings.profile().to_owned()));
        }
        if let Some(Found {
            value,
            source: Source::Flag(flag),
        }) = self.settings.text(&keys::ORG)
        {
            flags.push((flag, value));
        }
        flags
    }

    /// How long to wait, and how often to look.
    pub(crate) fn watch(&self) -> Result<vmc_api::Watch, Error> {
        let timeout = self.settings.duration(&keys::TIMEOUT)?;
        let interval = self.settings.duration(&keys::POLL_INTERVAL)?;
        Ok(vmc_api::Watch {
            poll_interval: interval.map(|found| found.value),
            deadline: Some(timeout.map_or(DEFAULT_TIMEOUT, |found| found.value)),
            ..vmc_api::Watch::default()
        })
    }
}

/// What we call ourselves.
pub(crate) const USER_AGENT: &str = concat!("vmc/", env!("CARGO_PKG_VERSION"));

/// The longest operation takes about two hours; this is time for a bad day.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5 * 3600);

impl Identity {
    /// For clients.
    pub(crate) fn credentials(&self) -> Arc<dyn Credentials> {
        match self {
            Self::Renewed(cache) => cache.clone(),
            Self::Given(token) => Arc::new(Fixed::new(token.clone())),
        }
    }

    /// A token that is valid now.
    pub(crate) async fn token(&self) -> Result<secrecy::SecretString, Error> {
        match self {
            Self::Renewed(cache) => Ok(cache.token().await?.secret().clone()),
            Self::Given(token) => Ok(token.clone()),
        }
    }

    /// What the token says about itself; nothing when it is no JWT.
    pub(crate) async fn claims(&self) -> Result<Claims, Error> {
        let token = self.token().await?;
        Ok(Claims::read(token.expose_secret()).unwrap_or_default())
    }
}

/// A word that a shell takes as one.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A value as the flag of the same meaning takes it.
fn value_of<T: clap::ValueEnum>(text: &str) -> Option<T> {
    T::from_str(text, true).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resume_commands_survive_a_shell() {
        assert_eq!(shell_word("0a1b-2c"), "0a1b-2c");
        assert_eq!(shell_word("My org"), "'My org'");
        assert_eq!(shell_word("it's $(x)"), "'it'\\''s $(x)'");
        assert_eq!(shell_word(""), "''");
    }
}
