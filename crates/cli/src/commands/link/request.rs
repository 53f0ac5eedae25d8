//! `vmc link request`: the first half of a hand-off.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use aws_link::{HandOff, LinkRequest, RequestPlan, Review};
use clap::Args;
use serde_json::json;
use vmc_api::models::AwsCustomerConnectedAccount;
use vmc_http::private_file;

use super::{account_number, notes, template, template_transport};
use crate::args::{DryRunArg, OrgArg, Output};
use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::output::{Cell, Format, cells};
use crate::settings::shown;

const EXAMPLES: &str = "\
Examples:
  vmc link request --to lab-link.json --account 123456789012
  vmc link request -o lab-link.json
  vmc link request --to lab-link.json --dry-run

For an organization and an AWS account that belong to different people. This is \
for the one with the organization; it takes no AWS rights. It asks VMware Cloud \
for a link request and writes it to a file, which the other one runs with \
'vmc link run'. The file is a secret: whoever has it can link an account of \
theirs. Tell the fingerprint by another way than the file's.

A value of -o that has a dot or a slash in it is the file, as with --to; else it \
is the output format.";

/// Arguments of `vmc link request`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Request {
    /// File to write; - for standard output, where that is no terminal
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,

    /// Output format, or the file to write
    #[arg(
        short,
        long,
        value_name = "FORMAT|FILE",
        value_parser = Output::format_or_file,
        help_heading = "Global options"
    )]
    output: Option<Output>,

    /// Write over a file that is there
    #[arg(long)]
    replace: bool,

    /// AWS account that it is for (12 digits or ARN); any other is refused then
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// AWS region of the stack; its roles are valid in all regions [default: us-west-2]
    #[arg(long, value_name = "REGION")]
    stack_region: Option<String>,

    /// Name of the stack [default: made from the organization]
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,

    /// Make the broken link of --account anew, with new roles
    #[arg(long, requires = "account")]
    relink_broken: bool,

    /// Accept templates from this host too
    #[arg(long, value_name = "HOST")]
    allow_template_host: Vec<String>,

    #[command(flatten)]
    dry_run: DryRunArg,

    #[command(flatten)]
    org: OrgArg,
}

impl Request {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        context.needs_document_format()?;
        let place = self.place()?;
        let request = self.settings(context).await?;
        let asking = match request.plan().await? {
            RequestPlan::NothingToDo(account) => {
                context.say("Nothing to do: the AWS account is linked.");
                return linked_already(context, &place, &account);
            }
            RequestPlan::Ask(asking) => asking,
            _ => return Err(Error::bug("a plan that is not known here")),
        };
        if self.dry_run.dry_run {
            let org = context.org().await?;
            return context.printer()?.document(json!({
                "requests": [{
                    "method": "GET",
                    "path": format!("/vmc/api/orgs/{org}/account-link"),
                    "effect": "makes a link request",
                }],
                "stack_name": asking.stack_name,
                "region": asking.region,
                "linked_accounts": asking.linked_accounts,
            }));
        }
        let printer = context.printer()?;
        let (file, review) = context
            .interrupt
            .acting_last(
                "the request for a link",
                &format!("vmc task list{}", context.resume_flags()),
                request.ask(asking),
            )
            .await?;
        let progress = context.progress()?;
        template::tell(context, &progress, &review);
        tell_changes(context, &file, &review);
        place.write(&file)?;
        if let Err(error) = notes(context).keep_request(file.about()) {
            context.warn(&format!(
                "'vmc link wait' will need --from or --task: {error}"
            ));
        }
        self.tell_next(context, &place, &file);
        match place {
            Place::Stdout => Ok(()),
            _ if matches!(printer.format, Format::Table) => {
                printer.raw(&printer.lines(&lines(&place, &file)))
            }
            _ => printer.document(document(&place, &file, &review)),
        }
    }

    async fn settings(&self, context: &Context) -> Result<LinkRequest, Error> {
        let account = self.account.as_deref().map(account_number).transpose()?;
        let org = context.org().await?;
        let mut request = LinkRequest::new(context.vmc()?, org)
            .requested_by(context.identity()?.claims().await?.username)
            .relink_broken(self.relink_broken);
        if let Some(account) = account {
            request = request.account(account);
        }
        if let Some(region) = &self.stack_region {
            request = request.region(super::aws_region(region));
        }
        if let Some(name) = &self.stack_name {
            request = request.stack_name(name);
        }
        for host in &self.allow_template_host {
            request = request.allow_template_host(host);
        }
        if let Some(transport) = template_transport(context)? {
            request = request.template_transport(transport);
        }
        Ok(request)
    }

    /// Where the file goes. What stands in its way is found out before a link is
    /// asked for.
    fn place(&self) -> Result<Place, Error> {
        let path = match (&self.to, &self.output) {
            (Some(_), Some(Output::File(_))) => {
                return Err(Error::usage(
                    "the file is given twice, with --to and with -o",
                ));
            }
            (Some(path), _) | (None, Some(Output::File(path))) => path,
            (None, _) if self.dry_run.dry_run => return Ok(Place::Nowhere),
            (None, _) => {
                return Err(Error::usage("where is the link request to be written?")
                    .hint("Give --to FILE, as in --to lab-link.json."));
            }
        };
        if path.as_os_str() == "-" {
            if std::io::stdout().is_terminal() && !self.dry_run.dry_run {
                return Err(
                    Error::usage("a link request is a secret and not shown on a terminal")
                        .hint("Give --to FILE, or pipe it into something."),
                );
            }
            return Ok(Place::Stdout);
        }
        let there = path.symlink_metadata().is_ok();
        if there && !self.replace {
            return Err(Error::conflict(format!("{} is there already", shown(path)))
                .hint("No link was asked for. Give --replace to write over it, or another name."));
        }
        private_file::try_write(path).map_err(|error| {
            Error::usage(format!("{} cannot be written", shown(path)))
                .because(error)
                .hint("No link was asked for.")
        })?;
        Ok(if self.replace {
            Place::Over(path.clone())
        } else {
            Place::New(path.clone())
        })
    }

    fn tell_next(&self, context: &Context, place: &Place, file: &HandOff) {
        let print = file.fingerprint();
        let name = place.word();
        context.say(&format!(
            "The link request of {} is in {name}, {}.",
            file.about()
                .org_name
                .as_deref()
                .unwrap_or("the organization"),
            file.about().expires.map_or_else(
                || "without an end".to_owned(),
                |end| format!("valid until {} UTC", cells::minute(end)),
            )
        ));
        context.say("It is a secret: whoever has it can link an AWS account of theirs.");
        context.say(&format!(
            "Its fingerprint is {print}; tell it by another way than the file's."
        ));
        context.say(&format!(
            "Next, the AWS administrator:  vmc link run --from {name} --fingerprint {print}"
        ));
        context.say(&format!(
            "Then you:                     vmc link wait{}",
            context.resume_flags()
        ));
    }
}

/// No request was made, so no file is either: a pipe gets nothing.
fn linked_already(
    context: &Context,
    place: &Place,
    account: &AwsCustomerConnectedAccount,
) -> Result<(), Error> {
    let printer = context.printer()?;
    match place {
        Place::Stdout => Ok(()),
        _ if printer.format == Format::Table => super::wait::show_linked(context, account, None),
        _ => printer.document(json!({
            "already_linked": true,
            "account": account,
            "file": null,
        })),
    }
}

/// Where the link request is written.
enum Place {
    Nowhere,
    Stdout,
    New(PathBuf),
    Over(PathBuf),
}

impl Place {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Nowhere | Self::Stdout => None,
            Self::New(path) | Self::Over(path) => Some(path),
        }
    }

    /// Its name in a command that is to be typed.
    fn word(&self) -> String {
        self.path()
            .map_or_else(|| "FILE".to_owned(), |path| shell_word(&shown(path)))
    }

    fn write(&self, file: &HandOff) -> Result<(), Error> {
        let text = file.write();
        let written = match self {
            Self::Nowhere => Ok(()),
            Self::Stdout => {
                let mut out = std::io::stdout().lock();
                out.write_all(&text).and_then(|()| out.flush())
            }
            Self::New(path) => private_file::write_new(path, &text),
            Self::Over(path) => private_file::write_durably(path, &text),
        };
        written.map_err(|error| {
            Error::failed(format!("{} could not be written", self.word()))
                .because(error)
                .hint(format!(
                    "The link request was made (task {}) and expires unused. Run the command again for another one.",
                    file.about().tracking_task
                ))
        })
    }
}

fn tell_changes(context: &Context, file: &HandOff, review: &Review) {
    // A warning that cannot be given must not cost the request that was made.
    let before = notes(context).template(&file.about().org_id).ok().flatten();
    let changes = before.map(|before| review.changes_since(&before));
    for change in changes.into_iter().flatten() {
        context.warn(&format!(
            "the template is not the one seen before: {change}"
        ));
    }
}

fn lines(place: &Place, file: &HandOff) -> Vec<(&'static str, Cell)> {
    let about = file.about();
    vec![
        ("File", Cell::maybe(place.path().map(shown))),
        ("Organization", Cell::new(&about.org_id)),
        (
            "AWS account",
            Cell::new(about.account.as_deref().unwrap_or("any")),
        ),
        ("Stack", Cell::new(&about.stack_name)),
        ("Region", Cell::new(&about.region)),
        ("Tracking task", Cell::new(&about.tracking_task)),
        ("Expires", Cell::maybe(about.expires.map(cells::minute))),
        ("Fingerprint", Cell::new(file.fingerprint())),
    ]
}

fn document(place: &Place, file: &HandOff, review: &Review) -> serde_json::Value {
    json!({
        "already_linked": false,
        "file": place.path().map(shown),
        "fingerprint": file.fingerprint(),
        "request": file.about(),
        "template": review,
    })
}
