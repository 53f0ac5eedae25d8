//! `vmc link rescan`.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;
use vmc_api::account_link::{CompatibleSubnets, MapCustomerZones};
use vmc_api::models::{AwsCustomerConnectedAccount as Account, MapZonesRequest, SubnetInfo};

use crate::args::OrgArg;
use crate::commands::subnet::{self, service_region};
use crate::context::{Context, shell_word};
use crate::error::Error;
use crate::mutate::{Mutation, TaskArgs};
use crate::output::style::GOOD;
use crate::output::{Cell, Column};
use crate::resolve::{account_id, accounts};

const EXAMPLES: &str = "\
Examples:
  vmc link rescan
  vmc link rescan 123456789012 --region us-west-2 --region eu-central-1
  vmc link rescan --dry-run

The service looks at the account when it is linked. A subnet in a zone or region \
that had none then cannot be used until it looks again. Links and SDDCs stay as \
they are.";

/// Arguments of `vmc link rescan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Rescan {
    /// Linked account, by id, 12-digit number or ARN [default: the only active one]
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,

    /// Region, as in us-west-2 or US_WEST_2; may be repeated [default: those
    /// that are known of the account]
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,

    #[command(flatten)]
    org: OrgArg,

    #[command(flatten)]
    task: TaskArgs,
}

impl Rescan {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let org = context.org().await?;
        let before = account(context, self.account.as_deref()).await?;
        let told = self.regions.iter().map(|region| service_region(region));
        let mut regions: BTreeSet<String> = told.collect();
        if regions.is_empty() {
            regions = zones(&before).into_iter().map(|zone| zone.0).collect();
        }
        if regions.is_empty() {
            return Err(
                Error::usage("no region of the account is known yet; nothing was sent")
                    .hint("Name those to look at: --region us-west-2"),
            );
        }
        let mut request = MapZonesRequest::new();
        request.connected_account_id = Some(before.id.clone());
        request.org_id = Some(org.clone());
        request.petronas_regions_to_map = Some(regions.iter().cloned().collect());
        let called = before
            .account_number
            .as_deref()
            .unwrap_or(before.id.as_str());
        Mutation::new(
            context,
            "the rescan",
            format!("Zones of {called}"),
            "vmc task list",
        )
        .show(
            &self.task,
            MapCustomerZones::new(org, request),
            async |_| tell(context, &before, &regions).await,
        )
        .await
    }
}

/// What has become of the account's zones.
async fn tell(
    context: &Context,
    before: &Account,
    regions: &BTreeSet<String>,
) -> Result<(), Error> {
    let after = account(context, Some(before.id.as_str())).await?;
    let ask = CompatibleSubnets::new(context.org().await?, &after.id).force_refresh(true);
    let subnets = subnet::sorted(&context.vmc()?.send(ask).await?);
    let rows = rows(before, &after, regions, &subnets);
    context.printer()?.list(&rows, &columns())?;
    let new = rows.iter().filter(|row| row.new).count();
    let usable: usize = rows.iter().map(|row| row.usable_subnets).sum();
    context.say(&match new {
        0 => format!("No zone is new. Usable subnets: {usable}."),
        1 => format!("1 zone is new. Usable subnets: {usable}."),
        _ => format!("{new} zones are new. Usable subnets: {usable}."),
    });
    let without: Vec<&str> = regions
        .iter()
        .filter(|region| !rows.iter().any(|row| row.region == **region))
        .map(String::as_str)
        .collect();
    if !without.is_empty() {
        context.warn(&format!(
            "the service found no zone in {}",
            without.join(", ")
        ));
    }
    if usable == 0 {
        let account = after.account_number.as_deref().unwrap_or(after.id.as_str());
        context.say(&format!(
            "To see why: vmc subnet list --account {}{}",
            shell_word(account),
            context.resume_flags()
        ));
    }
    Ok(())
}

/// A zone that the service knows of.
#[derive(Debug, PartialEq, Serialize)]
struct Row {
    region: String,
    /// As the account names it.
    availability_zone: String,
    /// It was not known before.
    new: bool,
    usable_subnets: usize,
}

fn rows(
    before: &Account,
    after: &Account,
    regions: &BTreeSet<String>,
    subnets: &[SubnetInfo],
) -> Vec<Row> {
    let known = zones(before);
    zones(after)
        .into_iter()
        .filter(|(region, _)| regions.contains(region))
        .map(|zone| {
            let new = !known.contains(&zone);
            let (region, availability_zone) = zone;
            let here = |subnet: &&SubnetInfo| {
                let its = subnet.region_name.as_deref().map(service_region);
                subnet::usable(subnet)
                    && its.is_none_or(|its| its == region)
                    && subnet::in_zone(subnet, &availability_zone)
            };
            Row {
                usable_subnets: subnets.iter().filter(here).count(),
                region,
                availability_zone,
                new,
            }
        })
        .collect()
}

/// The zones of an account that the service knows of, with their region as the
/// service names it.
fn zones(account: &Account) -> BTreeSet<(String, String)> {
    let regions = account.region_to_az_to_shadow_mapping.iter();
    regions
        .flat_map(|regions| regions.iter())
        .flat_map(|(region, zones)| {
            let region = service_region(region);
            zones.keys().map(move |zone| (region.clone(), zone.clone()))
        })
        .collect()
}

/// A linked account, read.
async fn account(context: &Context, wanted: Option<&str>) -> Result<Account, Error> {
    let id = account_id(context, wanted).await?;
    let mut all = accounts(context).await?.into_iter();
    all.find(|account| account.id == id).ok_or_else(|| {
        Error::not_found(format!("no AWS account is linked under the id {id}"))
            .hint("To see what there is: vmc account list")
    })
}

fn columns() -> Vec<Column<Row>> {
    vec![
        Column::new("Region", |row: &Row| Cell::new(&row.region)),
        Column::new("Zone", |row: &Row| Cell::new(&row.availability_zone)).id(),
        Column::new("New", |row: &Row| match row.new {
            true => Cell::new("yes").styled(GOOD),
            false => Cell::new("no"),
        }),
        Column::new("Usable subnets", |row: &Row| {
            Cell::new(row.usable_subnets.to_string())
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn account(zones: &serde_json::Value) -> Account {
        let document = json!({"id": "a", "region_to_az_to_shadow_mapping": zones});
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn zones_are_compared_in_either_spelling_and_only_of_the_regions_meant() {
        let before = account(&json!({"US_WEST_2": {"us-west-2a": "x"}}));
        let after = account(&json!({
            "us-west-2": {"us-west-2a": "x", "us-west-2b": "y"},
            "eu-west-1": {"eu-west-1a": "z"},
        }));
        let subnet = |zone: &str, compatible: bool| -> SubnetInfo {
            serde_json::from_value(json!({
                "region_name": "us-west-2", "availability_zone": zone, "compatible": compatible,
            }))
            .unwrap()
        };
        let subnets = [subnet("us-west-2b", true), subnet("us-west-2b", false)];
        let regions = BTreeSet::from(["US_WEST_2".to_owned()]);
        let found: Vec<_> = rows(&before, &after, &regions, &subnets)
            .into_iter()
            .map(|row| (row.availability_zone, row.new, row.usable_subnets))
            .collect();
        assert_eq!(
            found,
            [
                ("us-west-2a".to_owned(), false, 0),
                ("us-west-2b".to_owned(), true, 1)
            ]
        );
    }
}
