//! A list of what there is.

use vmc_http::{Operation, Replay};

use crate::{account_link, orgs, providers, sddcs, tasks};

/// The facts about an operation, read off its type.
#[derive(Debug, Clone)]
pub struct Description {
    /// Stable name, such as `orgs.sddcs.create`: the vendor's, but for
    /// `orgs.sddcs.create.validate`.
    pub name: &'static str,
    /// HTTP method.
    pub method: http::Method,
    /// Path template.
    pub path: &'static str,
    /// What a second arrival does.
    pub replay: Replay,
    /// Query parameters it can send.
    pub query: &'static [&'static str],
    output: fn() -> &'static str,
}

impl Description {
    /// Describes an operation.
    pub const fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            method: O::METHOD,
            path: O::PATH,
            replay: O::REPLAY,
            query: O::QUERY,
            output: std::any::type_name::<O::Output>,
        }
    }

    /// What its answer is read as, such as `Vec<Task>`.
    pub fn output(&self) -> String {
        let mut out = String::new();
        let mut word = String::new();
        for c in (self.output)().chars() {
            match c {
                ':' => word.clear(),
                c if c.is_alphanumeric() || c == '_' => word.push(c),
                c => {
                    out.push_str(&word);
                    out.push(c);
                    word.clear();
                }
            }
        }
        out + &word
    }
}

/// Every operation of this crate.
pub const OPERATIONS: &[Description] = &[
    Description::of::<orgs::List>(),
    Description::of::<orgs::Get>(),
    Description::of::<providers::List>(),
    Description::of::<account_link::Request>(),
    Description::of::<account_link::CompatibleSubnets>(),
    Description::of::<account_link::SetSubnet>(),
    Description::of::<account_link::CompatibleSubnetsAsync>(),
    Description::of::<account_link::SetSubnetAsync>(),
    Description::of::<account_link::ConnectedAccounts>(),
    Description::of::<account_link::DeleteConnectedAccount>(),
    Description::of::<account_link::MapCustomerZones>(),
    Description::of::<account_link::SddcConnections>(),
    Description::of::<sddcs::List>(),
    Description::of::<sddcs::Get>(),
    Description::of::<sddcs::Create>(),
    Description::of::<sddcs::Validate>(),
    Description::of::<sddcs::Patch>(),
    Description::of::<sddcs::Delete>(),
    Description::of::<sddcs::GetProvisionSpec>(),
    Description::of::<tasks::List>(),
    Description::of::<tasks::Get>(),
    Description::of::<tasks::Cancel>(),
];
