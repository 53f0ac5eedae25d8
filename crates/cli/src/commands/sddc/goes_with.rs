//! What goes with an SDDC that is deleted, what stays, and what holds it back.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vmc_api::models::{AwsCustomerConnectedAccount, AwsSddcConnection, ConnectionState, Sddc};
use vmc_api::{account_link, groups};

use super::{called, hosts};
use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::resolve;

/// What could not be read is known by why.
type Known<T> = Result<T, String>;

/// What is known of an SDDC's surroundings.
pub(super) struct GoesWith<'a> {
    sddc: &'a Sddc,
    connections: Known<Vec<AwsSddcConnection>>,
    accounts: Known<Vec<AwsCustomerConnectedAccount>>,
    groups: Known<Vec<String>>,
}

impl<'a> GoesWith<'a> {
    /// Looks once. What cannot be read stops nothing: the service has the last word.
    pub(super) async fn read(context: &Context, sddc: &'a Sddc) -> Result<Self, Error> {
        let (org, vmc) = (context.org().await?, context.vmc()?);
        let list = account_link::SddcConnections::new(org).sddc(&sddc.id);
        let (connections, accounts, all) = tokio::join!(
            vmc.send(list),
            resolve::accounts(context),
            groups::all(vmc, org)
        );
        let known = connections.map_err(|error| error.to_string());
        Ok(Self {
            sddc,
            connections: known.map(|mut connections| {
                connections.retain(|connection| {
                    connection.state != Some(ConnectionState::Deleted)
                        && connection.sddc_id.as_ref() == Some(&sddc.id)
                });
                connections
            }),
            accounts: accounts.map_err(|error| error.to_string()),
            groups: all.map_err(|error| error.to_string()).map(|all| {
                all.into_iter()
                    .filter(|group| group.members().any(|member| *member == sddc.id))
                    .map(|group| group.name.or(group.id).unwrap_or_default())
                    .collect()
            }),
        })
    }

    /// Refuses what the service would refuse.
    pub(super) fn free(&self) -> Result<(), Error> {
        let groups = self.groups.as_deref().unwrap_or_default();
        let word = match groups {
            [] => return Ok(()),
            [_] => "group",
            _ => "groups",
        };
        Err(Error::conflict(format!(
            "SDDC {} is in the SDDC {word} {}; nothing was sent",
            called(self.sddc),
            groups.join(", ")
        ))
        .hint("Take it out of the group in the VMware Cloud console, then run the same command."))
    }

    /// The same for programs.
    pub(super) fn document(&self) -> Value {
        json!({
            "clusters": self.clusters(),
            "hosts": hosts(self.sddc),
            "connections": self.connections.as_ref().ok(),
            "public_ips": self.public_ips(),
            "groups": self.groups.as_ref().ok(),
            "accounts_that_stay_linked": self.accounts.is_ok().then(|| self.linked()),
        })
    }

    /// What goes and what stays, line by line.
    pub(super) fn lines(&self, context: &Context) -> Vec<String> {
        let mut lines = vec!["This goes with it:".to_owned()];
        let clusters = self.clusters();
        if !clusters.is_empty() {
            let hosts = hosts(self.sddc).map_or(String::new(), |hosts| match hosts {
                1 => ", 1 host".to_owned(),
                hosts => format!(", {hosts} hosts"),
            });
            lines.push(format!("- clusters: {}{hosts}", clusters.join(", ")));
        }
        match &self.connections {
            Ok(connections) => lines.extend(connections.iter().map(connected)),
            Err(why) => lines.push(format!("- connections: not known ({why})")),
        }
        let ips = self.public_ips();
        if !ips.is_empty() {
            lines.push(format!("- public IPs: {}", ips.join(", ")));
        }
        if lines.len() == 1 {
            lines.push("- all virtual machines on it".into());
        }
        match &self.groups {
            Ok(groups) if groups.is_empty() => {}
            Ok(groups) => lines.push(format!("In its way: SDDC group {}", groups.join(", "))),
            Err(why) => lines.push(format!(
                "Whether it is in an SDDC group, which would be in its way, is not known ({why})"
            )),
        }
        for number in self.linked() {
            lines.push(format!("This stays: the link to AWS account {number}"));
            lines.push(format!(
                "  to remove it afterwards: vmc link unlink {}{}",
                shell_word(&number),
                context.resume_flags()
            ));
        }
        lines
    }

    fn clusters(&self) -> Vec<String> {
        let config = self.sddc.resource_config.as_ref();
        let clusters = config.and_then(|config| config.clusters.as_ref());
        clusters
            .into_iter()
            .flatten()
            .filter_map(|cluster| {
                let id = cluster.cluster_id.as_ref().map(ToString::to_string);
                cluster.cluster_name.clone().or(id)
            })
            .collect()
    }

    fn public_ips(&self) -> Vec<String> {
        let config = self.sddc.resource_config.as_ref();
        let pool = config.and_then(|config| config.public_ip_pool.as_ref());
        let ips = pool.into_iter().flatten();
        ips.filter_map(|ip| ip.public_ip.clone()).collect()
    }

    /// The AWS accounts it is linked to, by their numbers where these are known.
    fn linked(&self) -> Vec<String> {
        let connections = self.connections.iter().flatten();
        let ids: BTreeSet<_> = connections
            .filter_map(|connection| connection.connected_account_id.as_ref())
            .collect();
        let number = |id: &&vmc_api::ConnectedAccountId| {
            let mut accounts = self.accounts.iter().flatten();
            accounts
                .find(|account| account.id == **id)?
                .account_number
                .clone()
        };
        ids.iter()
            .map(|id| number(id).unwrap_or_else(|| id.to_string()))
            .collect()
    }
}

/// `- connection to vpc-1, subnet-1 (10.0.1.0/24), interfaces eni-1, eni-2`
fn connected(connection: &AwsSddcConnection) -> String {
    let place = [&connection.vpc_id, &connection.subnet_id];
    let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
    let block = connection
        .cidr_block_subnet
        .as_ref()
        .map_or(String::new(), |block| format!(" ({block})"));
    let infos = connection.customer_eni_infos.iter().flatten();
    let interfaces: Vec<&str> = infos.filter_map(|info| info.eni_id.as_deref()).collect();
    let interfaces = match interfaces[..] {
        [] => String::new(),
        _ => format!(", interfaces {}", interfaces.join(", ")),
    };
    format!("- connection to {}{block}{interfaces}", place.join(", "))
}
