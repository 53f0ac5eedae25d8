//! From what is there to what is to be done: pure, no I/O.

use std::fmt;

use serde::Serialize;
use time::OffsetDateTime;
use vmc_api::TaskId;
use vmc_api::models::{AwsCustomerConnectedAccount, ConnectionState, Task, TaskStatus};

use crate::aws::Identity;
use crate::aws::stack::{Stack, StackPhase};
use crate::error::Error;
use crate::error::minute;
use crate::journal::{PendingRequest, Record};
use crate::link_up::blocked::Blocked;
use crate::linked::{LinkUser, is_over};
use crate::names;

/// Everything the decision rests on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Observation {
    /// Who asks at AWS.
    pub identity: Identity,
    /// All accounts the organization lists.
    pub accounts: Vec<AwsCustomerConnectedAccount>,
    /// The stack of this link, where one is found. Not looked for when the
    /// account is linked already.
    pub stack: Option<SeenStack>,
    /// What earlier runs remembered.
    pub record: Record,
    /// The task of the remembered link request, if VMware Cloud still knows it.
    pub request_task: Option<Task>,
    /// Who uses the roles of a complete or broken stack that would have to go.
    pub users: RoleUsers,
    /// When this was seen.
    pub at: OffsetDateTime,
}

/// The SDDCs that use the roles of an account's stack.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum RoleUsers {
    /// Nobody asked, so nothing that has roles may be deleted.
    #[default]
    NotAsked,
    /// They cannot be read, for this reason.
    Unread(String),
    /// They are these.
    Read(Vec<LinkUser>),
}

/// A stack and where it comes from.
#[derive(Debug, Clone)]
pub struct SeenStack {
    /// The stack.
    pub stack: Stack,
    /// Who made it.
    pub maker: Maker,
    /// Its tracking task, if VMware Cloud still knows it.
    pub task: Option<Task>,
}

/// Who made a stack, told by the token it was created with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Maker {
    /// A run of this flow for this organization, for this tracking task.
    ThisFlow(Option<TaskId>),
    /// The console, a script, another organization.
    SomebodyElse,
}

/// What the caller wants, as far as the decision needs it.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Organization id.
    pub org: String,
    /// Refuse any other AWS account.
    pub expect_account: Option<String>,
    /// Stack name given by the caller.
    pub stack_name: Option<String>,
    /// Region of the stack.
    pub region: String,
    /// A failed or left-over stack may be deleted.
    pub replace_stack: bool,
    /// A broken link may be made anew, with new roles.
    pub relink_broken: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "plan")]
#[non_exhaustive]
pub enum Plan {
    /// The account is linked.
    NothingToDo {
        /// The link.
        account: Box<AwsCustomerConnectedAccount>,
    },
    /// A stack for this link is there or on the way: wait for it and its task.
    Follow {
        /// The stack.
        stack: Stack,
        /// The tracking task, where it is known.
        tracking_task: Option<TaskId>,
    },
    /// A link request of an earlier run has no stack yet: create it.
    Create {
        /// Name of the stack.
        stack_name: String,
        /// Its region.
        region: String,
        /// The tracking task.
        tracking_task: TaskId,
        #[serde(skip)]
        #[doc(hidden)]
        request: Box<PendingRequest>,
    },
    /// Ask for a link and create its stack.
    Request {
        /// Name of the stack.
        stack_name: String,
        /// Its region.
        region: String,
        /// A stack that has to go first.
        replaces: Option<Stack>,
    },
    /// Nothing can be done without a decision by the caller.
    Blocked {
        /// Why, and what next.
        reason: Box<Blocked>,
    },
}

/// Decides what to do. Called again after each surprise.
pub fn decide(seen: &Observation, wanted: &Wanted) -> Plan {
    let own = &seen.identity;
    if let Some(expected) = &wanted.expect_account
        && *expected != own.account
    {
        return blocked(Blocked::WrongAccount {
            expected: expected.clone(),
            actual: own.account.clone(),
            arn: own.arn.clone(),
        });
    }
    let link = link_of(&seen.accounts, &own.account);
    let state = link.and_then(|link| link.state.as_ref());
    match (link, state) {
        (None, _) | (_, Some(ConnectionState::Deleted)) => {}
        (Some(link), Some(ConnectionState::Active)) => {
            return Plan::NothingToDo {
                account: Box::new(link.clone()),
            };
        }
        (Some(_), Some(ConnectionState::Broken)) if wanted.relink_broken => {}
        (Some(link), Some(ConnectionState::Broken)) => {
            return blocked(Blocked::BrokenLink {
                account: Box::new(link.clone()),
            });
        }
        (Some(link), _) => {
            return blocked(Blocked::OddLink {
                account: Box::new(link.clone()),
            });
        }
    }
    let name = wanted.stack_name(&seen.accounts, &own.account);
    match &seen.stack {
        Some(there) => with_stack(there, seen, wanted, name),
        None => without_stack(seen, wanted, name),
    }
}

impl Wanted {
    /// Refuses what cannot work, before anything is sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        names::check_region(&self.region)?;
        if let Some(name) = &self.stack_name {
            names::check_stack_name(name)?;
        }
        if let Some(account) = &self.expect_account {
            names::check_account(account)?;
        }
        Ok(())
    }

    /// The name of the stack that this link has or gets.
    pub(crate) fn stack_name(
        &self,
        accounts: &[AwsCustomerConnectedAccount],
        account: &str,
    ) -> String {
        if let Some(name) = &self.stack_name {
            return name.clone();
        }
        let broken = link_of(accounts, account)
            .filter(|link| link.state == Some(ConnectionState::Broken))
            .map(|link| link.cf_stack_name.as_deref().unwrap_or(link.id.as_str()));
        names::stack_name(&self.org, broken)
    }
}

/// The organization's link to an AWS account; the most alive one, should there be several.
pub fn link_of<'a>(
    accounts: &'a [AwsCustomerConnectedAccount],
    account: &str,
) -> Option<&'a AwsCustomerConnectedAccount> {
    accounts
        .iter()
        .filter(|link| link.account_number.as_deref() == Some(account))
        .min_by_key(|link| match &link.state {
            Some(ConnectionState::Active) => 0,
            Some(ConnectionState::Broken) => 1,
            Some(ConnectionState::Deleted) => 3,
            _ => 2,
        })
}

fn with_stack(there: &SeenStack, seen: &Observation, wanted: &Wanted, name: String) -> Plan {
    let stack = there.stack.clone();
    let replace = |stack: Stack| Plan::Request {
        stack_name: name.clone(),
        region: wanted.region.clone(),
        replaces: Some(stack),
    };
    // A stack whose roles a link still uses is never deleted by this flow.
    let in_use = seen.accounts.iter().any(|link| {
        link.state != Some(ConnectionState::Deleted)
            && link.account_number.as_deref() == Some(&seen.identity.account)
            && link.cf_stack_name.as_deref() == Some(stack.name.as_str())
    });
    let may_replace = wanted.replace_stack && !in_use;
    // A stack with roles goes only when it is certain that nobody uses them.
    let used = |stack: &Stack| seen.users.forbid(stack).map(blocked);
    match (stack.phase(), &there.maker) {
        (StackPhase::Deleted, _) => without_stack(seen, wanted, name),
        // Somebody wanted it gone; what follows is the same for all makers.
        (StackPhase::Deleting, _) => replace(stack),
        (StackPhase::Review, _) => blocked(Blocked::ChangeSet { stack }),
        (StackPhase::Unknown, _) => blocked(Blocked::OddStack { stack }),
        // Nothing but the name is left, so it matters little who made it.
        (StackPhase::RolledBack, _) if may_replace => replace(stack),
        (StackPhase::RolledBack, _) => blocked(Blocked::FailedStack { stack }),
        (_, Maker::SomebodyElse) => blocked(Blocked::NameTaken { stack }),
        (StackPhase::Creating | StackPhase::RollingBack, Maker::ThisFlow(task)) => Plan::Follow {
            stack,
            tracking_task: task.clone(),
        },
        (StackPhase::Broken, Maker::ThisFlow(_)) if may_replace => {
            used(&stack).unwrap_or_else(|| replace(stack))
        }
        (StackPhase::Broken, Maker::ThisFlow(_)) => blocked(Blocked::FailedStack { stack }),
        (StackPhase::Live, Maker::ThisFlow(task)) => match left_over(there, seen) {
            _ if in_use => blocked(Blocked::InUse {
                stack,
                users: Vec::new(),
                unread: None,
            }),
            None => Plan::Follow {
                stack,
                tracking_task: task.clone(),
            },
            Some(why) => used(&stack).unwrap_or_else(|| match may_replace {
                true => replace(stack),
                false => blocked(Blocked::LeftOver { stack, why }),
            }),
        },
    }
}

impl RoleUsers {
    /// Why a stack with roles has to stay, if so.
    fn forbid(&self, stack: &Stack) -> Option<Blocked> {
        let (users, unread) = match self {
            Self::Read(users) if users.is_empty() => return None,
            Self::Read(users) => (users.clone(), None),
            Self::Unread(why) => (Vec::new(), Some(why.clone())),
            Self::NotAsked => (Vec::new(), Some("nobody asked".to_owned())),
        };
        Some(Blocked::InUse {
            stack: stack.clone(),
            users,
            unread,
        })
    }
}

/// Why a complete stack will not become a link any more, if so.
fn left_over(there: &SeenStack, seen: &Observation) -> Option<String> {
    let stack = &there.stack;
    // What ended while its task goes on was an earlier link.
    let going_on = there.task.as_ref().is_some_and(|task| !task.is_final());
    let unlinked = !going_on && is_over(&seen.accounts, &seen.identity.account, stack);
    let was_linked = seen.record.linked_at.is_some()
        && seen
            .record
            .stack
            .as_ref()
            .is_some_and(|known| known.id == stack.id);
    if unlinked || was_linked {
        return Some("the account was linked with it and unlinked since".into());
    }
    let task = there.task.as_ref()?;
    match task.status {
        Some(TaskStatus::Failed | TaskStatus::Canceled) => Some(format!(
            "its task {} is {}: {}",
            task.id,
            task.status.as_ref().map_or("", TaskStatus::as_str),
            task.failure_message().unwrap_or("no reason given"),
        )),
        Some(TaskStatus::Finished) => {
            let end = task.end_time.as_ref().or(task.updated.as_ref())?.parse()?;
            let long_ago = seen.at - end > time::Duration::hours(1);
            long_ago.then(|| {
                format!(
                    "its task finished at {} UTC and the account is not listed: it was unlinked since",
                    minute(end)
                )
            })
        }
        _ => None,
    }
}

fn without_stack(seen: &Observation, wanted: &Wanted, stack_name: String) -> Plan {
    let region = wanted.region.clone();
    let usable = seen.record.request.as_ref().filter(|request| {
        let over = seen.request_task.as_ref().is_some_and(Task::is_final);
        let expired = request.expires.is_some_and(|end| end <= seen.at);
        // Under another name its stack may just be on the way.
        request.stack_name == stack_name && request.region == region && !over && !expired
    });
    match usable {
        Some(request) => Plan::Create {
            stack_name,
            region,
            tracking_task: TaskId::from(&request.tracking_task),
            request: Box::new(request.clone()),
        },
        None => Plan::Request {
            stack_name,
            region,
            replaces: None,
        },
    }
}

fn blocked(reason: Blocked) -> Plan {
    Plan::Blocked {
        reason: Box::new(reason),
    }
}

impl Plan {
    /// The requests this plan starts with, for a dry run. Reads are left out.
    pub fn requests(&self, org: &str) -> Vec<String> {
        let create = |stack_name: &str, region: &str| {
            format!(
                "cloudformation CreateStack in {region}: StackName={stack_name}, TemplateURL=<from the link request>, \
                 Capabilities=CAPABILITY_IAM"
            )
        };
        match self {
            Self::NothingToDo { .. } | Self::Follow { .. } | Self::Blocked { .. } => Vec::new(),
            Self::Create {
                stack_name, region, ..
            } => vec![create(stack_name, region)],
            Self::Request {
                stack_name,
                region,
                replaces,
            } => {
                let delete = replaces
                    .iter()
                    .filter(|stack| stack.phase() != StackPhase::Deleting)
                    .map(|stack| {
                        format!(
                            "cloudformation DeleteStack in {}: StackName={}",
                            stack.region, stack.name
                        )
                    });
                let ask = format!("GET /vmc/api/orgs/{org}/account-link (makes a link request)");
                delete
                    .chain([
                        ask,
                        "GET <the template>, to show what it would create".into(),
                    ])
                    .chain([create(stack_name, region)])
                    .collect()
            }
        }
    }
}

/// One line.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingToDo { account } => write!(
                f,
                "nothing to do: AWS account {} is linked (stack {})",
                account.account_number.as_deref().unwrap_or("?"),
                account.cf_stack_name.as_deref().unwrap_or("unknown"),
            ),
            Self::Follow { stack, .. } => write!(
                f,
                "wait for the stack {} in {} ({}), which is already there",
                stack.name, stack.region, stack.status
            ),
            Self::Create {
                stack_name, region, ..
            } => write!(
                f,
                "create the stack {stack_name} in {region} from the link request that is there"
            ),
            Self::Request {
                stack_name,
                region,
                replaces: None,
            } => write!(
                f,
                "ask for a link and create the stack {stack_name} in {region}"
            ),
            Self::Request {
                stack_name,
                region,
                replaces: Some(old),
            } => write!(
                f,
                "delete the stack {} ({}), ask for a link and create the stack {stack_name} in {region}",
                old.name, old.status
            ),
            Self::Blocked { reason } => reason.fmt(f),
        }
    }
}
