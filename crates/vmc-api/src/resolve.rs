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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, from_value, json};

    fn sddcs() -> Vec<Sddc> {
        from_value(json!([
            {"id": "aaaa-1", "name": "web"},
            {"id": "aaaa-2", "name": "db"},
            {"id": "aaaa-3", "name": "db"},
            {"id": "web", "name": "tricky"},
            {"id": "aaaa-5", "name": "DB"},
            {"id": "aaaa-6", "name": null},
        ]))
        .unwrap()
    }

    #[test]
    fn an_id_beats_a_name_and_case_matters_last() {
        let sddcs = sddcs();
        let found = |wanted| sddc(&sddcs, wanted).map(|sddc| sddc.id.as_str());
        assert_eq!(found("AAAA-1"), Ok("aaaa-1"));
        assert_eq!(found("web"), Ok("web"));
        assert_eq!(found("tricky"), Ok("web"));
        assert_eq!(found(" Tricky "), Ok("web"));
        assert_eq!(found("DB"), Ok("aaaa-5"));
    }

    #[test]
    fn what_is_not_clear_lists_what_could_be_meant() {
        let sddcs = sddcs();
        let error = sddc(&sddcs, "db").unwrap_err();
        assert_eq!(error.to_string(), r#"2 SDDCs are called "db""#);
        assert_eq!(
            error.hint().unwrap(),
            "Give the id: db (aaaa-2), db (aaaa-3)."
        );

        let error = sddc(&sddcs, "mail").unwrap_err();
        assert_eq!(error.to_string(), r#"no SDDC is called "mail""#);
        assert_eq!(
            error.hint().unwrap(),
            "There is: web (aaaa-1), db (aaaa-2), db (aaaa-3), tricky (web), DB (aaaa-5), and 1 more."
        );
        // Nothing is meant by nothing, not even what has no name.
        assert!(sddc(&sddcs, " ").is_err());
        let hint = sddc(&[], "mail").unwrap_err().hint().unwrap();
        assert_eq!(hint, "There is no SDDC at all that this token can see.");
    }

    #[test]
    fn organizations_have_two_names() {
        let orgs: Vec<Organization> = from_value(json!([
            {"id": "o1", "name": "x8s9d", "display_name": "Sales"},
            {"id": "o2", "name": "Sales-2", "display_name": ""},
        ]))
        .unwrap();
        for (wanted, id) in [
            ("Sales", "o1"),
            ("x8s9d", "o1"),
            ("sales-2", "o2"),
            ("O2", "o2"),
        ] {
            assert_eq!(org(&orgs, wanted).unwrap().id.as_str(), id, "{wanted}");
        }
    }

    fn account(id: &str, number: &str, state: &str) -> Value {
        json!({"id": id, "account_number": number, "state": state})
    }

    #[test]
    fn accounts_are_found_by_number_id_and_arn() {
        let accounts: Vec<AwsCustomerConnectedAccount> = from_value(json!([
            account("gone", "123456789012", "DELETED"),
            account("live", "123456789012", "ACTIVE"),
            account("broken", "210987654321", "BROKEN"),
        ]))
        .unwrap();
        for (wanted, id) in [
            ("123456789012", "live"),
            ("1234-5678-9012", "live"),
            ("arn:aws:iam::123456789012:role/x", "live"),
            ("210987654321", "broken"),
            ("gone", "gone"),
        ] {
            let found = connected_account(&accounts, wanted).unwrap();
            assert_eq!(found.id.as_str(), id, "{wanted}");
        }
        assert!(connected_account(&accounts, "12345678901").is_err());
        assert!(connected_account(&accounts, "arn:aws:s3:::bucket").is_err());
    }
}
