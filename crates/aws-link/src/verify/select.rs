//! Which account is meant.

use vmc_api::ConnectedAccountId;
use vmc_api::models::{AwsCustomerConnectedAccount as Account, ConnectionState};
use vmc_api::resolve::account_number;

use crate::aws::Identity;
use crate::error::Error;
use crate::linked::{is_there, role_arns};

/// The account that is checked, and what the organization lists of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selected {
    /// 12 digits, where they are known.
    pub(crate) number: Option<String>,
    /// What the caller called it, where that is neither number nor listed.
    pub(crate) called: Option<String>,
    /// The id of the link that the caller told.
    pub(crate) told: Option<ConnectedAccountId>,
    /// Its rows; deleted ones among them.
    pub(crate) rows: Vec<Account>,
    /// Accounts that are linked besides.
    pub(crate) others: Vec<String>,
}

impl Selected {
    /// Picks the account: the one that is told, else the one behind the AWS
    /// credentials, else the only one.
    pub(crate) fn pick(
        accounts: Vec<Account>,
        wanted: Option<&str>,
        identity: Option<&Identity>,
    ) -> Result<Self, Error> {
        let told = wanted.map(str::trim).filter(|told| !told.is_empty());
        let number = match (told, identity) {
            (Some(told), _) => account_number(told).or_else(|| {
                let row = accounts.iter().find(|row| is_called(row, told))?;
                number_of(row)
            }),
            (None, Some(own)) => Some(own.account.clone()),
            (None, None) => only(&accounts)?,
        };
        let called = told.filter(|_| number.is_none()).map(str::to_owned);
        let (rows, others): (Vec<Account>, Vec<Account>) =
            accounts.into_iter().partition(|row| match &number {
                Some(number) => number_of(row).as_ref() == Some(number),
                // A row without a number is known by its id alone.
                None => told.is_none_or(|told| is_called(row, told)),
            });
        let mut named = rows
            .iter()
            .filter(|row| told.is_some_and(|told| is_called(row, told)));
        let told = named.next().map(|row| row.id.clone());
        let others = others.iter().filter(|row| is_there(row));
        Ok(Self {
            number,
            called,
            told,
            rows,
            others: others.map(name).collect(),
        })
    }

    /// The row that counts: the one that is told, else the most alive one. `None` where the account is not
    /// linked, or not any more.
    pub(crate) fn link(&self) -> Option<&Account> {
        let alive = self.rows.iter().filter(|row| is_there(row));
        alive.min_by_key(|row| match row.state {
            _ if self.told.as_ref() == Some(&row.id) => 0,
            Some(ConnectionState::Active) => 1,
            Some(ConnectionState::Broken) => 2,
            _ => 3,
        })
    }

    /// What the account is called in findings and commands.
    pub(crate) fn name(&self) -> &str {
        let named = self.number.as_deref().or(self.called.as_deref());
        let id = || self.rows.first().map(|row| row.id.as_str());
        named.or_else(id).unwrap_or("none")
    }
}

fn is_called(row: &Account, id: &str) -> bool {
    row.id.as_str().eq_ignore_ascii_case(id)
}

/// The number of an account: as it is listed, else that of all its roles.
fn number_of(row: &Account) -> Option<String> {
    let of_roles = || {
        let arns = role_arns(row).into_iter();
        let mut numbers: Vec<_> = arns.map(account_number).collect();
        numbers.dedup();
        match &numbers[..] {
            [one] => one.clone(),
            _ => None,
        }
    };
    row.account_number.clone().or_else(of_roles)
}

fn name(row: &Account) -> String {
    number_of(row).unwrap_or_else(|| row.id.as_str().to_owned())
}

/// The number of the only account that is linked.
fn only(accounts: &[Account]) -> Result<Option<String>, Error> {
    let mut alive: Vec<&Account> = accounts.iter().filter(|row| is_there(row)).collect();
    alive.dedup_by(|a, b| number_of(a).is_some() && number_of(a) == number_of(b));
    match alive[..] {
        [] => Ok(None),
        [one] => Ok(number_of(one)),
        _ => {
            let names: Vec<String> = alive.into_iter().map(name).collect();
            Err(Error::Setting(format!(
                "several AWS accounts are linked, and there are no AWS credentials to tell which is meant: {}",
                names.join(", ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Id, number, state.
    type Row<'a> = (&'a str, Option<&'a str>, &'a str);

    fn accounts(rows: &[Row<'_>]) -> Vec<Account> {
        let rows = rows.iter().map(|(id, number, state)| {
            let row = json!({"id": id, "account_number": number, "state": state});
            serde_json::from_value(row).unwrap()
        });
        rows.collect()
    }

    fn own(account: &str) -> Identity {
        Identity {
            account: account.into(),
            arn: "arn".into(),
            user_id: "u".into(),
        }
    }

    const A: &str = "111111111111";
    const B: &str = "222222222222";

    #[test]
    fn the_account_is_told_or_owned_or_the_only_one() {
        let both = [("id-a", Some(A), "ACTIVE"), ("id-b", Some(B), "BROKEN")];
        let gone = [("id-a", Some(A), "ACTIVE"), ("id-b", Some(B), "DELETED")];
        type Case<'a> = (
            &'a [Row<'a>],
            Option<&'a str>,
            Option<&'a str>,
            &'a str,
            Option<&'a str>,
        );
        let cases: [Case<'_>; 9] = [
            (&both, Some(A), Some(B), A, Some("id-a")),
            (&both, Some("ID-B"), None, B, Some("id-b")),
            (
                &both,
                Some("arn:aws:iam::222222222222:root"),
                None,
                B,
                Some("id-b"),
            ),
            (&both, None, Some(B), B, Some("id-b")),
            (&both, None, Some("333333333333"), "333333333333", None),
            (&gone, None, None, A, Some("id-a")),
            (&gone, Some(B), None, B, None),
            (&both, Some("nosuch"), None, "nosuch", None),
            (&[], None, None, "none", None),
        ];
        for (rows, wanted, identity, name, link) in cases {
            let identity = identity.map(own);
            let picked = Selected::pick(accounts(rows), wanted, identity.as_ref()).unwrap();
            let found = picked.link().map(|row| row.id.as_str());
            assert_eq!(
                (picked.name(), found),
                (name, link),
                "{wanted:?} {identity:?}"
            );
        }
        let error = Selected::pick(accounts(&both), None, None).unwrap_err();
        assert!(error.to_string().contains(B), "{error}");
    }

    #[test]
    fn a_row_without_a_number_is_known_by_its_id() {
        let rows = [("id-a", None, "ACTIVE"), ("id-b", Some(B), "ACTIVE")];
        let picked = Selected::pick(accounts(&rows), Some("id-a"), None).unwrap();
        assert_eq!(picked.link().unwrap().id.as_str(), "id-a");
        assert_eq!(picked.others, [B]);
        assert_eq!(picked.number, None);
    }

    #[test]
    fn a_number_that_is_not_listed_is_read_off_the_roles() {
        let mut rows = accounts(&[("id-a", None, "ACTIVE"), ("id-b", Some(B), "ACTIVE")]);
        rows[0].policy_payer_arn = Some(format!("arn:aws:iam::{A}:role/r"));
        rows[0].policy_service_arn = Some(format!("arn:aws:iam::{A}:role/s"));
        for told in ["id-a", A] {
            let picked = Selected::pick(rows.clone(), Some(told), Some(&own(B))).unwrap();
            assert_eq!(picked.number.as_deref(), Some(A), "{told}");
            assert_eq!(picked.link().unwrap().id.as_str(), "id-a");
        }
        rows[0].policy_service_arn = Some(format!("arn:aws:iam::{B}:role/s"));
        let picked = Selected::pick(rows, Some("id-a"), None).unwrap();
        assert_eq!(picked.number, None, "they disagree");
    }

    #[test]
    fn the_row_that_is_told_counts_before_one_that_is_more_alive() {
        let rows = [("broken", Some(A), "BROKEN"), ("active", Some(A), "ACTIVE")];
        let picked = Selected::pick(accounts(&rows), Some("BROKEN"), None).unwrap();
        assert_eq!(picked.link().unwrap().id.as_str(), "broken");
        assert_eq!(picked.rows.len(), 2);
    }

    #[test]
    fn the_most_alive_row_counts() {
        let rows = [
            ("gone", Some(A), "DELETED"),
            ("broken", Some(A), "BROKEN"),
            ("active", Some(A), "ACTIVE"),
        ];
        let picked = Selected::pick(accounts(&rows), Some(A), None).unwrap();
        assert_eq!(picked.link().unwrap().id.as_str(), "active");
        assert_eq!(picked.rows.len(), 3);
    }
}
