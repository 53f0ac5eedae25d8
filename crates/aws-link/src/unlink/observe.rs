//! Reads what there is before an unlinking.

use std::time::Duration;

use futures_util::future::{join, join3, join4};
use vmc_api::models::{AwsCustomerConnectedAccount, AwsSddcConnection, Sddc, Task, TaskStatus};
use vmc_api::resolve::{account_number, connected_account};
use vmc_api::{TaskId, account_link, groups, sddcs};

use crate::aws::error::{AwsError, AwsErrorKind};
use crate::aws::stack::{Stack, StackPhase, Stacks};
use crate::aws::{DEFAULT_REGION, Identity};
use crate::error::Error;
use crate::journal::{LinkKey, Record};
use crate::linked::{LinkUser, is_over, is_there, moment, roles_of, users};
use crate::names;
use crate::stream::Reporter;
use crate::unlink::Unlink;
use crate::unlink::events::UnlinkEvent;
use crate::unlink::seen::{
    FoundStack, Proof, StackSight, UnlinkObservation, UserGroup, groups_of, names_others,
    shares_roles,
};

/// What the words of the caller mean.
struct Target {
    account: String,
    link: Option<AwsCustomerConnectedAccount>,
    record: Record,
}

impl Unlink {
    /// What there is. A link that may show up any moment is waited for, once.
    pub(crate) async fn look(
        &self,
        tale: Option<&Reporter<UnlinkEvent>>,
    ) -> Result<UnlinkObservation, Error> {
        let seen = self.look_once().await?;
        let StackSight::Found(found) = &seen.stack else {
            return Ok(seen);
        };
        let Some(rest) = found.settling else {
            return Ok(seen);
        };
        if let Some(tale) = tale {
            let stack = found.stack.clone();
            tale.tell(UnlinkEvent::Settling { stack, rest }).await;
        }
        tokio::time::sleep(rest).await;
        self.look_once().await
    }

    /// What there is at this moment.
    pub(crate) async fn look_once(&self) -> Result<UnlinkObservation, Error> {
        let whoami = async {
            match self.wanted.keep_stack {
                true => None,
                false => Some(self.aws.whoami().await),
            }
        };
        let (identity, accounts, connections, sddcs) = join4(
            whoami,
            self.org.accounts(),
            self.connections(),
            self.sddcs(),
        )
        .await;
        let (accounts, connections, sddcs) = (accounts?, connections?, sddcs?);
        let own = identity
            .as_ref()
            .and_then(|identity| identity.as_ref().ok());
        let target = self.target(&accounts, own)?;
        let link_id = target.link.as_ref().map(|link| &link.id);
        let users = users(&accounts, link_id, &target.account, &connections, &sddcs);
        let fits = own.is_some_and(|own| own.account == target.account);
        let stack = async {
            match fits {
                true => self.find_stack(&target, &accounts).await,
                false => Ok(StackSight::NotLookedFor),
            }
        };
        let (groups, stack) = join(self.groups(&users), stack).await;
        Ok(UnlinkObservation {
            account: target.account,
            link: target.link.map(Box::new),
            accounts,
            users,
            groups,
            identity,
            stack: stack?,
            record: target.record,
        })
    }

    /// The SDDCs that use the link or its roles by now.
    pub(crate) async fn users_now(
        &self,
        link: Option<&AwsCustomerConnectedAccount>,
        account: &str,
    ) -> Result<Vec<LinkUser>, vmc_api::Error> {
        let (accounts, connections, sddcs) =
            join3(self.org.accounts(), self.connections(), self.sddcs()).await;
        let id = link.map(|link| &link.id);
        Ok(users(&accounts?, id, account, &connections?, &sddcs?))
    }

    async fn connections(&self) -> Result<Vec<AwsSddcConnection>, vmc_api::Error> {
        let list = account_link::SddcConnections::new(&self.org.id);
        self.org.vmc.send(list).await
    }

    async fn sddcs(&self) -> Result<Vec<Sddc>, vmc_api::Error> {
        self.org.vmc.send(sddcs::List::new(&self.org.id)).await
    }

    /// Groups only tell what has to go before the SDDCs: that they cannot be
    /// listed is said, and stops nothing.
    async fn groups(&self, users: &[LinkUser]) -> Result<Vec<UserGroup>, String> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        match groups::all(&self.org.vmc, &self.org.id).await {
            Ok(all) => Ok(groups_of(users, &all)),
            Err(error) => Err(error.to_string()),
        }
    }

    pub(crate) fn key(&self, account: &str) -> LinkKey {
        LinkKey {
            org: self.org.id.to_string(),
            account: account.to_owned(),
        }
    }

    fn record(&self, account: &str) -> Result<Record, Error> {
        Ok(self.journal.read(&self.key(account))?.unwrap_or_default())
    }

    /// Which account is meant, and its link if there is one.
    fn target(
        &self,
        accounts: &[AwsCustomerConnectedAccount],
        own: Option<&Identity>,
    ) -> Result<Target, Error> {
        let wanted = self.wanted.account.trim();
        let number = account_number(wanted);
        let there = accounts.iter().any(|link| match &number {
            Some(number) => is_there(link) && link.account_number.as_ref() == Some(number),
            None => link.id.as_str().eq_ignore_ascii_case(wanted),
        });
        if there {
            let link = connected_account(accounts, wanted).map_err(vmc_api::Error::from)?;
            let account = link.account_number.clone().unwrap_or_default();
            return Ok(Target {
                record: self.record(&account)?,
                account,
                link: is_there(link).then(|| link.clone()),
            });
        }
        if let Some(account) = number {
            return Ok(Target {
                record: self.record(&account)?,
                account,
                link: None,
            });
        }
        // Unlinked by an earlier run, which noted the id down.
        if let Some(own) = own {
            let record = self.record(&own.account)?;
            let known = record.unlink.as_ref();
            if known.is_some_and(|unlink| unlink.connected_account.eq_ignore_ascii_case(wanted)) {
                return Ok(Target {
                    account: own.account.clone(),
                    link: None,
                    record,
                });
            }
        }
        match connected_account(accounts, wanted) {
            Err(unresolved) => Err(Error::Vmc(unresolved.into())),
            Ok(link) => Ok(Target {
                account: link.account_number.clone().unwrap_or_default(),
                link: is_there(link).then(|| link.clone()),
                record: Record::default(),
            }),
        }
    }

    /// Looks for the stack where it can be, until one is found that is certainly
    /// this link's; else gives one that may be.
    async fn find_stack(
        &self,
        target: &Target,
        accounts: &[AwsCustomerConnectedAccount],
    ) -> Result<StackSight, Error> {
        // Links of the account that are gone tell as well.
        let former = accounts.iter().filter(|link| {
            !is_there(link) && link.account_number.as_deref() == Some(target.account.as_str())
        });
        let links: Vec<&AwsCustomerConnectedAccount> = match &target.link {
            Some(link) => vec![link],
            None => former.collect(),
        };
        let names = self.names(&links, target);
        let mut regions = self.regions(&links, target);
        // Every link of an organization has a stack of the same name. Where their
        // roles tell them apart, nothing less ends the search.
        let by_roles = links.iter().any(|link| !roles_of(link).is_empty());
        let certain = |found: &FoundStack| match found.proof {
            Some(Proof::Roles) => true,
            Some(_) => !by_roles || found.not_checked.is_some(),
            None => false,
        };
        let mut perhaps: Option<FoundStack> = None;
        if let Some(known) = &target.record.stack
            && names.contains(&known.name)
        {
            let stacks = Stacks::new(&self.aws, &known.region);
            if let Some(stack) = stacks.find(&known.id).await?
                && stack.phase() != StackPhase::Deleted
            {
                let found = self.identify(&stacks, stack, &links, target, accounts);
                let found = found.await?;
                if certain(&found) {
                    return Ok(StackSight::Found(Box::new(found)));
                }
                perhaps = Some(found);
            }
        }
        let mut not_looked = Vec::new();
        for (at, region) in regions.iter().enumerate() {
            let stacks = Stacks::new(&self.aws, region);
            for name in &names {
                let stack = match stacks.find(name).await {
                    Ok(Some(stack)) => stack,
                    Ok(None) => continue,
                    // The first one is where it should be. Others may be closed to
                    // this account.
                    Err(error) if at > 0 && is_about_region(&error) => {
                        not_looked.push((region.clone(), error.to_string()));
                        break;
                    }
                    Err(error) => return Err(error.into()),
                };
                let known = perhaps.as_ref();
                if known.is_some_and(|known| known.stack.id == stack.id) {
                    continue;
                }
                let found = self.identify(&stacks, stack, &links, target, accounts);
                let found = found.await?;
                if certain(&found) {
                    return Ok(StackSight::Found(Box::new(found)));
                }
                let better = found.proof.is_some();
                if perhaps
                    .as_ref()
                    .is_none_or(|other| better && other.proof.is_none())
                {
                    perhaps = Some(found);
                }
            }
        }
        regions.retain(|region| !not_looked.iter().any(|(other, _)| other == region));
        Ok(match perhaps {
            Some(found) => StackSight::Found(Box::new(found)),
            None => StackSight::None {
                names,
                regions,
                not_looked,
            },
        })
    }

    /// The names the stack can have.
    fn names(&self, links: &[&AwsCustomerConnectedAccount], target: &Target) -> Vec<String> {
        if let Some(name) = &self.wanted.stack_name {
            return vec![name.clone()];
        }
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !name.is_empty() && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        };
        links
            .iter()
            .filter_map(|link| link.cf_stack_name.as_deref())
            .for_each(&mut add);
        let named = target.link.as_ref().map(|link| &link.cf_stack_name);
        // What the link itself says counts alone.
        if !matches!(named, Some(Some(_))) {
            if let Some(known) = &target.record.stack {
                add(&known.name);
            }
            if let Some(request) = &target.record.request {
                add(&request.stack_name);
            }
            add(&names::stack_name(self.org.id.as_str(), None));
        }
        names
    }

    /// The regions it can be in, likely ones first.
    fn regions(&self, links: &[&AwsCustomerConnectedAccount], target: &Target) -> Vec<String> {
        if let Some(region) = &self.wanted.region {
            return vec![region.clone()];
        }
        let mut regions: Vec<String> = Vec::new();
        let mut add = |region: &str| {
            let region = region.to_lowercase().replace('_', "-");
            if names::check_region(&region).is_ok() && !regions.contains(&region) {
                regions.push(region);
            }
        };
        if let Some(known) = &target.record.stack {
            add(&known.region);
        }
        if let Some(request) = &target.record.request {
            add(&request.region);
        }
        add(DEFAULT_REGION);
        for link in links {
            let zones = link.region_to_az_to_shadow_mapping.iter();
            zones
                .flat_map(|zones| zones.keys())
                .for_each(|region| add(region));
        }
        regions
    }

    /// Whose stack it is, and what is in it.
    async fn identify(
        &self,
        stacks: &Stacks,
        stack: Stack,
        links: &[&AwsCustomerConnectedAccount],
        target: &Target,
        accounts: &[AwsCustomerConnectedAccount],
    ) -> Result<FoundStack, Error> {
        let record = &target.record;
        let (roles, not_checked) = match stacks.roles(&stack.id).await {
            Ok(roles) => (roles, None),
            Err(error) if error.kind() == AwsErrorKind::Denied => (
                Vec::new(),
                Some("needs cloudformation:ListStackResources".to_owned()),
            ),
            Err(error) => return Err(error.into()),
        };
        let known = record.stack.as_ref().filter(|known| known.id == stack.id);
        let by_roles = links.iter().any(|link| shares_roles(link, &roles));
        let linked = target.link.as_ref().is_some_and(|link| {
            // What it was made of says the link itself, by its roles or else by name.
            shares_roles(link, &roles)
                || !names_others(link, &roles)
                    && link.cf_stack_name.as_deref() == Some(stack.name.as_str())
        });
        let was_linked = linked
            || known.is_some() && record.linked_at.is_some()
            || is_over(accounts, &target.account, &stack);
        let mut task = known.and_then(|known| known.tracking_task.clone());
        let mut by_token = false;
        if !(by_roles || known.is_some()) || task.is_none() && !was_linked {
            let token = stacks.creation_token(&stack.id).await?;
            let of_token =
                token.and_then(|token| names::task_of_token(self.org.id.as_str(), &token));
            by_token = of_token.is_some();
            task = task.or(of_token);
        }
        let proof = if by_roles {
            Some(Proof::Roles)
        } else if known.is_some() {
            Some(Proof::Journal)
        } else {
            by_token.then_some(Proof::CreationToken)
        };
        let task = task.filter(|_| !was_linked);
        let (linking, settling) = self.on_its_way(&stack, task).await?;
        Ok(FoundStack {
            linking,
            settling,
            stack,
            proof,
            not_checked,
            roles,
        })
    }

    /// Whether the link of this stack is on its way, and for how long it may yet
    /// turn up although its task has ended.
    async fn on_its_way(
        &self,
        stack: &Stack,
        task: Option<String>,
    ) -> Result<(bool, Option<Duration>), Error> {
        match stack.phase() {
            StackPhase::Creating | StackPhase::RollingBack => return Ok((true, None)),
            StackPhase::Live => {}
            _ => return Ok((false, None)),
        }
        let Some(task) = task else {
            return Ok((false, None));
        };
        let Some(task) = self.org.task(&TaskId::from(task)).await? else {
            return Ok((false, None));
        };
        if !task.is_final() {
            return Ok((true, None));
        }
        let finished = task.status == Some(TaskStatus::Finished);
        Ok((false, self.settling(&task).filter(|_| finished)))
    }

    /// What is left of the time in which a finished task's account turns up.
    pub(crate) fn settling(&self, task: &Task) -> Option<Duration> {
        let settle = self.pace.settle;
        let Some(end) = moment(task.end_time.as_ref().or(task.updated.as_ref())) else {
            return Some(settle);
        };
        let gone = (self.now)() - end;
        // Two clocks are never quite the same; where they differ by more than
        // that, they say nothing.
        (gone.unsigned_abs() < settle)
            .then(|| settle.saturating_sub(Duration::try_from(gone).unwrap_or_default()))
    }
}

/// Whether another region may answer although this one does not.
fn is_about_region(error: &AwsError) -> bool {
    matches!(
        error.kind(),
        AwsErrorKind::Denied | AwsErrorKind::BadCredentials | AwsErrorKind::Unreachable
    )
}
