//! From what is there to what goes: pure, no I/O.

use std::fmt;

use serde::{Serialize, Serializer};
use vmc_api::OrgId;
use vmc_api::account_link::DeleteConnectedAccount;
use vmc_api::models::{AwsCustomerConnectedAccount, AwsSddcConnection};
use vmc_http::Operation;

use crate::aws::DEFAULT_REGION;
use crate::aws::stack::{Stack, StackPhase};
use crate::linked::{LinkUser, is_there};
use crate::names;
use crate::unlink::refused::UnlinkRefused;
use crate::unlink::seen::{
    FoundStack, StackSight, UnlinkObservation, UserGroup, names_others, shares_roles,
};

/// What the caller wants, as far as the decision needs it.
#[derive(Debug, Clone, Default)]
pub struct UnlinkWanted {
    /// Organization id.
    pub org: String,
    /// Which account: number, ARN, or the service's id of the link.
    pub account: String,
    /// Unlink although SDDCs use the link.
    pub force: bool,
    /// Leave the stack to somebody else; AWS is not asked then.
    pub keep_stack: bool,
    /// Stack name given by the caller.
    pub stack_name: Option<String>,
    /// Region of the stack given by the caller.
    pub region: Option<String>,
}

/// What goes, in which order, and what forbids it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct UnlinkPlan {
    /// Organization id.
    #[serde(skip)]
    pub org: OrgId,
    /// AWS account number.
    pub aws_account: String,
    /// The link that goes, if it is there.
    pub account: Option<Box<AwsCustomerConnectedAccount>>,
    /// It goes although SDDCs use it.
    pub forced: bool,
    /// The groups that hold SDDCs back, or why they are not known.
    #[serde(serialize_with = "known")]
    pub groups: Result<Vec<UserGroup>, String>,
    /// The SDDCs that use the link or the roles of its stack.
    pub sddcs: Vec<LinkUser>,
    /// What becomes of the stack.
    pub stack: StackFate,
    /// Why nothing is done, if so.
    #[serde(serialize_with = "words")]
    pub refused: Option<Box<UnlinkRefused>>,
}

/// What becomes, or became, of the stack.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "fate")]
#[non_exhaustive]
pub enum StackFate {
    /// It is deleted.
    Delete {
        /// The stack.
        stack: Stack,
    },
    /// It is being deleted already.
    Follow {
        /// The stack.
        stack: Stack,
    },
    /// It stays.
    Leave {
        /// The stack.
        stack: Stack,
        /// Why.
        why: String,
    },
    /// Whoever has the credentials deletes it.
    ByHand {
        /// What they type. Nothing where what is known is no name of a stack.
        command: Option<String>,
        /// What of it is not known, only likely: `name`, `region`.
        guessed: Vec<&'static str>,
        /// Not before these SDDCs are gone.
        after: Vec<String>,
    },
    /// There is none.
    None {
        /// The names it could have.
        names: Vec<String>,
        /// Where it was looked for.
        regions: Vec<String>,
        /// Where it could not be looked for, and why.
        not_looked: Vec<(String, String)>,
    },
    /// Nobody looked.
    NotLookedFor,
}

/// One row of a plan: in this order things go.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "step")]
#[non_exhaustive]
pub enum UnlinkStep<'a> {
    /// SDDCs leave this group.
    Group(&'a UserGroup),
    /// This SDDC is deleted.
    Sddc(&'a LinkUser),
    /// This connection goes with its SDDC.
    Connection(&'a AwsSddcConnection),
    /// The link goes.
    Link {
        /// The request.
        request: String,
    },
    /// The stack goes.
    Stack {
        /// The request.
        request: String,
    },
}

fn known<S: Serializer>(groups: &Result<Vec<UserGroup>, String>, to: S) -> Result<S::Ok, S::Error> {
    groups.as_ref().ok().serialize(to)
}

fn words<S: Serializer>(refused: &Option<Box<UnlinkRefused>>, to: S) -> Result<S::Ok, S::Error> {
    let refused = refused.as_ref();
    refused.map(|refused| refused.code()).serialize(to)
}

/// Decides what goes.
pub fn decide_unlink(seen: &UnlinkObservation, wanted: &UnlinkWanted) -> UnlinkPlan {
    let in_use = !seen.users.is_empty();
    let (stack, of_stack) = fate(seen, wanted, in_use);
    let of_link = seen.link.is_some() && seen.users.iter().any(|user| user.of_link);
    let of_roles = match &seen.stack {
        StackSight::Found(found) => {
            found.stack.phase() != StackPhase::Deleting && may_go(found, seen).is_ok()
        }
        _ => false,
    };
    let refused = if (of_link || of_roles && in_use) && !wanted.force {
        Some(UnlinkRefused::InUse {
            account: seen.account.clone(),
            users: seen.users.clone(),
        })
    } else {
        credentials(seen).or(of_stack)
    };
    UnlinkPlan {
        org: OrgId::from(&wanted.org),
        aws_account: seen.account.clone(),
        account: seen.link.clone(),
        forced: wanted.force,
        groups: seen.groups.clone(),
        sddcs: seen.users.clone(),
        stack,
        refused: refused.map(Box::new),
    }
}

/// Who has no credentials of the account cannot delete its stack.
fn credentials(seen: &UnlinkObservation) -> Option<UnlinkRefused> {
    match seen.identity.as_ref()? {
        Err(error) => Some(UnlinkRefused::NoCredentials(error.clone())),
        Ok(own) if own.account != seen.account => Some(UnlinkRefused::WrongAccount {
            expected: seen.account.clone(),
            actual: own.account.clone(),
            arn: own.arn.clone(),
        }),
        Ok(_) => None,
    }
}

/// What becomes of the stack, and whether it forbids the whole.
fn fate(
    seen: &UnlinkObservation,
    wanted: &UnlinkWanted,
    in_use: bool,
) -> (StackFate, Option<UnlinkRefused>) {
    let found = match &seen.stack {
        StackSight::NotLookedFor if wanted.keep_stack => return (by_hand(seen, wanted), None),
        StackSight::NotLookedFor => return (StackFate::NotLookedFor, None),
        StackSight::None {
            names,
            regions,
            not_looked,
        } => {
            let none = StackFate::None {
                names: names.clone(),
                regions: regions.clone(),
                not_looked: not_looked.clone(),
            };
            return (none, None);
        }
        StackSight::Found(found) => found,
    };
    let stack = found.stack.clone();
    let fate = match may_go(found, seen) {
        Err(why) => StackFate::Leave { stack, why },
        Ok(()) if stack.phase() == StackPhase::Deleting => StackFate::Follow { stack },
        // Unless it is forced, the SDDCs go first, and then the stack can.
        Ok(()) if in_use && wanted.force => StackFate::Leave {
            why: in_use_by(&seen.users),
            stack,
        },
        Ok(()) => {
            let refused = if found.linking {
                Some(UnlinkRefused::BeingMade {
                    stack: stack.clone(),
                })
            } else if stack.termination_protection {
                Some(UnlinkRefused::Protected {
                    stack: stack.clone(),
                })
            } else {
                None
            };
            return (StackFate::Delete { stack }, refused);
        }
    };
    (fate, None)
}

/// Why a stack stays that SDDCs may use.
pub(crate) fn in_use_by(users: &[LinkUser]) -> String {
    let names: Vec<&str> = users.iter().map(LinkUser::label).collect();
    format!(
        "its roles are those of SDDC {}: without them its hosts and routes cannot be changed any more",
        names.join(", ")
    )
}

/// Whether the stack is certainly this link's and nobody else's.
fn may_go(found: &FoundStack, seen: &UnlinkObservation) -> Result<(), String> {
    let stack = &found.stack;
    match stack.phase() {
        StackPhase::Review => return Err("it is a change set only".into()),
        StackPhase::Unknown => {
            return Err("its status is not known to this version".into());
        }
        _ => {}
    }
    if found.proof.is_none() {
        return Err(match &found.not_checked {
            Some(why) => format!("it is not certain that it is this link's ({why})"),
            None => "it is not certain that it is this link's".into(),
        });
    }
    let link = seen.link.as_deref();
    if link.is_some_and(|link| names_others(link, &found.roles)) {
        return Err("its roles are not the ones that the link names".into());
    }
    let own = link.map(|link| &link.id);
    let other = seen.accounts.iter().find(|other| {
        let same_name = other.account_number.as_deref() == Some(seen.account.as_str())
            && other.cf_stack_name.as_deref() == Some(stack.name.as_str());
        is_there(other)
            && Some(&other.id) != own
            && (same_name || shares_roles(other, &found.roles))
    });
    match other {
        Some(other) => Err(format!("the link {} is made of it as well", other.id)),
        None => Ok(()),
    }
}

/// The command for whoever has the credentials.
fn by_hand(seen: &UnlinkObservation, wanted: &UnlinkWanted) -> StackFate {
    let of_link = seen
        .link
        .as_ref()
        .and_then(|link| link.cf_stack_name.as_deref());
    let known = seen.record.stack.as_ref();
    let name = wanted
        .stack_name
        .as_deref()
        .or(of_link)
        .or(known.map(|stack| stack.name.as_str()));
    let mut guessed = Vec::new();
    let name = match name {
        Some(name) => name.to_owned(),
        // There is nothing that could have a stack.
        None if seen.link.is_none() => return StackFate::NotLookedFor,
        None => {
            guessed.push("name");
            names::stack_name(&wanted.org, None)
        }
    };
    let region = wanted.region.as_deref().or(known
        .filter(|stack| stack.name == name)
        .map(|stack| stack.region.as_str()));
    let region = region.unwrap_or_else(|| {
        guessed.push("region");
        DEFAULT_REGION
    });
    // Nothing but letters, digits and hyphens gets into a command.
    let fits = names::is_stack_name(&name) && names::check_region(region).is_ok();
    StackFate::ByHand {
        command: fits.then(|| {
            format!("aws cloudformation delete-stack --region {region} --stack-name {name}")
        }),
        guessed,
        after: seen
            .users
            .iter()
            .map(|user| user.label().to_owned())
            .collect(),
    }
}

impl UnlinkPlan {
    /// Whether there is nothing to do.
    pub fn is_nothing(&self) -> bool {
        let stack_goes = matches!(
            self.stack,
            StackFate::Delete { .. } | StackFate::Follow { .. }
        );
        self.account.is_none() && !stack_goes && self.refused.is_none()
    }

    /// What this plan would do that `told` would not, if anything.
    pub(crate) fn beyond(&self, told: &Self) -> Option<String> {
        let agreed = told.account.as_ref().map(|link| &link.id);
        if let Some(link) = &self.account
            && agreed != Some(&link.id)
        {
            return Some(format!("the account is linked as {} now", link.id));
        }
        let StackFate::Delete { stack } = &self.stack else {
            return None;
        };
        match &told.stack {
            StackFate::Delete { stack: agreed } | StackFate::Follow { stack: agreed }
                if agreed.id == stack.id =>
            {
                None
            }
            _ => Some(format!(
                "the stack {} in {} would be deleted now",
                stack.name, stack.region
            )),
        }
    }

    /// All that has to go, in the order in which it has to.
    pub fn steps(&self) -> Vec<UnlinkStep<'_>> {
        let groups = self.groups.iter().flatten().map(UnlinkStep::Group);
        let sddcs = self.sddcs.iter().map(UnlinkStep::Sddc);
        let connections = self
            .sddcs
            .iter()
            .flat_map(|sddc| sddc.connections.iter().map(UnlinkStep::Connection));
        let link = self
            .link_request()
            .map(|request| UnlinkStep::Link { request });
        let stack = self
            .stack_request()
            .map(|request| UnlinkStep::Stack { request });
        groups
            .chain(sddcs)
            .chain(connections)
            .chain(link)
            .chain(stack)
            .collect()
    }

    /// The requests of this plan, for a dry run. Reads are left out.
    pub fn requests(&self) -> Vec<String> {
        self.link_request()
            .into_iter()
            .chain(self.stack_request())
            .collect()
    }

    fn link_request(&self) -> Option<String> {
        let link = self.account.as_ref()?;
        let delete = delete(&self.org, link, self.forced);
        Some(format!("DELETE {}", delete.target()))
    }

    fn stack_request(&self) -> Option<String> {
        match &self.stack {
            StackFate::Delete { stack } => Some(format!(
                "cloudformation DeleteStack in {}: StackName={}",
                stack.region, stack.name
            )),
            _ => None,
        }
    }
}

/// The request that unlinks. What is not forced is said so.
pub(crate) fn delete(
    org: &OrgId,
    link: &AwsCustomerConnectedAccount,
    force: bool,
) -> DeleteConnectedAccount {
    DeleteConnectedAccount::new(org, &link.id).force_even_when_sddc_present(force)
}

/// One line.
impl fmt::Display for UnlinkPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(refused) = &self.refused {
            return refused.fmt(f);
        }
        let unlink = self
            .account
            .as_ref()
            .map(|_| format!("unlink AWS account {}", self.aws_account));
        let stack = match &self.stack {
            StackFate::Delete { stack } => Some(format!(
                "delete the stack {} in {}",
                stack.name, stack.region
            )),
            StackFate::Follow { stack } => Some(format!(
                "wait until the stack {} in {} is deleted",
                stack.name, stack.region
            )),
            _ => None,
        };
        match (unlink, stack) {
            (None, None) => write!(
                f,
                "nothing to do: AWS account {} is not linked",
                self.aws_account
            ),
            (Some(one), None) | (None, Some(one)) => f.write_str(&one),
            (Some(unlink), Some(stack)) => write!(f, "{unlink}, then {stack}"),
        }
    }
}
