//! Which subnets are meant: what `list` and `pick` share.

use clap::Args;
use vmc_api::account_link::CompatibleSubnets;
use vmc_api::models::SubnetInfo;

use super::{service_region, sorted};
use crate::args::OrgArg;
use crate::context::Context;
use crate::error::Error;
use crate::resolve::{account_id, sddc_id};

/// Which subnets are meant, apart from their zone.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// Linked account, by id, 12-digit number or ARN [default: the only active one]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// Region, as in us-west-2 or US_WEST_2
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,

    /// VPC id
    #[arg(long, value_name = "VPC")]
    pub(super) vpc: Option<String>,

    /// Name of the subnet: its Name tag
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,

    /// Subnets for this SDDC, by name or id
    #[arg(long, value_name = "SDDC")]
    sddc: Option<String>,

    /// Let the service look at the account anew
    #[arg(long)]
    refresh: bool,

    #[command(flatten)]
    org: OrgArg,
}

impl Filter {
    /// All subnets of the account and region, the usable ones first.
    pub(super) async fn ask(&self, context: &Context) -> Result<Vec<SubnetInfo>, Error> {
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
        let subnets = sorted(&context.vmc()?.send(ask).await?);
        if let (Some(region), true) = (&self.region, subnets.is_empty()) {
            context.say(&format!(
                "The account has no subnets in a region {}.",
                service_region(region)
            ));
        }
        Ok(subnets)
    }

    /// Which flags a subnet does not fit, in words.
    pub(super) fn misfits(&self, subnet: &SubnetInfo) -> Vec<String> {
        let mut misfits = Vec::new();
        if let Some(vpc) = &self.vpc
            && subnet.vpc_id.as_ref() != Some(vpc)
        {
            misfits.push(format!(
                "it is in {}",
                said(subnet.vpc_id.as_deref(), "VPC")
            ));
        }
        if let Some(name) = &self.name
            && !is(subnet.name.as_deref(), name)
        {
            misfits.push(match subnet.name.as_deref() {
                Some(name) if !name.is_empty() => format!("it is called {name}"),
                _ => "it has no name".to_owned(),
            });
        }
        misfits
    }
}

/// Whether a subnet is in a zone, given by id or by the account's own name.
pub(in crate::commands) fn in_zone(subnet: &SubnetInfo, wanted: &str) -> bool {
    let names = [&subnet.availability_zone, &subnet.availability_zone_id];
    names.into_iter().any(|name| is(name.as_deref(), wanted))
}

fn is(text: Option<&str>, wanted: &str) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(wanted))
}

/// A value, or that there is none.
pub(super) fn said(value: Option<&str>, what: &str) -> String {
    value.map_or_else(|| format!("an unknown {what}"), str::to_owned)
}
