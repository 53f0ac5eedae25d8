//! CloudFormation stacks: look, create, delete.

use std::collections::HashSet;

use aws_sdk_cloudformation::types::{
    Capability, ResourceStatus, Stack as SdkStack, StackEvent as SdkEvent, StackStatus,
};
use aws_smithy_types::DateTime;
use serde::Serialize;
use time::OffsetDateTime;

use crate::aws::Aws;
use crate::aws::error::{AwsError, AwsErrorKind};

/// Pages of events that are read at most; a page has up to 100 events, a link
/// stack has about 30.
const MOST_PAGES: usize = 200;

const DESCRIBE: &str = "cloudformation:DescribeStacks";

/// A stack as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stack {
    /// Its ARN, which stays valid after deletion.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The region it is in.
    pub region: String,
    /// CloudFormation's word, such as `CREATE_COMPLETE`.
    pub status: String,
    /// Why, if CloudFormation says.
    pub reason: Option<String>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339::option")]
    pub created: Option<OffsetDateTime>,
    /// Whether CloudFormation refuses to delete it.
    pub termination_protection: bool,
}

/// What a status means for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StackPhase {
    /// Being made.
    Creating,
    /// Made, perhaps updated since.
    Live,
    /// Failed, and on the way back.
    RollingBack,
    /// Failed and rolled back: nothing is left of it but its name.
    RolledBack,
    /// Failed with resources left behind.
    Broken,
    /// Being deleted.
    Deleting,
    /// Gone.
    Deleted,
    /// Only a change set, nothing was made.
    Review,
    /// A status this version does not know.
    Unknown,
}

impl Stack {
    /// What the status means.
    pub fn phase(&self) -> StackPhase {
        match self.status.as_str() {
            "CREATE_IN_PROGRESS" | "IMPORT_IN_PROGRESS" => StackPhase::Creating,
            "ROLLBACK_IN_PROGRESS" | "IMPORT_ROLLBACK_IN_PROGRESS" => StackPhase::RollingBack,
            "ROLLBACK_COMPLETE" => StackPhase::RolledBack,
            "CREATE_FAILED" | "ROLLBACK_FAILED" | "DELETE_FAILED" | "IMPORT_ROLLBACK_FAILED" => {
                StackPhase::Broken
            }
            "DELETE_IN_PROGRESS" => StackPhase::Deleting,
            "DELETE_COMPLETE" => StackPhase::Deleted,
            "REVIEW_IN_PROGRESS" => StackPhase::Review,
            // An update changes a stack that is there; whatever becomes of the
            // update, the roles were made.
            "CREATE_COMPLETE" | "IMPORT_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" => StackPhase::Live,
            updated if updated.starts_with("UPDATE_") => StackPhase::Live,
            _ => StackPhase::Unknown,
        }
    }

    /// The command that shows the stack.
    pub fn show_command(&self) -> String {
        format!(
            "aws cloudformation describe-stack-events --region {} --stack-name {}",
            self.region, self.name
        )
    }

    /// The command that deletes the stack.
    pub fn delete_command(&self) -> String {
        format!(
            "aws cloudformation delete-stack --region {} --stack-name {}",
            self.region, self.name
        )
    }

    /// The command that lets the stack be deleted again.
    pub fn unprotect_command(&self) -> String {
        format!(
            "aws cloudformation update-termination-protection --no-enable-termination-protection \
             --region {} --stack-name {}",
            self.region, self.name
        )
    }
}

/// One line of a stack's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StackEvent {
    /// Unique within the stack.
    pub id: String,
    /// When.
    #[serde(with = "time::serde::rfc3339::option")]
    pub at: Option<OffsetDateTime>,
    /// The resource's name in the template; for the stack itself, its name.
    pub resource: String,
    /// Such as `AWS::IAM::Role`.
    pub resource_type: String,
    /// Such as `CREATE_FAILED`.
    pub status: String,
    /// Why, if CloudFormation says.
    pub reason: Option<String>,
    /// About the stack as a whole, not about one resource in it.
    pub whole_stack: bool,
    /// Client request token of the action this belongs to.
    #[serde(skip)]
    pub(crate) token: Option<String>,
}

impl StackEvent {
    /// Whether something failed by itself, and not because another thing did.
    pub fn is_cause(&self) -> bool {
        self.status.ends_with("_FAILED")
            && !self
                .reason
                .as_deref()
                .is_some_and(|reason| reason.contains("creation cancelled"))
    }
}

/// CloudFormation in one region.
#[derive(Debug, Clone)]
pub struct Stacks {
    aws: Aws,
    region: String,
}

impl Stacks {
    /// Stacks of the account behind `aws`, in `region`.
    pub fn new(aws: &Aws, region: &str) -> Self {
        Self {
            aws: aws.clone(),
            region: region.to_owned(),
        }
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }

    pub(crate) async fn client(&self) -> Result<aws_sdk_cloudformation::Client, AwsError> {
        self.aws.cloudformation(&self.region).await
    }

    /// Loads the credentials anew. They may be another account's by now, and
    /// nothing may be done with those.
    pub(crate) async fn renew_credentials(&self, account: &str) -> Result<(), AwsError> {
        self.aws.renew().await;
        let own = self.aws.whoami().await?;
        if own.account == account {
            return Ok(());
        }
        Err(AwsError::new(
            "sts:GetCallerIdentity",
            AwsErrorKind::BadCredentials,
            format!(
                "the AWS session now belongs to account {}, not to {account}",
                words(&own.account)
            ),
        ))
    }

    /// A stack by name or id; `None` if there is none. A deleted stack is
    /// found by its id only.
    ///
    /// # Errors
    /// When CloudFormation refuses or is not reached.
    pub async fn find(&self, name_or_id: &str) -> Result<Option<Stack>, AwsError> {
        match self.describe(name_or_id).await? {
            Some(stack) => self.read(&stack).map(Some),
            None => Ok(None),
        }
    }

    /// CloudFormation's own description of a stack; `None` if there is none.
    pub(crate) async fn describe(&self, name_or_id: &str) -> Result<Option<SdkStack>, AwsError> {
        let client = self.client().await?;
        let answer = client.describe_stacks().stack_name(name_or_id).send().await;
        let answer = match answer.map_err(|error| AwsError::from_sdk(DESCRIBE, &error)) {
            Err(error) if is_missing(&error) => return Ok(None),
            answer => answer?,
        };
        // "No such stack" is an error, so an empty answer is somebody else's.
        match answer.stacks().first() {
            Some(stack) => Ok(Some(stack.clone())),
            None => Err(not_cloudformation(DESCRIBE)),
        }
    }

    pub(crate) fn read(&self, stack: &SdkStack) -> Result<Stack, AwsError> {
        let status = stack.stack_status().map(StackStatus::as_str);
        let (Some(status), Some(name)) = (status, stack.stack_name()) else {
            return Err(not_cloudformation(DESCRIBE));
        };
        Ok(Stack {
            id: stack.stack_id().unwrap_or(name).to_owned(),
            name: name.to_owned(),
            region: self.region.clone(),
            status: status.to_owned(),
            reason: stack.stack_status_reason().map(words),
            created: stack.creation_time().and_then(instant),
            termination_protection: stack.enable_termination_protection() == Some(true),
        })
    }

    /// The events of a stack, oldest first, without those in `seen`.
    ///
    /// # Errors
    /// When CloudFormation refuses or is not reached.
    pub async fn events(
        &self,
        stack_id: &str,
        seen: &HashSet<String>,
    ) -> Result<Vec<StackEvent>, AwsError> {
        const OPERATION: &str = "cloudformation:DescribeStackEvents";
        let client = self.aws.cloudformation(&self.region).await?;
        let mut newest_first: Vec<StackEvent> = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let answer = client
                .describe_stack_events()
                .stack_name(stack_id)
                .set_next_token(next.take())
                .send()
                .await
                .map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
            let events = answer.stack_events().iter().map(read_event);
            let fresh: Vec<_> = events.filter(|event| !seen.contains(&event.id)).collect();
            // The whole page is read, because an event may turn up late
            // behind newer ones; older pages are not.
            let caught_up = fresh.len() < answer.stack_events().len();
            newest_first.extend(fresh);
            match answer.next_token() {
                Some(token) if !token.is_empty() && !caught_up => next = Some(token.to_owned()),
                _ => break,
            }
        }
        newest_first.reverse();
        Ok(newest_first)
    }

    /// The names of the IAM roles in a stack, deleted ones among them.
    ///
    /// # Errors
    /// When CloudFormation refuses or is not reached.
    pub(crate) async fn roles(&self, stack_id: &str) -> Result<Vec<String>, AwsError> {
        let client = self.aws.cloudformation(&self.region).await?;
        let mut roles = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let answer = client
                .list_stack_resources()
                .stack_name(stack_id)
                .set_next_token(next.take())
                .send()
                .await
                .map_err(|error| AwsError::from_sdk("cloudformation:ListStackResources", &error))?;
            let found = answer.stack_resource_summaries().iter();
            roles.extend(
                found
                    .filter(|resource| resource.resource_type() == Some("AWS::IAM::Role"))
                    .filter_map(|role| role.physical_resource_id().map(str::to_owned)),
            );
            match answer.next_token() {
                Some(token) if !token.is_empty() => next = Some(token.to_owned()),
                _ => break,
            }
        }
        Ok(roles)
    }

    /// The client request token a stack was created with, from its first event.
    /// Events are kept for 90 days.
    ///
    /// # Errors
    /// When CloudFormation refuses or is not reached.
    pub(crate) async fn creation_token(&self, stack_id: &str) -> Result<Option<String>, AwsError> {
        let events = self.events(stack_id, &HashSet::new()).await?;
        Ok(events
            .into_iter()
            .find(|event| event.whole_stack && event.status.ends_with("_IN_PROGRESS"))
            .filter(|event| event.status == "CREATE_IN_PROGRESS")
            .and_then(|event| event.token))
    }

    /// Creates a stack from a template address; gives its id. Sent twice with
    /// the same token it is done once.
    ///
    /// # Errors
    /// When CloudFormation refuses or is not reached.
    pub async fn create(
        &self,
        name: &str,
        template_url: &str,
        token: &str,
    ) -> Result<String, AwsError> {
        const OPERATION: &str = "cloudformation:CreateStack";
        let client = self.aws.cloudformation(&self.region).await?;
        let answer = client
            .create_stack()
            .stack_name(name)
            .template_url(template_url)
            .capabilities(Capability::CapabilityIam)
            .client_request_token(token)
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(OPERATION, &error).without(template_url))?;
        answer
            .stack_id()
            .map(str::to_owned)
            .ok_or_else(|| not_cloudformation(OPERATION))
    }

    /// Starts deleting a stack.
    ///
    /// # Errors
    /// When CloudFormation refuses or is not reached.
    pub async fn delete(&self, stack_id: &str) -> Result<(), AwsError> {
        let client = self.aws.cloudformation(&self.region).await?;
        client
            .delete_stack()
            .stack_name(stack_id)
            .send()
            .await
            .map(drop)
            .map_err(|error| AwsError::from_sdk("cloudformation:DeleteStack", &error))
    }

    /// What CloudFormation reads in a template: resource types, and the
    /// capabilities it wants.
    ///
    /// # Errors
    /// When CloudFormation refuses or is not reached.
    pub(crate) async fn summary(&self, template_url: &str) -> Result<TemplateSummary, AwsError> {
        let client = self.aws.cloudformation(&self.region).await?;
        let answer = client
            .get_template_summary()
            .template_url(template_url)
            .send()
            .await
            .map_err(|error| {
                AwsError::from_sdk("cloudformation:GetTemplateSummary", &error)
                    .without(template_url)
            })?;
        Ok(TemplateSummary {
            description: answer.description().map(words),
            resource_types: answer.resource_types().to_vec(),
            capabilities: answer
                .capabilities()
                .iter()
                .map(|capability| capability.as_str().to_owned())
                .collect(),
        })
    }
}

pub(crate) struct TemplateSummary {
    pub(crate) description: Option<String>,
    pub(crate) resource_types: Vec<String>,
    pub(crate) capabilities: Vec<String>,
}

/// `ValidationError: Stack with id x does not exist`.
pub(crate) fn is_missing(error: &AwsError) -> bool {
    error.code() == Some("StackNotFoundException")
        || (error.code() == Some("ValidationError") && error.message().contains("does not exist"))
}

pub(crate) fn not_cloudformation(operation: &'static str) -> AwsError {
    AwsError::new(
        operation,
        AwsErrorKind::Unclear,
        "the answer is not CloudFormation's (a proxy or login page?)",
    )
}

fn read_event(event: &SdkEvent) -> StackEvent {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let whole_stack = event.resource_type() == Some("AWS::CloudFormation::Stack")
        && event.physical_resource_id() == event.stack_id();
    StackEvent {
        id: text(event.event_id()),
        at: event.timestamp().and_then(instant),
        resource: text(event.logical_resource_id()),
        resource_type: text(event.resource_type()),
        status: text(event.resource_status().map(ResourceStatus::as_str)),
        reason: event.resource_status_reason().map(words),
        whole_stack,
        token: event.client_request_token().map(str::to_owned),
    }
}

/// AWS's words, safe for a terminal.
pub(crate) fn words(text: &str) -> String {
    vmc_http::redact::printable(text, 1000)
}

pub(crate) fn instant(time: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(time.secs()).ok()
}
