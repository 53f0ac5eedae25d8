//! The side that is linked with.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use vcenter_hlm::{Flavour, HostPort, Thumbprint, Trust};

use super::here::{HereArgs, cloud_of};
use crate::confirm::Confirm;
use crate::context::Context;
use crate::error::Error;
use crate::resolve;
use crate::secret;
use crate::settings::keys;
use crate::trust;

/// The domain that nearly every vCenter on premises has.
pub(super) const USUAL_DOMAIN: &str = "vsphere.local";

/// The side that is linked with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Other side")]
pub(crate) struct PeerArgs {
    /// Its vCenter, or its Platform Services Controller before 6.7 [default: with --gateway, that of --sddc]
    #[arg(long, value_name = "HOST[:PORT]")]
    psc: Option<String>,

    /// Its single sign-on domain [default: vsphere.local]
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,

    /// SHA-1 or SHA-256 of its certificate, where it is not pinned nor from a known authority
    #[arg(long, value_name = "THUMBPRINT", value_parser = trust::thumbprint)]
    thumbprint: Option<Thumbprint>,

    #[command(flatten)]
    who: PeerLoginArgs,
}

/// Who logs in at the other side.
#[derive(Debug, Args)]
#[command(next_help_heading = "Other side")]
pub(crate) struct PeerLoginArgs {
    /// Administrator there; Administrator of the domain unless given
    #[arg(long, value_name = "NAME")]
    psc_username: Option<String>,

    /// Read the password from stdin [env: VMC_PSC_PASSWORD has it]
    #[arg(long, conflicts_with = "password_stdin")]
    psc_password_stdin: bool,

    /// Read the password from a file
    #[arg(long, value_name = "FILE", conflicts_with = "psc_password_stdin")]
    psc_password_file: Option<PathBuf>,
}

/// The side that is linked with.
pub(super) struct Peer {
    pub(super) address: HostPort,
    pub(super) domain: String,
    pub(super) trust: Trust,
    pub(super) who: PeerLogin,
}

/// Who logs in at the other side.
pub(super) struct PeerLogin {
    pub(super) user: String,
    password: Option<SecretString>,
    place: String,
}

impl PeerArgs {
    pub(super) async fn read(&self, context: &Context, here: &HereArgs) -> Result<Peer, Error> {
        let sddc_wanted = context.settings().text(&keys::SDDC).is_some();
        let (address, domain, user, password) = match &self.psc {
            Some(psc) => {
                let domain = self.domain.clone().unwrap_or_else(|| USUAL_DOMAIN.into());
                (trust::address(psc)?, domain, None, None)
            }
            None if here.flavour() == Flavour::Gateway && sddc_wanted => {
                let cloud = cloud_of(&resolve::sddc_told(context).await?)?;
                let of_user = cloud.user.as_deref().and_then(|user| user.rsplit_once('@'));
                let domain = self.domain.clone();
                let domain = domain.or_else(|| of_user.map(|(_, domain)| domain.to_owned()));
                let domain = domain.ok_or_else(|| {
                    Error::usage("which domain has the vCenter of the SDDC?").hint("Give --domain.")
                })?;
                (cloud.address, domain, cloud.user, cloud.password)
            }
            None => {
                let hint = match here.flavour() {
                    Flavour::Gateway => {
                        "Give --sddc NAME for the vCenter of an SDDC, or --psc HOST."
                    }
                    Flavour::CloudVcenter => "Give --psc HOST: the vCenter on premises.",
                };
                return Err(Error::usage("linked with which vCenter?").hint(hint));
            }
        };
        let mut who = self.who.read(context, &domain, &address.to_string())?;
        if self.who.psc_username.is_none()
            && let Some(user) = user
        {
            // That of the SDDC is for its own user.
            who.user = user;
            who.password = self.who.password_told()?.or(password);
        }
        Ok(Peer {
            trust: trust::of(context, &address, self.thumbprint)?,
            address,
            domain,
            who,
        })
    }
}

impl PeerLoginArgs {
    /// `place` is what people call the other side.
    pub(super) fn read(
        &self,
        context: &Context,
        domain: &str,
        place: &str,
    ) -> Result<PeerLogin, Error> {
        let user = self.psc_username.clone();
        let env = context.settings().env().get("VMC_PSC_PASSWORD");
        Ok(PeerLogin {
            user: user.unwrap_or_else(|| format!("Administrator@{domain}")),
            password: self
                .password_told()?
                .or_else(|| env.map(SecretString::from)),
            place: place.to_owned(),
        })
    }

    fn password_told(&self) -> Result<Option<SecretString>, Error> {
        secret::told(self.psc_password_stdin, self.psc_password_file.as_deref())
    }
}

impl PeerLogin {
    /// The password; asks for it if need be.
    pub(super) async fn password(&self, context: &Context) -> Result<SecretString, Error> {
        let password = match &self.password {
            Some(password) => password.clone(),
            None => {
                let prompt = format!("Password of {} at {}: ", self.user, self.place);
                secret::ask(context, &prompt, OTHERWISE).await?
            }
        };
        if super::here::is_empty(&password) {
            return Err(Error::usage(
                "the password of the other side is empty; nothing was sent",
            ));
        }
        Ok(password)
    }

    /// As [`password`](Self::password), where it is possible to do without:
    /// none where nobody can be asked.
    pub(super) async fn password_if_any(
        &self,
        context: &Context,
    ) -> Result<Option<SecretString>, Error> {
        if self.password.is_some() {
            return self.password(context).await.map(Some);
        }
        if context.no_input()? || !Confirm::at_terminal() {
            return Ok(None);
        }
        let prompt = format!(
            "Password of {} at {} (none: its login is not checked): ",
            self.user, self.place
        );
        let password = secret::ask(context, &prompt, OTHERWISE).await?;
        Ok(Some(password).filter(|password| !super::here::is_empty(password)))
    }
}

const OTHERWISE: &str =
    "Give --psc-password-stdin or --psc-password-file FILE, or set VMC_PSC_PASSWORD.";
