//! What CloudFormation itself says a template would do: a change set that is
//! never carried out.

use aws_sdk_cloudformation::types::{
    Capability, ChangeAction, ChangeSetStatus, ChangeSetType, ResourceChange,
};
use serde::Serialize;
use tokio::time::Instant;
use vmc_http::redact::printable;

use crate::aws::error::AwsError;
use crate::aws::stack::{StackPhase, Stacks, is_missing, not_cloudformation};
use crate::error::{Error, human};
use crate::names;
use crate::pace::{Beat, Pace};

const NAME: &str = "review";

/// Pages of changes that are read at most; a page has up to 100.
const MOST_PAGES: usize = 20;

/// One thing that CloudFormation would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlannedChange {
    /// `Add`, or what CloudFormation says.
    pub action: String,
    /// The resource's name in the template.
    pub resource: String,
    /// Such as `AWS::IAM::Role`.
    pub resource_type: String,
}

/// A change set on a stack name of its own, where it is in nobody's way.
///
/// CloudFormation keeps a stack without resources for it, which
/// [`discard`](Self::discard) takes away with the change set.
pub(crate) struct ChangeSet {
    stacks: Stacks,
    stack_name: String,
    pace: Pace,
}

impl ChangeSet {
    pub(crate) fn new(stacks: Stacks, org: &str, pace: Pace) -> Self {
        Self {
            stacks,
            stack_name: names::review_stack_name(org),
            pace,
        }
    }

    /// Takes away what a killed run has left, and computes a change set. It is
    /// there until it is discarded.
    pub(crate) async fn compute(&self, template_url: &str) -> Result<Vec<PlannedChange>, Error> {
        self.discard().await?;
        self.create(template_url).await?;
        let mut beat = Beat::new(self.pace);
        let begun = Instant::now();
        loop {
            match self.describe(template_url).await {
                Ok(Some(changes)) => return Ok(changes),
                Ok(None) if begun.elapsed() >= self.pace.outage => {
                    let waited = human(begun.elapsed());
                    let reason = format!("it is not computed after {waited}");
                    return Err(Error::ChangeSetFailed { reason });
                }
                Ok(None) => beat.seen(),
                Err(Error::Aws(error)) if error.retryable() && beat.failed().is_some() => {}
                Err(error) => return Err(error),
            }
            beat.rest().await;
        }
    }

    /// Takes the change set away, and the stack it reserves. A stack that is
    /// more than that is left alone.
    pub(crate) async fn discard(&self) -> Result<(), Error> {
        let mut beat = Beat::new(self.pace);
        let begun = Instant::now();
        loop {
            match self.discard_once().await {
                Ok(true) => return Ok(()),
                Ok(false) if begun.elapsed() >= self.pace.outage => {
                    let waited = begun.elapsed();
                    return Err(Error::TimeUp { waited });
                }
                Ok(false) => beat.seen(),
                Err(error) if error.retryable() && beat.failed().is_some() => {}
                Err(error) => return Err(error.into()),
            }
            beat.rest().await;
        }
    }

    /// Whether nothing is left.
    async fn discard_once(&self) -> Result<bool, AwsError> {
        let Some(stack) = self.stacks.find(&self.stack_name).await? else {
            return Ok(true);
        };
        match stack.phase() {
            StackPhase::Deleted => Ok(true),
            StackPhase::Deleting => Ok(false),
            // Its change sets go with it.
            StackPhase::Review => self.stacks.delete(&stack.id).await.map(|()| false),
            _ => Ok(true),
        }
    }

    async fn create(&self, template_url: &str) -> Result<(), AwsError> {
        let client = self.stacks.client().await?;
        let made = client
            .create_change_set()
            .stack_name(&self.stack_name)
            .change_set_name(NAME)
            .change_set_type(ChangeSetType::Create)
            .template_url(template_url)
            .capabilities(Capability::CapabilityIam)
            .send()
            .await;
        made.map(drop).map_err(|error| {
            AwsError::from_sdk("cloudformation:CreateChangeSet", &error).without(template_url)
        })
    }

    /// The changes, once they are computed.
    async fn describe(&self, template_url: &str) -> Result<Option<Vec<PlannedChange>>, Error> {
        const OPERATION: &str = "cloudformation:DescribeChangeSet";
        let client = self.stacks.client().await?;
        let mut changes = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let answer = client
                .describe_change_set()
                .stack_name(&self.stack_name)
                .change_set_name(NAME)
                .set_next_token(next.take())
                .send()
                .await
                .map_err(|error| AwsError::from_sdk(OPERATION, &error));
            let answer = match answer {
                // Not listed yet.
                Err(error) if is_missing(&error) => return Ok(None),
                answer => answer?,
            };
            match answer.status() {
                Some(ChangeSetStatus::CreateComplete) => {}
                Some(ChangeSetStatus::Failed) => {
                    let reason = answer.status_reason().unwrap_or("no reason given");
                    return Err(Error::ChangeSetFailed {
                        reason: printable(
                            &reason.replace(template_url, "(the template's address)"),
                            1000,
                        ),
                    });
                }
                Some(_) => return Ok(None),
                None => return Err(not_cloudformation(OPERATION).into()),
            }
            let page = answer.changes().iter();
            changes.extend(page.filter_map(|change| change.resource_change().map(planned)));
            match answer.next_token() {
                Some(token) if !token.is_empty() => next = Some(token.to_owned()),
                _ => break,
            }
        }
        Ok(Some(changes))
    }
}

fn planned(change: &ResourceChange) -> PlannedChange {
    let text = |text: Option<&str>| printable(text.unwrap_or("?"), 128);
    PlannedChange {
        action: text(change.action().map(ChangeAction::as_str)),
        resource: text(change.logical_resource_id()),
        resource_type: text(change.resource_type()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::testing::{ORG, STACK_ID, Script, error_xml, missing, stack_xml};

    const URL: &str = "https://s3.amazonaws.com/t?sig=canary";

    fn described(status: &str) -> String {
        format!(
            "<DescribeChangeSetResponse><DescribeChangeSetResult><Status>{status}</Status>\
             <StatusReason>because of {URL}</StatusReason><Changes><member><Type>Resource</Type><ResourceChange>\
             <Action>Add</Action><LogicalResourceId>R</LogicalResourceId><ResourceType>AWS::IAM::Role</ResourceType>\
             </ResourceChange></member></Changes></DescribeChangeSetResult></DescribeChangeSetResponse>"
        )
    }

    /// A region with at most one stack, in this status; looks find these
    /// statuses of the change set in turn.
    fn region(
        there: Option<&'static str>,
        statuses: &'static [&'static str],
    ) -> (Script, Arc<Mutex<Option<&'static str>>>) {
        let stack = Arc::new(Mutex::new(there));
        let state = stack.clone();
        let mut looks = 0;
        let script = Script::new(move |asked| {
            let mut stack = state.lock().unwrap();
            let own = asked.get("StackName");
            assert!(
                own.starts_with("vmc-link-review-") || own == STACK_ID,
                "{own}"
            );
            match asked.action() {
                "DescribeStacks" => {
                    stack.map_or_else(missing, |status| (200, stack_xml("n", STACK_ID, status)))
                }
                "CreateChangeSet" if stack.is_some() => {
                    (400, error_xml("AlreadyExistsException", "x"))
                }
                "CreateChangeSet" => {
                    assert_eq!(asked.get("ChangeSetType"), "CREATE");
                    *stack = Some("REVIEW_IN_PROGRESS");
                    (200, "<CreateChangeSetResponse><CreateChangeSetResult><Id>i</Id></CreateChangeSetResult></CreateChangeSetResponse>".into())
                }
                "DescribeChangeSet" => {
                    looks += 1;
                    (
                        200,
                        described(statuses[(looks - 1).min(statuses.len() - 1)]),
                    )
                }
                "DeleteStack" => {
                    *stack = None;
                    (200, "<DeleteStackResponse/>".into())
                }
                other => panic!("unexpected {other}"),
            }
        });
        (script, stack)
    }

    fn set(script: &Script) -> ChangeSet {
        ChangeSet::new(
            Stacks::new(&script.aws(), "us-west-2"),
            ORG,
            Pace::default(),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_computed_and_nothing_is_left() {
        for left_over in [None, Some("REVIEW_IN_PROGRESS")] {
            let (script, stack) = region(
                left_over,
                &["CREATE_PENDING", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"],
            );
            let changes = set(&script).compute(URL).await.unwrap();
            assert_eq!(changes.len(), 1);
            assert_eq!(changes[0].action, "Add");
            assert!(stack.lock().unwrap().is_some());
            set(&script).discard().await.unwrap();
            assert_eq!(*stack.lock().unwrap(), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_status_that_never_changes_ends_the_wait() {
        let (script, _) = region(None, &["CREATE_PENDING"]);
        let error = set(&script).compute(URL).await.unwrap_err();
        assert!(matches!(error, Error::ChangeSetFailed { .. }), "{error:?}");
        let (script, _) = region(Some("DELETE_IN_PROGRESS"), &[]);
        let error = set(&script).discard().await.unwrap_err();
        assert!(matches!(error, Error::TimeUp { .. }), "{error:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_one_says_why_and_a_real_stack_of_that_name_is_left_alone() {
        let (script, _) = region(None, &["FAILED"]);
        let error = set(&script).compute(URL).await.unwrap_err();
        assert!(error.to_string().contains("because"), "{error}");
        assert!(!format!("{error}{error:?}").contains("canary"), "{error}");

        let (script, stack) = region(Some("CREATE_COMPLETE"), &[]);
        let error = set(&script).compute(URL).await.unwrap_err();
        assert!(!format!("{error}{error:?}").contains("canary"));
        set(&script).discard().await.unwrap();
        assert_eq!(*stack.lock().unwrap(), Some("CREATE_COMPLETE"));
    }
}
