//! One run: observe, decide, act, confirm.

use std::collections::BTreeSet;

use tokio::time::Instant;
use vmc_api::models::AwsCustomerConnectedAccount;
use vmc_http::Outcome;

use crate::aws::error::AwsErrorKind;
use crate::aws::follow::{End, Goal, Stopped, follow};
use crate::aws::iam::Iam;
use crate::aws::remove;
use crate::aws::stack::{Stack, Stacks};
use crate::error::{Error, Work};
use crate::journal::{JournalError, Record, StackRecord, UnlinkRecord};
use crate::linked::{is_there, roles_of};
use crate::pace::{Beat, is_passing};
use crate::stream::{Reporter, Watcher, within};
use crate::unlink::Unlink;
use crate::unlink::events::{RolesLeft, UnlinkEvent, UnlinkOutcome, Unlinked};
use crate::unlink::plan::{StackFate, UnlinkPlan, delete, in_use_by};
use crate::unlink::refused::UnlinkRefused;
use crate::unlink::seen::{StackSight, UnlinkObservation};

/// Runs an unlinking within its time.
pub(crate) async fn run(
    unlink: Unlink,
    reporter: Reporter<UnlinkEvent>,
) -> Result<UnlinkOutcome, Error> {
    unlink.check()?;
    let run = Run {
        unlink: &unlink,
        reporter: &reporter,
    };
    within(unlink.timeout, &reporter, run.to_the_end()).await
}

struct Run<'a> {
    unlink: &'a Unlink,
    reporter: &'a Reporter<UnlinkEvent>,
}

impl Run<'_> {
    async fn to_the_end(&self) -> Result<UnlinkOutcome, Error> {
        let unlink = self.unlink;
        let seen = unlink.look(Some(self.reporter)).await?;
        let told = unlink.decide(&seen);
        let decided = UnlinkEvent::Decided(Box::new(told.clone()));
        self.reporter.tell(decided).await;
        if let Some(refused) = told.refused {
            return Err(Error::UnlinkRefused(refused));
        }
        // Somebody else may have finished what a run on this machine began.
        let begun_once = seen.record.unlink.as_ref();
        if told.is_nothing() && begun_once.is_none_or(|unlink| unlink.done_at.is_some()) {
            return Ok(done(told, RolesLeft::default(), true));
        }
        let key = unlink.key(&seen.account);
        // From here to the end no other run on this machine touches this link.
        let _lock = unlink.journal.lock(&key)?;
        // Whoever was asked may have taken hours to answer.
        let seen = unlink.look_once().await?;
        let mut plan = unlink.decide(&seen);
        if let Some(refused) = plan.refused.take() {
            return Err(Error::UnlinkRefused(refused));
        }
        if let Some(change) = plan.beyond(&told) {
            let refused = UnlinkRefused::Changed { change };
            return Err(Error::UnlinkRefused(Box::new(refused)));
        }
        let nothing = plan.is_nothing();
        let mut record = begun(&seen, &plan, unlink);
        // A journal that cannot be written is found out before anything is done.
        unlink.journal.write(&key, &record)?;
        if let Some(link) = &plan.account {
            if let Err(error) = self.disconnect(&seen, link).await {
                if self.reporter.started().is_none() {
                    // Nothing was begun after all. Where that cannot be noted down,
                    // the next run finds it out as well.
                    let _ = unlink.journal.write(&key, &seen.record);
                }
                return Err(error);
            }
            let gone = UnlinkEvent::Unlinked(link.clone());
            self.reporter.tell(gone).await;
        }
        if let StackFate::Delete { stack } | StackFate::Follow { stack } = &plan.stack {
            // Nothing can be deployed with the link any more, so this look is final.
            let users = unlink
                .users_now(plan.account.as_deref(), &seen.account)
                .await?;
            if !users.is_empty() && matches!(plan.stack, StackFate::Delete { .. }) {
                let (stack, why) = (stack.clone(), in_use_by(&users));
                let kept = UnlinkEvent::StackKept {
                    stack: stack.clone(),
                    why: why.clone(),
                };
                self.reporter.tell(kept).await;
                plan.stack = StackFate::Leave { stack, why };
            } else if let Some(started) = self.remove(stack).await? {
                return Ok(started);
            }
        }
        record.unlink = record.unlink.map(|begun| UnlinkRecord {
            done_at: Some((unlink.now)()),
            ..begun
        });
        if is_gone(record.stack.as_ref(), &plan.stack) {
            record.stack = None;
            record.linked_at = None;
        }
        if let Err(error) = unlink.journal.write(&key, &record) {
            self.not_remembered(&error).await;
        }
        let roles = match nothing {
            true => RolesLeft::default(),
            false => self.roles_left(&seen, &plan).await,
        };
        Ok(done(plan, roles, nothing))
    }

    /// Takes the link away, for as long as it takes to get a clear answer: the
    /// account stays gone however often it is asked for. What the list says
    /// counts more than any answer.
    async fn disconnect(
        &self,
        seen: &UnlinkObservation,
        link: &AwsCustomerConnectedAccount,
    ) -> Result<(), Error> {
        let unlink = self.unlink;
        self.reporter.start(|started| {
            started.work = Work::Unlinking;
            started.connected_account = Some(link.id.to_string());
        });
        let mut beat = Beat::new(unlink.pace);
        let mut unclear = false;
        loop {
            let request = delete(&unlink.org.id, link, unlink.wanted.force);
            let Err(error) = unlink.org.vmc.send(request).await else {
                break;
            };
            let done = error.outcome() == Outcome::Done;
            unclear |= done || error.outcome() == Outcome::Unknown;
            if matches!(self.is_listed(link).await, Ok(false)) {
                break;
            }
            // A page in the way looks like success.
            if !error.retryable() && !done {
                if unclear {
                    // An earlier try of ours may be carried out any moment.
                    return match self.confirm(seen, link).await {
                        Err(Error::StillListed { account, .. }) => Err(Error::UnlinkUnclear {
                            account,
                            source: error,
                        }),
                        end => end,
                    };
                }
                self.reporter.stop();
                return Err(match error.status().map(|status| status.as_u16()) {
                    Some(400 | 409 | 412 | 422 | 423) => Error::NotUnlinked {
                        account: seen.account.clone(),
                        source: error,
                    },
                    _ => Error::Vmc(error),
                });
            }
            let Some(lasting) = beat.failed() else {
                if unclear {
                    return Err(Error::UnlinkUnclear {
                        account: seen.account.clone(),
                        source: error,
                    });
                }
                self.reporter.stop();
                return Err(self.outage(error));
            };
            let message = error.to_string();
            self.reporter
                .tell(UnlinkEvent::NotUnlinkedYet { message, lasting })
                .await;
            beat.rest().await;
        }
        self.reporter.start(|started| started.accepted = true);
        self.confirm(seen, link).await
    }

    async fn is_listed(&self, link: &AwsCustomerConnectedAccount) -> Result<bool, vmc_api::Error> {
        let accounts = self.unlink.org.accounts().await?;
        Ok(accounts
            .iter()
            .any(|other| other.id == link.id && is_there(other)))
    }

    /// Waits until the account is not listed any more.
    async fn confirm(
        &self,
        seen: &UnlinkObservation,
        link: &AwsCustomerConnectedAccount,
    ) -> Result<(), Error> {
        let pace = self.unlink.pace;
        let begun = Instant::now();
        let mut beat = Beat::new(pace);
        loop {
            match self.is_listed(link).await {
                Ok(false) => return Ok(()),
                Ok(true) if begun.elapsed() >= pace.settle => {
                    return Err(Error::StillListed {
                        account: seen.account.clone(),
                        waited: begun.elapsed(),
                    });
                }
                Ok(true) => beat.seen(),
                Err(error) if is_passing(&error) => match beat.failed() {
                    Some(lasting) => {
                        let message = error.to_string();
                        let hiccup = UnlinkEvent::Hiccup { message, lasting };
                        self.reporter.tell(hiccup).await;
                    }
                    None => return Err(self.outage(error)),
                },
                Err(error) => return Err(Error::Vmc(error)),
            }
            beat.rest().await;
        }
    }

    /// Deletes the stack and waits until it is gone. Gives what goes on where
    /// nobody is to wait.
    async fn remove(&self, stack: &Stack) -> Result<Option<UnlinkOutcome>, Error> {
        let unlink = self.unlink;
        self.reporter.start(|started| {
            started.work = Work::Unlinking;
            started.stack = Some(stack.id.clone());
            started.region = Some(stack.region.clone());
            started.accepted = false;
        });
        let stacks = Stacks::new(&unlink.aws, &stack.region);
        let mut watcher = Watcher::new(self.reporter);
        let refused = |stopped| match stopped {
            Stopped::Refused(source) => Error::StackNotDeleted {
                stack: Box::new(stack.clone()),
                source,
            },
            stopped => stopped.into(),
        };
        let past = remove::start(&stacks, stack, unlink.pace, &mut watcher)
            .await
            .map_err(refused)?;
        self.reporter.start(|started| started.accepted = true);
        let deleting = UnlinkEvent::StackDeleting(stack.clone());
        self.reporter.tell(deleting).await;
        if unlink.no_wait {
            let started = self.reporter.started().unwrap_or_default();
            return Ok(Some(UnlinkOutcome::Started(started)));
        }
        let goal = Goal::Gone(past);
        match follow(&stacks, &stack.id, goal, unlink.pace, &mut watcher).await {
            Ok(End::Gone) => Ok(None),
            Ok(End::Settled(stack)) => Err(Error::StackStays {
                stack: Box::new(stack),
                events: watcher.failures,
            }),
            Err(stopped) => Err(stopped.into()),
        }
    }

    /// Which roles of the link are still there, where its stack is gone.
    async fn roles_left(&self, seen: &UnlinkObservation, plan: &UnlinkPlan) -> RolesLeft {
        let mut left = RolesLeft::default();
        let region = match &plan.stack {
            StackFate::Delete { stack } | StackFate::Follow { stack } => &stack.region,
            StackFate::None { .. } => crate::DEFAULT_REGION,
            _ => return left,
        };
        let mut names: BTreeSet<String> = BTreeSet::new();
        names.extend(seen.link.iter().flat_map(|link| roles_of(link)));
        if let StackSight::Found(found) = &seen.stack {
            names.extend(found.roles.iter().cloned());
        }
        let iam = Iam::new(&self.unlink.aws, region);
        let mut denied = false;
        for name in names {
            if denied {
                left.not_checked.push((name, NO_RIGHT.into()));
                continue;
            }
            match iam.role(&name).await {
                Ok(Some(_)) => left.there.push(name),
                Ok(None) => left.gone.push(name),
                Err(error) => {
                    denied = error.kind() == AwsErrorKind::Denied;
                    let why = if denied {
                        NO_RIGHT.to_owned()
                    } else {
                        error.to_string()
                    };
                    left.not_checked.push((name, why));
                }
            }
        }
        left
    }

    async fn not_remembered(&self, error: &JournalError) {
        let message = error.to_string();
        self.reporter
            .tell(UnlinkEvent::NotRemembered { message })
            .await;
    }

    fn outage(&self, source: vmc_api::Error) -> Error {
        Error::Outage {
            lasted: self.unlink.pace.outage,
            source: Box::new(Error::Vmc(source)),
        }
    }
}

const NO_RIGHT: &str = "needs iam:GetRole";

/// What is remembered before anything is done: without the link, its id and its
/// stack could not be told any more.
fn begun(seen: &UnlinkObservation, plan: &UnlinkPlan, unlink: &Unlink) -> Record {
    let mut record = seen.record.clone();
    if let StackFate::Delete { stack } | StackFate::Follow { stack } = &plan.stack {
        let known = record.stack.take().filter(|known| known.id == stack.id);
        record.stack = Some(known.unwrap_or_else(|| StackRecord {
            id: stack.id.clone(),
            name: stack.name.clone(),
            region: stack.region.clone(),
            tracking_task: None,
            template_sha256: None,
        }));
        // Whatever becomes of this run, that stack makes no link any more.
        record.linked_at.get_or_insert_with(unlink.now);
    }
    if let Some(link) = &seen.link {
        record.unlink = Some(UnlinkRecord {
            connected_account: link.id.to_string(),
            done_at: None,
        });
    }
    record
}

/// Whether the stack that is remembered is certainly there no more.
pub(crate) fn is_gone(known: Option<&StackRecord>, fate: &StackFate) -> bool {
    match fate {
        StackFate::Delete { .. } | StackFate::Follow { .. } => true,
        StackFate::None {
            names, not_looked, ..
        } => not_looked.is_empty() && known.is_none_or(|known| names.contains(&known.name)),
        _ => false,
    }
}

fn done(plan: UnlinkPlan, roles: RolesLeft, nothing_to_do: bool) -> UnlinkOutcome {
    UnlinkOutcome::Unlinked(Box::new(Unlinked {
        nothing_to_do,
        aws_account: plan.aws_account,
        account: plan.account,
        stack: plan.stack,
        roles,
    }))
}
