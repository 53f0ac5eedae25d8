//! Finds the id that a person means: by id, by name, by account number.
//!
//! Pure functions over lists that were fetched already.

use std::fmt;

use vmc_http::redact::printable;

use crate::models::{AwsCustomerConnectedAccount, ConnectionState, Organization, Sddc};

/// What could be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Id.
    pub id: String,
    /// Name, account number, or whatever people call it.
    pub name: String,
}

/// A word that fits nothing, or too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// Kind of thing, such as `SDDC`.
    pub kind: &'static str,
    /// The word.
    pub wanted: String,
    /// Everything that fits when more than one does; everything there is when none does.
    pub candidates: Vec<Candidate>,
    /// Whether more than one fits.
    pub ambiguous: bool,
}

impl Unresolved {
    /// Names what could be meant instead.
    pub fn hint(&self) -> Option<String> {
        const SHOWN: usize = 5;
        if self.candidates.is_empty() {
            return Some(format!(
                "There is no {} at all that this token can see.",
                self.kind
            ));
        }
        let mut names: Vec<String> = self
            .candidates
            .iter()
            .take(SHOWN)
            .map(ToString::to_string)
            .collect();
        if self.candidates.len() > SHOWN {
            names.push(format!("and {} more", self.candidates.len() - SHOWN));
        }
        let names = names.join(", ");
        Some(if self.ambiguous {
            format!("Give the id: {names}.")
        } else {
            format!("There is: {names}.")
        })
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = printable(&self.id, 80);
        match printable(&self.name, 80) {
            name if name.is_empty() || name == id => f.write_str(&id),
            name => write!(f, "{name} ({id})"),
        }
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wanted = printable(&self.wanted, 80);
        if self.ambiguous {
            write!(
                f,
                "{} {}s are called {wanted:?}",
                self.candidates.len(),
                self.kind
            )
        } else {
            write!(f, "no {} is called {wanted:?}", self.kind)
        }
    }
}

impl std::error::Error for Unresolved {}

/// The organization with this id, display name or name.
///
/// # Errors
/// When none or more than one fits.
pub fn org<'a>(orgs: &'a [Organization], wanted: &str) -> Result<&'a Organization, Unresolved> {
    pick("organization", wanted, orgs, |org| Names {
        id: org.id.as_str(),
        label: org.label(),
        others: vec![org.name.as_deref()],
    })
}

/// The SDDC with this id or name.
///
/// # Errors
/// When none or more than one fits.
pub fn sddc<'a>(sddcs: &'a [Sddc], wanted: &str) -> Result<&'a Sddc, Unresolved> {
    pick("SDDC", wanted, sddcs, |sddc| Names {
        id: sddc.id.as_str(),
        label: sddc.name.as_deref().unwrap_or_default(),
        others: Vec::new(),
    })
}

/// The connected account with this id, 12-digit number (with or without
/// dashes), or the number inside an ARN. Accounts in state `DELETED` are found
/// by id alone.
///
/// # Errors
/// When none or more than one fits.
pub fn connected_account<'a>(
    accounts: &'a [AwsCustomerConnectedAccount],
    wanted: &str,
) -> Result<&'a AwsCustomerConnectedAccount, Unresolved> {
    let number = account_number(wanted);
    pick(
        "connected account",
        number.as_deref().unwrap_or(wanted),
        accounts,
        |account| {
            let gone = account.state == Some(ConnectionState::Deleted);
            Names {
                id: account.id.as_str(),
                label: account
                    .account_number
                    .as_deref()
                    .filter(|_| !gone)
                    .unwrap_or_default(),
                others: Vec::new(),
            }
        },
    )
}

/// The 12-digit AWS account number in a number, with or without dashes, or in
/// an ARN (`arn:aws:iam::123456789012:root`).
pub fn account_number(text: &str) -> Option<String> {
    let text = text.trim();
    let number = if text.starts_with("arn:") {
        text.split(':').nth(4)?.to_owned()
    } else {
        text.replace('-', "")
    };
    (number.len() == 12 && number.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}

struct Names<'a> {
    id: &'a str,
    label: &'a str,
    others: Vec<Option<&'a str>>,
}

/// An id beats a name, and a name in the same letters beats one in other case.
fn pick<'a, T>(
    kind: &'static str,
    wanted: &str,
    items: &'a [T],
    names: impl Fn(&'a T) -> Names<'a>,
) -> Result<&'a T, Unresolved> {
    let wanted = wanted.trim();
    let called = |item: &'a T, fits: &dyn Fn(&str) -> bool| {
        let names = names(item);
        fits(names.label) || names.others.into_iter().flatten().any(fits)
    };
    let tries: [&dyn Fn(&'a T) -> bool; 3] = [
        &|item| names(item).id.eq_ignore_ascii_case(wanted),
        &|item| called(item, &|name| name == wanted),
        &|item| called(item, &|name| name.to_lowercase() == wanted.to_lowercase()),
    ];
    let mut fitting: Vec<&'a T> = Vec::new();
    if !wanted.is_empty() {
        for fits in tries {
            fitting = items.iter().filter(|item| fits(item)).collect();
            if !fitting.is_empty() {
                break;
            }
        }
    }
    let ambiguous = match fitting[..] {
        [one] => return Ok(one),
        ref rest => !rest.is_empty(),
    };
    let named: Vec<&'a T> = if ambiguous {
        fitting
    } else {
        items.iter().collect()
    };
    Err(Unresolved {
        kind,
        wanted: wanted.to_owned(),
        candidates: named
            .into_iter()
            .map(|item| {
                let names = names(item);
                Candidate {
                    id: names.id.to_owned(),
                    name: names.label.to_owned(),
                }
            })
            .collect(),
        ambiguous,
    })
}
