//! `vmc subnet`.

mod filter;
mod list;
mod pick;

pub(super) use filter::in_zone;

use clap::Subcommand;
use vmc_api::models::{AwsCompatibleSubnets, SubnetInfo};

use crate::context::Context;
use crate::error::Error;
use crate::output::{Cell, Column, cells};

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
  vmc subnet list --name sddc-a --vpc vpc-0a1b2c3d
  vmc subnet list --sddc my-sddc -o json

Zones are best given by id: us-west-2a is another place in each AWS account, \
usw2-az1 is the same everywhere."
    )]
    List(list::List),
    /// Print the one subnet that fits, or say why none or several do
    ///
    /// The subnet of an SDDC cannot be changed: a wrong one can only be undone by
    /// deleting the SDDC. So this never chooses among several.
    #[command(after_help = "\
Examples:
  vmc subnet pick --region us-west-2 --name sddc-a -o name
  vmc subnet pick --az usw2-az1 --vpc vpc-0a1b2c3d
  vmc sddc create --name prod --region us-west-2 --hosts 3 \\
      --subnet $(vmc subnet pick --az usw2-az1 --name sddc-a -o name)

With --az twice, for a MultiAZ SDDC: one subnet in each zone, both of one VPC, in \
the order of the flags.

Exit code 2 when several fit (they are listed, with the flags that tell them \
apart), 3 when none does (with the reasons of those that were close).")]
    Pick(pick::Pick),
}

impl Command {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        match self {
            Self::List(command) => command.run(context).await,
            Self::Pick(command) => command.run(context).await,
        }
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
            !usable(subnet),
            subnet.region_name.clone(),
            subnet.availability_zone.clone(),
            subnet.subnet_id.clone(),
        )
    });
    subnets
}

/// Whether the service says that an SDDC can be linked to it.
pub(super) fn usable(subnet: &SubnetInfo) -> bool {
    subnet.compatible == Some(true)
}

/// A region as the service names it: `us-west-2` is `US_WEST_2` there.
pub(super) fn service_region(region: &str) -> String {
    region.to_uppercase().replace('-', "_")
}

/// Its zone: the id, else the account's own name.
fn zone(subnet: &SubnetInfo) -> Option<&str> {
    let id = subnet.availability_zone_id.as_deref();
    id.or(subnet.availability_zone.as_deref())
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
        Column::new("Zone", |subnet: &SubnetInfo| Cell::maybe(zone(subnet))),
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
