//! The side where links are made: the cloud vCenter or a gateway.

use std::path::PathBuf;

use clap::Args;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret as _, SecretString};
use vcenter_hlm::{Flavour, HostPort, Login, LoginError, Trust, VCenter};
use vmc_api::models::Sddc;
use vmc_http::{Client, Transport};

use crate::args::SddcArg;
use crate::context::{Context, USER_AGENT, shell_word};
use crate::error::Error;
use crate::resolve;
use crate::secret;
use crate::settings::{Found, Source, keys};
use crate::trust;

/// Where links are made, and who logs in there.
#[derive(Debug, Args)]
#[command(next_help_heading = HEADING)]
pub(crate) struct HereArgs {
    #[command(flatten)]
    login: LoginArgs,

    /// It is a vCenter Cloud Gateway: other rules
    #[arg(long)]
    gateway: bool,

    #[command(flatten)]
    sddc: SddcArg,
}

const HEADING: &str = "Cloud vCenter, or gateway";

/// A vCenter, and who logs in there.
#[derive(Debug, Args)]
#[command(next_help_heading = HEADING)]
pub(crate) struct LoginArgs {
    /// Its address: HOST or HOST:PORT [env: VMC_VCENTER_URL]
    #[arg(long, value_name = "HOST")]
    vcenter: Option<String>,

    /// User, with the domain [env: VMC_VCENTER_USERNAME]
    #[arg(long, value_name = "NAME")]
    username: Option<String>,

    /// Read the password from stdin [env: VMC_VCENTER_PASSWORD has it]
    #[arg(long)]
    password_stdin: bool,

    /// Read the password from a file
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    password_file: Option<PathBuf>,
}

/// The side where links are made.
pub(crate) struct Here {
    pub(super) address: HostPort,
    pub(super) trust: Trust,
    pub(super) flavour: Flavour,
    login: Login,
}

/// A vCenter of an SDDC, as the service tells it.
pub(super) struct Cloud {
    pub(super) address: HostPort,
    pub(super) user: Option<String>,
    pub(super) password: Option<SecretString>,
}

/// What was told about where to go.
enum Told {
    Address(Found<String>),
    Sddc,
}

impl HereArgs {
    pub(super) fn flavour(&self) -> Flavour {
        if self.gateway {
            Flavour::Gateway
        } else {
            Flavour::CloudVcenter
        }
    }

    /// Whether an SDDC was named for this command, or is set and used.
    pub(super) fn names_sddc(&self, context: &Context) -> bool {
        match told(context, self.flavour()) {
            Ok(Told::Sddc) => true,
            _ => self.sddc.sddc.is_some(),
        }
    }

    /// As [`LoginArgs::again`].
    pub(super) fn again(&self, context: &Context, command: &str) -> String {
        self.login.again(context, self.flavour(), command)
    }

    /// As [`LoginArgs::read`].
    pub(super) async fn read(&self, context: &Context) -> Result<Here, Error> {
        self.login.read(context, self.flavour()).await
    }
}

/// How much a source of settings counts.
fn rank(source: &Source) -> u8 {
    match source {
        Source::Flag(_) => 3,
        Source::Env(name) if name.starts_with("VMC_") => 2,
        Source::Env(_) => 1,
        _ => 0,
    }
}

fn told(context: &Context, flavour: Flavour) -> Result<Told, Error> {
    let settings = context.settings();
    let address = settings.text(&keys::VCENTER);
    if flavour == Flavour::Gateway {
        return match address {
            Some(address) => Ok(Told::Address(address)),
            None => Err(Error::usage("which gateway?")
                .hint("Give --vcenter HOST with the address of the gateway.")),
        };
    }
    match (address, settings.text(&keys::SDDC)) {
        (Some(address), Some(sddc)) => match (rank(&address.source), rank(&sddc.source)) {
            (3, 3) => Err(
                Error::usage("two vCenters: --vcenter, and the one of --sddc")
                    .hint("Leave one of them out."),
            ),
            (address, sddc) if sddc > address => Ok(Told::Sddc),
            _ => Ok(Told::Address(address)),
        },
        (Some(address), None) => Ok(Told::Address(address)),
        (None, Some(_)) => Ok(Told::Sddc),
        (None, None) => Err(Error::usage("which vCenter?").hint(
            "Give --sddc NAME for the vCenter of an SDDC, or --vcenter HOST, or set VMC_VCENTER_URL.",
        )),
    }
}

impl LoginArgs {
    /// Whether any of these flags is there.
    pub(crate) fn given(&self) -> bool {
        let flags = [self.vcenter.is_some(), self.username.is_some()];
        flags.contains(&true) || self.password_stdin || self.password_file.is_some()
    }

    /// Whether the password comes from stdin.
    pub(crate) fn uses_stdin(&self) -> bool {
        self.password_stdin
    }

    /// A command for the same vCenter.
    fn again(&self, context: &Context, flavour: Flavour, command: &str) -> String {
        let mut line = command.to_owned();
        match told(context, flavour) {
            Ok(Told::Address(found)) => {
                if matches!(found.source, Source::Flag(_)) {
                    line.push_str(&format!(" --vcenter {}", shell_word(&found.value)));
                }
            }
            Ok(Told::Sddc) => {
                let sddc = context.settings().text(&keys::SDDC);
                let sddc = sddc.map(|found| found.value).unwrap_or_default();
                line.push_str(&format!(" --sddc {}", shell_word(&sddc)));
            }
            Err(_) => {}
        }
        if flavour == Flavour::Gateway {
            line.push_str(" --gateway");
        }
        if let Some(user) = &self.username {
            line.push_str(&format!(" --username {}", shell_word(user)));
        }
        line + &context.resume_flags()
    }

    /// Where to go and who logs in. Asks for the password if need be.
    pub(crate) async fn read(&self, context: &Context, flavour: Flavour) -> Result<Here, Error> {
        if context.settings().env().on("GOVC_INSECURE") {
            return Err(Error::config(
                "GOVC_INSECURE is set; vmc sends no password without looking at the certificate",
            )
            .hint(
                "Unset it. To trust a certificate that no authority vouches for: vmc cert pin HOST",
            ));
        }
        let (address, user, password) = match told(context, flavour)? {
            Told::Sddc => {
                let cloud = cloud_of(&resolve::sddc_told(context).await?)?;
                let user = self.username.clone().or(cloud.user);
                let password = match self.password_told()? {
                    // That of the SDDC is for its own user.
                    None if self.username.is_none() => cloud.password,
                    told => told,
                };
                (cloud.address, user, password)
            }
            Told::Address(found) => {
                let (address, user, password) = located(&found)?;
                let named = || context.settings().text(&keys::VCENTER_USERNAME);
                let user = self
                    .username
                    .clone()
                    .or_else(|| named().map(|found| found.value))
                    .or(user);
                let env = |name| context.settings().env().get(name).map(SecretString::from);
                let password = self
                    .password_told()?
                    .or_else(|| env("VMC_VCENTER_PASSWORD"))
                    .or_else(|| env("GOVC_PASSWORD"))
                    .or(password);
                (address, user, password)
            }
        };
        let user = user.ok_or_else(|| {
            Error::usage(format!("which user of {address}?"))
                .hint("Give --username NAME, or set VMC_VCENTER_USERNAME.")
        })?;
        let password = match password {
            Some(password) => password,
            None => {
                let prompt = format!("Password of {user} at {address}: ");
                secret::ask(context, &prompt, OTHERWISE).await?
            }
        };
        Ok(Here {
            trust: trust::of(context, &address, None)?,
            flavour,
            login: login(user, password)?,
            address,
        })
    }

    fn password_told(&self) -> Result<Option<SecretString>, Error> {
        secret::told(self.password_stdin, self.password_file.as_deref())
    }
}

const OTHERWISE: &str =
    "Give --password-stdin or --password-file FILE, set VMC_VCENTER_PASSWORD, or give --sddc NAME.";

/// Somebody who logs in.
pub(super) fn login(user: String, password: SecretString) -> Result<Login, Error> {
    Login::new(user, password).map_err(|error: LoginError| Error::usage(error.to_string()))
}

/// An address from a flag or a variable. The one of govc may have a user and a
/// password in it.
pub(in crate::commands) fn located(
    found: &Found<String>,
) -> Result<(HostPort, Option<String>, Option<SecretString>), Error> {
    let blame = |error: Error| match &found.source {
        Source::Flag(_) => error,
        source => error.hint(format!("It came from {source}.")),
    };
    if found.source != Source::Env("GOVC_URL") {
        let address = trust::address(&found.value).map_err(blame)?;
        return Ok((address, None, None));
    }
    let rest = found.value.strip_prefix("https://").unwrap_or(&found.value);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (who, host) = match (rest.contains("://"), authority.rsplit_once('@')) {
        (false, Some((who, host))) => (who, host),
        (false, None) => ("", authority),
        (true, _) => ("", rest),
    };
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = match who.split_once(':') {
        Some((user, password)) => (decoded(user), Some(decoded(password).into())),
        None => (decoded(who), None),
    };
    let address = trust::address(host).map_err(blame)?;
    Ok((
        address,
        Some(user).filter(|user| !user.is_empty()),
        password,
    ))
}

/// Where the vCenter of an SDDC is, and who may log in.
pub(super) fn cloud_of(sddc: &Sddc) -> Result<Cloud, Error> {
    let name = crate::commands::sddc::called(sddc);
    let config = sddc.resource_config.as_ref();
    let url = config.and_then(|config| config.vc_url.as_deref());
    let url = url.ok_or_else(|| {
        Error::conflict(format!("SDDC {name} has no vCenter yet"))
            .hint("Is it READY? To see: vmc sddc list")
    })?;
    let password = config.and_then(|config| config.cloud_password.as_ref());
    Ok(Cloud {
        address: trust::address(url)?,
        user: config.and_then(|config| config.cloud_username.clone()),
        password: password.map(|password| password.expose().into()),
    })
}

impl Here {
    /// A client; nothing is sent yet.
    pub(super) fn vcenter(&self, context: &Context) -> Result<VCenter, Error> {
        vcenter(context, &self.address, &self.trust, self.login.clone())
    }

    /// Does `work` and logs out, however that ends: by an error and by Ctrl-C too.
    pub(crate) async fn session<T, F>(
        &self,
        context: &Context,
        work: impl FnOnce(VCenter) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let vcenter = self.vcenter(context)?;
        let orderly = context.interrupt.orderly();
        let done = vcenter.with_session_until(work, orderly.stopped()).await;
        drop(orderly);
        match done {
            Ok(done) => Ok(done),
            Err(error) => Err(trust::explain(error, &self.address).await),
        }
    }
}

/// A client for one login, whose connections are judged by `trust`.
pub(super) fn vcenter(
    context: &Context,
    address: &HostPort,
    trust: &Trust,
    login: Login,
) -> Result<VCenter, Error> {
    // A login that is broken off would leave a session behind.
    context.interrupt.arm();
    let retries = context.retries()?;
    let transport = trust
        .apply(Transport::builder().user_agent(USER_AGENT))?
        .build();
    let client = || {
        Client::builder(address.url())
            .transport(&transport)
            .retries(retries.clone())
    };
    Ok(VCenter::new(client, login, None)?)
}

/// Whether a secret is nothing.
pub(super) fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        source: Source,
        value: &str,
    ) -> Result<(String, Option<String>, Option<String>), String> {
        let value = value.to_owned();
        located(&Found { value, source })
            .map(|(address, user, password)| {
                let password = password.map(|password| password.expose_secret().to_owned());
                (address.to_string(), user, password)
            })
            .map_err(|error| format!("{error} {}", error.hints().join(" ")))
    }

    #[test]
    fn the_url_of_govc_is_read_as_govc_does() {
        let own = |text: &str| Some(text.to_owned());
        for (value, address, user, password) in [
            ("vc.example", "vc.example:443", None, None),
            ("vc.example/sdk", "vc.example:443", None, None),
            ("https://vc:8443/sdk", "vc:8443", None, None),
            (
                "https://a%40b.c:p%3aw@vc/sdk",
                "vc:443",
                own("a@b.c"),
                own("p:w"),
            ),
            ("a@b.c:pw@vc", "vc:443", own("a@b.c"), own("pw")),
            ("[::1]:444", "[::1]:444", None, None),
        ] {
            let found = read(Source::Env("GOVC_URL"), value);
            assert_eq!(found, Ok((address.to_owned(), user, password)), "{value}");
        }
        for source in [Source::Env("GOVC_URL"), Source::Env("VMC_VCENTER_URL")] {
            let error = read(source, "http://root:canary@vc").unwrap_err();
            assert!(!error.contains("canary"), "{error}");
        }
        let error = read(Source::Env("VMC_VCENTER_URL"), "root:canary@vc").unwrap_err();
        assert!(
            error.contains("VMC_VCENTER_URL") && !error.contains("canary"),
            "{error}"
        );
    }
}
