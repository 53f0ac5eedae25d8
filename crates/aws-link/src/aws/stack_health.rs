//! What CloudFormation knows of a stack that is there: whether it is protected
//! and has drifted, its template, its resources.

use aws_sdk_cloudformation::types::{StackDriftDetectionStatus, StackDriftStatus};
use time::OffsetDateTime;

use super::error::AwsError;
use super::stack::{Stack, Stacks, instant, not_cloudformation, words};

/// A stack and how it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StackHealth {
    pub(crate) stack: Stack,
    /// Whether deleting it is refused.
    pub(crate) protected: Option<bool>,
    /// What the last look for drift found.
    pub(crate) drift: Option<Drift>,
}

/// What a look for drift found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drift {
    /// `IN_SYNC`, `DRIFTED`, `NOT_CHECKED`, `UNKNOWN`.
    pub(crate) status: String,
    pub(crate) at: Option<OffsetDateTime>,
}

/// A resource of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StackResource {
    /// Its name in the template.
    pub(crate) id: String,
    /// Its name at AWS; of a role, the role's name.
    pub(crate) physical: String,
    /// Such as `AWS::IAM::Role`.
    pub(crate) kind: String,
    /// `IN_SYNC`, `MODIFIED`, `DELETED`, `NOT_CHECKED`.
    pub(crate) drift: Option<String>,
}

/// How far a look for drift is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Detection {
    Running,
    Complete,
    /// With CloudFormation's reason.
    Failed(String),
}

impl Stacks {
    /// A stack by name or id; `None` if there is none.
    pub(crate) async fn health(&self, name_or_id: &str) -> Result<Option<StackHealth>, AwsError> {
        let Some(stack) = self.describe(name_or_id).await? else {
            return Ok(None);
        };
        let drift = stack.drift_information().map(|drift| Drift {
            status: drift
                .stack_drift_status()
                .map_or("", StackDriftStatus::as_str)
                .to_owned(),
            at: drift.last_check_timestamp().and_then(instant),
        });
        Ok(Some(StackHealth {
            protected: stack.enable_termination_protection(),
            drift,
            stack: self.read(&stack)?,
        }))
    }

    /// The resources of a stack.
    pub(crate) async fn resources(&self, name_or_id: &str) -> Result<Vec<StackResource>, AwsError> {
        const OPERATION: &str = "cloudformation:DescribeStackResources";
        let client = self.client().await?;
        let answer = client
            .describe_stack_resources()
            .stack_name(name_or_id)
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let rows = answer.stack_resources().iter();
        Ok(rows
            .map(|row| StackResource {
                id: text(row.logical_resource_id()),
                physical: text(row.physical_resource_id()),
                kind: text(row.resource_type()),
                drift: row
                    .drift_information()
                    .and_then(|drift| drift.stack_resource_drift_status())
                    .map(|status| status.as_str().to_owned()),
            })
            .collect())
    }

    /// The template a stack was made from, as it was written.
    pub(crate) async fn template(&self, name_or_id: &str) -> Result<String, AwsError> {
        const OPERATION: &str = "cloudformation:GetTemplate";
        let client = self.client().await?;
        let answer = client
            .get_template()
            .stack_name(name_or_id)
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        let body = answer.template_body().map(str::to_owned);
        body.ok_or_else(|| not_cloudformation(OPERATION))
    }

    /// Starts a look for drift; gives its id. Changes no resource.
    pub(crate) async fn detect_drift(&self, name_or_id: &str) -> Result<String, AwsError> {
        const OPERATION: &str = "cloudformation:DetectStackDrift";
        let client = self.client().await?;
        let answer = client
            .detect_stack_drift()
            .stack_name(name_or_id)
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        let id = answer.stack_drift_detection_id().map(str::to_owned);
        id.ok_or_else(|| not_cloudformation(OPERATION))
    }

    /// How far a look for drift is.
    pub(crate) async fn detection(&self, id: &str) -> Result<Detection, AwsError> {
        const OPERATION: &str = "cloudformation:DescribeStackDriftDetectionStatus";
        let client = self.client().await?;
        let answer = client
            .describe_stack_drift_detection_status()
            .stack_drift_detection_id(id)
            .send()
            .await
            .map_err(|error| AwsError::from_sdk(OPERATION, &error))?;
        match answer.detection_status() {
            Some(StackDriftDetectionStatus::DetectionInProgress) => Ok(Detection::Running),
            Some(StackDriftDetectionStatus::DetectionComplete) => Ok(Detection::Complete),
            Some(status) => {
                let why = answer.detection_status_reason().map(words);
                Ok(Detection::Failed(
                    why.unwrap_or_else(|| words(status.as_str())),
                ))
            }
            None => Err(not_cloudformation(OPERATION)),
        }
    }
}
