//! `vmc cert show` and `verify`.

use clap::Args;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vcenter_hlm::{Certificate, Chain, Hash, HostPort, Problem, Thumbprint, Trust};

use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::trust;

/// Arguments of `vmc cert show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Server: HOST, HOST:PORT or an https URL
    #[arg(value_name = "HOST")]
    host: String,

    /// Print all certificates that it presents, in PEM
    #[arg(long)]
    pem: bool,
}

/// Arguments of `vmc cert verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Server: HOST, HOST:PORT or an https URL
    #[arg(value_name = "HOST")]
    host: String,

    /// SHA-1 or SHA-256 that its certificate must have
    #[arg(long, value_name = "THUMBPRINT", value_parser = trust::thumbprint)]
    thumbprint: Option<Thumbprint>,
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let address = trust::address(&self.host)?;
        let chain = trust::fetch(&address).await?;
        if self.pem {
            let all: String = chain.certificates().map(Certificate::pem).collect();
            return context.printer()?.raw(&all);
        }
        Look::at(context, &address, &chain, None)?.print(context)
    }
}

impl Verify {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let address = trust::address(&self.host)?;
        let chain = trust::fetch(&address).await?;
        let look = Look::at(context, &address, &chain, self.thumbprint)?;
        look.print(context)?;
        if look.against.is_empty() {
            return Ok(());
        }
        let error = trust::unverified(&address, look.against);
        Err(trust::explain(error, &address).await)
    }
}

/// What a server presents, and whether that is to be trusted.
#[derive(Debug, Serialize)]
pub(super) struct Look {
    host: String,
    trusted: bool,
    /// By whom it was judged.
    judged_by: &'static str,
    pinned: Option<String>,
    problems: Vec<Wrong>,
    certificates: Vec<Shown>,
    /// What speaks against trusting it.
    #[serde(skip)]
    pub(super) against: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct Wrong {
    id: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct Shown {
    subject: String,
    common_name: Option<String>,
    names: Vec<String>,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    sha1: String,
    sha256: String,
    pem: String,
    #[serde(skip)]
    validity: (OffsetDateTime, OffsetDateTime),
}

impl Look {
    /// Judges what a server presents. What an authority would say is shown
    /// also where a thumbprint decides.
    pub(super) fn at(
        context: &Context,
        address: &HostPort,
        chain: &Chain,
        given: Option<Thumbprint>,
    ) -> Result<Self, Error> {
        let pinned = trust::known_hosts(context)?.get(address)?;
        let authority = trust::by_authority(context)?;
        let (judge, judged_by) = match (given.or(pinned), &authority) {
            (Some(pin), _) if given.is_some() => (Trust::Pinned(pin), "thumbprint"),
            (Some(pin), _) => (Trust::Pinned(pin), "pin"),
            (None, Trust::Bundle(_)) => (authority.clone(), "bundle"),
            (None, _) => (authority.clone(), "system"),
        };
        let now = OffsetDateTime::now_utc();
        let against = chain.problems(now, address.host(), &judge)?;
        let mut problems = against.clone();
        if judge != authority {
            problems.extend(chain.problems(now, address.host(), &authority)?);
        }
        Ok(Self {
            host: address.to_string(),
            trusted: against.is_empty(),
            judged_by,
            pinned: pinned.map(|pin| pin.to_string()),
            problems: problems.iter().map(Wrong::from).collect(),
            certificates: chain.certificates().map(Shown::from).collect(),
            against,
        })
    }

    fn print(&self, context: &Context) -> Result<(), Error> {
        context.printer()?.show(self, &columns())
    }

    /// What to compare, and what is wrong, as lines.
    pub(super) fn lines(&self, context: &Context) -> Result<String, Error> {
        let wanted = [
            "Issued to",
            "Names",
            "Issued by",
            "Valid",
            "SHA-1",
            "SHA-256",
        ];
        let columns = columns();
        let lines: Vec<(&str, Cell)> = columns
            .iter()
            .map(|column| (column.label(), column.cell(self)))
            .filter(|(label, cell)| wanted.contains(label) && !cell.text().is_empty())
            .collect();
        Ok(context.printer()?.lines(&lines))
    }

    fn leaf(&self) -> Option<&Shown> {
        self.certificates.first()
    }

    fn verdict(&self) -> Cell {
        let by = match self.judged_by {
            "thumbprint" => "the thumbprint that was given",
            "pin" => "its pin",
            "bundle" => "the CA bundle or the system",
            _ => "the system",
        };
        if self.trusted {
            cells::verdict(&format!("yes, by {by}"), Some(true))
        } else {
            cells::verdict(&format!("no, not by {by}"), Some(false))
        }
    }
}

impl From<&Problem> for Wrong {
    fn from(problem: &Problem) -> Self {
        Self {
            id: problem.id(),
            message: problem.to_string(),
        }
    }
}

impl From<&Certificate> for Shown {
    fn from(one: &Certificate) -> Self {
        let moment = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_else(|_| at.to_string());
        Self {
            subject: one.subject().to_owned(),
            common_name: one.common_name().map(str::to_owned),
            names: one.names().to_vec(),
            issuer: one.issuer().to_owned(),
            serial: one.serial().to_owned(),
            not_before: moment(one.not_before()),
            not_after: moment(one.not_after()),
            sha1: one.thumbprint(Hash::Sha1).to_string(),
            sha256: one.thumbprint(Hash::Sha256).to_string(),
            pem: one.pem(),
            validity: (one.not_before(), one.not_after()),
        }
    }
}

fn columns() -> Vec<Column<Look>> {
    let leaf = |label, cell: fn(&Shown) -> Cell| {
        Column::new(label, move |look: &Look| {
            look.leaf().map(cell).unwrap_or_default()
        })
    };
    vec![
        Column::new("Host", |look: &Look| Cell::new(&look.host)),
        leaf("Issued to", |one| Cell::new(&one.subject)).detail(),
        leaf("Names", |one| match &one.names[..] {
            [] => Cell::new("none; a name in the subject does not count"),
            names => Cell::new(names.join(", ")),
        })
        .detail(),
        leaf("Issued by", |one| Cell::new(&one.issuer)).detail(),
        Column::new("Chain", |look: &Look| match &look.certificates[..] {
            [] | [_] => Cell::default(),
            all => Cell::new(format!("{} certificates; -o json has them all", all.len())),
        })
        .detail(),
        leaf("Valid", |one| {
            let (from, until) = one.validity;
            Cell::new(format!(
                "{} to {} UTC",
                cells::minute(from),
                cells::minute(until)
            ))
        }),
        leaf("Serial", |one| Cell::new(&one.serial)).detail(),
        leaf("SHA-1", |one| Cell::new(&one.sha1)).detail(),
        leaf("SHA-256", |one| Cell::new(&one.sha256)).id(),
        Column::new("Pinned", |look: &Look| {
            Cell::maybe(look.pinned.as_ref().map(|pin| match look.leaf() {
                Some(leaf) if *pin == leaf.sha256 || *pin == leaf.sha1 => "yes".to_owned(),
                _ => format!("another one: {pin}"),
            }))
        })
        .detail(),
        Column::new("Trusted", Look::verdict),
        Column::new("Wrong", |look: &Look| {
            let texts: Vec<&str> = look
                .problems
                .iter()
                .map(|one| one.message.as_str())
                .collect();
            Cell::new(texts.join("; "))
        })
        .detail(),
    ]
}
