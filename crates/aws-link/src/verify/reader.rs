//! One read each, or the reason why it could not be made.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{join, join_all, join3};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep};
use vmc_api::account_link::{CompatibleSubnets, SddcConnections};
use vmc_api::models::{
    AwsCompatibleSubnets, AwsCustomerConnectedAccount as Account, AwsSddcConnection,
    ConnectionState,
};

use super::Verify;
use super::observe::{Network, Refusal, RoleSeen, Seen, StackSeen, Use};
use super::region::{mapped_zones, partition_region, service_region};
use super::select::Selected;
use crate::aws::ec2::Ec2;
use crate::aws::error::{AwsError, AwsErrorKind};
use crate::aws::iam::{Iam, role_name};
use crate::aws::rights::Forbidden;
use crate::aws::stack::Stacks;
use crate::aws::stack_health::{Detection, StackHealth};
use crate::aws::{DEFAULT_REGION, quotas};
use crate::journal::{LinkKey, Record};
use crate::linked::role_arns;
use crate::names;

/// Regions that are asked for the stack at the same time.
const REGIONS_AT_ONCE: usize = 4;

/// Reads one thing at a time.
pub(super) struct Reader<'a> {
    verify: &'a Verify,
    refusals: Mutex<BTreeSet<Refusal>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(verify: &'a Verify) -> Self {
        Self {
            verify,
            refusals: Mutex::default(),
        }
    }

    /// Refusals that no right would change.
    pub(super) fn refusals(self) -> Vec<Refusal> {
        let refusals = self.refusals.into_inner();
        refusals
            .unwrap_or_else(PoisonError::into_inner)
            .into_iter()
            .collect()
    }

    /// What was read, or why not; keeps refusals that no right would change.
    pub(super) fn read<T>(&self, answer: Result<T, AwsError>) -> Seen<T> {
        answer.map_err(|error| {
            let action = error.operation();
            match (error.kind(), Forbidden::read(error.message())) {
                (AwsErrorKind::Denied, Some(who)) => {
                    let by_organization = who == Forbidden::ByOrganization;
                    let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
                    refusals.insert(Refusal {
                        action: action.to_owned(),
                        by_organization,
                        message: error.message().to_owned(),
                    });
                    let policy = match by_organization {
                        true => "a service control policy",
                        false => "an explicit deny",
                    };
                    format!("{action} is forbidden by {policy}")
                }
                (AwsErrorKind::Denied, None) => format!("needs {action}"),
                _ => error.to_string(),
            }
        })
    }

    pub(super) async fn compatible(&self, link: Option<&Account>) -> Seen<AwsCompatibleSubnets> {
        let Some(link) = link else {
            return Err("the account is not linked".into());
        };
        let region = self.verify.sddc_region.as_deref().map(service_region);
        let list =
            CompatibleSubnets::new(&self.verify.org, &link.id).region(region.unwrap_or_default());
        let answer = self.verify.vmc.send(list).await;
        answer.map_err(|error| error.to_string())
    }

    pub(super) async fn connections(&self, link: Option<&Account>) -> Seen<Vec<AwsSddcConnection>> {
        let Some(link) = link else {
            return Err("the account is not linked".into());
        };
        let list = self
            .verify
            .vmc
            .send(SddcConnections::new(&self.verify.org))
            .await;
        let mut rows = list.map_err(|error| error.to_string())?;
        rows.retain(|row| {
            row.state != Some(ConnectionState::Deleted)
                && row
                    .connected_account_id
                    .as_ref()
                    .is_none_or(|id| *id == link.id)
        });
        Ok(rows)
    }

    pub(super) async fn stack(&self, account: &Selected, aws: &Seen<()>) -> StackSeen {
        let record = self.record(account);
        let (name, regions) = self.stack_places(account, &record);
        let mut seen = StackSeen {
            name,
            regions,
            ..StackSeen::default()
        };
        let Some(name) = seen.name.clone() else {
            return seen;
        };
        if let Err(why) = aws {
            seen.health = Some(Err(why.clone()));
            return seen;
        }
        let found = self.find_stack(&name, &seen.regions).await;
        let Ok(Some(health)) = &found else {
            seen.health = Some(found);
            return seen;
        };
        let stacks = Stacks::new(&self.verify.aws, &health.stack.region);
        let looked = async {
            if !self.verify.detect_drift {
                return (None, None, stacks.resources(&name).await);
            }
            let detection = self.detect(&stacks, &name).await.err();
            // Both tell what the look found.
            let (again, resources) = join(stacks.health(&name), stacks.resources(&name)).await;
            (detection, Some(self.read(again)), resources)
        };
        let (template, (detection, again, resources)) = join(stacks.template(&name), looked).await;
        seen.template = Some(self.read(template));
        seen.resources = Some(self.read(resources));
        seen.detection = detection;
        seen.health = Some(again.unwrap_or(found));
        seen
    }

    /// What earlier runs remembered. Only a hint where to look, so one that
    /// cannot be read is none.
    fn record(&self, account: &Selected) -> Record {
        let Some(number) = &account.number else {
            return Record::default();
        };
        let key = LinkKey {
            org: self.verify.org.to_string(),
            account: number.clone(),
        };
        let record = self.verify.journal.read(&key).ok().flatten();
        record.unwrap_or_default()
    }

    /// What the stack is called, and where it may be: the likely places first.
    fn stack_places(&self, account: &Selected, record: &Record) -> (Option<String>, Vec<String>) {
        let known = record
            .stack
            .as_ref()
            .map(|stack| (&stack.name, &stack.region));
        let asked = record
            .request
            .as_ref()
            .map(|request| (&request.stack_name, &request.region));
        let rows = account.link().into_iter().chain(&account.rows);
        let listed = rows.filter_map(|row| row.cf_stack_name.as_ref()).next();
        let name = match (listed, account.link()) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(_)) => None,
            (None, None) => known
                .or(asked)
                .map(|(name, _)| name.clone())
                .or_else(|| Some(names::stack_name(self.verify.org.as_str(), None))),
        };
        let remembered = [known, asked]
            .into_iter()
            .flatten()
            .filter(|(known, _)| Some(*known) == name.as_ref());
        let mut regions: Vec<String> = self.verify.stack_region.iter().cloned().collect();
        regions.extend(remembered.map(|(_, region)| region.clone()));
        regions.push(DEFAULT_REGION.into());
        if let Some(link) = account.link() {
            regions.extend(
                mapped_zones(link)
                    .into_iter()
                    .flatten()
                    .map(|(region, _)| region),
            );
        }
        let mut once = BTreeSet::new();
        regions.retain(|region| once.insert(region.clone()));
        (name, regions)
    }

    /// The first region that has it. Where none has and one could not be asked,
    /// it is not known.
    async fn find_stack(&self, name: &str, regions: &[String]) -> Seen<Option<StackHealth>> {
        let health = async |region: &String| {
            let answer = Stacks::new(&self.verify.aws, region).health(name).await;
            self.read(answer)
        };
        // It mostly is where it is looked for first.
        let (first, rest) = regions.split_at(1.min(regions.len()));
        let mut unknown = None;
        for (regions, at_once) in [(first, 1), (rest, REGIONS_AT_ONCE)] {
            let mut answers = stream::iter(regions).map(&health).buffered(at_once);
            while let Some(answer) = answers.next().await {
                match answer {
                    Ok(Some(found)) => return Ok(Some(found)),
                    Ok(None) => {}
                    Err(why) => unknown = unknown.or(Some(why)),
                }
            }
        }
        unknown.map_or(Ok(None), Err)
    }

    async fn detect(&self, stacks: &Stacks, name: &str) -> Seen<()> {
        let id = self.read(stacks.detect_drift(name).await)?;
        let start = Instant::now();
        loop {
            match self.read(stacks.detection(&id).await)? {
                Detection::Complete => return Ok(()),
                Detection::Failed(why) => {
                    return Err(format!("CloudFormation could not look for drift: {why}"));
                }
                Detection::Running if start.elapsed() >= self.verify.timeout => {
                    return Err("CloudFormation is still looking for drift".into());
                }
                Detection::Running => sleep(self.verify.pace.interval).await,
            }
        }
    }

    pub(super) async fn roles(&self, link: Option<&Account>, aws: &Seen<()>) -> Vec<RoleSeen> {
        let Some(link) = link else {
            return Vec::new();
        };
        let arns = role_arns(link);
        // IAM is the same in all regions of a partition.
        let iam = Iam::new(&self.verify.aws, partition_region(arns.first().copied()));
        join_all(arns.into_iter().map(|arn| self.role(&iam, arn, aws))).await
    }

    async fn role(&self, iam: &Iam, arn: &str, aws: &Seen<()>) -> RoleSeen {
        let name = role_name(arn).unwrap_or(arn);
        let unread = |why: String| RoleSeen {
            arn: arn.to_owned(),
            name: name.to_owned(),
            role: Err(why.clone()),
            managed: Err(why.clone()),
            inline: Err(why),
        };
        if let Err(why) = aws {
            return unread(why.clone());
        }
        if role_name(arn).is_none() {
            return unread("this is not the ARN of a role".into());
        }
        let (role, managed, inline) = join3(
            iam.role(name),
            iam.managed_policies(name),
            iam.inline_policies(name),
        )
        .await;
        RoleSeen {
            arn: arn.to_owned(),
            name: name.to_owned(),
            role: self.read(role),
            managed: self.read(managed),
            inline: self.read(inline),
        }
    }

    pub(super) async fn network(
        &self,
        region: Option<String>,
        wanted: Vec<(String, Use)>,
        aws: &Seen<()>,
    ) -> Network {
        let known = region.ok_or_else(|| "its region is not known".to_owned());
        let region = match aws.clone().and(known) {
            Ok(region) => region,
            Err(why) => {
                return Network {
                    region: None,
                    wanted,
                    subnets: Err(why.clone()),
                    tables: Err(why.clone()),
                    interfaces: Err(why.clone()),
                    quota: Err(why),
                };
            }
        };
        let ec2 = Ec2::new(&self.verify.aws, &region);
        let ids: Vec<&str> = wanted.iter().map(|(id, _)| id.as_str()).collect();
        let of_subnets = async {
            let subnets = self.read(ec2.subnets(&ids).await);
            let vpcs: BTreeSet<&str> = subnets
                .iter()
                .flatten()
                .map(|subnet| subnet.vpc.as_str())
                .collect();
            let vpcs: Vec<&str> = vpcs.into_iter().collect();
            let tables = self.read(ec2.route_tables(&vpcs).await);
            (subnets, tables)
        };
        let ((subnets, tables), interfaces, quota) = join3(
            of_subnets,
            ec2.network_interfaces(),
            quotas::network_interfaces(&self.verify.aws, &region),
        )
        .await;
        Network {
            wanted,
            subnets,
            tables,
            interfaces: self.read(interfaces),
            quota: self.read(quota),
            region: Some(region),
        }
    }
}
