//! `vmc addon`: the credentials that add-ons of an SDDC log in with.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};
use vmc_api::addon_credentials;
use vmc_api::models::{AddonType, NewCredentials, UpdateCredentials};
use vmc_http::Secret;

use crate::args::{DryRunArg, RevealArg, SddcArg};
use crate::context::{Context, shell_word};
use crate::dry_run;
use crate::error::Error;
use crate::output::{Cell, Column};
use crate::resolve::{or_see, sddc_told, usable_name};
use crate::secret;

/// Verbs of `vmc addon`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the credentials of an add-on
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc addon list --sddc lab
  vmc addon list --sddc lab -o json --reveal"
    )]
    List(List),
    /// Show one of them
    #[command(
        visible_alias = "get",
        after_help = "\
Examples:
  vmc addon show site-a --sddc lab
  vmc addon show site-a --sddc lab --reveal"
    )]
    Show(Show),
    /// Give an add-on credentials
    #[command(after_help = "\
Examples:
  vmc addon create site-a --sddc lab --username administrator@vsphere.local
  vmc addon create site-a --sddc lab --username admin --password-stdin < pw.txt

The password is asked for, or read from stdin, a file or VMC_ADDON_PASSWORD. It \
is never taken from the command line.")]
    Create(Write),
    /// Replace the user name and the password of credentials
    #[command(after_help = "\
Examples:
  vmc addon update site-a --sddc lab --username administrator@vsphere.local
  vmc addon update site-a --sddc lab --username admin --password-file pw.txt

The password is asked for, or read from stdin, a file or VMC_ADDON_PASSWORD. It \
is never taken from the command line.")]
    Update(Write),
}

#[derive(Debug, Args)]
struct Which {
    /// Kind of add-on [default: HCX, the only one known]
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,

    #[command(flatten)]
    sddc: SddcArg,
}

/// Arguments of `vmc addon list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    reveal: RevealArg,

    #[command(flatten)]
    which: Which,
}

/// Arguments of `vmc addon show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name of the credentials
    name: String,

    #[command(flatten)]
    reveal: RevealArg,

    #[command(flatten)]
    which: Which,
}

/// Arguments of `vmc addon create` and `update`.
#[derive(Debug, Args)]
pub(crate) struct Write {
    /// Name of the credentials
    name: String,

    /// User to log in as
    #[arg(long, value_name = "NAME")]
    username: String,

    /// Read the password from stdin
    #[arg(long)]
    password_stdin: bool,

    /// Read the password from a file
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    password_file: Option<PathBuf>,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    which: Which,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
            Self::Create(command) => command.create(context).await,
            Self::Update(command) => command.update(context).await,
        }
    }
}

impl Which {
    fn kind(&self) -> AddonType {
        match &self.kind {
            Some(kind) => AddonType::from(kind.to_uppercase()),
            None => AddonType::Hcx,
        }
    }

    /// The command that lists what there is.
    fn list(&self, context: &Context, sddc: &str) -> String {
        let kind = shell_word(self.kind().as_str());
        let flags = context.resume_flags();
        format!("vmc addon list --type {kind} --sddc {sddc}{flags}")
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = sddc_told(context).await?;
        let org = context.org().await?;
        let list = addon_credentials::List::new(org, &sddc.id, self.which.kind());
        let mut list = context.vmc()?.send(list).await?;
        list.sort_by(|a, b| a.name.cmp(&b.name));
        let mut printer = context.printer()?;
        printer.reveal = self.reveal.reveal;
        printer.list(&list, &columns(self.reveal.reveal))
    }
}

impl Show {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let sddc = sddc_told(context).await?;
        let org = context.org().await?;
        let list = self.which.list(context, sddc.id.as_str());
        let get = addon_credentials::Get::new(org, &sddc.id, self.which.kind(), self.name);
        let one = context.vmc()?.send(get).await;
        let one = one.map_err(|error| or_see(error, &list))?;
        let mut printer = context.printer()?;
        printer.reveal = self.reveal.reveal;
        printer.show(&one, &columns(self.reveal.reveal))
    }
}

impl Write {
    async fn create(self, context: &Context) -> Result<(), Error> {
        usable_name(&self.name)?;
        let password = self.password(context).await?;
        let org = context.org().await?;
        let sddc = sddc_told(context).await?;
        let body = NewCredentials::with(&*self.name, &*self.username, password);
        let create = addon_credentials::Create::new(org, &sddc.id, self.which.kind(), body);
        if self.dry_run.dry_run {
            return dry_run::show(context, &create);
        }
        let find_out = self.find_out(context, sddc.id.as_str());
        let request = context.vmc()?.send(create);
        let made = context.act("the creation", &find_out, request).await?;
        context.printer()?.show(&made, &columns(false))
    }

    async fn update(self, context: &Context) -> Result<(), Error> {
        let password = self.password(context).await?;
        let org = context.org().await?;
        let sddc = sddc_told(context).await?;
        let body = UpdateCredentials::new(&*self.username, password);
        let kind = self.which.kind();
        let update = addon_credentials::Update::new(org, &sddc.id, kind, &*self.name, body);
        if self.dry_run.dry_run {
            return dry_run::show(context, &update);
        }
        let find_out = self.find_out(context, sddc.id.as_str());
        let request = context.vmc()?.send(update);
        let made = context.act("the update", &find_out, request).await;
        let list = self.which.list(context, sddc.id.as_str());
        let made = made.map_err(|error| or_see(error, &list))?;
        context.printer()?.show(&made, &columns(false))
    }

    fn find_out(&self, context: &Context, sddc: &str) -> String {
        let name = shell_word(&self.name);
        let kind = shell_word(self.which.kind().as_str());
        format!(
            "vmc addon show {name} --type {kind} --sddc {sddc}{}",
            context.resume_flags()
        )
    }

    /// From where we were told, else from the environment, else from a person.
    async fn password(&self, context: &Context) -> Result<SecretString, Error> {
        let password = if self.password_stdin {
            secret::from_stdin()?
        } else if let Some(file) = &self.password_file {
            secret::from_file(file)?
        } else if let Some(password) = context.settings().env().get("VMC_ADDON_PASSWORD") {
            password.into()
        } else {
            let prompt = format!("Password of {}: ", self.username);
            secret::ask(context, &prompt, OTHERWISE).await?
        };
        if password.expose_secret().is_empty() {
            return Err(Error::usage("the password is empty; nothing was sent"));
        }
        Ok(password)
    }
}

const OTHERWISE: &str =
    "Pipe it in with --password-stdin, give --password-file FILE, or set VMC_ADDON_PASSWORD.";

fn columns(reveal: bool) -> Vec<Column<NewCredentials>> {
    let mut columns = vec![
        Column::new("Name", |one: &NewCredentials| {
            Cell::maybe(one.name.as_deref())
        })
        .id(),
        Column::new("User", |one: &NewCredentials| {
            Cell::maybe(one.username.as_deref())
        }),
    ];
    if reveal {
        columns.push(Column::new("Password", |one: &NewCredentials| {
            Cell::maybe(one.password.as_ref().map(Secret::expose))
        }));
    }
    columns
}
