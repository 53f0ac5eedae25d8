//! `vmc subnet`.

use clap::{Args, Subcommand};
use vmc_api::account_link::CompatibleSubnets;
use vmc_api::models::{AwsCompatibleSubnets, SubnetInfo};

use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};
use crate::resolve::{account_id, sddc_id};

/// Verbs of `vmc subnet`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the subnets of a linked AWS account, and why one cannot be used
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  vmc subnet list --region us-west-2 --compatible
  vmc subnet list --account 123456789012 --az usw2-az1 -o name
  vmc subnet list --sddc my-sddc -o json"
    )]
    List(List),
}

/// Arguments of `vmc subnet list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Linked account, by id, 12-digit number or ARN [default: the only active one]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// Region, as in us-west-2 or US_WEST_2
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Availability zone, by id (usw2-az1) or by the account's own name (us-west-2a)
    #[arg(long, value_name = "ZONE")]
    az: Option<String>,

    /// VPC id
    #[arg(long, value_name = "VPC")]
    vpc: Option<String>,

    /// Subnets for this SDDC, by name or id
    #[arg(long, value_name = "SDDC")]
    sddc: Option<String>,

    /// Only those that can be used
    #[arg(long)]
    compatible: bool,

    /// Let the service look at the account anew
    #[arg(long)]
    refresh: bool,

    #[command(flatten)]
    org: OrgArg,
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let Self::List(command) = self;
        command.run(context).await
    }
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Error> {
        let org = context.org().await?;
        let account = account_id(context, self.account.as_deref()).await?;
        let mut ask = CompatibleSubnets::new(org, account);
        if let Some(region) = &self.region {
            ask = ask.region(service_region(region));
        }
        if let Some(sddc) = &self.sddc {
            ask = ask.sddc(sddc_id(context, sddc).await?);
        }
        if self.refresh {
            ask = ask.force_refresh(true);
        }
        let answer = context.vmc()?.send(ask).await?;
        let mut subnets = sorted(&answer);
        if let (Some(region), true) = (&self.region, subnets.is_empty()) {
            context.say(&format!(
                "The account has no subnets in a region {}.",
                service_region(region)
            ));
        }
        subnets.retain(|subnet| self.wants(subnet));
        context.printer()?.list(&subnets, &columns())
    }

    fn wants(&self, subnet: &SubnetInfo) -> bool {
        let zone = |az: &str| {
            [&subnet.availability_zone, &subnet.availability_zone_id]
                .into_iter()
                .flatten()
                .any(|zone| zone.eq_ignore_ascii_case(az))
        };
        (!self.compatible || subnet.compatible == Some(true))
            && self.az.as_deref().is_none_or(zone)
            && (self.vpc.is_none() || self.vpc == subnet.vpc_id)
    }
}

/// All subnets of an answer, the usable ones first.
pub(super) fn sorted(answer: &AwsCompatibleSubnets) -> Vec<SubnetInfo> {
    let mut subnets: Vec<SubnetInfo> = answer
        .subnets()
        .map(|(vpc, subnet)| {
            let mut subnet = subnet.clone();
            subnet.vpc_id = subnet.vpc_id.or_else(|| vpc.vpc_id.clone());
            subnet
        })
        .collect();
    subnets.sort_by_key(|subnet| {
        (
            subnet.compatible != Some(true),
            subnet.region_name.clone(),
            subnet.availability_zone.clone(),
            subnet.subnet_id.clone(),
        )
    });
    subnets
}

/// A region as the service names it: `us-west-2` is `US_WEST_2` there.
pub(super) fn service_region(region: &str) -> String {
    region.to_uppercase().replace('-', "_")
}

/// How subnets are shown.
pub(super) fn columns() -> Vec<Column<SubnetInfo>> {
    vec![
        Column::new("Subnet", |subnet: &SubnetInfo| {
            Cell::maybe(subnet.subnet_id.as_deref())
        })
        .id(),
        Column::new("Name", |subnet: &SubnetInfo| {
            Cell::maybe(subnet.name.as_deref())
        })
        .shorten(8),
        Column::new("Zone", |subnet: &SubnetInfo| {
            Cell::maybe(
                subnet
                    .availability_zone_id
                    .as_deref()
                    .or(subnet.availability_zone.as_deref()),
            )
        }),
        Column::new("CIDR", |subnet: &SubnetInfo| {
            Cell::maybe(subnet.subnet_cidr_block.as_deref())
        }),
        Column::new("VPC", |subnet: &SubnetInfo| {
            Cell::maybe(subnet.vpc_id.as_deref())
        })
        .optional(),
        Column::new("Usable", |subnet: &SubnetInfo| {
            cells::state(
                subnet
                    .compatible
                    .map(|usable| if usable { "yes" } else { "no" }),
            )
        }),
        Column::new("Why", |subnet: &SubnetInfo| {
            Cell::maybe(subnet.note.as_deref())
        })
        .wrap(16),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_named_as_the_service_does() {
        assert_eq!(service_region("us-west-2"), "US_WEST_2");
        assert_eq!(service_region("US_WEST_2"), "US_WEST_2");
    }
}
