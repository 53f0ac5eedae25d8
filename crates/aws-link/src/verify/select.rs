//! Which account is meant.

use vmc_api::models::{AwsCustomerConnectedAccount as Account, ConnectionState};
use vmc_api::resolve::account_number;

use crate::aws::Identity;
use crate::error::Error;
use crate::linked::is_there;

/// The account that is checked, and what the organization lists of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selected {
    /// 12 digits, where they are known.
    pub(crate) number: Option<String>,
    /// What the caller called it, where that is neither number nor listed.
    pub(crate) called: Option<String>,
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
                row.account_number.clone()
            }),
            (None, Some(own)) => Some(own.account.clone()),
            (None, None) => only(&accounts)?,
        };
        let called = told.filter(|_| number.is_none()).map(str::to_owned);
        let (rows, others): (Vec<Account>, Vec<Account>) =
            accounts.into_iter().partition(|row| match &number {
                Some(number) => row.account_number.as_ref() == Some(number),
                // A row without a number is known by its id alone.
                None => told.is_none_or(|told| is_called(row, told)),
            });
        let others = others.into_iter().filter(is_there);
        Ok(Self {
            number,
            called,
            rows,
            others: others.map(name).collect(),
        })
    }

    /// The row that counts: the most alive one. `None` where the account is not
    /// linked, or not any more.
    pub(crate) fn link(&self) -> Option<&Account> {
        let alive = self.rows.iter().filter(|row| is_there(row));
        alive.min_by_key(|row| match row.state {
            Some(ConnectionState::Active) => 0,
            Some(ConnectionState::Broken) => 1,
            _ => 2,
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

fn name(row: Account) -> String {
    row.account_number
        .unwrap_or_else(|| row.id.as_str().to_owned())
}

/// The number of the only account that is linked.
fn only(accounts: &[Account]) -> Result<Option<String>, Error> {
    let mut alive: Vec<&Account> = accounts.iter().filter(|row| is_there(row)).collect();
    alive.dedup_by(|a, b| a.account_number.is_some() && a.account_number == b.account_number);
    match alive[..] {
        [] => Ok(None),
        [one] => Ok(one.account_number.clone()),
        _ => {
            let names: Vec<String> = alive.into_iter().cloned().map(name).collect();
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
