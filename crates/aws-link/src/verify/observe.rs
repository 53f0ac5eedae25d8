//! What there is to see, each thing read on its own.

use std::collections::BTreeMap;

use futures_util::future::{join, join_all, join3};
use vmc_api::account_link::ConnectedAccounts;
use vmc_api::models::{AwsCompatibleSubnets, AwsSddcConnection, SubnetInfo};

use super::Verify;
use super::reader::Reader;
use super::region::{aws_region, region_of_subnet, region_of_zone};
use super::select::Selected;
use crate::aws::Identity;
use crate::aws::ec2::{NetworkInterface, RouteTable, Subnet};
use crate::aws::error::{AwsError, AwsErrorKind};
use crate::aws::iam::{IamRole, InlinePolicy};
use crate::aws::stack_health::{StackHealth, StackResource};
use crate::error::Error;
use crate::names;

/// A thing that was read, or why it was not: words that end a sentence such as
/// "not checked: …".
pub(crate) type Seen<T> = Result<T, String>;

/// Everything the checks rest on.
#[derive(Debug, Clone)]
pub(crate) struct Observation {
    pub(crate) account: Selected,
    /// Who asks at AWS; an error where that is nobody, or somebody of another account.
    pub(crate) identity: Seen<Identity>,
    /// What to do to be somebody.
    pub(crate) identity_hint: Option<String>,
    /// There are credentials, and AWS does not take them.
    pub(crate) identity_refused: bool,
    pub(crate) stack: StackSeen,
    pub(crate) roles: Vec<RoleSeen>,
    /// Subnets as VMware Cloud sees them.
    pub(crate) compatible: Seen<AwsCompatibleSubnets>,
    /// The region that is asked about, as AWS names it.
    pub(crate) region: Option<String>,
    /// Connections that are not deleted.
    pub(crate) connections: Seen<Vec<AwsSddcConnection>>,
    pub(crate) networks: Vec<Network>,
    /// Refusals that no right would change.
    pub(crate) refusals: Vec<Refusal>,
}

/// The stack of the account.
#[derive(Debug, Clone, Default)]
pub(crate) struct StackSeen {
    /// What it is called, where that is known.
    pub(crate) name: Option<String>,
    /// Where it was looked for.
    pub(crate) regions: Vec<String>,
    /// The stack, `Ok(None)` where there is none.
    pub(crate) health: Option<Seen<Option<StackHealth>>>,
    pub(crate) resources: Option<Seen<Vec<StackResource>>>,
    /// The text of its template.
    pub(crate) template: Option<Seen<String>>,
    /// Why a look for drift that was asked for did not come to its end.
    pub(crate) detection: Option<String>,
}

/// A role that the account names.
#[derive(Debug, Clone)]
pub(crate) struct RoleSeen {
    pub(crate) arn: String,
    pub(crate) name: String,
    /// `Ok(None)` where there is none.
    pub(crate) role: Seen<Option<IamRole>>,
    /// ARNs of managed policies.
    pub(crate) managed: Seen<Vec<String>>,
    pub(crate) inline: Seen<Vec<InlinePolicy>>,
}

impl RoleSeen {
    /// Whether it is known that the role which the account names is not there.
    pub(super) fn is_gone(&self) -> bool {
        match &self.role {
            Ok(Some(there)) => there.arn != self.arn,
            Ok(None) => true,
            Err(_) => false,
        }
    }
}

/// Why a subnet is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// An SDDC is linked to it.
    Linked,
    /// The caller named it.
    Named,
    /// An SDDC could be linked to it.
    Possible,
}

/// Subnets to look at in one region, and what EC2 knows there.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    /// `None` where it is not known: nothing was read.
    pub(crate) region: Option<String>,
    pub(crate) wanted: Vec<(String, Use)>,
    pub(crate) subnets: Seen<Vec<Subnet>>,
    /// Of the VPCs of those subnets.
    pub(crate) tables: Seen<Vec<RouteTable>>,
    /// All of the region.
    pub(crate) interfaces: Seen<Vec<NetworkInterface>>,
    pub(crate) quota: Seen<Option<u64>>,
}

/// A call that a policy forbids outright.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Refusal {
    /// The IAM action.
    pub(crate) action: String,
    pub(crate) by_organization: bool,
    /// AWS's words.
    pub(crate) message: String,
}

/// Reads everything.
pub(crate) async fn observe(verify: &Verify) -> Result<Observation, Error> {
    check(verify)?;
    let reader = Reader::new(verify);
    let list = verify.vmc.send(ConnectedAccounts::new(&verify.org));
    let (identity, accounts) = join(verify.aws.whoami(), list).await;
    let own = identity.as_ref().ok();
    let account = Selected::pick(accounts?, verify.account.as_deref(), own)?;
    let identity_hint = identity.as_ref().err().and_then(AwsError::hint);
    let identity_refused = identity.as_ref().is_err_and(|error| {
        matches!(
            error.kind(),
            AwsErrorKind::BadCredentials | AwsErrorKind::ExpiredCredentials
        )
    });
    let identity = match (identity, &account.number) {
        (Ok(own), Some(number)) if own.account != *number => Err(format!(
            "the AWS credentials are of account {}",
            own.account
        )),
        (Ok(own), None) if !account.rows.is_empty() || account.called.is_some() => Err(format!(
            "the AWS credentials are of account {}, and this one's number is not known",
            own.account
        )),
        (identity, _) => reader.read(identity),
    };
    // Nothing of another account is of interest.
    let aws = identity.as_ref().map(drop).map_err(Clone::clone);
    let link = account.link();
    let (stack, roles, (compatible, connections)) = join3(
        reader.stack(&account, &aws),
        reader.roles(link, &aws),
        join(reader.compatible(link), reader.connections(link)),
    )
    .await;
    let wanted = wanted_subnets(verify, &connections, &compatible);
    let networks = join_all(
        wanted
            .into_iter()
            .map(|(region, wanted)| reader.network(region, wanted, &aws)),
    )
    .await;
    Ok(Observation {
        identity,
        identity_hint,
        identity_refused,
        stack,
        roles,
        compatible,
        region: verify.sddc_region.as_deref().map(aws_region),
        connections,
        networks,
        refusals: reader.refusals(),
        account,
    })
}

/// Settings that cannot work, before anything is sent.
fn check(verify: &Verify) -> Result<(), Error> {
    for region in [&verify.sddc_region, &verify.stack_region]
        .into_iter()
        .flatten()
    {
        names::check_region(&aws_region(region))?;
    }
    for subnet in &verify.subnets {
        let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
        if !subnet.starts_with("subnet-") || subnet.len() > 60 || !subnet.bytes().all(plain) {
            return Err(Error::Setting(format!(
                "{subnet:?} is not the id of a subnet (expected the form subnet-0123456789abcdef0)"
            )));
        }
    }
    Ok(())
}

/// Subnets by region; `None` is a region that is not known.
type Wanted = BTreeMap<Option<String>, Vec<(String, Use)>>;

fn listed(compatible: &Seen<AwsCompatibleSubnets>) -> impl Iterator<Item = &SubnetInfo> {
    let answer = compatible.iter();
    answer.flat_map(|answer| answer.subnets().map(|(_, subnet)| subnet))
}

fn region_of_listed(id: &str, compatible: &Seen<AwsCompatibleSubnets>) -> Option<String> {
    let mut listed = listed(compatible);
    region_of_subnet(listed.find(|subnet| subnet.subnet_id.as_deref() == Some(id))?)
}

/// The region of the subnet that an SDDC is linked to, as far as VMware Cloud
/// tells it.
pub(super) fn region_of_connection(
    connection: &AwsSddcConnection,
    compatible: &Seen<AwsCompatibleSubnets>,
) -> Option<String> {
    let zone = connection.subnet_availability_zone.as_deref();
    let listed = || region_of_listed(connection.subnet_id.as_deref()?, compatible);
    zone.and_then(region_of_zone).or_else(listed)
}

/// Whether something of this region is asked about; it is if nobody knows.
pub(super) fn may_be_in(region: Option<&str>, only: Option<&str>) -> bool {
    region.is_none() || only.is_none() || region == only
}

/// The subnets in use and those that are named; where there are none, those
/// that an SDDC could be linked to. By region.
fn wanted_subnets(
    verify: &Verify,
    connections: &Seen<Vec<AwsSddcConnection>>,
    compatible: &Seen<AwsCompatibleSubnets>,
) -> Wanted {
    let only = verify.sddc_region.as_deref().map(aws_region);
    let mut wanted: Wanted = BTreeMap::new();
    let mut add = |region: Option<String>, id: &str, why: Use| {
        let subnets = wanted.entry(region).or_default();
        if !subnets.iter().any(|(known, _)| known == id) {
            subnets.push((id.to_owned(), why));
        }
    };
    for connection in connections.iter().flatten() {
        let Some(id) = connection.subnet_id.as_deref() else {
            continue;
        };
        let region = region_of_connection(connection, compatible);
        if may_be_in(region.as_deref(), only.as_deref()) {
            add(region, id, Use::Linked);
        }
    }
    for id in &verify.subnets {
        let region = region_of_listed(id, compatible).or_else(|| only.clone());
        add(region, id, Use::Named);
    }
    if wanted.is_empty() {
        for subnet in listed(compatible) {
            if let (Some(true), Some(id), Some(region)) = (
                subnet.compatible,
                &subnet.subnet_id,
                region_of_subnet(subnet),
            ) {
                let subnets = wanted.entry(Some(region)).or_default();
                subnets.push((id.clone(), Use::Possible));
            }
        }
    }
    wanted
}
